// SPDX-License-Identifier: Apache-2.0
#include "properties/table/statement.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace convcheck::properties::table {
namespace {

using S = Statement;

constexpr std::array<StatementInfo, kAllStatements> kStatements = {{
    {S::kCommutative, "commutative", "x * w = w * x", "corr(x, w) = corr(w, x)", true, true, false},
    {S::kAssociative, "associative", "(x * w) * v = x * (w * v)",
     "corr(corr(x, w), v) = corr(x, corr(w, v))", true, true, true},
    {S::kDistributiveLeft, "distributive-left", "(x + x') * w = x * w + x' * w",
     "corr(x + x', w) = corr(x, w) + corr(x', w)", true, true, false, true},
    {S::kDistributiveRight, "distributive-right", "x * (w + w') = x * w + x * w'",
     "corr(x, w + w') = corr(x, w) + corr(x, w')", true, true, false, false, true},
    {S::kHomogeneous, "homogeneous", "(3x) * w = 3 (x * w) = x * (3w)",
     "corr(3x, w) = 3 corr(x, w) = corr(x, 3w)", true, true, false},
    {S::kIdentityLeft, "identity-left", "1 * w = w", "corr(1, w) = w", false, true, false},
    {S::kIdentityRight, "identity-right", "x * 1 = x", "corr(x, 1) = x", true, false, false},
    {S::kShift, "shift", "(T x) * w = T (x * w)", "corr(T x, w) = T corr(x, w)", true, true, false},
    {S::kLayersCommute, "layers-commute", "(x * w) * v = (x * v) * w",
     "corr(corr(x, w), v) = corr(corr(x, v), w)", true, true, true, false, false, true},
    {S::kReversal, "reversal", "", "corr(x, w) = R corr(w, x)", true, true, false},
    {S::kStacking, "stacking", "(x * w) * v = x * (w * v)", "corr(corr(x, w), v) = corr(x, w * v)",
     true, true, true},
    {S::kStackingStrides, "stacking-strides", "D_t(D_s(x * w) * v) = D_st(x * (w * U_s v))",
     "D_t corr(D_s corr(x, w), v) = D_st corr(x, w * U_s v)", true, true, true},
    {S::kStackingDilations, "stacking-dilations", "(x * U_d w) * U_e v = x * (U_d w * U_e v)",
     "corr(corr(x, U_d w), U_e v) = corr(x, U_d w * U_e v)", true, true, true},
    {S::kMixedLeft, "mixed-left", "", "corr(x, corr(w, v)) = corr(x, w) * v", true, true, true},
    {S::kMixedRight, "mixed-right", "", "x * corr(w, v) = corr(x * w, v)", true, true, true},
    {S::kUnitReverses, "unit-reverses", "", "corr(1, w) = R w", false, true, false},
    {S::kKernelShift, "kernel-shift", "x * (T w) = T (x * w)", "T corr(x, T w) = corr(x, w)", true,
     true, false},
    {S::kShiftInside, "shift-inside", "(T x) * w = T (x * w) inside",
     "corr(T x, w) = T corr(x, w) inside", true, true, false},
    {S::kSums, "sums", "sum (x * w) = sum x sum w", "sum corr(x, w) = sum x sum w", true, true,
     false},
    {S::kAutocorrelationEven, "autocorrelation-even", "", "corr(x, x) = R corr(x, x)", true, false,
     false},
    {S::kAdjoint, "adjoint", "<x * w, v> = <x, corr(v, w^T)>", "<corr(x, w), v> = <x, v * w^T>",
     true, true, true},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kStatements.size(); ++i) {
    if (kStatements[i].statement != static_cast<Statement>(i)) return false;
  }
  return true;
}
static_assert(in_order());

constexpr std::array kOrientations = {Orientation::kConvolution, Orientation::kCrossCorrelation};

bool is_same(Setting setting) {
  return setting == Setting::kSameUpper || setting == Setting::kSameLower ||
         setting == Setting::kReflect || setting == Setting::kReplicate;
}

// Where an identity is stated.
bool identity_in(Statement statement, Setting setting, Kind kind) {
  const bool all_of_z = setting == Setting::kFull || setting == Setting::kCircular;
  const bool channels = kind == Kind::kMultiChannel || kind == Kind::kGrouped;
  switch (statement) {
    case S::kReversal:
      return !channels && (all_of_z || setting == Setting::kValid || setting == Setting::kStrided);
    case S::kStacking:
      return true;
    case S::kStackingStrides:
      return setting == Setting::kStrided;
    case S::kStackingDilations:
      return setting == Setting::kDilated;
    case S::kMixedLeft:
    case S::kMixedRight:
    case S::kUnitReverses:
    case S::kKernelShift:
      return all_of_z;
    case S::kShiftInside:
      return is_same(setting) || setting == Setting::kValid || setting == Setting::kStrided;
    case S::kSums:
      return all_of_z || setting == Setting::kDilated;
    case S::kAutocorrelationEven:
      return all_of_z && !channels;
    case S::kAdjoint:
      return setting != Setting::kReflect && setting != Setting::kReplicate;
    default:
      return true;
  }
}

}  // namespace

const StatementInfo& info(Statement statement) {
  return kStatements[static_cast<std::size_t>(statement)];
}

std::optional<Statement> parse_statement(std::string_view name) {
  for (const StatementInfo& s : kStatements) {
    if (s.name == name) return s.statement;
  }
  return std::nullopt;
}

bool is_stated(const Cell& cell) {
  const StatementInfo& s = info(cell.statement);
  if (cell.orientation == Orientation::kConvolution && s.convolution.empty()) return false;
  return identity_in(cell.statement, cell.setting, cell.kind);
}

std::string equation(const Cell& cell) {
  const StatementInfo& s = info(cell.statement);
  const bool convolution = cell.orientation == Orientation::kConvolution;
  const auto either = [&](std::string_view conv, std::string_view corr) {
    return std::string(convolution ? conv : corr);
  };
  if (cell.statement == S::kStacking && cell.setting == Setting::kStrided)
    return either("D_s(x * w) * v = D_s(x * (w * U_s v))",
                  "corr(D_s corr(x, w), v) = D_s corr(x, w * U_s v)");
  if (cell.statement == S::kStacking && cell.setting == Setting::kDilated)
    return either("(x * U_d w) * U_d v = x * U_d(w * v)",
                  "corr(corr(x, U_d w), U_d v) = corr(x, U_d(w * v))");
  if (cell.statement == S::kStacking && is_same(cell.setting))
    return either(s.convolution, s.correlation) + " inside";
  if (cell.statement == S::kShiftInside && cell.setting == Setting::kStrided)
    return either("D_s((T^s x) * w) = T D_s(x * w)", "D_s corr(T^s x, w) = T D_s corr(x, w)");
  if (cell.statement == S::kAdjoint && cell.setting == Setting::kStrided)
    return either("<D_s(x * w), v> = <x, corr(U_s v, w^T)>",
                  "<D_s corr(x, w), v> = <x, (U_s v) * w^T>");
  return either(s.convolution, s.correlation);
}

std::string to_string(const Cell& cell) {
  return fmt::format("{}:{}:{}:{}", info(cell.statement).name, short_name(cell.orientation),
                     to_string(cell.setting), to_string(cell.kind));
}

std::optional<Cell> parse_cell(std::string_view name) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find(':', begin), name.size());
    words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  if (words.size() != 4) return std::nullopt;
  const auto statement = parse_statement(words[0]);
  const auto setting = parse_setting(words[2]);
  const auto kind = parse_kind(words[3]);
  for (const Orientation orientation : kOrientations) {
    if (!statement || !setting || !kind || words[1] != short_name(orientation)) continue;
    const Cell cell{*statement, *setting, orientation, *kind};
    if (is_stated(cell)) return cell;
  }
  return std::nullopt;
}

}  // namespace convcheck::properties::table
