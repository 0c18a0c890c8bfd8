// SPDX-License-Identifier: Apache-2.0
#include "core/fill.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "core/test_problems.hpp"

namespace convcheck {
namespace {

constexpr FillKind kKinds[] = {
    FillKind::kExactInteger, FillKind::kUniform, FillKind::kNormal,  FillKind::kIllConditioned,
    FillKind::kSpecial,      FillKind::kTerms1,  FillKind::kTerms16, FillKind::kPositive,
    FillKind::kGraded,       FillKind::kTiny};

Chain chain(const char* text) {
  const Result<NamedChain> parsed = parse_chain(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed->chain;
}

TEST(FillKind, NamesRoundTrip) {
  for (const FillKind kind : kKinds) EXPECT_EQ(parse_fill_kind(to_string(kind)), kind);
  EXPECT_EQ(parse_fill_kind("gaussian"), std::nullopt);
}

TEST(Random, StreamNeverChanges) {
  // SplitMix64 with seed 1234567: first outputs of the published reference implementation.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325u);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8u);  // FNV-1a, 64 bits: published vector.
}

// One number for all the bytes of a fill.
std::uint64_t hash_of(const std::vector<Tensor>& tensors) {
  std::uint64_t state = stable_hash("");
  for (const Tensor& t : tensors) {
    const char* const bytes = reinterpret_cast<const char*>(t.data());
    if (t.count() != 0) state = stable_hash({bytes, t.size_bytes()}, state);
  }
  return state;
}

TEST(Fill, DataOfANameNeverChange) {
  // A change here breaks the reproducers of every report written before. kNormal is left out: it
  // goes through the platform's logarithm.
  struct Row {
    const char* problem;
    FillKind kind;
    std::uint64_t hash;
  };
  const Row rows[] = {
      {"mb1ic3ih8oc4kh3ph1", FillKind::kExactInteger, 11917254449829259862u},
      {"mb1ic3ih8oc4kh3ph1", FillKind::kUniform, 12781157851678708162u},
      {"mb1ic8ih4oc4kh3ph1", FillKind::kIllConditioned, 2866327328787168053u},
      {"mb1ic3ih8oc4kh3ph1", FillKind::kIllConditioned, 5114154475477386691u},
      {"mb1ic3ih8oc4kh3ph1", FillKind::kSpecial, 12031541094771380467u},
      {"bf16:ic256ih4oc4kh3", FillKind::kExactInteger, 449315904036983293u},
      {"f64:deconv:bias:ic5ih4oc3kh3", FillKind::kUniform, 9096142847906257249u},
      {"u8-s8-s32:xzp=3:ic5ih4oc3kh3", FillKind::kSpecial, 12384079212481469694u},
      {"wgrad:mb4ic2ih5oc2kh3", FillKind::kIllConditioned, 10352105058227732729u},
      {"mb1ic4ih5oc6kh3 | shuffle:2 | mb1ic6ih3oc2kh1", FillKind::kExactInteger,
       5642058146754694055u},
  };
  for (const Row& row : rows)
    EXPECT_EQ(hash_of(fill_operands(chain(row.problem), row.kind, 7)), row.hash)
        << row.problem << " " << to_string(row.kind);
  const std::vector<Tensor> first =
      fill_operands(chain("mb1ic3ih8oc4kh3ph1"), FillKind::kUniform, 1);
  EXPECT_EQ(first[0].value(0), 0x1.896232p-1);
}

TEST(Fill, DependsOnProblemKindOperandAndSeed) {
  const Chain a = chain("mb1ic3ih4oc3kh4ph1");
  const auto uniform = fill_operands(a, FillKind::kUniform, 1);
  EXPECT_EQ(hash_of(uniform), hash_of(fill_operands(a, FillKind::kUniform, 1)));
  EXPECT_NE(hash_of(uniform), hash_of(fill_operands(a, FillKind::kUniform, 2)));
  EXPECT_NE(hash_of(uniform), hash_of(fill_operands(a, FillKind::kSpecial, 1)));
  EXPECT_NE(hash_of(uniform),
            hash_of(fill_operands(chain("mb1ic3ih4oc3kh4ph2"), FillKind::kUniform, 1)));
  EXPECT_NE(uniform[0].value(0), uniform[1].value(0));
}

TEST(Fill, GivesEveryOperandButTheWrittenOne) {
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    const Chain c(random_problem(random, true));
    for (const FillKind kind : kKinds) {
      const std::vector<Tensor> tensors = fill_operands(c, kind, 3);
      std::size_t at = 0;
      for (const OperandSpec& spec : operand_specs(c)) {
        if (spec.written) continue;
        ASSERT_LT(at, tensors.size());
        EXPECT_EQ(tensors[at].type(), spec.type);
        EXPECT_EQ(tensors[at].shape(), spec.shape);
        ++at;
      }
      EXPECT_EQ(at, tensors.size());
    }
  }
}

// Every sum of a problem over |operands| (their zero points taken off), and the sum itself.
struct Sums {
  std::vector<double> value, magnitude;
};

Sums brute_force(const ConvProblem& p, const Tensor& x, const Tensor& w, const Tensor& y,
                 const Tensor* bias) {
  const auto n = static_cast<std::size_t>(element_count(p.shape(p.written())));
  Sums sums{std::vector<double>(n), std::vector<double>(n)};
  const std::int64_t in_group = p.in_channels / p.groups;
  const std::int64_t out_group = p.out_channels / p.groups;
  const auto size = [](const Axes& e) { return e[0] * e[1] * e[2]; };
  for (std::int64_t image = 0; image < p.batch; ++image)
    for (std::int64_t m = 0; m < p.out_channels; ++m)
      for (std::int64_t c = 0; c < in_group; ++c)
        for (std::int64_t o = 0; o < size(p.y_extent); ++o)
          for (std::int64_t t = 0; t < size(p.w_extent); ++t) {
            const Axes out{o / (p.y_extent[1] * p.y_extent[2]), o / p.y_extent[2] % p.y_extent[1],
                           o % p.y_extent[2]};
            Axes tap{t / (p.w_extent[1] * p.w_extent[2]), t / p.w_extent[2] % p.w_extent[1],
                     t % p.w_extent[2]};
            Axes in{};
            bool inside = true;
            for (std::size_t a = 0; a < 3; ++a) {
              in[a] = padded_index(out[a] * p.stride[a] + tap[a] * p.dilation[a] - p.pad_begin[a],
                                   p.x_extent[a], p.padding_mode);
              inside = inside && in[a] >= 0;
              if (p.orientation == Orientation::kConvolution) tap[a] = p.w_extent[a] - 1 - tap[a];
            }
            if (!inside) continue;
            const std::int64_t ix =
                (image * p.in_channels + m / out_group * in_group + c) * size(p.x_extent) +
                (in[0] * p.x_extent[1] + in[1]) * p.x_extent[2] + in[2];
            const std::int64_t iw = (m * in_group + c) * size(p.w_extent) +
                                    (tap[0] * p.w_extent[1] + tap[1]) * p.w_extent[2] + tap[2];
            const std::int64_t iy = (image * p.out_channels + m) * size(p.y_extent) + o;
            double term = 0;
            std::int64_t at = 0;
            switch (p.operation) {
              case Operation::kConv:
                term = (x.value(ix) - p.x_zero_point) * (w.value(iw) - p.w_zero_point);
                at = iy;
                break;
              case Operation::kDeconv:
                term = y.value(iy) * (w.value(iw) - p.w_zero_point);
                at = ix;
                break;
              case Operation::kWgrad:
                term = (x.value(ix) - p.x_zero_point) * y.value(iy);
                at = iw;
                break;
            }
            sums.value[static_cast<std::size_t>(at)] += term;
            sums.magnitude[static_cast<std::size_t>(at)] += std::fabs(term);
          }
  if (bias == nullptr) return sums;
  const Shape shape = p.shape(p.written());
  const std::int64_t inner = element_count(Shape(shape.begin() + 2, shape.end()));
  for (std::size_t i = 0; i < n; ++i) {
    const double b = bias->value(static_cast<std::int64_t>(i) / inner % shape[1]);
    sums.value[i] += b;
    sums.magnitude[i] += std::fabs(b);
  }
  return sums;
}

Sums sums_of(const ConvProblem& p, FillKind kind, std::uint64_t seed) {
  const std::vector<Tensor> tensors = fill_operands(p, kind, seed);
  std::vector<Tensor> by_role(4);
  std::size_t at = 0;
  for (const OperandSpec& spec : operand_specs(p))
    if (!spec.written) by_role[static_cast<std::size_t>(spec.role)] = tensors[at++];
  return brute_force(p, by_role[0], by_role[1], by_role[3], p.has_bias ? &by_role[2] : nullptr);
}

TEST(ExactInteger, EverySumIsExactInTheWrittenType) {
  Random random(11);
  for (int i = 0; i < 1500; ++i) {
    const ConvProblem p = random_problem(random, true);
    const ElementType written = p.type(p.written());
    const IntegerRange range = integer_range(written);
    const Sums sums = sums_of(p, FillKind::kExactInteger, static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < sums.value.size(); ++k) {
      ASSERT_LE(sums.magnitude[k], static_cast<double>(range.high)) << to_string(p);
      ASSERT_GE(sums.value[k], static_cast<double>(range.low)) << to_string(p);
    }
  }
}

TEST(ExactInteger, ManyTermsIntoANarrowTypeAreSparseButNotEmpty) {
  for (const char* text :
       {"bf16:mb1ic64ih6oc3kh3ph1", "bf16:bias:mb1ic64ih6oc3kh3ph1", "bf16:deconv:mb1ic64ih4oc3kh3",
        "bf16:wgrad:mb3ic2ih12oc2kh1", "u8-s8-s8:mb1ic40ih3oc2kh3", "u8:mb1ic80ih3oc2kh3",
        "f16:mb1ic300ih3oc2kh3"}) {
    const ConvProblem p = chain(text).front();
    EXPECT_EQ(exact_integer_bound(p), 1);
    const IntegerRange range = integer_range(p.type(p.written()));
    ASSERT_GT(p.term_count(), range.high);
    const Sums sums = sums_of(p, FillKind::kExactInteger, 1);
    double most = 0;
    for (std::size_t k = 0; k < sums.value.size(); ++k) {
      EXPECT_LE(sums.magnitude[k], static_cast<double>(range.high)) << text;
      most = std::max(most, sums.magnitude[k]);
    }
    // Two thirds of the values -1, 0, 1 (a half of 0, 1) are not zero: far from empty.
    EXPECT_GT(most, static_cast<double>(range.high) / 8) << text;
  }
}

TEST(ExactInteger, BoundIsTheLargest) {
  struct Row {
    const char* problem;
    std::int64_t bound;
  };
  // n v^2 <= 2^24 for f32 (numerics: 85 at n = 2304), 2^53 for f64, 2^8 for bf16; v = 2^8 where
  // bf16 data into f32 allow more; with bias n v^2 + v.
  const Row rows[] = {
      {"mb1ic256ih14oc2kh3ph1", 85},
      {"mb1ic64ih14oc2kh3ph1", 170},
      {"mb1ic1ih4oc1kh1", 4096},
      {"bias:mb1ic1ih4oc1kh1", 4095},
      {"f64:mb1ic256ih4oc2kh3ph1", 1977213},
      {"bf16:mb1ic1ih9oc1kh4", 4},
      {"bf16-bf16-f32:mb1ic1ih4oc1kh4", 256},
      {"u8-s8-s32:mb1ic256ih4oc2kh3ph1", 255},
      {"wgrad:mb4ic1ih8oc1kh1", 256},
  };
  for (const Row& row : rows)
    EXPECT_EQ(exact_integer_bound(chain(row.problem)), row.bound) << row.problem;
}

TEST(ExactInteger, ChainsBoundEveryStep) {
  for (const char* text : {"mb1ic64ih5oc64kh3ph1 | mb1ic64ih5oc64kh3ph1 | mb1ic64ih5oc8kh1",
                           "bias:mb1ic8ih5oc6kh3 | shuffle:3 | g2mb1_ic6ih3oc4kh1",
                           "bf16:mb1ic16ih5oc16kh3ph1 | bf16:bias:mb1ic16ih5oc4kh3ph1"}) {
    const Chain c = chain(text);
    const std::vector<Tensor> operands = fill_operands(c, FillKind::kExactInteger, 2);
    // Worst case of every step: the largest data times the sum of |w| of one output.
    std::size_t at = 0;
    double travelling = 0;
    for (std::int64_t i = 0; i < operands[0].count(); ++i)
      travelling = std::max(travelling, std::fabs(operands[0].value(i)));
    ++at;
    for (const ConvProblem& p : c.problems()) {
      const Tensor& w = operands[at++];
      const std::int64_t terms = w.count() / p.out_channels;
      double widest = 0;
      for (std::int64_t m = 0; m < p.out_channels; ++m) {
        double sum = 0;
        for (std::int64_t t = 0; t < terms; ++t) sum += std::fabs(w.value(m * terms + t));
        widest = std::max(widest, sum);
      }
      travelling *= widest;
      if (p.has_bias) {
        double largest = 0;
        for (std::int64_t m = 0; m < p.out_channels; ++m)
          largest = std::max(largest, std::fabs(operands[at].value(m)));
        travelling += largest;
        ++at;
      }
      EXPECT_GT(travelling, 0);
      EXPECT_LE(travelling, static_cast<double>(integer_range(p.y_type).high)) << text;
    }
  }
}

double median_condition(const Sums& sums) {
  std::vector<double> conditions;
  for (std::size_t i = 0; i < sums.value.size(); ++i)
    conditions.push_back(sums.value[i] == 0 ? std::numeric_limits<double>::infinity()
                                            : sums.magnitude[i] / std::fabs(sums.value[i]));
  std::sort(conditions.begin(), conditions.end());
  return conditions[conditions.size() / 2];
}

TEST(IllConditioned, QuadruplesCancelToTheSquareOfThePrecision) {
  // f32: 2^(2*24-4) = 1.8e13, found to be exact in double arithmetic for so few terms.
  for (const char* text : {"mb2ic8ih6oc4kh3ph1", "bias:mb1ic9ih6oc4kh3ph1", "g2mb1_ic8ih6oc4kh3ph1",
                           "deconv:mb1ic8ih5oc4kh3sh2ph1", "wgrad:mb4ic3ih6oc2kh3ph1",
                           "circular:mb1ic4ih6oc2kh3ph1", "true:mb1ic4ih6oc2kh3ph1"}) {
    EXPECT_GT(median_condition(sums_of(chain(text).front(), FillKind::kIllConditioned, 1)), 1e12)
        << text;
  }
}

TEST(IllConditioned, FewChannelsCancelToThePrecision) {
  // f32: about 2^22 away from the padding.
  for (const char* text :
       {"mb1ic1ih12oc4kh3", "mb1ic3ih12oc4kh3ph1", "mb1ic2ih5oc3kh1", "deconv:mb1ic3ih12oc2kh3ph1",
        "wgrad:mb1ic3ih8oc2kh1", "wgrad:mb2ic3ih8oc2kh1"})
    EXPECT_GT(median_condition(sums_of(chain(text).front(), FillKind::kIllConditioned, 1)), 1e5)
        << text;
}

TEST(Special, HoldsEverySpecialValueAndLeavesOutputsFinite) {
  const Chain c = chain("mb1ic16ih16oc16kh3ph1");
  const std::vector<Tensor> tensors = fill_operands(c, FillKind::kSpecial, 1);
  const Tensor& x = tensors[0];
  int nans = 0, infinities = 0, subnormals = 0, negative_zeros = 0, largest = 0, smallest = 0;
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const double v = x.value(i);
    nans += std::isnan(v);
    infinities += std::isinf(v);
    negative_zeros += v == 0 && std::signbit(v);
    subnormals += v != 0 && std::fabs(v) < std::numeric_limits<float>::min();
    largest += std::fabs(v) == static_cast<double>(std::numeric_limits<float>::max());
    smallest += std::fabs(v) == static_cast<double>(std::numeric_limits<float>::min());
  }
  EXPECT_GT(nans, 0);
  EXPECT_GT(infinities, 0);
  EXPECT_GT(subnormals, 0);
  EXPECT_GT(negative_zeros, 0);
  EXPECT_GT(largest, 0);
  EXPECT_GT(smallest, 0);
  const Sums sums = sums_of(c.front(), FillKind::kSpecial, 1);
  std::size_t ordinary = 0;
  for (const double magnitude : sums.magnitude) ordinary += magnitude < 1e6;
  EXPECT_GT(ordinary, sums.magnitude.size() / 4);
  EXPECT_LT(ordinary, sums.magnitude.size());
}

TEST(Special, SmallTensorsHoldALargeValueToo) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Tensor> tensors =
        fill_operands(chain("mb1ic1ih2oc1kh1"), FillKind::kSpecial, seed);
    int large = 0;
    for (std::int64_t i = 0; i < 4; ++i) large += !(std::fabs(tensors[0].value(i)) < 2);
    EXPECT_GE(large, 1);
  }
}

TEST(Special, IntegersReachTheEndsOfTheirTypes) {
  const std::vector<Tensor> tensors =
      fill_operands(chain("u8-s8-s32:mb1ic8ih8oc8kh3"), FillKind::kSpecial, 1);
  bool high = false, low = false;
  for (std::int64_t i = 0; i < tensors[1].count(); ++i) {
    high = high || tensors[1].value(i) == 127;
    low = low || tensors[1].value(i) == -128;
  }
  EXPECT_TRUE(high && low);
}

TEST(Normal, HasTheScaleItStates) {
  const std::vector<Tensor> tensors =
      fill_operands(chain("bias:mb1ic64ih32oc64kh3ph1"), FillKind::kNormal, 1);
  const auto deviation = [](const Tensor& t) {
    double sum = 0;
    for (std::int64_t i = 0; i < t.count(); ++i) sum += t.value(i) * t.value(i);
    return std::sqrt(sum / static_cast<double>(t.count()));
  };
  // 65,536 and 36,864 samples: the deviation of the estimate is below 0.4 %.
  EXPECT_NEAR(deviation(tensors[0]), 1, 0.02);
  EXPECT_NEAR(deviation(tensors[1]) * std::sqrt(64 * 9 + 1), 1, 0.02);
}

TEST(Uniform, UsesFullMantissasOnBothSidesOfZero) {
  const std::vector<Tensor> tensors =
      fill_operands(chain("mb1ic4ih32oc4kh1"), FillKind::kUniform, 1);
  int negative = 0, odd = 0;
  for (const float v : tensors[0].values<float>()) {
    negative += v < 0;
    odd += static_cast<int>(std::bit_cast<std::uint32_t>(v) & 1);
    EXPECT_LE(std::fabs(v), 1);
  }
  EXPECT_NEAR(negative, 2048, 300);
  EXPECT_NEAR(odd, 2048, 300);
}

TEST(Fill, ARungOfTheLadderHasSoManyTerms) {
  for (const char* text : {"mb1g2ic6ih7oc4oh7kh3ph1", "deconv:mb1ic5ih4oc3oh9kh3sh2ph0",
                           "wgrad:mb3ic2ih6oc3oh6kh3ph1", "bias:mb1ic7ih5oc3oh5kh3ph1"}) {
    for (const FillKind kind : {FillKind::kTerms1, FillKind::kTerms4, FillKind::kTerms16}) {
      const Chain c = chain(text);
      const ConvProblem& p = c.front();
      const std::vector<Tensor> tensors = fill_operands(c, kind, 1);
      const Tensor& second = p.operation == Operation::kDeconv ? tensors[0] : tensors[1];
      std::int64_t nonzero = 0;
      for (std::int64_t i = 0; i < second.count(); ++i) nonzero += second.value(i) != 0 ? 1 : 0;
      const std::int64_t sums = p.operation == Operation::kDeconv ? p.in_channels : p.out_channels;
      EXPECT_EQ(nonzero, sums * ladder_terms(kind)) << text;
    }
  }
  EXPECT_EQ(ladder_terms(FillKind::kUniform), 0);
}

}  // namespace
}  // namespace convcheck
