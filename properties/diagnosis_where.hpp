// SPDX-License-Identifier: Apache-2.0
// In plain words, where something happens: the conditions on coordinates that single it out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "properties/diagnosis_map.hpp"

namespace convcheck::properties::diagnosis {

/// "ow", "kh", "group": the place's name in sentences, letters as in names of problems.
std::string place_name(const Incidence&, Place);

/// How many values the place has.
std::int64_t extent_of(const Incidence&, Place);

struct Where {
  std::string text;      ///< "ow % 16 in 13..15 and kw = 2 (the last)"; empty: everywhere.
  bool exact = true;     ///< It happens at all places that meet the conditions.
  bool outputs = false;  ///< The conditions are on the output alone.
};

/// Places where something could have happened, and those where it did.
class Places {
 public:
  /// `outputs_only`: the meetings' coordinates of the output are all that is known of them.
  Places(const Incidence& incidence, bool outputs_only);
  void add(const Meeting& at, bool happened);
  [[nodiscard]] std::int64_t happened() const { return happened_; }
  /// The fewest conditions that leave out as many of the other places as any do: each names the
  /// values of one coordinate, as an end, a residue or a list.
  [[nodiscard]] Where where() const;

 private:
  const Incidence& incidence_;
  std::vector<Place> candidates_;  // In order of preference.
  std::map<std::vector<std::int64_t>, std::pair<std::int64_t, std::int64_t>> counts_;
  std::int64_t happened_ = 0;
};

/// The values of one coordinate in words: "= 3 (the last)", ">= 13 (the last 2)", "% 16 in 13..15".
/// `all` holds every value that occurs, `some` those in question; `extent` is the coordinate's.
std::string values_text(const std::set<std::int64_t>& some, const std::set<std::int64_t>& all,
                        std::int64_t extent);

}  // namespace convcheck::properties::diagnosis
