// SPDX-License-Identifier: Apache-2.0
// The cases of every pass: which data, in which surroundings, at which effort.
#include <algorithm>

#include "properties/passes.hpp"

namespace convcheck::properties {
namespace {

class Cases {
 public:
  explicit Cases(const PassScope& scope)
      : scope_(scope),
        full_(scope.effort != Effort::kReduced),
        thorough_(scope.effort == Effort::kThorough),
        most_(*std::max_element(scope.threads.begin(), scope.threads.end())) {
    base_.threads = scope.threads.front();
  }

  std::vector<PassCase> all() {
    add(Pass::kIndexing, FillKind::kExactInteger);
    for_other_threads([&](Environment& e, int t) {
      e.threads = t;
      add(Pass::kIndexing, FillKind::kExactInteger, e);
    });
    arithmetic();
    if (full_) {
      add(Pass::kConditioning, FillKind::kIllConditioned);
      add(Pass::kConditioning, FillKind::kGraded);
    }
    memory();
    state();
    for (int repeat = 0; repeat < (thorough_ ? 3 : 1); ++repeat) {
      for_other_threads([&](Environment& e, int t) {
        e.threads = t;
        add(Pass::kThreads, FillKind::kNormal, e);
      });
    }
    layout();
    if (full_) {
      for (const int calls : thorough_ ? std::vector<int>{2, 4} : std::vector<int>{2})
        with(Pass::kConcurrency, FillKind::kExactInteger,
             [&](Environment& e) { e.concurrent_calls = calls; });
      add(Pass::kSpecial, FillKind::kSpecial);
      add(Pass::kSpecial, FillKind::kTiny);
    }
    with(Pass::kEnvironment, FillKind::kExactInteger, [&](Environment& e) {
      e.threads = most_;
      e.prior_calls = full_ && scope_.work <= kManyCallsWork ? 99 : 1;
    });
    if (full_) {
      add(Pass::kRobustness, FillKind::kExactInteger, base_, Variant::kEmptyBatch);
      add(Pass::kRobustness, FillKind::kExactInteger, base_, Variant::kOnePixel);
    }
    return std::move(cases_);
  }

 private:
  void add(Pass pass, FillKind fill) { add(pass, fill, base_); }
  void add(Pass pass, FillKind fill, const Environment& environment,
           Variant variant = Variant::kAsGiven) {
    cases_.push_back({pass, fill, environment, variant});
  }
  template <typename Change>
  void with(Pass pass, FillKind fill, const Change& change) {
    Environment environment = base_;
    change(environment);
    add(pass, fill, environment);
  }
  // At reduced effort the largest number stands for all.
  template <typename F>
  void for_other_threads(const F& f) {
    for (const int t : scope_.threads) {
      Environment environment = base_;
      if (t != base_.threads && (full_ || t == most_)) f(environment, t);
    }
  }

  void arithmetic() {
    add(Pass::kArithmetic, FillKind::kNormal);
    // One term hides nothing; at reduced effort it stands for the ladder.
    add(Pass::kArithmetic, FillKind::kTerms1);
    if (!full_) return;
    add(Pass::kArithmetic, FillKind::kUniform);
    add(Pass::kArithmetic, FillKind::kPositive);
    for (const FillKind rung : {FillKind::kTerms2, FillKind::kTerms4, FillKind::kTerms16,
                                FillKind::kTerms64, FillKind::kTerms256}) {
      if (static_cast<double>(ladder_terms(rung)) < scope_.terms) add(Pass::kArithmetic, rung);
    }
  }

  void memory() {
    const auto before = [&](int misalignment, std::uint8_t poison = 0xFF) {
      with(Pass::kMemory, FillKind::kExactInteger, [&](Environment& e) {
        e.guard = GuardSide::kBefore;
        e.misalignment_bytes = misalignment;
        e.poison = poison;
      });
    };
    before(0);
    if (!full_) return;
    // One element and some vectors off a 64-byte line; a poison that is an ordinary number.
    before(4, 0x3F);
    for (int offset = 8; offset < 64; offset += thorough_ ? 4 : 8)
      if (thorough_ || offset == 8 || offset == 16 || offset == 32) before(offset);
  }

  void state() {
    const auto after = [&](FillKind fill, int calls) {
      with(Pass::kState, fill, [&](Environment& e) { e.prior_calls = calls; });
    };
    after(FillKind::kNormal, 1);
    if (!full_) return;
    after(FillKind::kExactInteger, 2);
    after(FillKind::kExactInteger, 3);
    if (scope_.work > kManyCallsWork) return;
    after(FillKind::kExactInteger, 256);
    if (thorough_) after(FillKind::kExactInteger, kManyCalls);
  }

  void layout() {
    with(Pass::kLayout, FillKind::kNormal, [&](Environment& e) {
      e.layout = LayoutChoice::kPreferred;
      e.threads = most_;
    });
    if (full_)
      with(Pass::kLayout, FillKind::kExactInteger, [](Environment& e) {
        e.layout = LayoutChoice::kPreferred;
        e.guard = GuardSide::kBefore;
      });
  }

  const PassScope& scope_;
  bool full_;
  bool thorough_;
  int most_;
  Environment base_;
  std::vector<PassCase> cases_;
};

}  // namespace

std::vector<PassCase> pass_cases(const PassScope& scope) { return Cases(scope).all(); }

}  // namespace convcheck::properties
