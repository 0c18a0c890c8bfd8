// SPDX-License-Identifier: Apache-2.0
// Faster, slower, the same, or not to be said: measurements of two things against each other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "benchmarks/statistics.hpp"

namespace convcheck::benchmarks {

/// Times of one problem, before and after (or of one engine and another).
struct Pairing {
  Samples base;
  Samples fresh;
  /// Samples of one turn were taken one after the other, in one run; otherwise all are independent.
  bool by_block = false;
  /// What this measurement cannot resolve whatever its samples say, relative: see noise_floor.
  double floor = 0;
};

enum class Call { kFaster, kSlower, kSame, kInconclusive };
/// "faster", "slower", "same", "inconclusive".
const char* to_string(Call);

struct JudgeOptions {
  /// A change of time by less than this factor, either way, is none: 0.05 means 1.05 and 1 / 1.05.
  double min_effect = 0.05;
  /// The probability of one false `faster` or `slower`, over all pairings together.
  double alpha = 0.05;
};

struct Judgement {
  Estimate time_ratio;  ///< fresh / base: above 1, it became slower.
  double floor = 0;     ///< As given.
  double p = 1;         ///< By ranks: signed ranks by block, Mann-Whitney otherwise.
  double p_adjusted = 1;
  Call call = Call::kInconclusive;
  std::string reason;  ///< One sentence for kInconclusive.
};

/// Judges pairings together. With m = ln(1 + min_effect), f = ln(1 + floor) and the interval
/// [l, h] of ln(time ratio):
///
///   slower        l - f > 0, the estimate is at least m, and Holm's adjusted p is at most alpha
///   faster        the same for h + f < 0 and -m
///   same          [l - f, h + f] lies within [-m, m], and the interval is one of 95 %
///   inconclusive  everything else, with fewer than kMinSamples on a side always
std::vector<Judgement> judge(std::span<const Pairing> pairings, const JudgeOptions& options);

/// What a run cannot resolve: the farther end of the interval of the ratio of one engine to itself,
/// started twice and timed side by side, as max(high, 1 / low) - 1; an infinity where there is no
/// such interval.
double noise_floor(const Estimate& same_engine_ratio);

}  // namespace convcheck::benchmarks
