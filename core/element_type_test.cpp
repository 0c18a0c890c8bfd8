// SPDX-License-Identifier: Apache-2.0
#include "core/element_type.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace convcheck {
namespace {

constexpr ElementType kAll[] = {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                ElementType::kF16, ElementType::kS32, ElementType::kS8,
                                ElementType::kU8};

TEST(ElementType, NamesRoundTrip) {
  std::string names;
  for (const ElementType type : kAll) {
    EXPECT_EQ(traits(type).type, type);
    EXPECT_EQ(parse_element_type(to_string(type)), type);
    names += (names.empty() ? "" : ", ") + std::string(to_string(type));
  }
  EXPECT_EQ(element_type_names(), names);
  EXPECT_EQ(parse_element_type("f31"), std::nullopt);
  EXPECT_EQ(parse_element_type(""), std::nullopt);
  EXPECT_EQ(parse_element_type("F32"), std::nullopt);
}

TEST(ElementType, CodesAreThoseOfTheAbi) {
  for (std::int32_t code = 0; code < 7; ++code)
    EXPECT_EQ(static_cast<std::int32_t>(kAll[code]), code);
}

template <typename T>
void expect_floating_traits(ElementType type) {
  using Limits = std::numeric_limits<T>;
  EXPECT_EQ(size_bytes(type), sizeof(T));
  EXPECT_FALSE(traits(type).is_integer);
  EXPECT_EQ(traits(type).precision_bits, Limits::digits);
  EXPECT_EQ(traits(type).max_exponent, Limits::max_exponent);
  EXPECT_EQ(std::ldexp(T{1}, traits(type).min_exponent), Limits::denorm_min());
}

template <typename T>
void expect_integer_traits(ElementType type) {
  using Limits = std::numeric_limits<T>;
  EXPECT_EQ(size_bytes(type), sizeof(T));
  EXPECT_TRUE(traits(type).is_integer);
  EXPECT_EQ(traits(type).precision_bits, Limits::digits);
  EXPECT_EQ(integer_range(type).low, Limits::min());
  EXPECT_EQ(integer_range(type).high, Limits::max());
}

TEST(ElementType, TraitsAreThoseOfTheLanguage) {
  expect_floating_traits<float>(ElementType::kF32);
  expect_floating_traits<double>(ElementType::kF64);
  expect_integer_traits<std::int32_t>(ElementType::kS32);
  expect_integer_traits<std::int8_t>(ElementType::kS8);
  expect_integer_traits<std::uint8_t>(ElementType::kU8);
}

TEST(ElementType, IntegersThatAFloatingTypeHolds) {
  EXPECT_EQ(integer_range(ElementType::kF32).high, 1 << 24);
  EXPECT_EQ(integer_range(ElementType::kF64).low, -(std::int64_t{1} << 53));
  EXPECT_EQ(integer_range(ElementType::kBf16).high, 256);
  EXPECT_EQ(integer_range(ElementType::kF16).high, 2048);
}

}  // namespace
}  // namespace convcheck
