// SPDX-License-Identifier: Apache-2.0
#include "reference/dyadic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;

TEST(Dyadic, EqualValuesAreEqual) {
  EXPECT_EQ(make_dyadic(cpp_int(12), -3), make_dyadic(1.5));
  EXPECT_EQ(make_dyadic(cpp_int(0), 17), make_dyadic(-0.0));
  EXPECT_NE(make_dyadic(1.5), make_dyadic(-1.5));
  EXPECT_EQ(make_dyadic(-std::numeric_limits<double>::infinity()),
            make_dyadic(Kind::kMinusInfinity));
  EXPECT_NE(make_dyadic(Kind::kNan), make_dyadic(0.0));
}

TEST(Dyadic, Prints) {
  EXPECT_EQ(to_string(make_dyadic(-0.0)), "0x0p+0");
  EXPECT_EQ(to_string(make_dyadic(-52.0)), "-0xdp+2");
  EXPECT_EQ(to_string(make_dyadic(0x1p-1074)), "0x1p-1074");
  EXPECT_EQ(to_string(make_dyadic((cpp_int(1) << 100) + 1, -200)),
            "0x10000000000000000000000001p-200");
  EXPECT_EQ(to_string(make_dyadic(Kind::kNan)), "nan");
  EXPECT_EQ(to_string(make_dyadic(Kind::kPlusInfinity)), "inf");
  EXPECT_EQ(to_string(make_dyadic(Kind::kMinusInfinity)), "-inf");
}

TEST(Dyadic, RoundsOnceToEveryType) {
  const Dyadic tie = make_dyadic((cpp_int(1) << 24) + 1, 0);  // 2^24 + 1.
  const Dyadic above = make_dyadic((cpp_int(1) << 88) + (cpp_int(1) << 64) + 1, -64);
  EXPECT_EQ(rounded(tie, ElementType::kF32), 0x1p24);
  EXPECT_EQ(rounded(above, ElementType::kF32), 0x1.000002p24);
  EXPECT_EQ(rounded(above, ElementType::kF64), 0x1.000001p24);
  // Rounded to f32 first this would be the tie between two bf16, and go down.
  EXPECT_EQ(rounded(make_dyadic((cpp_int(257) << 60) + 1, -60), ElementType::kBf16), 258);
  EXPECT_EQ(rounded(make_dyadic(0x1p-25), ElementType::kF16), 0);
  EXPECT_EQ(rounded(make_dyadic(0x1.8p-25), ElementType::kF16), 0x1p-24);
  EXPECT_TRUE(std::signbit(rounded(make_dyadic(-0x1p-26), ElementType::kF16)));
  EXPECT_EQ(rounded(make_dyadic(65519.0), ElementType::kF16), 65504);
  EXPECT_EQ(rounded(make_dyadic(65520.0), ElementType::kF16),
            std::numeric_limits<double>::infinity());
}

TEST(Dyadic, IntegerTypesClamp) {
  EXPECT_EQ(rounded(make_dyadic(2.5), ElementType::kS8), 2);
  EXPECT_EQ(rounded(make_dyadic(3.5), ElementType::kS8), 4);
  EXPECT_EQ(rounded(make_dyadic(-129.0), ElementType::kS8), -128);
  EXPECT_EQ(rounded(make_dyadic(0x1p40), ElementType::kS32), 2147483647);
  EXPECT_EQ(rounded(make_dyadic(-0x1p40), ElementType::kS32), -2147483648.0);
  EXPECT_EQ(rounded(make_dyadic(-0x1p31), ElementType::kS32), -2147483648.0);
  EXPECT_FALSE(std::signbit(rounded(make_dyadic(-0.25), ElementType::kU8)));
  EXPECT_EQ(rounded(make_dyadic(Kind::kNan), ElementType::kU8), 0);
  EXPECT_EQ(rounded(make_dyadic(Kind::kPlusInfinity), ElementType::kU8), 255);
}

}  // namespace
}  // namespace convcheck::reference
