// SPDX-License-Identifier: Apache-2.0
// deconv and wgrad, which are made of convs: phases, every kernel and layout, threads, refusals.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <limits>
#include <set>

#include "optimized/deconv_phases.hpp"
#include "optimized/definition_test.hpp"
#include "optimized/engine.hpp"
#include "optimized/wgrad_plan.hpp"

namespace convcheck::optimized {
namespace {

constexpr LayoutChoice kLayouts[] = {LayoutChoice::kPlain, LayoutChoice::kPreferred};

// Calls visit(flat x, flat w, flat y) for every product of the trilinear form; what lies in a
// padding of zeros is none.
template <typename Visit>
void for_each_product(const ConvProblem& p, Visit visit) {
  const std::int64_t group_in = p.in_channels / p.groups;
  const std::int64_t group_out = p.out_channels / p.groups;
  const auto flat = [](std::int64_t outer, const Axes& at, const Axes& extent) {
    return static_cast<std::size_t>(((outer * extent[0] + at[0]) * extent[1] + at[1]) * extent[2] +
                                    at[2]);
  };
  const auto each = [](const Axes& extent, auto body) {
    for (std::int64_t d = 0; d < extent[0]; ++d)
      for (std::int64_t h = 0; h < extent[1]; ++h)
        for (std::int64_t w = 0; w < extent[2]; ++w) body(Axes{d, h, w});
  };
  each(p.y_extent, [&](const Axes& o) {
    each(p.w_extent, [&](const Axes& t) {
      Axes i{};
      Axes wt{};
      for (std::size_t a = 0; a < kMaxRank; ++a) {
        i[a] = padded_index(o[a] * p.stride[a] + t[a] * p.dilation[a] - p.pad_begin[a],
                            p.x_extent[a], p.padding_mode);
        if (i[a] < 0) return;
        wt[a] = p.orientation == Orientation::kConvolution ? p.w_extent[a] - 1 - t[a] : t[a];
      }
      for (std::int64_t n = 0; n < p.batch; ++n)
        for (std::int64_t m = 0; m < p.out_channels; ++m)
          for (std::int64_t c = 0; c < group_in; ++c)
            visit(flat(n * p.in_channels + m / group_out * group_in + c, i, p.x_extent),
                  flat(m * group_in + c, wt, p.w_extent),
                  flat(n * p.out_channels + m, o, p.y_extent));
    });
  });
}

// Operands come in the order w, bias, y for deconv and x, y for wgrad.
const Tensor& data_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  return p.operation == Operation::kDeconv ? operands.back() : operands.front();
}
const Tensor& other_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  return p.operation == Operation::kDeconv ? operands.front() : operands.back();
}

// The written tensor and the sum of magnitudes, in double precision.
Defined defined(const ConvProblem& p, const std::vector<Tensor>& operands) {
  const auto count = static_cast<std::size_t>(element_count(p.shape(p.written())));
  Defined result{std::vector<double>(count), std::vector<double>(count)};
  if (p.has_bias) {
    const auto bias = operands[1].values<float>();
    for (std::size_t i = 0; i < count; ++i) {
      const auto pixels = static_cast<std::size_t>(p.x_extent[0] * p.x_extent[1] * p.x_extent[2]);
      result.value[i] = bias[i / pixels % bias.size()];
      result.sum_abs[i] = std::fabs(result.value[i]);
    }
  }
  const bool deconv = p.operation == Operation::kDeconv;
  const auto first = data_of(p, operands).values<float>();
  const auto second = other_of(p, operands).values<float>();
  for_each_product(p, [&](std::size_t x, std::size_t w, std::size_t y) {
    const double product = deconv ? static_cast<double>(first[y]) * static_cast<double>(second[w])
                                  : static_cast<double>(first[x]) * static_cast<double>(second[y]);
    result.value[deconv ? x : w] += product;
    result.sum_abs[deconv ? x : w] += std::fabs(product);
  });
  return result;
}

// The small problems of conv as problems of another operation.
std::vector<ConvProblem> problems_of(Operation operation) {
  std::vector<ConvProblem> problems;
  for (ConvProblem p : small_problems()) {
    p.operation = operation;
    if (operation == Operation::kWgrad) p.has_bias = false;
    problems.push_back(p);
  }
  for (const char* descriptor :
       {"mb1ic20oc7ih3oh9kh2sh3dh2ph0", "mb2ic17oc33ih4oh8kh4sh2ph1", "mb1ic4oc6ih5oh11kh3sh2ph0",
        "bias:mb1ic3oc5ih4oh13kh2sh4ph0", "true:mb1ic5oc4ih4oh9kh3sh2ph0",
        "mb1g3ic6oc9ih5oh9kh3sh2ph1", "bias:mb2ic16oc5ih4oh20kh10sh5ph3",
        "bias:g2mb1ic64oc4ih3oh6kh2sh2ph0", "bias:mb1ic5oc4ih6oh35kh3sh6ph0",
        "bias:mb2g2ic6oc64ih3oh6kh2sh2ph0",
        "mb1ic2oc3id3od6kd2sd2pd0_ih3oh5kh3sh2ph1_iw4ow8kw4sw2pw1"}) {
    const Result<ConvProblem> p = parse_problem(
        (operation == Operation::kDeconv ? "deconv:" : "wgrad:") + std::string(descriptor));
    if (operation == Operation::kDeconv) CONVCHECK_CHECK(p.has_value(), p.error().message);
    if (p && !p->has_bias) problems.push_back(*p);
    if (p && p->has_bias && operation == Operation::kDeconv) problems.push_back(*p);
  }
  return problems;
}

Tensor run(Plan& plan, const ConvProblem& p, const std::vector<Tensor>& operands) {
  const auto empty = [&plan](Role role) {
    Tensor t(ElementType::kU8, {static_cast<std::int64_t>(plan.layout(role).bytes)});
    std::fill_n(t.data(), t.size_bytes(), std::byte{0xFF});
    return t;
  };
  const auto done = [](const Status& s) {
    CONVCHECK_CHECK(s.has_value(), s ? std::string() : s.error().message);
  };
  const bool deconv = p.operation == Operation::kDeconv;
  Tensor first = empty(p.data_input());
  done(plan.import_operand(p.data_input(), data_of(p, operands).data(), first.data()));
  Tensor second = other_of(p, operands);
  Tensor bias;
  if (p.has_bias) bias = operands[1];
  Tensor written = empty(p.written());
  Tensor plain(ElementType::kF32, p.shape(p.written()));
  std::fill_n(plain.data(), plain.size_bytes(), std::byte{0xFF});
  Operands addresses;
  addresses.set(p.data_input(), first.data());
  if (!deconv) addresses.y = second.data();
  addresses.bias = bias.data();
  addresses.set(p.written(), written.data());
  if (deconv) done(plan.pack(second.data()));
  done(plan.run(addresses));
  done(plan.export_operand(p.written(), written.data(), plain.data()));
  return plain;
}

// Visits a plan of every problem, kernel and layout; returns how many.
template <typename Visit>
int for_each_plan(Operation operation, int threads, Visit visit) {
  int plans = 0;
  for (const std::string_view variant : variants()) {
    const auto engine = make_engine(variant);
    for (const ConvProblem& p : problems_of(operation)) {
      if (!engine.value()->supports(p)) continue;
      for (const LayoutChoice layout : kLayouts) {
        SCOPED_TRACE(to_string(p) + " " + std::string(variant) +
                     (layout == LayoutChoice::kPlain ? " plain" : " preferred"));
        auto plan = engine.value()->prepare(p, {.threads = threads, .layout = layout});
        if (!plan) {
          ADD_FAILURE() << plan.error().message;
          continue;
        }
        visit(**plan, p);
        ++plans;
      }
    }
  }
  return plans;
}

TEST(DeconvPhases, MeetEveryPositionOnceAndEveryProduct) {
  for (const ConvProblem& p : problems_of(Operation::kDeconv)) {
    if (p.padding_mode != PaddingMode::kZeros) continue;
    SCOPED_TRACE(to_string(p));
    std::multiset<std::int64_t> positions;
    std::int64_t taps = 0;
    for (const DeconvPhase& phase : deconv_phases(p)) {
      const ConvProblem& c = phase.conv;
      ASSERT_TRUE(validate(c));
      for (std::int64_t d = 0; d < c.y_extent[0]; ++d)
        for (std::int64_t h = 0; h < c.y_extent[1]; ++h)
          for (std::int64_t w = 0; w < c.y_extent[2]; ++w)
            for (std::int64_t r = 0; r < phase.residues(); ++r) {
              const Axes at{phase.first[0] + r / phase.count[2] / phase.count[1] + d * p.stride[0],
                            phase.first[1] + r / phase.count[2] % phase.count[1] + h * p.stride[1],
                            phase.first[2] + r % phase.count[2] + w * p.stride[2]};
              positions.insert((at[0] * p.x_extent[1] + at[1]) * p.x_extent[2] + at[2]);
            }
      if (!phase.has_taps) continue;
      std::int64_t pairs = phase.residues();
      for (int axis = 0; axis < kMaxRank; ++axis) pairs *= valid_tap_pairs(c, axis);
      taps += pairs;
    }
    const std::int64_t count = p.x_extent[0] * p.x_extent[1] * p.x_extent[2];
    EXPECT_EQ(std::set(positions.begin(), positions.end()).size(), static_cast<std::size_t>(count));
    EXPECT_EQ(positions.size(), static_cast<std::size_t>(count));
    std::int64_t expected = 1;
    for (int axis = 0; axis < kMaxRank; ++axis) expected *= valid_tap_pairs(p, axis);
    EXPECT_EQ(taps, expected);
  }
}

class OperationTest : public testing::TestWithParam<Operation> {};

TEST_P(OperationTest, IsExactOnIntegers) {
  for (const int threads : {1, 3}) {
    const int plans = for_each_plan(GetParam(), threads, [](Plan& plan, const ConvProblem& p) {
      const auto operands = operands_of(p, FillKind::kExactInteger, 1);
      const Defined expected = defined(p, operands);
      const Tensor found = run(plan, p, operands);
      for (std::size_t i = 0; i < expected.value.size(); ++i)
        ASSERT_EQ(found.values<float>()[i], expected.value[i]) << "output " << i;
    });
    EXPECT_GE(plans, 250);
  }
}

TEST_P(OperationTest, StaysWithinItsClaim) {
  for_each_plan(GetParam(), 1, [](Plan& plan, const ConvProblem& p) {
    const auto operands = operands_of(p, FillKind::kUniform, 2);
    const Defined expected = defined(p, operands);
    const Tensor found = run(plan, p, operands);
    const Claim claim = plan.claim();
    ASSERT_TRUE(claim.tree_height.has_value());
    ASSERT_LE(*claim.tree_height, std::max<std::int64_t>(p.term_count(), 1));
    // gamma(h) S, plus what the definition in double errs by, plus products that underflow.
    const auto h = static_cast<double>(*claim.tree_height);
    const auto n = static_cast<double>(std::max<std::int64_t>(p.term_count(), 1));
    const double relative = h * 0x1p-24 / (1 - h * 0x1p-24) + n * 0x1p-53 / (1 - n * 0x1p-53);
    for (std::size_t i = 0; i < expected.value.size(); ++i)
      ASSERT_LE(std::fabs(static_cast<double>(found.values<float>()[i]) - expected.value[i]),
                relative * expected.sum_abs[i] + h * 0x1p-150)
          << "output " << i;
  });
}

TEST_P(OperationTest, LeavesOutWhatLiesInThePadding) {
  for_each_plan(GetParam(), 1, [](Plan& plan, const ConvProblem& p) {
    auto operands = operands_of(p, FillKind::kExactInteger, 3);
    Tensor& other = p.operation == Operation::kDeconv ? operands.front() : operands.back();
    auto second = other.values<float>();
    for (std::size_t i = 0; i < second.size(); i += 7)
      second[i] = i % 2 == 0 ? std::numeric_limits<float>::infinity()
                             : std::numeric_limits<float>::quiet_NaN();
    const Defined expected = defined(p, operands);
    const Tensor found = run(plan, p, operands);
    for (std::size_t i = 0; i < expected.value.size(); ++i) {
      const float value = found.values<float>()[i];
      if (std::isnan(expected.value[i])) {
        ASSERT_TRUE(std::isnan(value)) << "output " << i << " is " << value;
      } else {
        ASSERT_EQ(value, expected.value[i]) << "output " << i;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(All, OperationTest, testing::Values(Operation::kDeconv, Operation::kWgrad),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST(Operation, HasTheSameBitsForEveryThreadCountKernelAndFusedTarget) {
  for (const char* descriptor :
       {"bias:deconv:mb1ic64oc48ih24oh48kh4sh2ph1", "deconv:mb2ic32oc32ih40oh81kh3sh2ph0",
        "deconv:mb1ic64oc64ih56oh56kh3ph1", "wgrad:mb3ic48oc32ih28oh28kh3ph1",
        "wgrad:g2mb1ic64oc64ih29oh15kh3sh2ph1"}) {
    const Result<ConvProblem> p = parse_problem(descriptor);
    ASSERT_TRUE(p) << p.error().message;
    const auto operands = operands_of(*p, FillKind::kNormal, 1);
    Tensor expected;
    for (const std::int64_t target : {HWY_AVX3_DL, HWY_AVX3, HWY_AVX2, HWY_NEON}) {
      hwy::SetSupportedTargetsForTest(0);
      if ((hwy::SupportedTargets() & target & HWY_TARGETS) == 0) continue;
      hwy::SetSupportedTargetsForTest(target);
      for (const std::string_view variant : variants()) {
        const auto engine = make_engine(variant);
        if (!engine.value()->supports(*p)) continue;
        for (const int threads : {1, 2, 3, 7}) {
          for (const LayoutChoice layout : kLayouts) {
            auto plan = engine.value()->prepare(*p, {.threads = threads, .layout = layout});
            ASSERT_TRUE(plan) << plan.error().message;
            const Tensor found = run(**plan, *p, operands);
            if (expected.size_bytes() == 0) expected = found;
            EXPECT_EQ(found, expected) << descriptor << " " << variant << " " << threads;
            EXPECT_EQ(run(**plan, *p, operands), expected) << "second run";
          }
        }
      }
    }
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST(Operation, IsDeclinedWithTheReason) {
  const auto reason = [](const char* descriptor) {
    const Result<ConvProblem> p = parse_problem(descriptor);
    if (!p) return p.error().message;
    const Status status = make_engine("").value()->supports(*p);
    return status ? std::string("supported") : status.error().message;
  };
  EXPECT_EQ(reason("deconv:reflect:mb1ic4oc4ih8oh8kh3ph1"),
            "padding mode reflect of a deconv; only zeros is supported");
  EXPECT_EQ(reason("deconv:mb1ic4oc4ih8oh72kh9sh9ph0"), "supported");
  // Taps 7 apart land on neighbouring residues in no order: every residue is a conv of its own.
  EXPECT_EQ(reason("deconv:mb1ic4oc4ih8oh200kh9sh20dh6ph0"),
            "stride and dilation make 81 convs of the deconv; at most 64");
  EXPECT_EQ(reason("wgrad:reflect:mb1ic4oc4ih8oh8kh3ph1"), "supported");
}

}  // namespace
}  // namespace convcheck::optimized
