// SPDX-License-Identifier: Apache-2.0
#include "properties/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "properties/bounds.hpp"
#include "properties/round_up.hpp"

namespace convcheck::properties {
namespace {

// Of storing in `type` what double arithmetic made of two numbers; `lost` is what that lost.
double storing_error(double stored, double computed, double lost, ElementType type) {
  if (stored == computed && lost == 0) return 0;
  const double half = half_ulp(stored, type);
  // The double differs from the exact result by less than half a unit of a double.
  return type == ElementType::kF64 ? half : add_up(half, half_ulp(computed, ElementType::kF64));
}

// The rounding error of s = a + b in double (Knuth's TwoSum), exactly.
double lost_by_sum(double a, double b, double s) {
  const double b_part = s - a;
  return (a - (s - b_part)) + (b - b_part);
}

std::vector<double> errors_of(const Estimate& a) {
  std::vector<double> errors(static_cast<std::size_t>(a.count()));
  for (std::int64_t i = 0; i < a.count(); ++i) errors[static_cast<std::size_t>(i)] = a.error(i);
  return errors;
}

// The errors as a tensor, to go where the elements go.
Tensor error_tensor(const Estimate& a) {
  Tensor t(ElementType::kF64, a.shape());
  for (std::int64_t i = 0; i < a.count(); ++i) t.set_value(i, a.error(i));
  return t;
}

std::vector<double> to_errors(const Tensor& t) {
  const auto values = t.values<double>();
  return {values.begin(), values.end()};
}

}  // namespace

Estimate::Estimate(Tensor tensor, std::vector<double> errors)
    : tensor_(std::move(tensor)), errors_(std::move(errors)) {
  CONVCHECK_CHECK(static_cast<std::int64_t>(errors_.size()) == tensor_.count(),
                  to_string(tensor_.shape()));
  if (std::all_of(errors_.begin(), errors_.end(), [](double e) { return e == 0; })) errors_.clear();
}

Estimate gather(const Estimate& src, const AxisMaps& maps) {
  if (src.exact()) return gather(src.tensor(), maps);
  return {gather(src.tensor(), maps), to_errors(gather(error_tensor(src), maps))};
}

void scatter_add(const Estimate& src, const AxisMaps& maps, Estimate& dst) {
  Tensor result = dst.tensor();
  std::vector<double> errors = errors_of(dst);
  // Where each element of src goes: a tensor of flat indices, scattered.
  Tensor places(ElementType::kF64, dst.shape());
  for (std::int64_t i = 0; i < places.count(); ++i) places.set_value(i, static_cast<double>(i) + 1);
  const Tensor at = gather(places, maps);
  for (std::int64_t i = 0; i < src.count(); ++i) {
    const auto j = static_cast<std::int64_t>(at.value(i)) - 1;
    if (j < 0) continue;
    const double a = result.value(j);
    const double b = src.value(i);
    const double s = a + b;
    result.set_rounded(j, s);
    double& error = errors[static_cast<std::size_t>(j)];
    error = add_up(add_up(error, src.error(i)),
                   storing_error(result.value(j), s, lost_by_sum(a, b, s), result.type()));
  }
  dst = Estimate(std::move(result), std::move(errors));
}

Estimate reshaped(const Estimate& src, Shape shape) {
  Tensor tensor = reshaped(src.tensor(), std::move(shape));
  if (src.exact()) return tensor;
  return {std::move(tensor), errors_of(src)};
}

Estimate sum(const Estimate& a, const Estimate& b) {
  CONVCHECK_CHECK(a.type() == b.type() && a.shape() == b.shape(), to_string(a.shape()));
  Tensor result(a.type(), a.shape());
  std::vector<double> errors(static_cast<std::size_t>(result.count()));
  for (std::int64_t i = 0; i < result.count(); ++i) {
    const double s = a.value(i) + b.value(i);
    result.set_rounded(i, s);
    errors[static_cast<std::size_t>(i)] = add_up(
        add_up(a.error(i), b.error(i)),
        storing_error(result.value(i), s, lost_by_sum(a.value(i), b.value(i), s), result.type()));
  }
  return {std::move(result), std::move(errors)};
}

Estimate scaled(const Estimate& a, double factor) {
  Tensor result(a.type(), a.shape());
  std::vector<double> errors(static_cast<std::size_t>(result.count()));
  for (std::int64_t i = 0; i < result.count(); ++i) {
    const double product = a.value(i) * factor;
    result.set_rounded(i, product);
    errors[static_cast<std::size_t>(i)] =
        add_up(mul_up(a.error(i), std::fabs(factor)),
               storing_error(result.value(i), product, std::fma(a.value(i), factor, -product),
                             result.type()));
  }
  return {std::move(result), std::move(errors)};
}

Estimate product(const Estimate& a, const Estimate& b) {
  CONVCHECK_CHECK(a.type() == b.type() && a.shape() == b.shape(), to_string(a.shape()));
  Tensor result(a.type(), a.shape());
  std::vector<double> errors(static_cast<std::size_t>(result.count()));
  for (std::int64_t i = 0; i < result.count(); ++i) {
    const double x = a.value(i);
    const double y = b.value(i);
    const double xy = x * y;
    result.set_rounded(i, xy);
    const double carried = add_up(mul_up(std::fabs(x), b.error(i)),
                                  mul_up(a.error(i), add_up(std::fabs(y), b.error(i))));
    errors[static_cast<std::size_t>(i)] =
        add_up(carried, storing_error(result.value(i), xy, std::fma(x, y, -xy), result.type()));
  }
  return {std::move(result), std::move(errors)};
}

Estimate outer_product(const Estimate& a, const Estimate& b) {
  AxisMap left, right;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    for (std::int64_t j = 0; j < b.count(); ++j) {
      left.push_back(i);
      right.push_back(j);
    }
  }
  Shape shape = a.shape();
  shape.insert(shape.end(), b.shape().begin(), b.shape().end());
  return reshaped(
      product(gather(reshaped(a, {a.count()}), {left}), gather(reshaped(b, {b.count()}), {right})),
      std::move(shape));
}

Estimate inner_product(const Estimate& a, const Estimate& b) {
  CONVCHECK_CHECK(a.shape() == b.shape(), to_string(a.shape()));
  Tensor result(ElementType::kF64, {});
  double total = 0;
  double error = 0;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    const double x = a.value(i);
    const double y = b.value(i);
    const double product = x * y;
    const double sum = total + product;
    const double lost =
        add_up(std::fabs(std::fma(x, y, -product)), std::fabs(lost_by_sum(total, product, sum)));
    const double carried = add_up(mul_up(std::fabs(x), b.error(i)),
                                  mul_up(a.error(i), add_up(std::fabs(y), b.error(i))));
    error = add_up(error, add_up(lost, carried));
    total = sum;
  }
  result.set_value(0, total);
  return {std::move(result), {error}};
}

Estimate zeros_like(const Estimate& like) { return Tensor(like.type(), like.shape()); }

}  // namespace convcheck::properties
