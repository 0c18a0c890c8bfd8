// SPDX-License-Identifier: Apache-2.0
#include "properties/shrink.hpp"

#include <rapidcheck/Random.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/shrinkable/Create.h>

#include <chrono>
#include <memory>
#include <utility>

#include "core/random.hpp"
#include "properties/shrink_moves.hpp"

namespace convcheck::properties {
namespace {

// The lazy sequence behind `candidates`: one phase of moves at a time.
class Candidates {
 public:
  Candidates(const Law& law, const Case& c) : law_(&law), case_(std::make_shared<const Case>(c)) {}

  rc::Maybe<Case> operator()() {
    for (;;) {
      while (next_ == moves_.size()) {
        if (phase_ + 1 == kMovePhases) return rc::Nothing;  // And again, if asked again.
        moves_ = moves(*case_, ++phase_);
        next_ = 0;
      }
      if (std::optional<Case> smaller = apply(*law_, *case_, moves_[next_++])) return *smaller;
    }
  }

 private:
  const Law* law_;
  std::shared_ptr<const Case> case_;
  int phase_ = -1;
  std::vector<Move> moves_;
  std::size_t next_ = 0;
};

class CaseGenerator {
 public:
  CaseGenerator(const Law& law, DataKind data) : law_(&law), data_(data) {}

  // Ignores RapidCheck's size, which would keep most ranges from their upper ends.
  rc::Shrinkable<Case> operator()(const rc::Random& random, int /*size*/) const {
    rc::Random rest(random);
    Random ours(rest.split().next());
    const Chain chain = law_->draw(ours);
    Case c = law_->make_case(chain, rest.next());
    const bool round =
        data_ == DataKind::kRounding || (data_ == DataKind::kBoth && ours.below(2) == 0);
    if (law_->rounding && round) {
      for (Tensor& t : c.operands) {
        for (std::int64_t i = 0; i < t.count(); ++i) t.set_rounded(i, 2 * ours.unit() - 1);
      }
    }
    return rc::shrinkable::just(std::move(c));
  }

 private:
  const Law* law_;
  DataKind data_;
};

bool same_case(const Case& a, const Case& b) {
  return a.chain == b.chain && a.operands == b.operands;
}

std::optional<Finding::Kind> finding_kind(const Judgement& j) {
  if (!j.outcome || j.outcome->findings.empty()) return std::nullopt;
  return j.outcome->findings.front().kind;
}

class Descent {
 public:
  Descent(const Law& law, Runner& runner, Case c, Judgement judgement, const ShrinkOptions& options)
      : law_(law), runner_(runner), options_(options), best_{std::move(c), std::move(judgement)} {}

  Shrunk run() {
    bool progress = true;
    while (progress && budget_left()) {
      progress = false;
      for (int phase = 0; phase < kMovePhases; ++phase) progress = exhaust(phase) || progress;
    }
    best_.exhausted = budget_left();
    if (law_.enumerate != nullptr) enumerate();
    return std::move(best_);
  }

 private:
  // Tries the moves of a phase on the best case. A smaller chain makes the list anew; moves on data
  // stay meaningful and go on from where they are.
  bool exhaust(int phase) {
    bool progress = false;
    for (bool again = true; again;) {
      again = false;
      for (const Move& move : moves(best_.smallest, phase)) {
        if (!budget_left()) return progress;
        const std::optional<Case> smaller = apply(law_, best_.smallest, move);
        if (!smaller || !accept(*smaller)) continue;
        progress = true;
        again = phase == 0;
        if (again) break;
      }
    }
    return progress;
  }

  bool accept(const Case& c) {
    ++best_.evaluations;
    Judgement judgement = law_.holds(runner_, c);
    if (!same_badness(judgement, best_.judgement)) return false;
    best_.smallest = c;
    best_.judgement = std::move(judgement);
    ++best_.steps;
    return true;
  }

  void enumerate() {
    law_.enumerate([&](const Case& c) {
      if (!budget_left()) {
        best_.exhausted = false;
        return false;
      }
      return !same_case(c, best_.smallest) && !accept(c);
    });
  }

  bool budget_left() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    return best_.evaluations < options_.max_evaluations &&
           spent.count() < options_.time_limit_seconds;
  }

  const Law& law_;
  Runner& runner_;
  const ShrinkOptions options_;
  Shrunk best_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

rc::Seq<Case> candidates(const Law& law, const Case& c) {
  return rc::Seq<Case>(Candidates(law, c));
}

rc::Gen<Case> cases(const Law& law, DataKind data) {
  return rc::gen::shrink(rc::Gen<Case>(CaseGenerator(law, data)),
                         [&law](const Case& c) { return candidates(law, c); });
}

std::function<Case()> case_stream(const Law& law, std::uint64_t seed, DataKind data) {
  return [generator = cases(law, data), random = rc::Random(seed)]() mutable {
    return generator(random.split()).value();
  };
}

bool same_badness(const Judgement& a, const Judgement& b) {
  return a.is_bad() && a.kind == b.kind && finding_kind(a) == finding_kind(b);
}

Shrunk shrink_to_minimum(const Law& law, Runner& runner, Case c, Judgement judgement,
                         const ShrinkOptions& options) {
  return Descent(law, runner, std::move(c), std::move(judgement), options).run();
}

}  // namespace convcheck::properties
