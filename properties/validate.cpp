// SPDX-License-Identifier: Apache-2.0
#include "properties/validate.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "core/fill.hpp"
#include "properties/diagnosis.hpp"
#include "properties/exact_hash.hpp"
#include "properties/shrink.hpp"

namespace convcheck::properties {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Validation {
 public:
  Validation(Runner& runner, const ValidateOptions& options)
      : runner_(runner), options_(options), expectations_(options) {}

  ProblemValidation judge(const SuiteLine& line) {
    const Clock::time_point start = Clock::now();
    const Chain& chain = line.problem.chain;
    ProblemValidation result;
    result.problem = to_string(chain);
    result.label = line.problem.name;
    result.family = line.family;
    result.line = line.line;
    result.macs = chain.nominal_macs();
    result.effort = effort_of(options_.profile, result.macs);
    if (Status supported = runner_.supports(chain); !supported) {
      result.declined = supported.error().message;
    } else {
      judge_passes(chain, result);
    }
    result.exact = expectations_.exact_results();
    expectations_.clear();
    result.seconds = seconds_since(start);
    return result;
  }

 private:
  void judge_passes(const Chain& chain, ProblemValidation& result) {
    const std::vector<PassCase> cases = problem_cases(chain, options_);
    bool timed_out = false;
    for (const Pass pass : kPasses) {
      const bool wanted =
          std::find(options_.passes.begin(), options_.passes.end(), pass) != options_.passes.end();
      if (!wanted) continue;
      const bool has_cases = std::any_of(cases.begin(), cases.end(),
                                         [&](const PassCase& c) { return c.pass == pass; });
      PassVerdict verdict{pass, pass_law(pass).level, start_verdict(pass, result.problem)};
      if (!has_cases) {
        verdict.verdict.kind = VerdictKind::kNotApplicable;
        verdict.verdict.detail = result.effort == Effort::kReduced
                                     ? "not run at reduced effort"
                                     : "not run with one number of threads";
      } else if (timed_out) {
        verdict.verdict.kind = VerdictKind::kGaveUp;
        verdict.verdict.detail = "not run, because the problem timed out in an earlier pass";
      } else {
        judge_pass(chain, cases, result, verdict);
        timed_out = verdict.verdict.kind == VerdictKind::kTimedOut;
      }
      result.passes.push_back(std::move(verdict));
    }
  }

  [[nodiscard]] Verdict start_verdict(Pass pass, const std::string& problem) const {
    Verdict verdict;
    verdict.law = to_string(pass);
    verdict.engine = runner_.engine().name;
    verdict.problem = problem;
    verdict.seed = options_.seed;
    verdict.reproducer =
        fmt::format("convcheck validate --engine '{}' --problem '{}' --passes {} --seed {}",
                    verdict.engine, problem, verdict.law, options_.seed);
    return verdict;
  }

  void judge_pass(const Chain& chain, const std::vector<PassCase>& cases, ProblemValidation& result,
                  PassVerdict& out) {
    const Clock::time_point start = Clock::now();
    Verdict& verdict = out.verdict;
    std::int64_t held = 0;
    std::string declined;
    std::string vacuous;
    for (const PassCase& pass_case : cases) {
      if (pass_case.pass != out.pass) continue;
      Result<PassQuestion> question = expectations_.question(chain, pass_case);
      if (!question) {
        ++verdict.not_applicable;
        declined = question.error().message;
        continue;
      }
      Expectation* const expectation = question->expectation;
      Case& c = question->c;
      CaseJudgement judged = judge_case(runner_, c, *expectation);
      ++result.runs;
      note(pass_case, judged.outcome, *expectation, result);
      Judgement& judgement = judged.judgement;
      if (judgement.kind == Judgement::Kind::kNotApplicable) {
        ++verdict.not_applicable;
        declined = std::move(judgement.detail);
        continue;
      }
      ++verdict.cases;
      if (judgement.bound_used)
        verdict.bound_used = std::max(verdict.bound_used.value_or(0), *judgement.bound_used);
      if (judgement.is_bad()) {
        refute(out.pass, std::move(c), std::move(judgement), verdict);
        break;
      }
      if (judgement.kind == Judgement::Kind::kHolds) ++held;
      if (judgement.kind == Judgement::Kind::kVacuous) vacuous = std::move(judgement.detail);
    }
    if (!verdict.judgement && held == 0) {
      verdict.kind = verdict.cases > 0 ? VerdictKind::kVacuous : VerdictKind::kNotApplicable;
      verdict.detail = verdict.cases > 0 ? vacuous : declined;
    }
    if (verdict.kind == VerdictKind::kHolds && result.effort == Effort::kReduced)
      verdict.detail = fmt::format("reduced effort: {} cases", verdict.cases);
    verdict.seconds = seconds_since(start);
  }

  // What a completed run says of the plan and, on the data of reports, of its accuracy.
  void note(const PassCase& pass_case, const Outcome& outcome, Expectation& expectation,
            ProblemValidation& result) const {
    if (outcome.kind != OutcomeKind::kCompleted || !outcome.output) return;
    result.claim = outcome.claim;
    result.algorithm = outcome.algorithm;
    const bool reported =
        pass_case.pass == Pass::kArithmetic && pass_case.fill == FillKind::kNormal;
    if (!reported || outcome.output->shape() != expectation.oracle().value.shape() ||
        outcome.output->type() != expectation.oracle().value.type())
      return;
    const Result<const OutputBounds*> bounds = expectation.bounds(outcome.claim, outcome.algorithm);
    if (!bounds) return;
    result.accuracy = accuracy(*outcome.output, expectation.oracle(), **bounds);
    result.bound_formula = (*bounds)->formula;
  }

  void refute(Pass pass, Case c, Judgement judgement, Verdict& verdict) {
    verdict.kind = VerdictKind::kRefuted;
    if (judgement.kind == Judgement::Kind::kCrashed) verdict.kind = VerdictKind::kCrashed;
    if (judgement.kind == Judgement::Kind::kTimedOut) verdict.kind = VerdictKind::kTimedOut;
    const Case found = c;
    std::string unshrunk;
    if (judgement.kind == Judgement::Kind::kTimedOut) {
      unshrunk = "a timeout is not shrunk";
    } else if (failures_[{pass, judgement.kind}]++ >= options_.shrunk_failures) {
      unshrunk = fmt::format("not shrunk, as {} like it were", options_.shrunk_failures);
    }
    if (unshrunk.empty()) {
      Shrunk shrunk = shrink_to_minimum(pass_law(pass), runner_, std::move(c), judgement,
                                        {.time_limit_seconds = options_.shrink_seconds});
      c = std::move(shrunk.smallest);
      judgement = std::move(shrunk.judgement);
      verdict.shrinks = shrunk.steps;
      verdict.diagnosis = diagnose(runner_, found, c, judgement,
                                   {.time_limit_seconds = options_.diagnosis_seconds});
    }
    verdict.detail = fmt::format("{}: {}", to_string(c.chain), judgement.detail);
    if (!unshrunk.empty()) verdict.detail += fmt::format(" ({})", unshrunk);
    verdict.counterexample = std::move(c);
    verdict.judgement = std::move(judgement);
  }

  Runner& runner_;
  const ValidateOptions& options_;
  ProblemExpectations expectations_;  // Of the problem at hand.
  std::map<std::pair<Pass, Judgement::Kind>, std::int64_t> failures_;
};

}  // namespace

const char* to_string(Profile profile) {
  switch (profile) {
    case Profile::kSmoke:
      return "smoke";
    case Profile::kStandard:
      return "standard";
    case Profile::kThorough:
      return "thorough";
  }
  return "";
}

Effort effort_of(Profile profile, double macs) {
  if (profile == Profile::kSmoke || macs > kFullEffortMacs) return Effort::kReduced;
  return profile == Profile::kStandard ? Effort::kFull : Effort::kThorough;
}

double operand_elements(const Chain& chain) {
  double elements = 0;
  for (const OperandSpec& spec : operand_specs(chain))
    elements += static_cast<double>(element_count(spec.shape));
  return elements;
}

std::vector<PassCase> problem_cases(const Chain& chain, const ValidateOptions& options) {
  PassScope scope;
  scope.work = chain.nominal_macs() + operand_elements(chain);
  scope.effort = effort_of(options.profile, chain.nominal_macs());
  scope.threads = options.threads;
  for (const ConvProblem& p : chain.problems())
    scope.terms = std::max(scope.terms, static_cast<double>(p.term_count()));
  return pass_cases(scope);
}

Result<PassQuestion> ProblemExpectations::question(const Chain& chain, const PassCase& pass_case) {
  const std::optional<Chain> varied = vary(chain, pass_case.variant);
  if (!varied) return fail(ErrorCode::kUnsupported, "the problem has no such variant");
  const std::pair key{pass_case.variant, pass_case.fill};
  auto found = known_.find(key);
  if (found == known_.end()) {
    CONVCHECK_ASSIGN(Expectation solved,
                     Expectation::solve(*varied, fill_operands(*varied, pass_case.fill, seed_),
                                        {oracle_threads_}));
    found = known_.emplace(key, std::move(solved)).first;
  }
  return PassQuestion{Case{*varied, found->second.operands(), pass_case.environment},
                      &found->second};
}

std::optional<Profile> parse_profile(std::string_view name) {
  for (const Profile profile : {Profile::kSmoke, Profile::kStandard, Profile::kThorough})
    if (name == to_string(profile)) return profile;
  return std::nullopt;
}

namespace {

ExactResult fingerprints(const Expectation& solved, FillKind fill, std::uint64_t seed) {
  return {to_string(solved.chain()), fill, seed, exact_hash(solved.operands()),
          exact_hash(solved.oracle().value)};
}

}  // namespace

std::vector<ExactResult> ProblemExpectations::exact_results() const {
  std::vector<ExactResult> results;
  for (const auto& [key, solved] : known_)
    results.push_back(fingerprints(solved, key.second, seed_));
  return results;
}

Result<ExactResult> exact_result(const Chain& chain, FillKind fill, std::uint64_t seed,
                                 int oracle_threads) {
  CONVCHECK_ASSIGN(const Expectation solved,
                   Expectation::solve(chain, fill_operands(chain, fill, seed), {oracle_threads}));
  return fingerprints(solved, fill, seed);
}

bool is_failure(const PassVerdict& verdict, Level asked) {
  return static_cast<int>(verdict.level) <= static_cast<int>(asked) &&
         is_failure(verdict.verdict, Truth::kTrue);
}

ValidationTotals ValidationResult::totals() const {
  ValidationTotals t;
  for (const ProblemValidation& problem : problems) {
    ++t.problems;
    if (!problem.declined.empty()) ++t.declined;
    for (const PassVerdict& pass : problem.passes) {
      const std::pair<VerdictKind, std::int64_t*> counters[] = {
          {VerdictKind::kHolds, &t.holds},
          {VerdictKind::kRefuted, &t.refuted},
          {VerdictKind::kCrashed, &t.crashed},
          {VerdictKind::kTimedOut, &t.timed_out},
          {VerdictKind::kVacuous, &t.vacuous},
          {VerdictKind::kGaveUp, &t.gave_up},
          {VerdictKind::kNotApplicable, &t.not_applicable}};
      for (const auto& [kind, counter] : counters)
        if (pass.verdict.kind == kind) ++*counter;
      if (is_failure(pass)) ++t.failures;
      if (pass.level == Level::kRequired)
        t.max_bound_used = std::max(t.max_bound_used, pass.verdict.bound_used.value_or(0));
    }
  }
  return t;
}

ValidationResult validate_engine(Runner& runner, std::span<const SuiteLine> lines,
                                 const ValidateOptions& options, const ProgressFn& progress) {
  CONVCHECK_CHECK(!options.threads.empty(), "a validation needs a number of threads");
  const Clock::time_point start = Clock::now();
  ValidationResult result;
  result.engine = runner.engine();
  Validation validation(runner, options);
  std::int64_t failures = 0;
  const auto go_on = [&](const std::string& next) {
    return !progress || progress({result.problems.size(), lines.size(), next, failures});
  };
  for (const SuiteLine& line : lines) {
    if (!go_on(to_string(line.problem.chain))) {
      result.complete = false;
      break;
    }
    result.problems.push_back(validation.judge(line));
    for (const PassVerdict& pass : result.problems.back().passes) failures += is_failure(pass);
  }
  if (result.complete) go_on("");
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace convcheck::properties
