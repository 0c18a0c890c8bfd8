// SPDX-License-Identifier: Apache-2.0
#include "peers/call_environment.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <pthread.h>

#include <array>
#include <cfenv>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace convcheck::peers {
namespace {

struct ControlBits {
  std::uint64_t mask;
  const char* name;
};

#if defined(__x86_64__)
// Intel SDM vol. 1, 10.2.3: status flags in bits 0 to 5 may change, everything else may not.
constexpr std::uint64_t kControlMask = 0xffc0;
constexpr std::array<ControlBits, 3> kControlBits = {{
    {0x8000, "flush-to-zero (MXCSR.FTZ)"},
    {0x0040, "denormals-are-zero (MXCSR.DAZ)"},
    {0x1f80, "the masked floating-point exceptions (MXCSR)"},
}};
std::uint64_t float_control() { return _mm_getcsr() & kControlMask; }
void set_float_control(std::uint64_t control) {
  _mm_setcsr(static_cast<unsigned>((_mm_getcsr() & ~kControlMask) | control));
}
#elif defined(__aarch64__)
// Arm ARM, FPCR: FZ16, FZ, DN, exception traps.
constexpr std::array<ControlBits, 4> kControlBits = {{
    {std::uint64_t{1} << 24, "flush-to-zero (FPCR.FZ)"},
    {std::uint64_t{1} << 19, "flush-to-zero of f16 (FPCR.FZ16)"},
    {std::uint64_t{1} << 25, "default NaN (FPCR.DN)"},
    {0x9f00, "the trapped floating-point exceptions (FPCR)"},
}};
std::uint64_t float_control() {
  std::uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
void set_float_control(std::uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control)); }
#else
constexpr std::array<ControlBits, 0> kControlBits = {};
std::uint64_t float_control() { return 0; }
void set_float_control(std::uint64_t) {}
#endif

const char* rounding_name(int mode) {
  switch (mode) {
    case FE_TONEAREST:
      return "to nearest";
    case FE_UPWARD:
      return "upward";
    case FE_DOWNWARD:
      return "downward";
    case FE_TOWARDZERO:
      return "toward zero";
    default:
      return "of an unknown kind";
  }
}

sigset_t current_mask() {
  sigset_t mask;
  sigemptyset(&mask);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}

}  // namespace

CallEnvironment CallEnvironment::capture() {
  CallEnvironment environment;
  environment.rounding_ = std::fegetround();
  environment.float_control_ = float_control();
  environment.signal_mask_ = current_mask();
  for (int fd = 0; fd < kWatchedDescriptors; ++fd)
    environment.open_[static_cast<std::size_t>(fd)] = ::fcntl(fd, F_GETFD) >= 0;
  return environment;
}

std::vector<std::string> CallEnvironment::changes() const {
  std::vector<std::string> sentences;
  const int rounding = std::fegetround();
  if (rounding != rounding_)
    sentences.push_back(fmt::format("the rounding mode is {} after the call and was {} before it",
                                    rounding_name(rounding), rounding_name(rounding_)));
  const std::uint64_t changed = float_control() ^ float_control_;
  for (const ControlBits& bits : kControlBits) {
    if ((changed & bits.mask) == 0) continue;
    const char* verb = (bits.mask & (bits.mask - 1)) != 0  ? "differ"
                       : (float_control_ & bits.mask) != 0 ? "is off"
                                                           : "is on";
    sentences.push_back(fmt::format("{} {} after the call", bits.name, verb));
  }
  const sigset_t mask = current_mask();
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool blocked = sigismember(&mask, signal) == 1;
    if (blocked == (sigismember(&signal_mask_, signal) == 1)) continue;
    sentences.push_back(fmt::format("signal {} ({}) is {} after the call", signal,
                                    ::strsignal(signal),
                                    blocked ? "blocked" : "no longer blocked"));
    break;  // One sentence says it; a mask that is all ones would say it 64 times.
  }
  std::string closed;
  for (int fd = 0; fd < kWatchedDescriptors; ++fd) {
    if (!open_[static_cast<std::size_t>(fd)] || ::fcntl(fd, F_GETFD) >= 0) continue;
    closed += fmt::format("{}{}", closed.empty() ? "" : ", ", fd);
  }
  if (!closed.empty())
    sentences.push_back(
        fmt::format("the call closed descriptors that it had not opened: {}", closed));
  return sentences;
}

void CallEnvironment::restore() const {
  std::fesetround(rounding_);
  set_float_control(float_control_);
  ::pthread_sigmask(SIG_SETMASK, &signal_mask_, nullptr);
}

}  // namespace convcheck::peers
