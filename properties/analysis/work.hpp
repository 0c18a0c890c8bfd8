// SPDX-License-Identifier: Apache-2.0
// What a problem or chain costs, and what its structure saves against a dense convolution.
#pragma once

#include <optional>
#include <string>

#include "core/chain.hpp"

namespace convcheck::properties {

/// Counts are doubles because they may pass 2^63; they are exact below 2^53.
struct Work {
  double macs = 0;         ///< Products of the definition.
  double macs_inside = 0;  ///< Those whose tap lies inside x.
  double weights = 0;
  double biases = 0;
  double weight_bytes = 0;  ///< Weights and biases.
  double data_bytes = 0;    ///< Every tensor of data once: read, between the steps, written.
};

Work work(const ConvProblem& p);
/// The sum over the problems; what one step writes and the next reads is one tensor.
Work work(const Chain& chain);

/// "pointwise", "grouped pointwise", "depthwise", "grouped", "depthwise pointwise" or "dense".
/// Depthwise: every group reads one channel, and there is more than one group.
std::string kind(const ConvProblem& p);

/// The name of a known pattern with its source, or empty: "depthwise separable (Howard et al.
/// 2017)".
std::string pattern(const Chain& chain);

/// One convolution, all channels to all, with a tap wherever the chain reaches.
struct DenseEquivalent {
  double taps = 0;     ///< Positions of the input that reach an output.
  double macs = 0;     ///< batch * M * C * positions of y * taps.
  double weights = 0;  ///< M * C * taps.
};

/// For a single problem the same without groups. kUnsupported, with the reason, for a chain with a
/// deconvolution or one whose taps are too many to enumerate.
Result<DenseEquivalent> dense_equivalent(const Chain& chain);

/// How the channels of a chain (or one problem) depend on each other.
struct ChannelReach {
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  std::int64_t fewest = 1;  ///< Input channels that reach the output channel reached by fewest.
  std::int64_t most = 1;
  /// Every output channel depends on every input channel.
  [[nodiscard]] bool complete() const { return fewest == in_channels; }
};

/// By enumeration over groups and shuffles; kUnsupported for more than 4096 channels anywhere and
/// for wgrad.
Result<ChannelReach> channel_reach(const Chain& chain);

}  // namespace convcheck::properties
