// SPDX-License-Identifier: Apache-2.0
#include "core/tensor.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "core/random.hpp"

namespace convcheck {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A format written down anew, from the bits: sign, exponent field, fraction.
struct Format {
  const char* name;
  int exponent_bits, fraction_bits, bias;
  double (*widen)(std::uint16_t);
  std::uint16_t (*narrow)(double);
};

const Format kFormats[] = {
    {"bf16", 8, 7, 127, bf16_to_double, bf16_from_double},
    {"f16", 5, 10, 15, f16_to_double, f16_from_double},
};

double expected_value(const Format& f, std::uint32_t bits) {
  const std::uint32_t fraction = bits & ((1u << f.fraction_bits) - 1);
  const std::uint32_t exponent = bits >> f.fraction_bits & ((1u << f.exponent_bits) - 1);
  const double sign = bits >> 15 != 0 ? -1 : 1;
  if (exponent == (1u << f.exponent_bits) - 1)
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * kInfinity;
  double significand = static_cast<double>(fraction) / static_cast<double>(1u << f.fraction_bits);
  if (exponent != 0) significand += 1;
  const int power = exponent == 0 ? 1 - f.bias : static_cast<int>(exponent) - f.bias;
  return sign * significand * std::pow(2.0, power);
}

TEST(NarrowTypes, EveryPatternHasItsValue) {
  for (const Format& f : kFormats) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const double value = f.widen(static_cast<std::uint16_t>(bits));
      const double expected = expected_value(f, bits);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(value)) << f.name << " " << bits;
      } else {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected))
            << f.name << " " << bits;
      }
    }
  }
}

TEST(NarrowTypes, Bf16IsTheUpperHalfOfF32) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto wide = static_cast<double>(std::bit_cast<float>(bits << 16));
    const double value = bf16_to_double(static_cast<std::uint16_t>(bits));
    if (std::isnan(wide)) {
      ASSERT_TRUE(std::isnan(value));
    } else {
      ASSERT_EQ(value, wide);
    }
  }
}

TEST(NarrowTypes, EveryValueKeepsItsPattern) {
  for (const Format& f : kFormats) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const double value = f.widen(static_cast<std::uint16_t>(bits));
      const std::uint16_t back = f.narrow(value);
      if (std::isnan(value)) {
        ASSERT_TRUE(std::isnan(f.widen(back)));
      } else {
        ASSERT_EQ(back, bits) << f.name;
      }
    }
  }
}

TEST(NarrowTypes, RoundToNearestAndTiesToEven) {
  for (const Format& f : kFormats) {
    const std::uint32_t infinity = ((1u << f.exponent_bits) - 1) << f.fraction_bits;
    for (const std::uint32_t sign : {0u, 0x8000u}) {
      for (std::uint32_t low = 0; low < infinity; ++low) {
        // The value after the largest finite one, as if the exponent went on, bounds the overflow.
        const double a = std::fabs(f.widen(static_cast<std::uint16_t>(low)));
        const double b = low + 1 == infinity
                             ? std::ldexp(1.0, f.bias + 1)
                             : std::fabs(f.widen(static_cast<std::uint16_t>(low + 1)));
        const double middle = a + (b - a) / 2;
        const double s = sign != 0 ? -1 : 1;
        const std::uint32_t even = low % 2 == 0 ? low : low + 1;
        ASSERT_EQ(f.narrow(s * middle), sign | even) << f.name << " " << low;
        ASSERT_EQ(f.narrow(s * std::nextafter(middle, 0)), sign | low) << f.name << " " << low;
        ASSERT_EQ(f.narrow(s * std::nextafter(middle, kInfinity)), sign | (low + 1))
            << f.name << " " << low;
      }
      ASSERT_EQ(f.narrow((sign != 0 ? -1 : 1) * std::numeric_limits<double>::max()),
                sign | infinity);
      ASSERT_EQ(f.narrow((sign != 0 ? -1 : 1) * std::numeric_limits<double>::denorm_min()), sign);
    }
  }
}

TEST(NarrowTypes, RoundOnceNotThroughF32) {
  // Just above a tie of f16 by less than f32 can tell: rounding twice would go down to even.
  const double above_tie = 1 + 0x1p-11 + 0x1p-40;
  EXPECT_EQ(f16_to_double(f16_from_double(above_tie)), 1 + 0x1p-10);
  EXPECT_EQ(f16_to_double(f16_from_double(static_cast<double>(static_cast<float>(above_tie)))), 1);
}

TEST(RoundToType, IntegersClampAndTieToEven) {
  EXPECT_EQ(round_to_type(ElementType::kS8, 2.5), 2);
  EXPECT_EQ(round_to_type(ElementType::kS8, 3.5), 4);
  EXPECT_EQ(round_to_type(ElementType::kS8, -2.5), -2);
  EXPECT_EQ(round_to_type(ElementType::kS8, -3.5), -4);
  EXPECT_EQ(round_to_type(ElementType::kS8, 1.4), 1);
  EXPECT_EQ(round_to_type(ElementType::kS8, 200), 127);
  EXPECT_EQ(round_to_type(ElementType::kS8, -kInfinity), -128);
  EXPECT_EQ(round_to_type(ElementType::kU8, -0.75), 0);
  EXPECT_EQ(round_to_type(ElementType::kU8, 254.5), 254);
  EXPECT_EQ(round_to_type(ElementType::kS32, 1e300), 2147483647);
  EXPECT_EQ(round_to_type(ElementType::kS32, std::nan("")), 0);
}

TEST(RoundToType, FloatingTypes) {
  EXPECT_EQ(round_to_type(ElementType::kF32, 1 + 0x1p-24), 1);
  EXPECT_EQ(round_to_type(ElementType::kF32, 1e300), kInfinity);
  EXPECT_EQ(round_to_type(ElementType::kF64, 1 + 0x1p-52), 1 + 0x1p-52);
  EXPECT_EQ(round_to_type(ElementType::kBf16, 1 + 0x1p-8), 1);
  EXPECT_TRUE(std::isnan(round_to_type(ElementType::kF16, std::nan(""))));
}

TEST(Tensor, IsZeroedAlignedAndDense) {
  const Tensor t(ElementType::kF64, {2, 3, 5});
  EXPECT_EQ(t.count(), 30);
  EXPECT_EQ(t.size_bytes(), 240u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.data()) % 64, 0u);
  for (std::int64_t i = 0; i < t.count(); ++i) EXPECT_EQ(t.value(i), 0);
}

TEST(Tensor, EmptyOnesWork) {
  const Tensor none;
  EXPECT_EQ(none.count(), 0);
  const Tensor t(ElementType::kF32, {3, 0, 2});
  EXPECT_EQ(t.count(), 0);
  EXPECT_EQ(t.size_bytes(), 0u);
  const Tensor copy = t;
  EXPECT_TRUE(copy == t);
  EXPECT_TRUE(t.values<float>().empty());
}

TEST(Tensor, ValuesAreStoredExactlyInEveryType) {
  const std::pair<ElementType, std::vector<double>> rows[] = {
      {ElementType::kF32, {0x1p-149, -1.5, 0x1.fffffep127, -kInfinity}},
      {ElementType::kF64, {0x1p-1074, 0.1, -kInfinity}},
      {ElementType::kBf16, {0x1p-133, -1.9921875, kInfinity}},
      {ElementType::kF16, {0x1p-24, 65504, -0.333251953125}},
      {ElementType::kS32, {-2147483648.0, 2147483647.0}},
      {ElementType::kS8, {-128, 127}},
      {ElementType::kU8, {0, 255}},
  };
  for (const auto& [type, values] : rows) {
    Tensor t(type, {static_cast<std::int64_t>(values.size())});
    for (std::size_t i = 0; i < values.size(); ++i)
      t.set_value(static_cast<std::int64_t>(i), values[i]);
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(t.value(static_cast<std::int64_t>(i)), values[i]) << to_string(type);
  }
}

TEST(Tensor, SetRoundedRoundsAsRoundToType) {
  Random random(3);
  for (int type = 0; type < 7; ++type) {
    Tensor t(static_cast<ElementType>(type), {1});
    for (int i = 0; i < 200; ++i) {
      const double v = 300 * random.normal();
      t.set_rounded(0, v);
      EXPECT_EQ(t.value(0), round_to_type(t.type(), v));
    }
  }
}

TEST(Tensor, EqualityIsOfBytesTypeAndShape) {
  Tensor a(ElementType::kF32, {2});
  Tensor b(ElementType::kF32, {2});
  EXPECT_TRUE(a == b);
  b.set_value(1, -0.0);
  EXPECT_FALSE(a == b);
  a.set_value(1, std::nan(""));
  b = a;
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(Tensor(ElementType::kF32, {1, 2}) == Tensor(ElementType::kF32, {2}));
  EXPECT_FALSE(Tensor(ElementType::kS32, {2}) == Tensor(ElementType::kF32, {2}));
}

TEST(Tensor, CopiesAreTheirOwn) {
  Tensor a(ElementType::kS8, {3});
  a.set_value(0, 5);
  Tensor b = a;
  b.set_value(0, 7);
  EXPECT_EQ(a.value(0), 5);
  a = std::move(b);
  EXPECT_EQ(a.value(0), 7);
}

TEST(TensorDeathTest, BrokenContracts) {
  Tensor t(ElementType::kS8, {1});
  EXPECT_DEATH(t.set_value(0, 128), "128 is not representable in s8");
  EXPECT_DEATH(t.set_value(0, 0.5), "0.5 is not representable");
  EXPECT_DEATH(static_cast<void>(t.values<float>()), "s8 elements read as 4 bytes");
  Tensor f(ElementType::kF16, {1});
  EXPECT_DEATH(f.set_value(0, 70000), "70000 is not representable");
}

}  // namespace
}  // namespace convcheck
