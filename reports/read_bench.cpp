// SPDX-License-Identifier: Apache-2.0
#include "reports/read_bench.hpp"

#include <algorithm>
#include <iterator>

#include "reports/google_benchmark.hpp"
#include "reports/json_node.hpp"

namespace convcheck::reports {
namespace {

constexpr std::int64_t kMany = std::int64_t{1} << 53;
constexpr const char* kStatuses[] = {"timed",  "unsupported", "wrong",
                                     "failed", "dishonest",   "over-budget"};

Result<std::vector<double>> numbers_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const std::vector<Node> items, items_at(node, key));
  std::vector<double> numbers;
  for (const Node& item : items) {
    CONVCHECK_ASSIGN(const double number, item.number());
    numbers.push_back(number);
  }
  return numbers;
}

// Each above 0 and finite: what a ratio can be made of.
Result<std::vector<double>> amounts_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const std::vector<double> numbers, numbers_at(node, key));
  const auto odd = std::find_if(numbers.begin(), numbers.end(),
                                [](double v) { return !(v > 0) || !std::isfinite(v); });
  if (odd != numbers.end())
    return fail(ErrorCode::kParse, "{}/{}/{} is {}; it should be above 0 and finite", node.path,
                key, odd - numbers.begin(), *odd);
  return numbers;
}

Result<std::vector<std::string>> texts_at(const Node& node, const char* key) {
  CONVCHECK_ASSIGN(const std::vector<Node> items, items_at(node, key));
  std::vector<std::string> texts;
  for (const Node& item : items) {
    CONVCHECK_ASSIGN(std::string text, item.text());
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<Machine> read_machine(const Node& node) {
  Machine m;
  CONVCHECK_ASSIGN(m.cpu, text_at(node, "cpu"));
  CONVCHECK_ASSIGN(m.architecture, text_at(node, "architecture"));
  CONVCHECK_ASSIGN(const std::int64_t cores, integer_at(node, "cores", 1, 1 << 20));
  CONVCHECK_ASSIGN(const std::int64_t memory, integer_at(node, "memory_bytes", 0, kMany));
  CONVCHECK_ASSIGN(m.os, text_at(node, "os"));
  CONVCHECK_ASSIGN(m.kernel, text_at(node, "kernel"));
  CONVCHECK_ASSIGN(m.vector_targets, texts_at(node, "vector_targets"));
  m.cores = static_cast<int>(cores);
  m.memory_bytes = static_cast<std::uint64_t>(memory);
  return m;
}

Result<Build> read_build(const Node& node) {
  Build b;
  CONVCHECK_ASSIGN(b.version, text_at(node, "version"));
  CONVCHECK_ASSIGN(b.commit, text_at(node, "commit"));
  CONVCHECK_ASSIGN(b.compiler, text_at(node, "compiler"));
  CONVCHECK_ASSIGN(b.type, text_at(node, "type"));
  CONVCHECK_ASSIGN(b.sanitize, text_at(node, "sanitize"));
  return b;
}

Result<LimitEntry> read_limit(const Node& node) {
  LimitEntry limit;
  CONVCHECK_ASSIGN(limit.name, text_at(node, "name"));
  CONVCHECK_ASSIGN(limit.type, text_at(node, "type"));
  CONVCHECK_ASSIGN(const std::int64_t threads, integer_at(node, "threads", 1, 1 << 20));
  CONVCHECK_ASSIGN(limit.value, number_at(node, "value"));
  CONVCHECK_ASSIGN(limit.unit, text_at(node, "unit"));
  CONVCHECK_ASSIGN(limit.samples, amounts_at(node, "samples"));
  if (node.value.contains("by")) {
    CONVCHECK_ASSIGN(limit.by, text_at(node, "by"));
  }
  limit.threads = static_cast<int>(threads);
  return limit;
}

// One for each sample, or none.
Result<std::vector<int>> indices_at(const Node& node, const char* key) {
  std::vector<int> indices;
  if (!node.value.contains(key)) return indices;
  CONVCHECK_ASSIGN(const std::vector<Node> items, items_at(node, key));
  CONVCHECK_ASSIGN(const std::vector<Node> samples, items_at(node, "samples_seconds"));
  for (const Node& item : items) {
    CONVCHECK_ASSIGN(const std::int64_t index, item.integer(0, 1 << 20));
    indices.push_back(static_cast<int>(index));
  }
  if (indices.size() != samples.size())
    return fail(ErrorCode::kParse, "{}/{} has {} entries; there are {} samples", node.path, key,
                indices.size(), samples.size());
  return indices;
}

Status read_samples(const Node& node, TimingEntry& t) {
  CONVCHECK_ASSIGN(t.samples_seconds, amounts_at(node, "samples_seconds"));
  if (t.status == "timed" && t.samples_seconds.empty())
    return fail(ErrorCode::kParse, "{}/samples_seconds is empty, but the status is timed",
                node.path);
  CONVCHECK_ASSIGN(t.sample_launches, indices_at(node, "sample_launches"));
  CONVCHECK_ASSIGN(t.sample_blocks, indices_at(node, "sample_blocks"));
  return {};
}

Result<TimingEntry> read_timing(const Node& node) {
  TimingEntry t;
  CONVCHECK_ASSIGN(t.engine, text_at(node, "engine"));
  CONVCHECK_ASSIGN(t.suite, text_at(node, "suite"));
  CONVCHECK_ASSIGN(t.family, text_at(node, "family"));
  CONVCHECK_ASSIGN(t.problem, text_at(node, "problem"));
  CONVCHECK_ASSIGN(t.label, text_at(node, "label"));
  CONVCHECK_ASSIGN(const std::int64_t threads, integer_at(node, "threads", 1, 1 << 20));
  CONVCHECK_ASSIGN(t.layout, text_at(node, "layout"));
  CONVCHECK_ASSIGN(t.status, text_at(node, "status"));
  CONVCHECK_ASSIGN(t.reason, text_at(node, "reason"));
  CONVCHECK_ASSIGN(t.lower_bound_seconds, number_at(node, "lower_bound_seconds"));
  t.threads = static_cast<int>(threads);
  if (std::find(std::begin(kStatuses), std::end(kStatuses), t.status) == std::end(kStatuses))
    return fail(ErrorCode::kParse,
                "{}/status is '{}'; it is timed, unsupported, wrong, failed, "
                "dishonest or over-budget",
                node.path, t.status);
  if (node.value.contains("same_as")) {
    CONVCHECK_ASSIGN(t.same_as, text_at(node, "same_as"));
  }
  CONVCHECK_TRY(read_samples(node, t));
  return t;
}

Result<Document> read_report(const Node& root) {
  Document d;
  CONVCHECK_TRY(
      integer_at(root, "schema_version", kSchemaVersion, kSchemaVersion).map([](auto) {}));
  CONVCHECK_ASSIGN(d.kind, text_at(root, "kind"));
  if (d.kind != "bench")
    return fail(ErrorCode::kParse, "this is a report of {}; one of bench has timings", d.kind);
  CONVCHECK_ASSIGN(d.started_at, text_at(root, "started_at"));
  CONVCHECK_ASSIGN(const Node complete, root.at("complete"));
  CONVCHECK_ASSIGN(d.complete, complete.flag());
  CONVCHECK_ASSIGN(const Node machine, root.at("machine"));
  CONVCHECK_ASSIGN(d.machine, read_machine(machine));
  CONVCHECK_ASSIGN(const Node build, root.at("build"));
  CONVCHECK_ASSIGN(d.build, read_build(build));
  CONVCHECK_ASSIGN(const Node environment, root.at("environment"));
  if (!environment.value.is_object())
    return fail(ErrorCode::kParse, "/environment should be an object");
  for (const auto& [name, value] : environment.value.items()) {
    CONVCHECK_ASSIGN(std::string text, text_at(environment, name.c_str()));
    d.environment.emplace_back(name, std::move(text));
  }
  CONVCHECK_ASSIGN(const std::vector<Node> limits, items_at(root, "limits"));
  for (const Node& node : limits) {
    CONVCHECK_ASSIGN(LimitEntry limit, read_limit(node));
    d.limits.push_back(std::move(limit));
  }
  CONVCHECK_ASSIGN(const std::vector<Node> timings, items_at(root, "timings"));
  for (const Node& node : timings) {
    CONVCHECK_ASSIGN(TimingEntry timing, read_timing(node));
    d.timings.push_back(std::move(timing));
  }
  return d;
}

}  // namespace

Result<Document> read_bench(std::string_view text, std::string_view source) {
  CONVCHECK_ASSIGN(const Json json, parse_json(text, source));
  const Node root{json, ""};
  const bool ours = json.is_object() && json.contains("schema_version");
  const bool googles = !ours && is_google_benchmark(json);
  if (!ours && !googles)
    return fail(ErrorCode::kParse,
                "{}: neither a report of convcheck bench (\"schema_version\") nor one of Google "
                "Benchmark (\"context\", \"benchmarks\")",
                source);
  Result<Document> document = googles ? read_google_benchmark(root) : read_report(root);
  if (!document) return fail(ErrorCode::kParse, "{}: {}", source, document.error().message);
  return document;
}

}  // namespace convcheck::reports
