// SPDX-License-Identifier: Apache-2.0
// The componentwise bound of Winograd convolution, from the matrices that an implementation uses.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string_view>
#include <vector>

#include "properties/bounds.hpp"

namespace convcheck::properties {

/// F(m x m, r x r): Y = A^T [ sum_c (G g G^T) o (B^T d B) ] A for tiles of (m + r - 1)^2 inputs.
/// "Roundings" is the largest number of f32 roundings between an input of one 1-D pass and its
/// output, that of an inexact matrix entry included, in the order in which the implementation
/// evaluates it.
struct WinogradVariant {
  std::string_view name;       ///< "F(4x4,3x3) at 0, +-5/8, +-3/2".
  std::string_view algorithm;  ///< Part of the names that plans with this tile report; empty: none.
  Eigen::MatrixXd input;       ///< B^T: [m + r - 1, m + r - 1].
  Eigen::MatrixXd filter;      ///< G: [m + r - 1, r].
  Eigen::MatrixXd output;      ///< A^T: [m, m + r - 1].
  int input_roundings = 0;
  int filter_roundings = 0;
  int output_roundings = 0;

  [[nodiscard]] int tile() const { return static_cast<int>(output.rows()); }
  [[nodiscard]] int kernel() const { return static_cast<int>(filter.cols()); }
};

/// F(2x2,3x3) at 0, +-1; F(4x4,3x3) at 0, +-5/8, +-3/2 (oneDNN 2.6.3, docs/peers.md) and at
/// 0, +-1, +-2 (Lavin and Gray, CVPR 2016).
std::span<const WinogradVariant> winograd_variants();

/// For each output of `problem` (conv or deconv, rank 2, stride 1, dense, tiles from output 0):
///
///   bracket = |A^T| [ sum_c (|G| |g| |G^T|) o (|B^T| |d| |B|) ] |A| (+ |bias|), rounded up.
///
/// kUnsupported for problems that the variant does not compute.
Result<std::vector<double>> winograd_bracket(const WinogradVariant& variant,
                                             const ConvProblem& problem,
                                             const std::vector<Tensor>& operands);

/// gamma_mu * bracket and the terms of underflow, over the variants whose `algorithm` is part of
/// `algorithm`, or over all that fit the problem; the largest per output. mu = C/G + 2 (input +
/// filter + output roundings) + 1 with bias.
Result<OutputBounds> winograd_output_bounds(const Claim& claim, std::string_view algorithm,
                                            const ConvProblem& problem,
                                            const std::vector<Tensor>& operands,
                                            const reference::OracleResult& oracle);

}  // namespace convcheck::properties
