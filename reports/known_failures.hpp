// SPDX-License-Identifier: Apache-2.0
// Known failures: which failing verdicts are expected, why, and until when.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::reports {

/// The entries of a file of known failures, a JSON object {"format": 1, "known_failures": [...]}.
/// engine, check, problem, reason and expires are demanded, suite and versions are "*" where they
/// are absent; in all patterns `*` stands for any text and `?` for one character. kParse that names
/// the field, its value and what would be right: an unknown field, an empty reason, a date that is
/// none, a check and a problem that are both any.
Result<std::vector<KnownFailure>> read_known_failures(std::string_view text,
                                                      std::string_view source);
std::string known_failures_json(const std::vector<KnownFailure>&);

/// Failing verdicts that an entry matches no longer fail the run (VerdictEntry::known_failure). The
/// document's `known_failures` say what became of every entry:
///   met              every verdict that it matches failed
///   unexpected-pass  it matches verdicts, and none failed
///   over-broad       some of those that it matches held
///   stale            it matches nothing, on a run of the suites and engines that it speaks of
///   expired          its date lies before `today` ("2026-11-24"); it then excuses nothing
///   not-judged       the run was partial, or on other suites, engines or versions
/// All but the first and the last fail the run (failure_count).
void apply_known_failures(const std::vector<KnownFailure>&, const std::string& today, bool partial,
                          Document&);
bool is_bad_state(const KnownFailure&);

/// What the file should hold after this run: entries that were met or not judged as they are, and
/// for every other failing verdict one of its own, with its detail as reason and `expires`.
std::vector<KnownFailure> fixed_known_failures(const Document&, const std::string& expires);

/// "known failure of onednn, special on *: unexpected-pass: ...", one line.
std::string known_failure_text(const KnownFailure&);

}  // namespace convcheck::reports
