// SPDX-License-Identifier: Apache-2.0
#include "reports/google_benchmark.hpp"

#include <algorithm>

namespace convcheck::reports {
namespace {

constexpr std::int64_t kMany = std::int64_t{1} << 53;

Result<std::string> text_or(const Node& node, const char* key, const char* otherwise) {
  if (!node.value.contains(key)) return otherwise;
  return text_at(node, key);
}

Result<double> seconds_per_unit(const Node& node) {
  CONVCHECK_ASSIGN(const std::string unit, text_or(node, "time_unit", "ns"));
  if (unit == "ns") return 1e-9;
  if (unit == "us") return 1e-6;
  if (unit == "ms") return 1e-3;
  if (unit == "s") return 1;
  return fail(ErrorCode::kParse, "{}/time_unit is '{}'; the units are ns, us, ms, s", node.path,
              unit);
}

// Adds one repetition to the timing of its run name and threads.
Status add_repetition(const Node& node, std::vector<TimingEntry>& timings) {
  CONVCHECK_ASSIGN(const std::string name, text_at(node, "name"));
  CONVCHECK_ASSIGN(const std::string run_name, text_or(node, "run_name", name.c_str()));
  const bool has_threads = node.value.contains("threads");
  CONVCHECK_ASSIGN(const std::int64_t threads,
                   has_threads ? integer_at(node, "threads", 1, 1 << 20) : Result<std::int64_t>(1));
  auto timing = std::find_if(timings.begin(), timings.end(), [&](const TimingEntry& t) {
    return t.problem == run_name && t.threads == threads;
  });
  if (timing == timings.end()) {
    timing = timings.insert(timings.end(), TimingEntry{});
    timing->problem = run_name;
    timing->threads = static_cast<int>(threads);
    timing->status = "timed";
  }
  if (node.value.contains("error_occurred")) {
    CONVCHECK_ASSIGN(const Node error, node.at("error_occurred"));
    CONVCHECK_ASSIGN(const bool failed, error.flag());
    if (failed) {
      CONVCHECK_ASSIGN(timing->reason, text_or(node, "error_message", "an error without a word"));
      timing->status = "failed";
      return {};
    }
  }
  CONVCHECK_ASSIGN(const double time, number_at(node, "real_time"));
  CONVCHECK_ASSIGN(const double unit, seconds_per_unit(node));
  CONVCHECK_ASSIGN(const std::int64_t calls, integer_at(node, "iterations", 1, kMany));
  if (!(time > 0) || !std::isfinite(time))
    return fail(ErrorCode::kParse, "{}/real_time is {}; a time is above 0", node.path, time);
  timing->samples_seconds.push_back(time * unit);
  timing->sample_calls.push_back(calls);
  return {};
}

}  // namespace

bool is_google_benchmark(const Json& json) {
  return json.is_object() && json.contains("context") && json.contains("benchmarks");
}

Result<Document> read_google_benchmark(const Node& root) {
  Document document;
  document.kind = "google-benchmark";
  CONVCHECK_ASSIGN(const Node context, root.at("context"));
  CONVCHECK_ASSIGN(document.started_at, text_or(context, "date", ""));
  CONVCHECK_ASSIGN(document.machine.cpu, text_or(context, "host_name", ""));
  CONVCHECK_ASSIGN(document.build.type, text_or(context, "library_build_type", ""));
  CONVCHECK_ASSIGN(const std::int64_t cores, integer_at(context, "num_cpus", 1, 1 << 20));
  document.machine.cores = static_cast<int>(cores);
  CONVCHECK_ASSIGN(const std::vector<Node> benchmarks, items_at(root, "benchmarks"));
  for (const Node& node : benchmarks) {
    CONVCHECK_ASSIGN(const std::string type, text_or(node, "run_type", "iteration"));
    if (type == "iteration") CONVCHECK_TRY(add_repetition(node, document.timings));
  }
  if (document.timings.empty() && !benchmarks.empty())
    return fail(ErrorCode::kParse,
                "/benchmarks holds aggregates only; samples are kept without "
                "--benchmark_report_aggregates_only");
  return document;
}

}  // namespace convcheck::reports
