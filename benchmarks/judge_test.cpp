// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/random.hpp"

namespace convcheck::benchmarks {
namespace {

Samples spread(double middle, double step, int n = 10) {
  Samples samples;
  for (int i = 0; i < n; ++i) samples.values.push_back(middle + step * (i - (n - 1) / 2.0));
  return samples;
}

Judgement judge_one(const Pairing& pairing, const JudgeOptions& options = {}) {
  return judge(std::span(&pairing, 1), options).front();
}

TEST(Judge, SaysWhatTheIntervalSays) {
  const Samples base = spread(1, 1e-4);
  EXPECT_EQ(judge_one({base, spread(1.1, 1e-4)}).call, Call::kSlower);
  EXPECT_EQ(judge_one({base, spread(0.9, 1e-4)}).call, Call::kFaster);
  EXPECT_EQ(judge_one({base, spread(1.001, 1e-4)}).call, Call::kSame);
  // A sure change of less than the least effect is no change.
  EXPECT_EQ(judge_one({base, spread(1.04, 1e-4)}).call, Call::kSame);
  EXPECT_EQ(judge_one({base, spread(1.04, 1e-4)}, {.min_effect = 0.02}).call, Call::kSlower);
  const Judgement wide = judge_one({base, spread(1, 0.05)});
  EXPECT_EQ(wide.call, Call::kInconclusive);
  EXPECT_NE(wide.reason.find("noise included, the change is from -"), std::string::npos)
      << wide.reason;
}

TEST(Judge, NothingUnderTheNoiseFloorIsFasterSlowerOrTheSame) {
  const Samples base = spread(1, 1e-4);
  for (const double change : {0.9, 1.0, 1.1}) {
    const Judgement j = judge_one({base, spread(change, 1e-4), false, 0.12});
    EXPECT_EQ(j.call, Call::kInconclusive) << change;
    EXPECT_NE(j.reason.find("the noise floor, 12.0 %"), std::string::npos) << j.reason;
  }
  EXPECT_EQ(judge_one({base, spread(1.2, 1e-4), false, 0.12}).call, Call::kSlower);
  EXPECT_EQ(judge_one({base, spread(1.0, 1e-4), false, 0.03}).call, Call::kSame);
}

TEST(Judge, FewSamplesAreInconclusiveHoweverClearTheyLook) {
  for (const double change : {1.0, 2.0}) {
    const Judgement j = judge_one({spread(1, 1e-4, 5), spread(change, 1e-4, 20)});
    EXPECT_EQ(j.call, Call::kInconclusive);
    EXPECT_EQ(j.reason, "5 samples on one side; an interval of 95 % needs 6");
  }
  const Judgement none = judge_one({});
  EXPECT_EQ(none.call, Call::kInconclusive);
  EXPECT_EQ(none.p, 1);
}

TEST(Judge, ManyComparisonsNeedMoreEvidence) {
  // Six and six samples, all apart: p = 2 / 924.
  const Pairing slower{spread(1, 1e-4, 6), spread(1.1, 1e-4, 6)};
  std::vector<Pairing> few(20, slower);
  std::vector<Pairing> many(30, {spread(1, 1e-4, 6), spread(1, 2e-4, 6)});
  many.push_back(slower);
  EXPECT_EQ(judge(few, {}).front().call, Call::kSlower);
  const Judgement last = judge(many, {}).back();
  EXPECT_EQ(last.call, Call::kInconclusive);
  EXPECT_NEAR(last.p_adjusted, 31 * 2.0 / 924, 1e-12);
  EXPECT_EQ(last.reason, "by ranks p is 0.067 after correction, above 0.05");
}

TEST(Judge, BlocksOfOneRunAreJudgedInPairs) {
  Samples base, fresh;
  for (int i = 0; i < 12; ++i) {
    base.values.push_back(1 + i);
    fresh.values.push_back(1.1 * (1 + i));
  }
  EXPECT_EQ(judge_one({base, fresh, true}).call, Call::kSlower);
  EXPECT_EQ(judge_one({base, fresh, true}).p, 2.0 / 4096);
  EXPECT_EQ(judge_one({base, fresh, false}).call, Call::kInconclusive);
}

TEST(NoiseFloor, IsTheFartherEnd) {
  EXPECT_DOUBLE_EQ(noise_floor({1.125, 0.9375, 1.25, 0.95}), 0.25);
  EXPECT_DOUBLE_EQ(noise_floor({0.875, 0.5, 1.0, 0.95}), 1);
  // What was not measured resolves nothing.
  EXPECT_EQ(noise_floor({}), std::numeric_limits<double>::infinity());
}

// A machine that measures badly: what happens to a block, a process, a run.
struct Noise {
  const char* name;
  double block = 0;       ///< Standard deviation of ln(time) of one block.
  double process = 0;     ///< The same of what a process adds to all its blocks.
  double run = 0;         ///< The same of what a run adds to everything in it.
  double drift = 0;       ///< Change of ln(time) from the first block of a run to the last.
  double slow_share = 0;  ///< Of the stretches of three blocks, these take slow_factor.
  double slow_factor = 1;
  double burst_share = 0;  ///< Of the blocks, these take up to twice the time.
};

constexpr Noise kModels[] = {
    {.name = "quiet", .block = 0.004, .process = 0.002},
    {.name = "processes differ", .block = 0.004, .process = 0.012},
    {.name = "drift within and between runs", .block = 0.006, .run = 0.05, .drift = 0.2},
    {.name = "two modes", .block = 0.004, .process = 0.002, .slow_share = 0.4, .slow_factor = 1.3},
    {.name = "bursts", .block = 0.006, .process = 0.002, .burst_share = 0.2},
    {.name = "loud", .block = 0.15, .process = 0.05},
};

// One run on such a machine: an engine, the same engine again and a control, block by block.
struct Run {
  std::vector<Samples> engine, again;  ///< By problem.
  Samples control;
};

Run simulate(const Noise& noise, int problems, int processes, int blocks, double slowdown,
             Random& random) {
  Run run;
  const double state = noise.run * random.normal();
  const int total = problems * processes * blocks;
  int step = 0;
  bool slow = false;
  const auto factor = [&](double process) {
    double log_time = state + process + noise.block * random.normal() + noise.drift * step / total;
    if (slow) log_time += std::log(noise.slow_factor);
    if (random.unit() < noise.burst_share) log_time += std::log1p(random.unit());
    return std::exp(log_time);
  };
  for (int p = 0; p < problems; ++p) {
    run.engine.emplace_back();
    run.again.emplace_back();
    for (int group = 0; group < processes; ++group) {
      const double first = noise.process * random.normal();
      const double second = noise.process * random.normal();
      for (int block = 0; block < blocks; ++block, ++step) {
        if (step % 3 == 0) slow = random.unit() < noise.slow_share;
        run.engine[p].values.push_back(slowdown * factor(first));
        run.again[p].values.push_back(slowdown * factor(second));
        run.engine[p].groups.push_back(group);
        run.again[p].groups.push_back(group);
        if (block % 5 == 0) run.control.values.push_back(factor(0));
      }
    }
  }
  return run;
}

// As the command compares two reports: the floor is that of both runs and of the control.
std::vector<Judgement> compare(const Run& base, const Run& fresh) {
  const double drift = noise_floor(ratio_of_medians(fresh.control, base.control));
  std::vector<Pairing> pairings;
  for (std::size_t p = 0; p < base.engine.size(); ++p) {
    const double floor = std::max({drift, noise_floor(paired_ratio(base.engine[p], base.again[p])),
                                   noise_floor(paired_ratio(fresh.engine[p], fresh.again[p]))});
    pairings.push_back({base.engine[p], fresh.engine[p], false, floor});
  }
  return judge(pairings, {});
}

constexpr int kRuns = 20;

struct Rates {
  int alarms = 0;  ///< Runs in which anything was called faster or slower.
  int problems = 0;
  int slower = 0, faster = 0, same = 0;  ///< Problems.
  int clear = 0;                         ///< Problems whose floor is below the least effect.
  int missed = 0;                        ///< Of these, not called slower.
};

Rates rates(const Noise& noise, int processes, int blocks, double slowdown) {
  Random random(17);
  Rates r;
  for (int round = 0; round < kRuns; ++round) {
    const Run base = simulate(noise, 4, processes, blocks, 1, random);
    const Run fresh = simulate(noise, 4, processes, blocks, slowdown, random);
    bool alarm = false;
    for (const Judgement& j : compare(base, fresh)) {
      ++r.problems;
      r.slower += j.call == Call::kSlower ? 1 : 0;
      r.faster += j.call == Call::kFaster ? 1 : 0;
      r.same += j.call == Call::kSame ? 1 : 0;
      const bool clear = j.floor < JudgeOptions{}.min_effect;
      r.clear += clear ? 1 : 0;
      r.missed += clear && j.call != Call::kSlower ? 1 : 0;
      alarm = alarm || j.call == Call::kSlower || j.call == Call::kFaster;
    }
    r.alarms += alarm ? 1 : 0;
  }
  return r;
}

class Machines : public testing::TestWithParam<Noise> {};

TEST_P(Machines, TheSameEngineTwiceRaisesAtMostOneAlarmInTwenty) {
  for (const auto& [processes, blocks] : {std::pair{1, 10}, std::pair{3, 5}})
    EXPECT_LE(rates(GetParam(), processes, blocks, 1).alarms, 1) << processes << " processes";
}

TEST_P(Machines, ASlowdownOfTenPercentIsCalledWhereTheFloorIsLowAndIsNeverTheSame) {
  for (const auto& [processes, blocks] : {std::pair{1, 10}, std::pair{3, 5}}) {
    const Rates r = rates(GetParam(), processes, blocks, 1.1);
    EXPECT_EQ(r.same, 0) << processes << " processes";
    EXPECT_EQ(r.faster, 0) << processes << " processes";
    EXPECT_LE(10 * r.missed, r.problems) << processes << " processes";
  }
}

TEST(Machines, AQuietMachineTellsTenPercentFromNothing) {
  const Rates slower = rates(kModels[0], 1, 10, 1.1);
  EXPECT_EQ(slower.slower, slower.problems);
  const Rates same = rates(kModels[0], 1, 10, 1);
  EXPECT_EQ(same.same, same.problems);
}

INSTANTIATE_TEST_SUITE_P(Models, Machines, testing::ValuesIn(kModels), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

}  // namespace
}  // namespace convcheck::benchmarks
