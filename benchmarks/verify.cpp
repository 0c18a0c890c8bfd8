// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/verify.hpp"

#include <algorithm>
#include <utility>

#include "core/problem_text.hpp"

namespace convcheck::benchmarks {
namespace {

bool bounds_each_output_alone(AlgorithmClass algorithm) {
  switch (algorithm) {
    case AlgorithmClass::kExact:
    case AlgorithmClass::kDirect:
    case AlgorithmClass::kTf32:
    case AlgorithmClass::kBf16:
      return true;
    case AlgorithmClass::kWinograd:
    case AlgorithmClass::kFft:
      return false;
  }
  return false;
}

}  // namespace

Verifier::Verifier(const Case& c, Check check, VerifyOptions options)
    : case_(c), check_(std::move(check)), options_(options) {}

Status Verifier::make_windows() {
  const ConvProblem& problem = case_.chain.front();
  const double per_window = options_.sample_macs / options_.windows;
  const auto outputs = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(per_window / static_cast<double>(problem.term_count())));
  Random random(stable_hash(to_string(problem), options_.seed));
  for (const Box& box : draw_boxes(problem, options_.windows, outputs, random)) {
    Window window = make_window(problem, case_.operands, box);
    CONVCHECK_ASSIGN(reference::ChainResult exact,
                     reference::solve_chain(Chain(window.problem), window.operands,
                                            {.threads = options_.threads}));
    windows_.emplace_back(std::move(window), std::move(exact), check_);
  }
  return {};
}

Result<Verification> Verifier::verify_windows(const Outcome& outcome) {
  if (windows_.empty()) CONVCHECK_TRY(make_windows());
  Verification verification{.wrong = {}, .checked = 0, .outputs = outcome.output->count()};
  for (const ExactWindow& w : windows_) {
    const Window& window = w.window;
    Outcome part;
    part.claim = outcome.claim;
    part.algorithm = outcome.algorithm;
    part.output = slice(*outcome.output, window.box);
    verification.checked += part.output->count();
    if (auto wrong = w.check(part)) {
      verification.wrong = fmt::format("in the window of {} outputs at {}: {}",
                                       convcheck::to_string(window.box.extent),
                                       convcheck::to_string(window.box.begin), *wrong);
      return verification;
    }
  }
  return verification;
}

Result<Verification> Verifier::verify(const Outcome& outcome) {
  const OperandSpec written = operand_specs(case_.chain)[written_index(case_.chain)];
  if (!outcome.output || outcome.output->type() != written.type ||
      outcome.output->shape() != written.shape) {
    return Verification{
        .wrong = fmt::format("{} is not {} {}", written.name, to_string(written.type),
                             convcheck::to_string(written.shape)),
        .checked = 0,
        .outputs = element_count(written.shape)};
  }
  const bool in_windows =
      case_.chain.is_single() && case_.chain.nominal_macs() > options_.exact_macs &&
      has_windows(case_.chain.front()) && bounds_each_output_alone(outcome.claim.algorithm);
  if (in_windows) return verify_windows(outcome);
  if (!exact_) {
    CONVCHECK_ASSIGN(
        exact_, reference::solve_chain(case_.chain, case_.operands, {.threads = options_.threads}));
    check_exact_ = check_(case_.chain, case_.operands, *exact_);
  }
  const std::int64_t outputs = outcome.output->count();
  return Verification{.wrong = check_exact_(outcome), .checked = outputs, .outputs = outputs};
}

std::optional<std::string> disqualifying_finding(const Outcome& outcome) {
  for (const Finding& finding : outcome.findings) {
    // What else was changed in the process is for the laws to judge: it leaves the result right.
    if (finding.kind == Finding::Kind::kEnvironmentChanged) continue;
    return fmt::format("{}: {}", to_string(finding.kind), finding.detail);
  }
  return std::nullopt;
}

}  // namespace convcheck::benchmarks
