// SPDX-License-Identifier: Apache-2.0
// A number type without infinities, such as an integer or a rational, with them.
#pragma once

#include <utility>

#include "reference/dyadic.hpp"

namespace convcheck::reference {

/// `Number` and the infinities and NaN of IEEE 754, by the rules of IEEE 754 for + and *, except
/// that zero has no sign. What definition() and scatter() need of a number type.
template <class Number>
class Extended {
 public:
  explicit Extended(int value) : number_(value) {}
  explicit Extended(Number number) : number_(std::move(number)) {}
  explicit Extended(Kind kind) : kind_(kind) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Number& number() const { return number_; }

  Extended& operator+=(const Extended& other) {
    if (kind_ == Kind::kFinite && other.kind_ == Kind::kFinite)
      number_ += other.number_;
    else if (kind_ == Kind::kFinite)
      kind_ = other.kind_;
    else if (other.kind_ != Kind::kFinite && other.kind_ != kind_)
      kind_ = Kind::kNan;
    return *this;
  }
  friend Extended operator-(const Extended& a, const Extended& b) {
    return Extended(a) += b * Extended(-1);
  }
  friend Extended operator*(const Extended& a, const Extended& b) {
    if (a.kind_ == Kind::kFinite && b.kind_ == Kind::kFinite)
      return Extended(Number(a.number_ * b.number_));
    const int sign = a.sign() * b.sign();
    if (a.kind_ == Kind::kNan || b.kind_ == Kind::kNan || sign == 0) return Extended(Kind::kNan);
    return Extended(sign < 0 ? Kind::kMinusInfinity : Kind::kPlusInfinity);
  }

 private:
  [[nodiscard]] int sign() const {
    if (kind_ == Kind::kFinite) return number_ < 0 ? -1 : number_ > 0 ? 1 : 0;
    return kind_ == Kind::kMinusInfinity ? -1 : 1;
  }

  Number number_ = 0;
  Kind kind_ = Kind::kFinite;
};

}  // namespace convcheck::reference
