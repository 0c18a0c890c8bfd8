// SPDX-License-Identifier: Apache-2.0
#include "properties/table/quick_cell.hpp"

#include "properties/table/cell_law.hpp"
#include "properties/table/held_algebra.hpp"

namespace convcheck::properties::table {
namespace {

// Cases of one shape: what a new one costs is shared, and a thousand cases have above a hundred.
constexpr int kCasesPerShape = 8;

class QuickCell final : public QuickCases {
 public:
  QuickCell(const Cell& cell, Runner& runner) : cell_(cell), algebra_(runner, rank_of(cell.kind)) {}

  Judgement::Kind next(Random& random) override {
    if (left_-- == 0) {
      case_.shape = draw_case_shape(cell_, random);
      case_.values.resize(static_cast<std::size_t>(operand_shapes(cell_, case_.shape).count()));
      left_ = kCasesPerShape - 1;
    }
    const std::int64_t bound = random.below(3) == 0 ? 1 : 9;
    for (std::int64_t& v : case_.values) v = random.between(-bound, bound);
    const Agreement sides = agreement(algebra_, cell_, case_.shape, case_.values.data());
    if (algebra_.declined() || sides == Agreement::kEmpty) return Judgement::Kind::kNotApplicable;
    if (algebra_.failed() || sides == Agreement::kByValue) return Judgement::Kind::kViolated;
    return sides == Agreement::kZeros ? Judgement::Kind::kVacuous : Judgement::Kind::kHolds;
  }

  [[nodiscard]] Case last() const override { return case_of(cell_, case_); }

 private:
  const Cell cell_;
  HeldAlgebra algebra_;
  TableCase case_;
  int left_ = 0;
};

}  // namespace

std::unique_ptr<QuickCases> quick_cell(const Cell& cell, Runner& runner) {
  return std::make_unique<QuickCell>(cell, runner);
}

}  // namespace convcheck::properties::table
