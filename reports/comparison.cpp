// SPDX-License-Identifier: Apache-2.0
#include "reports/comparison.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace convcheck::reports {
namespace {

std::string change_text(const ComparisonEntry& c) {
  if (c.time_ratio <= 0) return "-";
  const auto percent = [](double ratio) { return 100 * (ratio - 1); };
  const bool over_budget = c.base_samples == 0 || c.new_samples == 0;
  if (over_budget)
    return fmt::format("{} {:+.1f} %", c.base_samples == 0 ? "<=" : ">=", percent(c.time_ratio));
  return fmt::format("{:+.1f} % [{:+.1f}, {:+.1f}]", percent(c.time_ratio), percent(c.ratio_low),
                     percent(c.ratio_high));
}

std::string seconds_text(double seconds, int samples) {
  if (seconds <= 0) return "-";
  return fmt::format("{}{}", samples == 0 ? "> " : "", format_seconds(seconds));
}

// The engines of a row: one name where both are the same.
std::string engine_text(const ComparisonEntry& c) {
  if (c.base_engine == c.new_engine) return c.base_engine;
  return fmt::format("{} -> {}", c.base_engine, c.new_engine);
}

}  // namespace

Table comparison_table(const Document& d) {
  const bool engines = std::any_of(d.comparisons.begin(), d.comparisons.end(), [&](const auto& c) {
    return engine_text(c) != engine_text(d.comparisons.front());
  });
  Table table;
  table.rows.push_back({"problem"});
  std::vector<std::string>& header = table.rows.front();
  if (engines) header.emplace_back("engine");
  for (const char* title :
       {"threads", "before", "after", "change of time [95 %]", "floor", "p", "verdict"})
    header.emplace_back(title);
  for (const ComparisonEntry& c : d.comparisons) {
    std::vector<std::string> row{c.label.empty() ? c.problem : c.label};
    if (engines) row.push_back(engine_text(c));
    row.push_back(fmt::format("{}", c.threads));
    row.push_back(seconds_text(c.base_seconds, c.base_samples));
    row.push_back(seconds_text(c.new_seconds, c.new_samples));
    row.push_back(change_text(c));
    row.push_back(fmt::format("{:.1f} %", 100 * c.noise_floor));
    row.push_back(fmt::format("{:.2g}", c.p_adjusted));
    row.push_back(c.reason.empty() ? c.verdict : fmt::format("{}: {}", c.verdict, c.reason));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string comparison_counts(const Document& d) {
  const auto count = [&](const char* verdict) {
    return std::count_if(d.comparisons.begin(), d.comparisons.end(),
                         [&](const ComparisonEntry& c) { return c.verdict == verdict; });
  };
  const auto slower = count("slower");
  const auto faster = count("faster");
  const auto same = count("same");
  const auto inconclusive = count("inconclusive");
  std::string text =
      fmt::format("{} slower, {} faster, {} same, {} inconclusive of {} compared", slower, faster,
                  same, inconclusive, slower + faster + same + inconclusive);
  const char* separator = "; ";
  for (const char* verdict : {"lost", "gained", "not-compared"}) {
    if (const auto n = count(verdict); n != 0) {
      text += fmt::format("{}{} {}", separator, n, verdict);
      separator = ", ";
    }
  }
  return text;
}

bool is_regression(const ComparisonEntry& c) {
  return c.verdict == "slower" || c.verdict == "lost";
}

std::int64_t compared_count(const Document& d) {
  return std::count_if(d.comparisons.begin(), d.comparisons.end(), [](const ComparisonEntry& c) {
    return c.verdict != "gained" && c.verdict != "not-compared";
  });
}

std::string comparison_terms(const Document& d) {
  if (!d.comparison) return {};
  const ComparisonTerms& t = *d.comparison;
  std::string text = fmt::format(
      "{} against {}. A change of less than {:.3g} % is none; p is corrected for the number of "
      "comparisons (Holm, {:.3g}).\n",
      t.fresh, t.base, 100 * t.min_effect, t.alpha);
  for (const std::string& note : t.notes) text += fmt::format("Note: {}.\n", note);
  return text;
}

}  // namespace convcheck::reports
