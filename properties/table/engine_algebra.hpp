// SPDX-License-Identifier: Apache-2.0
// The table's operations by the calls of an engine.
#pragma once

#include "properties/calls.hpp"
#include "properties/table/exact.hpp"

namespace convcheck::properties::table {

/// A matrix of signals as an engine's tensor: [rows, columns, extents...], with its place on Z.
struct EngineValue {
  std::int32_t rows = 1, columns = 1;
  std::array<Span, 3> span;
  Estimate values;

  [[nodiscard]] bool empty() const { return values.count() == 0; }
};

/// Products by the engine in f32; everything else is done to its results here, with what that
/// rounds. As ExactAlgebra, operation by operation.
class EngineAlgebra {
 public:
  using Value = EngineValue;

  EngineAlgebra(Calls& calls, int rank, std::int32_t groups)
      : calls_(calls), rank_(rank), groups_(groups) {}

  /// `values` as a matrix of signals at position 0.
  static EngineValue at_origin(std::int32_t rows, std::int32_t columns,
                               const std::array<std::int32_t, 3>& extent, const Tensor& values,
                               int rank);

  EngineValue product(const EngineValue& f, const EngineValue& g, const Product& product);
  EngineValue swapped(const EngineValue& f) const;
  EngineValue transposed(const EngineValue& f) const;
  EngineValue sum(const EngineValue& f, const EngineValue& g) const;
  EngineValue scaled(const EngineValue& f, std::int32_t factor) const;
  EngineValue moved(const EngineValue& f, bool circular) const;
  EngineValue reversed(const EngineValue& f, bool circular) const;
  EngineValue placed(EngineValue f, std::int32_t by) const;
  EngineValue inserted(const EngineValue& f, std::int32_t d) const;
  EngineValue inner(const EngineValue& f, const EngineValue& g) const;
  EngineValue on_frame(EngineValue f, const EngineValue& like) const;
  EngineValue total(const EngineValue& f) const;
  EngineValue window(const EngineValue& f, const std::array<Span, 3>& span) const;
  EngineValue unit(std::int32_t channels, const std::array<std::int32_t, 3>& extent) const;

  /// Judges the two sides as values on Z. A side without values ends the judgement: the case does
  /// not count.
  void expect_equal(const EngineValue& left, const EngineValue& right);

 private:
  Calls& calls_;
  const int rank_;
  const std::int32_t groups_;
};

}  // namespace convcheck::properties::table
