// SPDX-License-Identifier: Apache-2.0
// Which problems of the suites are taken: by name, by operation, by work.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "core/problem_text.hpp"
#include "core/result.hpp"

namespace convcheck::cli {

/// Options that leave problems out; all that are given must agree.
struct ProblemFilter {
  std::string match;  ///< Regular expression, ECMAScript's.
  std::string op;     ///< "conv,deconv".
  std::string flops;  ///< "MIN..MAX".

  void add_to(CLI::App&);
  /// True for the problems to take. kBadInput that names the option and what it should look like.
  [[nodiscard]] Result<std::function<bool(const SuiteLine&)>> compile() const;
  /// "--match '3x3' --op conv": what was given.
  [[nodiscard]] std::string text() const;
};

/// "1e6..2G": nominal flops, either end may be missing; K, M, G, T are 10^3 to 10^12.
struct FlopRange {
  double least = 0;
  double most = 0;
};
Result<FlopRange> parse_flop_range(const std::string& text);

}  // namespace convcheck::cli
