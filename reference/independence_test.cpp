// SPDX-License-Identifier: Apache-2.0
// The oracle against exact sums of another make, on hostile data by the hundred thousand. Outputs a
// mixture of types and operation: CONVCHECK_PROOF_OUTPUTS; seed: CONVCHECK_PROOF_SEED.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>

#include "core/problem_text.hpp"
#include "reference/formulations.hpp"
#include "reference/oracle.hpp"
#include "reference/proof_data.hpp"
#include "reference/test_geometries.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

constexpr int kDecades = 24;

// What an output can be.
enum Feature { kTie, kSubnormal, kToZero, kOverflow, kCancelled, kClamped, kNan, kInfinite };
constexpr std::array kFeatureNames{
    "tie", "subnormal", "rounded to zero", "overflow", "cancelled", "clamped", "nan", "infinite"};
using FeatureCounts = std::array<std::int64_t, kFeatureNames.size()>;

// What one mixture and operation went through.
struct Seen {
  std::int64_t outputs = 0, terms = 0, by_slow_ones = 0;
  FeatureCounts features{};
  std::array<std::int64_t, kTierCount> tiers{};
  // Of ill-conditioned data, by the decimal logarithm of the condition number.
  std::array<std::int64_t, kDecades> conditions{};
};

class Independence : public testing::TestWithParam<Mixture> {
 protected:
  // Everything said of one output.
  void check(const ConvProblem& p, const OracleResult& oracle, const WideSums& sums, std::size_t i,
             Seen& seen) {
    const ElementType type = p.type(p.written());
    const double value = oracle.value.value(static_cast<std::int64_t>(i));
    ASSERT_TRUE(is_rounded(sums, i, value, type))
        << "output " << i << ": exactly " << to_string(sums.value(i)) << ", the oracle gives "
        << fmt::format("{:a}", value) << " by " << to_string(oracle.tier[i]);
    ++seen.outputs;
    ++seen.tiers[static_cast<std::size_t>(oracle.tier[i])];
    const bool finite = sums.kind(i) == Kind::kFinite;
    ASSERT_EQ(finite, oracle.tier[i] != Tier::kNonFinite);
    if (!finite) {
      ASSERT_TRUE(std::isinf(oracle.sum_abs[i]));
      ++seen.features[sums.kind(i) == Kind::kNan ? kNan : kInfinite];
      return;
    }
    // S is not below the exact sum of magnitudes, and above it by no more than is said.
    const Magnitude sum_abs = sums.sum_abs(i);
    const double above = 2 * static_cast<double>(oracle.terms + 2) * 0x1p-53;
    if (std::isinf(oracle.sum_abs[i])) {
      const Split largest = split(std::numeric_limits<double>::max() * (1 - above));
      ASSERT_GT(compare_magnitude(sum_abs, largest.magnitude, largest.exponent), 0) << i;
    } else {
      const double said = oracle.sum_abs[i];
      const Split most = split(said);
      const Split least = split(std::max(0.0, said * (1 - above) * (1 - 0x1p-52) - 0x1p-1073));
      ASSERT_LE(compare_magnitude(sum_abs, most.magnitude, most.exponent), 0) << i;
      ASSERT_GE(compare_magnitude(sum_abs, least.magnitude, least.exponent), 0) << i;
    }
    const Magnitude sum = sums.sum(i);
    const bool zero = compare_magnitude(sum, 0, sum.unit) == 0;
    const bool empty = compare_magnitude(sum_abs, 0, sum.unit) == 0;
    if (zero) {
      seen.features[kCancelled] += empty ? 0 : 1;
      return;
    }
    const ElementTraits& to = traits(type);
    if (to.is_integer) {
      const IntegerRange range = integer_range(type);
      const bool at_end = value == static_cast<double>(sum.negative ? range.low : range.high);
      const Split end = split(std::fabs(value));
      const bool clamped = at_end && compare_magnitude(sum, end.magnitude, end.exponent) > 0;
      seen.features[kClamped] += clamped ? 1 : 0;
      return;
    }
    seen.features[kToZero] += value == 0 ? 1 : 0;
    seen.features[kOverflow] += std::isinf(value) ? 1 : 0;
    if (value == 0 || std::isinf(value)) return;
    const int lead = std::ilogb(value);
    seen.features[kSubnormal] += lead < to.min_exponent + to.precision_bits - 1 ? 1 : 0;
    const int half = std::max(lead - to.precision_bits + 1, to.min_exponent) - 1;
    const auto digits = static_cast<std::uint64_t>(std::ldexp(std::fabs(value), -half));
    const bool tie = compare_magnitude(sum, digits + 1, half) == 0 ||
                     compare_magnitude(sum, digits - 1, half) == 0;
    seen.features[kTie] += tie ? 1 : 0;
  }

  void solve_and_check(const ConvProblem& p, const std::vector<Tensor>& operands,
                       const std::string& data, Seen& seen, bool ill_conditioned) {
    SCOPED_TRACE(fmt::format("{}\ndata {} seed {}", convcheck::to_string(p), data, seed_));
    // Every SIMD target in turn.
    const std::int64_t target = targets_[static_cast<std::size_t>(turn_) % targets_.size()];
    hwy::SetSupportedTargetsForTest(target);
    const auto oracle = solve(p, operands);
    hwy::SetSupportedTargetsForTest(0);
    ASSERT_TRUE(oracle) << oracle.error().message;
    SCOPED_TRACE(hwy::TargetName(target));
    const WideSums sums = wide_sums(p, operands);
    ASSERT_EQ(static_cast<std::int64_t>(sums.count()), oracle->value.count());
    for (std::size_t i = 0; i < sums.count(); ++i) {
      check(p, *oracle, sums, i, seen);
      if (HasFatalFailure()) return;
      if (!ill_conditioned || sums.kind(i) != Kind::kFinite) continue;
      const Magnitude sum = sums.sum(i);
      if (compare_magnitude(sum, 0, sum.unit) == 0) continue;
      const double decade = (log2_of(sums.sum_abs(i)) - log2_of(sum)) * std::log10(2.0);
      ++seen.conditions[static_cast<std::size_t>(std::clamp(decade, 0.0, kDecades - 1.0))];
    }
    seen.terms += static_cast<std::int64_t>(p.valid_macs());
    // The sums themselves by another formulation, in turn.
    if (turn_++ % 8 != 0 || p.valid_macs() > 2e4) return;
    static constexpr std::string_view kNames[] = {"integers", "polynomials", "binary-640",
                                                  "rationals"};
    const Formulation* slow = find_formulation(kNames[turn_ / 8 % 4]);
    if (!slow->covers(p)) slow = find_formulation("integers");
    const std::vector<Dyadic> exact = slow->compute(p, operands);
    for (std::size_t i = 0; i < exact.size(); ++i)
      ASSERT_EQ(sums.value(i), exact[i]) << slow->name << " output " << i;
    seen.by_slow_ones += static_cast<std::int64_t>(exact.size());
  }

  std::uint64_t seed_ = static_cast<std::uint64_t>(from_environment("CONVCHECK_PROOF_SEED", 1));
  // A tier that no data reached was not tested.
  static void TearDownTestSuite() {
    std::cout << "outputs in all: " << all_outputs_ << "\n";
    if (mixtures_ < proof_mixtures().size()) return;  // Some were filtered out.
    for (int tier = 0; tier < kTierCount; ++tier)
      EXPECT_GT(all_tiers_[static_cast<std::size_t>(tier)], 0)
          << to_string(static_cast<Tier>(tier));
  }

  static inline std::array<std::int64_t, kTierCount> all_tiers_{};
  static inline std::int64_t all_outputs_ = 0;
  static inline std::size_t mixtures_ = 0;
  std::vector<std::int64_t> targets_ = hwy::SupportedAndGeneratedTargets();
  std::int64_t turn_ = 0;
};

// The decimal exponent up to which the types let the condition number rise.
std::size_t most_decade(const Mixture& m) {
  std::size_t most = 20;
  for (const ElementType type : {m.first, m.second}) {
    const ElementTraits& t = traits(type);
    if (t.is_integer) most = std::min<std::size_t>(most, t.size_bytes == 1 ? 5 : 17);
    if (t.type == ElementType::kF16) most = std::min<std::size_t>(most, 16);
  }
  return most;
}

// The data reach what they are made for, unless the types have no such values.
void expect_reached(const FeatureCounts& counts, const Mixture& m) {
  const ElementTraits& first = traits(m.first);
  const ElementTraits& second = traits(m.second);
  const ElementTraits& to = traits(m.written);
  const bool floating = !first.is_integer || !second.is_integer;
  const bool underflows =
      !to.is_integer && first.min_exponent + second.min_exponent < to.min_exponent;
  const bool passes = first.max_exponent + second.max_exponent > to.max_exponent;
  FeatureCounts wanted{};
  wanted[kTie] = floating && !to.is_integer;
  wanted[kSubnormal] = wanted[kToZero] = underflows;
  wanted[kOverflow] = passes && !to.is_integer;
  wanted[kClamped] = passes && to.is_integer;
  wanted[kCancelled] = true;
  wanted[kNan] = wanted[kInfinite] = floating;
  for (std::size_t i = 0; i < counts.size(); ++i)
    EXPECT_TRUE(counts[i] > 0 || wanted[i] == 0) << to_string(m) << ": " << kFeatureNames[i];
}

void print(Operation operation, const Mixture& m, const Seen& seen) {
  std::cout << fmt::format("{} {}: {} outputs, {} terms, {} by slower formulations;",
                           convcheck::to_string(operation), to_string(m), seen.outputs, seen.terms,
                           seen.by_slow_ones);
  for (std::size_t i = 0; i < seen.features.size(); ++i)
    std::cout << " " << kFeatureNames[i] << " " << seen.features[i] << ",";
  std::cout << " tiers";
  for (int tier = 0; tier < kTierCount; ++tier)
    std::cout << " " << to_string(static_cast<Tier>(tier)) << " "
              << seen.tiers[static_cast<std::size_t>(tier)];
  std::cout << "; condition 1e0..1e23:";
  for (const std::int64_t count : seen.conditions) std::cout << " " << count;
  std::cout << "\n";
}

TEST_P(Independence, EveryOutputIsTheRoundedExactSum) {
  const Mixture m = GetParam();
  const std::int64_t wanted = from_environment("CONVCHECK_PROOF_OUTPUTS", 20000);
  FeatureCounts features{};
  for (const Operation operation : kOperations) {
    if (!validate(with_types(dot_problem(operation, 1, 1), m))) continue;  // x f32 and w s8, say.
    Random random(seed_ + stable_hash(to_string(m)) + static_cast<std::uint64_t>(operation));
    Seen seen;
    constexpr int kKinds = kDataCount + 1;  // The last: ill-conditioned sums.
    constexpr int kLeastProblems = 12;      // Of each kind.
    for (int kind = 0; kind < kKinds; ++kind) {
      const std::int64_t enough = seen.outputs + wanted / kKinds;
      for (int turn = 0; turn < kLeastProblems || seen.outputs < enough; ++turn) {
        if (kind < kDataCount) {
          const ConvProblem p =
              with_zero_points(with_types(random_problem(operation, random), m), random);
          const auto data = static_cast<Data>(kind);
          solve_and_check(p, proof_operands(p, data, random), to_string(data), seen, false);
        } else {
          const ConvProblem p = with_types(dot_problem(operation, 16, random.between(4, 60)), m);
          const double decimals = 3 + turn % 18 + random.unit();  // One decade after the other.
          solve_and_check(p, ill_conditioned_operands(p, decimals / std::log10(2.0), random),
                          "ill-conditioned", seen, true);
        }
        if (HasFatalFailure()) return;
      }
    }
    print(operation, m, seen);
    EXPECT_GT(seen.by_slow_ones, seen.outputs / 100);
    for (std::size_t decade = 4; decade < most_decade(m); ++decade)
      EXPECT_GT(seen.conditions[decade], 0) << to_string(m) << ": condition 1e" << decade;
    for (std::size_t i = 0; i < features.size(); ++i) features[i] += seen.features[i];
    for (std::size_t tier = 0; tier < kTierCount; ++tier) all_tiers_[tier] += seen.tiers[tier];
    all_outputs_ += seen.outputs;
  }
  expect_reached(features, m);
  ++mixtures_;
}

INSTANTIATE_TEST_SUITE_P(Types, Independence,
                         testing::ValuesIn(proof_mixtures().begin(), proof_mixtures().end()),
                         [](const auto& info) {
                           std::string name = to_string(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace convcheck::reference
