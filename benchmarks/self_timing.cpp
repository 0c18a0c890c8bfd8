// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/self_timing.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace convcheck::benchmarks {
namespace {

// Other work on the machine between a peer's clock and ours.
constexpr double kDisturbedShare = 0.1;

}  // namespace

std::optional<std::string> self_timing_fault(std::span<const SelfTiming> single,
                                             std::span<const SelfTiming> blocks) {
  double whole_seconds = single.front().wall_seconds;
  for (const SelfTiming& one : single) whole_seconds = std::min(whole_seconds, one.wall_seconds);
  const SelfTiming* nearest = nullptr;
  const auto left_out = [](const SelfTiming& t) { return t.wall_seconds - t.said_seconds; };
  const auto nearer = [&](const SelfTiming& a, const SelfTiming& b) {
    return left_out(a) - kDisturbedShare * a.said_seconds <
           left_out(b) - kDisturbedShare * b.said_seconds;
  };
  for (const SelfTiming& block : blocks) {
    if (block.said_seconds > block.wall_seconds) {
      return fmt::format("it says that {} calls took {:.3g} s, in a request of {:.3g} s",
                         block.calls, block.said_seconds, block.wall_seconds);
    }
    if (nearest == nullptr || nearer(block, *nearest)) nearest = &block;
  }
  if (left_out(*nearest) <= whole_seconds + kDisturbedShare * nearest->said_seconds)
    return std::nullopt;
  return fmt::format(
      "it says that {} calls took {:.3g} s, in a request of {:.3g} s; a whole request of one call "
      "takes {:.3g} s",
      nearest->calls, nearest->said_seconds, nearest->wall_seconds, whole_seconds);
}

}  // namespace convcheck::benchmarks
