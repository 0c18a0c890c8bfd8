// SPDX-License-Identifier: Apache-2.0
#include "properties/power_record.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "properties/mutants.hpp"

namespace convcheck::properties {

const std::vector<PowerRecord>& power_records() {
  static const std::vector<PowerRecord> records = {
#include "properties/power_records.inc"
  };
  return records;
}

std::uint64_t problems_hash(std::span<const SuiteLine> lines) {
  std::uint64_t hash = stable_hash("");
  for (const SuiteLine& line : lines)
    hash = stable_hash("\n", stable_hash(to_string(line.problem.chain), hash));
  return hash;
}

const PowerRecord* recorded_power(std::span<const SuiteLine> lines,
                                  const ValidateOptions& options) {
  const std::uint64_t hash = problems_hash(lines);
  for (const PowerRecord& record : power_records()) {
    const bool same = record.problems == hash && record.profile == options.profile &&
                      record.version == kProfileVersion &&
                      record.faults == static_cast<std::int64_t>(mutants().size());
    const bool all_threads = std::all_of(record.threads.begin(), record.threads.end(), [&](int t) {
      return std::find(options.threads.begin(), options.threads.end(), t) != options.threads.end();
    });
    const bool all_passes = std::all_of(kPasses.begin(), kPasses.end(), [&](Pass pass) {
      return std::find(options.passes.begin(), options.passes.end(), pass) != options.passes.end();
    });
    if (same && all_threads && all_passes) return &record;
  }
  return nullptr;
}

}  // namespace convcheck::properties
