// SPDX-License-Identifier: Apache-2.0
#include "properties/check_law.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "properties/shrink.hpp"

namespace convcheck::properties {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Check {
 public:
  Check(const Law& law, Runner& runner, const CheckOptions& options)
      : law_(law), runner_(runner), options_(options) {
    verdict_.law = law.id;
    verdict_.engine = runner.engine().name;
    verdict_.seed = options.seed;
    verdict_.reproducer = fmt::format("convcheck laws --law {} --engine '{}' --seed {} --cases {}",
                                      law.id, verdict_.engine, options.seed, options.cases);
  }

  Verdict run() {
    if (law_.expected == Truth::kFalse && law_.enumerate != nullptr) enumerate();
    if (!found_) draw();
    if (!found_ && law_.quick != nullptr && options_.data != DataKind::kRounding) quick();
    if (!found_) conclude();
    verdict_.seconds = seconds_since(start_);
    return std::move(verdict_);
  }

 private:
  void enumerate() {
    law_.enumerate([&](const Case& c) {
      judge(c, false);
      return !found_ && !declines() && seconds_since(start_) < options_.time_limit_seconds;
    });
  }

  void draw() {
    // A stream of its own for every law, so that one run alone sees what it saw among all.
    const auto next = case_stream(law_, options_.seed ^ stable_hash(law_.id), options_.data);
    for (std::int64_t draws = options_.cases * kDrawsPerCase; draws > 0; --draws) {
      if (found_ || useful_ >= options_.cases || declines()) return;
      if (seconds_since(start_) >= options_.time_limit_seconds) return;
      judge(next(), true);
    }
  }

  void quick() {
    const std::unique_ptr<QuickCases> cases = law_.quick(runner_);
    Random random(options_.seed ^ stable_hash(law_.id, stable_hash("quick")));
    std::int64_t held = 0;
    for (std::int64_t draws = 0; held < options_.quick_cases && !found_; ++draws) {
      if (draws >= kDrawsPerCase * std::max<std::int64_t>(held, 50)) return;
      if (draws % 1024 == 1023 && seconds_since(start_) >= options_.time_limit_seconds) return;
      const Judgement::Kind kind = cases->next(random);
      if (kind == Judgement::Kind::kNotApplicable) continue;
      if (kind == Judgement::Kind::kViolated) {
        confirm(cases->last());
        continue;
      }
      ++verdict_.cases;
      held += kind == Judgement::Kind::kHolds ? 1 : 0;
    }
  }

  // A quick case is bad. Where it is good on a new plan, earlier calls are to blame.
  void confirm(Case c) {
    judge(c, true);
    if (found_) return;
    c.environment.prior_calls = 1;
    judge(c, true);
    if (found_) return;
    Judgement judgement;
    judgement.kind = Judgement::Kind::kViolated;
    judgement.detail = "holds on a new plan, and not on one that served other cases before";
    refute(c, std::move(judgement), false);
  }

  // An engine that has declined so many cases and taken none knows no problem of the law.
  bool declines() const {
    return verdict_.cases == 0 &&
           verdict_.not_applicable >= std::max(2 * options_.cases, kDrawsPerCase);
  }

  void judge(const Case& c, bool shrink) {
    Judgement judgement = law_.holds(runner_, c);
    if (judgement.kind == Judgement::Kind::kNotApplicable) {
      ++verdict_.not_applicable;
      ++declined_[std::move(judgement.detail)];
      return;
    }
    ++verdict_.cases;
    if (judgement.bound_used)
      verdict_.bound_used = std::max(verdict_.bound_used.value_or(0), *judgement.bound_used);
    if (judgement.is_bad()) {
      refute(c, std::move(judgement), shrink);
    } else if (judgement.kind == Judgement::Kind::kHolds) {
      ++useful_;
    }
  }

  void refute(const Case& c, Judgement judgement, bool shrink) {
    found_ = true;
    verdict_.kind = VerdictKind::kRefuted;
    if (judgement.kind == Judgement::Kind::kCrashed) verdict_.kind = VerdictKind::kCrashed;
    if (judgement.kind == Judgement::Kind::kTimedOut) verdict_.kind = VerdictKind::kTimedOut;
    Shrunk shrunk{c, std::move(judgement)};
    if (shrink && options_.max_shrinks > 0)
      shrunk = shrink_to_minimum(law_, runner_, c, std::move(shrunk.judgement),
                                 {options_.max_shrinks, options_.shrink_seconds});
    verdict_.detail =
        fmt::format("{}: {}", to_string(shrunk.smallest.chain), shrunk.judgement.detail);
    verdict_.counterexample = std::move(shrunk.smallest);
    verdict_.judgement = std::move(shrunk.judgement);
    verdict_.shrinks = shrunk.steps;
  }

  void conclude() {
    if (verdict_.cases == 0) {
      verdict_.kind = VerdictKind::kNotApplicable;
      verdict_.detail = declined_.empty() ? "no case was drawn" : most_declined();
    } else if (useful_ == 0) {
      verdict_.kind = VerdictKind::kVacuous;
      verdict_.detail =
          fmt::format("none of {} cases could have shown a violation", verdict_.cases);
    } else if (useful_ < options_.cases) {
      verdict_.kind = VerdictKind::kGaveUp;
      verdict_.detail = fmt::format("{} of {} cases could be judged", useful_, options_.cases);
      if (!declined_.empty()) verdict_.detail += fmt::format("; the others: {}", most_declined());
    }
  }

  // The reason that came most often.
  const std::string& most_declined() const {
    return std::max_element(declined_.begin(), declined_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

  const Law& law_;
  Runner& runner_;
  const CheckOptions options_;
  const Clock::time_point start_ = Clock::now();
  Verdict verdict_;
  std::int64_t useful_ = 0;
  bool found_ = false;
  std::map<std::string, std::int64_t> declined_;  // Reasons, and how often each came.
};

}  // namespace

Verdict check_law(const Law& law, Runner& runner, const CheckOptions& options) {
  return Check(law, runner, options).run();
}

}  // namespace convcheck::properties
