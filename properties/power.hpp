// SPDX-License-Identifier: Apache-2.0
// The power of a validation: which of the planted bugs the same run would have seen.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "properties/mutants.hpp"
#include "properties/validate.hpp"

namespace convcheck::properties {

/// Starts the engine with a planted bug; one that needs a worker in a worker.
using StartMutant = std::function<Result<std::unique_ptr<Runner>>(const Mutant&)>;

/// One planted bug: the first problem on which each pass found it, empty where none did.
struct PowerRow {
  const Mutant* mutant = nullptr;
  std::array<std::string, kPasses.size()> found{};
  std::int64_t problems = 0;  ///< Run on the bug before it was seen, that one included.
  std::string error;          ///< Why it could not be judged; it counts as not seen.

  [[nodiscard]] bool seen() const;
};

struct Power {
  std::vector<PowerRow> rows;  ///< One a planted bug, in the order of the registry.
  std::int64_t asked = 0;      ///< Problems that are small enough for planted bugs.
  bool complete = true;        ///< False: stopped by the progress function.

  [[nodiscard]] std::int64_t seen() const;
  /// "saw 131 of 140 planted bugs; not NAME, NAME, ...".
  [[nodiscard]] std::string summary() const;
};

struct PowerOptions {
  /// 0: a bug is done with at its first detecting case. Else every pass is judged on so many
  /// problems that show the bug: the whole table bug by pass.
  std::int64_t showing_problems = 0;
  /// The planted bugs are plain loops: larger problems are left out, and their share of the power.
  double max_macs = 1 << 20;
  /// Asks the planted bugs of which this is true; null: all.
  bool (*takes)(const Mutant&) = nullptr;
};

/// Asks the cases of a validation of every planted bug, small problems first, until the bug is
/// seen: a bad judgement of any pass that the options name. The progress function sees the
/// problems.
Power measure_power(const StartMutant&, std::span<const SuiteLine> lines, const ValidateOptions&,
                    const PowerOptions& = {}, const ProgressFn& progress = {});

/// The chance that a fault which shows on this share of problems shows on none of so many, if they
/// are drawn independently: (1 - share)^problems.
double escape_chance(double share, std::int64_t problems);

}  // namespace convcheck::properties
