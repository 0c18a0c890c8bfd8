// SPDX-License-Identifier: Apache-2.0
// The end of every run: failures and summary on the terminal, report files, the exit code.
#pragma once

#include "cli/options.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

struct FinishOptions {
  const OutputOptions& output;
  bool all_engines_started = true;
  bool strict = false;  ///< Inconclusive verdicts end in exit code 4.
  double seconds = 0;
};

/// Prints the failures (the first of every engine and check, the rest counted), writes the files
/// asked for, sets the document's exit code and returns it. A file that cannot be written is said
/// and gives code 2.
int finish(reports::Document&, const FinishOptions&);

/// How many verdicts failed and what was not supported and why, for the terminal.
std::string verdict_summary(const reports::Document&);

}  // namespace convcheck::cli
