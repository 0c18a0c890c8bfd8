// SPDX-License-Identifier: Apache-2.0
#include "peers/worker_runner.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "peers/testpeers/test_cases.hpp"
#include "peers/testpeers/test_runners.hpp"

namespace convcheck::peers {
namespace {

Case guarded(Case c, GuardSide side) {
  c.environment.guard = side;
  return c;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::size_t shared_memory_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/dev/shm"))
    ++count;
  return count;
}

// Processes whose parent is this one, dead ones that were not reaped included.
std::size_t child_processes() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    // "PID (NAME) STATE PARENT ...": the name may hold anything.
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(") ");
    if (name_end == std::string::npos || line.size() < name_end + 5) continue;
    if (std::atoi(line.c_str() + name_end + 4) == ::getpid()) ++count;
  }
  return count;
}

std::size_t running_workers(const std::vector<std::unique_ptr<Runner>>& runners) {
  return static_cast<std::size_t>(std::count_if(
      runners.begin(), runners.end(),
      [](const auto& runner) { return dynamic_cast<WorkerRunner&>(*runner).pid() != 0; }));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Worker, ComputesWhatTheEngineComputes) {
  const auto runner = worker("textbook");
  EXPECT_EQ(runner->engine().name, "textbook");
  EXPECT_EQ(runner->engine().licence, "Apache-2.0");
  for (const char* text : {
           "mb2ic3ih7iw5oc4oh7ow5kh3kw3ph1pw1",
           "deconv:mb1ic4ih3oc2oh7kh3sh2ph0",
           "wgrad:mb2ic3ih6oc2oh4kh3ph0",
           "bias:mb1ic3ih4oc2oh4kh3ph1",
           "g2mb1ic4ih4oc4oh4kh1ph0",
           "mb1ic4ih4oc6oh4kh1ph0 | shuffle:2 | mb1ic6ih4oc2oh4kh3ph1",
           "mb1ic1id3ih4iw5oc2od3oh4ow5kd3kh3kw3pd1ph1pw1",
       }) {
    for (const GuardSide side : {GuardSide::kAfter, GuardSide::kBefore}) {
      const Case c = guarded(make_case(text), side);
      EXPECT_TRUE(runner->supports(c.chain).has_value());
      expect_right(runner->run(c), c);
    }
  }
}

TEST(Worker, HonoursEveryEnvironment) {
  const auto runner = worker("textbook");
  for (const int misalignment : {0, 4, 12, 60}) {
    for (const bool read_only : {true, false}) {
      Case c = guarded(small_case(), GuardSide::kBefore);
      c.environment.misalignment_bytes = misalignment;
      c.environment.read_only_inputs = read_only;
      c.environment.prior_calls = 2;
      c.environment.concurrent_calls = 3;
      c.environment.poison = 0x00;  // Looks like the value 0, which may be written.
      expect_right(runner->run(c), c);
    }
  }
}

TEST(Worker, GuardsOfEmptyOperandsAndOfManySizes) {
  const auto runner = worker("textbook");
  for (const char* text : {"mb0ic1ih4oc1oh4kh1ph0", "mb1ic1ih1oc1oh1kh1ph0",
                           "mb4ic16ih32oc4oh32kh1ph0", "mb1ic1ih2oc1oh2kh1ph0"}) {
    const Case c = make_case(text);
    expect_right(runner->run(c), c);
  }
}

struct Detection {
  const char* variant;
  OutcomeKind kind;
  std::optional<Finding::Kind> finding;
  const char* operand;
  const char* words;  // In the reason, or in the finding's sentence.
  GuardSide side = GuardSide::kAfter;
};

class Misbehaviour : public testing::TestWithParam<Detection> {};

TEST_P(Misbehaviour, IsSeenAndTheRunGoesOn) {
  const Detection& expected = GetParam();
  RunnerOptions with = options();
  with.case_timeout_seconds = 20;
  const auto runner = misbehaving(expected.variant, with);
  const Case c = guarded(small_case(7), expected.side);
  const Outcome outcome = runner->run(c);
  EXPECT_STREQ(to_string(outcome.kind), to_string(expected.kind)) << outcome.reason;
  std::string words = outcome.reason;
  if (expected.finding) {
    expect_finding(outcome, *expected.finding, expected.operand);
    if (!outcome.findings.empty()) words += outcome.findings.front().detail;
  } else {
    EXPECT_TRUE(outcome.findings.empty()) << outcome.findings.front().detail;
  }
  EXPECT_TRUE(contains(words, expected.words)) << words;
  if (outcome.kind == OutcomeKind::kCompleted) {
    EXPECT_TRUE(outcome.output.has_value());
  }
  // Whatever happened, the same case can be asked again, and is judged the same.
  const Outcome again = runner->run(c);
  EXPECT_STREQ(to_string(again.kind), to_string(outcome.kind)) << again.reason;
}

using Kind = Finding::Kind;
INSTANTIATE_TEST_SUITE_P(
    All, Misbehaviour,
    testing::Values(
        Detection{"crash_and_hang", OutcomeKind::kCrashed, {}, "", "wrote address 0x10"},
        Detection{"abort", OutcomeKind::kCrashed, {}, "", "signal 6"},
        Detection{"exit", OutcomeKind::kCrashed, {}, "", "called exit(0)"},
        Detection{"throw", OutcomeKind::kCrashed, {}, "", "signal 6"},
        Detection{"overflow_stack", OutcomeKind::kCrashed, {}, "", "signal 11"},
        Detection{"raise_fpe", OutcomeKind::kCrashed, {}, "", "signal 8"},
        Detection{"write_past", OutcomeKind::kCrashed, Kind::kStrayWrite, "y",
                  "wrote 0 bytes past the end of y (560 bytes)"},
        Detection{"write_past", OutcomeKind::kCompleted, Kind::kStrayWrite, "y",
                  "past the end of y", GuardSide::kBefore},
        Detection{"write_before", OutcomeKind::kCrashed, Kind::kStrayWrite, "y",
                  "4 bytes before the start of y", GuardSide::kBefore},
        Detection{"write_before", OutcomeKind::kCompleted, Kind::kStrayWrite, "y",
                  "before the start of y", GuardSide::kAfter},
        Detection{"write_late", OutcomeKind::kCrashed, Kind::kStrayWrite, "y",
                  "after the call had returned: wrote byte 4 of y"},
        Detection{"read_past", OutcomeKind::kCrashed, {}, "", "read 0 bytes past the end of x"},
        Detection{"read_before",
                  OutcomeKind::kCrashed,
                  {},
                  "",
                  "read 4 bytes before the start of x",
                  GuardSide::kBefore},
        Detection{"write_gap", OutcomeKind::kCompleted, Kind::kStrayWrite, "y",
                  "past the end of y"},
        Detection{"write_input", OutcomeKind::kCrashed, Kind::kInputModified, "x",
                  "wrote byte 4 of x, an input"},
        Detection{"use_after_pack", OutcomeKind::kCrashed, {}, "", "of w, after it was packed"},
        Detection{"leave_element", OutcomeKind::kCompleted, Kind::kPoisonLeft, "y",
                  "1 of 140 elements of y were not written, the first at flat index 139"},
        Detection{"close_all", OutcomeKind::kProtocolError, {}, "", "closed the descriptors"},
        Detection{"close_log", OutcomeKind::kCompleted, Kind::kEnvironmentChanged, "",
                  "closed descriptors that it had not opened: 1"},
        Detection{"rounding", OutcomeKind::kCompleted, Kind::kEnvironmentChanged, "",
                  "rounding mode is upward"},
        Detection{"flush_to_zero", OutcomeKind::kCompleted, Kind::kEnvironmentChanged, "",
                  "flush-to-zero"},
        Detection{"signal_mask", OutcomeKind::kCompleted, Kind::kEnvironmentChanged, "",
                  "is blocked after the call"},
        Detection{"odd_answer", OutcomeKind::kFailed, {}, "", "supports answered 17"},
        Detection{"endless_reason", OutcomeKind::kRefused, {}, "", "aaaa"},
        Detection{"refuse", OutcomeKind::kRefused, {}, "", "not today"},
        Detection{"huge_layout", OutcomeKind::kFailed, {}, "", "layout of x: bytes is"},
        Detection{"crash_in_supports", OutcomeKind::kCrashed, {}, "", "in supports"}),
    [](const testing::TestParamInfo<Detection>& info) {
      return std::string(info.param.variant) +
             (info.param.side == GuardSide::kBefore ? "_before" : "_after");
    });

TEST(Worker, RightPeersOfEveryLayoutAreNotAccused) {
  for (const char* variant : {"", "strided", "opaque", "slack", "aligned", "print",
                              "print_together", "off_by_one", "thrown_handler"}) {
    const auto runner = misbehaving(variant);
    for (const GuardSide side : {GuardSide::kAfter, GuardSide::kBefore}) {
      for (const bool read_only : {true, false}) {
        Case c = guarded(small_case(), side);
        c.environment.read_only_inputs = read_only;
        c.environment.layout = LayoutChoice::kPreferred;
        Outcome outcome = runner->run(c);
        if (std::string(variant) == "off_by_one") {
          ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted);
          EXPECT_FALSE(*outcome.output == right_output(c));
          continue;
        }
        SCOPED_TRACE(variant);
        expect_right(outcome, c);
        if (std::string(variant) == "print") {
          EXPECT_TRUE(contains(outcome.log, "}garbage{")) << outcome.log;
        }
      }
    }
  }
}

TEST(Worker, WritesToWritableInputsAreFound) {
  const auto runner = misbehaving("write_input");
  Case c = small_case();
  c.environment.read_only_inputs = false;
  const Outcome outcome = runner->run(c);
  ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted) << outcome.reason;
  expect_finding(outcome, Finding::Kind::kInputModified, "x");
  EXPECT_EQ(outcome.findings.front().offset_bytes, 4);
}

TEST(Worker, FaultNamesOperandAndOffset) {
  const auto runner = misbehaving("read_past");
  const Outcome outcome = runner->run(small_case());
  ASSERT_TRUE(outcome.fault.has_value()) << outcome.reason;
  EXPECT_EQ(outcome.fault->signal, SIGSEGV);
  EXPECT_EQ(outcome.fault->operand, "x");
  EXPECT_EQ(outcome.fault->offset_bytes, 2 * 5 * 6 * 4);
}

TEST(Worker, PriorCallsShowWhatOneCallHides) {
  const auto runner = misbehaving("second_call");
  Case c = small_case();
  expect_right(runner->run(c), c);
  c.environment.prior_calls = 1;
  const Outcome outcome = runner->run(c);
  ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted) << outcome.reason;
  EXPECT_FALSE(*outcome.output == right_output(c));
}

TEST(Worker, ConcurrentCallsShowWhatOneCallHides) {
  const auto runner = misbehaving("races");
  Case c = small_case();
  expect_right(runner->run(c), c);
  c.environment.concurrent_calls = 4;
  expect_finding(runner->run(c), Finding::Kind::kConcurrencyMismatch, "y");
}

TEST(Worker, CrashesAndHangsOnOneShapeAndGoesOn) {
  RunnerOptions with = options();
  with.case_timeout_seconds = 0.3;
  const auto runner = misbehaving("crash_and_hang", with);
  EXPECT_EQ(runner->run(small_case(7)).kind, OutcomeKind::kCrashed);
  with.case_timeout_seconds = 20;
  const Outcome hang = runner->run(small_case(11));
  EXPECT_EQ(hang.kind, OutcomeKind::kTimedOut);
  EXPECT_TRUE(contains(hang.reason, "no answer within 0.3 s")) << hang.reason;
  const auto patient = misbehaving("crash_and_hang", with);
  const Case c = small_case(3);
  expect_right(patient->run(c), c);
}

TEST(Worker, MemoryWatchStopsAnAllocatorGoneWild) {
  RunnerOptions with = options();
  with.memory_limit_bytes = std::uint64_t{400} << 20;
  const auto runner = misbehaving("allocate", with);
  const Outcome outcome = runner->run(small_case());
  EXPECT_EQ(outcome.kind, OutcomeKind::kOverMemory) << outcome.reason;
  EXPECT_TRUE(contains(outcome.reason, "the limit is 400 MiB")) << outcome.reason;
}

TEST(Worker, MuchOutputIsKeptShort) {
  const auto runner = misbehaving("print_much");
  const Case c = small_case();
  const Outcome outcome = runner->run(c);
  expect_right(outcome, c);
  EXPECT_LE(outcome.log.size(), 4000U);
}

// Bytes that this process has allocated and not freed.
std::size_t allocated_bytes() {
#if defined(__GLIBC__)
  return ::mallinfo2().uordblks;
#else
  return 0;
#endif
}

TEST(Worker, ManyCrashesLeaveNothingBehind) {
  const char* const ways[] = {"crash_and_hang", "abort",     "exit",      "throw",
                              "overflow_stack", "raise_fpe", "close_all", "read_past"};
  constexpr int kTurns = CONVCHECK_CRASHES / 8;
  std::vector<std::unique_ptr<Runner>> runners;
  const Case crash = small_case(7);
  for (const char* way : ways) runners.push_back(misbehaving(way));
  const auto turn = [&] {
    for (const auto& runner : runners) {
      const Outcome outcome = runner->run(crash);
      ASSERT_TRUE(outcome.kind == OutcomeKind::kCrashed ||
                  outcome.kind == OutcomeKind::kProtocolError)
          << outcome.reason;
    }
  };
  turn();
  const std::size_t descriptors = open_descriptors();
  const std::size_t files = shared_memory_files();
  const std::size_t allocated = allocated_bytes();
  for (int i = 0; i < kTurns; ++i) turn();
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_EQ(shared_memory_files(), files);
  // Nothing is kept of a crash: not even an allocation of the least size, which is 32 bytes.
  EXPECT_LT(allocated_bytes(), allocated + 32 * 8 * static_cast<std::size_t>(kTurns));
  // The workers that run now are all that there are: no zombie, no orphan.
  EXPECT_EQ(child_processes(), running_workers(runners));
  const Case c = small_case(3);
  expect_right(runners.front()->run(c), c);
  runners.clear();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(Worker, RefusalsNeedNoRestart) {
  const auto runner = misbehaving("");
  const Case grouped = make_case("g2mb1ic4ih4oc4oh4kh1ph0");
  const Status supported = runner->supports(grouped.chain);
  ASSERT_FALSE(supported.has_value());
  EXPECT_EQ(supported.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(supported.error().message, "no groups");
  const pid_t pid = dynamic_cast<WorkerRunner&>(*runner).pid();
  EXPECT_EQ(runner->run(grouped).kind, OutcomeKind::kRefused);
  EXPECT_EQ(dynamic_cast<WorkerRunner&>(*runner).pid(), pid);
}

TEST(Worker, WrongOperandsAreRefusedBeforeTheyTravel) {
  const auto runner = misbehaving("");
  Case c = small_case();
  c.operands.pop_back();
  const Outcome outcome = runner->run(c);
  EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
  EXPECT_EQ(outcome.reason, "the case brings 1 operands where the chain reads 2");
}

char process_state(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t bracket = text.rfind(')');
  return bracket == std::string::npos ? '?' : text[bracket + 2];
}

TEST(Worker, PausesAndResumes) {
  const auto runner = misbehaving("");
  const pid_t pid = dynamic_cast<WorkerRunner&>(*runner).pid();
  runner->pause();
  for (int i = 0; i < 1000 && process_state(pid) != 'T'; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(process_state(pid), 'T');
  const Case c = small_case();
  expect_right(runner->run(c), c);  // Resumes by itself.
  EXPECT_EQ(dynamic_cast<WorkerRunner&>(*runner).pid(), pid);
}

TEST(Worker, KilledFromOutsideBetweenCases) {
  const auto runner = misbehaving("");
  ::kill(dynamic_cast<WorkerRunner&>(*runner).pid(), SIGKILL);
  Outcome outcome;
  const Case c = small_case();
  // The signal may arrive in the middle of the next case.
  outcome = runner->run(c);
  EXPECT_EQ(outcome.kind, OutcomeKind::kCrashed);
  EXPECT_TRUE(contains(outcome.reason, "killed by signal 9")) << outcome.reason;
  expect_right(runner->run(c), c);
}

TEST(Worker, OutlivesTheThreadThatMadeIt) {
  std::unique_ptr<Runner> runner;
  std::thread([&] { runner = misbehaving(""); }).join();
  const pid_t pid = dynamic_cast<WorkerRunner&>(*runner).pid();
  const Case c = small_case();
  expect_right(runner->run(c), c);
  EXPECT_EQ(dynamic_cast<WorkerRunner&>(*runner).pid(), pid);
}

TEST(Worker, DiesWithItsParent) {
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    // A program of its own, since a fork of a test with threads may only exec.
    const std::string descriptor = std::to_string(channel[1]);
    ::execl(CONVCHECK_TEST_PARENT, CONVCHECK_TEST_PARENT, CONVCHECK_TEST_WORKER,
            module_path("misbehaving").c_str(), descriptor.c_str(), nullptr);
    ::_exit(1);
  }
  ::close(channel[1]);
  pid_t worker_pid = 0;
  ASSERT_EQ(::read(channel[0], &worker_pid, sizeof worker_pid),
            static_cast<ssize_t>(sizeof worker_pid));
  ::close(channel[0]);
  EXPECT_NE(process_state(worker_pid), '?');
  ::kill(parent, SIGKILL);
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  char state = process_state(worker_pid);
  for (int i = 0; i < 5000 && state != '?' && state != 'Z'; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    state = process_state(worker_pid);
  }
  EXPECT_TRUE(state == '?' || state == 'Z') << state;
}

TEST(Worker, SaysWhyItCannotStart) {
  const auto message = [](const std::string& name) {
    const Result<std::unique_ptr<Runner>> runner = make_runner(*parse_engine_spec(name), options());
    EXPECT_FALSE(runner.has_value());
    if (runner) return std::string();
    EXPECT_EQ(runner.error().code, ErrorCode::kEngineStart);
    return runner.error().message;
  };
  EXPECT_EQ(message("so:./no_such.so"), "cannot load ./no_such.so: No such file or directory");
  EXPECT_TRUE(contains(message("reference"), "the test worker has no engine \"reference\""));
  EXPECT_TRUE(contains(message("nowhere"), "no engine \"nowhere\": built in are reference"));
  EXPECT_TRUE(contains(message("nowhere"), "textbook"));
  EXPECT_TRUE(contains(message("textbook:fast"), "no variant \"fast\"; it has none"));
  RunnerOptions elsewhere = options();
  elsewhere.worker_executable = "/no/such/program";
  const auto runner = make_runner(*parse_engine_spec("textbook"), elsewhere);
  ASSERT_FALSE(runner.has_value());
  EXPECT_EQ(runner.error().message, "cannot start /no/such/program: No such file or directory");
}

}  // namespace
}  // namespace convcheck::peers
