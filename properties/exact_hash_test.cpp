// SPDX-License-Identifier: Apache-2.0
#include "properties/exact_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

namespace convcheck::properties {
namespace {

Tensor tensor(std::vector<float> values) {
  Tensor t(ElementType::kF32, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), t.values<float>().begin());
  return t;
}

TEST(ExactHash, SeesEveryChange) {
  std::set<std::uint64_t> seen;
  for (const auto& values : std::vector<std::vector<float>>{{},
                                                            {0},
                                                            {-0.0F},
                                                            {1},
                                                            {0, 0},
                                                            {1, 2},
                                                            {2, 1},
                                                            {-1, -2},
                                                            {1, 2, 0},
                                                            {INFINITY},
                                                            {-INFINITY},
                                                            {NAN}})
    EXPECT_TRUE(seen.insert(exact_hash(tensor(values))).second) << values.size();
  EXPECT_TRUE(seen.insert(exact_hash(Tensor(ElementType::kS32, {1}))).second);
  EXPECT_TRUE(seen.insert(exact_hash(Tensor(ElementType::kF32, {1, 1}))).second);
  EXPECT_TRUE(seen.insert(exact_hash(Tensor(ElementType::kF64, {1}))).second);
  EXPECT_TRUE(seen.insert(exact_hash(Tensor(ElementType::kBf16, {1}))).second);
}

TEST(ExactHash, TakesEveryNaNForOne) {
  const std::uint64_t quiet = exact_hash(tensor({NAN}));
  EXPECT_EQ(exact_hash(tensor({-NAN})), quiet);
  EXPECT_EQ(exact_hash(tensor({std::bit_cast<float>(0x7F800001U)})), quiet);
  Tensor half(ElementType::kF16, {1});
  half.values<std::uint16_t>()[0] = 0x7E00;
  const std::uint64_t quiet_half = exact_hash(half);
  half.values<std::uint16_t>()[0] = 0xFC01;
  EXPECT_EQ(exact_hash(half), quiet_half);
  half.values<std::uint16_t>()[0] = 0x7C00;
  EXPECT_NE(exact_hash(half), quiet_half);
}

// Reports are read by other builds and machines.
TEST(ExactHash, StaysTheSame) {
  EXPECT_EQ(exact_hash(tensor({1, -2.5F, NAN})), 13756887904919044287U);
}

}  // namespace
}  // namespace convcheck::properties
