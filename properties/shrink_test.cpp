// SPDX-License-Identifier: Apache-2.0
#include "properties/shrink.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/Random.h>
#include <rapidcheck/shrinkable/Operations.h>

#include <algorithm>

#include "core/problem_text.hpp"
#include "properties/canary_runner.hpp"
#include "properties/generators.hpp"
#include "properties/mutants.hpp"
#include "properties/test_runners.hpp"

namespace convcheck::properties {
namespace {

Case drawn(const Law& law, std::uint64_t seed) { return cases(law)(rc::Random(seed)).value(); }

std::int64_t nonzeros(const Case& c) {
  std::int64_t count = 0;
  for (const Tensor& t : c.operands) {
    for (std::int64_t i = 0; i < t.count(); ++i) count += t.value(i) != 0 ? 1 : 0;
  }
  return count;
}

// A law without mathematics: bad where the function says so.
bool (*bad_where)(const Case&) = nullptr;

Judgement bad(Runner& /*runner*/, const Case& c) {
  Judgement judgement;
  if (bad_where(c)) judgement.kind = Judgement::Kind::kViolated;
  return judgement;
}

Law law_that_is_bad_where(bool (*where)(const Case&)) {
  bad_where = where;
  Law law = *find_law("oracle-agreement-exact");
  law.holds = bad;
  return law;
}

Shrunk shrunk_where(bool (*where)(const Case&), std::uint64_t first_seed = 0) {
  const Law law = law_that_is_bad_where(where);
  ScriptedRunner runner = correct_runner();
  for (std::uint64_t seed = first_seed;; ++seed) {
    const Case c = drawn(law, seed);
    if (where(c)) return shrink_to_minimum(law, runner, c, bad(runner, c));
  }
}

TEST(Shrink, CandidatesAreCasesOfTheDomain) {
  for (const Law* law : laws()) {
    SCOPED_TRACE(std::string(law->id));
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Case c = drawn(*law, seed);
      rc::Seq<Case> all = candidates(*law, c);
      int count = 0;
      for (auto smaller = all.next(); smaller && count < 400; smaller = all.next(), ++count) {
        ASSERT_TRUE(validate(smaller->chain)) << to_string(smaller->chain);
        ASSERT_TRUE(law->in_domain(smaller->chain)) << to_string(smaller->chain);
        const LawOperands specs = law->operands(smaller->chain);
        ASSERT_EQ(specs.size(), smaller->operands.size());
        for (std::size_t i = 0; i < specs.size(); ++i)
          ASSERT_EQ(specs[i].shape, smaller->operands[i].shape()) << to_string(smaller->chain);
        ASSERT_FALSE(smaller->chain == c.chain && smaller->operands == c.operands &&
                     smaller->environment == c.environment);
      }
      EXPECT_GT(count, 0);
    }
  }
}

// Whatever is accepted on the way, the descent ends: no sequence of candidates comes back.
TEST(Shrink, EveryDescentEnds) {
  Random random(5);
  for (const Law* law : laws()) {
    SCOPED_TRACE(std::string(law->id));
    Case c = drawn(*law, 11);
    for (int steps = 0;; ++steps) {
      ASSERT_LT(steps, 20000) << to_string(c.chain);
      rc::Seq<Case> all = candidates(*law, c);
      rc::Maybe<Case> next = all.next();
      if (!next) break;
      for (std::int64_t skip = random.below(12); skip > 0; --skip) {
        rc::Maybe<Case> later = all.next();
        if (later) next = std::move(later);
      }
      c = *next;
    }
  }
}

TEST(Shrink, WhatDoesNotMatterGoes) {
  const Shrunk any = shrunk_where([](const Case&) { return true; });
  EXPECT_TRUE(any.exhausted);
  EXPECT_EQ(nonzeros(any.smallest), 0);
  EXPECT_EQ(any.smallest.environment, Environment{});
  const ConvProblem& p = any.smallest.chain.front();
  EXPECT_EQ(p.rank, 1);
  EXPECT_EQ(p.x_extent, (Axes{1, 1, 1}));
  EXPECT_EQ(p.w_extent, (Axes{1, 1, 1}));
  EXPECT_EQ(p.y_extent, (Axes{1, 1, 1}));
  EXPECT_EQ(p.in_channels * p.out_channels * p.batch * p.groups, 1);
}

TEST(Shrink, WhatMattersStays) {
  const Shrunk stride = shrunk_where([](const Case& c) { return c.chain.front().stride[2] == 3; });
  EXPECT_EQ(stride.smallest.chain.front().stride[2], 3);
  const Shrunk groups = shrunk_where([](const Case& c) {
    const ConvProblem& p = c.chain.front();
    return p.groups >= 3 && p.out_channels / p.groups >= 2 &&
           p.padding_mode == PaddingMode::kReflect;
  });
  EXPECT_EQ(groups.smallest.chain.front().groups, 3);
  EXPECT_EQ(groups.smallest.chain.front().in_channels, 3);
  EXPECT_EQ(groups.smallest.chain.front().out_channels, 6);
  const Shrunk padded = shrunk_where([](const Case& c) {
    return c.chain.front().pad_begin[1] <= -2 && c.chain.front().rank == 3;
  });
  EXPECT_EQ(padded.smallest.chain.front().pad_begin[1], -2);
  const Shrunk prior = shrunk_where([](const Case& c) { return c.environment.prior_calls > 0; });
  EXPECT_EQ(prior.smallest.environment.prior_calls, 1);
  EXPECT_EQ(prior.smallest.environment.threads, 1);
}

TEST(Shrink, ValuesBecomeSimple) {
  const Shrunk large = shrunk_where([](const Case& c) {
    const Tensor& t = c.operands.back();
    for (std::int64_t i = 0; i < t.count(); ++i) {
      if (t.value(i) >= 300) return true;
    }
    return false;
  });
  EXPECT_EQ(nonzeros(large.smallest), 1);
  const Tensor& t = large.smallest.operands.back();
  double found = 0;
  for (std::int64_t i = 0; i < t.count(); ++i) found = std::max(found, t.value(i));
  EXPECT_GE(found, 300);
  EXPECT_LT(found, 600);  // Its half is too small.
  const Shrunk negative = shrunk_where([](const Case& c) {
    const Tensor& w = c.operands.back();
    for (std::int64_t i = 0; i < w.count(); ++i) {
      if (w.value(i) < 0) return true;
    }
    return false;
  });
  EXPECT_EQ(nonzeros(negative.smallest), 1);
  EXPECT_EQ(negative.smallest.operands.back().value(0), -1);
}

// A crop keeps each channel with its group.
TEST(Shrink, CropsFollowGroups) {
  const Law& law = *find_law("oracle-agreement-exact");
  ConvProblem p;
  p.rank = 1;
  p.groups = 2;
  p.in_channels = 6;
  p.out_channels = 4;
  Case c{p, {Tensor(ElementType::kF32, p.x_shape()), Tensor(ElementType::kF32, p.w_shape())}, {}};
  for (std::int64_t i = 0; i < 6; ++i)
    c.operands[0].set_value(i, static_cast<double>(10 * (i / 3) + i % 3));
  bool two_channels_a_group = false;
  bool last_group = false;
  rc::Seq<Case> all = candidates(law, c);
  for (auto smaller = all.next(); smaller; smaller = all.next()) {
    const ConvProblem& q = smaller->chain.front();
    const Tensor& x = smaller->operands[0];
    if (q.groups == 2 && q.in_channels == 4)
      two_channels_a_group = two_channels_a_group || (x.value(0) == 0 && x.value(2) == 10);
    if (q.groups == 1 && q.in_channels == 3) last_group = last_group || x.value(0) == 10;
  }
  EXPECT_TRUE(two_channels_a_group);
  EXPECT_TRUE(last_group);
}

TEST(Shrink, ChainsLoseTheirSteps) {
  const Law& chain_law = *find_law("chain-composes");
  bad_where = [](const Case& c) { return c.chain.problems().size() >= 2; };
  Law law = chain_law;
  law.holds = bad;
  ScriptedRunner runner = correct_runner();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Case c = drawn(law, seed);
    const Shrunk shrunk = shrink_to_minimum(law, runner, c, bad(runner, c));
    EXPECT_EQ(shrunk.smallest.chain.steps.size(), 2U) << to_string(shrunk.smallest.chain);
    EXPECT_EQ(shrunk.smallest.chain.front().rank, 1) << to_string(shrunk.smallest.chain);
  }
}

TEST(Shrink, ACrashStaysACrash) {
  // Wrong on all, and crashing where the stride is 2: the crash is another bug.
  ScriptedRunner runner([](const Case& c, Outcome outcome) {
    if (c.chain.front().stride[2] == 2) {
      outcome.kind = OutcomeKind::kCrashed;
      outcome.reason = "signal 11";
    } else if (outcome.output && outcome.output->count() > 0) {
      outcome.output->set_value(0, outcome.output->value(0) + 1);
    }
    return outcome;
  });
  const Law& law = *find_law("oracle-agreement-exact");
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Case c = drawn(law, seed);
    const Judgement first = law.holds(runner, c);
    ASSERT_TRUE(first.is_bad());
    const Shrunk shrunk = shrink_to_minimum(law, runner, c, first);
    EXPECT_EQ(shrunk.judgement.kind, first.kind);
    EXPECT_EQ(shrunk.smallest.chain.front().stride[2] == 2,
              first.kind == Judgement::Kind::kCrashed);
  }
}

TEST(Shrink, TheBudgetEndsIt) {
  const Law law = law_that_is_bad_where([](const Case&) { return true; });
  ScriptedRunner runner = correct_runner();
  const Case c = drawn(law, 1);
  const Shrunk shrunk = shrink_to_minimum(law, runner, c, bad(runner, c), {.max_evaluations = 3});
  EXPECT_EQ(shrunk.evaluations, 3);
  EXPECT_FALSE(shrunk.exhausted);
}

// The same shrinks through RapidCheck's own search.
TEST(Shrink, PluggedIntoRapidCheck) {
  const Law& law = *find_law("flip");
  const auto [smallest, shrinks] = rc::shrinkable::findLocalMin(
      cases(law)(rc::Random(3)), [](const Case& c) { return nonzeros(c) >= 2; });
  EXPECT_EQ(nonzeros(smallest), 2);
  EXPECT_EQ(smallest.environment, Environment{});
  EXPECT_GT(shrinks, 0U);
}

// The planted bugs that change values: most end at 3x3 or less, with at most 4 values that are not
// 0.
TEST(Shrink, PlantedBugsBecomeSmall) {
  const Law& law = *find_law("oracle-agreement-exact");
  std::vector<std::int64_t> extents;
  std::vector<std::int64_t> values;
  for (const Mutant* mutant : mutants()) {
    if (mutant->needs_worker) continue;
    const std::unique_ptr<Runner> canaries = make_canary_runner(*make_mutant(mutant->name));
    Runner& runner = *canaries;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const Case c = drawn(law, seed);
      const Judgement judgement = law.holds(runner, c);
      if (judgement.kind != Judgement::Kind::kViolated) continue;
      const Shrunk shrunk = shrink_to_minimum(law, runner, c, judgement);
      const Axes& x = shrunk.smallest.chain.front().x_extent;
      extents.push_back(*std::max_element(x.begin(), x.end()));
      values.push_back(nonzeros(shrunk.smallest));
      break;
    }
  }
  ASSERT_GT(extents.size(), 15U);
  std::sort(extents.begin(), extents.end());
  std::sort(values.begin(), values.end());
  EXPECT_LE(extents[extents.size() / 2], 3);
  EXPECT_LE(values[values.size() * 9 / 10], 4);
  RecordProperty("largest_extent", static_cast<int>(extents.back()));
  RecordProperty("most_values", static_cast<int>(values.back()));
}

}  // namespace
}  // namespace convcheck::properties
