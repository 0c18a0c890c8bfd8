// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "reference/oracle.hpp"
#include "reference/test_geometries.hpp"
#include "reference/test_support.hpp"

namespace convcheck::reference {
namespace {

std::array<std::int64_t, kTierCount> tiers_seen{};

// Every bit of every output, S, and that a finite output has a finite S.
void expect_right(const ConvProblem& p, Data kind, std::uint64_t seed) {
  const std::vector<Tensor> operands = hostile_operands(p, kind, seed);
  const auto result = solve(p, operands);
  ASSERT_TRUE(result) << to_string(p) << ": " << result.error().message;
  const std::vector<double> expected = defined(p, operands);
  Values<ExactF32> magnitudes = values_of<ExactF32>(p, operands);
  for (auto* list : {&magnitudes.x, &magnitudes.w, &magnitudes.bias, &magnitudes.y})
    for (ExactF32& v : *list) v = abs(v);
  const std::vector<ExactF32> sum_abs = definition(p, magnitudes);
  // The terms themselves, counted by summing ones.
  Values<double> ones = values_of<double>(p, operands);
  for (auto* list : {&ones.x, &ones.w, &ones.bias, &ones.y})
    std::fill(list->begin(), list->end(), 1.0);
  const std::vector<double> terms = definition(p, ones);
  ASSERT_GE(static_cast<double>(result->terms), *std::max_element(terms.begin(), terms.end()))
      << to_string(p);
  ASSERT_LE(result->terms, p.term_count()) << to_string(p);
  const auto got = result->value.values<float>();
  ASSERT_EQ(got.size(), expected.size());
  const double above = 2 * static_cast<double>(result->terms + 2) * 0x1p-53;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ++tiers_seen[static_cast<std::size_t>(result->tier[i])];
    ASSERT_TRUE(same_bits(got[i], expected[i]))
        << to_string(p) << "\ndata " << to_string(kind) << " seed " << seed << " output " << i
        << ": " << got[i] << ", the definition gives " << expected[i] << ", tier "
        << to_string(result->tier[i]);
    if (result->tier[i] == Tier::kNonFinite) {
      ASSERT_TRUE(std::isinf(result->sum_abs[i])) << to_string(p);
    } else {
      ASSERT_GE(ExactF32(result->sum_abs[i]), sum_abs[i]) << to_string(p);
      ASSERT_LE(ExactF32(result->sum_abs[i]), sum_abs[i] * (1 + ExactF32(above))) << to_string(p);
    }
  }
}

// Sets what is not geometry, in turn, so that every combination meets many geometries.
void vary(ConvProblem& p, std::int64_t turn) {
  p.groups = 1 + turn % 2;
  p.in_channels = p.groups * (1 + turn / 2 % 3);
  p.out_channels = p.groups * (1 + turn / 6 % 2);
  p.batch = 1 + turn / 3 % 2;
  p.has_bias = p.operation != Operation::kWgrad && turn % 3 == 0;
}

TEST(OracleExhaustive, EveryOneDimensionalGeometry) {
  for_each_line_problem([](ConvProblem p, std::int64_t turn) {
    vary(p, turn);
    expect_right(p, static_cast<Data>(turn * 7 % kDataCount), 1);
    return !testing::Test::HasFatalFailure();
  });
}

TEST(OracleExhaustive, SampledGeometriesOfEveryRank) {
  Random random(20240229);
  for (std::int64_t turn = 0; turn < 6000; ++turn) {
    ConvProblem p;
    p.operation = kOperations[static_cast<std::size_t>(turn % 3)];
    p.rank = 1 + static_cast<int>(turn / 3 % 3);
    p.padding_mode = kModes[static_cast<std::size_t>(random.below(4))];
    p.orientation = kOrientations[static_cast<std::size_t>(random.below(2))];
    const std::int64_t longest = p.rank == 1 ? 40 : p.rank == 2 ? 7 : 4;
    for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
      p.x_extent[a] = random.between(1, longest);
      p.y_extent[a] = random.between(1, longest);
      p.w_extent[a] = random.between(1, 3);
      p.stride[a] = random.between(1, 3);
      p.dilation[a] = random.between(1, 3);
      p.pad_begin[a] = random.between(-2, 4);
    }
    vary(p, random.below(1000));
    if (turn % 16 == 0) p.out_channels = p.groups * random.between(1, 13);  // Every panel size.
    expect_right(p, static_cast<Data>(random.below(kDataCount)), 2);
    if (HasFatalFailure()) return;
  }
}

// Last: what the tests above went through.
TEST(OracleExhaustive, EveryTierWasExercised) {
  for (int tier = 0; tier < kTierCount; ++tier)
    EXPECT_GT(tiers_seen[static_cast<std::size_t>(tier)], 1000)
        << to_string(static_cast<Tier>(tier));
}

}  // namespace
}  // namespace convcheck::reference
