// SPDX-License-Identifier: Apache-2.0
// What the generators reach: a value that is never drawn is a bug that is never found.
#include "properties/generators.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/Random.h>
#include <rapidcheck/Shrinkable.h>

#include <map>
#include <set>
#include <string>

#include "core/problem_text.hpp"
#include "properties/calls.hpp"
#include "properties/shrink.hpp"

namespace convcheck::properties {
namespace {

constexpr int kDraws = 4000;

// "stride": {1, 2, 3}: which values each field took, and which situations occurred.
using Seen = std::map<std::string, std::set<std::int64_t>>;

void note_axis(const ConvProblem& p, std::size_t a, Seen& seen) {
  const std::int64_t begin = p.pad_begin[a];
  const std::int64_t end = p.pad_end()[a];
  seen["kernel"].insert(p.w_extent[a]);
  seen["stride"].insert(p.stride[a]);
  seen["dilation"].insert(p.dilation[a]);
  seen["x"].insert(p.x_extent[a]);
  seen["x modulo 16"].insert(p.x_extent[a] % 16);
  seen["y modulo 8"].insert(p.y_extent[a] % 8);
  seen["begin is negative"].insert(begin < 0);
  seen["end is negative"].insert(end < 0);
  seen["padding is asymmetric"].insert(begin != end);
  seen["kernel reaches beyond x"].insert(p.effective_kernel()[a] > p.x_extent[a]);
  seen["stride beyond kernel"].insert(p.stride[a] > p.w_extent[a]);
  seen["a window lies in the padding"].insert(begin >= p.effective_kernel()[a]);
}

void note(const ConvProblem& p, Seen& seen) {
  seen["operation"].insert(static_cast<int>(p.operation));
  seen["rank"].insert(p.rank);
  seen["mode"].insert(static_cast<int>(p.padding_mode));
  seen["orientation"].insert(static_cast<int>(p.orientation));
  seen["bias"].insert(p.has_bias);
  seen["batch"].insert(p.batch);
  seen["groups"].insert(p.groups);
  seen["in channels of a group"].insert(p.in_channels / p.groups);
  seen["out channels of a group"].insert(p.out_channels / p.groups);
  seen["depthwise"].insert(p.groups > 1 && p.groups == p.in_channels);
  seen["pointwise"].insert(p.w_extent == Axes{1, 1, 1});
  if (p.rank > 1) {
    seen["strides differ"].insert(p.stride[1] != p.stride[2]);
    seen["dilations differ"].insert(p.dilation[1] != p.dilation[2]);
    seen["kernel is not square"].insert(p.w_extent[1] != p.w_extent[2]);
  }
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) note_axis(p, a, seen);
}

Seen seen_by(const ProblemSpace& space) {
  Seen seen;
  Random random(1);
  for (int i = 0; i < kDraws; ++i) {
    const ConvProblem p = draw_problem(random, space);
    EXPECT_TRUE(validate(p)) << to_string(p);
    EXPECT_LE(p.nominal_macs(), space.max_macs);
    note(p, seen);
  }
  return seen;
}

using Set = std::set<std::int64_t>;

Set range(std::int64_t low, std::int64_t high) {
  Set set;
  for (std::int64_t i = low; i <= high; ++i) set.insert(i);
  return set;
}

TEST(Generators, ProblemsCoverEveryField) {
  ProblemSpace space;
  space.bias = true;
  const Seen seen = seen_by(space);
  const std::map<std::string, Set> exactly = {
      {"operation", range(0, 2)},
      {"rank", range(1, 3)},
      {"mode", range(0, 3)},
      {"orientation", {0, 1}},
      {"bias", {0, 1}},
      {"batch", {1, 2, 3, 5}},
      {"kernel", range(1, 5)},
      {"stride", range(1, 3)},
      {"dilation", range(1, 3)},
      {"x", range(1, 35)},
      {"groups", {1, 2, 3, 4, 5, 8, 17}},
      {"in channels of a group", {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33}},
      {"out channels of a group", {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33}},
      {"x modulo 16", range(0, 15)},
      {"y modulo 8", range(0, 7)},
  };
  for (const auto& [field, values] : seen) {
    const auto expected = exactly.find(field);
    EXPECT_EQ(values, expected == exactly.end() ? Set({0, 1}) : expected->second) << field;
  }
}

TEST(Generators, SpacesKeepTheirLimits) {
  ProblemSpace space;
  space.channels = Channels::kDepthwise;
  space.deconv = space.wgrad = false;
  space.other_modes = space.true_convolution = space.negative_padding = false;
  space.max_kernel = space.max_stride = space.max_dilation = 2;
  Seen seen = seen_by(space);
  EXPECT_EQ(seen["operation"], Set{0});
  EXPECT_EQ(seen["mode"], Set{0});
  EXPECT_EQ(seen["orientation"], Set{0});
  EXPECT_EQ(seen["bias"], Set{0});
  EXPECT_EQ(seen["begin is negative"], Set{0});
  EXPECT_EQ(seen["in channels of a group"], Set{1});
  EXPECT_EQ(seen["out channels of a group"], range(1, 3));
  EXPECT_EQ(seen["groups"], Set({2, 3, 4, 5, 8, 17}));
  EXPECT_EQ(seen["kernel"], range(1, 2));
  EXPECT_EQ(seen["stride"], range(1, 2));
  EXPECT_EQ(seen["dilation"], range(1, 2));
  space.channels = Channels::kDense;
  EXPECT_EQ(seen_by(space)["groups"], Set{1});
  space.channels = Channels::kGrouped;
  EXPECT_EQ(seen_by(space)["groups"].count(1), 0U);
}

TEST(Generators, ChainsHaveTwoOrThreeProblemsAndShuffles) {
  Random random(1);
  Set problems;
  Set shuffles;
  Set bias;
  for (int i = 0; i < 500; ++i) {
    const Chain chain = draw_chain(random);
    ASSERT_TRUE(validate(chain)) << to_string(chain);
    problems.insert(static_cast<std::int64_t>(chain.problems().size()));
    shuffles.insert(static_cast<std::int64_t>(chain.steps.size() - chain.problems().size()));
    bias.insert(chain.back().has_bias);
  }
  EXPECT_EQ(problems, Set({2, 3}));
  EXPECT_EQ(shuffles, Set({0, 1, 2}));
  EXPECT_EQ(bias, Set({0, 1}));
}

TEST(Generators, EnvironmentsCoverEveryField) {
  Random random(1);
  std::map<std::string, Set> seen;
  for (int i = 0; i < 500; ++i) {
    const Environment e = draw_environment(random);
    seen["threads"].insert(e.threads);
    seen["layout"].insert(static_cast<int>(e.layout));
    seen["guard"].insert(static_cast<int>(e.guard));
    seen["misalignment"].insert(e.misalignment_bytes);
    seen["poison"].insert(e.poison);
    seen["prior calls"].insert(e.prior_calls);
  }
  EXPECT_EQ(seen["threads"], range(1, 3));
  EXPECT_EQ(seen["layout"], range(0, 1));
  EXPECT_EQ(seen["guard"], range(0, 1));
  EXPECT_EQ(seen["misalignment"], Set({0, 4, 20}));
  EXPECT_EQ(seen["poison"], Set({0x00, 0x7F, 0xFF}));
  EXPECT_EQ(seen["prior calls"], range(0, 1));
}

TEST(Generators, ExactDataAddUpExactlyAndReachWideIntegers) {
  Random random(3);
  double widest = 0;
  for (int i = 0; i < 300; ++i) {
    const ConvProblem p = draw_problem(random, {});
    const Case c = exact_case(p, random.next());
    EXPECT_TRUE(sums_exactly(p, values_of(c))) << to_string(p);
    for (const Tensor& t : c.operands) {
      for (std::int64_t k = 0; k < t.count(); ++k) widest = std::max(widest, t.value(k));
    }
  }
  EXPECT_GT(widest, 2048);  // Beyond what 11 bits hold.
}

// Whatever a law draws is of its own domain, has its operands, and is drawn again from the seed.
TEST(Generators, EveryLawDrawsFromItsDomain) {
  for (const Law* law : laws()) {
    SCOPED_TRACE(std::string(law->id));
    const rc::Gen<Case> generator = cases(*law);
    std::set<std::string> chains;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const Case c = generator(rc::Random(seed)).value();
      EXPECT_TRUE(law->in_domain(c.chain)) << to_string(c.chain);
      EXPECT_TRUE(validate(c.chain)) << to_string(c.chain);
      const LawOperands specs = law->operands(c.chain);
      ASSERT_EQ(specs.size(), c.operands.size());
      for (std::size_t i = 0; i < specs.size(); ++i) {
        EXPECT_EQ(specs[i].shape, c.operands[i].shape()) << specs[i].name;
        EXPECT_EQ(specs[i].type, c.operands[i].type()) << specs[i].name;
      }
      const Case again = generator(rc::Random(seed)).value();
      EXPECT_EQ(again.chain, c.chain);
      EXPECT_EQ(again.operands, c.operands);
      EXPECT_EQ(again.environment, c.environment);
      chains.insert(to_string(c.chain));
    }
    EXPECT_GT(chains.size(), 20U);
  }
}

}  // namespace
}  // namespace convcheck::properties
