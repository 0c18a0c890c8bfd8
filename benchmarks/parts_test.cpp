// SPDX-License-Identifier: Apache-2.0
// The parts of a timing that are not the time of calls in a row.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "benchmarks/google_block.hpp"
#include "benchmarks/time_engine.hpp"
#include "core/fill.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

struct Habits {
  bool allocates = false;
  std::size_t workspace_bytes = 0;  // Taken in every call, and given back.
  int calls = 0;
};

// y = x, element by element, for a 1x1 problem.
class CopyPlan : public Plan {
 public:
  CopyPlan(Habits& habits, const ConvProblem& problem)
      : habits_(habits), problem_(problem), bytes_(plain_layout(problem, Role::kX).bytes) {}
  Status pack(const void*) override { return {}; }
  Status run(const Operands& operands) override {
    ++habits_.calls;
    if (habits_.allocates) kept_ = std::make_unique<int>(habits_.calls);
    if (habits_.workspace_bytes != 0) {
      const std::vector<char> workspace(habits_.workspace_bytes, 1);
      last_ = workspace.back();
    }
    std::memcpy(operands.y, operands.x, bytes_);
    return {};
  }
  [[nodiscard]] Claim claim() const override { return {}; }
  [[nodiscard]] OperandLayout layout(Role role) const override {
    return plain_layout(problem_, role);
  }
  Status import_operand(Role role, const void* plain, void* dst) override {
    std::memcpy(dst, plain, layout(role).bytes);
    return {};
  }
  Status export_operand(Role role, const void* src, void* plain) override {
    std::memcpy(plain, src, layout(role).bytes);
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const override { return 0; }
  [[nodiscard]] std::string algorithm() const override { return "copy"; }

 private:
  Habits& habits_;
  ConvProblem problem_;
  std::size_t bytes_;
  std::unique_ptr<int> kept_;
  volatile char last_ = 0;
};

class CopyEngine : public Engine {
 public:
  explicit CopyEngine(Habits& habits) : habits_(habits) {}
  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem&) const override { return {}; }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem, const PlanOptions&) override {
    return std::make_unique<CopyPlan>(habits_, problem);
  }

 private:
  Habits& habits_;
  EngineInfo info_;
};

class Parts : public testing::Test {
 protected:
  Parts() {
    const auto parsed = parse_chain("mb1ic8ih16iw16oc8kh1kw1");
    c_ = {parsed->chain, fill_operands(parsed->chain, FillKind::kUniform, 1), {}};
    request_.calls = 20;
  }
  Timing time() {
    auto timing = timer_(engine_, c_, request_);
    if (!timing) throw std::runtime_error(timing.error().message);
    return *timing;
  }

  Habits habits_;
  CopyEngine engine_{habits_};
  EngineTimer timer_;
  Case c_;
  TimingRequest request_;
};

TEST_F(Parts, CountTheAllocationsOfACall) {
  const std::optional<double> none = time().allocations;
  if (!none) GTEST_SKIP() << "allocations are not counted in this build";
  EXPECT_EQ(none, 0);
  habits_.allocates = true;
  EXPECT_EQ(time().allocations, 1);
  // What is done for the last calls, other operands and poison, is not the engine's.
  const std::vector<Tensor> last = c_.operands;
  request_.last_operands = &last;
  EXPECT_EQ(time().allocations, 1);
}

TEST_F(Parts, HaveTheMemoryThatACallTakesAndGivesBack) {
  request_.calls = 2;
  const std::optional<std::uint64_t> before = time().peak_memory_bytes;
  if (!before) GTEST_SKIP() << "this kernel does not say";
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  habits_.workspace_bytes = kBytes;
  const std::uint64_t after = *time().peak_memory_bytes;
  EXPECT_GE(after, kBytes - (kBytes >> 4));
  EXPECT_LT(*before, kBytes / 2);
}

TEST_F(Parts, ColdCallsAreTimedEachByItself) {
  time();
  for (const CacheState caches : {CacheState::kColdWeights, CacheState::kColdEverything}) {
    habits_.calls = 0;
    request_.caches = caches;
    request_.calls = 5;
    request_.flush_bytes = 1 << 20;
    const Timing timing = time();
    EXPECT_EQ(timing.calls, 5);
    EXPECT_EQ(habits_.calls, 5);
    ASSERT_EQ(timing.call_seconds.size(), 5U);
    double sum = 0;
    for (const double seconds : timing.call_seconds) {
      EXPECT_GT(seconds, 0);
      sum += seconds;
    }
    EXPECT_NEAR(timing.seconds_per_call, sum / 5, 1e-3 * sum);
  }
}

class Nothing : public TimedCall {
 public:
  Status call() override {
    ++calls;
    return {};
  }
  int calls = 0;
};

TEST(Block, ObservesTheCallsBetweenWarmUpAndChange) {
  Nothing nothing;
  std::vector<std::int64_t> seen;
  BlockPlan plan;
  plan.calls = 10;
  plan.warm_up_calls = 3;
  plan.observe = [&](bool begin, std::int64_t calls) {
    seen.push_back(begin ? -nothing.calls : nothing.calls);
    if (!begin) seen.push_back(calls);
  };
  ASSERT_TRUE(time_block(nothing, plan).has_value());
  EXPECT_EQ(seen, (std::vector<std::int64_t>{-3, 13, 10}));
  seen.clear();
  nothing.calls = 0;
  plan.before_last = [](std::int64_t) -> Status { return {}; };
  ASSERT_TRUE(time_block(nothing, plan).has_value());
  EXPECT_EQ(seen, (std::vector<std::int64_t>{-3, 11, 8}));
}

}  // namespace
}  // namespace convcheck::benchmarks
