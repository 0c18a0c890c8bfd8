// SPDX-License-Identifier: Apache-2.0
// All formulations of what a convolution is, and the oracle, give the same.
#include "reference/formulations.hpp"

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <map>

#include "core/problem_text.hpp"
#include "reference/oracle.hpp"
#include "reference/proof_data.hpp"
#include "reference/test_geometries.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

std::map<std::string_view, std::int64_t> outputs_by_formulation;
std::map<std::string, std::int64_t> outputs_by_mixture;

// Every formulation in `names` (all that cover the problem if empty) and the oracle.
void expect_agreement(const ConvProblem& p, Data data, std::uint64_t seed,
                      std::initializer_list<std::string_view> names = {}) {
  Random random(stable_hash(to_string(p)) + seed);
  const std::vector<Tensor> operands = proof_operands(p, data, random);
  const auto oracle = solve(p, operands);
  ASSERT_TRUE(oracle) << to_string(p) << ": " << oracle.error().message;
  const std::vector<Dyadic> base = find_formulation("integers")->compute(p, operands);
  const ElementType type = p.type(p.written());
  const WideSums sums = wide_sums(p, operands);
  for (std::size_t i = 0; i < base.size(); ++i) {
    const double value = oracle->value.value(static_cast<std::int64_t>(i));
    const auto where = [&] {
      return fmt::format("{}\ndata {} seed {} output {}: exactly {}, the oracle gives {:a} by {}",
                         to_string(p), to_string(data), seed, i, to_string(base[i]), value,
                         to_string(oracle->tier[i]));
    };
    ASSERT_EQ(make_dyadic(value), make_dyadic(rounded(base[i], type))) << where();
    ASSERT_TRUE(is_rounded(sums, i, value, type)) << where();
  }
  for (const Formulation& f : formulations()) {
    const bool wanted =
        names.size() == 0 || std::find(names.begin(), names.end(), f.name) != names.end();
    if (!wanted || !f.covers(p)) continue;
    const std::vector<Dyadic> other = f.compute(p, operands);
    ASSERT_EQ(other.size(), base.size());
    outputs_by_formulation[f.name] += static_cast<std::int64_t>(base.size());
    for (std::size_t i = 0; i < base.size(); ++i)
      ASSERT_EQ(other[i], base[i]) << to_string(p) << "\ndata " << to_string(data) << " seed "
                                   << seed << " output " << i << ": " << f.name << " gives "
                                   << to_string(other[i]) << ", integers " << to_string(base[i]);
  }
}

// Sets what is not geometry, in turn, so that every combination meets many geometries.
void vary(ConvProblem& p, std::int64_t turn) {
  p.groups = 1 + turn % 2;
  p.in_channels = p.groups * (1 + turn / 2 % 2);
  p.out_channels = p.groups * (1 + turn / 4 % 2);
  p.batch = 1 + turn / 8 % 2;
  p.has_bias = p.operation != Operation::kWgrad && turn % 3 == 0;
  const std::span<const Mixture> mixtures = proof_mixtures();
  const Mixture& mixture = mixtures[static_cast<std::size_t>(turn) % mixtures.size()];
  Random random(static_cast<std::uint64_t>(turn));
  const ConvProblem typed = with_zero_points(with_types(p, mixture), random);
  if (!validate(typed)) return;  // x f32 and w s8, say.
  p = typed;
  outputs_by_mixture[to_string(mixture)] += element_count(p.shape(p.written()));
}

TEST(Formulations, AgreeOnEveryOneDimensionalGeometry) {
  for_each_line_problem([](ConvProblem p, std::int64_t turn) {
    vary(p, turn);
    const auto data = static_cast<Data>(turn * 7 % kDataCount);
    // The slow number types in turn; 17 and 19 meet every geometry's neighbours.
    if (turn % 17 == 0)
      expect_agreement(p, data, 1, {"binary-640"});
    else if (turn % 19 == 0)
      expect_agreement(p, data, 1, {"rationals"});
    else
      expect_agreement(p, data, 1, {"scatter", "polynomials"});
    return !testing::Test::HasFatalFailure();
  });
}

TEST(Formulations, AgreeOnSampledGeometriesOfEveryRank) {
  Random random(20240229);
  for (std::int64_t turn = 0; turn < 600; ++turn) {
    ConvProblem p = random_problem(kOperations[static_cast<std::size_t>(turn % 3)], random);
    for (std::size_t a = 0; a < 3; ++a) {
      p.x_extent[a] = std::min<std::int64_t>(p.x_extent[a], 9);
      p.y_extent[a] = std::min<std::int64_t>(p.y_extent[a], p.rank == 1 ? 9 : 3);
    }
    vary(p, random.below(1000));
    const auto data = static_cast<Data>(random.below(kDataCount));
    if (turn % 16 == 0)
      expect_agreement(p, data, 2);
    else
      expect_agreement(p, data, 2, {"binary-640", "scatter", "polynomials"});
    if (HasFatalFailure()) return;
  }
}

// Last: what the tests above went through.
TEST(Formulations, EveryOneWasExercised) {
  for (const Formulation& f : formulations()) {
    std::cout << f.name << ": " << outputs_by_formulation[f.name] << " outputs\n";
    EXPECT_GT(outputs_by_formulation[f.name], 400) << f.name;
  }
  for (const Mixture& m : proof_mixtures()) {
    std::cout << to_string(m) << ": " << outputs_by_mixture[to_string(m)] << " outputs\n";
    EXPECT_GT(outputs_by_mixture[to_string(m)], 400) << to_string(m);
  }
}

}  // namespace
}  // namespace convcheck::reference
