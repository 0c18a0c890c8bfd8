// SPDX-License-Identifier: Apache-2.0
// A child that never outlives this process, in a process group of its own, and the socket to it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace convcheck::peers {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }
  void close();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Descriptors that a child starts with beside 0 (empty), 1 and 2 (the log).
inline constexpr int kChildRequestFd = 3;
inline constexpr int kChildAnswerFd = 4;
inline constexpr int kChildTensorFd = 5;

class ChildProcess {
 public:
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), channel_(std::move(other.channel_)) {}
  /// Kills what is there before.
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess() { end(); }

  /// Starts argv[0] (a path) with one socket as its request and answer descriptors, `tensor_fd` and
  /// `log_fd` as kChildTensorFd, 1 and 2, and CONVCHECK_REQUEST_FD and CONVCHECK_ANSWER_FD set,
  /// beside this process's variables and those of `settings` ("NAME=VALUE"), which go before.
  /// Every other descriptor is closed and every signal at its default. kEngineStart with errno's
  /// text.
  static Result<ChildProcess> start(const std::vector<std::string>& argv,
                                    const std::vector<std::string>& settings, int tensor_fd,
                                    int log_fd);

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// This side of the socket.
  [[nodiscard]] int channel() const { return channel_.get(); }

  /// True once the child has ended and waits to be reaped; sleeps for nothing.
  [[nodiscard]] bool has_ended() const;
  /// Kills the process group, if it still runs, and reaps. Returns waitpid's status; of the child's
  /// own ending if it had ended before.
  int end();
  /// Stops or continues the process group.
  void signal_group(int signal) const;

  /// Memory of its own (neither files nor shared tensors) that the child occupies; nothing where
  /// /proc does not tell.
  [[nodiscard]] std::optional<std::uint64_t> private_bytes() const;

 private:
  pid_t pid_ = -1;
  Descriptor channel_;
};

/// "called exit(3)", "was killed by signal 11 (Segmentation fault)".
std::string describe_exit(int wait_status);

}  // namespace convcheck::peers
