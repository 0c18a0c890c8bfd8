// SPDX-License-Identifier: Apache-2.0
#include "peers/fault_handler.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>

#include "peers/protocol.hpp"

#if defined(__x86_64__)
#include <sys/ucontext.h>
#endif

namespace convcheck::peers {
namespace {

constexpr std::size_t kSignalStackBytes = 64 * 1024;

std::atomic<int> answer_descriptor{-1};
std::atomic<std::int64_t> request_id{0};
std::atomic<int> current_phase{0};
std::atomic<int> watched_count{0};
WatchedOperand watched[kMaxWatched];
std::atomic_flag reporting = ATOMIC_FLAG_INIT;

// Text put together without allocation: a handler may not even take a lock.
class SignalText {
 public:
  void add(const char* text) {
    for (; *text != '\0' && size_ < sizeof(bytes_); ++text) bytes_[size_++] = *text;
  }
  void add(std::int64_t number) {
    char digits[20];
    int count = 0;
    auto rest = static_cast<std::uint64_t>(number);
    if (number < 0) {
      add("-");
      rest = 0 - rest;
    }
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    while (count > 0 && size_ < sizeof(bytes_)) bytes_[size_++] = digits[--count];
  }
  void field(const char* name, std::int64_t value) {
    add(",\"");
    add(name);
    add("\":");
    add(value);
  }
  [[nodiscard]] const char* data() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  char bytes_[480];
  std::size_t size_ = 0;
};

// 0 unknown, 1 read, 2 write.
int access_of([[maybe_unused]] int signal, [[maybe_unused]] void* context) {
#if defined(__x86_64__)
  // Page-fault error code, bit 1: Intel SDM vol. 3, 4.7. Meaningless for SIGFPE and SIGILL, and
  // trap 14 alone is a page fault.
  if (signal == SIGSEGV || signal == SIGBUS) {
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    if (registers[REG_TRAPNO] == 14) return (registers[REG_ERR] & 2) != 0 ? 2 : 1;
  }
#endif
  return 0;
}

void write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t put = ::write(fd, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    data += put;
    size -= static_cast<std::size_t>(put);
  }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  // Of several threads that fault at once the first one speaks; it ends the others.
  if (reporting.test_and_set()) {
    for (;;) ::pause();
  }
  // A signal that was raised or sent carries no address.
  const bool has_address = (signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0;
  const auto address = has_address ? reinterpret_cast<std::uintptr_t>(info->si_addr) : 0;
  const WatchedOperand* near = nullptr;
  if (has_address) {
    for (int i = 0; i < watched_count.load(); ++i) {
      if (address >= watched[i].zone_begin && address < watched[i].zone_end) near = &watched[i];
    }
  }
  SignalText text;
  text.add("{\"outcome\":\"crashed\",\"id\":");
  text.add(request_id.load());
  text.add(",\"fault\":{\"signal\":");
  text.add(static_cast<std::int64_t>(signal));
  text.field("code", info->si_code);
  text.field("phase", current_phase.load());
  text.field("access", access_of(signal, context));
  text.field("address", static_cast<std::int64_t>(address));
  text.field("operand", near != nullptr ? near->operand : -1);
  text.field("native", near != nullptr && near->native ? 1 : 0);
  text.field("offset", near != nullptr ? static_cast<std::int64_t>(address - near->data) : 0);
  text.field("bytes", near != nullptr ? static_cast<std::int64_t>(near->bytes) : 0);
  text.add("}}");
  char header[kFrameHeaderBytes];
  for (unsigned i = 0; i < kFrameHeaderBytes; ++i)
    header[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  const int fd = answer_descriptor.load();
  write_all(fd, header, sizeof header);
  write_all(fd, text.data(), text.size());
  ::_exit(kExitAfterFault);
}

}  // namespace

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::kNone:
      return "between calls";
    case Phase::kSupports:
      return "in supports";
    case Phase::kPrepare:
      return "in prepare";
    case Phase::kImport:
      return "in import_operand";
    case Phase::kPack:
      return "in pack";
    case Phase::kPriorRun:
      return "in a prior run";
    case Phase::kRun:
      return "in run";
    case Phase::kExport:
      return "in export_operand";
    case Phase::kConcurrentRun:
      return "in concurrent runs";
    case Phase::kTime:
      return "while timed";
    case Phase::kDestroy:
      return "in destroy";
    case Phase::kAfterCall:
      return "after the call had returned";
  }
  return "?";
}

void install_fault_handlers(int answer_fd) {
  answer_descriptor.store(answer_fd);
  // Never freed: it has to outlive everything that can fault.
  static void* const stack = std::malloc(kSignalStackBytes);
  static const bool have_stack = [] {
    stack_t alternate{};
    alternate.ss_sp = stack;
    alternate.ss_size = kSignalStackBytes;
    return stack != nullptr && ::sigaltstack(&alternate, nullptr) == 0;
  }();
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | (have_stack ? SA_ONSTACK : 0);
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
}

void set_fault_request(std::int64_t id) { request_id.store(id); }
void set_fault_phase(Phase phase) { current_phase.store(static_cast<int>(phase)); }

void watch_operands(const WatchedOperand* operands, int count) {
  watched_count.store(0);
  count = std::min(count, kMaxWatched);
  std::copy(operands, operands + count, watched);
  watched_count.store(count);
}

}  // namespace convcheck::peers
