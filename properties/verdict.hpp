// SPDX-License-Identifier: Apache-2.0
// What a law came to on an engine, after all its cases: plain values, ready for a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/case.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

enum class VerdictKind {
  kHolds,
  kRefuted,        ///< With the shrunk counterexample.
  kVacuous,        ///< No case could have shown a violation: a failure of the test, never a pass.
  kGaveUp,         ///< Too few cases of the domain could be run.
  kNotApplicable,  ///< The engine supports no problem of the domain.
  kCrashed,
  kTimedOut,
};
const char* to_string(VerdictKind);

struct Verdict {
  std::string law;  ///< Law::id.
  std::string engine;
  std::string problem;  ///< Canonical name where the verdict is about one problem; else empty.
  VerdictKind kind = VerdictKind::kHolds;
  std::int64_t cases = 0;           ///< Judged.
  std::int64_t not_applicable = 0;  ///< Drawn or given, and declined by the engine.
  std::string detail;               ///< One sentence.
  std::uint64_t seed = 0;
  /// Refuted, crashed, timed out: the smallest case found, what it showed, and how far it shrank.
  std::optional<Case> counterexample;
  std::optional<Judgement> judgement;
  std::string diagnosis;  ///< Its cause (diagnosis.hpp); empty where none was found or asked for.
  std::int64_t shrinks = 0;
  std::string reproducer;            ///< Command line that shows it again.
  std::optional<double> bound_used;  ///< Largest over the cases.
  double seconds = 0;
};

/// True if the engine or the suite has a failure here: refuted although the law is true, not
/// refuted although it is false, vacuous, crashed, timed out.
bool is_failure(const Verdict&, Truth expected);

}  // namespace convcheck::properties
