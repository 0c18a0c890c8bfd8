// SPDX-License-Identifier: Apache-2.0
// Singular values with a proof of how near they are to the exact ones.
#pragma once

#include <cstddef>
#include <vector>

namespace convcheck::properties {

/// A computed decomposition A ~ U diag(values) V^T, r = min(rows, columns), checked afterwards: no
/// constant of an algorithm's error analysis is trusted. With alpha = ||U^T U - I||_F,
/// beta = ||V^T V - I||_F and E = A - U diag(values) V^T, all bounded from above in double
/// arithmetic with its rounding errors,
///
///   |sigma_i(A) - values[i]| <= radii[i] = values[i] (alpha + beta) + ||E||_F:
///
/// the singular values of a product change by factors between those of U and V (Ostrowski; Horn and
/// Johnson, Matrix Analysis, 2013, 4.5.9), and sigma_i moves by at most ||E||_2 (Weyl, ibid.
/// 7.3.5). For such a posteriori bounds: Rump, Verified bounds for singular values, 2011.
struct SingularValues {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;  ///< [r], descending.
  std::vector<double> radii;   ///< [r].
  std::vector<double> u;       ///< [rows, r].
  std::vector<double> v;       ///< [columns, r].

  /// At most ||A - the first `terms` terms||_F for the `entries` that were decomposed.
  [[nodiscard]] double residual(const std::vector<double>& entries, std::size_t terms) const;
};

/// Of the row-major [rows, columns] matrix of finite entries. Entries below 2^-1000 of the largest
/// are the reason for a large radius only, never for a wrong one.
SingularValues singular_values(const std::vector<double>& entries, std::size_t rows,
                               std::size_t columns);

/// At least sqrt(sum of squares).
double norm_up(const std::vector<double>& values);

}  // namespace convcheck::properties
