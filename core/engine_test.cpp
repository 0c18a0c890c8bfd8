// SPDX-License-Identifier: Apache-2.0
#include "core/engine.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/case.hpp"
#include "core/problem_text.hpp"

namespace convcheck {
namespace {

TEST(AlgorithmClass, NamesRoundTrip) {
  for (std::int32_t code = 0; code <= 5; ++code) {
    const auto algorithm = static_cast<AlgorithmClass>(code);
    EXPECT_EQ(parse_algorithm_class(to_string(algorithm)), algorithm);
  }
  EXPECT_EQ(parse_algorithm_class("strassen"), std::nullopt);
}

TEST(PlainLayout, IsDenseWithTheSlowestAxisFirst) {
  const ConvProblem p = *parse_problem("bf16-bf16-f32:bias:g2mb3_ic4ih5iw6_oc8_kh3kw2");
  const OperandLayout x = plain_layout(p, Role::kX);
  EXPECT_FALSE(x.opaque);
  EXPECT_EQ(x.strides, (std::vector<std::int64_t>{120, 30, 6, 1}));
  EXPECT_EQ(x.bytes, 3u * 4 * 5 * 6 * 2);
  EXPECT_EQ(x.alignment_bytes, 2u);
  EXPECT_EQ(plain_layout(p, Role::kW).strides, (std::vector<std::int64_t>{12, 6, 2, 1}));
  EXPECT_EQ(plain_layout(p, Role::kBias).bytes, 8u * 4);
  EXPECT_EQ(plain_layout(p, Role::kY).alignment_bytes, 4u);
}

TEST(Operands, AreReachedByRole) {
  std::array<char, 4> memory{};
  Operands operands;
  for (std::int32_t r = 0; r < 4; ++r) {
    const auto role = static_cast<Role>(r);
    EXPECT_EQ(operands.get(role), nullptr);
    operands.set(role, &memory[static_cast<std::size_t>(r)]);
  }
  EXPECT_EQ(operands.x, &memory[0]);
  EXPECT_EQ(operands.w, &memory[1]);
  EXPECT_EQ(operands.bias, &memory[2]);
  EXPECT_EQ(operands.y, &memory[3]);
  EXPECT_EQ(operands.get(Role::kBias), &memory[2]);
}

TEST(Outcome, KindsAndFindingsHaveNames) {
  EXPECT_STREQ(to_string(OutcomeKind::kCompleted), "completed");
  EXPECT_STREQ(to_string(OutcomeKind::kProtocolError), "protocol-error");
  EXPECT_STREQ(to_string(Finding::Kind::kStrayWrite), "stray-write");
  EXPECT_STREQ(to_string(Finding::Kind::kConcurrencyMismatch), "concurrency-mismatch");
  EXPECT_STREQ(to_string(Finding::Kind::kMemoryGrowth), "memory-growth");
}

}  // namespace
}  // namespace convcheck
