// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "properties/diagnosis_values.hpp"
#include "properties/passes.hpp"

namespace convcheck::properties {
namespace {

using diagnosis::Deadline;
using diagnosis::Prober;
using Clock = std::chrono::steady_clock;

std::string ordinal(int n) {
  static constexpr const char* kNames[] = {"first", "second", "third", "fourth", "fifth", "sixth"};
  return n >= 1 && n <= 6 ? kNames[n - 1] : fmt::format("{}th", n);
}

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

bool is_of_bits(const Judgement& judgement) { return judgement.detail.starts_with("bits "); }

// Which of a case's surroundings its violation takes.
class Surroundings {
 public:
  Surroundings(Runner& runner, Case c, Deadline deadline)
      : runner_(runner), c_(std::move(c)), deadline_(deadline) {}

  // The violation is one of bits that a claim promises to be the same.
  void of_bits() { of_bits_ = true; }
  [[nodiscard]] bool varies() const { return varies_; }

  std::string text() {
    if (const auto chance = by_chance(); !chance.empty()) return chance;
    threads();
    calls();
    unless(&Environment::layout, "in the engine's preferred layouts");
    unless(&Environment::concurrent_calls,
           fmt::format("with {} plans at once", c_.environment.concurrent_calls));
    unless(&Environment::misalignment_bytes,
           fmt::format("with operands {} bytes past a multiple of 64",
                       c_.environment.misalignment_bytes));
    unless(&Environment::poison,
           fmt::format("where the output held bytes {:#04x} before", c_.environment.poison));
    unless(&Environment::guard, "with the guard page before the operands");
    return clauses_.empty() ? "" : "only " + joined(clauses_, " and ");
  }
  // Those of the case that it takes; the others as usual.
  [[nodiscard]] const Environment& needed() const { return c_.environment; }

 private:
  [[nodiscard]] bool in_time() const { return Clock::now() < deadline_; }
  // Any pass judges a case alike.
  bool bad(const Environment& environment) {
    Case c = c_;
    c.environment = environment;
    const Judgement judgement = pass_law(Pass::kIndexing).holds(runner_, c);
    return judgement.is_bad() && (of_bits_ || !is_of_bits(judgement));
  }

  std::string by_chance() {
    constexpr int kRuns = 6;
    int seen = 0;
    int runs = 0;
    for (; runs < kRuns && in_time(); ++runs) seen += bad(c_.environment) ? 1 : 0;
    if (of_bits_ && changes_by_itself()) {
      varies_ = true;
      return "one and the same case gives other bits from run to run";
    }
    if (seen == runs) return "";
    varies_ = true;
    return fmt::format("not in every run: in {} of {} of the same case", seen, runs);
  }

  bool changes_by_itself() {
    Case c = c_;
    c.environment = {};
    const Outcome first = runner_.run(c);
    for (int i = 0; i < 4 && in_time(); ++i) {
      const Outcome again = runner_.run(c);
      if (first.output && again.output && !(*first.output == *again.output)) return true;
    }
    return false;
  }

  void threads() {
    Environment e = c_.environment;
    e.threads = 1;
    if (c_.environment.threads == 1 || !in_time()) return;
    if (bad(e)) {
      c_.environment.threads = 1;
      return;
    }
    std::vector<int> seen;
    std::vector<int> asked = {2, 3, 4, 5, 7, 8, 16};
    for (const int t : asked) {
      e.threads = t;
      if (in_time() && bad(e)) seen.push_back(t);
    }
    const auto from = std::find(asked.begin(), asked.end(), seen.empty() ? 0 : seen.front());
    if (seen.size() > 1 && std::equal(from, asked.end(), seen.begin(), seen.end()))
      clauses_.push_back(fmt::format("from {} threads on", seen.front()));
    else
      clauses_.push_back(fmt::format("with {} threads", c_.environment.threads));
  }

  void calls() {
    Environment e = c_.environment;
    const int prior = c_.environment.prior_calls;
    if (!in_time()) return;
    std::vector<bool> seen;
    for (e.prior_calls = 0; e.prior_calls < 7; ++e.prior_calls) seen.push_back(in_time() && bad(e));
    if (prior == 0) {
      if (std::none_of(seen.begin() + 1, seen.end(), [](bool b) { return b; }))
        clauses_.emplace_back("in the first call of a plan");
      return;
    }
    if (seen[0]) {
      c_.environment.prior_calls = 0;
      return;
    }
    const auto first = std::find(seen.begin(), seen.end(), true) - seen.begin();
    if (first == static_cast<std::ptrdiff_t>(seen.size())) {
      clauses_.push_back(fmt::format("in call {} of a plan", prior + 1));
      return;
    }
    const std::string name = ordinal(static_cast<int>(first) + 1);
    bool from = true;
    bool every = true;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      from = from && seen[i] == (i >= static_cast<std::size_t>(first));
      every = every && seen[i] == ((i + 1) % static_cast<std::size_t>(first + 1) == 0);
    }
    clauses_.push_back(from    ? fmt::format("from the {} call of a plan on", name)
                       : every ? fmt::format("in every {} call of a plan", name)
                               : fmt::format("after {} earlier calls of a plan", prior));
  }

  template <typename T>
  void unless(T Environment::*field, const std::string& clause) {
    const Environment usual;
    Environment e = c_.environment;
    e.*field = usual.*field;
    if (e == c_.environment || !in_time()) return;
    if (bad(e))
      c_.environment = e;
    else
      clauses_.push_back(clause);
  }

  Runner& runner_;
  Case c_;
  Deadline deadline_;
  bool of_bits_ = false;
  bool varies_ = false;
  std::vector<std::string> clauses_;
};

// Of values alone: memory and crashes say themselves what they are.
bool is_about_values(const Judgement& judgement) {
  if (judgement.kind != Judgement::Kind::kViolated) return false;
  if (!judgement.outcome || judgement.outcome->findings.empty()) return true;
  const Finding::Kind kind = judgement.outcome->findings.front().kind;
  return kind == Finding::Kind::kPoisonLeft || kind == Finding::Kind::kConcurrencyMismatch;
}

std::vector<std::string> values(Runner& runner, const Case& c, const Environment& environment,
                                Deadline deadline) {
  if (!c.chain.is_single()) return {};
  const ConvProblem& p = c.chain.front();
  // There, one output may meet one pair of taps and rows more than once.
  if (p.operation == Operation::kDeconv && p.padding_mode != PaddingMode::kZeros) return {};
  Prober prober(runner, p, environment, deadline);
  std::vector<std::string> sentences = diagnosis::explain_values(prober);
  if (sentences.empty()) sentences = diagnosis::explain_arithmetic(prober);
  if (sentences.empty()) sentences.push_back(diagnosis::explain_wrong_outputs(prober));
  std::erase(sentences, "");
  return sentences;
}

}  // namespace

std::string diagnose(Runner& runner, const Case& found, const Case& smallest,
                     const Judgement& judgement, const DiagnosisOptions& options) {
  if (!judgement.is_bad() || judgement.kind == Judgement::Kind::kTimedOut) return "";
  const auto after = [start = Clock::now(), &options](double share) {
    return start + std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double>(share * options.time_limit_seconds));
  };
  Surroundings surroundings(runner, smallest, after(0.3));
  if (is_of_bits(judgement)) surroundings.of_bits();
  const std::string clause = surroundings.text();
  std::vector<std::string> sentences;
  if (is_about_values(judgement) && !surroundings.varies()) {
    sentences = values(runner, found, surroundings.needed(), after(0.65));
    if (sentences.empty()) sentences = values(runner, smallest, surroundings.needed(), after(1));
  }
  const std::string cause = joined(sentences, "; ");
  return clause.empty() || cause.empty() ? clause + cause : clause + ": " + cause;
}

}  // namespace convcheck::properties
