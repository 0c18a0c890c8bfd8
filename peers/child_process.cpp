// SPDX-License-Identifier: Apache-2.0
#include "peers/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include "peers/protocol.hpp"

namespace convcheck::peers {
namespace {

// Everything that the child needs between fork and exec, where nothing may be allocated.
struct Launch {
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  int channel = -1, tensors = -1, log = -1, status = -1, null = -1;
  pid_t parent = 0;
};

[[noreturn]] void give_up(int status_fd) {
  const int error = errno;
  // If the parent is not there to read it, nobody is.
  [[maybe_unused]] const ssize_t put = ::write(status_fd, &error, sizeof error);
  ::_exit(127);
}

[[noreturn]] void run_child(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);

  // Above the targets first: a source may be one of them.
  constexpr int kAbove = 10;
  const int channel = ::fcntl(launch.channel, F_DUPFD_CLOEXEC, kAbove);
  const int tensors = ::fcntl(launch.tensors, F_DUPFD_CLOEXEC, kAbove);
  const int log = ::fcntl(launch.log, F_DUPFD_CLOEXEC, kAbove);
  const int null = ::fcntl(launch.null, F_DUPFD_CLOEXEC, kAbove);
  const int status = ::fcntl(launch.status, F_DUPFD_CLOEXEC, kAbove);
  const std::array<std::pair<int, int>, 6> copies = {{{null, 0},
                                                      {log, 1},
                                                      {log, 2},
                                                      {channel, kChildRequestFd},
                                                      {channel, kChildAnswerFd},
                                                      {tensors, kChildTensorFd}}};
  for (const auto& [from, to] : copies) {
    if (::dup2(from, to) < 0) give_up(status);
  }
  // Close-on-exec rather than closed: `status` lives until then.
  if (::close_range(kChildTensorFd + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    for (int fd = kChildTensorFd + 1; fd < 65536; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ::execve(launch.argv[0], launch.argv, launch.environment);
  give_up(status);
}

// A child dies with the *thread* that made it (prctl(2), PR_SET_PDEATHSIG), so all are made by one
// thread that lives as long as the process.
class Launcher {
 public:
  static Launcher& instance() {
    static auto* const launcher = new Launcher;  // Never destroyed, as its thread never ends.
    return *launcher;
  }

  // fork's result, and errno where it failed.
  std::pair<pid_t, int> fork_child(const Launch& launch) {
    const std::lock_guard<std::mutex> one_caller(callers_);
    std::unique_lock<std::mutex> lock(mutex_);
    launch_ = &launch;
    changed_.notify_all();
    changed_.wait(lock, [this] { return launch_ == nullptr; });
    return {pid_, error_};
  }

 private:
  Launcher() {
    // Signals to the process are for the threads that the program made.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { serve(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return launch_ != nullptr; });
      pid_ = ::fork();
      if (pid_ == 0) run_child(*launch_);
      error_ = errno;
      launch_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex callers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const Launch* launch_ = nullptr;
  pid_t pid_ = -1;
  int error_ = 0;
};

tl::unexpected<Error> start_error(const std::vector<std::string>& argv, int error) {
  return fail(ErrorCode::kEngineStart, "cannot start {}: {}", argv[0], std::strerror(error));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    channel_ = std::move(other.channel_);
  }
  return *this;
}

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& argv,
                                         const std::vector<std::string>& settings, int tensor_fd,
                                         int log_fd) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return start_error(argv, errno);
  Descriptor ours(sockets[0]);
  const Descriptor theirs(sockets[1]);
  std::array<int, 2> status{};
  if (::pipe2(status.data(), O_CLOEXEC) != 0) return start_error(argv, errno);
  const Descriptor status_read(status[0]);
  Descriptor status_write(status[1]);
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return start_error(argv, errno);

  std::vector<std::string> variables = settings;
  variables.push_back(fmt::format("{}={}", kRequestVariable, kChildRequestFd));
  variables.push_back(fmt::format("{}={}", kAnswerVariable, kChildAnswerFd));
  const std::size_t ours_count = variables.size();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name_and_sign = text.substr(0, text.find('=') + 1);
    const auto end = variables.begin() + static_cast<std::ptrdiff_t>(ours_count);
    if (std::none_of(variables.begin(), end,
                     [&](const std::string& set) { return set.starts_with(name_and_sign); }))
      variables.emplace_back(text);
  }
  const auto pointers = [](const std::vector<std::string>& strings) {
    std::vector<char*> list;
    for (const std::string& string : strings) list.push_back(const_cast<char*>(string.c_str()));
    list.push_back(nullptr);
    return list;
  };
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<char*> environment = pointers(variables);

  Launch launch;
  launch.argv = arguments.data();
  launch.environment = environment.data();
  launch.channel = theirs.get();
  launch.tensors = tensor_fd;
  launch.log = log_fd;
  launch.status = status_write.get();
  launch.null = null.get();
  launch.parent = ::getpid();
  const auto [pid, error] = Launcher::instance().fork_child(launch);
  if (pid < 0) return start_error(argv, error);
  ChildProcess child;
  child.pid_ = pid;
  child.channel_ = std::move(ours);

  // End of file once exec has closed the child's end; an errno if it has failed.
  status_write.close();
  int exec_error = 0;
  ssize_t got = 0;
  do {
    got = ::read(status_read.get(), &exec_error, sizeof exec_error);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof exec_error)) return start_error(argv, exec_error);
  return child;
}

bool ChildProcess::has_ended() const {
  siginfo_t info{};
  const int answer = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  return answer == 0 && info.si_pid == pid_;
}

int ChildProcess::end() {
  channel_.close();
  if (pid_ <= 0) return 0;
  // The group first: once its leader is reaped, its number may belong to somebody else. The child
  // makes the group itself, and may not have come to it.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

void ChildProcess::signal_group(int signal) const {
  if (pid_ > 0) ::kill(-pid_, signal);
}

std::optional<std::uint64_t> ChildProcess::private_bytes() const {
  const Descriptor file(::open(fmt::format("/proc/{}/statm", pid_).c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::array<char, 128> text{};
  if (::read(file.get(), text.data(), text.size() - 1) <= 0) return std::nullopt;
  unsigned long long size = 0, resident = 0, shared = 0;
  if (std::sscanf(text.data(), "%llu %llu %llu", &size, &resident, &shared) != 3)
    return std::nullopt;
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return resident > shared ? (resident - shared) * page : 0;
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(wait_status),
                       ::strsignal(WTERMSIG(wait_status)));
  return fmt::format("called exit({})", WEXITSTATUS(wait_status));
}

}  // namespace convcheck::peers
