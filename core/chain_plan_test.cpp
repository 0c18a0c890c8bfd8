// SPDX-License-Identifier: Apache-2.0
#include "core/chain_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "core/tensor.hpp"

// A refused allocation is what one test is about; the sanitizers would end the process instead.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }

namespace convcheck {
namespace {

// What the fake engine's plans ask for.
struct Demands {
  bool opaque = false;  // Every operand reversed, element by element, between two guards.
  std::size_t alignment_bytes = 1;
  std::size_t read_slack_bytes = 0;
  Claim claim;
  std::string algorithm = "fake";
  bool fail_run = false;
};

constexpr std::size_t kGuard = 16;

// Empty tensors have no address, which memcpy must not be given.
void copy_bytes(void* to, const void* from, std::size_t bytes) {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

// The definition in two dimensions, zero padding, f32; enough to tell operands apart.
class FakePlan final : public Plan {
 public:
  FakePlan(const ConvProblem& p, const Demands& demands) : p_(p), demands_(demands) {}

  Status pack(const void* w) override {
    packed_ = plain(Role::kW, w);
    return {};
  }

  Status run(const Operands& operands) override {
    if (demands_.fail_run) return fail(ErrorCode::kEngineFailed, "run: asked to fail");
    const Role written = p_.written();
    std::vector<float> values[4];
    for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
      const auto r = static_cast<std::size_t>(role);
      values[r].assign(static_cast<std::size_t>(element_count(p_.shape(role))), 0);
      if (role == written || (role == Role::kBias && !p_.has_bias)) continue;
      if (role == Role::kW) {
        values[r] = packed_;
        EXPECT_EQ(operands.w, nullptr);
      } else {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(operands.get(role)) % demands_.alignment_bytes,
                  0u);
        values[r] = plain(role, operands.get(role));
      }
    }
    compute(values);
    store(written, values[static_cast<std::size_t>(written)], operands.get(written));
    return {};
  }

  Claim claim() const override { return demands_.claim; }

  OperandLayout layout(Role role) const override {
    OperandLayout layout = plain_layout(p_, role);
    layout.alignment_bytes = std::max(layout.alignment_bytes, demands_.alignment_bytes);
    layout.read_slack_bytes = demands_.read_slack_bytes;
    if (!demands_.opaque) return layout;
    layout.opaque = true;
    layout.strides.clear();
    layout.bytes += 2 * kGuard;
    return layout;
  }

  Status import_operand(Role role, const void* from, void* to) override {
    if (!demands_.opaque) return Plan::import_operand(role, from, to);
    const auto* const data = static_cast<const float*>(from);
    store(role, {data, data + element_count(p_.shape(role))}, to);
    return {};
  }

  Status export_operand(Role role, const void* from, void* to) override {
    if (!demands_.opaque) return Plan::export_operand(role, from, to);
    const std::vector<float> values = plain(role, from);
    copy_bytes(to, values.data(), values.size() * sizeof(float));
    return {};
  }

  std::size_t workspace_bytes() const override { return 1000; }
  std::string algorithm() const override { return demands_.algorithm; }

 private:
  std::vector<float> plain(Role role, const void* address) const {
    std::vector<float> values(static_cast<std::size_t>(element_count(p_.shape(role))));
    const auto* bytes = static_cast<const std::byte*>(address) + (demands_.opaque ? kGuard : 0);
    copy_bytes(values.data(), bytes, values.size() * sizeof(float));
    if (demands_.opaque) std::reverse(values.begin(), values.end());
    // Reading the slack must be allowed: ASan sees whether the memory is there.
    volatile std::byte last{};
    if (demands_.read_slack_bytes != 0)
      last = bytes[values.size() * sizeof(float) + demands_.read_slack_bytes - 1];
    static_cast<void>(last);
    return values;
  }

  void store(Role, std::vector<float> values, void* address) const {
    auto* bytes = static_cast<std::byte*>(address);
    if (demands_.opaque) {
      std::reverse(values.begin(), values.end());
      std::memset(bytes, 0xAB, kGuard);
      bytes += kGuard;
      std::memset(bytes + values.size() * sizeof(float), 0xCD, kGuard);
    }
    copy_bytes(bytes, values.data(), values.size() * sizeof(float));
  }

  void compute(std::vector<float> (&values)[4]) const {
    auto& [x, w, bias, y] = values;
    const std::int64_t in_group = p_.in_channels / p_.groups;
    const std::int64_t out_group = p_.out_channels / p_.groups;
    const auto at = [](std::int64_t outer, std::int64_t h, std::int64_t wd, const Axes& extent) {
      return static_cast<std::size_t>((outer * extent[1] + h) * extent[2] + wd);
    };
    for (std::int64_t n = 0; n < p_.batch; ++n)
      for (std::int64_t m = 0; m < p_.out_channels; ++m)
        for (std::int64_t c = 0; c < in_group; ++c)
          for (std::int64_t oh = 0; oh < p_.y_extent[1]; ++oh)
            for (std::int64_t ow = 0; ow < p_.y_extent[2]; ++ow)
              for (std::int64_t kh = 0; kh < p_.w_extent[1]; ++kh)
                for (std::int64_t kw = 0; kw < p_.w_extent[2]; ++kw) {
                  const std::int64_t ih = oh * p_.stride[1] + kh * p_.dilation[1] - p_.pad_begin[1];
                  const std::int64_t iw = ow * p_.stride[2] + kw * p_.dilation[2] - p_.pad_begin[2];
                  if (ih < 0 || ih >= p_.x_extent[1] || iw < 0 || iw >= p_.x_extent[2]) continue;
                  const std::int64_t channel = m / out_group * in_group + c;
                  float& xv = x[at(n * p_.in_channels + channel, ih, iw, p_.x_extent)];
                  float& wv = w[at(m * in_group + c, kh, kw, p_.w_extent)];
                  float& yv = y[at(n * p_.out_channels + m, oh, ow, p_.y_extent)];
                  if (p_.operation == Operation::kConv) yv += xv * wv;
                  if (p_.operation == Operation::kDeconv) xv += yv * wv;
                  if (p_.operation == Operation::kWgrad) wv += xv * yv;
                }
    if (!p_.has_bias) return;
    std::vector<float>& out = p_.operation == Operation::kDeconv ? x : y;
    const std::size_t inner = out.size() / bias.size() / static_cast<std::size_t>(p_.batch);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += bias[i / inner % bias.size()];
  }

  ConvProblem p_;
  Demands demands_;
  std::vector<float> packed_;
};

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(std::vector<Demands> demands = {{}}) : demands_(std::move(demands)) {}
  const EngineInfo& info() const override { return info_; }
  Status supports(const ConvProblem& p) const override {
    if (p.padding_mode == PaddingMode::kZeros) return {};
    return fail(ErrorCode::kUnsupported, "padding mode {}", to_string(p.padding_mode));
  }
  // The plans of a chain ask for the demands in turn.
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions&) override {
    return std::make_unique<FakePlan>(p, demands_[next_++ % demands_.size()]);
  }

 private:
  EngineInfo info_{"fake", "1", "built in", "Apache-2.0"};
  std::vector<Demands> demands_;
  std::size_t next_ = 0;
};

Chain chain(const char* text) {
  const Result<NamedChain> parsed = parse_chain(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed->chain;
}

// The result on exact-integer data, with operands at `offset` bytes past a multiple of 64.
Tensor run(Engine& engine, const Chain& c, std::size_t offset = 0) {
  const std::vector<OperandSpec> specs = operand_specs(c);
  const std::vector<Tensor> inputs = fill_operands(c, FillKind::kExactInteger, 3);
  std::vector<std::vector<std::byte>> memory;
  std::vector<void*> addresses;
  std::size_t next = 0;
  for (const OperandSpec& spec : specs) {
    const std::size_t bytes =
        static_cast<std::size_t>(element_count(spec.shape)) * size_bytes(spec.type);
    memory.emplace_back(bytes + 128, std::byte{0xEE});
    void* start = memory.back().data();
    std::size_t space = memory.back().size();
    std::align(64, bytes, start, space);
    addresses.push_back(static_cast<std::byte*>(start) + offset);
    if (!spec.written) copy_bytes(addresses.back(), inputs[next++].data(), bytes);
  }
  Result<ChainPlan> plan = prepare_chain(engine, c, {});
  EXPECT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->pack(addresses));
  // The weights may change once they are packed.
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].role == Role::kW && !specs[i].written)
      std::memset(addresses[i], 0,
                  static_cast<std::size_t>(element_count(specs[i].shape)) * sizeof(float));
  EXPECT_TRUE(plan->run(addresses));
  const OperandSpec& written = specs[written_index(c)];
  Tensor out(written.type, written.shape);
  copy_bytes(out.data(), addresses[written_index(c)], out.size_bytes());
  return out;
}

const char* const kSingles[] = {"mb2ic3ih5oc4kh3ph1",          "bias:mb2ic3ih5oc4kh3ph1",
                                "g2mb1ic4ih6oc6kh3sh2ph1",     "deconv:mb1ic4ih3oc5kh3sh2ph1",
                                "deconv:bias:mb2ic4ih3oc5kh2", "wgrad:mb2ic3ih5oc4kh3ph1"};

const char* const kChain =
    "bias:g2mb2_ic4ih5_oc6_kh3ph1 | shuffle:3 | shuffle:2 | g3mb2_ic6ih5_oc3_kh2sh2ph1 | "
    "deconv:bias:mb2_ic3ih3_oc2_kh3sh2";

TEST(ChainPlan, LayoutAlignmentAndSlackChangeNothing) {
  Demands opaque;
  opaque.opaque = true;
  Demands aligned;
  aligned.alignment_bytes = 128;
  Demands slack;
  slack.read_slack_bytes = 40;
  Demands all = opaque;
  all.alignment_bytes = 256;
  all.read_slack_bytes = 16;
  std::vector<const char*> texts(std::begin(kSingles), std::end(kSingles));
  texts.push_back(kChain);
  for (const char* text : texts) {
    const Chain c = chain(text);
    FakeEngine plain;
    const Tensor expected = run(plain, c);
    // Data that are not zero, or the comparison proves nothing.
    EXPECT_FALSE(expected == Tensor(expected.type(), expected.shape())) << text;
    for (const std::size_t offset : {0, 4, 60}) {
      FakeEngine mixed({opaque, aligned, slack});
      for (const Demands& demands : {Demands{}, opaque, aligned, slack, all}) {
        FakeEngine engine({demands});
        EXPECT_TRUE(run(engine, c, offset) == expected) << text << " at " << offset;
      }
      EXPECT_TRUE(run(mixed, c, offset) == expected) << text << " at " << offset;
    }
  }
}

TEST(ChainPlan, EqualsItsStepsRunOneByOne) {
  const Chain c = chain("bias:mb1ic3ih5oc6kh3 | shuffle:2 | mb1ic6ih3oc2kh2");
  const std::vector<Tensor> in = fill_operands(c, FillKind::kExactInteger, 3);  // in, w0, bias0, w1
  const std::vector<ConvProblem> problems = c.problems();
  FakeEngine engine;
  Tensor middle(ElementType::kF32, problems[0].y_shape());
  Tensor shuffled(ElementType::kF32, problems[0].y_shape());
  Tensor out(ElementType::kF32, problems[1].y_shape());
  const auto step = [&](const ConvProblem& p, const Tensor& x, const Tensor& w, const Tensor* bias,
                        Tensor& y) {
    auto plan = engine.prepare(p, {});
    EXPECT_TRUE((*plan)->pack(w.data()));
    Operands operands;
    operands.x = const_cast<std::byte*>(x.data());
    operands.bias = bias == nullptr ? nullptr : const_cast<std::byte*>(bias->data());
    operands.y = y.data();
    EXPECT_TRUE((*plan)->run(operands));
  };
  step(problems[0], in[0], in[1], &in[2], middle);
  shuffle_channels(middle.data(), shuffled.data(), 1, 6, 2, 9 * sizeof(float));
  step(problems[1], shuffled, in[3], nullptr, out);
  EXPECT_TRUE(run(engine, c) == out);
}

TEST(ChainPlan, EmptyTensorsAreNoTrouble) {
  for (const char* text : {"mb0ic3ih5oc4kh3", "mb0ic4ih5oc4kh3 | shuffle:2 | mb0ic4ih3oc1kh1",
                           "ic4ih5iw5oc4oh0ow0kh3kw3ph0pw0 | ic4ih0iw0oc2oh0ow0kh1kw1ph0pw0"}) {
    FakeEngine engine;
    EXPECT_EQ(run(engine, chain(text)).count(), 0);
  }
}

TEST(ChainPlan, ClaimIsTheWeakest) {
  Demands first;
  first.claim = {AlgorithmClass::kDirect, 7, true, true, false};
  first.algorithm = "direct";
  Demands second;
  second.claim = {AlgorithmClass::kWinograd, 9, true, false, true};
  second.algorithm = "winograd";
  const Chain c = chain("mb1ic3ih5oc6kh3 | shuffle:2 | mb1ic6ih3oc2kh2");
  FakeEngine engine({first, second});
  const Result<ChainPlan> plan = prepare_chain(engine, c, {});
  ASSERT_TRUE(plan);
  const Claim claim = plan->claim();
  EXPECT_EQ(claim.algorithm, AlgorithmClass::kWinograd);
  EXPECT_EQ(claim.tree_height, std::nullopt);
  EXPECT_TRUE(claim.thread_invariant);
  EXPECT_FALSE(claim.deterministic);
  EXPECT_TRUE(claim.flushes_subnormals);
  EXPECT_EQ(plan->algorithm(), "direct | winograd");
  // Two plans of 1000, the result of the convolution and its shuffle.
  EXPECT_EQ(plan->workspace_bytes(), 2000 + 2 * 6 * 9 * sizeof(float));
}

TEST(ChainPlan, SingleProblemKeepsItsClaimAndPlan) {
  Demands demands;
  demands.claim.tree_height = 7;
  FakeEngine engine({demands});
  Result<ChainPlan> plan = prepare_chain(engine, chain("mb1ic3ih5oc6kh3"), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->claim().tree_height, 7);
  EXPECT_EQ(plan->plan(0).workspace_bytes(), 1000u);
}

TEST(ChainPlan, NamesTheStepThatIsNotSupported) {
  FakeEngine engine;
  const Chain c = chain("mb1ic3ih5oc6kh3 | shuffle:2 | reflect:mb1_ic6ih3_oc2_kh2");
  const Status supported = supports_chain(engine, c);
  ASSERT_FALSE(supported);
  EXPECT_EQ(supported.error(),
            (Error{ErrorCode::kUnsupported, "chain step 3: padding mode reflect"}));
  const Result<ChainPlan> plan = prepare_chain(engine, c, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), supported.error());
  const Result<ChainPlan> single = prepare_chain(engine, chain("reflect:mb1_ic6ih3_oc2_kh2"), {});
  ASSERT_FALSE(single);
  EXPECT_EQ(single.error().message, "padding mode reflect");
}

TEST(ChainPlan, RefusesInvalidChainsAndHugeOnes) {
  FakeEngine engine;
  EXPECT_FALSE(prepare_chain(engine, Chain{}, {}));
  // 2^50 bytes between the steps: more than an address space of tests is given.
  const Result<ChainPlan> plan =
      prepare_chain(engine, chain("mb1_ic1ih16777216_oc1_kh1 | mb1_ic1ih16777216_oc1_kh1"), {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(plan.error().message.find("do not fit in memory"), std::string::npos);
}

TEST(ChainPlan, NamesTheStepThatFails) {
  Demands failing;
  failing.fail_run = true;
  FakeEngine engine({Demands{}, failing});
  const Chain c = chain("mb1ic1ih3oc1kh2 | mb1ic1ih2oc1kh1");
  Result<ChainPlan> plan = prepare_chain(engine, c, {});
  ASSERT_TRUE(plan);
  std::vector<Tensor> tensors;
  for (const OperandSpec& spec : operand_specs(c)) tensors.emplace_back(spec.type, spec.shape);
  std::vector<void*> addresses;
  for (Tensor& tensor : tensors) addresses.push_back(tensor.data());
  ASSERT_TRUE(plan->pack(addresses));
  const Status ran = plan->run(addresses);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, "chain step 2: run: asked to fail");
}

TEST(ChainPlan, RefusesAnAlignmentThatIsNoPowerOfTwo) {
  Demands demands;
  demands.alignment_bytes = 24;
  FakeEngine engine({demands});
  const Result<ChainPlan> plan = prepare_chain(engine, chain("mb1ic3ih5oc6kh3"), {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "alignment_bytes of x is 24; an alignment is a power of two");
}

TEST(ShuffleChannels, IsTheTransposeOfGroupsAndChannels) {
  // Two images of six channels of one byte: (G, C/G) = (3, 2) becomes (2, 3).
  const std::string from = "abcdefABCDEF";
  std::string to(12, '.');
  shuffle_channels(from.data(), to.data(), 2, 6, 3, 1);
  EXPECT_EQ(to, "acebdfACEBDF");
  shuffle_channels(from.data(), to.data(), 2, 6, 1, 1);
  EXPECT_EQ(to, from);
  shuffle_channels(from.data(), to.data(), 2, 3, 3, 2);
  EXPECT_EQ(to, from);
}

TEST(ShuffleChannels, ByTheCofactorIsTheInverse) {
  const std::string from = "abcdefghijklmnopqrstuvwx";
  std::string there(24, '.');
  std::string back(24, '.');
  shuffle_channels(from.data(), there.data(), 1, 12, 3, 2);
  shuffle_channels(there.data(), back.data(), 1, 12, 4, 2);
  EXPECT_NE(there, from);
  EXPECT_EQ(back, from);
}

}  // namespace
}  // namespace convcheck
