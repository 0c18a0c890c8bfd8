// SPDX-License-Identifier: Apache-2.0
#include "properties/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "properties/calls.hpp"

namespace convcheck::properties {
namespace {

void check_shapes(const Tensor& a, const Tensor& b) {
  CONVCHECK_CHECK(a.type() == b.type() && a.shape() == b.shape(),
                  convcheck::to_string(a.shape()) + " against " + convcheck::to_string(b.shape()));
}

bool within(double found, double expected, double bound) {
  if (std::isinf(bound)) return true;
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  if (std::isinf(expected) || std::isinf(found)) return expected == found;
  // The difference is rounded to nearest and the bound is a double: rounding is monotone, so the
  // exact difference is within the bound if and only if the rounded one may be.
  return std::fabs(found - expected) <= bound;
}

}  // namespace

std::optional<Discrepancy> first_violation(const Tensor& found,
                                           const reference::OracleResult& oracle,
                                           const OutputBounds& bounds, std::string_view operand) {
  check_shapes(found, oracle.value);
  std::optional<Discrepancy> first;
  for (std::int64_t i = 0; i < found.count(); ++i) {
    const double bound = bounds.absolute[static_cast<std::size_t>(i)];
    if (within(found.value(i), oracle.value.value(i), bound)) continue;
    if (!first)
      first = Discrepancy{std::string(operand),
                          i,
                          position_of(i, found.shape()),
                          oracle.value.value(i),
                          found.value(i),
                          bound,
                          0};
    ++first->count;
  }
  return first;
}

std::optional<Discrepancy> first_bit_difference(const Tensor& found, const Tensor& expected,
                                                std::string_view operand) {
  check_shapes(found, expected);
  if (found == expected) return std::nullopt;
  std::optional<Discrepancy> first;
  const std::size_t size = size_bytes(found.type());
  for (std::int64_t i = 0; i < found.count(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i) * size;
    if (std::memcmp(found.data() + at, expected.data() + at, size) == 0) continue;
    if (!first)
      first = Discrepancy{std::string(operand),
                          i,
                          position_of(i, found.shape()),
                          expected.value(i),
                          found.value(i),
                          0,
                          0};
    ++first->count;
  }
  return first;
}

AccuracyStats accuracy(const Tensor& found, const reference::OracleResult& oracle,
                       const OutputBounds& bounds) {
  check_shapes(found, oracle.value);
  AccuracyStats stats;
  const double u = accumulator_roundoff(found.type());
  double ulps_total = 0;
  for (std::int64_t i = 0; i < found.count(); ++i) {
    const double f = found.value(i);
    const double v = oracle.value.value(i);
    const double bound = bounds.absolute[static_cast<std::size_t>(i)];
    if (std::isinf(bound) || !std::isfinite(v) || !std::isfinite(f)) {
      ++stats.unpromised;
      continue;
    }
    ++stats.outputs;
    const double error = std::fabs(f - v);
    if (error == 0) {
      ++stats.correctly_rounded;
      continue;
    }
    const double ulps =
        traits(found.type()).is_integer ? error : error / (2 * half_ulp(v, found.type()));
    ulps_total += ulps;
    stats.max_ulps = std::max(stats.max_ulps, ulps);
    if (bound > 0) stats.max_bound_used = std::max(stats.max_bound_used, error / bound);
    const double s = oracle.sum_abs[static_cast<std::size_t>(i)];
    if (u * s > 0) stats.max_error_over_us = std::max(stats.max_error_over_us, error / (u * s));
  }
  if (stats.outputs > 0) stats.mean_ulps = ulps_total / static_cast<double>(stats.outputs);
  return stats;
}

}  // namespace convcheck::properties
