// SPDX-License-Identifier: Apache-2.0
#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace convcheck {
namespace {

tl::unexpected<Error> io_error(const char* what, const std::string& path, int error) {
  return fail(ErrorCode::kIo, "cannot {} '{}': {}", what, path,
              std::generic_category().message(error));
}

// Closes on every way out; close() itself is checked where its error would mean lost data.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int close_checked() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd);
  }

 private:
  int fd_;
};

int open_retrying(const char* path, int flags, mode_t mode) {
  for (;;) {
    const int fd = ::open(path, flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

// errno of the first failing call, or 0. `sync` only where the bytes go to a file.
int write_all(Descriptor& file, std::string_view bytes, bool sync) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  // Some file systems report a full disk only here or at close.
  if (sync && ::fsync(file.get()) != 0) return errno;
  return file.close_checked() == 0 ? 0 : errno;
}

// Where the name leads, so that a link is kept and its target replaced.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(open_retrying(path.c_str(), O_RDONLY, 0));
  if (file.get() < 0) return io_error("open", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return io_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) return io_error("read", path, EISDIR);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size > 0 ? status.st_size : 0));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got == 0) return bytes;
    if (got > 0)
      bytes.append(buffer, static_cast<std::size_t>(got));
    else if (errno != EINTR)
      return io_error("read", path, errno);
  }
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    Descriptor file(open_retrying(path.c_str(), O_WRONLY, 0));
    if (file.get() < 0) return io_error("open", path, errno);
    const int error = write_all(file, bytes, false);
    return error == 0 ? Status{} : io_error("write", path, error);
  }
  static std::atomic<unsigned> serial{0};
  const std::string target = resolved(path);
  const std::string temporary = fmt::format("{}.{}-{}.tmp", target, ::getpid(), serial++);
  Descriptor file(open_retrying(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666));
  if (file.get() < 0) return io_error("create", temporary, errno);
  int error = write_all(file, bytes, true);
  const char* step = "write";
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) {
    error = errno;
    step = "replace";
  }
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return io_error(step, path, error);
}

}  // namespace convcheck
