// SPDX-License-Identifier: Apache-2.0
#include "cli/difference.hpp"

#include "core/fill.hpp"
#include "reports/difference.hpp"

namespace convcheck::cli {
namespace {

reports::DifferenceSide side_entry(const properties::DiffSide& side, const std::string& engine,
                                   const DifferencePlace& place) {
  reports::DifferenceSide entry;
  entry.engine = engine;
  entry.ran = side.ran;
  entry.reason = side.reason;
  entry.algorithm = side.algorithm;
  entry.wrong = side.wrong.value_or("");
  if (side.accuracy) {
    const properties::AccuracyStats& s = *side.accuracy;
    const double share =
        s.outputs == 0 ? 0
                       : static_cast<double>(s.correctly_rounded) / static_cast<double>(s.outputs);
    entry.accuracy = {engine,
                      to_string(place.c->chain),
                      place.line->problem.name,
                      to_string(FillKind::kUniform),
                      s.outputs,
                      s.max_ulps,
                      share,
                      s.max_bound_used,
                      s.max_error_over_us};
  }
  return entry;
}

std::string hex(std::uint64_t bits, ElementType type) {
  return fmt::format("0x{:0{}x}", bits, 2 * size_bytes(type));
}

// What all verdicts of a difference share, judged already if an engine has no result.
reports::VerdictEntry new_verdict(const reports::DifferenceEntry& d, const char* check,
                                  const char* statement) {
  reports::VerdictEntry v;
  v.check = check;
  v.statement = statement;
  v.engine = d.b.engine;
  v.suite = d.suite;
  v.problem = d.problem;
  v.label = d.label;
  v.level = "required";
  v.expected = "holds";
  v.cases = 1;
  if (d.a.ran && d.b.ran) return v;
  v.detail = d.a.ran ? fmt::format("B has no result: {}", d.b.reason)
                     : fmt::format("A has no result: {}", d.a.reason);
  v.verdict = d.a.ran ? "refuted" : "not-applicable";
  v.cases = d.a.ran ? 1 : 0;
  v.not_applicable = 1 - v.cases;
  return v;
}

void decide(reports::VerdictEntry& v, bool unknown, bool holds, std::string detail) {
  v.verdict = unknown ? "gave-up" : holds ? "holds" : "refuted";
  v.detail = std::move(detail);
}

reports::VerdictEntry finished(reports::VerdictEntry v) {
  v.failure = v.verdict == "refuted";
  return v;
}

}  // namespace

reports::DifferenceEntry difference_entry(const properties::EngineDiff& diff,
                                          const DifferencePlace& place) {
  reports::DifferenceEntry entry;
  entry.suite = place.suite;
  entry.family = place.line->family;
  entry.problem = to_string(place.c->chain);
  entry.label = place.line->problem.name;
  entry.threads = place.c->environment.threads;
  entry.layout = place.c->environment.layout == LayoutChoice::kPlain ? "plain" : "preferred";
  entry.a = side_entry(diff.a, place.a, place);
  entry.b = side_entry(diff.b, place.b, place);
  entry.outputs = diff.outputs;
  entry.bits = to_string(diff.bits);
  entry.error = to_string(diff.error);
  entry.reason = diff.reason;
  if (diff.first) {
    const properties::BitDifference& f = *diff.first;
    entry.first = {f.index,
                   {f.position.begin(), f.position.end()},
                   hex(f.a_bits, diff.type),
                   hex(f.b_bits, diff.type),
                   f.a,
                   f.b,
                   f.ulps,
                   f.max_ulps,
                   f.differing};
  }
  return entry;
}

reports::VerdictEntry bits_verdict(const reports::DifferenceEntry& d) {
  reports::VerdictEntry v = new_verdict(d, "bits", "B gives A's bits");
  if (v.verdict.empty()) decide(v, d.bits == "unknown", d.bits == "same", reports::bits_text(d));
  return finished(std::move(v));
}

reports::VerdictEntry error_verdict(const reports::DifferenceEntry& d) {
  reports::VerdictEntry v = new_verdict(d, "error", "B's largest error is no larger than A's");
  if (v.verdict.empty())
    decide(v, d.error == "unknown", d.error == "same" || d.error == "smaller",
           reports::error_text(d));
  return finished(std::move(v));
}

}  // namespace convcheck::cli
