// SPDX-License-Identifier: Apache-2.0
#include "properties/verdict.hpp"

namespace convcheck::properties {

const char* to_string(Level level) {
  switch (level) {
    case Level::kRequired:
      return "required";
    case Level::kRecommended:
      return "recommended";
    case Level::kInformative:
      return "informative";
  }
  return "?";
}

const char* to_string(Judgement::Kind kind) {
  switch (kind) {
    case Judgement::Kind::kHolds:
      return "holds";
    case Judgement::Kind::kViolated:
      return "violated";
    case Judgement::Kind::kVacuous:
      return "vacuous";
    case Judgement::Kind::kNotApplicable:
      return "not-applicable";
    case Judgement::Kind::kCrashed:
      return "crashed";
    case Judgement::Kind::kTimedOut:
      return "timed-out";
    case Judgement::Kind::kEngineFailed:
      return "engine-failed";
  }
  return "?";
}

const char* to_string(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kHolds:
      return "holds";
    case VerdictKind::kRefuted:
      return "refuted";
    case VerdictKind::kVacuous:
      return "vacuous";
    case VerdictKind::kGaveUp:
      return "gave-up";
    case VerdictKind::kNotApplicable:
      return "not-applicable";
    case VerdictKind::kCrashed:
      return "crashed";
    case VerdictKind::kTimedOut:
      return "timed-out";
  }
  return "?";
}

bool is_failure(const Verdict& verdict, Truth expected) {
  switch (verdict.kind) {
    case VerdictKind::kHolds:
      return expected == Truth::kFalse;
    case VerdictKind::kRefuted:
      // A false law must be refuted by its values, not by an engine's own error.
      return expected == Truth::kTrue ||
             (verdict.judgement && verdict.judgement->kind != Judgement::Kind::kViolated);
    case VerdictKind::kVacuous:
    case VerdictKind::kCrashed:
    case VerdictKind::kTimedOut:
      return true;
    case VerdictKind::kGaveUp:
      // Some cases of a false law were judged, and none refuted it.
      return expected == Truth::kFalse;
    case VerdictKind::kNotApplicable:
      return false;
  }
  return true;
}

}  // namespace convcheck::properties
