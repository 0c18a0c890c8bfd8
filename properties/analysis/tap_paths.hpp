// SPDX-License-Identifier: Apache-2.0
// Which positions reach which, one axis at a time: what overlap, gridding and receptive fields are.
#pragma once

#include <cstdint>
#include <vector>

#include "core/chain.hpp"

namespace convcheck::properties {

/// One problem of a chain on one axis: position o of y and tap t meet x at
/// o*stride + t*dilation - pad_begin. Taps of different axes are independent, so what holds in n
/// dimensions is the product of what holds on each axis.
struct AxisStep {
  Operation operation = Operation::kConv;  ///< Not wgrad.
  std::int64_t x_extent = 1;
  std::int64_t y_extent = 1;
  std::int64_t taps = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;

  friend bool operator==(const AxisStep&, const AxisStep&) = default;

  [[nodiscard]] std::int64_t read_extent() const {
    return operation == Operation::kDeconv ? y_extent : x_extent;
  }
  [[nodiscard]] std::int64_t written_extent() const {
    return operation == Operation::kDeconv ? x_extent : y_extent;
  }
};

/// The problems of a chain of conv and deconv, in order; shuffles move no position.
std::vector<AxisStep> axis_steps(const Chain& chain, std::size_t axis);

/// The steps of the backward data pass: last first, conv and deconv exchanged.
std::vector<AxisStep> adjoint(std::vector<AxisStep> steps);

/// A position that is read, and along how many paths (one tap a step) it is.
struct Reached {
  std::int64_t position = 0;
  std::int64_t paths = 0;
  friend bool operator==(const Reached&, const Reached&) = default;
};

/// What the positions of the last tensor read of the first, on tensors without an end. The pattern
/// repeats: position o + period reads what o reads, moved by `shift`.
struct TapPaths {
  std::int64_t period = 1;  ///< 1 without deconvolutions.
  std::int64_t shift = 1;   ///< The step of the receptive field is shift / period.
  /// [period]: what position 0, 1, ... reads, ascending; empty where no tap falls.
  std::vector<std::vector<Reached>> phases;
};

/// The sum of the paths of one phase: the response of kernels of ones to a constant 1.
std::int64_t total_paths(const std::vector<Reached>& phase);

/// Enumerates; kUnsupported beyond 2^22 pairs of position and tap, 2^62 paths or positions.
Result<TapPaths> tap_paths(const std::vector<AxisStep>& steps);

/// Paths to every position that the last step writes, from positions inside the first tensor
/// through positions inside all others: padding is no position, whatever its mode. Enumerates;
/// kUnsupported beyond 2^22 pairs of position and tap, or 2^62 paths.
Result<std::vector<std::int64_t>> path_counts(const std::vector<AxisStep>& steps);

}  // namespace convcheck::properties
