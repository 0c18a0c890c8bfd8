// SPDX-License-Identifier: Apache-2.0
#include "cli/law_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include "cli/stopwatch.hpp"
#include "core/thread_pool.hpp"
#include "properties/check_law.hpp"

namespace convcheck::cli {
namespace {

using namespace properties::table;  // NOLINT(google-build-using-namespace)

std::string names(const auto& list) {
  std::string text;
  for (const auto& item : list)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(item));
  return text;
}

// What one letter of the table says of a cell.
char letter(const Cell& cell, const reports::VerdictEntry* verdict) {
  if (expectation(cell).truth == CellTruth::kIllTyped) return '-';
  if (verdict == nullptr) return ' ';
  if (verdict->failure) return '!';
  if (verdict->verdict == "holds") return 'Y';
  return verdict->verdict == "refuted" ? 'N' : '?';
}

reports::VerdictEntry exact_verdict(const Cell& cell, const ProofOptions& options) {
  const Stopwatch watch;
  const Expectation expected = expectation(cell);
  const Found found = prove(cell, options);
  reports::VerdictEntry entry;
  entry.check = to_string(cell);
  entry.statement = equation(cell);
  entry.engine = kExactIntegers;
  entry.level = properties::to_string(properties::Level::kRequired);
  entry.expected = expected.truth == CellTruth::kTrue ? "holds" : "refuted";
  entry.verdict = found.holds() ? "holds" : "refuted";
  entry.failure = truth_of(found) != expected.truth;
  entry.cases = found.cases;
  entry.seed = options.seed;
  entry.reproducer = fmt::format("convcheck laws --law {} --seed {} --cases {}", entry.check,
                                 options.seed, options.random_cases / kExactCasesPerCase);
  entry.seconds = watch.seconds();
  entry.detail = fmt::format("lemma {}", text(expected.lemma).name);
  if (expected.through) entry.detail += fmt::format(", through {}", text(*expected.through).name);
  if (found.value_case) entry.detail += "; by value: " + to_string(cell, *found.value_case);
  if (found.shape_case) entry.detail += "; by shape: " + to_string(cell, *found.shape_case);
  if (entry.failure)
    entry.detail = fmt::format("found {}, expected {}; {}", to_string(truth_of(found)),
                               to_string(expected.truth), entry.detail);
  return entry;
}

}  // namespace

bool names_cells(const std::string& word) {
  return parse_statement(word).has_value() || parse_cell(word).has_value();
}

Result<std::vector<Cell>> chosen_cells(const std::vector<std::string>& words,
                                       const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    if (!parse_setting(setting))
      return fail(ErrorCode::kBadInput,
                  "--setting {}: no setting of that name; the settings are {}", setting,
                  names(kSettings));
  }
  const auto chosen = [&](const Cell& cell) {
    const auto named = [&](const std::string& word) {
      return word == info(cell.statement).name || word == to_string(cell);
    };
    const auto set = [&](const std::string& setting) {
      return parse_setting(setting) == cell.setting;
    };
    return (words.empty() || std::any_of(words.begin(), words.end(), named)) &&
           (settings.empty() || std::any_of(settings.begin(), settings.end(), set));
  };
  std::vector<Cell> cells;
  std::copy_if(all_cells().begin(), all_cells().end(), std::back_inserter(cells), chosen);
  if (cells.empty())
    return fail(ErrorCode::kBadInput, "--law and --setting leave no cell of the table: {} in {}",
                fmt::join(words, ", "), fmt::join(settings, ", "));
  return cells;
}

std::vector<reports::VerdictEntry> exact_verdicts(const std::vector<Cell>& cells,
                                                  const ProofOptions& options,
                                                  const std::function<bool()>& stop) {
  std::vector<Cell> typed;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(typed),
               [](const Cell& cell) { return expectation(cell).truth != CellTruth::kIllTyped; });
  std::vector<std::optional<reports::VerdictEntry>> entries(typed.size());
  std::atomic<std::size_t> next = 0;
  ThreadPool pool(static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U)));
  pool.run([&](int /*part*/) {
    for (std::size_t i = next++; i < typed.size() && !stop(); i = next++)
      entries[i] = exact_verdict(typed[i], options);
  });
  std::vector<reports::VerdictEntry> verdicts;
  for (auto& entry : entries) {
    if (entry) verdicts.push_back(*std::move(entry));
  }
  return verdicts;
}

reports::Table law_table(const std::vector<Cell>& cells, const std::string& engine,
                         const std::vector<reports::VerdictEntry>& verdicts) {
  std::map<std::string, const reports::VerdictEntry*> by_name;
  for (const reports::VerdictEntry& verdict : verdicts) {
    if (verdict.engine == engine) by_name[verdict.check] = &verdict;
  }
  std::vector<Setting> settings;
  for (const Setting setting : kSettings) {
    const auto is_set = [&](const Cell& cell) { return cell.setting == setting; };
    if (std::any_of(cells.begin(), cells.end(), is_set)) settings.push_back(setting);
  }
  reports::Table table;
  table.rows.push_back({engine, ""});
  for (const Setting setting : settings) table.rows[0].emplace_back(to_string(setting));
  const auto letter_of = [&](const Cell& cell) {
    const auto at = by_name.find(to_string(cell));
    return letter(cell, at == by_name.end() ? nullptr : at->second);
  };
  for (const LetterRow& from : letter_rows(cells, letter_of)) {
    std::vector<std::string> row{std::string(info(from.statement).name),
                                 std::string(short_name(from.orientation))};
    for (const Setting setting : settings) {
      const auto at = from.letters.find(setting);
      row.push_back(at == from.letters.end() ? "" : at->second);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string law_table_legend() {
  return fmt::format(
      "Y holds, N refuted, - ill-typed, ? not judged, ! not what mathematics says, blank not "
      "stated.\nSix letters: {}. One cell alone: convcheck laws --law associative:corr:full:1-D\n",
      names(kKinds));
}

reports::Table counterexample_table(const std::vector<Cell>& cells,
                                    const std::vector<reports::VerdictEntry>& verdicts) {
  reports::Table table;
  table.rows.push_back({"refuted in one dimension", "statement", "smallest counterexample"});
  for (const Cell& cell : cells) {
    if (cell.kind != Kind::k1D) continue;
    const auto is_refuted = [&](const reports::VerdictEntry& v) {
      return v.engine == kExactIntegers && v.verdict == "refuted" && v.check == to_string(cell);
    };
    const auto verdict = std::find_if(verdicts.begin(), verdicts.end(), is_refuted);
    if (verdict == verdicts.end()) continue;
    const std::size_t at = verdict->detail.find("by ");
    table.rows.push_back({verdict->check, verdict->statement,
                          at == std::string::npos ? "" : verdict->detail.substr(at)});
  }
  return table;
}

}  // namespace convcheck::cli
