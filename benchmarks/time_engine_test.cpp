// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/time_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <thread>

#include "core/fill.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

// What an engine was asked to do, and how it is to behave.
struct Script {
  std::map<std::string, int> calls;
  std::chrono::microseconds sleep{0};
  std::optional<Error> run_error, prepare_error;
  int run_error_at = 1;
  bool skip_if_alike = false;           // Looks at x to see whether it has the result already.
  std::set<std::vector<float>> inputs;  // What x was in the calls.
  bool wrong_operand = false;           // An operand that was not what the plan's layout promises.
};

// y = x, element by element, for a 1x1 problem; opaque layouts hold the elements in reverse
// order.
class CopyPlan : public Plan {
 public:
  CopyPlan(Script& script, const ConvProblem& problem, bool opaque)
      : script_(script), problem_(problem), opaque_(opaque) {}

  Status pack(const void* w) override {
    ++script_.calls["pack"];
    first_weight_ = *static_cast<const float*>(w);
    return {};
  }

  Status run(const Operands& operands) override {
    const int call = ++script_.calls["run"];
    if (script_.sleep.count() > 0) std::this_thread::sleep_for(script_.sleep);
    if (script_.run_error && call >= script_.run_error_at)
      return tl::unexpected<Error>(*script_.run_error);
    const bool aligned = reinterpret_cast<std::uintptr_t>(operands.x) % 64 == 0 &&
                         reinterpret_cast<std::uintptr_t>(operands.y) % 64 == 0;
    if (!aligned || operands.w != nullptr) script_.wrong_operand = true;
    const auto* x = static_cast<const float*>(operands.x);
    script_.inputs.emplace(x, x + layout(Role::kX).bytes / sizeof(float));
    if (script_.skip_if_alike && call > 1 && std::memcmp(x, seen_, sizeof seen_) == 0) {
      std::memcpy(operands.y, kept_.data(), layout(Role::kX).bytes);
      return {};
    }
    std::memcpy(seen_, x, sizeof seen_);
    std::memcpy(operands.y, operands.x, layout(Role::kX).bytes);
    kept_.assign(x, x + layout(Role::kX).bytes / sizeof(float));
    return {};
  }

  [[nodiscard]] Claim claim() const override { return {}; }
  [[nodiscard]] OperandLayout layout(Role role) const override {
    OperandLayout layout = plain_layout(problem_, role);
    if (opaque_ && role != Role::kW) {
      layout.opaque = true;
      layout.strides.clear();
    }
    return layout;
  }
  Status import_operand(Role role, const void* plain, void* dst) override {
    ++script_.calls["import"];
    const std::size_t bytes = layout(role).bytes;
    if (opaque_ && role != Role::kW) {
      reverse(plain, bytes, dst);
    } else {
      std::memcpy(dst, plain, bytes);
    }
    return {};
  }
  Status export_operand(Role role, const void* src, void* plain) override {
    ++script_.calls["export"];
    if (opaque_ && role != Role::kW) {
      reverse(src, layout(role).bytes, plain);
    } else {
      std::memcpy(plain, src, layout(role).bytes);
    }
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const override { return 1234; }
  [[nodiscard]] std::string algorithm() const override { return "copy"; }

 private:
  static void reverse(const void* from, std::size_t bytes, void* to) {
    const auto* begin = static_cast<const float*>(from);
    std::reverse_copy(begin, begin + bytes / sizeof(float), static_cast<float*>(to));
  }

  Script& script_;
  ConvProblem problem_;
  bool opaque_;
  float first_weight_ = 0;
  float seen_[1] = {};
  std::vector<float> kept_;
};

class CopyEngine : public Engine {
 public:
  explicit CopyEngine(Script& script) : script_(script) {}
  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem&) const override { return {}; }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem,
                                        const PlanOptions& options) override {
    ++script_.calls["prepare"];
    if (script_.prepare_error) return tl::unexpected<Error>(*script_.prepare_error);
    return std::make_unique<CopyPlan>(script_, problem, options.layout == LayoutChoice::kPreferred);
  }

 private:
  Script& script_;
  EngineInfo info_{.name = "copy", .version = {}, .loaded = {}, .licence = {}};
};

Case make_case(const std::string& text, std::uint64_t seed = 1) {
  auto parsed = parse_chain(text);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return {.chain = parsed->chain,
          .operands = fill_operands(parsed->chain, FillKind::kUniform, seed),
          .environment = {}};
}

constexpr const char* kCopy = "mb1ic1ih8iw8oc1kh1kw1";
constexpr TimingRequest kShort{.min_block_seconds = 1e-4, .budget_seconds = 10};

class TimeEngineTest : public testing::Test {
 protected:
  Script script;
  CopyEngine engine{script};
  EngineTimer timer;
};

TEST_F(TimeEngineTest, TimesABlockOfAtLeastTheTimeAskedFor) {
  const auto timing = timer(engine, make_case(kCopy), kShort);
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_GE(timing->calls, 1);
  EXPECT_GT(timing->seconds_per_call, 0);
  EXPECT_GE(static_cast<double>(timing->calls) * timing->seconds_per_call,
            kShort.min_block_seconds * (1 - 1e-12));
  EXPECT_GE(script.calls["run"], timing->calls);
  EXPECT_FALSE(timing->over_budget);
  EXPECT_GT(timing->prepare_seconds, 0);
  EXPECT_GT(timing->pack_seconds, 0);
  EXPECT_EQ(timing->workspace_bytes, 1234U);
  EXPECT_EQ(timing->algorithm, "copy");
  EXPECT_FALSE(script.wrong_operand);
}

TEST_F(TimeEngineTest, PrintsNothingWhateverTheEnvironmentSays) {
  setenv("BENCHMARK_FORMAT", "json", 1);
  setenv("BENCHMARK_LIST_TESTS", "1", 1);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto timing = timer(engine, make_case(kCopy), kShort);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(timing.has_value());
  unsetenv("BENCHMARK_FORMAT");
  unsetenv("BENCHMARK_LIST_TESTS");
}

TEST_F(TimeEngineTest, ReusesThePlanForTheSameCase) {
  ASSERT_TRUE(timer(engine, make_case(kCopy), kShort).has_value());
  EngineTimer copy = timer;
  const auto again = copy(engine, make_case(kCopy), kShort);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->prepare_seconds, 0);
  EXPECT_EQ(again->pack_seconds, 0);
  EXPECT_EQ(script.calls["prepare"], 1);
  EXPECT_EQ(script.calls["pack"], 1);
}

TEST_F(TimeEngineTest, PacksAgainForOtherData) {
  ASSERT_TRUE(timer(engine, make_case(kCopy, 1), kShort).has_value());
  const auto again = timer(engine, make_case(kCopy, 2), kShort);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->prepare_seconds, 0);
  EXPECT_GT(again->pack_seconds, 0);
  EXPECT_EQ(script.calls["prepare"], 1);
  EXPECT_EQ(script.calls["pack"], 2);
}

// Whoever gives the numbers says what is the same.
TEST_F(TimeEngineTest, KnowsACaseByItsNumber) {
  TimingRequest request = kShort;
  request.case_id = 7;
  ASSERT_TRUE(timer(engine, make_case(kCopy, 1), request).has_value());
  ASSERT_TRUE(timer(engine, make_case(kCopy, 2), request).has_value());
  EXPECT_EQ(script.calls["pack"], 1);
  request.case_id = 8;
  ASSERT_TRUE(timer(engine, make_case(kCopy, 2), request).has_value());
  EXPECT_EQ(script.calls["pack"], 2);
  EXPECT_EQ(script.calls["prepare"], 1);
}

TEST_F(TimeEngineTest, PreparesAgainForOtherThreadsLayoutOrProblem) {
  Case c = make_case(kCopy);
  ASSERT_TRUE(timer(engine, c, kShort).has_value());
  c.environment.threads = 2;
  ASSERT_TRUE(timer(engine, c, kShort).has_value());
  c.environment.layout = LayoutChoice::kPreferred;
  ASSERT_TRUE(timer(engine, c, kShort).has_value());
  ASSERT_TRUE(timer(engine, make_case("mb1ic1ih7iw8oc1kh1kw1"), kShort).has_value());
  EXPECT_EQ(script.calls["prepare"], 4);
}

TEST_F(TimeEngineTest, KeepsConversionOutsideUnlessAsked) {
  Case c = make_case(kCopy);
  c.environment.layout = LayoutChoice::kPreferred;
  ASSERT_TRUE(timer(engine, c, kShort).has_value());
  EXPECT_EQ(script.calls["import"], 3);  // x and w, once; x to see where its elements lie.
  EXPECT_EQ(script.calls["export"], 0);

  const int runs = script.calls["run"];
  TimingRequest request = kShort;
  request.with_conversion = true;
  const auto timing = timer(engine, c, request);
  ASSERT_TRUE(timing.has_value());
  EXPECT_EQ(timing->prepare_seconds, 0);
  const int timed = script.calls["run"] - runs;
  EXPECT_GE(timed, timing->calls);
  EXPECT_EQ(script.calls["import"], 3 + timed);  // x; w is packed.
  EXPECT_EQ(script.calls["export"], timed);
}

TEST_F(TimeEngineTest, NoCallOfABlockSeesAnInputOfAnother) {
  for (const auto layout : {LayoutChoice::kPlain, LayoutChoice::kPreferred}) {
    Case c = make_case(kCopy);
    c.environment.layout = layout;
    script = {};
    TimingRequest request = kShort;
    request.calls = 1000;
    const auto timing = timer(engine, c, request);
    ASSERT_TRUE(timing.has_value()) << timing.error().message;
    EXPECT_EQ(timing->calls, 1000);
    EXPECT_EQ(script.inputs.size(), static_cast<std::size_t>(script.calls["run"]));
  }
}

// The copy's result is its input.
Tensor copy_of(const Tensor& x) { return x; }

TEST_F(TimeEngineTest, ReturnsTheResultOfTheLastCallOnOtherOperands) {
  for (const auto layout : {LayoutChoice::kPlain, LayoutChoice::kPreferred}) {
    for (const std::uint64_t id : {0, 1, 2, 3}) {
      const bool with_conversion = id % 2 == 1;
      Case c = make_case(kCopy);
      c.environment.layout = layout;
      const std::vector<Tensor> others = make_case(kCopy, 2).operands;
      TimingRequest request = kShort;
      request.with_conversion = with_conversion;
      request.last_operands = &others;
      request.case_id = id;
      for (int block = 0; block < 2; ++block) {  // The second finds the case's operands again.
        const auto timing = timer(engine, c, request);
        ASSERT_TRUE(timing.has_value()) << timing.error().message;
        ASSERT_TRUE(timing->last_output.has_value());
        EXPECT_TRUE(*timing->last_output == copy_of(others[0]));
      }
      EXPECT_FALSE(timer(engine, c, kShort)->last_output.has_value());
    }
  }
}

TEST_F(TimeEngineTest, AnEngineThatLooksForKnownInputsIsCaughtByItsLastResult) {
  script.skip_if_alike = true;
  const std::vector<Tensor> others = make_case(kCopy, 2).operands;
  TimingRequest request = kShort;
  request.last_operands = &others;
  // By what it takes the last input for: one that differs from it nearly nowhere.
  int wrong = 0;
  for (int i = 0; i < 20; ++i) {
    const auto timing = timer(engine, make_case(kCopy), request);
    ASSERT_TRUE(timing.has_value()) << timing.error().message;
    wrong += *timing->last_output == copy_of(others[0]) ? 0 : 1;
  }
  EXPECT_GE(wrong, 10);  // All, but where the one element is that which it looks at: 1 in 64.
}

TEST_F(TimeEngineTest, RefusesLastOperandsOfAnotherCase) {
  const std::vector<Tensor> others = make_case("mb1ic1ih7iw8oc1kh1kw1").operands;
  TimingRequest request = kShort;
  request.last_operands = &others;
  const auto timing = timer(engine, make_case(kCopy), request);
  ASSERT_FALSE(timing.has_value());
  EXPECT_EQ(timing.error().code, ErrorCode::kBadInput);
}

TEST_F(TimeEngineTest, StopsWhenACallIsOverBudget) {
  script.sleep = std::chrono::milliseconds(3);
  const Case c = make_case(kCopy);
  const TimingRequest request{.min_block_seconds = 1, .budget_seconds = 0.001};
  for (int i = 0; i < 2; ++i) {
    const auto timing = timer(engine, c, request);
    ASSERT_TRUE(timing.has_value()) << timing.error().message;
    EXPECT_TRUE(timing->over_budget);
    EXPECT_EQ(timing->calls, 0);
    EXPECT_GE(timing->lower_bound_seconds, 0.003);
    EXPECT_EQ(script.calls["run"], 1);  // Not called again to learn the same.
  }
}

TEST_F(TimeEngineTest, ReturnsTheEnginesErrors) {
  script.run_error = Error{ErrorCode::kEngineFailed, "the device is on fire"};
  for (const int at : {1, 3}) {  // The first call, and one within a block.
    script.run_error_at = script.calls["run"] + at;
    const auto timing = timer(engine, make_case(kCopy, static_cast<std::uint64_t>(at)), kShort);
    ASSERT_FALSE(timing.has_value());
    EXPECT_EQ(timing.error(), *script.run_error);
  }
  script.prepare_error = Error{ErrorCode::kUnsupported, "no odd heights"};
  const auto timing = timer(engine, make_case("mb1ic1ih7iw8oc1kh1kw1"), kShort);
  ASSERT_FALSE(timing.has_value());
  EXPECT_EQ(timing.error().code, ErrorCode::kUnsupported);
}

TEST_F(TimeEngineTest, RefusesOperandsOfAnotherCase) {
  Case c = make_case(kCopy);
  c.operands[0] = Tensor(ElementType::kF32, {1, 1, 8, 7});
  const auto wrong_shape = timer(engine, c, kShort);
  ASSERT_FALSE(wrong_shape.has_value());
  EXPECT_EQ(wrong_shape.error().code, ErrorCode::kBadInput);
  EXPECT_NE(wrong_shape.error().message.find("operand x"), std::string::npos);
  c.operands.clear();
  EXPECT_FALSE(timer(engine, c, kShort).has_value());
  c = make_case(kCopy);
  c.operands.emplace_back(ElementType::kF32, Shape{1});
  EXPECT_FALSE(timer(engine, c, kShort).has_value());
  EXPECT_EQ(script.calls["prepare"], 0);
}

TEST_F(TimeEngineTest, TimesAChain) {
  const auto timing = timer(engine, make_case(std::string(kCopy) + " | " + kCopy), kShort);
  ASSERT_TRUE(timing.has_value()) << timing.error().message;
  EXPECT_GE(timing->calls, 1);
  EXPECT_EQ(script.calls["prepare"], 2);
  EXPECT_GE(script.calls["run"], 2 * timing->calls);
}

}  // namespace
}  // namespace convcheck::benchmarks
