// SPDX-License-Identifier: Apache-2.0
#include "reports/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.hpp"

namespace convcheck::reports {
namespace {

using Json = nlohmann::ordered_json;

Json number(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return v;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number(v));
  return list;
}

template <typename T>
void put_optional(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = number(*value);
}

Json tensor_json(const std::string& name, const Tensor& tensor) {
  Json values = Json::array();
  for (std::int64_t i = 0; i < tensor.count(); ++i) values.push_back(number(tensor.value(i)));
  return {{"name", name},
          {"type", to_string(tensor.type())},
          {"shape", tensor.shape()},
          {"values", std::move(values)}};
}

Json environment_json(const Environment& e) {
  return {{"threads", e.threads},
          {"layout", e.layout == LayoutChoice::kPlain ? "plain" : "preferred"},
          {"guard", e.guard == GuardSide::kAfter ? "after" : "before"},
          {"misalignment_bytes", e.misalignment_bytes},
          {"read_only_inputs", e.read_only_inputs},
          {"poison", e.poison},
          {"prior_calls", e.prior_calls},
          {"concurrent_calls", e.concurrent_calls}};
}

Json counterexample_json(const CounterexampleEntry& entry) {
  Json operands = Json::array();
  for (const auto& [name, tensor] : entry.operands) operands.push_back(tensor_json(name, tensor));
  Json json = {{"problem", entry.problem},
               {"operands", std::move(operands)},
               {"environment", environment_json(entry.environment)}};
  if (!entry.operand.empty()) {
    json["difference"] = {{"operand", entry.operand},     {"index", entry.index},
                          {"position", entry.position},   {"expected", number(entry.expected)},
                          {"found", number(entry.found)}, {"bound", number(entry.bound)},
                          {"differing", entry.differing}};
  }
  return json;
}

Json verdict_json(const VerdictEntry& v) {
  Json json = {{"check", v.check},
               {"statement", v.statement},
               {"engine", v.engine},
               {"suite", v.suite},
               {"problem", v.problem},
               {"label", v.label},
               {"level", v.level},
               {"expected", v.expected},
               {"verdict", v.verdict},
               {"failure", v.failure},
               {"detail", v.detail},
               {"cases", v.cases},
               {"not_applicable", v.not_applicable},
               {"seed", v.seed},
               {"shrinks", v.shrinks},
               {"reproducer", v.reproducer},
               {"seconds", number(v.seconds)}};
  put_optional(json, "bound_used", v.bound_used);
  if (!v.known_failure.empty()) json["known_failure"] = v.known_failure;
  if (!v.diagnosis.empty()) json["diagnosis"] = v.diagnosis;
  if (v.counterexample) json["counterexample"] = counterexample_json(*v.counterexample);
  return json;
}

Json statement_json(const StatementEntry& s) {
  Json evidence = Json::array();
  for (const EvidenceEntry& e : s.evidence)
    evidence.push_back({{"kind", e.kind},
                        {"name", e.name},
                        {"expected", e.expected},
                        {"found", e.found},
                        {"judged", e.judged},
                        {"cells", e.cells},
                        {"cases", e.cases},
                        {"detail", e.detail}});
  return {{"number", s.number},
          {"sentence", s.sentence},
          {"answer", s.answer},
          {"correction", s.correction},
          {"proof", s.proof},
          {"established", s.established},
          {"evidence", std::move(evidence)}};
}

Json ratio_json(const RatioEntry& r) {
  return {{"other", r.other},
          {"value", number(r.value)},
          {"low", number(r.low)},
          {"high", number(r.high)},
          {"confidence", number(r.confidence)},
          {"p_value", number(r.p_value)},
          {"bound", r.bound},
          {"call", r.call},
          {"text", r.text}};
}

void put_measured(Json& json, const TimingEntry& t) {
  json["verified_after"] = t.verified_after;
  json["self_timed"] = t.self_timed;
  json["noise_floor"] = number(t.noise_floor);
  json["compulsory_bytes"] = number(t.compulsory_bytes);
  json["limit_seconds"] = number(t.limit_seconds);
  json["limit_by"] = t.limit_by;
  json["limit_percent"] = number(t.limit_percent);
  if (!t.cold_weights_samples_seconds.empty())
    json["cold_weights_samples_seconds"] = numbers(t.cold_weights_samples_seconds);
  if (!t.cold_samples_seconds.empty())
    json["cold_samples_seconds"] = numbers(t.cold_samples_seconds);
  put_optional(json, "allocations", t.allocations);
  put_optional(json, "peak_memory_bytes", t.peak_memory_bytes);
  put_optional(json, "instructions", t.instructions);
  put_optional(json, "cycles", t.cycles);
  put_optional(json, "cache_misses", t.cache_misses);
  if (t.ratio) json["ratio"] = ratio_json(*t.ratio);
}

Json timing_json(const TimingEntry& t) {
  Json json = {{"engine", t.engine},
               {"suite", t.suite},
               {"family", t.family},
               {"problem", t.problem},
               {"label", t.label},
               {"threads", t.threads},
               {"layout", t.layout},
               {"status", t.status},
               {"reason", t.reason},
               {"algorithm", t.algorithm},
               {"verified", t.verified},
               {"verified_outputs", t.verified_outputs},
               {"outputs", t.outputs},
               {"samples_seconds", numbers(t.samples_seconds)},
               {"sample_calls", t.sample_calls},
               {"median_seconds", number(t.median_seconds)},
               {"with_conversion_seconds", number(t.with_conversion_seconds)},
               {"prepare_seconds", number(t.prepare_seconds)},
               {"pack_seconds", number(t.pack_seconds)},
               {"workspace_bytes", t.workspace_bytes},
               {"flops", number(t.flops)},
               {"nominal_flops", number(t.nominal_flops)},
               {"gflops", number(t.gflops)},
               {"peak_percent", number(t.peak_percent)},
               {"lower_bound_seconds", number(t.lower_bound_seconds)},
               {"best", t.best}};
  if (!t.sample_launches.empty()) json["sample_launches"] = t.sample_launches;
  if (!t.sample_blocks.empty()) json["sample_blocks"] = t.sample_blocks;
  if (!t.same_as.empty()) json["same_as"] = t.same_as;
  put_measured(json, t);
  return json;
}

Json machine_json(const Machine& m) {
  return {{"cpu", m.cpu},
          {"architecture", m.architecture},
          {"cores", m.cores},
          {"memory_bytes", m.memory_bytes},
          {"os", m.os},
          {"kernel", m.kernel},
          {"vector_targets", m.vector_targets}};
}

Json build_json(const Build& b) {
  return {{"version", b.version},
          {"commit", b.commit},
          {"compiler", b.compiler},
          {"type", b.type},
          {"sanitize", b.sanitize}};
}

Json engine_json(const EngineEntry& e) {
  return {{"name", e.name},       {"version", e.version},     {"loaded", e.loaded},
          {"licence", e.licence}, {"available", e.available}, {"reason", e.reason}};
}

Json accuracy_json(const AccuracyEntry& a) {
  return {{"engine", a.engine},
          {"problem", a.problem},
          {"label", a.label},
          {"fill", a.fill},
          {"outputs", a.outputs},
          {"max_ulps", number(a.max_ulps)},
          {"correctly_rounded", number(a.correctly_rounded)},
          {"max_bound_used", number(a.max_bound_used)},
          {"max_error_over_us", number(a.max_error_over_us)}};
}

Json limit_json(const LimitEntry& l) {
  Json json{{"name", l.name},           {"type", l.type}, {"threads", l.threads},
            {"value", number(l.value)}, {"unit", l.unit}, {"samples", numbers(l.samples)}};
  if (!l.by.empty()) json["by"] = l.by;
  return json;
}

Json cache_json(const CacheEntry& c) {
  return {{"level", c.level}, {"bytes", c.bytes}, {"shared_by", c.shared_by}, {"source", c.source}};
}

template <typename Score>
Json means_json(const Score& s) {
  return {{"problems", s.problems}, {"in_ratio", s.in_ratio}, {"ratio", number(s.ratio)},
          {"bound", s.bound},       {"timed", s.timed},       {"gflops", number(s.gflops)}};
}

Json score_json(const ScoreEntry& s) {
  Json json = means_json(s);
  json["engine"] = s.engine;
  json["threads"] = s.threads;
  json["families"] = Json::array();
  for (const FamilyScore& f : s.families) {
    Json family = means_json(f);
    family["suite"] = f.suite;
    family["family"] = f.family;
    json["families"].push_back(std::move(family));
  }
  return json;
}

Json comparison_json(const ComparisonEntry& c) {
  return {{"base_engine", c.base_engine},
          {"new_engine", c.new_engine},
          {"suite", c.suite},
          {"family", c.family},
          {"problem", c.problem},
          {"label", c.label},
          {"threads", c.threads},
          {"layout", c.layout},
          {"verdict", c.verdict},
          {"reason", c.reason},
          {"base_seconds", number(c.base_seconds)},
          {"new_seconds", number(c.new_seconds)},
          {"time_ratio", number(c.time_ratio)},
          {"ratio_low", number(c.ratio_low)},
          {"ratio_high", number(c.ratio_high)},
          {"confidence", number(c.confidence)},
          {"noise_floor", number(c.noise_floor)},
          {"p_value", number(c.p_value)},
          {"p_adjusted", number(c.p_adjusted)},
          {"base_samples", c.base_samples},
          {"new_samples", c.new_samples}};
}

Json side_json(const DifferenceSide& s) {
  Json json = {{"engine", s.engine},
               {"ran", s.ran},
               {"reason", s.reason},
               {"algorithm", s.algorithm},
               {"wrong", s.wrong}};
  if (s.accuracy) json["accuracy"] = accuracy_json(*s.accuracy);
  return json;
}

Json difference_json(const DifferenceEntry& d) {
  Json json = {{"suite", d.suite},    {"family", d.family},   {"problem", d.problem},
               {"label", d.label},    {"threads", d.threads}, {"layout", d.layout},
               {"a", side_json(d.a)}, {"b", side_json(d.b)},  {"outputs", d.outputs},
               {"bits", d.bits},      {"error", d.error},     {"reason", d.reason}};
  if (d.first) {
    const BitDifferenceEntry& f = *d.first;
    json["first"] = {{"index", f.index},        {"position", f.position},
                     {"a_bits", f.a_bits},      {"b_bits", f.b_bits},
                     {"a", number(f.a)},        {"b", number(f.b)},
                     {"ulps", number(f.ulps)},  {"max_ulps", number(f.max_ulps)},
                     {"differing", f.differing}};
  }
  return json;
}

Json terms_json(const ComparisonTerms& t) {
  return {{"base", t.base},           {"new", t.fresh},       {"min_effect", number(t.min_effect)},
          {"alpha", number(t.alpha)}, {"correction", "holm"}, {"notes", t.notes}};
}

template <typename T, typename Convert>
Json list_of(const std::vector<T>& items, Convert convert) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(convert(item));
  return list;
}

Json known_failure_json(const KnownFailure& e) {
  return {{"engine", e.engine},   {"check", e.check},       {"suite", e.suite},
          {"problem", e.problem}, {"versions", e.versions}, {"reason", e.reason},
          {"expires", e.expires}, {"state", e.state},       {"failing", e.failing},
          {"holding", e.holding}};
}

Json exact_json(const ExactEntry& e) {
  return {{"problem", e.problem},
          {"fill", e.fill},
          {"seed", e.seed},
          {"operands", fmt::format("{:016x}", e.operands)},
          {"result", fmt::format("{:016x}", e.result)}};
}

Json power_json(const PowerEntry& power) {
  Json escapes = Json::array();
  for (const auto& [share, chance] : power.escapes)
    escapes.push_back({{"share", number(share)}, {"chance", number(chance)}});
  return {{"basis", power.basis}, {"suites", power.suites},       {"faults", power.faults},
          {"seen", power.seen},   {"missed", power.missed},       {"problems", power.problems},
          {"asked", power.asked}, {"escapes", std::move(escapes)}};
}

}  // namespace

std::string to_json(const VerdictEntry& verdict) {
  return verdict_json(verdict).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_json(const Document& d) {
  Json environment = Json::object();
  for (const auto& [name, value] : d.environment) environment[name] = value;
  Json json = {{"schema_version", d.schema_version},
               {"tool", "convcheck"},
               {"kind", d.kind},
               {"arguments", d.arguments},
               {"started_at", d.started_at},
               {"seconds", number(d.seconds)},
               {"complete", d.complete},
               {"exit_code", d.exit_code},
               {"machine", machine_json(d.machine)},
               {"build", build_json(d.build)},
               {"environment", std::move(environment)},
               {"engines", list_of(d.engines, engine_json)},
               {"verdicts", list_of(d.verdicts, verdict_json)},
               {"accuracy", list_of(d.accuracy, accuracy_json)},
               {"limits", list_of(d.limits, limit_json)},
               {"timings", list_of(d.timings, timing_json)}};
  for (const KnownFailure& e : d.known_failures)
    json["known_failures"].push_back(known_failure_json(e));
  if (d.power) json["power"] = power_json(*d.power);
  if (!d.exact_results.empty()) json["exact_results"] = list_of(d.exact_results, exact_json);
  if (!d.caches.empty()) {
    json["caches"] = list_of(d.caches, cache_json);
    json["flush_bytes"] = d.flush_bytes;
  }
  if (!d.statements.empty()) json["statements"] = list_of(d.statements, statement_json);
  if (!d.scores.empty()) json["scores"] = list_of(d.scores, score_json);
  if (d.comparison) {
    json["comparison"] = terms_json(*d.comparison);
    json["comparisons"] = list_of(d.comparisons, comparison_json);
  }
  if (!d.differences.empty()) json["differences"] = list_of(d.differences, difference_json);
  // What a peer printed or a file is called may be no UTF-8: such bytes are replaced, not thrown
  // at.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status write_json(const Document& document, const std::string& path) {
  return write_file_atomically(path, to_json(document));
}

}  // namespace convcheck::reports
