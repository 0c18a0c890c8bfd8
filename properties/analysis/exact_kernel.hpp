// SPDX-License-Identifier: Apache-2.0
// A kernel whose elements are known exactly: from a tensor, or from the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "reference/rational.hpp"

namespace convcheck::properties {

using reference::Integer;
using reference::Rational;

/// element i = units[i] * scale.
struct ExactKernel {
  /// [M, C/G, taps...] of a problem's weights; [taps...] of a literal, which is one filter of one
  /// channel.
  Shape shape;
  std::vector<Integer> units;
  Rational scale = 1;
  /// How far the number that was meant may be from element i, which is that number rounded: half a
  /// unit in the last place of a floating type or of the decimals that are written, rounded up; 0
  /// for integers and fractions.
  std::vector<double> uncertainty;

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(units.size()); }
  [[nodiscard]] Rational element(std::size_t i) const { return scale * Rational(units[i]); }
};

/// The elements of `tensor` less the zero point (of an integer type). kBadInput for an element that
/// is not finite, named by its index, and for more than 2^22 elements; `name` stands for the
/// tensor.
Result<ExactKernel> exact_kernel(const Tensor& tensor, std::int32_t zero_point,
                                 std::string_view name);

/// "1,4,6,4,1": one axis; "1,2,1; 2,4,2; 1,2,1": rows. Numbers are integers, decimals (0.25, 1e-3)
/// or fractions (1/16). kParse with the entry and what would be right: no number, a division by
/// zero, rows of different lengths, more than 4096 entries, exponents beyond 300, more than 60
/// digits.
Result<ExactKernel> parse_kernel(std::string_view text);

/// "3", "-1/16".
std::string fraction_text(const Rational& value);

}  // namespace convcheck::properties
