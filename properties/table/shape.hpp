// SPDX-License-Identifier: Apache-2.0
// The operands of a statement's cases: their shapes, in the order of counterexamples.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/random.hpp"
#include "properties/table/evaluate.hpp"
#include "properties/table/exact.hpp"
#include "properties/table/statement.hpp"

namespace convcheck::properties::table {

using Extents = std::array<std::int32_t, 3>;  ///< Slowest axis first; 1 before the rank's first.

/// What a case is besides its values.
struct CaseShape {
  std::int32_t groups = 1;
  /// Channels of one group: of x, behind w, behind v.
  std::array<std::int32_t, 3> channels{1, 1, 1};
  Extents x{1, 1, 1}, w{1, 1, 1}, v{1, 1, 1};
  std::int32_t step = 2;  ///< Stride or dilation.
  friend bool operator==(const CaseShape&, const CaseShape&) = default;
};

/// One operand of a case.
struct OperandShape {
  char name = 'x';    ///< x, w, v.
  bool twin = false;  ///< The second of that name.
  std::int32_t rows = 1, columns = 1;
  Extents extent{1, 1, 1};
  [[nodiscard]] std::int32_t count() const {
    return rows * columns * extent[0] * extent[1] * extent[2];
  }
};

/// At most three operands, in the order x, its twin, w, its twin, v.
struct OperandShapes {
  std::array<OperandShape, 3> list;
  std::size_t size = 0;
  [[nodiscard]] std::int32_t count() const;
};
OperandShapes operand_shapes(const Cell&, const CaseShape&);

/// Whether the cell speaks of the shape: channels and groups of its kind, one N on Z/N, 1 wherever
/// the statement has no operand.
bool in_domain(const Cell&, const CaseShape&);

/// One position each; the fewest channels and groups of the kind.
CaseShape smallest_shape(const Cell&);

/// The operands as blocks over `values`, which hold them one after the other.
Operands<Block> blocks(const OperandShapes&, const std::int64_t* values);

/// The shapes of the domain of `total` elements, with step 2 and two groups, in the order of
/// counterexamples: the operands' counts in order, then their extents, then the channels.
std::vector<CaseShape> shapes_of_total(const Cell&, std::int32_t total);

/// A shape of the domain at random: 1-D signals of 7 at most, images of 4 x 4, 3 channels, 3
/// groups, steps 2 and 3.
CaseShape draw_shape(const Cell&, Random&);

/// Every array of values in {0, 1, -1} with `sum` of them not zero, lexicographic with 0 < 1 < -1,
/// until `visit` returns false, which this does then, too.
bool for_each_array(std::int32_t count, std::int32_t sum, std::vector<std::int64_t>& values,
                    const std::function<bool()>& visit);

}  // namespace convcheck::properties::table
