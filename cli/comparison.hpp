// SPDX-License-Identifier: Apache-2.0
// Two reports of bench against each other: what is paired with what, and what comes of it.
#pragma once

#include <string>
#include <string_view>

#include "benchmarks/statistics.hpp"
#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::cli {

struct CompareOptions {
  std::string base_name;  ///< What messages call the two: file names.
  std::string new_name;
  std::string base_engine;  ///< Empty: the engines that both have, by name; or the only ones.
  std::string new_engine;
  double min_effect = 0.05;
  double alpha = 0.05;
  double noise_floor = 0;  ///< At least this, relative.
  bool across_machines = false;
};

/// Pairs the timings of two documents by engine, problem, threads and layout, and judges them
/// together. A problem's noise floor is the largest of: that of the engine timed against itself in
/// either run (of the problem; else the run's largest), the change of the FMA peak from one run to
/// the other, and the one that is asked for. Fills comparison and comparisons of `out`.
///
/// kBadInput for documents of different machines or kinds, unless told; for an engine that is not
/// there; for documents without an engine in common.
Status compare_documents(const reports::Document& base, const reports::Document& fresh,
                         const CompareOptions& options, reports::Document& out);

/// Judges the engines `base_name` and `new_name` of the options, both timed in `document`, turn by
/// turn, and fills its comparison and comparisons. The noise floor is what the timings say, and at
/// least the one asked for.
void compare_in_run(const CompareOptions& options, reports::Document& document);

/// The samples of a timing, as statistics take them.
benchmarks::Samples samples_of(const reports::TimingEntry& timing);

}  // namespace convcheck::cli
