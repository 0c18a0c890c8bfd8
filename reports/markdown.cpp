// SPDX-License-Identifier: Apache-2.0
#include "reports/markdown.hpp"

#include <fmt/core.h>

#include "reports/comparison.hpp"
#include "reports/difference.hpp"
#include "reports/known_failures.hpp"
#include "reports/law_cells.hpp"
#include "reports/score.hpp"
#include "reports/statements.hpp"
#include "reports/summary.hpp"

namespace convcheck::reports {
namespace {

void append_block(std::string& out, const Tensor& tensor, std::size_t axis, std::int64_t& next) {
  out += "[";
  for (std::int64_t i = 0; i < tensor.shape()[axis]; ++i) {
    if (i != 0) out += ", ";
    if (axis + 1 == tensor.shape().size())
      out += fmt::format("{}", tensor.value(next++));
    else
      append_block(out, tensor, axis + 1, next);
  }
  out += "]";
}

std::string environment_text(const Environment& e) {
  const Environment defaults;
  std::string out = fmt::format("{} thread{}", e.threads, e.threads == 1 ? "" : "s");
  if (e.layout == LayoutChoice::kPreferred) out += ", the engine's preferred layout";
  if (e.guard == GuardSide::kBefore) out += ", guard pages before the operands";
  if (e.misalignment_bytes != 0)
    out += fmt::format(", operands {} bytes past a multiple of 64", e.misalignment_bytes);
  if (!e.read_only_inputs) out += ", inputs writable";
  if (e.prior_calls != 0) out += fmt::format(", after {} calls on other data", e.prior_calls);
  if (e.concurrent_calls != 1) out += fmt::format(", {} plans at once", e.concurrent_calls);
  if (e.poison != defaults.poison) out += fmt::format(", output filled with {:#04x}", e.poison);
  return out;
}

std::string position_text(const std::vector<std::int64_t>& position) {
  return to_string(Shape(position.begin(), position.end()));
}

}  // namespace

std::string tensor_text(const Tensor& tensor, std::int64_t limit) {
  if (tensor.count() > limit)
    return fmt::format("{} values of shape {}", tensor.count(), to_string(tensor.shape()));
  if (tensor.shape().empty()) return "[]";
  std::string out;
  std::int64_t next = 0;
  append_block(out, tensor, 0, next);
  return out;
}

std::string failure_text(const VerdictEntry& v) {
  std::string out = fmt::format("{} {} by {}", v.check, v.verdict, v.engine);
  if (!v.problem.empty())
    out += fmt::format(" on {}{}", v.problem, v.label.empty() ? "" : fmt::format(" ({})", v.label));
  out += "\n";
  if (!v.statement.empty()) out += fmt::format("  demanded   {}\n", v.statement);
  if (v.expected == "refuted" && v.verdict == "holds")
    out += "  expected   a counterexample; none was found\n";
  if (!v.detail.empty()) out += fmt::format("  found      {}\n", v.detail);
  if (!v.diagnosis.empty()) out += fmt::format("  cause      {}\n", v.diagnosis);
  if (v.counterexample) {
    const CounterexampleEntry& c = *v.counterexample;
    out += fmt::format("  smallest   {}\n", c.problem);
    for (const auto& [name, tensor] : c.operands)
      out += fmt::format("  {:<9}  {}\n", name, tensor_text(tensor));
    if (!c.operand.empty()) {
      out += fmt::format("  at         {}{}: expected {}, found {}", c.operand,
                         position_text(c.position), c.expected, c.found);
      out += c.bound == 0
                 ? " (to the bit)"
                 : fmt::format(" (off by {:.3g}, allowed {:.3g})", c.found - c.expected, c.bound);
      out += c.differing > 1 ? fmt::format("; {} elements differ\n", c.differing) : "\n";
    }
    out += fmt::format("  with       {}\n", environment_text(c.environment));
  }
  if (!v.reproducer.empty()) out += fmt::format("  reproduce  {}\n", v.reproducer);
  return out;
}

std::string to_markdown(const Document& d) {
  std::string out = fmt::format("# convcheck {}\n\n", d.kind);
  const std::int64_t failures = failure_count(d);
  if (!d.verdicts.empty())
    out += fmt::format("**{}**: {} verdicts judged, {} failed{}.\n\n",
                       failures == 0 ? "No demanded law is violated" : "Violated", judged_count(d),
                       failures, d.complete ? "" : "; the run was interrupted");
  out += fmt::format("{}, {} cores, {}. convcheck {}{}, {}, {}. {}, {:.1f} s.\n\n", d.machine.cpu,
                     d.machine.cores, d.machine.os, d.build.version,
                     d.build.commit.empty() ? "" : fmt::format(" ({:.12})", d.build.commit),
                     d.build.compiler, d.build.type, d.started_at, d.seconds);
  if (!d.engines.empty()) out += "| engine | version | |\n|---|---|---|\n";
  for (const EngineEntry& e : d.engines)
    out += fmt::format("| {} | {} | {} |\n", e.name, e.version, e.available ? "" : e.reason);
  out += "\n";
  if (d.kind == "laws") {
    if (const Table laws = law_verdict_table(d); !laws.rows.empty())
      out += to_markdown(laws) + "\n";
    const std::vector<Table> cells = law_cell_tables(d);
    if (!cells.empty())
      out +=
          "The law table: Y holds, N refuted, ? not judged, ! not what mathematics says; a letter "
          "for each kind of operands where kinds differ.\n\n";
    for (const Table& table : cells) out += to_markdown(table) + "\n";
  } else if (!d.verdicts.empty()) {
    out +=
        "Verdicts that hold, of those judged (what an engine does not support is not "
        "counted):\n\n" +
        to_markdown(verdict_table(d)) + "\n";
  }
  if (!d.statements.empty())
    out += fmt::format("{}:\n\n{}\n", statement_counts(d), statements_markdown(d));
  if (!d.timings.empty())
    out +=
        "GFLOP/s over the taps inside the input, percent of the least time by this run's limits; * "
        "marks the fastest; the ratio is the best other engine's time over the first engine's, ~ "
        "where the noise is as large as the difference:\n\n" +
        to_markdown(timing_table(d)) + "\n";
  if (!d.scores.empty())
    out += fmt::format("{}:\n\n{}\n", score_heading(d.scores), to_markdown(score_table(d.scores)));
  if (const Table differences = difference_table(d); differences.rows.size() > 1)
    out += fmt::format("Results that differ in bits:\n\n{}\n", to_markdown(differences));
  if (d.comparison)
    out += fmt::format("**{}**\n\n{}\n{}\n", comparison_counts(d), comparison_terms(d),
                       to_markdown(comparison_table(d)));
  if (failures != 0) {
    out += "## Failures\n\n";
    for (const KnownFailure& e : d.known_failures)
      if (is_bad_state(e)) out += fmt::format("- {}\n", known_failure_text(e));
    for (const VerdictEntry& v : d.verdicts) {
      if (v.failure) out += fmt::format("```\n{}```\n\n", failure_text(v));
    }
  }
  return out;
}

}  // namespace convcheck::reports
