// SPDX-License-Identifier: Apache-2.0
#include "peers/worker_link.hpp"

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
#include <utility>

#include "peers/wire.hpp"

namespace convcheck::peers {
namespace {

using Clock = std::chrono::steady_clock;

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

WorkerLink::WorkerLink(WorkerOptions options, int tensor_fd)
    : options_(std::move(options)), tensor_fd_(tensor_fd) {}

Status WorkerLink::start() {
  if (log_.get() < 0) {
    log_ = Descriptor(::memfd_create("convcheck-log", MFD_CLOEXEC));
    // Appending, so that cutting the log back moves every writer to its start.
    if (log_.get() < 0 || ::fcntl(log_.get(), F_SETFL, O_APPEND) != 0)
      return fail(ErrorCode::kIo, "a file in memory for the log: {}", std::strerror(errno));
  }
  clear_log();
  CONVCHECK_ASSIGN(
      child_, ChildProcess::start(options_.command, options_.settings, tensor_fd_, log_.get()));
  paused_ = false;
  return greet();
}

Status WorkerLink::greet() {
  const Exchange hello = exchange_running({{"request", "hello"},
                                           {"protocol", kProtocolVersion},
                                           {"engine", options_.engine},
                                           {"name", options_.name},
                                           {"tensor_fd", kChildTensorFd}},
                                          options_.start_timeout_seconds, kTickMilliseconds);
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

Exchange WorkerLink::exchange(Json request, double timeout_seconds, int tick_milliseconds) {
  resume();
  if (child_.running() && child_.has_ended()) {
    const int status = child_.end();
    // Descriptors that a case closed are a finding of that case already.
    if (options_.is_program || !WIFEXITED(status) || WEXITSTATUS(status) != kExitChannelLost) {
      return {OutcomeKind::kCrashed,
              {},
              fmt::format("the process {} after the case before had been answered",
                          describe_exit(status)),
              {},
              log_tail()};
    }
  }
  if (child_.running()) {
    clear_log();
  } else if (Status s = start(); !s) {
    return {OutcomeKind::kCrashed, {}, "cannot be started again: " + s.error().message, {}, {}};
  }
  return exchange_running(std::move(request), timeout_seconds, tick_milliseconds);
}

Exchange WorkerLink::exchange_running(Json request, double timeout_seconds, int tick_milliseconds) {
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
  await_answer(result, id, timeout_seconds, tick_milliseconds);
  finish(result);
  return result;
}

void WorkerLink::await_answer(Exchange& result, std::int64_t id, double timeout_seconds,
                              int tick_milliseconds) {
  Inbox inbox;
  const Clock::time_point start = Clock::now();
  const auto ended_with = [&](OutcomeKind kind, std::string sentence) {
    result.kind = kind;
    result.sentence = std::move(sentence);
  };
  const char* const half = " in the middle of its answer";
  for (;;) {
    pollfd ready{child_.channel(), POLLIN, 0};
    const int polled = ::poll(&ready, 1, tick_milliseconds);
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
void WorkerLink::finish(Exchange& result) {
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

void WorkerLink::clear_log() {
  struct stat file {};
  if (::fstat(log_.get(), &file) == 0 && file.st_size == 0) return;
  // A log that cannot be cut back only shows more than it should.
  [[maybe_unused]] const int answer = ::ftruncate(log_.get(), 0);
}

std::string WorkerLink::log_tail() const {
  struct stat file {};
  if (::fstat(log_.get(), &file) != 0 || file.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(file.st_size);
  std::string tail(std::min(size, kLogTailBytes), '\0');
  const ssize_t got =
      ::pread(log_.get(), tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
  tail.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return tail;
}

void WorkerLink::pause() {
  if (paused_ || !child_.running()) return;
  child_.signal_group(SIGSTOP);
  paused_ = true;
}

void WorkerLink::resume() {
  if (!paused_) return;
  child_.signal_group(SIGCONT);
  paused_ = false;
}

}  // namespace convcheck::peers
