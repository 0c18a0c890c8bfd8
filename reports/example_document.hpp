// SPDX-License-Identifier: Apache-2.0
// A document with every field in use, for the tests of the writers.
#pragma once

#include <limits>

#include "reports/document.hpp"

namespace convcheck::reports {

inline Document example_document() {
  Document d;
  d.kind = "validate";
  d.arguments = {"validate", "--suite", "edge"};
  d.started_at = "2026-01-02T03:04:05Z";
  d.seconds = 1.5;
  d.machine = {"A CPU <one>", "x86_64", 2, 1u << 30, "Debian 12", "6.1", {"AVX3", "AVX2"}};
  d.build = {"0.1.0", "abc123", "GNU 12.2.0", "Release", ""};
  d.environment = {{"OMP_NUM_THREADS", "2"}};
  d.engines = {{"good", "1.0", "built in", "Apache-2.0", true, ""},
               {"bad", "0.9", "./libbad.so", "MIT", true, ""},
               {"gone", "", "", "", false, "no such file: ./gone.so"}};
  VerdictEntry holds;
  holds.check = "indexing";
  holds.statement = "y = conv(x, w), bitwise on exact integers";
  holds.engine = "good";
  holds.suite = "edge";
  holds.problem = "g1mb1_ic1iw3_oc1ow3_kw1sw1pw0dw0";
  holds.level = "required";
  holds.expected = "holds";
  holds.verdict = "holds";
  holds.cases = 2;
  holds.bound_used = 0.25;
  d.verdicts.push_back(holds);
  VerdictEntry skipped = holds;
  skipped.verdict = "not-applicable";
  skipped.detail = "good does not support reflect padding";
  skipped.cases = 0;
  skipped.not_applicable = 1;
  skipped.bound_used.reset();
  d.verdicts.push_back(skipped);
  VerdictEntry refuted = holds;
  refuted.engine = "bad";
  refuted.verdict = "refuted";
  refuted.failure = true;
  refuted.label = "a | b & \"c\" <d>";
  refuted.detail = "1 of 3 elements differs\x01 \xff";
  refuted.diagnosis = "outputs with ow >= 2 (the last 1) read x[iw+1]";
  refuted.seed = std::numeric_limits<std::uint64_t>::max();
  refuted.shrinks = 7;
  refuted.reproducer = "convcheck validate --engine so:./libbad.so --problem 'x'";
  CounterexampleEntry c;
  c.problem = holds.problem;
  Tensor x(ElementType::kF32, {1, 1, 3});
  x.set_value(0, 1);
  x.set_value(1, std::numeric_limits<double>::quiet_NaN());
  x.set_value(2, -std::numeric_limits<double>::infinity());
  c.operands.emplace_back("x", x);
  c.environment.layout = LayoutChoice::kPreferred;
  c.environment.guard = GuardSide::kBefore;
  c.operand = "y";
  c.index = 2;
  c.position = {0, 0, 2};
  c.expected = 3;
  c.found = 4;
  c.differing = 2;
  refuted.counterexample = c;
  d.verdicts.push_back(refuted);
  d.known_failures.push_back(
      {"bad", "*", "*", "*kw1*", "*", "reported", "2027-01-31", "met", 1, 0, ""});
  d.power = PowerEntry{"measured", {}, 3, 2, {"stale-weights"}, 7, 6, {{0.25, 0.5}}};
  d.accuracy.push_back({"good", holds.problem, "", "normal", 3, 0.5, 1.0, 0.25, 0.5});
  d.limits.push_back({"fma-peak", "f32", 1, 100, "GFLOP/s", {99, 100, 101}, "AVX3"});
  TimingEntry timed;
  timed.engine = "good";
  timed.suite = "edge";
  timed.problem = holds.problem;
  timed.layout = "preferred";
  timed.status = "timed";
  timed.verified = true;
  timed.samples_seconds = {1e-3, 2e-3, 3e-3};
  timed.sample_calls = {10, 10, 10};
  timed.median_seconds = 2e-3;
  timed.flops = timed.nominal_flops = 6e6;
  timed.gflops = 3;
  timed.peak_percent = 3;
  timed.best = true;
  timed.verified_after = true;
  timed.limit_by = "bandwidth-l1";
  timed.limit_percent = 41;
  timed.cold_weights_samples_seconds = {4e-3};
  timed.cold_samples_seconds = {5e-3};
  timed.allocations = 0;
  timed.peak_memory_bytes = 1e6;
  timed.instructions = 1e7;
  timed.ratio = RatioEntry{
      .other = "slow", .value = 5000, .bound = "at-least", .call = "faster", .text = ">= 5e+03"};
  d.timings.push_back(timed);
  TimingEntry other = timed;
  other.engine = "bad";
  other.status = "wrong";
  other.reason = "1 of 3 elements differs";
  other.verified = other.best = false;
  other.samples_seconds.clear();
  other.sample_calls.clear();
  other.verified_after = false;
  other.ratio.reset();
  d.timings.push_back(other);
  TimingEntry slow = timed;
  slow.engine = "slow";
  slow.status = "over-budget";
  slow.reason = "one call takes more than the budget of 10 s";
  slow.lower_bound_seconds = 10;
  slow.best = false;
  slow.samples_seconds.clear();
  slow.sample_calls.clear();
  slow.verified_after = false;
  slow.ratio.reset();
  d.timings.push_back(slow);
  TimingEntry again = timed;
  again.engine = "good (again)";
  again.same_as = "good";
  again.best = false;
  again.ratio.reset();
  again.sample_launches = {0, 0, 1};
  again.sample_blocks = {0, 1, 2};
  d.timings.push_back(again);
  d.statements.push_back({1,
                          "Convolution is translation invariant.",
                          "false",
                          "It is equivariant.",
                          "By definition.",
                          false,
                          {{"cells", "shift:conv", "holds", "mixed", 6, 6, 60, "x = [1]"},
                           {"law", "flip", "holds", "not-judged", 0, 1, 0, ""},
                           {"check", "a|b", "holds", "holds", 1, 1, 3, "3 of 3"}}});
  d.caches = {{1, 32768, 1, "sysfs"}};
  d.flush_bytes = 1 << 26;
  d.scores.push_back(
      {"good", 1, {{"edge", "f", 2, 1, 5000, "at-least", 1, 3}}, 2, 1, 5000, "at-least", 1, 3});
  d.exit_code = 1;
  d.exact_results = {{holds.problem, "normal", 1, 0x0123456789abcdef, 0xfedcba9876543210}};
  return d;
}

inline Document example_comparison() {
  Document d = example_document();
  d.kind = "compare";
  d.verdicts.clear();
  d.accuracy.clear();
  d.limits.clear();
  d.timings.clear();
  d.scores.clear();
  d.comparison = {"old.json", "new.json", 0.05, 0.05, {"the machine was busy"}};
  ComparisonEntry slower;
  slower.base_engine = slower.new_engine = "good";
  slower.suite = "edge";
  slower.problem = "g1mb1_ic1iw3_oc1ow3_kw1sw1pw0dw0";
  slower.layout = "preferred";
  slower.verdict = "slower";
  slower.base_seconds = 1e-3;
  slower.new_seconds = 1.1e-3;
  slower.time_ratio = 1.1;
  slower.ratio_low = 1.08;
  slower.ratio_high = 1.12;
  slower.confidence = 0.95;
  slower.noise_floor = 0.01;
  slower.p_value = 1e-5;
  slower.p_adjusted = 2e-5;
  slower.base_samples = slower.new_samples = 10;
  d.comparisons.push_back(slower);
  ComparisonEntry bound = slower;
  bound.label = "a | b";
  bound.new_seconds = 10;
  bound.time_ratio = 1e4;
  bound.new_samples = 0;
  bound.reason = "over budget now";
  d.comparisons.push_back(bound);
  ComparisonEntry lost = slower;
  lost.verdict = "lost";
  lost.reason = "wrong now: 1 of 3 elements differs";
  lost.new_seconds = lost.time_ratio = lost.ratio_low = lost.ratio_high = 0;
  lost.new_samples = 0;
  d.comparisons.push_back(lost);
  return d;
}

inline Document example_difference() {
  Document d = example_comparison();
  d.kind = "diff";
  DifferenceEntry e;
  e.suite = "edge";
  e.problem = d.comparisons[0].problem;
  e.layout = "preferred";
  e.a = {
      "old", true, "", "direct", AccuracyEntry{"old", e.problem, "", "uniform", 3, 1, 1, 0.25, 0.5},
      ""};
  e.b = e.a;
  e.b.engine = "new";
  e.b.accuracy->max_error_over_us = 0.75;
  e.outputs = 3;
  e.bits = "differ";
  e.error = "larger";
  e.first =
      BitDifferenceEntry{1, {0, 0, 1}, "0x3f800000", "0x3f800001", 1, 1.0000001192092896, 1, 2, 2};
  d.differences.push_back(e);
  DifferenceEntry unknown = e;
  unknown.first.reset();
  unknown.b.accuracy.reset();
  unknown.bits = unknown.error = "unknown";
  unknown.reason = "B does not repeat its own bits";
  d.differences.push_back(unknown);
  return d;
}

}  // namespace convcheck::reports
