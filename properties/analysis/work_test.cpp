// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/work.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/problem_text.hpp"
#include "core/test_problems.hpp"
#include "reference/definition.hpp"

namespace convcheck::properties {
namespace {

// A number that counts the products made of it.
struct Counting {
  static inline std::int64_t products = 0;
  Counting() = default;
  template <class T>
  explicit Counting(T) {}
  friend Counting operator*(const Counting&, const Counting&) {
    ++products;
    return {};
  }
  friend Counting operator-(const Counting&, const Counting&) { return {}; }
  Counting& operator+=(const Counting&) { return *this; }
};

std::int64_t counted(const ConvProblem& p) {
  reference::Values<Counting> values;
  values.x.resize(static_cast<std::size_t>(element_count(p.x_shape())));
  values.w.resize(static_cast<std::size_t>(element_count(p.w_shape())));
  values.y.resize(static_cast<std::size_t>(element_count(p.y_shape())));
  if (p.has_bias) values.bias.resize(static_cast<std::size_t>(p.bias_shape()[0]));
  Counting::products = 0;
  reference::definition(p, values);
  return Counting::products;
}

Chain chain_of(const char* text) {
  const auto parsed = parse_chain(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed->chain;
}

TEST(Work, CountsTheProductsOfTheDefinition) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const ConvProblem p = random_problem(random, false);
    ASSERT_EQ(work(p).macs_inside, static_cast<double>(counted(p))) << to_string(p);
    ConvProblem unpadded = p;
    unpadded.padding_mode = PaddingMode::kCircular;  // No tap is outside.
    if (!validate(unpadded)) continue;
    ASSERT_EQ(work(p).macs, static_cast<double>(counted(unpadded))) << to_string(p);
  }
}

TEST(Work, OfAChainCountsEveryTensorOnce) {
  const Chain chain = chain_of("u8-s8-s32:g1mb1_ic2iw8_oc3ow8_kw3pw1");
  const Work one = work(chain);
  EXPECT_EQ(one.weights, 18);
  EXPECT_EQ(one.weight_bytes, 18);
  EXPECT_EQ(one.data_bytes, 16 + 4 * 24);
  const Chain two = chain_of("bias:g1mb1_ic2iw8_oc3_kw3pw1 | f32:g1mb1_ic3iw8_oc1_kw1");
  const Work both = work(two);
  EXPECT_EQ(both.weights, 18 + 3);
  EXPECT_EQ(both.biases, 3);
  EXPECT_EQ(both.weight_bytes, 4 * (18 + 3 + 3));
  EXPECT_EQ(both.data_bytes, 4 * (16 + 24 + 8));
  EXPECT_EQ(both.macs, 8 * 18 + 8 * 3);
}

TEST(Work, SavingsAreThoseOfThePapers) {
  // Howard et al. 2017, 3.1: 1/M + 1/K^2 of the dense cost.
  const Chain mobile = chain_of("g32mb1_ic32ih12oc32kh3ph1 | g1mb1_ic32ih12oc64kh1");
  const auto dense = dense_equivalent(mobile);
  ASSERT_TRUE(dense);
  EXPECT_EQ(dense->taps, 9);
  EXPECT_EQ(dense->macs, 64.0 * 32 * 9 * 144);
  EXPECT_EQ(work(mobile).macs * 64 * 9, dense->macs * (9 + 64));
  EXPECT_EQ(work(mobile).weights * 64 * 9, dense->weights * (9 + 64));
  // Two passes of five taps for 25.
  const auto separable = dense_equivalent(
      chain_of("g1mb1_ic1ih9iw9_oc1oh9ow9_kh5kw1ph2pw0 | g1mb1_ic1ih9iw9_oc1oh9ow9_kh1kw5ph0pw2"));
  EXPECT_EQ(separable->taps, 25);
  // Groups cost 1/G.
  const Chain grouped = chain_of("g4mb1_ic8ih9oc16kh3ph1");
  EXPECT_EQ(dense_equivalent(grouped)->macs, 4 * work(grouped).macs);
  EXPECT_EQ(dense_equivalent(grouped)->weights, 4 * work(grouped).weights);
  // Dilations 2, 2, 2: 7 positions an axis, not 13.
  EXPECT_EQ(dense_equivalent(chain_of("g1mb1_ic1iw9_oc1_kw3pw2dw1 | g1mb1_ic1iw9_oc1_kw3pw2dw1 | "
                                      "g1mb1_ic1iw9_oc1_kw3pw2dw1"))
                ->taps,
            7);
  const auto refused =
      dense_equivalent(chain_of("deconv:g1mb1_ic1iw4_oc1ow8_kw4sw2pw1 | g1mb1_ic1iw8_oc1_kw3pw1"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("deconv"), std::string::npos);
}

TEST(Work, KnowsKindsAndPatterns) {
  EXPECT_EQ(kind(chain_of("ic4ih5oc4kh3").front()), "dense");
  EXPECT_EQ(kind(chain_of("ic4ih5oc4kh1").front()), "pointwise");
  EXPECT_EQ(kind(chain_of("g2ic4ih5oc4kh3").front()), "grouped");
  EXPECT_EQ(kind(chain_of("g2ic4ih5oc4kh1").front()), "grouped pointwise");
  EXPECT_EQ(kind(chain_of("g4ic4ih5oc8kh3").front()), "depthwise");
  EXPECT_EQ(kind(chain_of("deconv:g4ic4ih5oc8kh3").front()), "depthwise");
  EXPECT_EQ(kind(chain_of("deconv:g4ic8ih5oc4kh3").front()), "grouped");
  const auto begins = [](const char* text, const char* with) {
    EXPECT_EQ(pattern(chain_of(text)).rfind(with, 0), 0u) << text;
  };
  begins("g4mb1_ic4ih5oc4kh3 | g1mb1_ic4ih3oc8kh1", "depthwise separable (Howard");
  begins("g1mb1_ic4ih5oc8kh1 | g8mb1_ic8ih5oc8kh3", "depthwise separable, pointwise first");
  begins("g1mb1_ic4ih5oc8kh1 | g8mb1_ic8ih5oc8kh3 | g1mb1_ic8ih3oc4kh1", "bottleneck");
  begins("g2mb1_ic4ih5oc8kh1 | shuffle:2 | g8mb1_ic8ih5oc8kh3ph1 | g2mb1_ic8ih5oc4kh1",
         "ShuffleNet unit");
  begins("g2mb1_ic4ih5oc8kh1 | shuffle:2 | g2mb1_ic8ih5oc8kh1", "part of a ShuffleNet");
  begins(
      "g1mb1_ic4ih5iw5oc8kh1kw1 | g8mb1_ic8ih5iw5oc8kh3kw1ph1pw0 | "
      "g8mb1_ic8ih5iw5oc8kh1kw3ph0pw1",
      "flattened");
  begins("g1mb1_ic1ih9iw9_oc1oh9ow9_kh5kw1ph2pw0 | g1mb1_ic1ih9iw9_oc1oh9ow9_kh1kw5ph0pw2",
         "spatially separable");
  EXPECT_EQ(pattern(chain_of("ic4ih5oc4kh3")), "");
  EXPECT_EQ(pattern(chain_of("g1mb1_ic4ih5oc4kh3ph1 | g1mb1_ic4ih5oc4kh3ph1")), "");
}

// The input channels that change an output channel, found by setting one after the other.
ChannelReach changed(const Chain& chain) {
  const auto problems = chain.problems();
  ChannelReach reach;
  reach.in_channels = problems.front().in_channels;
  reach.out_channels = problems.back().out_channels;
  std::vector<std::set<std::int64_t>> by(static_cast<std::size_t>(reach.out_channels));
  for (std::int64_t c = 0; c < reach.in_channels; ++c) {
    std::vector<std::int64_t> data(static_cast<std::size_t>(reach.in_channels), 0);
    data[static_cast<std::size_t>(c)] = 1;
    for (const Step& step : chain.steps) {
      if (const auto* shuffle = std::get_if<Shuffle>(&step)) {
        std::vector<std::int64_t> moved;
        const auto size = data.size() / static_cast<std::size_t>(shuffle->groups);
        for (std::size_t j = 0; j < size; ++j)
          for (std::size_t g = 0; g < data.size() / size; ++g) moved.push_back(data[g * size + j]);
        data = moved;
        continue;
      }
      const auto& p = std::get<ConvProblem>(step);
      reference::Values<std::int64_t> values;
      values.x = data;
      values.w.assign(static_cast<std::size_t>(element_count(p.w_shape())), 1);
      data = reference::definition(p, values);
    }
    for (std::size_t m = 0; m < data.size(); ++m) {
      if (data[m] != 0) by[m].insert(c);
    }
  }
  reach.fewest = reach.in_channels;
  reach.most = 0;
  for (const auto& set : by) {
    reach.fewest = std::min(reach.fewest, static_cast<std::int64_t>(set.size()));
    reach.most = std::max(reach.most, static_cast<std::int64_t>(set.size()));
  }
  return reach;
}

TEST(ChannelReach, IsWhatChangesTheOutput) {
  const auto one = [](std::int64_t groups, std::int64_t in, std::int64_t out) {
    ConvProblem p;
    p.rank = 1;
    p.groups = groups;
    p.in_channels = in;
    p.out_channels = out;
    return p;
  };
  std::int64_t complete = 0;
  for (const std::int64_t g1 : {1, 2, 3, 4, 6, 12})
    for (const std::int64_t shuffle : {1, 2, 3, 4, 6, 12})
      for (const std::int64_t g2 : {1, 2, 3, 4, 6, 12})
        for (const std::int64_t middle : {12, 24}) {
          const Chain chain({one(g1, 12, middle), Shuffle{shuffle}, one(g2, middle, 12)});
          const auto found = channel_reach(chain);
          const ChannelReach expected = changed(chain);
          ASSERT_TRUE(found);
          ASSERT_EQ(found->fewest, expected.fewest) << g1 << " " << shuffle << " " << g2;
          ASSERT_EQ(found->most, expected.most) << g1 << " " << shuffle << " " << g2;
          complete += found->complete() ? 1 : 0;
          // Zhang et al. 2018, 3.1: shuffled by its own groups, a unit mixes all channels if a
          // group has at least as many channels as there are groups.
          if (g1 != shuffle || shuffle != g2) continue;
          ASSERT_EQ(found->complete(), middle / g1 >= g1) << g1 << " of " << middle;
        }
  EXPECT_GT(complete, 50);
}

TEST(ChannelReach, OfADeconvolutionGoesFromYToX) {
  const auto found = channel_reach(chain_of("deconv:g2mb1_ic4iw4_oc6ow8_kw4sw2pw1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->in_channels, 4);
  EXPECT_EQ(found->out_channels, 6);
  EXPECT_EQ(found->fewest, 2);
  EXPECT_FALSE(channel_reach(chain_of("wgrad:ic1iw4oc1kw3")));
  EXPECT_FALSE(channel_reach(chain_of("ic5000iw4oc1kw3")));
}

}  // namespace
}  // namespace convcheck::properties
