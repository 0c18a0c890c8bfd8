// SPDX-License-Identifier: Apache-2.0
// The statements of the law table, and the identities that stand where they fail.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "properties/table/setting.hpp"

namespace convcheck::properties::table {

enum class Statement : std::uint8_t {
  // Asked of both orientations in every setting.
  kCommutative,
  kAssociative,
  kDistributiveLeft,
  kDistributiveRight,
  kHomogeneous,
  kIdentityLeft,
  kIdentityRight,
  kShift,
  kLayersCommute,
  // Identities: stated where they hold.
  kReversal,
  kStacking,
  kStackingStrides,
  kStackingDilations,
  kMixedLeft,
  kMixedRight,
  kUnitReverses,
  kKernelShift,
  kShiftInside,
  kSums,
  kAutocorrelationEven,
  kAdjoint,
};
inline constexpr std::size_t kTableStatements = 9;
inline constexpr std::size_t kAllStatements = 21;

/// Which operands a statement is about: signal x, kernel w, kernel v behind it, or another x or w.
struct StatementInfo {
  Statement statement;
  std::string_view name;         ///< "distributive-left".
  std::string_view convolution;  ///< The equation for true convolution; empty: not stated for it.
  std::string_view correlation;  ///< For cross-correlation.
  bool x, w, v;                  ///< The operands it has.
  bool twin_x = false, twin_w = false;  ///< A second operand of that shape.
  bool square = false;                  ///< All numbers of channels are the same.
};
const StatementInfo& info(Statement);
std::optional<Statement> parse_statement(std::string_view name);

/// One entry of the table.
struct Cell {
  Statement statement;
  Setting setting;
  Orientation orientation;
  Kind kind;
  friend bool operator==(const Cell&, const Cell&) = default;
};
/// The equation in this setting: what stands in the reports.
std::string equation(const Cell&);
/// "associative:corr:full:1-D".
std::string to_string(const Cell&);
std::optional<Cell> parse_cell(std::string_view name);
/// Whether the cell is in the table: every one for the first kTableStatements statements, the
/// stated ones for the identities.
bool is_stated(const Cell&);

}  // namespace convcheck::properties::table
