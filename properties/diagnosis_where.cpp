// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_where.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace convcheck::properties::diagnosis {
namespace {

constexpr std::int64_t kModuli[] = {2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 256};

// The values at or above `low`, below `high`.
std::set<std::int64_t> between(const std::set<std::int64_t>& all, std::int64_t low,
                               std::int64_t high) {
  return {all.lower_bound(low), all.lower_bound(high)};
}

std::string range_or_list(const std::set<std::int64_t>& values) {
  const std::int64_t first = *values.begin();
  const std::int64_t last = *values.rbegin();
  if (values.size() > 2 && last - first + 1 == static_cast<std::int64_t>(values.size()))
    return fmt::format("in {}..{}", first, last);
  std::string list;
  std::size_t shown = 0;
  for (const std::int64_t v : values) {
    if (++shown > 8) return fmt::format("in {{{}, ...}}", list);
    list += fmt::format("{}{}", list.empty() ? "" : ", ", v);
  }
  return fmt::format("in {{{}}}", list);
}

std::optional<std::string> residues(const std::set<std::int64_t>& some,
                                    const std::set<std::int64_t>& all) {
  if (*all.begin() < 0) return std::nullopt;
  for (const std::int64_t q : kModuli) {
    if (static_cast<std::int64_t>(all.size()) <= q) continue;
    std::set<std::int64_t> rest;
    for (const std::int64_t v : some) rest.insert(v % q);
    // A residue that occurs once is a place, not a rule.
    if (static_cast<std::int64_t>(rest.size()) == q || rest.size() == some.size()) continue;
    const bool same = std::all_of(all.begin(), all.end(), [&](std::int64_t v) {
      return rest.contains(v % q) == some.contains(v);
    });
    if (!same) continue;
    if (rest.size() == 1) return fmt::format("% {} = {}", q, *rest.begin());
    return fmt::format("% {} {}", q, range_or_list(rest));
  }
  return std::nullopt;
}

bool is_data_axis(const Incidence& incidence, Place place) {
  const std::size_t first = first_place(incidence.data());
  return place >= first + 2 && place < first + 5;
}

}  // namespace

std::int64_t extent_of(const Incidence& incidence, Place place) {
  if (place == kGroup) return incidence.problem().groups;
  const Role role = place < kXImage ? Role::kY : place < kWOuter ? Role::kX : Role::kW;
  return incidence.extents(role)[place - first_place(role)];
}

std::string place_name(const Incidence& incidence, Place place) {
  static constexpr const char* kNames[kPlaces] = {"n",  "oc", "od", "oh",   "ow", "n",
                                                  "ic", "id", "ih", "iw",   "oc", "ic",
                                                  "kd", "kh", "kw", "group"};
  if (place == kWChannel && incidence.problem().groups > 1) return "the channel in its group";
  return kNames[place];
}

std::string values_text(const std::set<std::int64_t>& some, const std::set<std::int64_t>& all,
                        std::int64_t extent) {
  const std::int64_t first = *some.begin();
  const std::int64_t last = *some.rbegin();
  if (some.size() == 1)
    return fmt::format("= {}{}", first, first == extent - 1 && extent > 1 ? " (the last)" : "");
  if (last < 0 && some == between(all, *all.begin(), 0)) return "< 0";
  if (some == between(all, first, *all.rbegin() + 1)) {
    if (first >= extent) return fmt::format(">= {}", extent);
    return fmt::format(">= {} (the last {})", first, extent - first);
  }
  if (some == between(all, *all.begin(), last + 1)) return fmt::format("<= {}", last);
  if (auto text = residues(some, all)) return *text;
  return range_or_list(some);
}

Places::Places(const Incidence& incidence, bool outputs_only) : incidence_(incidence) {
  const std::size_t output = first_place(incidence.written());
  candidates_.push_back(kGroup);
  for (std::size_t i = 0; i < 5; ++i) candidates_.push_back(static_cast<Place>(output + i));
  if (outputs_only) return;
  switch (incidence.problem().operation) {
    case Operation::kConv:
      candidates_.push_back(kWChannel);
      break;
    case Operation::kDeconv:
      candidates_.push_back(kWOuter);
      break;
    case Operation::kWgrad:
      candidates_.push_back(kYImage);
      break;
  }
  const std::size_t partner = first_place(incidence.partner());
  for (std::size_t i = 2; i < 5; ++i) candidates_.push_back(static_cast<Place>(partner + i));
  const std::size_t data = first_place(incidence.data());
  for (std::size_t i = 2; i < 5; ++i) candidates_.push_back(static_cast<Place>(data + i));
}

void Places::add(const Meeting& at, bool happened) {
  std::vector<std::int64_t> key;
  for (const Place place : candidates_) key.push_back(at[place]);
  auto& [yes, no] = counts_[key];
  (happened ? yes : no) += 1;
  happened_ += happened ? 1 : 0;
}

Where Places::where() const {
  std::vector<std::set<std::int64_t>> some(candidates_.size());
  std::vector<std::set<std::int64_t>> all(candidates_.size());
  for (const auto& [key, counts] : counts_) {
    for (std::size_t i = 0; i < key.size(); ++i) {
      all[i].insert(key[i]);
      if (counts.first > 0) some[i].insert(key[i]);
    }
  }
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (some[i] != all[i] && !some[i].empty()) used.push_back(i);
  // How many of the other places meet which conditions.
  std::map<std::uint32_t, std::int64_t> others;
  for (const auto& [key, counts] : counts_) {
    if (counts.second == 0) continue;
    std::uint32_t mask = 0;
    for (std::size_t u = 0; u < used.size(); ++u)
      if (some[used[u]].contains(key[used[u]])) mask |= 1U << u;
    others[mask] += counts.second;
  }
  std::uint32_t best = 0;
  std::int64_t best_left = -1;
  std::size_t best_cost = 0;
  for (std::uint32_t subset = 0; subset < 1U << used.size(); ++subset) {
    std::int64_t left = 0;
    for (const auto& [mask, count] : others)
      if ((mask & subset) == subset) left += count;
    std::size_t cost = 0;
    for (std::size_t u = 0; u < used.size(); ++u)
      if ((subset >> u & 1U) != 0) cost += 100 + used[u];
    if (best_left >= 0 && (left > best_left || (left == best_left && cost >= best_cost))) continue;
    best = subset;
    best_left = left;
    best_cost = cost;
  }
  Where where;
  where.exact = best_left <= 0;
  where.outputs = true;
  for (std::size_t u = 0; u < used.size(); ++u) {
    if ((best >> u & 1U) == 0) continue;
    const Place place = candidates_[used[u]];
    where.outputs = where.outputs && used[u] < 6;
    const std::int64_t extent = extent_of(incidence_, place);
    std::string text = fmt::format("{} {}", place_name(incidence_, place),
                                   values_text(some[used[u]], all[used[u]], extent));
    const bool outside = *some[used[u]].rbegin() < 0 || *some[used[u]].begin() >= extent;
    if (outside && is_data_axis(incidence_, place)) text += " (the padding)";
    where.text += (where.text.empty() ? "" : " and ") + text;
  }
  return where;
}

}  // namespace convcheck::properties::diagnosis
