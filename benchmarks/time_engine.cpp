// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/time_engine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "benchmarks/google_block.hpp"
#include "benchmarks/placement.hpp"
#include "core/chain_plan.hpp"
#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

// From here on, what a first call pays beyond later ones (page faults, cold caches, waking threads:
// milliseconds) is below one percent, and the first call is as good a sample as another.
constexpr double kLongCallSeconds = 1;
// Untimed calls before a block, as a part of it: caches, branch predictors and sleeping threads.
constexpr double kWarmUpShare = 0.05;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A case made ready to be called: plan, packed operand, operands in their places.
class Prepared : public TimedCall {
 public:
  // Copies the operands (order of operand_specs, the written one left out) to their places.
  virtual Status place(const std::vector<Tensor>& operands) = 0;
  virtual Status pack() = 0;
  // Operands converted from plain layout, call, result converted to plain layout.
  virtual Status call_with_conversion() = 0;
  [[nodiscard]] virtual std::size_t workspace_bytes() const = 0;
  [[nodiscard]] virtual std::string algorithm() const = 0;
};

constexpr std::array kRoles = {Role::kX, Role::kW, Role::kBias, Role::kY};

class PreparedProblem : public Prepared {
 public:
  static Result<std::unique_ptr<Prepared>> make(Engine& engine, const ConvProblem& problem,
                                                const PlanOptions& options, double& seconds) {
    auto prepared = std::make_unique<PreparedProblem>();
    prepared->problem_ = problem;
    const auto start = Clock::now();
    CONVCHECK_ASSIGN(prepared->plan_, engine.prepare(problem, options));
    seconds = seconds_since(start);
    for (const OperandSpec& spec : operand_specs(Chain(problem))) {
      const std::size_t i = index(spec.role);
      const OperandLayout layout = prepared->plan_->layout(spec.role);
      CONVCHECK_ASSIGN(prepared->native_[i], Placement::make(layout.bytes, layout.read_slack_bytes,
                                                             layout.alignment_bytes, i));
      const std::size_t bytes =
          static_cast<std::size_t>(element_count(spec.shape)) * size_bytes(spec.type);
      CONVCHECK_ASSIGN(prepared->plain_[i], Placement::make(bytes, 0, 1, i + kRoles.size()));
      prepared->operands_.set(spec.role, prepared->native_[i].data());
    }
    if (problem.operation != Operation::kWgrad) prepared->operands_.w = nullptr;
    return prepared;
  }

  Status place(const std::vector<Tensor>& operands) override {
    std::size_t next = 0;
    for (const OperandSpec& spec : operand_specs(Chain(problem_))) {
      if (spec.written) continue;
      const Tensor& tensor = operands[next++];
      const std::size_t i = index(spec.role);
      std::memcpy(plain_[i].data(), tensor.data(), tensor.size_bytes());
      CONVCHECK_TRY(plan_->import_operand(spec.role, plain_[i].data(), native_[i].data()));
    }
    return {};
  }

  Status pack() override {
    if (problem_.operation == Operation::kWgrad) return {};
    return plan_->pack(native_[index(Role::kW)].data());
  }

  Status call() override { return plan_->run(operands_); }

  Status call_with_conversion() override {
    const Role written = problem_.written();
    for (const Role role : kRoles) {
      const bool read = role != written && operands_.get(role) != nullptr;
      if (!read) continue;
      const std::size_t i = index(role);
      CONVCHECK_TRY(plan_->import_operand(role, plain_[i].data(), native_[i].data()));
    }
    CONVCHECK_TRY(plan_->run(operands_));
    const std::size_t i = index(written);
    return plan_->export_operand(written, native_[i].data(), plain_[i].data());
  }

  [[nodiscard]] std::size_t workspace_bytes() const override { return plan_->workspace_bytes(); }
  [[nodiscard]] std::string algorithm() const override { return plan_->algorithm(); }

 private:
  static std::size_t index(Role role) { return static_cast<std::size_t>(role); }

  ConvProblem problem_;
  std::unique_ptr<Plan> plan_;
  std::array<Placement, kRoles.size()> native_;  // By role, in the plan's layouts.
  std::array<Placement, kRoles.size()> plain_;
  Operands operands_;  // Null for what is packed or absent.
};

class PreparedChain : public Prepared {
 public:
  static Result<std::unique_ptr<Prepared>> make(Engine& engine, const Chain& chain,
                                                const PlanOptions& options, double& seconds) {
    const auto start = Clock::now();
    CONVCHECK_ASSIGN(ChainPlan plan, prepare_chain(engine, chain, options));
    seconds = seconds_since(start);
    auto prepared = std::make_unique<PreparedChain>();
    prepared->plan_.emplace(std::move(plan));
    for (const OperandSpec& spec : operand_specs(chain)) {
      const std::size_t bytes =
          static_cast<std::size_t>(element_count(spec.shape)) * size_bytes(spec.type);
      CONVCHECK_ASSIGN(Placement placed, Placement::make(bytes, 0, 1, prepared->places_.size()));
      prepared->addresses_.push_back(placed.data());
      prepared->places_.push_back(std::move(placed));
    }
    prepared->written_ = written_index(chain);
    return prepared;
  }

  Status place(const std::vector<Tensor>& operands) override {
    std::size_t next = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (i == written_) continue;
      const Tensor& tensor = operands[next++];
      std::memcpy(places_[i].data(), tensor.data(), tensor.size_bytes());
    }
    return {};
  }

  Status pack() override { return plan_->pack(addresses_); }
  Status call() override { return plan_->run(addresses_); }
  Status call_with_conversion() override { return call(); }
  [[nodiscard]] std::size_t workspace_bytes() const override { return plan_->workspace_bytes(); }
  [[nodiscard]] std::string algorithm() const override { return plan_->algorithm(); }

 private:
  std::optional<ChainPlan> plan_;
  std::vector<Placement> places_;
  std::vector<void*> addresses_;
  std::size_t written_ = 0;
};

class WithConversion : public TimedCall {
 public:
  explicit WithConversion(Prepared& prepared) : prepared_(prepared) {}
  Status call() override { return prepared_.call_with_conversion(); }

 private:
  Prepared& prepared_;
};

Status check_operands(const Case& c) {
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(c.chain)) {
    if (spec.written) continue;
    if (next == c.operands.size()) {
      return fail(ErrorCode::kBadInput, "operand {} of {} is missing", spec.name,
                  to_string(c.chain));
    }
    const Tensor& tensor = c.operands[next++];
    if (tensor.type() != spec.type || tensor.shape() != spec.shape) {
      return fail(ErrorCode::kBadInput, "operand {} of {} is {} {}; it must be {} {}", spec.name,
                  to_string(c.chain), to_string(tensor.type()),
                  convcheck::to_string(tensor.shape()), to_string(spec.type),
                  convcheck::to_string(spec.shape));
    }
  }
  if (next != c.operands.size()) {
    return fail(ErrorCode::kBadInput, "{} takes {} operands, not {}", to_string(c.chain), next,
                c.operands.size());
  }
  return {};
}

}  // namespace

struct EngineTimer::State {
  const Engine* engine = nullptr;
  Chain chain;
  PlanOptions options;
  std::vector<Tensor> operands;
  std::unique_ptr<Prepared> prepared;
  // Fastest call seen of this plan, without and with conversion: what sizes the next block.
  std::array<std::optional<double>, 2> fastest_seconds;

  [[nodiscard]] bool fits(const Engine& e, const Case& c) const {
    return prepared != nullptr && engine == &e && chain == c.chain &&
           options.threads == c.environment.threads && options.layout == c.environment.layout;
  }

  // Plan and operands of the case; the seconds that this took go into `timing`.
  Status make_ready(Engine& e, const Case& c, Timing& timing) {
    const bool same_plan = fits(e, c);
    if (same_plan && operands == c.operands) return {};
    if (!same_plan) {
      prepared.reset();
      fastest_seconds = {};
      const PlanOptions wanted{.threads = c.environment.threads, .layout = c.environment.layout};
      double& seconds = timing.prepare_seconds;
      CONVCHECK_ASSIGN(prepared, c.chain.is_single()
                                     ? PreparedProblem::make(e, c.chain.front(), wanted, seconds)
                                     : PreparedChain::make(e, c.chain, wanted, seconds));
      engine = &e;
      chain = c.chain;
      options = wanted;
    }
    Status placed = prepared->place(c.operands);
    if (placed) {
      const auto start = Clock::now();
      placed = prepared->pack();
      timing.pack_seconds = seconds_since(start);
    }
    if (!placed) {
      prepared.reset();
      return placed;
    }
    operands = c.operands;
    return {};
  }
};

EngineTimer::EngineTimer() : state_(std::make_shared<State>()) {}

Result<Timing> EngineTimer::operator()(Engine& engine, const Case& c,
                                       const TimingRequest& request) {
  CONVCHECK_TRY(check_operands(c));
  Timing timing;
  CONVCHECK_TRY(state_->make_ready(engine, c, timing));
  Prepared& prepared = *state_->prepared;
  timing.workspace_bytes = prepared.workspace_bytes();
  timing.algorithm = prepared.algorithm();

  WithConversion with_conversion(prepared);
  TimedCall& timed = request.with_conversion ? static_cast<TimedCall&>(with_conversion) : prepared;
  std::optional<double>& fastest = state_->fastest_seconds[request.with_conversion ? 1 : 0];
  const auto keep = [&](const Block& block) {
    timing.calls = block.calls;
    timing.seconds_per_call = block.seconds / static_cast<double>(block.calls);
    fastest = std::min(fastest.value_or(timing.seconds_per_call), timing.seconds_per_call);
  };

  if (!fastest) {
    CONVCHECK_ASSIGN(const Block first, time_block(timed, 1, 0));
    keep(first);
    const bool within_budget = first.seconds <= request.budget_seconds;
    const bool long_enough = first.seconds >= std::max(kLongCallSeconds, request.min_block_seconds);
    if (within_budget && long_enough) return timing;
  }
  if (*fastest > request.budget_seconds) {
    timing.calls = 0;
    timing.seconds_per_call = 0;
    timing.over_budget = true;
    timing.lower_bound_seconds = *fastest;
    return timing;
  }
  for (;;) {
    // A clock that has not ticked says 0: no call takes less than a nanosecond.
    const double call_seconds = std::max(*fastest, 1e-9);
    const double calls = std::ceil(request.min_block_seconds / call_seconds);
    const double warm_up_calls =
        call_seconds < request.min_block_seconds ? std::ceil(kWarmUpShare * calls) : 0;
    CONVCHECK_ASSIGN(const Block block,
                     time_block(timed, std::max<std::int64_t>(1, static_cast<std::int64_t>(calls)),
                                static_cast<std::int64_t>(warm_up_calls)));
    keep(block);
    if (block.seconds >= request.min_block_seconds) return timing;
  }
}

}  // namespace convcheck::benchmarks
