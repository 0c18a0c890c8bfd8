// SPDX-License-Identifier: Apache-2.0
// Tensors with how far each element may be from what exact arithmetic gives, carried along.
#pragma once

#include <vector>

#include "properties/tensor_ops.hpp"

namespace convcheck::properties {

/// A tensor, and for each element a bound on |element - what exact arithmetic gives for it| from
/// the data of a case. Without errors every element is exact.
class Estimate {
 public:
  Estimate() = default;
  Estimate(Tensor tensor)  // NOLINT(google-explicit-constructor): data are exact.
      : tensor_(std::move(tensor)) {}
  /// One error an element; all of them 0 is the same as none.
  Estimate(Tensor tensor, std::vector<double> errors);

  [[nodiscard]] const Tensor& tensor() const { return tensor_; }
  [[nodiscard]] ElementType type() const { return tensor_.type(); }
  [[nodiscard]] const Shape& shape() const { return tensor_.shape(); }
  [[nodiscard]] std::int64_t count() const { return tensor_.count(); }
  [[nodiscard]] double value(std::int64_t i) const { return tensor_.value(i); }
  [[nodiscard]] bool exact() const { return errors_.empty(); }
  [[nodiscard]] double error(std::int64_t i) const {
    return errors_.empty() ? 0 : errors_[static_cast<std::size_t>(i)];
  }

 private:
  Tensor tensor_;
  std::vector<double> errors_;
};

/// As for tensors; results are rounded once. What an operation itself rounds adds to the error:
/// half a unit in the last place where the result is not exact.
Estimate gather(const Estimate& src, const AxisMaps& maps);
void scatter_add(const Estimate& src, const AxisMaps& maps, Estimate& dst);
Estimate reshaped(const Estimate& src, Shape shape);
/// Element by element; same type and shape.
Estimate sum(const Estimate& a, const Estimate& b);
Estimate scaled(const Estimate& a, double factor);
/// Element by element.
Estimate product(const Estimate& a, const Estimate& b);
/// a[i...] b[j...]: the shapes one behind the other.
Estimate outer_product(const Estimate& a, const Estimate& b);
/// sum a[i] * b[i], a scalar in f64.
Estimate inner_product(const Estimate& a, const Estimate& b);

/// Zeros of that type and shape.
Estimate zeros_like(const Estimate& like);

}  // namespace convcheck::properties
