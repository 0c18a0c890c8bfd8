// SPDX-License-Identifier: Apache-2.0
// Faults that tests plant in the oracle. solve() and the engine cannot: only solve_with_faults
// takes any. Code without them asks once a row of sums, or once an output of two bins, whether it
// has some.
#pragma once

#include <cstdint>

#include "reference/long_sum.hpp"
#include "reference/tile.hpp"

namespace convcheck::reference {

/// What tests plant to see that the tests of the oracle notice. The default is none.
struct Faults {
  /// How an f64 becomes a value of the written type.
  enum class Conversion {
    kRight,
    kThroughF32,       ///< bf16 and f16 are rounded to f32 first.
    kTiesAway,         ///< Ties go away from zero.
    kTowardZero,       ///< What does not fit is dropped.
    kOverflowLimited,  ///< The largest number in place of an infinity.
    kZeroUnsigned,     ///< +0 for what rounds to zero from below.
    kFlushed           ///< Zero for subnormal numbers.
  };

  // The certificate of f64 sums.
  double interval_scale = 1;        ///< The half-width of the interval is multiplied by this.
  double exact_limit_scale = 1;     ///< The limit of the exactness test is multiplied by this.
  bool fixed_in_unit = true;        ///< false: the exactness test takes weights for integers.
  bool bias_in_unit = true;         ///< false: the exactness test forgets the bias.
  bool bias_in_sum_abs = true;      ///< false: S begins without the bias.
  bool count_bias = true;           ///< false: the number of terms leaves the bias out.
  bool count_depth = true;          ///< false: wgrad counts the terms of conv.
  bool count_blocks = true;         ///< false: the height is that of one block.
  bool zero_needs_integers = true;  ///< false: an interval that rounds to zero is certified.
  bool bound_sum_abs = true;        ///< false: S is the f64 sum, not its upper bound.
  bool fallback = true;             ///< false: an uncertified f64 sum is rounded as it is.

  // Two bins.
  double bins_error_scale = 1;         ///< Their error bound is multiplied by this.
  double sigma_factor = kSigmaFactor;  ///< Their first number, in powers of two of S.
  bool product_errors = true;          ///< false: f64 products are taken for exact.
  bool ends_to_odd = true;             ///< false: the ends are rounded to f64 first.
  bool undo_scale = true;              ///< false: the scale stays in the result.

  // Values.
  Conversion conversion = Conversion::kRight;
  Rounding rounding = Rounding::kNearestEven;  ///< Of integers.
  bool skip_padding = true;   ///< false: a non-finite weight on a tap in the padding counts.
  bool propagate_nan = true;  ///< false: NaN becomes 0.
  bool zero_points = true;    ///< false: zero points are not subtracted.

  // What the oracle runs on.
  bool flush_subnormals = false;  ///< true: sums are made with FTZ and DAZ set.
  bool probe_environment = true;  ///< false: rounding mode and FTZ/DAZ are not looked at.
  /// Products of one output that are summed in f64; more are summed in integers, term by term.
  std::int64_t max_products = kMaxProducts;

  friend bool operator==(const Faults&, const Faults&) = default;
};

/// v as a value of the type by that conversion.
double convert(Faults::Conversion conversion, ElementType to, double v);

}  // namespace convcheck::reference
