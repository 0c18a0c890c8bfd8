// SPDX-License-Identifier: Apache-2.0
#include "properties/table/truth.hpp"

namespace convcheck::properties::table {
namespace {

using enum CellTruth;
using L = Lemma;

struct Entry {
  CellTruth truth = kTrue;
  Lemma lemma = Lemma::kBilinear;
};

// Of signals, for one statement and orientation: in the order of kSettings.
using Row = std::array<Entry, kSettings.size()>;

constexpr Row everywhere(Lemma lemma) {
  Row row{};
  for (Entry& entry : row) entry = {kTrue, lemma};
  return row;
}

constexpr Entry holds(Lemma lemma) { return {kTrue, lemma}; }
constexpr Entry value(Lemma lemma) { return {kFalseByValue, lemma}; }
constexpr Entry both(Lemma lemma) { return {kFalseByBoth, lemma}; }

struct StatementRows {
  Statement statement;
  Row convolution, correlation;
};

// Those that ask nothing of the kernel's orientation.
constexpr Row kIdentityRightRow = {holds(L::kUnit), holds(L::kUnit),      holds(L::kUnit),
                                   holds(L::kUnit), both(L::kDecimation), holds(L::kUnit),
                                   holds(L::kUnit), holds(L::kUnit),      holds(L::kUnit)};
constexpr Row kShiftRow = {holds(L::kTranslation), value(L::kWindow),    value(L::kWindow),
                           value(L::kWindow),      both(L::kDecimation), holds(L::kTranslation),
                           holds(L::kCircle),      value(L::kBorder),    value(L::kBorder)};

constexpr std::array<StatementRows, kTableStatements> kSignals = {{
    {Statement::kCommutative,
     {holds(L::kRing), holds(L::kOneLength), both(L::kWindow), both(L::kWindow),
      holds(L::kDecimation), both(L::kInsertion), holds(L::kCircle), both(L::kBorder),
      both(L::kBorder)},
     {value(L::kReversal), holds(L::kOneLength), both(L::kWindow), both(L::kWindow),
      value(L::kReversal), both(L::kInsertion), value(L::kCircle), both(L::kBorder),
      both(L::kBorder)}},
    {Statement::kAssociative,
     {holds(L::kRing), both(L::kWindow), value(L::kWindow), value(L::kWindow), both(L::kDecimation),
      both(L::kInsertion), holds(L::kCircle), value(L::kBorder), value(L::kBorder)},
     {value(L::kReversal), both(L::kWindow), value(L::kWindow), value(L::kWindow),
      both(L::kDecimation), both(L::kInsertion), value(L::kCircle), value(L::kBorder),
      value(L::kBorder)}},
    {Statement::kDistributiveLeft, everywhere(L::kBilinear), everywhere(L::kBilinear)},
    {Statement::kDistributiveRight, everywhere(L::kBilinear), everywhere(L::kBilinear)},
    {Statement::kHomogeneous, everywhere(L::kBilinear), everywhere(L::kBilinear)},
    {Statement::kIdentityLeft,
     {holds(L::kRing), holds(L::kOneLength), both(L::kWindow), both(L::kWindow),
      both(L::kDecimation), both(L::kInsertion), holds(L::kCircle), both(L::kBorder),
      both(L::kBorder)},
     {value(L::kReversal), holds(L::kOneLength), both(L::kWindow), both(L::kWindow),
      both(L::kDecimation), both(L::kInsertion), value(L::kCircle), both(L::kBorder),
      both(L::kBorder)}},
    {Statement::kIdentityRight, kIdentityRightRow, kIdentityRightRow},
    {Statement::kShift, kShiftRow, kShiftRow},
    {Statement::kLayersCommute,
     {holds(L::kRing), holds(L::kWindow), value(L::kWindow), value(L::kWindow),
      both(L::kDecimation), holds(L::kInsertion), holds(L::kCircle), value(L::kBorder),
      value(L::kBorder)},
     {holds(L::kReversal), holds(L::kWindow), value(L::kWindow), value(L::kWindow),
      both(L::kDecimation), holds(L::kInsertion), holds(L::kCircle), value(L::kBorder),
      value(L::kBorder)}},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i].statement != static_cast<Statement>(i)) return false;
  }
  return true;
}
static_assert(in_order());

// The identities hold wherever they are stated.
Lemma identity_lemma(const Cell& cell) {
  const bool convolution = cell.orientation == Orientation::kConvolution;
  if (cell.statement == Statement::kAdjoint) return L::kAdjoint;
  if (cell.statement == Statement::kSums) return L::kBilinear;
  switch (cell.setting) {
    case Setting::kFull:
      if (cell.statement == Statement::kKernelShift) return L::kTranslation;
      return convolution ? L::kRing : L::kReversal;
    case Setting::kValid:
      return cell.statement == Statement::kReversal ? L::kOneLength : L::kWindow;
    case Setting::kSameUpper:
    case Setting::kSameLower:
      return L::kWindow;
    case Setting::kStrided:
      return cell.statement == Statement::kReversal ? L::kReversal : L::kDecimation;
    case Setting::kDilated:
      return L::kInsertion;
    case Setting::kCircular:
      return L::kCircle;
    case Setting::kReflect:
    case Setting::kReplicate:
      return L::kBorder;
  }
  return L::kRing;
}

Entry of_signals(const Cell& cell) {
  const auto row = static_cast<std::size_t>(cell.statement);
  if (row >= kTableStatements) return {kTrue, identity_lemma(cell)};
  const auto column = static_cast<std::size_t>(cell.setting);
  return (cell.orientation == Orientation::kConvolution ? kSignals[row].convolution
                                                        : kSignals[row].correlation)[column];
}

}  // namespace

std::string_view to_string(CellTruth truth) {
  switch (truth) {
    case kTrue:
      return "true";
    case kFalseByValue:
      return "false by value";
    case kFalseByShape:
      return "false by shape";
    case kFalseByBoth:
      return "false by value and by shape";
    case kIllTyped:
      return "ill-typed";
  }
  return "?";
}

Expectation expectation(const Cell& cell) {
  const Entry entry = of_signals(cell);
  switch (cell.kind) {
    case Kind::k1D:
      return {entry.truth, entry.lemma, std::nullopt};
    case Kind::k2D:
    case Kind::k3D:
      return {entry.truth, entry.lemma, L::kAxes};
    case Kind::kDepthwise:
      return {entry.truth, entry.lemma, L::kDiagonal};
    case Kind::kMultiChannel:
    case Kind::kGrouped:
      break;
  }
  if (cell.statement == Statement::kCommutative) return {kIllTyped, L::kMatrices, std::nullopt};
  if (cell.statement == Statement::kLayersCommute && entry.truth == kTrue)
    return {kFalseByValue, L::kMatrices, std::nullopt};
  return {entry.truth, entry.lemma, L::kMatrices};
}

std::string_view ill_typed_reason(const Cell& cell) {
  if (cell.kind == Kind::kGrouped)
    return "x is a vector of channels and w a matrix of kernels for each group, so w cannot stand "
           "in x's place; layers-commute asks what can be asked";
  return "x is a vector of channels and w a matrix of kernels, so w cannot stand in x's place; "
         "layers-commute asks what can be asked";
}

CellTruth truth_of(const Found& found) {
  if (!found.typed) return kIllTyped;
  if (found.by_value) return found.by_shape ? kFalseByBoth : kFalseByValue;
  return found.by_shape ? kFalseByShape : kTrue;
}

const std::vector<Cell>& all_cells() {
  static const std::vector<Cell> cells = [] {
    std::vector<Cell> list;
    for (std::size_t s = 0; s < kAllStatements; ++s) {
      for (const Orientation orientation :
           {Orientation::kConvolution, Orientation::kCrossCorrelation}) {
        for (const Setting setting : kSettings) {
          for (const Kind kind : kKinds) {
            const Cell cell{static_cast<Statement>(s), setting, orientation, kind};
            if (is_stated(cell)) list.push_back(cell);
          }
        }
      }
    }
    return list;
  }();
  return cells;
}

std::vector<LetterRow> letter_rows(const std::vector<Cell>& cells,
                                   const std::function<char(const Cell&)>& letter) {
  std::vector<LetterRow> rows;
  for (const Cell& cell : cells) {
    if (rows.empty() || rows.back().statement != cell.statement ||
        rows.back().orientation != cell.orientation)
      rows.push_back({cell.statement, cell.orientation, {}});
    rows.back().letters[cell.setting] += letter(cell);
  }
  for (LetterRow& row : rows) {
    for (auto& [setting, word] : row.letters) {
      if (word.find_first_not_of(word[0]) == std::string::npos) word.resize(1);
    }
  }
  return rows;
}

}  // namespace convcheck::properties::table
