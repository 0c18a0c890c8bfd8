// SPDX-License-Identifier: Apache-2.0
// What a call must leave as it found it: the floating-point environment, signal mask, descriptors.
#pragma once

#include <bitset>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

namespace convcheck::peers {

/// The surroundings of the calling thread and process at one moment. Threads left behind are no
/// part of it: a pool that outlives a call is legitimate. Nor are descriptors that were opened.
class CallEnvironment {
 public:
  static CallEnvironment capture();

  /// One sentence for each thing that is no longer as captured: rounding mode, flush-to-zero,
  /// denormals-are-zero, masked exceptions, signal mask, descriptors closed.
  [[nodiscard]] std::vector<std::string> changes() const;
  /// Puts everything back but closed descriptors, for the next case.
  void restore() const;

 private:
  static constexpr int kWatchedDescriptors = 64;  // From 0; workers start with six.

  int rounding_ = 0;
  std::uint64_t float_control_ = 0;  // MXCSR or FPCR without status flags; 0 elsewhere.
  sigset_t signal_mask_{};
  std::bitset<kWatchedDescriptors> open_;
};

}  // namespace convcheck::peers
