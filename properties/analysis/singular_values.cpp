// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/singular_values.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

#include "properties/round_up.hpp"

namespace convcheck::properties {
namespace {

constexpr double kUnit = 0x1p-53;
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

// At least |exact value of e| where e was computed by `operations` roundings of terms whose
// magnitudes add up to `magnitude`; each product that underflows loses half a least subnormal.
double with_rounding(double e, double magnitude, std::size_t operations) {
  const auto n = static_cast<double>(operations);
  return add_up(std::fabs(e), add_up(mul_up(gamma_up(n, kUnit), magnitude), mul_up(n, kLeast)));
}

// At least ||M^T M - I||_F of the [size, r] matrix.
double defect(const std::vector<double>& m, std::size_t size, std::size_t r) {
  std::vector<double> entries;
  for (std::size_t a = 0; a < r; ++a)
    for (std::size_t b = 0; b < r; ++b) {
      double sum = a == b ? -1 : 0;
      double magnitude = std::fabs(sum);
      for (std::size_t i = 0; i < size; ++i) {
        const double term = m[i * r + a] * m[i * r + b];
        sum += term;
        magnitude = add_up(magnitude, up(std::fabs(term)));
      }
      entries.push_back(with_rounding(sum, magnitude, size + 2));
    }
  return norm_up(entries);
}

}  // namespace

double norm_up(const std::vector<double>& values) {
  // Scaled by a power of two, so that no square overflows or is lost for nothing.
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::fabs(v));
  if (largest == 0 || !std::isfinite(largest)) return largest;
  const int exponent = std::ilogb(largest);
  double sum = 0;
  for (const double v : values) {
    const double scaled = up(std::fabs(std::ldexp(v, -exponent)));
    sum = add_up(sum, mul_up(scaled, scaled));
  }
  return up(std::ldexp(up(std::sqrt(sum)), exponent));
}

double SingularValues::residual(const std::vector<double>& entries, std::size_t terms) const {
  const std::size_t r = values.size();
  std::vector<double> errors;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      double rest = entries[i * columns + j];
      double magnitude = std::fabs(rest);
      for (std::size_t k = 0; k < terms; ++k) {
        const double term = u[i * r + k] * (values[k] * v[j * r + k]);
        rest -= term;
        magnitude = add_up(magnitude, up(up(std::fabs(term))));
      }
      errors.push_back(with_rounding(rest, magnitude, terms + 3));
    }
  return norm_up(errors);
}

SingularValues singular_values(const std::vector<double>& entries, std::size_t rows,
                               std::size_t columns) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::MatrixXd a = Eigen::Map<const RowMajor>(
      entries.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  SingularValues result;
  result.rows = rows;
  result.columns = columns;
  const std::size_t r = std::min(rows, columns);
  const auto copy = [&](const Eigen::MatrixXd& m, std::size_t size) {
    std::vector<double> list;
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = 0; k < r; ++k)
        list.push_back(m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)));
    return list;
  };
  result.u = copy(svd.matrixU(), rows);
  result.v = copy(svd.matrixV(), columns);
  for (std::size_t k = 0; k < r; ++k)
    result.values.push_back(svd.singularValues()(static_cast<Eigen::Index>(k)));
  const double orthogonality = add_up(defect(result.u, rows, r), defect(result.v, columns, r));
  const double error = result.residual(entries, r);
  for (const double value : result.values) {
    // The bounds of the factors' singular values need factors of full rank.
    result.radii.push_back(orthogonality < 1 ? add_up(mul_up(value, orthogonality), error)
                                             : std::numeric_limits<double>::infinity());
  }
  return result;
}

}  // namespace convcheck::properties
