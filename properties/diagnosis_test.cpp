// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "properties/bug_suite.hpp"
#include "properties/canary_runner.hpp"
#include "properties/diagnosis_values.hpp"
#include "properties/diagnosis_where.hpp"
#include "properties/innocents.hpp"
#include "properties/mutants.hpp"
#include "properties/shrink.hpp"
#include "properties/validate.hpp"

namespace convcheck::properties {
namespace {

struct Cause {
  const char* mutant;
  const char* words;  // Of the cause.
  const char* problem = nullptr;
};

// Bugs that change values, with what is to be said of them.
constexpr Cause kCauses[] = {
    {"right-column-of-asymmetric-padding", "products with ow = 6 (the last) and kw = 1 are left"},
    {"top-padding-ignores-stride", "products with oh = 1 and kh = 0 are left out"},
    {"wrong-tap-at-dilated-border", "products with ow = 0 and kw = 1 use w[kw=2] for w[kw=1]"},
    {"padding-past-vector", "outputs with ow in {4, 5} in the padding read x[iw=0]"},
    {"same-upper-lower-swapped", "the padding before the width is 0, not 1 (that after it)"},
    {"next-row-for-padding", "iw = 6 (the padding) read x[ih+1, iw=0]"},
    {"reflect-repeats-border", "products with iw = -1 (the padding) read x[iw-1]"},
    {"depth-padding-of-height", "the padding before the depth is 1, not 0 (that of the height)"},
    {"last-column-of-odd-padding", "outputs with iw = 7 (the last) get none of their products"},
    {"circular-wraps-once", "products with iw in {-5, -4, 6, 7} are left out"},
    {"channel-tail-dropped", "products with ic >= 4 (the last 2) are left out"},
    {"vector-tail-shifted", "outputs with ow >= 13 (the last 2) read x[iw+1]"},
    {"vector-tail-shifted", "outputs with ow % 16 in 13..15 read x[iw+1]",
     "mb1ic1ih1iw47oc1oh1ow47kh1kw3ph0pw1"},
    {"small-extent-shortcut", "products with ih = 4 (the last) are left out"},
    {"height-residue-five", "outputs with oh = 4 (the last) read x[ih-1]"},
    {"output-channel-tail", "outputs with oc = 8 (the last) use w[oc=7] for w[oc=8]"},
    {"narrower-than-kernel", "products with kw = 2 (the last) are left out"},
    {"height-one-depthwise", "use w[kh=0] for w[kh=1]"},
    {"one-column-past-vectors", "products with ow = 16 (the last) and ic = 2 (the last) are left"},
    {"kernel-past-eight-taps", "products with kw >= 8 (the last 9) are left out"},
    {"channel-past-block", "products with ic = 32 use w[ic=31] for w[ic=32]"},
    {"group-offset-missing", "group = 1 (the last) read the channels of the first group"},
    {"groups-interleaved", "read y[oc=2 for 0, oc=3 for 1, oc=0 for 2, oc=1 for 3]"},
    {"wgrad-misses-last-row", "products with ih = 5 (the last) are left out"},
    {"multiplier-order", "read x[ic=oc % 3]"},
    {"last-group-borrows-weights", "group = 2 (the last) use group 0's weights for group 2's"},
    {"groups-past-sixteen", "group = 16 (the last) get none of their products"},
    {"bias-twice", "all outputs get the bias twice"},
    {"bias-by-image", "the bias is taken by the number of the image"},
    {"bias-of-group", "the bias is taken by the number of the channel in its group"},
    {"bias-beside-padding", "outputs with ow = 0 get no bias"},
    {"stale-weights", "only from the second call of a plan on: all outputs use the weights of an"},
    {"second-call",
     "the second call of a plan on: outputs with oh = 3 (the last) and ow = 3 (the "
     "last) are 2 times what they should be"},
    {"weights-cached-by-address", "all outputs use the weights of an earlier call"},
    {"first-result-kept",
     "only from the second call of a plan on: outputs with oh = 3 (the last) "
     "and ow = 3 (the last) hold what an earlier call computed"},
    {"call-counter-wraps", "only in call 257 of a plan: outputs with oh = 0 and ow = 0 get none"},
    {"third-call",
     "only in every third call of a plan: outputs with oh = 0 and ow = 0 are 1 "
     "where all operands are 0"},
    {"first-run", "only in the first call of a plan: outputs with oh = 0 and ow = 0 are 0.5 times"},
    {"even-kernel-flipped", "the weights are flipped along the width"},
    {"true-convolution-flips-one-axis", "the weights are flipped along the height"},
    {"origin-of-even-kernel", "x[iw-1] is read"},
    {"spatial-axes-swapped", "use w with height and width swapped"},
    {"tap-used-twice", "products with kh = 0 and kw = 0 use w[kh=1, kw=2] for w[kh=0, kw=0]"},
    {"packing-swaps-neighbours", "outputs with oc in {32, 33} use w[65-oc]"},
    // Of other kinds.
    {"dilation-ignored", "the dilation of the height is 1, not 2; the dilation of the width is 1"},
    {"one-dilation-for-both", "the dilation of the width is 1, not 2 (that of the height)"},
    {"depthwise-dilation-two", "all outputs get none of their products"},
    {"dilated-and-strided", "the dilation of the width is 1, not 2"},
    {"dilation-advance-by-rows", "products with kh = 2 (the last) read x[ih-1]"},
    {"one-stride-for-both", "the stride of the width is 1, not 2 (that of the height)"},
    {"pointwise-stride-ignored", "the stride of the height is 1, not 2"},
    {"patches-folded", "the padding before the width is 0, not 2"},
    {"pointwise-backward-stride", "the stride of the width is 1, not 2"},
    {"negative-padding-ignored", "the padding before the width is 0, not -1"},
    {"weight-gradient-depth-stride", "the stride of the depth is 1, not 3 (that of the height)"},
    {"first-image-only", "outputs with n = 1 (the last) get none of their products"},
    {"odd-image-twice", "outputs with n = 4 (the last) read x[n-1]"},
    {"two-threads", "only from 2 threads on: outputs with oh = 2 and ow = 0 get none"},
    {"three-threads", "only with 3 threads: outputs with oh = 3 (the last) and ow = 3 (the last)"},
    {"more-threads-than-rows", "only from 4 threads on: products with ow = 1 and kw = 0 are left"},
    {"split-sum-undeclared", "only from 2 threads on"},
    {"order-by-chance", "one and the same case gives other bits from run to run"},
    {"lost-update", "not in every run: in "},
    {"tile-beyond-extent", "outputs with ih = 4 (the last) use w[kh=0] for w[kh=1]"},
    {"next-image-in-last-row", "in the padding read x[n+1, ih=0]"},
    {"window-in-padding", "outputs with ow = 5 (the last) are not written"},
    {"strided-gap-unwritten", "outputs with iw % 2 = 1 are not written"},
    {"bf16-operands", "x is cut to 8 significant bits (bf16) before it is multiplied"},
    {"tf32-operands", "w is cut to 11 significant bits (tf32 or f16) before it is multiplied"},
    {"half-accumulator", "sums are rounded to 11 significant bits (tf32 or f16)"},
    {"bf16-accumulator", "sums are cut to 8 significant bits (bf16)"},
    {"one-in-a-million", "every product is too large by 9.8e-07 of itself"},
    {"truncated-products", "products are cut where they should be rounded to nearest"},
    {"two-terms-of-a-split", "products have about 16 correct bits of 24"},
    {"fixed-point-sums", "sums lie on a grid of about 2^-20"},
    {"small-terms-dropped", "1 + 2^-20 becomes 1"},
    {"sum-cut-at-blocks", "keep 16 significant bits"},
    {"winograd-undeclared", "go through a transform (Winograd, FFT)"},
    {"output-padding-zeroed", "outputs with ih = 7 (the last) get none of their products"},
    {"output-padding-ignored", "outputs with iw = 7 (the last) are not written"},
    {"transposed-not-flipped", "the weights are flipped along the height"},
    {"phase-misses-a-tap", "products with kw = 3 (the last) are left out"},
    {"padding-no-multiple-of-stride", "products with oh = 2 (the last) are added to x[ih+1]"},
    {"transposed-channels-of-weights", "the two channels of w are swapped"},
    {"transposed-rank-one", "the padding before the width is 0, not 1"},
    {"stride-narrowed", "the stride of the width is 1, not 65537 (its low 16 bits)"},
    {"channel-in-eight-bits", "products with ic = 256 (the last) read x[ic-256]"},
    {"dilation-narrowed", "the dilation of the width is 2, not 130 (its low 7 bits)"},
    {"tap-in-eight-bits", "use w[the number of the tap % 256]"},
    {"output-channel-in-eight-bits", "outputs with oc = 256 (the last) are not written"},
    {"extent-of-dilated-kernel", "outputs with ow = 4 (the last) are not written"},
    {"even-kernel-one-too-large", "rows of y are written as if they were one element longer"},
    {"padding-is-not-zero-point", "in the padding take -3 for its value"},
};

// Those of index, padding, remainder, group, bias, orientation and state.
const std::set<std::string_view> kKindsOfPlace = {"IDX",  "PAD",  "TAIL", "GROUP",
                                                  "BIAS", "FLIP", "STALE"};

// The first bad case of the suite, shrunk, and its cause.
std::string cause_of(Runner& runner, const std::string& suite, Profile profile) {
  ValidateOptions options;
  options.threads = {1, 2, 3, 7, 33};
  options.profile = profile;
  static std::map<std::string, ProblemExpectations> known;  // Solved once for all bugs.
  const std::vector<SuiteLine> lines = *parse_suite(suite);
  for (const SuiteLine& line : lines) {
    const Chain& chain = line.problem.chain;
    if (!runner.supports(chain)) continue;
    ProblemExpectations& expectations = known.try_emplace(to_string(chain), options).first->second;
    for (const PassCase& pass_case : problem_cases(chain, options)) {
      const Result<PassQuestion> question = expectations.question(chain, pass_case);
      if (!question) continue;
      CaseJudgement judged = judge_case(runner, question->c, *question->expectation);
      if (!judged.judgement.is_bad()) continue;
      const Shrunk shrunk = shrink_to_minimum(pass_law(pass_case.pass), runner, question->c,
                                              judged.judgement, {.max_evaluations = 200});
      return diagnose(runner, question->c, shrunk.smallest, shrunk.judgement,
                      {.time_limit_seconds = 60});
    }
  }
  return "";
}

TEST(Diagnosis, NamesTheCauseOfPlantedBugs) {
  std::set<std::string_view> named;
  for (const Cause& expected : kCauses) {
    const auto runner = make_canary_runner(*make_mutant(expected.mutant));
    const std::string suite = expected.problem == nullptr ? kBugSuite : expected.problem;
    std::string cause = cause_of(*runner, suite, Profile::kSmoke);
    if (cause.empty()) cause = cause_of(*runner, suite, Profile::kStandard);
    EXPECT_NE(cause.find(expected.words), std::string::npos) << expected.mutant << ": " << cause;
    named.insert(expected.mutant);
  }
  std::int64_t all = 0;
  std::int64_t of_place = 0;
  for (const Mutant* mutant : mutants()) {
    if (!kKindsOfPlace.contains(mutant->kind)) continue;
    ++all;
    of_place += named.contains(mutant->name) ? 1 : 0;
  }
  EXPECT_GE(of_place * 10, all * 9) << of_place << " of " << all;
}

TEST(Diagnosis, SaysNothingOfRightEngines) {
  std::vector<std::unique_ptr<Runner>> runners;
  runners.push_back(make_canary_runner(make_plain_engine()));
  for (const Innocent* innocent : innocents())
    runners.push_back(make_canary_runner(*make_innocent(innocent->name)));
  const std::vector<SuiteLine> lines = *parse_suite(kBugSuite);
  for (const auto& runner : runners) {
    for (const SuiteLine& line : lines) {
      const ConvProblem& p = line.problem.chain.front();
      if (!runner->supports(p) || p.nominal_macs() > 1024) continue;
      for (const int prior_calls : {0, 1}) {
        Environment environment;
        environment.threads = 3;
        environment.prior_calls = prior_calls;
        diagnosis::Prober prober(*runner, p, environment,
                                 std::chrono::steady_clock::now() + std::chrono::seconds(60));
        std::string said;
        for (const std::string& text : diagnosis::explain_values(prober)) said += text;
        for (const std::string& text : diagnosis::explain_arithmetic(prober)) said += text;
        said += diagnosis::explain_wrong_outputs(prober);
        EXPECT_EQ(said, "") << runner->engine().name << " " << to_string(p);
        EXPECT_FALSE(prober.failed());
      }
    }
  }
}

TEST(Diagnosis, SaysNothingOfWhatIsNoViolation) {
  const auto runner = make_canary_runner(make_plain_engine());
  const Chain chain = parse_chain("mb1ic2ih4oc2oh4kh3ph1")->chain;
  const Case c{chain, fill_operands(chain, FillKind::kExactInteger, 1), {}};
  EXPECT_EQ(diagnose(*runner, c, c, {}), "");
  Judgement timeout;
  timeout.kind = Judgement::Kind::kTimedOut;
  EXPECT_EQ(diagnose(*runner, c, c, timeout), "");
}

TEST(Diagnosis, PutsValuesIntoWords) {
  using diagnosis::values_text;
  std::set<std::int64_t> all;
  for (std::int64_t i = 0; i < 40; ++i) all.insert(i);
  EXPECT_EQ(values_text({3}, all, 40), "= 3");
  EXPECT_EQ(values_text({39}, all, 40), "= 39 (the last)");
  EXPECT_EQ(values_text({37, 38, 39}, all, 40), ">= 37 (the last 3)");
  EXPECT_EQ(values_text({0, 1}, all, 40), "<= 1");
  EXPECT_EQ(values_text({13, 14, 15, 29, 30, 31}, all, 40), "% 16 in 13..15");
  EXPECT_EQ(values_text({5, 13, 21, 29, 37}, all, 40), "% 8 = 5");
  EXPECT_EQ(values_text({4, 5, 6}, all, 40), "in 4..6");
  EXPECT_EQ(values_text({4, 9}, all, 40), "in {4, 9}");
  EXPECT_EQ(values_text({-2, -1}, {-2, -1, 0, 1}, 2), "< 0");
}

}  // namespace
}  // namespace convcheck::properties
