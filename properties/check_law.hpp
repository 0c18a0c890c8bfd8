// SPDX-License-Identifier: Apache-2.0
// One law against one engine: random cases, the verdict, the smallest counterexample.
#pragma once

#include <cstdint>

#include "properties/law.hpp"
#include "properties/verdict.hpp"

namespace convcheck::properties {

struct CheckOptions {
  std::uint64_t seed = 1;
  std::int64_t cases = 100;  ///< Judged cases that could have shown a violation.
  /// The same of the law's quick cases, besides; a law or a runner without such adds none.
  std::int64_t quick_cases = 0;
  DataKind data = DataKind::kBoth;
  std::int64_t max_shrinks =
      20000;  ///< Evaluations spent on shrinking; 0: the case as it was drawn.
  double shrink_seconds = 5;
  double time_limit_seconds = 60;  ///< For the random cases.
};

/// Cases drawn for every case wanted, before the check gives up.
inline constexpr std::int64_t kDrawsPerCase = 20;

/// Draws cases until `cases` of them have been judged and were not vacuous, or one is bad; that one
/// is shrunk. The same law, engine, seed and options draw the same cases. A false law that
/// enumerates its cases is refuted by the first violation in the order of counterexamples. Reads no
/// environment variable and prints nothing.
///
/// Quick cases come last. What is wrong with one is judged again by the law itself, on a plan of
/// its own, and shrunk; should it hold there, the law is refuted all the same, by the plan that
/// served others before.
///
///   kHolds          all judged cases hold
///   kRefuted, kCrashed, kTimedOut   with counterexample, judgement and the number of shrinks; an
///                   engine's own error on a problem that it supports refutes
///   kVacuous        no case could have shown a violation
///   kGaveUp         some held, but too few of the wanted cases could be judged
///   kNotApplicable  none could: max(2 * cases, kDrawsPerCase) were drawn, and all were declined
Verdict check_law(const Law& law, Runner& runner, const CheckOptions& options = {});

}  // namespace convcheck::properties
