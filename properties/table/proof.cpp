// SPDX-License-Identifier: Apache-2.0
#include "properties/table/proof.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "properties/table/types.hpp"

namespace convcheck::properties::table {
namespace {

// Draws that do not count, for every random case wanted.
constexpr std::int64_t kDrawsPerCase = 40;

class Prover {
 public:
  Prover(const Cell& cell, const ProofOptions& options)
      : cell_(cell), options_(options), judge_(cell) {}

  Found run() {
    found_.typed = is_typed(cell_);
    if (!found_.typed) return std::move(found_);
    random();
    found_.value_case = smallest(cell_, Agreement::kByValue, search_limit(cell_));
    found_.shape_case = smallest(cell_, Agreement::kByShape, search_limit(cell_));
    found_.by_value = found_.by_value || found_.value_case;
    found_.by_shape = found_.by_shape || found_.shape_case;
    if (cell_.kind == Kind::k1D && found_.holds()) exhaustive();
    return std::move(found_);
  }

 private:
  void random() {
    Random random(options_.seed ^ stable_hash(to_string(cell_)));
    std::vector<std::int64_t> values;
    for (std::int64_t draws = options_.random_cases * kDrawsPerCase;
         draws > 0 && found_.cases < options_.random_cases; --draws) {
      const CaseShape shape = draw_shape(cell_, random);
      values.resize(static_cast<std::size_t>(operand_shapes(cell_, shape).count()));
      const std::int64_t bound = random.below(3) == 0 ? 1 : 9;
      for (std::int64_t& v : values) v = random.between(-bound, bound);
      count(judge_.judge(shape, values.data()));
    }
  }

  void exhaustive() {
    for_each_small_signal(cell_, options_.exhaustive_length, [&](const TableCase& c) {
      count(judge_.judge(c));
      return true;
    });
  }

  void count(Agreement agreement) {
    if (agreement == Agreement::kEmpty || agreement == Agreement::kZeros) return;
    ++found_.cases;
    found_.by_value = found_.by_value || agreement == Agreement::kByValue;
    found_.by_shape = found_.by_shape || agreement == Agreement::kByShape;
  }

  const Cell cell_;
  const ProofOptions options_;
  ExactJudge judge_;
  Found found_;
};

// Every choice of one 1 in each operand, in lexicographic order: the last place first.
bool for_each_units(const OperandShapes& operands, std::size_t at, std::size_t begin,
                    std::vector<std::int64_t>& values, const std::function<bool()>& visit) {
  if (at == operands.list.size() || at == operands.size) return visit();
  const auto count = static_cast<std::size_t>(operands.list[at].count());
  for (std::size_t i = begin + count; i-- > begin;) {
    values[i] = 1;
    const bool go_on = for_each_units(operands, at + 1, begin + count, values, visit);
    if (!go_on) return false;  // With the values as they are.
    values[i] = 0;
  }
  return true;
}

std::string brackets(const std::int64_t* values, const std::vector<std::int32_t>& extents,
                     std::size_t axis) {
  std::int64_t below = 1;
  for (std::size_t a = axis + 1; a < extents.size(); ++a) below *= extents[a];
  std::string text = "[";
  for (std::int32_t i = 0; i < extents[axis]; ++i) {
    if (i > 0) text += ", ";
    text += axis + 1 == extents.size() ? fmt::format("{}", values[i])
                                       : brackets(values + i * below, extents, axis + 1);
  }
  return text + "]";
}

}  // namespace

std::string to_string(const Cell& cell, const TableCase& c) {
  std::string text;
  const std::int64_t* at = c.values.data();
  const OperandShapes operands = operand_shapes(cell, c.shape);
  const bool channels = cell.kind >= Kind::kMultiChannel;
  for (std::size_t i = 0; i < operands.size; ++i) {
    const OperandShape& o = operands.list[i];
    std::vector<std::int32_t> extents;
    if (channels && (o.name != 'x' && !(o.name == 'v' && o.rows == 1))) extents.push_back(o.rows);
    if (channels) extents.push_back(o.columns);
    for (auto a = static_cast<std::size_t>(kMaxRank - rank_of(cell.kind)); a < 3; ++a)
      extents.push_back(o.extent[a]);
    text += fmt::format("{}{}{} = {}", i == 0 ? "" : ", ", o.name, o.twin ? "'" : "",
                        brackets(at, extents, 0));
    at += o.count();
  }
  return text;
}

Found prove(const Cell& cell, const ProofOptions& options) { return Prover(cell, options).run(); }

std::int32_t search_limit(const Cell& cell) {
  return 3 * operand_shapes(cell, smallest_shape(cell)).count();
}

std::optional<TableCase> smallest(const Cell& cell, Agreement kind, std::int32_t total) {
  ExactJudge judge(cell);
  for (std::int32_t t = 1; t <= total; ++t) {
    for (const CaseShape& shape : shapes_of_total(cell, t)) {
      TableCase c{shape, std::vector<std::int64_t>(static_cast<std::size_t>(t), 0)};
      const auto differs = [&] { return judge.judge(c) == kind; };
      if (kind == Agreement::kByShape) {
        if (differs()) return c;
      } else if (!for_each_units(cell, c, [&] { return !differs(); })) {
        return c;
      }
    }
  }
  return std::nullopt;
}

bool for_each_units(const Cell& cell, TableCase& c, const std::function<bool()>& visit) {
  const OperandShapes operands = operand_shapes(cell, c.shape);
  c.values.assign(static_cast<std::size_t>(operands.count()), 0);
  return for_each_units(operands, 0, 0, c.values, visit);
}

std::int64_t for_each_small_signal(const Cell& cell, std::int32_t length,
                                   const std::function<bool(const TableCase&)>& visit) {
  const StatementInfo& s = info(cell.statement);
  std::int64_t cases = 0;
  TableCase c;
  std::int32_t& n = c.shape.x[2];
  std::int32_t& k = c.shape.w[2];
  std::int32_t& l = c.shape.v[2];
  for (n = 1; n <= (s.x ? length : 1); ++n) {
    for (k = 1; k <= (s.w ? length : 1); ++k) {
      for (l = 1; l <= (s.v ? length : 1); ++l) {
        if (!in_domain(cell, c.shape)) continue;
        c.values.assign(static_cast<std::size_t>(operand_shapes(cell, c.shape).count()), -1);
        for (bool more = true; more;) {
          ++cases;
          if (!visit(c)) return cases;
          // The next number in base 3, digits -1, 0, 1.
          more = false;
          for (std::int64_t& v : c.values) {
            if (v < 1) {
              ++v;
              more = true;
              break;
            }
            v = -1;
          }
        }
      }
    }
  }
  return cases;
}

}  // namespace convcheck::properties::table
