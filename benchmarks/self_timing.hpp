// SPDX-License-Identifier: Apache-2.0
// Peers that time themselves, beside the clock of whoever asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace convcheck::benchmarks {

/// One block of a peer that times itself.
struct SelfTiming {
  std::int64_t calls = 0;
  double said_seconds = 0;  ///< Of all the calls, as the peer says.
  double wall_seconds = 0;  ///< Of the whole request, by the clock of whoever asked.
};

/// Why the peer cannot have measured what it says, if so; one sentence.
///
/// Of a request's time the peer may leave out what is not a timed call: messages, making ready, the
/// one call to warm up. All of that is part of a request of a single call, too, the shortest of
/// which took W as a whole. So for an honest peer wall - said <= W, up to what else the machine was
/// doing, for which a tenth of what is said is allowed; a peer is refused if wall > W + 1.1 said in
/// every one of `blocks`. A peer that says 1/f of the time of many calls is found out if f > 1.1.
/// No block may be said to take longer than its request.
///
/// `single` and `blocks` are not empty.
std::optional<std::string> self_timing_fault(std::span<const SelfTiming> single,
                                             std::span<const SelfTiming> blocks);

}  // namespace convcheck::benchmarks
