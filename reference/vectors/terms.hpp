// SPDX-License-Identifier: Apache-2.0
// The terms of every output, listed; for known-answer vectors.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "reference/dyadic.hpp"

namespace convcheck::reference {

/// What one output sums: products of two factors, zero points already subtracted, and the bias.
struct OutputTerms {
  std::vector<std::pair<double, double>> products;
  std::optional<double> bias;
};

/// Of every output of the (valid) problem, in the order of the written tensor.
std::vector<OutputTerms> terms_of(const ConvProblem& p, const std::vector<Tensor>& operands);

/// Their sum, and the sum of their magnitudes (an infinity where a term is not finite).
Dyadic exact_sum(const OutputTerms& terms);
Dyadic exact_sum_abs(const OutputTerms& terms);

/// Which values between two neighbours go where.
enum class Nearest { kTiesToEven, kTiesAway, kTowardZero };

/// The value to so many significant bits, and none below 2^min_exponent; not limited above.
Dyadic to_precision(const Dyadic& value, int precision_bits, int min_exponent,
                    Nearest mode = Nearest::kTiesToEven);

/// a + b; both finite.
Dyadic add(const Dyadic& a, const Dyadic& b);
Dyadic magnitude(Dyadic a);
/// |a| < |b|; both finite.
bool is_smaller(const Dyadic& a, const Dyadic& b);

}  // namespace convcheck::reference
