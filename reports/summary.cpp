// SPDX-License-Identifier: Apache-2.0
#include "reports/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "reports/known_failures.hpp"

namespace convcheck::reports {
namespace {

bool is_inconclusive(const VerdictEntry& v) {
  if (v.failure || !v.known_failure.empty()) return false;
  if (v.verdict == "gave-up") return true;
  return v.verdict != "not-applicable" && v.verdict != v.expected;
}

template <typename T>
void add_unique(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::string verdict_cell(const Tally* t) {
  if (t == nullptr) return "-";
  const std::int64_t judged = t->holds + t->failed + t->known + t->inconclusive;
  if (judged == 0) return "-";
  std::string cell =
      t->holds == judged ? fmt::format("{}", t->holds) : fmt::format("{} of {}", t->holds, judged);
  if (t->known != 0) cell += fmt::format(", {} known", t->known);
  return t->failed == 0 ? cell : cell + " FAILED";
}

const TimingEntry* find_timing(const Document& d, const TimingEntry& like,
                               const std::string& engine, int threads) {
  for (const TimingEntry& t : d.timings) {
    if (t.problem == like.problem && t.suite == like.suite && t.label == like.label &&
        t.engine == engine && t.threads == threads)
      return &t;
  }
  return nullptr;
}

std::string timing_cell(const TimingEntry* t) {
  if (t == nullptr) return "-";
  if (t->status == "over-budget")
    return fmt::format("> {}", format_seconds(t->lower_bound_seconds));
  if (t->status != "timed") return t->status;
  const std::string limit =
      t->limit_percent > 0 ? fmt::format(" {:.0f}%", t->limit_percent) : std::string();
  return fmt::format("{}{:.4g}{}", t->best ? "*" : "", t->gflops, limit);
}

std::string ratio_cell(const Document& d, const TimingEntry& like, const std::string& engine,
                       int threads) {
  const TimingEntry* ours = find_timing(d, like, engine, threads);
  return ours == nullptr || !ours->ratio ? "-" : ours->ratio->text;
}

bool is_numeric_column(const Table& table, std::size_t column) {
  for (std::size_t row = 1; row < table.rows.size(); ++row) {
    const std::string& cell = table.rows[row][column];
    if (cell.empty() || cell == "-") continue;
    if (cell.find_first_of("0123456789") > 2) return false;
  }
  return true;
}

}  // namespace

std::vector<Tally> tallies(const Document& document) {
  std::vector<Tally> list;
  for (const VerdictEntry& v : document.verdicts) {
    auto at = std::find_if(list.begin(), list.end(), [&](const Tally& t) {
      return t.engine == v.engine && t.check == v.check;
    });
    if (at == list.end()) at = list.insert(list.end(), Tally{v.engine, v.check});
    if (v.failure)
      ++at->failed;
    else if (!v.known_failure.empty())
      ++at->known;
    else if (v.verdict == "not-applicable")
      ++at->not_applicable;
    else if (is_inconclusive(v))
      ++at->inconclusive;
    else
      ++at->holds;
  }
  return list;
}

std::int64_t failure_count(const Document& document) {
  return std::count_if(document.verdicts.begin(), document.verdicts.end(),
                       [](const VerdictEntry& v) { return v.failure; }) +
         std::count_if(document.known_failures.begin(), document.known_failures.end(),
                       is_bad_state);
}

std::int64_t inconclusive_count(const Document& document) {
  const auto compared =
      std::count_if(document.comparisons.begin(), document.comparisons.end(),
                    [](const ComparisonEntry& c) { return c.verdict == "inconclusive"; });
  return compared +
         std::count_if(document.verdicts.begin(), document.verdicts.end(), is_inconclusive);
}

std::int64_t judged_count(const Document& document) {
  return std::count_if(
      document.verdicts.begin(), document.verdicts.end(),
      [](const VerdictEntry& v) { return v.cases > 0 && v.verdict != "not-applicable"; });
}

Table verdict_table(const Document& document) {
  const std::vector<Tally> counts = tallies(document);
  std::vector<std::string> engines;
  std::vector<std::string> checks;
  for (const Tally& t : counts) {
    add_unique(engines, t.engine);
    if (t.holds + t.failed + t.known + t.inconclusive != 0) add_unique(checks, t.check);
  }
  Table table;
  table.rows.push_back({"engine"});
  table.rows[0].insert(table.rows[0].end(), checks.begin(), checks.end());
  for (const std::string& engine : engines) {
    std::vector<std::string> row{engine};
    for (const std::string& check : checks) {
      const auto at = std::find_if(counts.begin(), counts.end(), [&](const Tally& t) {
        return t.engine == engine && t.check == check;
      });
      row.push_back(verdict_cell(at == counts.end() ? nullptr : &*at));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table timing_table(const Document& document) {
  std::vector<std::string> engines;
  std::vector<int> threads;
  std::vector<const TimingEntry*> problems;
  for (const TimingEntry& t : document.timings) {
    if (!t.same_as.empty()) continue;
    add_unique(engines, t.engine);
    add_unique(threads, t.threads);
    const bool known = std::any_of(problems.begin(), problems.end(), [&](const TimingEntry* p) {
      return p->problem == t.problem && p->suite == t.suite && p->label == t.label;
    });
    if (!known) problems.push_back(&t);
  }
  Table table;
  table.rows.push_back({"problem"});
  for (const int n : threads) {
    for (const std::string& engine : engines)
      table.rows[0].push_back(fmt::format("{} {}T", engine, n));
    if (engines.size() > 1) table.rows[0].push_back(fmt::format("ratio {}T", n));
  }
  for (const TimingEntry* p : problems) {
    std::vector<std::string> row{p->label.empty() ? p->problem : p->label};
    for (const int n : threads) {
      for (const std::string& engine : engines)
        row.push_back(timing_cell(find_timing(document, *p, engine, n)));
      if (engines.size() > 1) row.push_back(ratio_cell(document, *p, engines.front(), n));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string to_text(const Table& table) {
  if (table.rows.empty()) return {};
  const std::size_t columns = table.rows[0].size();
  std::vector<std::size_t> width(columns, 0);
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < columns; ++c) width[c] = std::max(width[c], row[c].size());
  }
  std::string out;
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const bool right = c > 0 && is_numeric_column(table, c);
      if (c > 0) line += "  ";
      line +=
          right ? fmt::format("{:>{}}", row[c], width[c]) : fmt::format("{:<{}}", row[c], width[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line;
    out += "\n";
  }
  return out;
}

std::string to_markdown(const Table& table) {
  std::string out;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out += "|";
    for (std::string cell : table.rows[r]) {
      for (std::size_t bar = cell.find('|'); bar != std::string::npos;
           bar = cell.find('|', bar + 2))
        cell.insert(bar, 1, '\\');
      out += fmt::format(" {} |", cell);
    }
    out += "\n";
    if (r != 0) continue;
    out += "|";
    for (std::size_t c = 0; c < table.rows[0].size(); ++c)
      out += c > 0 && is_numeric_column(table, c) ? "---:|" : "---|";
    out += "\n";
  }
  return out;
}

std::string power_text(const PowerEntry& power) {
  std::string text = "Power: ";
  if (power.basis == "none") {
    text += "of these problems nothing is recorded; --power asks planted bugs.\n";
  } else {
    const bool measured = power.basis == "measured";
    text += fmt::format(
        "the {} {} of {} planted bugs",
        measured ? std::string("same cases see")
                 : fmt::format("record of {} says: seen are", fmt::join(power.suites, " and ")),
        power.seen, power.faults);
    for (std::size_t i = 0; i < power.missed.size(); ++i)
      text += fmt::format("{}{}", i == 0 ? "; not " : ", ", power.missed[i]);
    text += ".\n";
    if (measured && power.asked < power.problems)
      text += fmt::format("{} of {} problems are too large for planted bugs.\n",
                          power.problems - power.asked, power.problems);
  }
  for (std::size_t i = 0; i < power.escapes.size(); ++i)
    text += fmt::format(
        "{} {:.1f} % where it shows on {:g} % of such problems",
        i == 0 ? fmt::format("A fault escapes these {} problems by a chance of", power.problems)
               : ",",
        100 * power.escapes[i].second, 100 * power.escapes[i].first);
  return text + ".";
}

std::string format_bound_used(double bound_used) {
  return bound_used <= 1 ? fmt::format("{:.3g} % of", 100 * bound_used)
                         : fmt::format("{:.3g} times", bound_used);
}

std::string format_seconds(double seconds) {
  if (seconds >= 1) return fmt::format("{:.3g} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds >= 1e-6) return fmt::format("{:.3g} us", seconds * 1e6);
  return fmt::format("{:.3g} ns", seconds * 1e9);
}

}  // namespace convcheck::reports
