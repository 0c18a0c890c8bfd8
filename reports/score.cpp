// SPDX-License-Identifier: Apache-2.0
#include "reports/score.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace convcheck::reports {
namespace {

// A mean of logarithms, and on which sides of it bounds stand.
class GeometricMean {
 public:
  void add(double value, const std::string& bound) {
    sum_ += std::log(value);
    ++count_;
    at_least_ = at_least_ || bound == "at-least" || bound == "unknown";
    at_most_ = at_most_ || bound == "at-most" || bound == "unknown";
  }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] double value() const { return count_ == 0 ? 0 : std::exp(sum_ / count_); }
  [[nodiscard]] std::string bound() const {
    if (at_least_ && at_most_) return "unknown";
    return at_least_ ? "at-least" : at_most_ ? "at-most" : "";
  }

 private:
  double sum_ = 0;
  int count_ = 0;
  bool at_least_ = false;
  bool at_most_ = false;
};

bool takes_part(const TimingEntry& t) { return t.same_as.empty(); }
std::string family_name(const TimingEntry& t) { return t.family.empty() ? t.suite : t.family; }

// The entry of `list` that is like this, added if there is none.
template <typename T, typename Same>
T& find_or_add(std::vector<T>& list, const T& fresh, Same same) {
  const auto at = std::find_if(list.begin(), list.end(), same);
  return at == list.end() ? list.emplace_back(fresh) : *at;
}

void fill_family(const Document& d, const ScoreEntry& score, FamilyScore& family) {
  GeometricMean ratios;
  GeometricMean rates;
  for (const TimingEntry& t : d.timings) {
    if (!takes_part(t) || t.engine != score.engine || t.threads != score.threads ||
        t.suite != family.suite || family_name(t) != family.family)
      continue;
    if (t.ratio && t.ratio->value > 0) ratios.add(t.ratio->value, t.ratio->bound);
    if (t.status == "timed" && t.gflops > 0) rates.add(t.gflops, "");
  }
  family.in_ratio = ratios.count();
  family.ratio = ratios.value();
  family.bound = ratios.bound();
  family.timed = rates.count();
  family.gflops = rates.value();
}

void fill_score(ScoreEntry& score) {
  GeometricMean ratios;
  GeometricMean rates;
  for (const FamilyScore& family : score.families) {
    score.problems += family.problems;
    score.in_ratio += family.in_ratio;
    score.timed += family.timed;
    if (family.in_ratio != 0) ratios.add(family.ratio, family.bound);
    if (family.timed != 0) rates.add(family.gflops, "");
  }
  score.ratio = ratios.value();
  score.bound = ratios.bound();
  score.gflops = rates.value();
}

std::string cell(double value, const std::string& bound, int in, int of) {
  if (in == 0) return "-";
  const char* mark = bound == "at-least" ? ">= " : bound == "at-most" ? "<= " : "";
  std::string text =
      bound == "unknown" ? "bounded both ways" : fmt::format("{}{:.3g}", mark, value);
  return in == of ? text : fmt::format("{} ({} of {})", text, in, of);
}

bool has_ratios(const std::vector<ScoreEntry>& list) {
  return std::any_of(list.begin(), list.end(), [](const ScoreEntry& s) { return s.in_ratio != 0; });
}

}  // namespace

std::vector<ScoreEntry> scores(const Document& d) {
  std::vector<ScoreEntry> list;
  for (const TimingEntry& t : d.timings) {
    if (!takes_part(t)) continue;
    ScoreEntry fresh_score;
    fresh_score.engine = t.engine;
    fresh_score.threads = t.threads;
    ScoreEntry& score = find_or_add(list, fresh_score, [&](const ScoreEntry& s) {
      return s.engine == t.engine && s.threads == t.threads;
    });
    FamilyScore fresh;
    fresh.suite = t.suite;
    fresh.family = family_name(t);
    ++find_or_add(score.families, fresh, [&](const FamilyScore& f) {
        return f.suite == fresh.suite && f.family == fresh.family;
      }).problems;
  }
  for (ScoreEntry& score : list) {
    for (FamilyScore& family : score.families) fill_family(d, score, family);
    fill_score(score);
  }
  return list;
}

Table score_table(const std::vector<ScoreEntry>& list) {
  Table table;
  table.rows.push_back({"family"});
  if (list.empty()) return table;
  const bool ratios = has_ratios(list);
  const auto value = [&](const auto& s) {
    return ratios ? cell(s.ratio, s.bound, s.in_ratio, s.problems)
                  : cell(s.gflops, "", s.timed, s.problems);
  };
  for (const FamilyScore& family : list.front().families)
    table.rows.push_back({family.family.empty() ? "(command line)" : family.family});
  table.rows.push_back({"score"});
  for (const ScoreEntry& score : list) {
    table.rows[0].push_back(fmt::format("{} {}T", score.engine, score.threads));
    for (std::size_t i = 0; i < list.front().families.size(); ++i) {
      const FamilyScore& like = list.front().families[i];
      const auto at = std::find_if(
          score.families.begin(), score.families.end(),
          [&](const FamilyScore& f) { return f.suite == like.suite && f.family == like.family; });
      table.rows[i + 1].push_back(at == score.families.end() ? "-" : value(*at));
    }
    table.rows.back().push_back(value(score));
  }
  return table;
}

std::string score_heading(const std::vector<ScoreEntry>& list) {
  return fmt::format("{}: geometric mean within each family, and of the families",
                     has_ratios(list) ? "Best other engine's time / the engine's" : "GFLOP/s");
}

}  // namespace convcheck::reports
