// SPDX-License-Identifier: Apache-2.0
#include "core/case.hpp"

namespace convcheck {

const char* to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kCompleted:
      return "completed";
    case OutcomeKind::kRefused:
      return "refused";
    case OutcomeKind::kFailed:
      return "failed";
    case OutcomeKind::kCrashed:
      return "crashed";
    case OutcomeKind::kTimedOut:
      return "timed-out";
    case OutcomeKind::kOverMemory:
      return "over-memory";
    case OutcomeKind::kProtocolError:
      return "protocol-error";
  }
  return "?";
}

const char* to_string(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kStrayWrite:
      return "stray-write";
    case Finding::Kind::kInputModified:
      return "input-modified";
    case Finding::Kind::kPoisonLeft:
      return "output-not-written";
    case Finding::Kind::kEnvironmentChanged:
      return "environment-changed";
    case Finding::Kind::kMemoryGrowth:
      return "memory-growth";
    case Finding::Kind::kConcurrencyMismatch:
      return "concurrency-mismatch";
  }
  return "?";
}

}  // namespace convcheck
