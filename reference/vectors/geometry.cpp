// SPDX-License-Identifier: Apache-2.0
// Small problems in which a slip of indices shows.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/problem_text.hpp"
#include "reference/proof_data.hpp"
#include "reference/vectors/candidates.hpp"
#include "reference/vectors/slips.hpp"
#include "reference/vectors/terms.hpp"

namespace convcheck::reference {
namespace {

using enum ElementType;
constexpr Mixture kTypes[] = {{kF32, kF32, kF32}, {kF64, kF64, kF64},  {kBf16, kBf16, kBf16},
                              {kF16, kF16, kF16}, {kU8, kS8, kS32},    {kS8, kS8, kS32},
                              {kF16, kF16, kF32}, {kBf16, kBf16, kF32}};

ConvProblem small_problem(Operation operation, const Mixture& types, Random& random) {
  ConvProblem p;
  p.operation = operation;
  p.rank = static_cast<int>(random.between(1, 3));
  p.padding_mode = static_cast<PaddingMode>(random.below(4));
  p.orientation = static_cast<Orientation>(random.below(2));
  p.groups = random.between(1, 2);
  p.in_channels = p.groups * random.between(1, 2);
  p.out_channels = p.groups * random.between(1, 2);
  p.batch = random.between(1, 2);
  p.has_bias = operation != Operation::kWgrad && random.below(2) == 0;
  const std::int64_t longest = p.rank == 1 ? 6 : p.rank == 2 ? 3 : 2;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    p.x_extent[a] = random.between(1, longest);
    p.y_extent[a] = random.between(1, longest);
    p.w_extent[a] = random.between(1, p.rank == 1 ? 3 : 2);
    p.stride[a] = random.between(1, 2);
    p.dilation[a] = random.between(1, 2);
    p.pad_begin[a] = random.between(-1, 2);
  }
  p = with_types(p, types);
  if (traits(p.x_type).is_integer && p.operation != Operation::kDeconv)
    p.x_zero_point = p.x_type == kU8 ? 7 : -3;
  if (traits(p.w_type).is_integer && p.operation != Operation::kWgrad) p.w_zero_point = 2;
  return p;
}

// NaNs are one value.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return std::isnan(x) ? std::isnan(y) : x == y; });
}

std::int64_t elements(const ConvProblem& p) {
  return element_count(p.x_shape()) + element_count(p.w_shape()) + element_count(p.y_shape());
}

}  // namespace

std::vector<Candidate> geometry_candidates() {
  constexpr int kWanted = 2;  // Vectors for each slip of each operation.
  constexpr int kTurns = 1500;
  Random random(1);
  std::vector<Candidate> list;
  std::map<std::pair<Operation, std::string_view>, int> killed;
  std::map<std::pair<Operation, PaddingMode>, int> modes;
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto operation = static_cast<Operation>(turn % 3);
    const ConvProblem p = small_problem(operation, kTypes[turn / 3 % 8], random);
    const Data data = turn % 4 != 3                    ? Data::kIntegers
                      : operation == Operation::kWgrad ? Data::kSpecial
                                                       : Data::kInfiniteTap;
    const std::vector<Tensor> operands = proof_operands(p, data, random);
    if (!validate(p) || elements(p) > 60) continue;
    std::vector<double> right;
    for (const OutputTerms& terms : terms_of(p, operands))
      right.push_back(rounded(exact_sum(terms), p.type(p.written())));
    bool wanted = modes[{operation, p.padding_mode}] < kWanted;
    std::vector<std::string_view> kills;
    for (const Slip& slip : slips()) {
      if (same(slip.answer(p, operands), right)) continue;
      kills.push_back(slip.name);
      wanted = wanted || killed[{operation, slip.name}] < kWanted;
    }
    if (!wanted || kills.empty()) continue;
    for (const std::string_view name : kills) ++killed[{operation, name}];
    ++modes[{operation, p.padding_mode}];
    list.push_back({fmt::format("data: {}", to_string(data)), p, operands});
  }
  return list;
}

}  // namespace convcheck::reference
