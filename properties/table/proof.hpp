// SPDX-License-Identifier: Apache-2.0
// What exact arithmetic finds about a cell of the law table: random cases, every small signal, and
// the smallest counterexamples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/table/agreement.hpp"

namespace convcheck::properties::table {

/// A case of a cell: operands in order, one after the other.
struct TableCase {
  CaseShape shape;
  std::vector<std::int64_t> values;
};
/// "x = [1], w = [0, 1]"; nested brackets for more axes, channels first.
std::string to_string(const Cell&, const TableCase&);

/// Judges cases of one cell in exact arithmetic; keeps its memory from case to case.
class ExactJudge {
 public:
  explicit ExactJudge(const Cell& cell) : cell_(cell), algebra_(rank_of(cell.kind), 1) {}
  Agreement judge(const CaseShape& shape, const std::int64_t* values) {
    return agreement(algebra_, cell_, shape, values);
  }
  Agreement judge(const TableCase& c) { return judge(c.shape, c.values.data()); }

 private:
  const Cell cell_;
  ExactAlgebra algebra_;
};

struct ProofOptions {
  std::uint64_t seed = 1;
  std::int64_t random_cases = 2000;    ///< That count: neither empty nor all zeros.
  std::int32_t exhaustive_length = 4;  ///< 1-D: every signal that long over {-1, 0, 1}; 0: none.
};

/// What was found. A cell that is not typed has no cases.
struct Found {
  bool typed = true;
  bool by_value = false, by_shape = false;  ///< Refuted so by some case.
  /// The smallest counterexamples: in the order of counterexamples, none comes before.
  std::optional<TableCase> value_case, shape_case;
  std::int64_t cases = 0;  ///< Judged that could have shown a difference.

  [[nodiscard]] bool holds() const { return typed && !by_value && !by_shape; }
};

/// Random cases, the search for the smallest counterexamples, and, in 1-D if nothing has refuted
/// the cell so far, all small signals.
Found prove(const Cell& cell, const ProofOptions& options = {});

/// The first case, in the order of counterexamples, whose sides compare as `kind` (kByValue or
/// kByShape), among those of at most `total` elements: total length, sum of magnitudes, the
/// operands' lengths in order, their extents, lexicographic with 0 < 1 < -1.
///
/// Only unit vectors are tried for kByValue, and only zeros for kByShape. That is enough: both
/// sides are linear in each operand, so that operands of given shapes differ on some data only if
/// they do on unit vectors; fewer values that are not 0 leave one operand 0 and both sides with it;
/// and of a unit vector and its negative, which refute the same, the first is the smaller. Zeros
/// agree on Z, so that they refute by shape whatever does.
std::optional<TableCase> smallest(const Cell& cell, Agreement kind, std::int32_t total);
/// Sets the values of `c`, of its shape, to every choice of one unit vector for each operand, in
/// lexicographic order, until `visit` returns false; then returns false with the values as they
/// are.
bool for_each_units(const Cell& cell, TableCase& c, const std::function<bool()>& visit);
/// Elements up to which `prove` searches: every operand may have three positions.
std::int32_t search_limit(const Cell& cell);

/// Every 1-D case of lengths <= `length` over {-1, 0, 1}, until `visit` returns false; the number
/// of cases.
std::int64_t for_each_small_signal(const Cell& cell, std::int32_t length,
                                   const std::function<bool(const TableCase&)>& visit);

}  // namespace convcheck::properties::table
