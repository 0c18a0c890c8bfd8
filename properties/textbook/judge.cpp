// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "properties/textbook/statement.hpp"

namespace convcheck::properties::textbook {

std::string_view to_string(Answer answer) {
  switch (answer) {
    case Answer::kTrue:
      return "true";
    case Answer::kFalse:
      return "false";
    case Answer::kConditional:
      return "true under conditions";
  }
  return {};
}

const Check* find_check(std::string_view name) {
  const auto at = std::find_if(checks().begin(), checks().end(),
                               [&](const Check& check) { return check.name == name; });
  return at == checks().end() ? nullptr : &*at;
}

std::vector<table::Cell> cells_of(std::string_view words) {
  std::vector<table::Cell> cells;
  for (const table::Cell& cell : table::all_cells()) {
    const std::string name = to_string(cell) + ":";
    const bool begins = name.compare(0, words.size(), words) == 0 && name[words.size()] == ':';
    if (begins && table::expectation(cell).truth != table::CellTruth::kIllTyped)
      cells.push_back(cell);
  }
  return cells;
}

std::vector<Found> judge(const Statement& statement, const Lookup& lookup) {
  std::vector<Found> list;
  for (const Evidence& evidence : statement.evidence) {
    Found found;
    found.evidence = &evidence;
    const auto add = [&](std::string_view name) {
      ++found.cells;
      const std::optional<Known> known = lookup(evidence.kind, name);
      if (!known) return;
      ++found.judged;
      found.cases += known->cases;
      if (known->holds != evidence.holds) ++found.differ;
      if (found.detail.empty() && (known->holds != evidence.holds || !evidence.holds ||
                                   evidence.kind == Evidence::Kind::kCheck))
        found.detail = known->detail;
    };
    if (evidence.kind == Evidence::Kind::kCells) {
      for (const table::Cell& cell : cells_of(evidence.name)) add(to_string(cell));
    } else {
      add(evidence.name);
    }
    list.push_back(std::move(found));
  }
  return list;
}

bool established(const std::vector<Found>& list) {
  return !list.empty() &&
         std::all_of(list.begin(), list.end(), [](const Found& f) { return f.as_expected(); });
}

}  // namespace convcheck::properties::textbook
