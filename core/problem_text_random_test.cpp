// SPDX-License-Identifier: Apache-2.0
// Names of random problems round-trip, and no text whatever does harm.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/problem_text.hpp"
#include "core/test_problems.hpp"

namespace convcheck {
namespace {

TEST(RoundTrip, EveryRandomProblemIsItsName) {
  Random random(17);
  for (int i = 0; i < 20000; ++i) {
    const ConvProblem p = random_problem(random, true);
    const std::string name = to_string(p);
    const Result<ConvProblem> parsed = parse_problem(name);
    ASSERT_TRUE(parsed) << name << ": " << parsed.error().message;
    ASSERT_EQ(*parsed, p) << name;
    ASSERT_EQ(to_string(*parsed), name);
  }
}

TEST(RoundTrip, HugeExtentsToo) {
  // Magnitudes of all sizes; those that validate lets through must come back.
  Random random(19);
  const auto huge = [&random] { return (std::int64_t{1} << random.below(62)) - random.below(3); };
  int valid = 0;
  for (int i = 0; i < 100000; ++i) {
    ConvProblem p;
    p.operation = static_cast<Operation>(random.below(3));
    p.rank = 1;
    p.batch = random.below(4) == 0 ? huge() : 1;
    p.x_extent[2] = huge();
    p.y_extent[2] = random.below(4) == 0 ? 0 : huge();
    p.w_extent[2] = random.below(2) == 0 ? 1 : huge();
    p.stride[2] = random.below(2) == 0 ? 1 : huge();
    p.dilation[2] = random.below(2) == 0 ? 1 : huge();
    p.pad_begin[2] = random.below(2) == 0 ? huge() : -huge();
    if (!validate(p)) continue;
    ++valid;
    const Result<ConvProblem> parsed = parse_problem(to_string(p));
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(*parsed, p);
  }
  EXPECT_GT(valid, 1000);
}

TEST(RoundTrip, RandomChainsToo) {
  Random random(23);
  for (int i = 0; i < 2000; ++i) {
    Chain chain;
    ConvProblem p = random_problem(random, false);
    if (p.operation == Operation::kWgrad) p.operation = Operation::kConv;
    chain.steps.emplace_back(p);
    for (std::int64_t more = random.below(4); more > 0; --more) {
      const bool deconv = p.operation == Operation::kDeconv;
      const std::int64_t channels = deconv ? p.in_channels : p.out_channels;
      const Axes extent = deconv ? p.x_extent : p.y_extent;
      if (random.below(2) == 0) chain.steps.emplace_back(Shuffle{channels});
      ConvProblem next = random_problem(random, false);
      next.operation = Operation::kConv;
      next.padding_mode = PaddingMode::kZeros;
      next.rank = p.rank;
      next.batch = p.batch;
      next.groups = 1;
      next.in_channels = channels;
      next.x_extent = extent;
      for (std::size_t a = 0; a < static_cast<std::size_t>(next.first_axis()); ++a) {
        next.w_extent[a] = next.y_extent[a] = next.stride[a] = next.dilation[a] = 1;
        next.pad_begin[a] = 0;
      }
      chain.steps.emplace_back(next);
      p = next;
    }
    ASSERT_TRUE(validate(chain)) << validate(chain).error().message;
    const Result<NamedChain> parsed = parse_chain(to_string(chain));
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(parsed->chain, chain);
  }
}

// Whatever parses has a name that leads back to it; nothing else may happen.
void expect_sound(const std::string& text) {
  const Result<NamedChain> parsed = parse_chain(text);
  if (!parsed) {
    ASSERT_FALSE(parsed.error().message.empty()) << text;
    return;
  }
  const Result<NamedChain> again = parse_chain(to_string(parsed->chain));
  ASSERT_TRUE(again) << text << " is " << to_string(parsed->chain) << ": " << again.error().message;
  ASSERT_EQ(again->chain, parsed->chain) << text;
}

TEST(Fuzz, RandomBytesNeverCrash) {
  Random random(31);
  for (int i = 0; i < 20000; ++i) {
    std::string text(static_cast<std::size_t>(random.below(60)), ' ');
    for (char& c : text) c = static_cast<char>(random.below(256));
    expect_sound(text);
  }
}

TEST(Fuzz, RandomTokensNeverCrash) {
  const std::vector<std::string> tokens = {"g",
                                           "mb",
                                           "ic",
                                           "oc",
                                           "ih",
                                           "iw",
                                           "id",
                                           "kh",
                                           "kw",
                                           "kd",
                                           "oh",
                                           "ow",
                                           "sh",
                                           "sw",
                                           "ph",
                                           "pw",
                                           "dh",
                                           "dw",
                                           "_",
                                           "-",
                                           "0",
                                           "1",
                                           "2",
                                           "3",
                                           "7",
                                           "64",
                                           "9223372036854775807",
                                           "288230376151711743",
                                           "n\"",
                                           ":",
                                           " | ",
                                           "shuffle:",
                                           "conv:",
                                           "deconv:",
                                           "wgrad:",
                                           "u8-s8-s32:",
                                           "true:",
                                           "bias:",
                                           "reflect:",
                                           "xzp=",
                                           "wzp=3:",
                                           "ic3ih8oc4kh3",
                                           "ic4ih6oc4kh3ph1"};
  Random random(37);
  for (int i = 0; i < 30000; ++i) {
    std::string text;
    for (std::int64_t k = random.below(16); k >= 0; --k)
      text +=
          tokens[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(tokens.size())))];
    expect_sound(text);
  }
}

TEST(Fuzz, MutatedNamesNeverCrash) {
  Random random(41);
  for (int i = 0; i < 20000; ++i) {
    std::string text = to_string(random_problem(random, true));
    for (std::int64_t k = random.between(1, 4); k > 0; --k) {
      const auto at =
          static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
      switch (random.below(4)) {
        case 0:
          text.erase(at, static_cast<std::size_t>(random.between(1, 4)));
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random.between(32, 126)));
          break;
        case 2:
          text[at] = static_cast<char>('0' + random.below(10));
          break;
        default:
          text.insert(at, text.substr(0, 12));
          break;
      }
      if (text.empty()) text.push_back('i');
    }
    expect_sound(text);
  }
}

}  // namespace
}  // namespace convcheck
