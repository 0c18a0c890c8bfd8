// SPDX-License-Identifier: Apache-2.0
// Exact sums of many outputs at once, in plain 64-bit limbs, and the test whether a value is such a
// sum correctly rounded; for tests of the oracle, which sums and rounds in another way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.hpp"
#include "reference/dyadic.hpp"

namespace convcheck::reference {

/// A double as +-magnitude * 2^exponent with an odd magnitude (0 with exponent 0), or no number.
struct Split {
  Kind kind = Kind::kFinite;
  bool negative = false;
  std::uint64_t magnitude = 0;
  int exponent = 0;
};
Split split(double value);

/// A sum as sign and magnitude: the limbs, lowest first, in units of 2^unit.
struct Magnitude {
  bool negative = false;
  std::vector<std::uint64_t> limbs;
  int unit = 0;
};

/// Every output as two sums of magnitudes, that of its positive terms and that of its negative ones
/// (Kulisch, Computer Arithmetic and Validity, 2nd ed. 2013, ch. 8: the long accumulator), in units
/// that all terms, and half the last bits of all results, are multiples of.
class WideSums {
 public:
  /// `count` outputs whose terms, and sums of up to 2^60 of them, lie in [2^low, 2^high).
  WideSums(std::size_t count, int low, int high);

  /// Adds a*b to output i.
  void add(std::size_t i, const Split& a, const Split& b);

  [[nodiscard]] std::size_t count() const { return kinds_.size(); }
  /// What the terms of output i add up to: finite, or by the rules of IEEE 754 not.
  [[nodiscard]] Kind kind(std::size_t i) const;
  /// The sum of the terms of a finite output, and that of their magnitudes.
  [[nodiscard]] Magnitude sum(std::size_t i) const;
  [[nodiscard]] Magnitude sum_abs(std::size_t i) const;
  /// The sum for comparison with other formulations.
  [[nodiscard]] Dyadic value(std::size_t i) const;

 private:
  // Bits of kinds_.
  static constexpr std::uint8_t kPlus = 1, kMinus = 2, kNot = 4;

  [[nodiscard]] std::span<const std::uint64_t> side(std::size_t i, bool negative) const;

  std::size_t limbs_;
  int unit_;
  std::vector<std::uint64_t> sums_;  // Of output i the positive terms, then the negative ones.
  std::vector<std::uint8_t> kinds_;
};

/// Where the operands that a problem reads, in the order of operand_specs, have that of the role.
std::size_t operand_index(const ConvProblem& p, Role role);

/// The sums of all outputs of the (valid) problem, by scatter's loops.
WideSums wide_sums(const ConvProblem& p, const std::vector<Tensor>& operands);

/// -1, 0 or 1 as |m| is below, equal to or above magnitude * 2^exponent.
int compare_magnitude(const Magnitude& m, std::uint64_t magnitude, int exponent);

/// Whether `value` is m rounded once to the type, to nearest, ties to even (integers clamp):
/// decided by comparing m with the midpoints between `value` and its neighbours, without rounding
/// anything.
bool is_rounded(const Magnitude& m, double value, ElementType type);
/// The same of output i, finite or not (an integer type clamps infinities, and NaN to 0).
bool is_rounded(const WideSums& sums, std::size_t i, double value, ElementType type);

/// The value as a dyadic number.
Dyadic to_dyadic(const Magnitude& m);
/// The value within a relative 2^-52 if it lies among the normal doubles.
double approximate(const Magnitude& m);
/// log2 of a positive magnitude, to about 12 digits; for statistics.
double log2_of(const Magnitude& m);

}  // namespace convcheck::reference
