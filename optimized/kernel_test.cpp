// SPDX-License-Identifier: Apache-2.0
// Every kernel on every vector target of this CPU, forced one by one: right, bit for bit where the
// data allow, within the derived bound elsewhere.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <limits>

#include "optimized/definition_test.hpp"
#include "optimized/engine.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {
namespace {

std::vector<std::int64_t> targets() {
  hwy::SetSupportedTargetsForTest(0);
  std::vector<std::int64_t> found;
  for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1)
    found.push_back(left & -left);
  return found;
}

// Targets whose MulAdd rounds once.
bool fuses(std::int64_t target) {
  constexpr std::int64_t kFused = HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL | HWY_NEON | HWY_SVE |
                                  HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128;
  return (target & kFused) != 0;
}

class KernelTest : public testing::TestWithParam<std::tuple<const Kernel*, std::int64_t>> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(std::get<1>(GetParam())); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }

  // Visits a plan for every problem and layout that the kernel supports; returns how many.
  template <typename Visit>
  static int for_each_plan(Visit visit) {
    const auto engine = make_engine(std::get<0>(GetParam())->name);
    int plans = 0;
    for (const ConvProblem& p : small_problems()) {
      if (!engine.value()->supports(p)) continue;
      for (const LayoutChoice layout : {LayoutChoice::kPlain, LayoutChoice::kPreferred}) {
        SCOPED_TRACE(to_string(p) + (layout == LayoutChoice::kPlain ? " plain" : " preferred"));
        auto plan = engine.value()->prepare(p, {.threads = 3, .layout = layout});
        if (!plan) {
          ADD_FAILURE() << plan.error().message;
          continue;
        }
        visit(**plan, p);
        ++plans;
      }
    }
    return plans;
  }
};

TEST_P(KernelTest, IsExactOnIntegers) {
  const int plans = for_each_plan([](Plan& plan, const ConvProblem& p) {
    const auto operands = operands_of(p, FillKind::kExactInteger, 1);
    const Defined expected = by_definition(p, operands);
    const Tensor y = run_plan(plan, p, operands);
    for (std::size_t i = 0; i < expected.value.size(); ++i)
      ASSERT_EQ(y.values<float>()[i], expected.value[i]) << "output " << i;
  });
  // The others are for channels or images of a kind.
  const std::string_view name = std::get<0>(GetParam())->name;
  EXPECT_GE(plans, name == "direct" || name == "generic" ? 300 : 50);
}

TEST_P(KernelTest, StaysWithinItsClaim) {
  for_each_plan([](Plan& plan, const ConvProblem& p) {
    const auto operands = operands_of(p, FillKind::kUniform, 2);
    const Defined expected = by_definition(p, operands);
    const Tensor y = run_plan(plan, p, operands);
    const Claim claim = plan.claim();
    ASSERT_EQ(claim.tree_height, p.term_count());
    // gamma(h) S bounds the kernel; the definition in double errs by gamma(n) S of its own, and
    // products of small numbers may underflow, each by half the smallest subnormal.
    const auto h = static_cast<double>(*claim.tree_height);
    const double u = 0x1p-24;
    const double v = 0x1p-53;
    const double relative = h * u / (1 - h * u) + h * v / (1 - h * v);
    for (std::size_t i = 0; i < expected.value.size(); ++i)
      ASSERT_LE(std::fabs(static_cast<double>(y.values<float>()[i]) - expected.value[i]),
                relative * expected.sum_abs[i] + h * 0x1p-150)
          << "output " << i;
  });
}

TEST_P(KernelTest, LeavesOutWhatLiesInThePadding) {
  // An infinite or NaN weight makes those outputs non-finite whose window puts it inside x.
  for_each_plan([](Plan& plan, const ConvProblem& p) {
    auto operands = operands_of(p, FillKind::kExactInteger, 3);
    auto w = operands[1].values<float>();
    for (std::size_t i = 0; i < w.size(); i += 7)
      w[i] = i % 2 == 0 ? std::numeric_limits<float>::infinity()
                        : std::numeric_limits<float>::quiet_NaN();
    const Defined expected = by_definition(p, operands);
    const Tensor y = run_plan(plan, p, operands);
    for (std::size_t i = 0; i < expected.value.size(); ++i) {
      const float value = y.values<float>()[i];
      if (std::isnan(expected.value[i])) {
        ASSERT_TRUE(std::isnan(value)) << "output " << i << " is " << value;
      } else {
        ASSERT_EQ(value, expected.value[i]) << "output " << i;
      }
    }
  });
}

TEST_P(KernelTest, HasTheBitsOfEveryOther) {
  const auto [kernel, target] = GetParam();
  for_each_plan([target = target](Plan& plan, const ConvProblem& p) {
    const auto operands = operands_of(p, FillKind::kNormal, 4);
    const Tensor y = run_plan(plan, p, operands);
    // The scalar loop in the order that kernel.hpp promises.
    const std::vector<float> expected = in_promised_order(p, operands, fuses(target));
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(y.values<float>()[i], expected[i]) << "output " << i;
  });
}

INSTANTIATE_TEST_SUITE_P(All, KernelTest,
                         testing::Combine(testing::ValuesIn(kernels().begin(), kernels().end()),
                                          testing::ValuesIn(targets())),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)->name) + "_" +
                                  hwy::TargetName(std::get<1>(info.param));
                         });

TEST(Targets, SeveralAreTested) {
#if HWY_ARCH_X86
  EXPECT_GE(targets().size(), 2u);  // The baseline, and what the CPU has beyond it.
#endif
  EXPECT_GE(targets().size(), 1u);
}

}  // namespace
}  // namespace convcheck::optimized
