// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/receptive_field.hpp"

#include <algorithm>

#include "core/wide.hpp"

namespace convcheck::properties {
namespace {

constexpr Int128 kMaxNumber = Int128{1} << 62;

Result<ReceptiveField> closed_form(const std::vector<AxisStep>& steps) {
  Int128 jump = 1;
  Int128 size = 1;
  Int128 begin = 0;
  for (const AxisStep& step : steps) {
    size += static_cast<Int128>(step.taps - 1) * step.dilation * jump;
    begin -= static_cast<Int128>(step.pad_begin) * jump;
    jump *= step.stride;
    if (size >= kMaxNumber || begin >= kMaxNumber || begin <= -kMaxNumber || jump >= kMaxNumber)
      return fail(ErrorCode::kUnsupported, "not given: it reaches position 2^62");
  }
  ReceptiveField field;
  field.size = static_cast<std::int64_t>(size);
  field.shift = static_cast<std::int64_t>(jump);
  field.begins = {static_cast<std::int64_t>(begin)};
  field.sizes = {field.size};
  return field;
}

}  // namespace

Result<ReceptiveField> receptive_field(const std::vector<AxisStep>& steps) {
  if (std::all_of(steps.begin(), steps.end(),
                  [](const AxisStep& step) { return step.operation == Operation::kConv; }))
    return closed_form(steps);
  CONVCHECK_ASSIGN(const TapPaths paths, tap_paths(steps));
  ReceptiveField field;
  field.size = 0;
  field.period = paths.period;
  field.shift = paths.shift;
  for (const auto& phase : paths.phases) {
    field.begins.push_back(phase.empty() ? 0 : phase.front().position);
    field.sizes.push_back(phase.empty() ? 0 : phase.back().position - phase.front().position + 1);
    field.size = std::max(field.size, field.sizes.back());
  }
  return field;
}

Result<Interior> interior(const std::vector<AxisStep>& steps) {
  CONVCHECK_ASSIGN(const TapPaths paths, tap_paths(steps));
  CONVCHECK_ASSIGN(const std::vector<std::int64_t> counts, path_counts(steps));
  Interior inside;
  for (std::size_t o = 0; o < counts.size(); ++o) {
    if (counts[o] != total_paths(paths.phases[o % paths.phases.size()])) continue;
    if (inside.count++ == 0) inside.first = static_cast<std::int64_t>(o);
    inside.last = static_cast<std::int64_t>(o);
  }
  return inside;
}

}  // namespace convcheck::properties
