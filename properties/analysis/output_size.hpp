// SPDX-License-Identifier: Apache-2.0
// The size of what a problem writes, with the formula filled in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/geometry.hpp"

namespace convcheck::properties {

/// One axis of a problem: how the extent that is written follows from the others.
struct AxisSize {
  std::size_t axis = 2;
  std::int64_t written = 0;  ///< The extent: of y for conv, of x for deconv, of w for wgrad.
  std::int64_t effective_kernel = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;  ///< Derived; negative where the stride leaves a rest.
  /// What a transposed convolution of the same padding at both ends adds to come from y to x:
  /// (i + 2p - k_eff) mod s for the conv that has that size. Not there if the padding at the end is
  /// another one.
  std::optional<std::int64_t> output_padding;
  /// The conventions that give this padding and y from x, k, s and d; several for a kernel of one.
  std::vector<SizeMode> modes;
  /// "oh = floor((ih + 2*ph - kh) / sh) + 1 = floor((8 + 2*1 - 3) / 1) + 1 = 8". Letters as in the
  /// name of the problem (after deconv: i is what is read); a dilated kernel counts with its span.
  std::string formula;
};

const char* mode_name(SizeMode);

/// The axes in use, slowest first. For a valid problem
///
///   conv    o = floor((i + p_begin + p_end - k_eff) / s) + 1, 0 where the kernel does not fit
///   deconv  o = (i - 1) s - p_begin - p_end + k_eff (+ output padding)
///   wgrad   k = (i + p_begin + p_end - (o - 1) s - 1) / d + 1
///
/// with k_eff = (k - 1) d + 1 (Dumoulin and Visin, A guide to convolution arithmetic, 2016).
std::vector<AxisSize> output_sizes(const ConvProblem& p);

}  // namespace convcheck::properties
