// SPDX-License-Identifier: Apache-2.0
#include "properties/table/held_algebra.hpp"

#include <algorithm>
#include <cmath>

#include "properties/table/problem.hpp"

namespace convcheck::properties::table {
namespace {

// Integers up to here, and no larger ones, are all values of f32.
constexpr std::int64_t kExact = std::int64_t{1} << 24;

bool same_shape(const Block& a, const Block& b) {
  return a.rows == b.rows && a.columns == b.columns && a.span == b.span;
}

bool adds_integers_exactly(const Claim& claim) {
  return claim.algorithm == AlgorithmClass::kExact || claim.algorithm == AlgorithmClass::kDirect;
}

std::int64_t magnitude(std::int64_t v) { return v < 0 ? -v : v; }

// Copies to f32; max |v|.
std::int64_t store(const Block& f, float* to) {
  std::int64_t largest = 0;
  for (std::int32_t i = 0; i < f.count(); ++i) {
    largest = std::max(largest, magnitude(f.values[i]));
    to[i] = static_cast<float>(f.values[i]);
  }
  return largest;
}

// The largest sum of |v| over the inputs and taps of one output.
std::int64_t store_kernel(const Block& g, float* to) {
  std::int64_t largest = 0;
  const std::int32_t terms = g.columns * g.positions();
  const std::int64_t* from = g.values;
  for (std::int32_t row = 0; row < g.rows; ++row) {
    std::int64_t sum = 0;
    for (std::int32_t i = 0; i < terms; ++i, ++from, ++to) {
      sum += magnitude(*from);
      *to = static_cast<float>(*from);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

void HeldAlgebra::reset() {
  ExactAlgebra::reset();
  next_ = 0;
  declined_ = failed_ = false;
}

const HeldAlgebra::Slot& HeldAlgebra::slot(const Block& f, const Block& g, const Product& product) {
  if (next_ == slots_.size()) slots_.emplace_back();
  Slot& slot = slots_[next_++];
  if (slot.groups == groups() && slot.product == product && same_shape(slot.f, f) &&
      same_shape(slot.g, g))
    return slot;
  slot = {product, f, g, groups(), {}, nullptr, nullptr, nullptr, nullptr};
  slot.y.rows = f.rows;
  slot.y.columns = g.rows;
  for (std::size_t a = first_axis(); a < 3; ++a)
    slot.y.span[a] = axis_product(product, f.span[a], g.span[a]).y;
  if (slot.y.empty()) return slot;
  slot.held = runner_.hold(product_problem(product, rank_, groups(), f, g));
  if (slot.held && !adds_integers_exactly(slot.held->claim())) slot.held.reset();
  if (!slot.held) return slot;
  slot.x = slot.held->operand(Role::kX).values<float>().data();
  slot.w = slot.held->operand(Role::kW).values<float>().data();
  slot.out = slot.held->operand(Role::kY).values<float>().data();
  return slot;
}

Block HeldAlgebra::product(const Block& f, const Block& g, const Product& product) {
  const Slot& held = slot(f, g, product);
  Block y = held.y;
  std::int64_t* out = take(y.count());
  y.values = out;
  if (y.empty()) return y;
  declined_ = declined_ || !held.held;
  if (declined_ || failed_ || !multiply(held, f, g, out)) std::fill_n(out, y.count(), 0);
  return y;
}

bool HeldAlgebra::multiply(const Slot& slot, const Block& f, const Block& g, std::int64_t* y) {
  const std::int64_t largest = store(f, slot.x);
  const std::int64_t sum = store_kernel(g, slot.w);
  // Both below 2^24, so their product is one of 63 bits.
  if (largest >= kExact || sum >= kExact || largest * sum >= kExact) {
    declined_ = true;
    return false;
  }
  failed_ = !slot.held->call();
  for (std::int32_t i = 0; i < slot.y.count() && !failed_; ++i) {
    const float v = slot.out[i];
    // Not below it: a NaN, too.
    if (!(std::fabs(v) < static_cast<float>(kExact)) || v != std::trunc(v))
      failed_ = true;
    else
      y[i] = static_cast<std::int64_t>(v);
  }
  return !failed_;
}

}  // namespace convcheck::properties::table
