// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/dot_peak.hpp"

#include <gtest/gtest.h>

namespace convcheck::benchmarks {
namespace {

TEST(DotInstructions, DoAsManyMultiplyAddsAsTheySay) {
  int run = 0;
  for (const DotInstruction& instruction : dot_instructions()) {
    SCOPED_TRACE(instruction.name);
    if (!instruction.here) continue;
    ++run;
    for (const std::int64_t rounds : {1, 2, 1000}) {
      const FmaRun made = instruction.run(rounds);
      EXPECT_EQ(2 * made.sum, made.flops);
      EXPECT_EQ(made.flops, static_cast<double>(rounds) * instruction.run(1).flops);
    }
  }
  EXPECT_GE(run, 1);
}

TEST(DotInstructions, TheFirstOfATypeThatIsHereIsTaken) {
  const DotInstruction* s8 = dot_instruction(ElementType::kS8);
  ASSERT_NE(s8, nullptr);
  for (const DotInstruction& instruction : dot_instructions()) {
    if (&instruction == s8) break;
    EXPECT_FALSE(instruction.type == ElementType::kS8 && instruction.here) << instruction.name;
  }
  EXPECT_EQ(dot_instruction(ElementType::kF64), nullptr);
}

}  // namespace
}  // namespace convcheck::benchmarks
