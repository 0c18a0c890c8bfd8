// SPDX-License-Identifier: Apache-2.0
// The table's operations on integers, with products by an engine that keeps its problems ready.
#pragma once

#include <memory>
#include <vector>

#include "core/case.hpp"
#include "properties/table/exact.hpp"

namespace convcheck::properties::table {

/// ExactAlgebra but for the products, which are the engine's in f32, on integers that it must add
/// exactly.
class HeldAlgebra : public ExactAlgebra {
 public:
  HeldAlgebra(Runner& runner, int rank) : ExactAlgebra(rank, 1), runner_(runner), rank_(rank) {}
  void reset();

  /// Zeros once a product was declined or failed.
  Block product(const Block& f, const Block& g, const Product& product);

  /// Since reset: the engine takes no such problem, claims an algorithm that need not be exact on
  /// integers, or the integers are too large.
  [[nodiscard]] bool declined() const { return declined_; }
  /// Since reset: a call went wrong, or gave what is no integer of f32's exact range.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  // The i-th product of a case, which the next case repeats if its shape is the same.
  struct Slot {
    Product product;
    Block f, g;  // Shapes.
    std::int32_t groups = 0;
    Block y;
    std::shared_ptr<HeldProblem> held;  // Null: declined, or without values.
    float* x = nullptr;
    float* w = nullptr;
    const float* out = nullptr;
  };
  const Slot& slot(const Block& f, const Block& g, const Product& product);
  bool multiply(const Slot& slot, const Block& f, const Block& g, std::int64_t* y);

  Runner& runner_;
  const int rank_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
  bool declined_ = false;
  bool failed_ = false;
};

}  // namespace convcheck::properties::table
