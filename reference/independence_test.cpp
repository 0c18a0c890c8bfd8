// SPDX-License-Identifier: Apache-2.0
// The oracle against exact sums of another make, on hostile data by the hundred thousand. Outputs a
// mixture of types and operation: CONVCHECK_PROOF_OUTPUTS; seed: CONVCHECK_PROOF_SEED.
#include <gtest/gtest.h>

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

using enum ElementType;
struct Mixture {
  ElementType first, second, written;
};
constexpr std::array kMixtures{
    Mixture{kF32, kF32, kF32},
};
constexpr int kDecades = 24;

std::string to_string(const Mixture& m) {
  return fmt::format("{}-{}-{}", convcheck::to_string(m.first), convcheck::to_string(m.second),
                     convcheck::to_string(m.written));
}

// What one mixture and operation went through.
struct Seen {
  std::int64_t outputs = 0, terms = 0, by_slow_ones = 0;
  std::int64_t ties = 0, subnormal = 0, to_zero = 0, overflow = 0, exact_zero = 0, nan = 0,
               infinite = 0;
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
      ++(sums.kind(i) == Kind::kNan ? seen.nan : seen.infinite);
      return;
    }
    // S is not below the exact sum of magnitudes, and above it by no more than is said.
    const Magnitude sum_abs = sums.sum_abs(i);
    const double above = 2 * static_cast<double>(oracle.terms + 2) * 0x1p-53;
    const Split most = split(oracle.sum_abs[i]);
    const Split least = split(oracle.sum_abs[i] * (1 - above) * (1 - 0x1p-52));
    ASSERT_LE(compare_magnitude(sum_abs, most.magnitude, most.exponent), 0) << i;
    ASSERT_GE(compare_magnitude(sum_abs, least.magnitude, least.exponent), 0) << i;
    const Magnitude sum = sums.sum(i);
    const bool zero = compare_magnitude(sum, 0, sum.unit) == 0;
    const bool empty = compare_magnitude(sum_abs, 0, sum.unit) == 0;
    if (zero) {
      seen.exact_zero += empty ? 0 : 1;
      return;
    }
    const ElementTraits& to = traits(type);
    seen.to_zero += value == 0 ? 1 : 0;
    seen.overflow += std::isinf(value) ? 1 : 0;
    if (to.is_integer || value == 0 || std::isinf(value)) return;
    const int lead = std::ilogb(value);
    seen.subnormal += lead < to.min_exponent + to.precision_bits - 1 ? 1 : 0;
    const int half = std::max(lead - to.precision_bits + 1, to.min_exponent) - 1;
    const auto digits = static_cast<std::uint64_t>(std::ldexp(std::fabs(value), -half));
    seen.ties += compare_magnitude(sum, digits + 1, half) == 0 ||
                         compare_magnitude(sum, digits - 1, half) == 0
                     ? 1
                     : 0;
  }

  void solve_and_check(const ConvProblem& p, const std::vector<Tensor>& operands,
                       const std::string& data, Seen& seen, bool ill_conditioned) {
    SCOPED_TRACE(fmt::format("{}\ndata {} seed {}", convcheck::to_string(p), data, seed_));
    const auto oracle = solve(p, operands);
    ASSERT_TRUE(oracle) << oracle.error().message;
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
  std::int64_t turn_ = 0;
};

// The data reach what they are made for.
void expect_reached(const Seen& seen, const Mixture& m) {
  for (int tier = 0; tier < kTierCount; ++tier)
    EXPECT_GT(seen.tiers[static_cast<std::size_t>(tier)], 0) << to_string(static_cast<Tier>(tier));
  EXPECT_GT(seen.by_slow_ones, seen.outputs / 100);
  const std::pair<const char*, std::int64_t> features[] = {
      {"ties", seen.ties},         {"subnormal", seen.subnormal},   {"to zero", seen.to_zero},
      {"overflow", seen.overflow}, {"exact zero", seen.exact_zero}, {"nan", seen.nan},
      {"infinite", seen.infinite}};
  for (const auto& [name, count] : features) EXPECT_GT(count, 0) << to_string(m) << ": " << name;
  for (std::size_t decade = 4; decade < 20; ++decade)
    EXPECT_GT(seen.conditions[decade], 0) << to_string(m) << ": condition 1e" << decade;
}

void print(Operation operation, const Mixture& m, const Seen& seen) {
  std::cout << fmt::format(
      "{} {}: {} outputs, {} terms, {} by slower formulations; ties {}, subnormal {}, to zero {}, "
      "overflow {}, cancelled {}, nan {}, inf {}; tiers",
      convcheck::to_string(operation), to_string(m), seen.outputs, seen.terms, seen.by_slow_ones,
      seen.ties, seen.subnormal, seen.to_zero, seen.overflow, seen.exact_zero, seen.nan,
      seen.infinite);
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
  for (const Operation operation : kOperations) {
    Random random(seed_ + stable_hash(to_string(m)) + static_cast<std::uint64_t>(operation));
    Seen seen;
    constexpr int kKinds = kDataCount + 1;  // The last: ill-conditioned sums.
    for (int kind = 0; kind < kKinds; ++kind)
      while (seen.outputs < (kind + 1) * wanted / kKinds) {
        ConvProblem p = random_problem(operation, random);
        if (kind < kDataCount) {
          p = with_types(p, m.first, m.second, m.written);
          const auto data = static_cast<Data>(kind);
          solve_and_check(p, proof_operands(p, data, random), to_string(data), seen, false);
        } else {
          p = dot_problem(with_types(p, m.first, m.second, m.written), 16, random.between(4, 60));
          const double decimals = 3 + 18 * random.unit();
          solve_and_check(p, ill_conditioned_operands(p, decimals / std::log10(2.0), random),
                          "ill-conditioned", seen, true);
        }
        if (HasFatalFailure()) return;
      }
    print(operation, m, seen);
    expect_reached(seen, m);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Independence, testing::ValuesIn(kMixtures), [](const auto& info) {
  std::string name = to_string(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace convcheck::reference
