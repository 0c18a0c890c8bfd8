// SPDX-License-Identifier: Apache-2.0
#include "reports/law_cells.hpp"

#include <algorithm>
#include <map>

namespace convcheck::reports {
namespace {

// The words of "statement:orientation:setting:kind"; empty for other checks.
std::vector<std::string> cell_words(const std::string& check) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= check.size();) {
    const std::size_t end = std::min(check.find(':', begin), check.size());
    words.push_back(check.substr(begin, end - begin));
    begin = end + 1;
  }
  return words.size() == 4 ? words : std::vector<std::string>();
}

char letter(const VerdictEntry& v) {
  if (v.failure) return '!';
  if (v.verdict == "holds") return 'Y';
  return v.verdict == "refuted" ? 'N' : '?';
}

std::size_t place(std::vector<std::string>& list, const std::string& name) {
  const auto at = std::find(list.begin(), list.end(), name);
  if (at != list.end()) return static_cast<std::size_t>(at - list.begin());
  list.push_back(name);
  return list.size() - 1;
}

}  // namespace

Table law_verdict_table(const Document& document) {
  std::vector<std::string> engines;
  std::vector<std::string> checks;
  std::map<std::pair<std::size_t, std::size_t>, std::string> verdicts;
  for (const VerdictEntry& v : document.verdicts) {
    if (!cell_words(v.check).empty()) continue;
    verdicts[{place(checks, v.check), place(engines, v.engine)}] =
        v.failure ? v.verdict + " !" : v.verdict;
  }
  Table table;
  if (checks.empty()) return table;
  table.rows.push_back({"law"});
  table.rows[0].insert(table.rows[0].end(), engines.begin(), engines.end());
  for (std::size_t c = 0; c < checks.size(); ++c) {
    std::vector<std::string> row{checks[c]};
    for (std::size_t e = 0; e < engines.size(); ++e) {
      const auto at = verdicts.find({c, e});
      row.push_back(at == verdicts.end() ? "" : at->second);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<Table> law_cell_tables(const Document& document) {
  struct Letters {
    std::vector<std::string> rows, settings;
    std::map<std::pair<std::size_t, std::size_t>, std::string> words;
  };
  std::vector<std::string> engines;
  std::vector<Letters> letters;
  for (const VerdictEntry& v : document.verdicts) {
    const std::vector<std::string> words = cell_words(v.check);
    if (words.empty()) continue;
    const std::size_t engine = place(engines, v.engine);
    if (engine == letters.size()) letters.emplace_back();
    Letters& all = letters[engine];
    const std::size_t row = place(all.rows, words[0] + " " + words[1]);
    all.words[{row, place(all.settings, words[2])}] += letter(v);
  }
  std::vector<Table> tables;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    const Letters& all = letters[e];
    Table table;
    table.rows.push_back({engines[e]});
    table.rows[0].insert(table.rows[0].end(), all.settings.begin(), all.settings.end());
    for (std::size_t r = 0; r < all.rows.size(); ++r) {
      std::vector<std::string> row{all.rows[r]};
      for (std::size_t s = 0; s < all.settings.size(); ++s) {
        const auto at = all.words.find({r, s});
        std::string word = at == all.words.end() ? "" : at->second;
        if (!word.empty() && word.find_first_not_of(word[0]) == std::string::npos) word.resize(1);
        row.push_back(std::move(word));
      }
      table.rows.push_back(std::move(row));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace convcheck::reports
