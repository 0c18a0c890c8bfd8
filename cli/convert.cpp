// SPDX-License-Identifier: Apache-2.0
#include "cli/convert.hpp"

#include <set>

namespace convcheck::cli {
namespace {

using properties::Level;

// Data of a counterexample larger than this is reproduced from its seed, not from the report.
constexpr std::int64_t kMaxReportedValues = 4096;

reports::CounterexampleEntry counterexample_entry(const properties::Law& law,
                                                  const properties::Verdict& verdict) {
  const Case& c = *verdict.counterexample;
  reports::CounterexampleEntry entry;
  entry.problem = to_string(c.chain);
  entry.environment = c.environment;
  const properties::LawOperands specs = law.operands(c.chain);
  std::int64_t values = 0;
  for (const Tensor& tensor : c.operands) values += tensor.count();
  for (std::size_t i = 0; i < c.operands.size() && values <= kMaxReportedValues; ++i)
    entry.operands.emplace_back(specs[i].name, c.operands[i]);
  if (!verdict.judgement || !verdict.judgement->discrepancy) return entry;
  const properties::Discrepancy& d = *verdict.judgement->discrepancy;
  entry.operand = d.operand;
  entry.index = d.index;
  entry.position = d.position;
  entry.expected = d.expected;
  entry.found = d.found;
  entry.bound = d.bound;
  entry.differing = d.count;
  return entry;
}

reports::AccuracyEntry accuracy_entry(const properties::ProblemValidation& problem,
                                      const std::string& engine) {
  const properties::AccuracyStats& a = *problem.accuracy;
  const double share =
      a.outputs == 0 ? 0
                     : static_cast<double>(a.correctly_rounded) / static_cast<double>(a.outputs);
  return {engine,     problem.problem, problem.label,    to_string(FillKind::kNormal), a.outputs,
          a.max_ulps, share,           a.max_bound_used, a.max_error_over_us};
}

}  // namespace

reports::VerdictEntry verdict_entry(const properties::Law& law, const properties::Verdict& verdict,
                                    Level asked) {
  const bool demanded = law.level == Level::kRequired ||
                        (law.level == Level::kRecommended && asked != Level::kRequired);
  reports::VerdictEntry entry;
  entry.check = verdict.law;
  entry.statement = law.statement;
  entry.engine = verdict.engine;
  entry.problem = verdict.problem;
  entry.level = properties::to_string(law.level);
  entry.expected = law.expected == properties::Truth::kTrue ? "holds" : "refuted";
  entry.verdict = properties::to_string(verdict.kind);
  entry.failure = demanded && properties::is_failure(verdict, law.expected);
  entry.detail = verdict.detail;
  entry.cases = verdict.cases;
  entry.not_applicable = verdict.not_applicable;
  entry.seed = verdict.seed;
  entry.shrinks = verdict.shrinks;
  if (verdict.counterexample) entry.counterexample = counterexample_entry(law, verdict);
  entry.diagnosis = verdict.diagnosis;
  entry.reproducer = verdict.reproducer;
  entry.bound_used = verdict.bound_used;
  entry.seconds = verdict.seconds;
  return entry;
}

void add_validation(const properties::ValidationResult& result, const std::string& suite,
                    Level asked, reports::Document& document) {
  // Engines of one run are judged by the same results.
  std::set<std::pair<std::string, std::string>> known;
  for (const reports::ExactEntry& e : document.exact_results) known.emplace(e.problem, e.fill);
  for (const properties::ProblemValidation& problem : result.problems) {
    for (const properties::ExactResult& e : problem.exact)
      if (known.emplace(e.problem, to_string(e.fill)).second)
        document.exact_results.push_back(
            {e.problem, to_string(e.fill), e.seed, e.operands, e.result});
    if (!problem.declined.empty()) {
      reports::VerdictEntry entry;
      entry.check = "supported";
      entry.statement = "the engine takes the problem";
      entry.engine = result.engine.name;
      entry.suite = suite;
      entry.problem = problem.problem;
      entry.label = problem.label;
      entry.level = properties::to_string(Level::kInformative);
      entry.expected = "holds";
      entry.verdict = properties::to_string(properties::VerdictKind::kNotApplicable);
      entry.detail = problem.declined;
      entry.not_applicable = 1;
      document.verdicts.push_back(std::move(entry));
      continue;
    }
    for (const properties::PassVerdict& pass : problem.passes) {
      reports::VerdictEntry entry =
          verdict_entry(properties::pass_law(pass.pass), pass.verdict, asked);
      entry.suite = suite;
      entry.problem = problem.problem;
      entry.label = problem.label;
      document.verdicts.push_back(std::move(entry));
    }
    if (problem.accuracy) document.accuracy.push_back(accuracy_entry(problem, result.engine.name));
  }
}

}  // namespace convcheck::cli
