// SPDX-License-Identifier: Apache-2.0
#include "reference/settle.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/random.hpp"

namespace convcheck::reference {
namespace {

using enum ElementType;
constexpr double kInf = std::numeric_limits<double>::infinity();

bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Values of the type, ties between them, what lies beside ties, and what no type holds.
double hard_value(const ElementTraits& to, Random& random) {
  switch (random.below(12)) {
    case 0:
      return 0;
    case 1:
      return kInf;
    case 2:
      return std::numeric_limits<double>::quiet_NaN();
    case 3:
      return -std::ldexp(1.0, to.max_exponent) * random.unit();
    case 4:  // Around the largest value and half a unit above it.
      return std::ldexp(1.0, to.max_exponent) -
             std::ldexp(1.0, to.max_exponent - to.precision_bits - 1);
    case 5:  // Around the least.
      return std::ldexp(static_cast<double>(random.between(-8, 8)), to.min_exponent - 2);
    default:
      break;
  }
  const int low = std::max(to.min_exponent, -1000);
  const int high = std::min(to.max_exponent - to.precision_bits, 900);
  const auto halves = static_cast<double>(random.between(1, std::int64_t{2} << to.precision_bits));
  const double tie = std::ldexp(halves, static_cast<int>(random.between(low, high)) - 1);
  const double beside = std::nextafter(tie, random.below(2) == 0 ? 0 : kInf);
  return (random.below(2) == 0 ? 1 : -1) * (random.below(2) == 0 ? tie : beside);
}

TEST(Settle, OnEveryTargetWhatOneElementAtATimeGives) {
  constexpr std::int64_t kCount = 37;
  const std::array types{kF32, kBf16, kF16, kS32, kS8, kU8};
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    Random random(4);
    std::array<std::int64_t, kTierCount + 1> seen{};  // The last: unsettled.
    for (int turn = 0; turn < 600; ++turn) {
      Certificate c;
      c.to = types[static_cast<std::size_t>(turn) % types.size()];
      c.error_factor = 5 * 0x1p-53;
      c.exact_limit = turn % 3 == 0 ? std::ldexp(1.0, static_cast<int>(random.between(-9, 9))) : 0;
      Faults faults;
      faults.zero_needs_integers = turn % 5 != 0;
      if (turn % 7 == 0) faults.conversion = Faults::Conversion::kThroughF32;
      if (!(faults == Faults{})) c.faults = &faults;
      alignas(64) std::array<double, 48> value{};
      alignas(64) std::array<double, 48> sum_abs{};
      std::array<Tier, kCount> tier{};
      std::vector<std::int32_t> unsettled;
      for (std::size_t i = 0; i < kCount; ++i) {
        value[i] = hard_value(traits(c.to), random);
        sum_abs[i] = std::fabs(value[i]) * std::ldexp(1.0, static_cast<int>(random.below(40)));
        if (random.below(9) == 0 && std::isfinite(value[i])) sum_abs[i] = 0x1p-40;
      }
      const auto values = value;
      const auto sums = sum_abs;
      hwy::SetSupportedTargetsForTest(target);
      settle_sums(c, kCount, value.data(), sum_abs.data(), tier.data(), 100, unsettled);
      hwy::SetSupportedTargetsForTest(0);
      std::size_t listed = 0;
      for (std::size_t i = 0; i < kCount; ++i) {
        const bool exact = sums[i] < c.exact_limit;
        const double width = exact ? 0 : c.error_factor * sums[i];
        const double low = c.round(values[i] - width);
        const bool certified =
            low == c.round(values[i] + width) && sums[i] < kInf && (low != 0 || c.accepts_zero());
        const auto context = fmt::format("{} {} {:a} S {:a}", hwy::TargetName(target),
                                         to_string(c.to), values[i], sums[i]);
        if (exact || certified) {
          ASSERT_TRUE(same_bits(value[i], low)) << context << ": " << value[i] << ", not " << low;
          ASSERT_EQ(tier[i], exact ? Tier::kExactSum : Tier::kInterval) << context;
          ++seen[static_cast<std::size_t>(tier[i])];
        } else {
          ASSERT_TRUE(same_bits(value[i], values[i])) << context;
          ASSERT_LT(listed, unsettled.size()) << context;
          ASSERT_EQ(unsettled[listed++], static_cast<std::int32_t>(100 + i)) << context;
          ++seen.back();
        }
        const double above = exact ? sums[i] : sums[i] + c.error_factor * sums[i];
        ASSERT_TRUE(same_bits(sum_abs[i], above)) << context;
      }
      ASSERT_EQ(listed, unsettled.size());
    }
    EXPECT_GT(seen[static_cast<std::size_t>(Tier::kExactSum)], 1000);
    EXPECT_GT(seen[static_cast<std::size_t>(Tier::kInterval)], 1000);
    EXPECT_GT(seen.back(), 1000);
  }
}

// Sums of two bins at all distances from ties and from what their error reaches.
TEST(Settle, ManyTwoBinsAsOneByOneOnEveryTarget) {
  constexpr std::int64_t kCount = 37;
  const std::array types{kF32, kF64, kBf16, kF16, kS32, kS8};
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    Random random(6);
    std::array<std::int64_t, 3> seen{};  // Exact, by two bins, open.
    for (int turn = 0; turn < 600; ++turn) {
      Certificate c;
      c.to = types[static_cast<std::size_t>(turn) % types.size()];
      c.error_factor = 5 * 0x1p-53;
      c.exact_limit = turn % 3 == 0 ? std::ldexp(1.0, static_cast<int>(random.between(-9, 9))) : 0;
      c.bins_exact_limit = c.exact_limit * 0x1p40;
      c.bins_factor = 0x1p-97;
      c.scale = turn % 11 == 0 ? 3 : 0;
      alignas(64) std::array<double, 48> value{};
      alignas(64) std::array<double, 48> low{};
      alignas(64) std::array<double, 48> sum_abs{};
      alignas(64) std::array<double, 48> result{};
      alignas(64) std::array<double, 48> upper{};
      std::array<Tier, kCount> tier{};
      std::vector<std::int32_t> unsettled;
      for (std::size_t i = 0; i < kCount; ++i) {
        value[i] = hard_value(traits(c.to), random);
        const int below = static_cast<int>(random.between(-120, -40));
        if (random.below(3) > 0) low[i] = value[i] * std::ldexp(random.below(2) - 0.5, below);
        sum_abs[i] = std::fabs(value[i]) * std::ldexp(1.0, static_cast<int>(random.below(60)));
        if (random.below(9) == 0 && std::isfinite(value[i])) sum_abs[i] = 0x1p-40;
      }
      hwy::SetSupportedTargetsForTest(target);
      settle_bins(c, kCount, {value.data(), low.data(), sum_abs.data()}, result.data(),
                  upper.data(), tier.data(), 100, unsettled);
      hwy::SetSupportedTargetsForTest(0);
      std::size_t listed = 0;
      for (std::size_t i = 0; i < kCount; ++i) {
        const auto context = fmt::format("{} {} {:a} + {:a} S {:a}", hwy::TargetName(target),
                                         to_string(c.to), value[i], low[i], sum_abs[i]);
        double one = value[i];
        ASSERT_TRUE(same_bits(upper[i], upper_bound(c, sum_abs[i]))) << context;
        if (!settle_bins(c, one, low[i], sum_abs[i])) {
          ASSERT_LT(listed, unsettled.size()) << context;
          ASSERT_EQ(unsettled[listed++], static_cast<std::int32_t>(100 + i)) << context;
          ++seen[2];
          continue;
        }
        ASSERT_TRUE(same_bits(result[i], one)) << context << ": " << result[i] << ", not " << one;
        const bool exact = is_exact(c, sum_abs[i]);
        ASSERT_EQ(tier[i], exact ? Tier::kExactSum : Tier::kTwoBins) << context;
        ++seen[exact ? 0 : 1];
      }
      ASSERT_EQ(listed, unsettled.size());
    }
    for (const std::int64_t count : seen) EXPECT_GT(count, 1000);
  }
}

// Every value of a type comes back as the bits that it was read from.
TEST(Settle, ValuesAreStoredAsTheBitsTheyStandFor) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const ElementType type : {kBf16, kF16, kS8, kU8}) {
      const std::int64_t count = size_bytes(type) == 1 ? 256 : 65536;
      Tensor all(type, {count});
      for (std::int64_t i = 0; i < count; ++i) {
        if (size_bytes(type) == 1)
          all.data()[i] = static_cast<std::byte>(i);
        else
          reinterpret_cast<std::uint16_t*>(all.data())[i] = static_cast<std::uint16_t>(i);
      }
      std::vector<double> values;
      for (std::int64_t i = 0; i < count; ++i) values.push_back(all.value(i));
      Tensor stored(type, {count});
      store_values(type, values.data(), count, stored.data(), 0, 1);
      for (std::int64_t i = 0; i < count; ++i) {
        ASSERT_TRUE(same_bits(stored.value(i), values[static_cast<std::size_t>(i)]))
            << to_string(type) << " " << i << " on " << hwy::TargetName(target);
      }
      Tensor apart(type, {3 * count});
      store_values(type, values.data(), count, apart.data(), 1, 2);
      EXPECT_TRUE(same_bits(apart.value(2 * count - 1), values.back()));
      EXPECT_EQ(apart.value(0), 0);
      EXPECT_EQ(apart.value(2), 0);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
}

// What lies beside a tie of f64 or f32 and only the second bin holds.
TEST(Settle, TwoBinsAreRoundedOnce) {
  Certificate c;
  c.to = kF64;
  c.error_factor = 0x1p-50;
  c.bins_factor = 0;
  double value = 1;
  EXPECT_TRUE(settle_bins(c, value, 0x1p-53 + 0x1p-100, 1));
  EXPECT_EQ(value, 1 + 0x1p-52);
  value = 1;
  EXPECT_TRUE(settle_bins(c, value, 0x1p-53 - 0x1p-100, 1));
  EXPECT_EQ(value, 1);
  // f32 by way of an f64 that is rounded to odd: 1 + 2^-24 is a tie, and a little above it is not.
  c.to = kF32;
  value = 1 + 0x1p-24;
  EXPECT_TRUE(settle_bins(c, value, 0x1p-90, 1));
  EXPECT_EQ(value, 1 + 0x1p-23);
  value = 1 + 0x1p-24;
  EXPECT_TRUE(settle_bins(c, value, -0x1p-90, 1));
  EXPECT_EQ(value, 1);
  // The error reaches the tie, or the scale leaves it out of sight.
  c.bins_factor = 0x1p-89;
  value = 1 + 0x1p-24;
  EXPECT_FALSE(settle_bins(c, value, 0x1p-90, 1));
  value = 1 + 0x1p-24;
  EXPECT_TRUE(settle_bins(c, value, 0x1p-90, 0.25));
  // An exact sum may be a tie, or zero; another zero has no sign yet.
  value = 0;
  EXPECT_FALSE(settle_bins(c, value, 0, 1));
  c.bins_exact_limit = 2;
  EXPECT_TRUE(settle_bins(c, value, 0, 1));
  value = 1 + 0x1p-24;
  EXPECT_TRUE(settle_bins(c, value, 0, 1));
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace convcheck::reference
