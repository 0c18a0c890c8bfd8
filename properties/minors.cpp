// SPDX-License-Identifier: Apache-2.0
#include "properties/minors.hpp"

#include <utility>

#include "properties/generators.hpp"
#include "properties/table/shape.hpp"

namespace convcheck::properties {
namespace {

// Two by two at least: the smallest matrix with a minor.
constexpr std::int64_t kMaxElements = 4;

}  // namespace

void expect_minors_vanish(Calls& calls, std::string_view name, const Tensor& m, std::int64_t rows) {
  const std::int64_t columns = m.count() / rows;
  std::vector<double> minors;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t k = i + 1; k < rows; ++k)
      for (std::int64_t j = 0; j < columns; ++j)
        for (std::int64_t l = j + 1; l < columns; ++l)
          minors.push_back(m.value(i * columns + j) * m.value(k * columns + l) -
                           m.value(i * columns + l) * m.value(k * columns + j));
  Tensor found(ElementType::kF64, {static_cast<std::int64_t>(minors.size())});
  for (std::size_t i = 0; i < minors.size(); ++i)
    found.set_value(static_cast<std::int64_t>(i), minors[i]);
  calls.expect_equal(name, zeros_like(found), found);
}

ConvProblem impulse_problem(std::int64_t out_channels, std::int64_t in_channels, int rank,
                            const Axes& w_extent) {
  ConvProblem p;
  p.rank = rank;
  p.batch = p.in_channels = in_channels;
  p.out_channels = out_channels;
  p.w_extent = p.y_extent = w_extent;
  for (std::size_t a = 0; a < 3; ++a) p.pad_begin[a] = w_extent[a] - 1;
  return p;
}

bool is_impulse_problem(const Chain& chain) {
  if (!chain.is_single()) return false;
  const ConvProblem& p = chain.front();
  return p == impulse_problem(p.out_channels, p.in_channels, p.rank, p.w_extent);
}

Tensor impulse_response(Calls& calls, const ConvProblem& p, const Tensor& w) {
  Tensor x(p.x_type, p.x_shape());
  for (std::int64_t c = 0; c < p.in_channels; ++c) x.set_value(c * p.in_channels + c, 1);
  Values v;
  v[Role::kX] = std::move(x);
  v[Role::kW] = w;
  return calls.exact(p, v);
}

LawOperands kernel_operand(const Chain& chain) {
  LawOperands specs = plain_operands(chain);
  std::erase_if(specs, [](const OperandSpec& spec) { return spec.role != Role::kW; });
  return specs;
}

Case kernel_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  Case c{chain, {}, {}};
  const IntegerFill fill = IntegerFill::draw(random, 9);
  for (const OperandSpec& spec : kernel_operand(chain))
    c.operands.push_back(fill.tensor(spec, random));
  return c;
}

void enumerate_kernels(KernelShapes problems, const CaseVisitor& visit) {
  bool go_on = true;
  std::vector<std::int64_t> values;
  for (std::int64_t total = 1; go_on && total <= kMaxElements; ++total) {
    for (std::int64_t sum = 0; go_on && sum <= total; ++sum) {
      for (const ConvProblem& p : problems(total)) {
        go_on = go_on &&
                table::for_each_array(
                    static_cast<std::int32_t>(total), static_cast<std::int32_t>(sum), values, [&] {
                      Case c{p, {Tensor(p.w_type, p.w_shape())}, {}};
                      for (std::int64_t i = 0; i < total; ++i)
                        c.operands[0].set_value(
                            i, static_cast<double>(values[static_cast<std::size_t>(i)]));
                      return visit(c);
                    });
      }
    }
  }
}

}  // namespace convcheck::properties
