// SPDX-License-Identifier: Apache-2.0
#include "peers/worker_runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "peers/call_checks.hpp"
#include "peers/fault_report.hpp"
#include "peers/protocol.hpp"

namespace convcheck::peers {
namespace {

using Clock = std::chrono::steady_clock;

// How often a process that computes is looked after: its memory, its log, whether it lives. A peer
// fills memory at some gigabytes a second, so it overshoots its limit by some tens of megabytes.
constexpr int kTickMilliseconds = 10;
// A process that has closed its answer descriptor is given this long to end.
constexpr double kEndingSeconds = 2;
// A log is cut back to nothing when it grows past this within one case.
constexpr off_t kMaxLogBytes = off_t{1} << 25;
constexpr std::size_t kLogTailBytes = 4000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string mebibytes(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

// Bytes as they arrive, cut into messages.
class Inbox {
 public:
  enum class State { kWaiting, kMessage, kClosed, kOversize };

  /// Takes what the socket holds; never blocks.
  State receive(int fd) {
    std::array<char, 16384> chunk;
    for (;;) {
      const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return State::kWaiting;
      if (got <= 0) return State::kClosed;
      bytes_.append(chunk.data(), static_cast<std::size_t>(got));
      if (bytes_.size() < kFrameHeaderBytes) continue;
      if (frame_length(bytes_.data()) > kMaxMessageBytes) return State::kOversize;
      if (bytes_.size() >= kFrameHeaderBytes + frame_length(bytes_.data())) return State::kMessage;
    }
  }
  [[nodiscard]] std::uint32_t announced() const { return frame_length(bytes_.data()); }
  [[nodiscard]] std::string_view text() const {
    return std::string_view(bytes_).substr(kFrameHeaderBytes, announced());
  }
  [[nodiscard]] std::size_t excess() const {
    return bytes_.size() - kFrameHeaderBytes - announced();
  }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

}  // namespace

std::uint64_t default_memory_limit_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 2;
}

// One request and what came of it.
struct WorkerRunner::Exchange {
  // As OutcomeKind, for the process: kCompleted is an answer, whatever it says.
  OutcomeKind kind = OutcomeKind::kCompleted;
  Json answer;
  std::string sentence;  // What went wrong, unless kCompleted.
  std::optional<Json> fault;
  std::string log;
};

WorkerRunner::WorkerRunner(WorkerOptions options) : options_(std::move(options)) {}

WorkerRunner::~WorkerRunner() = default;

Result<std::unique_ptr<WorkerRunner>> WorkerRunner::start(WorkerOptions options) {
  std::unique_ptr<WorkerRunner> runner(new WorkerRunner(std::move(options)));
  CONVCHECK_TRY(runner->open());
  CONVCHECK_TRY(runner->start_child());
  return runner;
}

Status WorkerRunner::open() {
  CONVCHECK_TRY(tensors_.open());
  log_ = Descriptor(::memfd_create("convcheck-log", MFD_CLOEXEC));
  // Appending, so that cutting the log back moves every writer to its start.
  if (log_.get() < 0 || ::fcntl(log_.get(), F_SETFL, O_APPEND) != 0)
    return fail(ErrorCode::kIo, "a file in memory for the log: {}", std::strerror(errno));
  return {};
}

Status WorkerRunner::start_child() {
  clear_log();
  CONVCHECK_ASSIGN(child_, ChildProcess::start(options_.command, tensors_.fd(), log_.get()));
  paused_ = false;
  const Exchange hello = exchange_running({{"request", "hello"},
                                           {"protocol", kProtocolVersion},
                                           {"engine", options_.engine},
                                           {"name", options_.name},
                                           {"tensor_fd", kChildTensorFd}},
                                          options_.start_timeout_seconds);
  const auto failed = [&](const std::string& sentence) {
    const std::string log = log_tail();
    child_.end();
    return fail(ErrorCode::kEngineStart, "engine {}: {}{}", options_.name, sentence,
                log.empty() ? "" : "; it printed: " + bounded_sentence(log));
  };
  if (hello.kind != OutcomeKind::kCompleted) return failed(hello.sentence);
  if (const auto error = hello.answer.find("error"); error != hello.answer.end()) {
    const Result<Error> said = error_from_json(*error, ErrorCode::kEngineStart);
    child_.end();
    if (!said) return failed(said.error().message);
    return tl::unexpected<Error>(*said);
  }
  std::int64_t protocol = kProtocolVersion;
  if (Status s = read_field(hello.answer, "protocol", protocol, false); !s)
    return failed(s.error().message);
  if (protocol != kProtocolVersion)
    return failed(fmt::format("it speaks protocol version {}; this convcheck speaks {}", protocol,
                              kProtocolVersion));
  info_.loaded = options_.is_program ? options_.engine : "built in";
  if (const auto info = hello.answer.find("info"); info != hello.answer.end()) {
    if (!info->is_object()) return failed("field \"info\" is no object");
    if (Status s = info_from_json(*info, info_); !s) return failed(s.error().message);
  }
  info_.name = options_.name;
  return {};
}

WorkerRunner::Exchange WorkerRunner::exchange(Json request, double timeout_seconds) {
  resume();
  if (child_.running() && child_.has_ended()) {
    const int status = child_.end();
    // Descriptors that a case closed are a finding of that case already.
    if (!(WIFEXITED(status) && WEXITSTATUS(status) == kExitChannelLost)) {
      return {OutcomeKind::kCrashed,
              {},
              fmt::format("the process {} after the case before had been answered",
                          describe_exit(status)),
              {},
              log_tail()};
    }
  }
  if (!child_.running()) {
    if (Status s = start_child(); !s)
      return {OutcomeKind::kCrashed, {}, "cannot be started again: " + s.error().message, {}, {}};
  }
  return exchange_running(std::move(request), timeout_seconds);
}

WorkerRunner::Exchange WorkerRunner::exchange_running(Json request, double timeout_seconds) {
  clear_log();
  const std::int64_t id = ++next_id_;
  request["id"] = id;
  const std::string bytes = frame(request);
  Exchange result;
  std::size_t sent = 0;
  const Clock::time_point start = Clock::now();
  while (sent < bytes.size()) {
    const ssize_t put = ::send(child_.channel(), bytes.data() + sent, bytes.size() - sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0) {
      sent += static_cast<std::size_t>(put);
      continue;
    }
    if (put < 0 && errno == EINTR) continue;
    // A process that is gone or has closed its end is found out by waiting for its answer.
    if (put < 0 && errno != EAGAIN && errno != EWOULDBLOCK) break;
    if (seconds_since(start) > timeout_seconds) break;
    pollfd ready{child_.channel(), POLLOUT, 0};
    ::poll(&ready, 1, kTickMilliseconds);
  }
  await_answer(result, id, timeout_seconds);
  finish(result);
  return result;
}

void WorkerRunner::await_answer(Exchange& result, std::int64_t id, double timeout_seconds) {
  Inbox inbox;
  const Clock::time_point start = Clock::now();
  const auto ended_with = [&](OutcomeKind kind, std::string sentence) {
    result.kind = kind;
    result.sentence = std::move(sentence);
  };
  const char* const half = " in the middle of its answer";
  for (;;) {
    pollfd ready{child_.channel(), POLLIN, 0};
    const int polled = ::poll(&ready, 1, kTickMilliseconds);
    // Asked before the socket is read: what a process wrote before it ended is there by then.
    const bool ended = polled <= 0 && child_.has_ended();
    switch (inbox.receive(child_.channel())) {
      case Inbox::State::kOversize:
        return ended_with(OutcomeKind::kProtocolError,
                          fmt::format("announced a message of {} bytes; at most {} are allowed",
                                      inbox.announced(), kMaxMessageBytes));
      case Inbox::State::kMessage: {
        Result<Json> message = parse_message(inbox.text());
        if (!message) return ended_with(OutcomeKind::kProtocolError, message.error().message);
        if (inbox.excess() != 0)
          return ended_with(OutcomeKind::kProtocolError,
                            fmt::format("sent {} bytes after its answer", inbox.excess()));
        std::int64_t answered = 0;
        if (Status s = read_field(*message, "id", answered); !s)
          return ended_with(OutcomeKind::kProtocolError, s.error().message);
        if (answered != id)
          return ended_with(OutcomeKind::kProtocolError,
                            fmt::format("answered request {} where {} was asked", answered, id));
        const auto fault = message->find("fault");
        if (!options_.is_program && fault != message->end() && fault->is_object()) {
          result.fault = *fault;
          return ended_with(OutcomeKind::kCrashed, {});
        }
        result.answer = *std::move(message);
        return;
      }
      case Inbox::State::kClosed: {
        const Clock::time_point closed = Clock::now();
        while (!child_.has_ended() && seconds_since(closed) < kEndingSeconds) ::usleep(500);
        if (child_.has_ended()) return ended_with(OutcomeKind::kCrashed, inbox.empty() ? "" : half);
        return ended_with(OutcomeKind::kProtocolError,
                          fmt::format("closed its answer descriptor{}", inbox.empty() ? "" : half));
      }
      case Inbox::State::kWaiting:
        break;
    }
    if (ended) return ended_with(OutcomeKind::kCrashed, inbox.empty() ? "" : half);
    if (polled > 0) continue;
    if (const auto used = child_.private_bytes(); used && *used > options_.memory_limit_bytes)
      return ended_with(OutcomeKind::kOverMemory,
                        fmt::format("used {} of memory; the limit is {}", mebibytes(*used),
                                    mebibytes(options_.memory_limit_bytes)));
    struct stat log {};
    if (::fstat(log_.get(), &log) == 0 && log.st_size > kMaxLogBytes) clear_log();
    if (seconds_since(start) > timeout_seconds)
      return ended_with(
          OutcomeKind::kTimedOut,
          fmt::format("gave {} within {} s", inbox.empty() ? "no answer" : "half an answer",
                      timeout_seconds));
  }
}

// Ends the process unless it answered, and says how it ended where that was its own doing.
void WorkerRunner::finish(Exchange& result) {
  if (result.kind == OutcomeKind::kCompleted) {
    result.log = log_tail();
    return;
  }
  const bool own_end = result.kind == OutcomeKind::kCrashed && !result.fault;
  const int status = child_.end();
  result.log = log_tail();
  if (!own_end) return;
  if (!options_.is_program && WIFEXITED(status) && WEXITSTATUS(status) == kExitChannelLost) {
    result.kind = OutcomeKind::kProtocolError;
    result.sentence = "the call closed the descriptors on which the worker is asked and answers";
    return;
  }
  result.sentence = fmt::format("the process {}{}", describe_exit(status), result.sentence);
}

void WorkerRunner::clear_log() {
  struct stat file {};
  if (::fstat(log_.get(), &file) == 0 && file.st_size == 0) return;
  // A log that cannot be cut back only shows more than it should.
  [[maybe_unused]] const int answer = ::ftruncate(log_.get(), 0);
}

std::string WorkerRunner::log_tail() const {
  struct stat file {};
  if (::fstat(log_.get(), &file) != 0 || file.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(file.st_size);
  std::string tail(std::min(size, kLogTailBytes), '\0');
  const ssize_t got =
      ::pread(log_.get(), tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
  tail.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return tail;
}

void WorkerRunner::pause() {
  if (paused_ || !child_.running()) return;
  child_.signal_group(SIGSTOP);
  paused_ = true;
}

void WorkerRunner::resume() {
  if (!paused_) return;
  child_.signal_group(SIGCONT);
  paused_ = false;
}

Status WorkerRunner::supports(const Chain& chain) {
  Json request = chain_to_json(chain);
  request["request"] = "supports";
  const Exchange result = exchange(std::move(request), options_.case_timeout_seconds);
  if (result.kind != OutcomeKind::kCompleted) {
    const std::string sentence =
        result.fault ? describe_fault(*result.fault, {}).detail : result.sentence;
    return fail(result.kind == OutcomeKind::kProtocolError ? ErrorCode::kProtocol
                                                           : ErrorCode::kEngineFailed,
                "{} when asked whether it supports the problem: {}", options_.name, sentence);
  }
  if (const auto error = result.answer.find("error"); error != result.answer.end()) {
    CONVCHECK_ASSIGN(const Error said, error_from_json(*error, ErrorCode::kEngineFailed));
    return tl::unexpected<Error>(said);
  }
  bool supported = false;
  std::string reason;
  CONVCHECK_TRY(read_field(result.answer, "supported", supported));
  if (supported) return {};
  CONVCHECK_TRY(read_field(result.answer, "reason", reason));
  return fail(ErrorCode::kUnsupported, "{}", bounded_sentence(reason));
}

Status WorkerRunner::place(const Case& c, const std::vector<OperandSpec>& specs) {
  CONVCHECK_TRY(check_operands(c, specs));
  return tensors_.place(specs);
}

void WorkerRunner::load_inputs(const Case& c) {
  std::size_t next = 0;
  for (const TensorPlace& place : tensors_.places()) {
    if (place.spec.written) continue;
    const Tensor& tensor = c.operands[next++];
    if (place.bytes != 0) std::memcpy(tensors_.at(place), tensor.data(), place.bytes);
  }
}

void WorkerRunner::load_other_data(int call) {
  for (const TensorPlace& place : tensors_.places()) {
    if (!place.spec.written)
      fill_other_data(tensors_.at(place), place.spec.type, element_count(place.spec.shape), call);
  }
}

Outcome WorkerRunner::outcome_of_exchange(const Exchange& result) const {
  Outcome outcome;
  if (result.kind == OutcomeKind::kCompleted) {
    const auto error = result.answer.find("error");
    if (error != result.answer.end()) {
      const Result<Error> said = error_from_json(*error, ErrorCode::kEngineFailed);
      outcome.kind = said ? outcome_of(*said).kind : OutcomeKind::kProtocolError;
      outcome.reason = said ? said->message : said.error().message;
    } else {
      Result<Outcome> answered = outcome_from_json(result.answer);
      if (answered) {
        outcome = *std::move(answered);
      } else {
        outcome.kind = OutcomeKind::kProtocolError;
        outcome.reason = answered.error().message;
      }
    }
  } else {
    outcome.kind = result.kind;
    outcome.reason = result.sentence;
    if (result.fault) {
      outcome.fault = describe_fault(*result.fault, tensors_.places());
      outcome.reason = outcome.fault->detail;
      if (auto finding = finding_of_fault(*result.fault, tensors_.places()))
        outcome.findings.push_back(*std::move(finding));
    }
  }
  outcome.log = result.log;
  return outcome;
}

Outcome WorkerRunner::run_once(const Case& c, std::uint8_t poison) {
  const std::vector<TensorPlace>& places = tensors_.places();
  if (options_.is_program) {
    tensors_.fill_gaps();
    for (const TensorPlace& place : places) {
      if (place.spec.written) std::memset(tensors_.at(place), poison, place.bytes);
    }
  }
  Json request = case_to_json(c.chain, c.environment, places, tensors_.used_bytes());
  request["request"] = "run";
  const Exchange result = exchange(std::move(request), options_.case_timeout_seconds);
  Outcome outcome = outcome_of_exchange(result);
  // What answers nonsense once is not trusted with the next case.
  if (outcome.kind == OutcomeKind::kProtocolError) child_.end();
  return outcome;
}

Outcome WorkerRunner::run(const Case& c) {
  try {
    const std::vector<OperandSpec> specs = operand_specs(c.chain);
    if (Status placed = place(c, specs); !placed)
      return outcome_of({ErrorCode::kUnsupported, placed.error().message});
    for (int call = 0; options_.is_program && call < c.environment.prior_calls; ++call) {
      load_other_data(call);
      Outcome outcome = run_once(c, c.environment.poison);
      if (outcome.kind != OutcomeKind::kCompleted) return outcome;
    }
    load_inputs(c);
    Outcome outcome = run_once(c, c.environment.poison);
    if (outcome.kind != OutcomeKind::kCompleted) return outcome;
    for (const TensorPlace& place : tensors_.places()) {
      if (!place.spec.written) continue;
      outcome.output.emplace(place.spec.type, place.spec.shape);
      if (place.bytes != 0) std::memcpy(outcome.output->data(), tensors_.at(place), place.bytes);
    }
    if (options_.is_program) check_program(c, outcome);
    return outcome;
  } catch (const std::bad_alloc&) {
    return outcome_of({ErrorCode::kUnsupported, "the case does not fit in memory"});
  }
}

// What convcheck's own worker checks inside, seen from outside.
void WorkerRunner::check_program(const Case& c, Outcome& outcome) {
  const std::vector<TensorPlace>& places = tensors_.places();
  if (const auto gap = tensors_.changed_gap()) {
    const std::string& name = places[gap->place].spec.name;
    outcome.findings.push_back(
        {Finding::Kind::kStrayWrite, name, gap->offset_bytes,
         fmt::format("byte {} of the tensor file was written, beside {} ({} bytes)",
                     static_cast<std::int64_t>(places[gap->place].offset) + gap->offset_bytes, name,
                     places[gap->place].bytes)});
  }
  std::size_t next = 0;
  const TensorPlace* written = nullptr;
  for (const TensorPlace& place : places) {
    if (place.spec.written) {
      written = &place;
      continue;
    }
    const std::byte* now = tensors_.at(place);
    const std::byte* before = c.operands[next++].data();
    const auto changed = std::mismatch(now, now + place.bytes, before).first - now;
    if (changed == static_cast<std::ptrdiff_t>(place.bytes)) continue;
    outcome.findings.push_back(
        {Finding::Kind::kInputModified, place.spec.name, changed,
         fmt::format("the call changed its input {} at byte {}", place.spec.name, changed)});
  }
  const std::int64_t count = element_count(written->spec.shape);
  const std::size_t element_bytes = size_bytes(written->spec.type);
  const std::uint8_t poison = c.environment.poison;
  if (find_poison(outcome.output->data(), count, element_bytes, poison).count == 0) return;
  // Elements that look like poison are settled by a second call over another poison.
  const OperandSpec spec = written->spec;
  load_inputs(c);
  Outcome again = run_once(c, other_poison(poison));
  if (again.kind != OutcomeKind::kCompleted) {
    outcome = std::move(again);
    return;
  }
  const Poisoned unwritten =
      find_unwritten(outcome.output->data(), tensors_.at(*written), count, element_bytes, poison);
  if (unwritten.count != 0) outcome.findings.push_back(unwritten_finding(spec, unwritten));
}

Result<Timing> WorkerRunner::time(const Case& c, const TimingRequest& timing_request) {
  const std::vector<OperandSpec> specs = operand_specs(c.chain);
  CONVCHECK_TRY(place(c, specs));
  load_inputs(c);
  Json request = case_to_json(c.chain, c.environment, tensors_.places(), tensors_.used_bytes());
  request["request"] = "time";
  request["timing"] = timing_request_to_json(timing_request);
  // Whoever times stops by itself after one call above the budget; what lasts longer is stopped
  // here: beyond preparation, of two calls one was at least as long as the budget.
  const double timeout = options_.case_timeout_seconds + timing_request.min_block_seconds +
                         2 * timing_request.budget_seconds;
  const Exchange result = exchange(std::move(request), timeout);
  if (result.kind == OutcomeKind::kTimedOut) {
    Timing timing;
    timing.over_budget = true;
    timing.lower_bound_seconds = timing_request.budget_seconds;
    return timing;
  }
  if (result.kind == OutcomeKind::kCompleted) {
    if (const auto timing = result.answer.find("timing");
        timing != result.answer.end() && timing->is_object())
      return timing_from_json(*timing);
  }
  const Outcome outcome = outcome_of_exchange(result);
  const ErrorCode code = outcome.kind == OutcomeKind::kRefused         ? ErrorCode::kUnsupported
                         : outcome.kind == OutcomeKind::kProtocolError ? ErrorCode::kProtocol
                                                                       : ErrorCode::kEngineFailed;
  if (outcome.kind == OutcomeKind::kCompleted)
    return fail(ErrorCode::kProtocol, "{}: the answer to \"time\" has no object \"timing\"",
                options_.name);
  return fail(code, "{} while it was timed: {}", options_.name, outcome.reason);
}

}  // namespace convcheck::peers
