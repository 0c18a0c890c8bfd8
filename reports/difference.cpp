// SPDX-License-Identifier: Apache-2.0
#include "reports/difference.hpp"

#include <fmt/core.h>

namespace convcheck::reports {
namespace {

std::string position_text(const BitDifferenceEntry& first) {
  std::string text = fmt::format("{} [", first.index);
  for (std::size_t i = 0; i < first.position.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", first.position[i]);
  return text + "]";
}

std::string ulps_text(double ulps) {
  return fmt::format("{:.6g} ulp{}", ulps, ulps == 1 ? "" : "s");
}

}  // namespace

std::string bits_text(const DifferenceEntry& d) {
  if (d.bits == "same") return "every bit is the same";
  if (!d.first) return d.reason;
  const BitDifferenceEntry& f = *d.first;
  return fmt::format("index {}: {} and {} ({} and {}), {}; {} of {} differ, by at most {}",
                     position_text(f), f.a_bits, f.b_bits, f.a, f.b, ulps_text(f.ulps), f.differing,
                     d.outputs, ulps_text(f.max_ulps));
}

std::string error_text(const DifferenceEntry& d) {
  if (!d.a.accuracy || !d.b.accuracy) return d.reason;
  const AccuracyEntry& a = *d.a.accuracy;
  const AccuracyEntry& b = *d.b.accuracy;
  std::string text = fmt::format(
      "error / (u S) {:.3g} and {:.3g}; {:.3g} and {}; {:.3g} % and {:.3g} % of the derived bound",
      a.max_error_over_us, b.max_error_over_us, a.max_ulps, ulps_text(b.max_ulps),
      100 * a.max_bound_used, 100 * b.max_bound_used);
  if (!d.b.wrong.empty()) text += fmt::format("; beyond its bound: {}", d.b.wrong);
  return text;
}

Table difference_table(const Document& document) {
  Table table;
  table.rows.push_back({"problem", "threads", "first difference", "A", "B", "ulps", "differing",
                        "error / (u S) A", "B"});
  for (const DifferenceEntry& d : document.differences) {
    if (!d.first) continue;
    const auto error = [](const DifferenceSide& side) {
      return side.accuracy ? fmt::format("{:.3g}", side.accuracy->max_error_over_us)
                           : std::string("-");
    };
    table.rows.push_back({d.label.empty() ? d.problem : d.label, fmt::format("{}", d.threads),
                          position_text(*d.first), d.first->a_bits, d.first->b_bits,
                          fmt::format("{:.6g}", d.first->ulps),
                          fmt::format("{} of {}", d.first->differing, d.outputs), error(d.a),
                          error(d.b)});
  }
  return table;
}

}  // namespace convcheck::reports
