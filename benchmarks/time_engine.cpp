// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/time_engine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "benchmarks/cache_flush.hpp"
#include "benchmarks/google_block.hpp"
#include "benchmarks/memory_use.hpp"
#include "benchmarks/perf_counters.hpp"
#include "benchmarks/prepared_case.hpp"
#include "core/problem_text.hpp"
#include "core/random.hpp"

namespace convcheck::benchmarks {
namespace {

// From here on, what a first call pays beyond later ones (page faults, cold caches, waking threads:
// milliseconds) is below one percent, and the first call is as good a sample as another.
constexpr double kLongCallSeconds = 1;
// Untimed calls before a block, as a part of it: caches, branch predictors and sleeping threads.
constexpr double kWarmUpShare = 0.05;

// Before the first block of a plan: batches, each a part of a block, as long as each is faster than
// all before (a processor that speeds up, code that is still compiled, pages that are still
// mapped).
constexpr int kWarmUpBatches = 10;
constexpr double kStillFaster = 0.98;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Run : public TimedCall {
 public:
  explicit Run(PreparedCase& prepared) : prepared_(prepared) {}
  Status call() override {
    prepared_.change_input();
    return prepared_.run();
  }

 private:
  PreparedCase& prepared_;
};

class RunWithConversion : public TimedCall {
 public:
  explicit RunWithConversion(PreparedCase& prepared) : prepared_(prepared) {}
  Status call() override {
    prepared_.change_plain_input();
    return prepared_.run_with_conversion();
  }

 private:
  PreparedCase& prepared_;
};

// What the calls of a block take besides time.
class Observer {
 public:
  explicit Observer(Timing& timing) : timing_(timing), counters_(hardware_events()) {}

  void begin() {
    counters_.start();
    allocations_.emplace();
  }
  // After `calls` calls.
  void end(std::int64_t calls) {
    const std::optional<std::int64_t> allocations = allocations_->so_far();
    allocations_.reset();
    const std::vector<std::optional<double>> counts = counters_.stop();
    if (calls < 1) return;
    const auto per_call = [&](const auto& count) -> std::optional<double> {
      if (!count) return std::nullopt;
      return static_cast<double>(*count) / static_cast<double>(calls);
    };
    timing_.allocations = per_call(allocations);
    timing_.counters = {per_call(counts[0]), per_call(counts[1]), per_call(counts[2])};
  }

 private:
  Timing& timing_;
  PerfCounters counters_;
  std::optional<AllocationCount> allocations_;
};

// The same but for one in 1024 elements of every operand that is not packed, and one at least.
std::vector<Tensor> nearly(const std::vector<Tensor>& operands, const Chain& chain) {
  Random random(std::random_device{}());
  std::vector<Tensor> others;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(chain)) {
    if (spec.written) continue;
    const Tensor& operand = operands[next++];
    Tensor& tensor = others.emplace_back(is_packed(spec, chain) ? Tensor() : operand);
    if (tensor.count() == 0) continue;
    const std::size_t bytes = size_bytes(tensor.type());
    const std::int64_t count = tensor.count();
    for (std::int64_t i = 0; i <= count / 1024; ++i) {
      // Neither the first nor the last ones, at which an engine would look; and to another value.
      std::byte* const at =
          tensor.data() +
          static_cast<std::size_t>(count / 4 + random.below(count - count / 2)) * bytes;
      for (int attempt = 0; attempt < 16; ++attempt) {
        const std::byte* const from =
            operand.data() + static_cast<std::size_t>(random.below(count)) * bytes;
        if (std::memcmp(at, from, bytes) == 0) continue;
        std::memcpy(at, from, bytes);
        break;
      }
    }
  }
  return others;
}

// `last`: of a request's last operands.
Status check_operands(const Chain& chain, const std::vector<Tensor>& operands, bool last) {
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(chain)) {
    if (spec.written) continue;
    if (next == operands.size()) {
      return fail(ErrorCode::kBadInput, "operand {} of {} is missing", spec.name, to_string(chain));
    }
    const Tensor& tensor = operands[next++];
    if (last && is_packed(spec, chain)) continue;
    if (tensor.type() != spec.type || tensor.shape() != spec.shape) {
      return fail(ErrorCode::kBadInput, "operand {} of {} is {} {}; it must be {} {}", spec.name,
                  to_string(chain), to_string(tensor.type()), convcheck::to_string(tensor.shape()),
                  to_string(spec.type), convcheck::to_string(spec.shape));
    }
  }
  if (next != operands.size()) {
    return fail(ErrorCode::kBadInput, "{} takes {} operands, not {}", to_string(chain), next,
                operands.size());
  }
  return {};
}

}  // namespace

struct EngineTimer::State {
  const Engine* engine = nullptr;
  Chain chain;
  PlanOptions options;
  std::uint64_t case_id = 0;
  std::vector<Tensor> operands;  // Of a case without a number, to know it again.
  std::unique_ptr<PreparedCase> prepared;
  bool inputs_replaced = false;  // By those of a last call: the case's are placed before a block.
  // Fastest call seen of this plan, without and with conversion: what sizes the next block.
  std::array<std::optional<double>, 2> fastest_seconds;
  std::array<bool, 2> warm{};
  PeakMemory peak_memory;
  std::optional<CacheFlush> cache_flush;

  [[nodiscard]] bool fits(const Engine& e, const Case& c) const {
    return prepared != nullptr && engine == &e && chain == c.chain &&
           options.threads == c.environment.threads && options.layout == c.environment.layout;
  }

  // Plan and operands of the case; the seconds that this took go into `timing`.
  Status make_ready(Engine& e, const Case& c, std::uint64_t id, Timing& timing) {
    const bool same_plan = fits(e, c);
    const bool same_number = id != 0 && id == case_id;
    if (same_plan && (same_number || operands == c.operands)) return {};
    if (!same_plan) {
      prepared.reset();
      fastest_seconds = {};
      warm = {};
      keep(c, id);  // Before the memory is measured.
      peak_memory.reset();
      const PlanOptions wanted{.threads = c.environment.threads, .layout = c.environment.layout};
      CONVCHECK_ASSIGN(prepared, PreparedCase::make(e, c.chain, wanted, timing.prepare_seconds));
      engine = &e;
      chain = c.chain;
      options = wanted;
    }
    Status placed = prepared->place(c.operands);
    inputs_replaced = false;
    if (placed) {
      const auto start = Clock::now();
      placed = prepared->pack();
      timing.pack_seconds = seconds_since(start);
    }
    if (!placed) {
      prepared.reset();
      return placed;
    }
    keep(c, id);
    return {};
  }

  void keep(const Case& c, std::uint64_t id) {
    case_id = id;
    operands = id == 0 ? c.operands : std::vector<Tensor>();
  }

  // Each call after a flush, by itself.
  Status time_cold(const Case& c, const TimingRequest& request, Timing& timing) {
    if (std::exchange(inputs_replaced, false)) CONVCHECK_TRY(prepared->place_inputs(c.operands));
    if (!cache_flush || cache_flush->bytes() != request.flush_bytes)
      cache_flush.emplace(request.flush_bytes);
    Run run(*prepared);
    BlockPlan plan;
    plan.calls = std::max<std::int64_t>(1, request.calls);
    plan.before_each = [&] {
      cache_flush->flush(options.threads);
      if (request.caches == CacheState::kColdWeights) prepared->touch_activations();
    };
    CONVCHECK_ASSIGN(Block block, time_block(run, plan));
    timing.calls = block.calls;
    timing.seconds_per_call = block.seconds / static_cast<double>(block.calls);
    timing.call_seconds = std::move(block.call_seconds);
    return {};
  }

  // Calls that are not reported, until they become no faster.
  static Status warm_up(TimedCall& timed, double batch_seconds, double& fastest_seconds) {
    for (int batch = 0; batch < kWarmUpBatches; ++batch) {
      BlockPlan plan;
      plan.calls = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(std::ceil(batch_seconds / std::max(fastest_seconds, 1e-9))));
      CONVCHECK_ASSIGN(const Block block, time_block(timed, plan));
      const double seconds = block.seconds / static_cast<double>(block.calls);
      const bool still_faster = seconds < kStillFaster * fastest_seconds;
      fastest_seconds = std::min(fastest_seconds, seconds);
      if (!still_faster) return {};
    }
    return {};
  }

  // One block, sized by the fastest call seen so far.
  Status time(const Case& c, const TimingRequest& request, Timing& timing) {
    if (request.with_conversion) CONVCHECK_TRY(prepared->place_plain(c.operands));
    Run run(*prepared);
    RunWithConversion with_conversion(*prepared);
    TimedCall& timed = request.with_conversion ? static_cast<TimedCall&>(with_conversion) : run;
    std::optional<double>& fastest = fastest_seconds[request.with_conversion ? 1 : 0];
    const auto block_of = [&](std::int64_t calls, std::int64_t warm_up_calls) -> Result<Block> {
      if (std::exchange(inputs_replaced, false)) CONVCHECK_TRY(prepared->place_inputs(c.operands));
      BlockPlan plan;
      plan.calls = calls;
      plan.warm_up_calls = warm_up_calls;
      Observer observer(timing);
      plan.observe = [&](bool begin, std::int64_t seen) {
        begin ? observer.begin() : observer.end(seen);
      };
      if (request.last_operands != nullptr) {
        // An engine that looks at a part of its input to see whether it has the result already
        // sees the change before, and not this one.
        plan.before_last = [&](std::int64_t left) {
          inputs_replaced = true;
          prepared->poison_output(request.poison);
          return left == 1 ? prepared->replace_inputs(*request.last_operands)
                           : prepared->replace_inputs(nearly(*request.last_operands, chain));
        };
      }
      CONVCHECK_ASSIGN(const Block block, time_block(timed, plan));
      timing.calls = block.calls;
      timing.seconds_per_call = block.seconds / static_cast<double>(block.calls);
      fastest = std::min(fastest.value_or(timing.seconds_per_call), timing.seconds_per_call);
      return block;
    };

    if (!fastest) {
      CONVCHECK_ASSIGN(const Block first, block_of(1, 0));
      const bool within_budget = first.seconds <= request.budget_seconds;
      const bool long_enough =
          first.seconds >= std::max(kLongCallSeconds, request.min_block_seconds);
      if (within_budget && long_enough && request.calls <= 1) return {};
    }
    if (*fastest > request.budget_seconds) {
      timing.calls = 0;
      timing.seconds_per_call = 0;
      timing.over_budget = true;
      timing.lower_bound_seconds = *fastest;
      return {};
    }
    const bool asked = request.calls > 0 || *fastest >= request.min_block_seconds;
    if (!asked && !std::exchange(warm[request.with_conversion ? 1 : 0], true)) {
      if (std::exchange(inputs_replaced, false)) CONVCHECK_TRY(prepared->place_inputs(c.operands));
      CONVCHECK_TRY(warm_up(timed, request.min_block_seconds / kWarmUpBatches, *fastest));
    }
    for (;;) {
      // A clock that has not ticked says 0: no call takes less than a nanosecond.
      const double call_seconds = std::max(*fastest, 1e-9);
      const double calls = request.calls > 0 ? static_cast<double>(request.calls)
                                             : std::ceil(request.min_block_seconds / call_seconds);
      const double warm_up_calls =
          call_seconds < request.min_block_seconds ? std::ceil(kWarmUpShare * calls) : 0;
      CONVCHECK_ASSIGN(const Block block,
                       block_of(std::max<std::int64_t>(1, static_cast<std::int64_t>(calls)),
                                static_cast<std::int64_t>(warm_up_calls)));
      if (request.calls > 0 || block.seconds >= request.min_block_seconds) return {};
    }
  }
};

EngineTimer::EngineTimer() : state_(std::make_shared<State>()) {}

Result<Timing> EngineTimer::operator()(Engine& engine, const Case& c,
                                       const TimingRequest& request) {
  CONVCHECK_TRY(check_operands(c.chain, c.operands, false));
  if (request.last_operands != nullptr)
    CONVCHECK_TRY(check_operands(c.chain, *request.last_operands, true));
  Timing timing;
  CONVCHECK_TRY(state_->make_ready(engine, c, request.case_id, timing));
  PreparedCase& prepared = *state_->prepared;
  timing.workspace_bytes = prepared.workspace_bytes();
  timing.algorithm = prepared.algorithm();
  const bool hot = request.caches == CacheState::kHot;
  CONVCHECK_TRY(hot ? state_->time(c, request, timing) : state_->time_cold(c, request, timing));
  if (const std::optional<std::uint64_t> growth = state_->peak_memory.growth_bytes()) {
    const std::uint64_t operands = prepared.operand_bytes();
    timing.peak_memory_bytes = *growth > operands ? *growth - operands : 0;
  }
  if (request.last_operands != nullptr && !timing.over_budget) {
    CONVCHECK_ASSIGN(timing.last_output, prepared.output());
  }
  return timing;
}

}  // namespace convcheck::benchmarks
