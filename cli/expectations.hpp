// SPDX-License-Identifier: Apache-2.0
// --expectations and --fix: a run held to a file of known failures.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

struct ExpectationOptions {
  std::string file;
  bool fix = false;

  void add_to(CLI::App&);
  /// The entries of the file; none without one, or where --fix makes it. kBadInput for --fix
  /// without a file or on a run that `partial`, if not empty, says to be one.
  [[nodiscard]] Result<std::vector<reports::KnownFailure>> load(const std::string& partial) const;
  /// Applies the entries to the finished run; with --fix, writes the file anew and holds the run to
  /// that. `partial`: why the run is no whole one; empty if it is.
  [[nodiscard]] Status apply(const std::vector<reports::KnownFailure>&, const std::string& partial,
                             reports::Document&) const;
};

}  // namespace convcheck::cli
