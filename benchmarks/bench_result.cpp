// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bench.hpp"

#include <thread>

namespace convcheck::benchmarks {

BenchOptions quick_options() {
  BenchOptions options;
  options.blocks = 6;
  options.min_block_seconds = 0.02;
  options.budget_seconds = 1;
  options.time_conversion = false;
  options.time_cold = false;
  options.limit_samples = 2;
  options.verify.exact_macs = 2e9;
  options.verify.sample_macs = 2e8;
  return options;
}

const char* to_string(BenchStatus status) {
  switch (status) {
    case BenchStatus::kTimed:
      return "timed";
    case BenchStatus::kUnsupported:
      return "unsupported";
    case BenchStatus::kWrong:
      return "wrong";
    case BenchStatus::kFailed:
      return "failed";
    case BenchStatus::kDishonest:
      return "dishonest";
    case BenchStatus::kOverBudget:
      return "over-budget";
  }
  return "?";
}

std::optional<std::string> busy_machine(const BenchResult& result) {
  constexpr double kQuiet = 0.95;
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  for (const FmaPeak& peak : result.limits.peaks) {
    const double share = peak.median_cpu_share();
    if (peak.threads > processors || share >= kQuiet) continue;
    return fmt::format(
        "the machine was busy: {} thread{} of arithmetic got {:.0f} % of the processors",
        peak.threads, peak.threads == 1 ? "" : "s", 100 * share);
  }
  return std::nullopt;
}

}  // namespace convcheck::benchmarks
