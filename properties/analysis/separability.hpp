// SPDX-License-Identifier: Apache-2.0
// Whether a kernel is a product of smaller ones: along its axes, and along its channels.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "properties/analysis/exact_kernel.hpp"
#include "properties/analysis/rational_matrix.hpp"
#include "properties/analysis/singular_values.hpp"

namespace convcheck::properties {

/// What rounding leaves of a rank. tau bounds the norm of what the elements may have lost when they
/// were rounded (ExactKernel::uncertainty). By Weyl, at least `certain` singular values of the
/// kernel that was meant are positive: those whose lower bound is above tau. At most `possible`
/// stand out: those whose upper bound is. (Eckart and Young 1936: a matrix of rank r lies within
/// sigma_{r+1}, so within tau of the kernel if r = `possible`.) Where tau is 0 both are the exact
/// rank.
struct NumericalRank {
  std::size_t certain = 0;
  std::size_t possible = 0;
  double tolerance = 0;  ///< tau, from above.
  SingularValues svd;
};

/// One matrix of taps, or one unfolding: rows * columns entries.
struct MatrixRank {
  RationalMatrix matrix;
  RankFactors factors;      ///< Exact.
  bool reproduced = false;  ///< columns * rows is the matrix, multiplied out in fractions.
  NumericalRank numerical;
};
MatrixRank matrix_rank(const RationalMatrix& matrix, const std::vector<double>& uncertainty);

struct Separability {
  int rank = 2;             ///< Axes of the kernel.
  std::int64_t slices = 1;  ///< M * C/G kernels of taps.
  /// How many slices have which exact rank: of the matrix of taps for two axes; for three the
  /// largest rank of the three unfoldings (it is 1 if and only if the kernel is an outer product);
  /// for one axis 0 or 1.
  std::map<std::size_t, std::int64_t> exact_ranks;
  /// The same for NumericalRank::possible; empty for one axis.
  std::map<std::size_t, std::int64_t> numerical_ranks;
  std::int64_t undecided = 0;  ///< Slices for which certain and possible differ.
  /// Of the first slice that is not zero: one matrix for two axes, three unfoldings (d, h, w first)
  /// for three, nothing for one axis.
  std::vector<MatrixRank> shown;
  std::int64_t shown_slice = 0;
  /// Filters that are an outer product over channel and all axes (Jin et al. 2015, flattened
  /// convolution); only for weights with several channels a group.
  std::optional<std::int64_t> flattened_filters;
  std::int64_t filters = 1;
  /// The largest rank over input channels c of the matrix w[:, c, :], filters of the group by taps:
  /// a depthwise convolution of that multiplier, then a 1x1, is the layer; multiplier 1 is what
  /// MobileNets have. Only for several filters and several taps.
  std::optional<std::size_t> depthwise_multiplier;
};

/// `kernel` has the shape of the problem's weights or, as a literal, of taps only; `groups` as in
/// the problem (1 for a literal). kBadInput for more than three axes.
Result<Separability> separability(const ExactKernel& kernel, int rank, std::int64_t groups);

}  // namespace convcheck::properties
