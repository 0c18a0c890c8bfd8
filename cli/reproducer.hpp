// SPDX-License-Identifier: Apache-2.0
// A failure as a directory: the case, its data, what was expected, and a program that shows it.
#pragma once

#include <string>

#include "core/case.hpp"
#include "properties/validate.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

/// Writes `directory`, whole or not at all (under another name first, then renamed; one that is
/// there is replaced): case.json (the verdict as in a report, without the data), NAME.npy of every
/// operand, expected.npy and allowed.npy (the largest |found - expected|, f64) where the exact
/// result is known, found.npy where the engine, asked once more, answers, README.md, and for a
/// `so:` engine on a single problem reproduce.c with its headers. kIo with the system's text.
Status write_reproducer(const std::string& directory, const reports::VerdictEntry& entry,
                        const properties::Law& law, const Case& c, Runner& runner);

/// write_reproducer for the failures of a validation, the first three of a pass that fail in one
/// way, as `folder`/NNN-PASS with NNN after `count`; their verdicts then say how to replay them.
Status write_reproducers(const std::string& folder, properties::Level asked, Runner& runner,
                         properties::ValidationResult&, int& count);

/// A counterexample read back, with its data: what write_reproducer wrote. kParse, kBadInput and
/// kIo with the file and the sentence.
struct ReadReproducer {
  reports::VerdictEntry entry;  ///< counterexample: without operands.
  Case c;
};
Result<ReadReproducer> read_reproducer(const std::string& directory);

/// The law or pass of that id; null for an unknown one.
const properties::Law* find_check(const std::string& id);

}  // namespace convcheck::cli
