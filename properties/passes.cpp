// SPDX-License-Identifier: Apache-2.0
#include "properties/passes.hpp"

#include <algorithm>
#include <utility>

#include "core/problem_text.hpp"
#include "properties/calls.hpp"
#include "properties/generators.hpp"

namespace convcheck::properties {
namespace {

struct PassText {
  Pass pass;
  const char* id;
  const char* statement;
  Level level;
};

constexpr std::array<PassText, kPasses.size()> kTexts = {{
    {Pass::kIndexing, "indexing",
     "on integers whose sums are exact, the result is the exact one, for every number of threads",
     Level::kRequired},
    {Pass::kArithmetic, "arithmetic",
     "on rounding data, every output is within the bound derived from the claim", Level::kRequired},
    {Pass::kConditioning, "conditioning",
     "where sums cancel, every output is within the bound derived from the claim",
     Level::kRequired},
    {Pass::kMemory, "memory",
     "nothing outside the operands is read or written, at any alignment; inputs stay as they are; "
     "the whole output is written",
     Level::kRequired},
    {Pass::kState, "state", "earlier calls of a plan, on other data and weights, change nothing",
     Level::kRequired},
    {Pass::kThreads, "threads",
     "every number of threads is within the bound, with the same bits where that is claimed",
     Level::kRequired},
    {Pass::kLayout, "layout",
     "in the engine's preferred layouts the result is as right as in plain ones", Level::kRequired},
    {Pass::kConcurrency, "concurrency",
     "two plans run at the same time give the bits that each gives alone", Level::kRecommended},
    {Pass::kSpecial, "special",
     "NaN and Inf appear where IEEE 754 makes the definition's terms NaN or Inf, and nowhere else; "
     "subnormal results are within the bound",
     Level::kInformative},
    {Pass::kEnvironment, "environment",
     "calls leave rounding mode, flush modes, signal mask, descriptors and threads as they were, "
     "and no memory behind",
     Level::kRequired},
    {Pass::kRobustness, "robustness",
     "an empty batch and a kernel larger than x are computed as any other problem",
     Level::kRecommended},
}};

const PassText& text_of(Pass pass) { return kTexts[static_cast<std::size_t>(pass)]; }

Judgement failed(const Outcome& outcome) {
  Judgement judgement;
  judgement.detail = outcome.reason;
  switch (outcome.kind) {
    case OutcomeKind::kRefused:
      judgement.kind = Judgement::Kind::kNotApplicable;
      return judgement;
    case OutcomeKind::kCrashed:
      judgement.kind = Judgement::Kind::kCrashed;
      break;
    case OutcomeKind::kTimedOut:
      judgement.kind = Judgement::Kind::kTimedOut;
      break;
    default:
      judgement.kind = Judgement::Kind::kEngineFailed;
  }
  judgement.outcome = outcome;
  return judgement;
}

Judgement violated(std::string detail, std::optional<Discrepancy> discrepancy,
                   const Outcome& outcome) {
  Judgement judgement;
  judgement.kind = Judgement::Kind::kViolated;
  judgement.detail = std::move(detail);
  judgement.discrepancy = std::move(discrepancy);
  // The result itself stays out: verdicts are kept, and a large one is large.
  judgement.outcome = outcome;
  judgement.outcome->output.reset();
  return judgement;
}

// Against the same plan in other surroundings, where the claim promises the same bits.
std::optional<Judgement> bits_judgement(Runner& runner, const Case& c, const Outcome& outcome,
                                        const std::string& written) {
  Case base = c;
  if (outcome.claim.thread_invariant) base.environment.threads = 1;
  if (outcome.claim.deterministic) base.environment.prior_calls = 0;
  if (base.environment == c.environment) return std::nullopt;
  const Outcome expected = runner.run(base);
  if (expected.kind != OutcomeKind::kCompleted || !expected.output ||
      expected.output->shape() != outcome.output->shape())
    return std::nullopt;  // That run is a case of its own in every pass, and judged there.
  std::optional<Discrepancy> difference =
      first_bit_difference(*outcome.output, *expected.output, written);
  if (!difference) return std::nullopt;
  if (base.environment.threads == c.environment.threads) {
    // "Every run of one plan": another plan may have chosen another algorithm, and does so visibly.
    const Outcome again = runner.run(base);
    if (!again.output || !(*again.output == *expected.output)) return std::nullopt;
  }
  const std::string what =
      base.environment.threads != c.environment.threads
          ? fmt::format(
                "bits with {} threads differ from those with 1, which the plan claims equal",
                c.environment.threads)
          : fmt::format(
                "bits after {} earlier calls differ from those after none, which the plan "
                "claims equal",
                c.environment.prior_calls);
  return violated(what + ": " + describe(*difference, outcome.output->count()), difference,
                  outcome);
}

Judgement holds(Runner& runner, const Case& c) {
  Result<Expectation> expectation = Expectation::solve(c.chain, c.operands, {});
  if (!expectation) {
    Judgement judgement;
    judgement.kind = Judgement::Kind::kNotApplicable;
    judgement.detail = expectation.error().message;
    return judgement;
  }
  return judge_case(runner, c, *expectation).judgement;
}

// Cases come from suites; a seed alone gives the data that most of a pass's cases have.
template <Pass kPass>
Case make_case(const Chain& chain, std::uint64_t seed) {
  const std::vector<PassCase> all = pass_cases({});
  const auto found =
      std::find_if(all.begin(), all.end(), [](const PassCase& p) { return p.pass == kPass; });
  return {chain, fill_operands(chain, found->fill, seed), found->environment};
}

template <Pass kPass>
Law make_law() {
  const PassText& text = text_of(kPass);
  return {.id = text.id,
          .statement = text.statement,
          .source = "docs/validation.md",
          .level = text.level,
          .expected = Truth::kTrue,
          .draw = nullptr,
          .in_domain = [](const Chain& chain) { return validate(chain).has_value(); },
          .operands = plain_operands,
          .make_case = make_case<kPass>,
          .holds = holds};
}

}  // namespace

const char* to_string(Pass pass) { return text_of(pass).id; }

std::optional<Pass> parse_pass(std::string_view name) {
  for (const PassText& text : kTexts)
    if (name == text.id) return text.pass;
  return std::nullopt;
}

const Law& pass_law(Pass pass) {
  static const std::array<Law, kPasses.size()> laws = {
      make_law<Pass::kIndexing>(),     make_law<Pass::kArithmetic>(),
      make_law<Pass::kConditioning>(), make_law<Pass::kMemory>(),
      make_law<Pass::kState>(),        make_law<Pass::kThreads>(),
      make_law<Pass::kLayout>(),       make_law<Pass::kConcurrency>(),
      make_law<Pass::kSpecial>(),      make_law<Pass::kEnvironment>(),
      make_law<Pass::kRobustness>()};
  return laws[static_cast<std::size_t>(pass)];
}

std::optional<Chain> vary(const Chain& chain, Variant variant) {
  if (variant == Variant::kAsGiven) return chain;
  if (!chain.is_single()) return std::nullopt;
  ConvProblem p = chain.front();
  if (element_count(p.shape(p.written())) == 0) return std::nullopt;
  if (variant == Variant::kEmptyBatch) {
    p.batch = 0;
  } else {
    const Axes kernel = p.effective_kernel();
    for (std::size_t a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
      p.x_extent[a] = p.y_extent[a] = 1;
      p.pad_begin[a] = (kernel[a] - 1) / 2;
    }
  }
  if (p == chain.front() || !validate(p)) return std::nullopt;
  return Chain(p);
}

Result<Expectation> Expectation::solve(const Chain& chain, std::vector<Tensor> operands,
                                       const reference::OracleOptions& options) {
  Expectation expectation;
  CONVCHECK_ASSIGN(expectation.result_, reference::solve_chain(chain, operands, options));
  expectation.chain_ = chain;
  expectation.operands_ = std::move(operands);
  expectation.options_ = options;
  return expectation;
}

Result<const OutputBounds*> Expectation::bounds(const Claim& claim, std::string_view algorithm) {
  for (const Known& known : known_) {
    if (known.claim.algorithm == claim.algorithm && known.claim.tree_height == claim.tree_height &&
        known.claim.flushes_subnormals == claim.flushes_subnormals && known.algorithm == algorithm)
      return known.bounds.get();
  }
  CONVCHECK_ASSIGN(OutputBounds bounds,
                   chain_output_bounds(claim, algorithm, chain_, operands_, result_, options_));
  known_.push_back(
      {claim, std::string(algorithm), std::make_unique<const OutputBounds>(std::move(bounds))});
  return known_.back().bounds.get();
}

CaseJudgement judge_case(Runner& runner, const Case& c, Expectation& expectation) {
  CaseJudgement result;
  result.outcome = runner.run(c);
  const Outcome& outcome = result.outcome;
  Judgement& judgement = result.judgement;
  if (outcome.kind != OutcomeKind::kCompleted) {
    judgement = failed(outcome);
    return result;
  }
  const OperandSpec written = operand_specs(c.chain)[written_index(c.chain)];
  if (!outcome.output || outcome.output->type() != written.type ||
      outcome.output->shape() != written.shape) {
    judgement = violated(fmt::format("the answer is not {} {}", to_string(written.type),
                                     convcheck::to_string(written.shape)),
                         std::nullopt, outcome);
    judgement.kind = Judgement::Kind::kEngineFailed;
    return result;
  }
  if (!outcome.findings.empty()) {
    const Finding& first = outcome.findings.front();
    judgement =
        violated(fmt::format("{}: {}", to_string(first.kind), first.detail), std::nullopt, outcome);
    return result;
  }
  if (outcome.output->count() == 0) {
    judgement.kind = Judgement::Kind::kNotApplicable;
    judgement.detail = "the problem writes nothing; it was run, and it completed";
    return result;
  }
  Result<const OutputBounds*> bounds = expectation.bounds(outcome.claim, outcome.algorithm);
  if (!bounds) {
    judgement.kind = Judgement::Kind::kNotApplicable;
    judgement.detail = bounds.error().message;
    return result;
  }
  if (auto violation =
          first_violation(*outcome.output, expectation.oracle(), **bounds, written.name)) {
    judgement = violated(describe(*violation, outcome.output->count()), violation, outcome);
    return result;
  }
  judgement.bound_used = accuracy(*outcome.output, expectation.oracle(), **bounds).max_bound_used;
  if (auto bits = bits_judgement(runner, c, outcome, written.name)) {
    judgement = *std::move(bits);
  } else if ((*bounds)->unpromised == outcome.output->count()) {
    judgement.kind = Judgement::Kind::kVacuous;
    judgement.detail = "a partial sum of every output may overflow, so nothing is promised";
  }
  return result;
}

}  // namespace convcheck::properties
