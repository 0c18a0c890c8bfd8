// SPDX-License-Identifier: Apache-2.0
#include "properties/table/cell_law.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "properties/table/engine_algebra.hpp"
#include "properties/table/problem.hpp"
#include "properties/table/quick_cell.hpp"

namespace convcheck::properties::table {
namespace {

// Draws of a shape whose products all have values.
constexpr int kMaxDraws = 1000;

bool has_two_steps(const Cell& cell) {
  return info(cell.statement).v && cell.statement != Statement::kAdjoint;
}

// Of the product behind the first one.
Product second_product(const Cell& cell, std::int32_t step) {
  switch (cell.statement) {
    case Statement::kStackingStrides:
    case Statement::kStackingDilations:
      return {cell.setting, cell.orientation, step + 1};
    case Statement::kMixedLeft:
      return {cell.setting, Orientation::kConvolution, step};
    case Statement::kStacking:
      if (cell.setting == Setting::kStrided) return {Setting::kFull, cell.orientation, step};
      break;
    default:
      break;
  }
  return {cell.setting, cell.orientation, step};
}

Product first_product(const Cell& cell, std::int32_t step) {
  if (cell.statement == Statement::kMixedRight)
    return {cell.setting, Orientation::kConvolution, step};
  return {cell.setting, cell.orientation, step};
}

Block block(std::int32_t rows, std::int32_t columns, const Extents& extent) {
  Block b{rows, columns, {}, nullptr};
  for (std::size_t a = 0; a < 3; ++a) b.span[a].extent = extent[a];
  return b;
}

Extents to_extents(const Axes& axes) {
  return {static_cast<std::int32_t>(axes[0]), static_cast<std::int32_t>(axes[1]),
          static_cast<std::int32_t>(axes[2])};
}

std::vector<OperandShape> operand_list(const Cell& cell, const CaseShape& shape) {
  const OperandShapes shapes = operand_shapes(cell, shape);
  return {shapes.list.begin(), shapes.list.begin() + static_cast<std::ptrdiff_t>(shapes.size)};
}

LawOperands law_operands(const Cell& cell, const Chain& chain) {
  LawOperands specs;
  const std::optional<CaseShape> shape = shape_of(cell, chain);
  if (!shape) return specs;
  for (const OperandShape& o : operand_list(cell, *shape)) {
    OperandSpec spec;
    spec.name = o.twin ? std::string(1, o.name) + "2" : std::string(1, o.name);
    spec.role = o.name == 'x' ? Role::kX : o.name == 'w' || o.rows > 1 ? Role::kW : Role::kY;
    spec.step = o.name == 'v' && has_two_steps(cell) ? 1 : 0;
    spec.shape = {o.rows, o.columns};
    for (auto a = static_cast<std::size_t>(kMaxRank - rank_of(cell.kind)); a < 3; ++a)
      spec.shape.push_back(o.extent[a]);
    specs.push_back(std::move(spec));
  }
  return specs;
}

// One operand of the table's case as the law's tensor.
Tensor tensor_of(const OperandSpec& spec, const std::int64_t* values) {
  Tensor t(spec.type, spec.shape);
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_value(i, static_cast<double>(values[i]));
  return t;
}

Case make_case(const Cell& cell, const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  Case c{chain, {}, {}};
  const std::int64_t bound = random.below(3) == 0 ? 1 : 9;
  for (const OperandSpec& spec : law_operands(cell, chain)) {
    Tensor t(spec.type, spec.shape);
    for (std::int64_t i = 0; i < t.count(); ++i)
      t.set_value(i, static_cast<double>(random.between(-bound, bound)));
    c.operands.push_back(std::move(t));
  }
  return c;
}

Judgement holds(const Cell& cell, Runner& runner, const Case& c) {
  Calls calls(runner, c.environment);
  const CaseShape shape = *shape_of(cell, c.chain);
  const int rank = rank_of(cell.kind);
  EngineAlgebra algebra(calls, rank, shape.groups);
  Operands<EngineValue> operands;
  std::size_t next = 0;
  for (const OperandShape& o : operand_list(cell, shape)) {
    EngineValue& value = o.twin          ? operands.twin
                         : o.name == 'x' ? operands.x
                         : o.name == 'w' ? operands.w
                                         : operands.v;
    value = EngineAlgebra::at_origin(o.rows, o.columns, o.extent, c.operands[next++], rank);
  }
  Evaluation<EngineAlgebra>(algebra, cell, shape.groups, shape.step)
      .run(operands, [&](const EngineValue& left, const EngineValue& right) {
        algebra.expect_equal(left, right);
      });
  return calls.judgement();
}

// In the order of counterexamples, the cases that can be the smallest one: see `smallest`. Of a
// false cell those alone that exact arithmetic says are counterexamples: the engine is asked about
// nothing that cannot refute the cell.
void enumerate(const Cell& cell, const CaseVisitor& visit) {
  ExactJudge judge(cell);
  const bool refutable = expectation(cell).truth != CellTruth::kTrue;
  bool go_on = true;
  for (std::int32_t total = 1; go_on && total <= search_limit(cell); ++total) {
    for (const CaseShape& shape : shapes_of_total(cell, total)) {
      const Chain chain = chain_of(cell, shape);
      if (!validate(chain) || shape_of(cell, chain) != shape) continue;
      TableCase c{shape, {}};
      go_on = for_each_units(cell, c, [&] {
        return (refutable && judge.judge(c) != Agreement::kByValue) || visit(case_of(cell, c));
      });
      if (!go_on) return;
    }
  }
}

// A law whose texts live as long as it.
struct OwnedLaw {
  explicit OwnedLaw(const Cell& cell)
      : id(to_string(cell)), statement(equation(cell)), source(source_of(cell)) {
    const Expectation expected = expectation(cell);
    law.id = id;
    law.statement = statement;
    law.source = source;
    const bool holds_here = expected.truth == CellTruth::kTrue;
    law.expected = holds_here ? Truth::kTrue : Truth::kFalse;
    // A false cell is refuted by exact data.
    law.rounding = holds_here;
    law.draw = [cell](Random& random) { return chain_of(cell, draw_case_shape(cell, random)); };
    law.in_domain = [cell](const Chain& chain) { return shape_of(cell, chain).has_value(); };
    law.operands = [cell](const Chain& chain) { return law_operands(cell, chain); };
    law.make_case = [cell](const Chain& chain, std::uint64_t seed) {
      return table::make_case(cell, chain, seed);
    };
    law.holds = [cell](Runner& runner, const Case& c) { return table::holds(cell, runner, c); };
    law.enumerate = [cell](const CaseVisitor& visit) { table::enumerate(cell, visit); };
    if (holds_here) {
      law.quick = [cell](Runner& runner) { return quick_cell(cell, runner); };
      return;
    }
    if (const auto c = smallest(cell, Agreement::kByValue, search_limit(cell))) {
      const Case smallest_case = case_of(cell, *c);
      counterexample = data_text(law, smallest_case);
      law.counterexample = counterexample;
    }
  }

  static std::string source_of(const Cell& cell) {
    const Expectation expected = expectation(cell);
    std::string words = fmt::format("lemma {}", text(expected.lemma).name);
    if (expected.through) words += fmt::format(", through {}", text(*expected.through).name);
    return words;
  }

  const std::string id, statement, source;
  std::string counterexample;
  Law law;
};

}  // namespace

Chain chain_of(const Cell& cell, const CaseShape& shape) {
  const StatementInfo& s = info(cell.statement);
  const int rank = rank_of(cell.kind);
  const std::int32_t groups = shape.groups;
  const auto [c, m, p] = shape.channels;
  const Extents one =
      cell.setting == Setting::kCircular ? (s.x ? shape.x : shape.w) : Extents{1, 1, 1};
  // Where the statement has no such operand, the unit is in its place, or x itself.
  const bool squared = cell.statement == Statement::kAutocorrelationEven;
  const Block x = s.x ? block(1, groups * c, shape.x) : block(c, groups * c, one);
  const Block w = s.w       ? block(groups * m, c, shape.w)
                  : squared ? block(groups * c, 1, shape.x)
                            : block(groups * c, c, one);
  const Product product = first_product(cell, shape.step);
  const ConvProblem first = product_problem(product, rank, groups, x, w);
  if (!has_two_steps(cell)) return first;
  Block y{x.rows, w.rows, {}, nullptr};
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a)
    y.span[a] = axis_product(product, x.span[a], w.span[a]).y;
  return Chain(std::vector<Step>{first, product_problem(second_product(cell, shape.step), rank,
                                                        groups, y, block(groups * p, m, shape.v))});
}

std::optional<CaseShape> shape_of(const Cell& cell, const Chain& chain) {
  const StatementInfo& s = info(cell.statement);
  const std::vector<ConvProblem> problems = chain.problems();
  if (problems.size() != (has_two_steps(cell) ? 2U : 1U) || chain.steps.size() != problems.size())
    return std::nullopt;
  const ConvProblem& first = problems.front();
  if (first.groups < 1 || first.rank != rank_of(cell.kind)) return std::nullopt;
  const auto per_group = [&](std::int64_t channels) {
    return static_cast<std::int32_t>(channels / first.groups);
  };
  CaseShape shape;
  shape.groups = static_cast<std::int32_t>(first.groups);
  shape.channels[0] = per_group(first.in_channels);
  if (s.w) shape.channels[1] = per_group(first.out_channels);
  if (s.x) shape.x = to_extents(first.x_extent);
  if (s.w) shape.w = to_extents(first.w_extent);
  if (cell.statement == Statement::kAdjoint) shape.v = to_extents(first.y_extent);
  if (has_two_steps(cell)) {
    shape.channels[2] = per_group(problems.back().out_channels);
    shape.v = to_extents(problems.back().w_extent);
  }
  const Axes& step = cell.setting == Setting::kDilated ? first.dilation : first.stride;
  if (cell.setting == Setting::kDilated || cell.setting == Setting::kStrided)
    shape.step = static_cast<std::int32_t>(step[2]);
  if (!in_domain(cell, shape) || chain_of(cell, shape) != chain) return std::nullopt;
  return shape;
}

CaseShape draw_case_shape(const Cell& cell, Random& random) {
  for (int i = 0; i < kMaxDraws; ++i) {
    const Chain chain = chain_of(cell, draw_shape(cell, random));
    if (!validate(chain)) continue;
    // Not always the drawn one: the v of an adjoint has the extents of x . w.
    if (const std::optional<CaseShape> shape = shape_of(cell, chain)) return *shape;
  }
  check_failed("a drawn shape is one of the law's", __FILE__, __LINE__, to_string(cell));
}

Case case_of(const Cell& cell, const TableCase& c) {
  Case result{chain_of(cell, c.shape), {}, {}};
  const std::int64_t* at = c.values.data();
  for (const OperandSpec& spec : law_operands(cell, result.chain)) {
    result.operands.push_back(tensor_of(spec, at));
    at += element_count(spec.shape);
  }
  return result;
}

const Law* cell_law(const Cell& cell) {
  // Made when first asked for: a run may want one of many.
  static std::vector<std::unique_ptr<OwnedLaw>> made(all_cells().size());
  if (expectation(cell).truth == CellTruth::kIllTyped) return nullptr;
  const auto at = std::find(all_cells().begin(), all_cells().end(), cell);
  CONVCHECK_CHECK(at != all_cells().end(), to_string(cell));
  std::unique_ptr<OwnedLaw>& owned = made[static_cast<std::size_t>(at - all_cells().begin())];
  if (!owned) owned = std::make_unique<OwnedLaw>(cell);
  return &owned->law;
}

const Law* find_cell_law(std::string_view id) {
  const std::optional<Cell> cell = parse_cell(id);
  return cell ? cell_law(*cell) : nullptr;
}

}  // namespace convcheck::properties::table
