// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/contest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace convcheck::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What the output holds before the last call. No value of a floating type is a NaN by chance; an
// integer may be right and look like one poison, but not like both: they differ in every second
// bit.
constexpr std::array<std::uint8_t, 2> kPoisons = {0xFF, 0xAA};

std::size_t poisons_of(const Chain& chain) {
  const ConvProblem& last = chain.back();
  return traits(last.type(last.written())).is_integer ? kPoisons.size() : 1;
}

// Requests by which a peer that times itself is held to the clock of whoever asks.
constexpr int kWholeRequests = 3;
constexpr std::int64_t kFewCalls = 2;
constexpr std::int64_t kManyCalls = 10;

// A result that is not right is no sample of anything.
void end(BenchEntry& entry, BenchStatus status, std::string reason) {
  entry.status = status;
  entry.reason = std::move(reason);
  entry.samples_seconds.clear();
  entry.sample_calls.clear();
  entry.sample_launches.clear();
  entry.sample_blocks.clear();
}

void end_with_error(BenchEntry& entry, const Error& error) {
  end(entry,
      error.code == ErrorCode::kUnsupported ? BenchStatus::kUnsupported : BenchStatus::kFailed,
      error.message);
}

void demand_calls(BenchEntry& entry, std::int64_t wanted, std::int64_t made) {
  if (wanted == made) return;
  end(entry, BenchStatus::kDishonest,
      fmt::format("it answers a request to time {} calls with {}", wanted, made));
}

bool is_in(const Contestant& contestant) { return contestant.entry.status == BenchStatus::kTimed; }

}  // namespace

void Contest::end_over_budget(BenchEntry& entry, double lower_bound_seconds) const {
  entry.lower_bound_seconds = lower_bound_seconds;
  end(entry, BenchStatus::kOverBudget,
      fmt::format("one call takes at least {:.3g} s; the budget is {:.3g} s", lower_bound_seconds,
                  options_.budget_seconds));
}

TimingRequest Contest::request() const {
  TimingRequest request;
  request.min_block_seconds = options_.min_block_seconds;
  request.budget_seconds = options_.budget_seconds;
  request.case_id = case_id_;
  return request;
}

TimingRequest Contest::last_request(std::size_t poison) const {
  TimingRequest wanted = request();
  wanted.last_operands = &changed_.operands();
  wanted.poison = kPoisons[poison];
  return wanted;
}

bool Contest::is_spent(const Contestant& contestant, double more_seconds) const {
  return contestant.spent_seconds + more_seconds >= options_.budget_seconds;
}

void Contest::verify(Contestant& contestant) {
  BenchEntry& entry = contestant.entry;
  show_(entry, "verify");
  Runner& runner = *contestant.launches.front();
  Outcome outcome;
  {
    const Running running(runner);
    if (const Status supported = runner.supports(case_.chain); !supported)
      return end_with_error(entry, supported.error());
    const auto start = Clock::now();
    outcome = runner.run(case_);
    contestant.spent_seconds = contestant.last_block_seconds = seconds_since(start);
  }
  contestant.claim = outcome.claim;
  entry.algorithm = outcome.algorithm;
  switch (outcome.kind) {
    case OutcomeKind::kCompleted:
      return verify_result(entry, outcome);
    case OutcomeKind::kRefused:
      return end(entry, BenchStatus::kUnsupported, outcome.reason);
    case OutcomeKind::kTimedOut:
      return end_over_budget(entry, std::min(contestant.spent_seconds, options_.budget_seconds));
    default:
      return end(entry, BenchStatus::kFailed,
                 fmt::format("{}: {}", to_string(outcome.kind), outcome.reason));
  }
}

void Contest::verify_result(BenchEntry& entry, const Outcome& outcome) {
  if (auto finding = disqualifying_finding(outcome))
    return end(entry, BenchStatus::kWrong, *std::move(finding));
  const auto verification = verifier_.verify(outcome);
  if (!verification) {
    return end(entry, BenchStatus::kFailed,
               fmt::format("cannot be verified: {}", verification.error().message));
  }
  entry.verified_outputs = verification->checked;
  entry.outputs = verification->outputs;
  entry.verified = !verification->wrong;
  if (verification->wrong) end(entry, BenchStatus::kWrong, *verification->wrong);
}

void Contest::time(std::vector<Contestant>& contestants) {
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    Contestant& contestant = contestants[i];
    contestant.unverified.assign(contestant.launches.size(), false);
    if (!contestant.is_twin) continue;
    // What is true of the engine before it is calls is true of its twin.
    const Contestant& original = contestants[i - 1];
    contestant.entry.status = original.entry.status;
    contestant.entry.reason = original.entry.reason;
    contestant.entry.verified = original.entry.verified;
    contestant.entry.verified_outputs = original.entry.verified_outputs;
    contestant.entry.outputs = original.entry.outputs;
    contestant.claim = original.claim;
    contestant.last_block_seconds = original.last_block_seconds;
    contestant.spent_seconds = original.spent_seconds;
  }
  for (int turn = 0; turn < options_.blocks; ++turn) {
    for (std::size_t k = 0; k < contestants.size(); ++k) {
      // Turns are dealt to the launches in rotation. Each launch sees the order A B, B A, A B, ...,
      // and so does the run as a whole: a drift of the machine's speed falls on all alike.
      const auto launches = static_cast<int>(contestants[k].launches.size());
      const bool backward = (turn / launches + turn % launches) % 2 != 0;
      Contestant& contestant = contestants[backward ? contestants.size() - 1 - k : k];
      if (stop_()) return;
      time_turn(contestant, turn);
    }
  }
  for (Contestant& contestant : contestants) {
    if (stop_()) return;
    if (is_in(contestant)) verify_unverified(contestant);
    if (is_in(contestant) && contestant.entry.self_timed) audit(contestant);
    if (!is_in(contestant) || contestant.is_twin) continue;
    time_conversion(contestant);
    BenchEntry& entry = contestant.entry;
    time_cold(contestant, CacheState::kColdWeights, entry.cold_weights_samples_seconds);
    time_cold(contestant, CacheState::kColdEverything, entry.cold_samples_seconds);
  }
}

void Contest::time_turn(Contestant& contestant, int turn) {
  const bool spent = is_spent(contestant) && !contestant.entry.samples_seconds.empty();
  if (!is_in(contestant) || spent) return;
  const auto launches = static_cast<int>(contestant.launches.size());
  const bool no_other_turn = turn + launches >= options_.blocks;
  // As if this block took as long as the one before, and the next one too.
  const bool no_other_budget = is_spent(contestant, 2 * contestant.last_block_seconds);
  time_block(contestant, static_cast<std::size_t>(turn % launches), turn,
             no_other_turn || no_other_budget);
}

void Contest::time_block(Contestant& contestant, std::size_t launch, int turn, bool last) {
  BenchEntry& entry = contestant.entry;
  show_(entry, "time");
  const std::size_t poison = launch % poisons_of(case_.chain);
  TimingRequest wanted = last ? last_request(poison) : request();
  // A number of calls that was asked for can be held against the clock of this process.
  if (!contestant.self_timings.empty()) {
    const double fastest =
        *std::min_element(entry.samples_seconds.begin(), entry.samples_seconds.end());
    wanted.calls = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(wanted.min_block_seconds / fastest)));
  }
  Runner& runner = *contestant.launches[launch];
  const auto start = Clock::now();
  const auto timing = [&] {
    const Running running(runner);
    return runner.time(case_, wanted);
  }();
  contestant.last_block_seconds = seconds_since(start);
  contestant.spent_seconds += contestant.last_block_seconds;
  if (!timing) return end_with_error(entry, timing.error());
  if (timing->over_budget) return end_over_budget(entry, timing->lower_bound_seconds);
  if (wanted.calls > 0) demand_calls(entry, wanted.calls, timing->calls);
  if (!is_in(contestant)) return;
  entry.samples_seconds.push_back(timing->seconds_per_call);
  entry.sample_calls.push_back(timing->calls);
  entry.sample_launches.push_back(static_cast<int>(launch));
  entry.sample_blocks.push_back(turn);
  entry.prepare_seconds = std::max(entry.prepare_seconds, timing->prepare_seconds);
  entry.pack_seconds = std::max(entry.pack_seconds, timing->pack_seconds);
  entry.workspace_bytes = timing->workspace_bytes;
  entry.allocations = std::max(entry.allocations, timing->allocations);
  entry.peak_memory_bytes = std::max(entry.peak_memory_bytes, timing->peak_memory_bytes);
  if (timing->counters.instructions || timing->counters.cycles) entry.counters = timing->counters;
  entry.algorithm = timing->algorithm;
  entry.self_timed = timing->self_timed;
  if (timing->self_timed) {
    contestant.self_timings.push_back(
        {timing->calls, timing->seconds_per_call * static_cast<double>(timing->calls),
         timing->wall_seconds});
  }
  contestant.unverified[launch] = !last;
  if (!last) return;
  contestant.verified_poisons[poison] = true;
  verify_last_call(contestant, *timing);
}

void Contest::verify_last_call(Contestant& contestant, const Timing& timing) {
  BenchEntry& entry = contestant.entry;
  if (!timing.last_output) {
    return end(entry, BenchStatus::kFailed,
               "the result of its last timed call, which was to be verified, did not come");
  }
  Outcome outcome;
  outcome.claim = contestant.claim;
  outcome.algorithm = timing.algorithm;
  outcome.output = timing.last_output;
  const auto verification = changed_.verify(outcome);
  if (!verification) {
    return end(
        entry, BenchStatus::kFailed,
        fmt::format("its last timed call cannot be verified: {}", verification.error().message));
  }
  if (!verification->wrong) {
    entry.verified_after = true;
    return;
  }
  entry.verified_after = false;
  end(entry, BenchStatus::kWrong,
      changed_.is_result_before(outcome)
          ? "right before it was timed, but not in its last timed call, on other operands: it gave "
            "the result of those of calls before"
          : fmt::format("right before it was timed, but not in its last timed call, on other "
                        "operands: {}",
                        *verification->wrong));
}

// A budget may end between two blocks; one launch writes over one poison.
void Contest::verify_unverified(Contestant& contestant) {
  for (std::size_t launch = 0; launch < contestant.launches.size(); ++launch) {
    if (contestant.unverified[launch])
      verify_one_more(contestant, launch, launch % poisons_of(case_.chain));
  }
  for (std::size_t poison = 0; poison < poisons_of(case_.chain); ++poison) {
    if (!contestant.verified_poisons[poison]) verify_one_more(contestant, 0, poison);
  }
}

void Contest::verify_one_more(Contestant& contestant, std::size_t launch, std::size_t poison) {
  if (!is_in(contestant)) return;
  show_(contestant.entry, "verify");
  TimingRequest wanted = last_request(poison);
  wanted.calls = 1;
  const Running running(*contestant.launches[launch]);
  const auto timing = contestant.launches[launch]->time(case_, wanted);
  if (!timing) return end_with_error(contestant.entry, timing.error());
  if (timing->over_budget) return end_over_budget(contestant.entry, timing->lower_bound_seconds);
  contestant.verified_poisons[poison] = true;
  verify_last_call(contestant, *timing);
}

// A peer's own times against the clock of this process.
void Contest::audit(Contestant& contestant) {
  BenchEntry& entry = contestant.entry;
  show_(entry, "audit");
  std::vector<SelfTiming> single;
  for (int i = 0; i < kWholeRequests && is_in(contestant); ++i)
    single.push_back(self_timing_of(contestant, 1));
  // The first block sized itself; of the others the number of calls is known.
  std::vector<SelfTiming> many(contestant.self_timings.begin() + 1, contestant.self_timings.end());
  if (many.empty() && is_in(contestant)) {
    const double call_seconds = entry.samples_seconds.front();
    const auto affordable = static_cast<std::int64_t>(options_.budget_seconds / call_seconds);
    many.push_back(self_timing_of(contestant, std::clamp(affordable, kFewCalls, kManyCalls)));
  }
  if (!is_in(contestant)) return;
  if (auto fault = self_timing_fault(single, many))
    end(entry, BenchStatus::kDishonest, *std::move(fault));
}

SelfTiming Contest::self_timing_of(Contestant& contestant, std::int64_t calls) {
  TimingRequest wanted = request();
  wanted.calls = calls;
  Runner& runner = *contestant.launches.front();
  const Running running(runner);
  const auto timing = runner.time(case_, wanted);
  if (!timing) {
    end_with_error(contestant.entry, timing.error());
    return {};
  }
  if (timing->over_budget) {
    end_over_budget(contestant.entry, timing->lower_bound_seconds);
    return {};
  }
  demand_calls(contestant.entry, calls, timing->calls);
  return {calls, timing->seconds_per_call * static_cast<double>(calls), timing->wall_seconds};
}

void Contest::time_conversion(Contestant& contestant) {
  if (!options_.time_conversion || options_.layout == LayoutChoice::kPlain) return;
  if (is_spent(contestant)) return;
  TimingRequest wanted = request();
  wanted.with_conversion = true;
  Runner& runner = *contestant.launches.front();
  const Running running(runner);
  const auto timing = runner.time(case_, wanted);
  if (timing && !timing->over_budget)
    contestant.entry.with_conversion_seconds = timing->seconds_per_call;
}

void Contest::time_cold(Contestant& contestant, CacheState caches, std::vector<double>& samples) {
  // A program's caches are flushed by nobody but itself.
  if (!options_.time_cold || contestant.entry.self_timed || is_spent(contestant)) return;
  show_(contestant.entry, to_string(caches));
  const std::vector<double>& hot = contestant.entry.samples_seconds;
  const double left = options_.budget_seconds - contestant.spent_seconds;
  const double affordable = left / *std::min_element(hot.begin(), hot.end());
  TimingRequest wanted = request();
  wanted.caches = caches;
  wanted.flush_bytes = flush_bytes_;
  wanted.calls = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::min<double>(options_.cold_calls, affordable)));
  Runner& runner = *contestant.launches.front();
  const auto start = Clock::now();
  const auto timing = [&] {
    const Running running(runner);
    return runner.time(case_, wanted);
  }();
  contestant.spent_seconds += seconds_since(start);
  if (!timing) return end_with_error(contestant.entry, timing.error());
  samples = timing->call_seconds;
}

}  // namespace convcheck::benchmarks
