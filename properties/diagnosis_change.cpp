// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_change.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "properties/diagnosis_where.hpp"

namespace convcheck::properties::diagnosis {
namespace {

// How one coordinate changes, by the changes that have it.
class Coordinate {
 public:
  Coordinate(const Incidence& incidence, Place place, const std::vector<Change>& changes)
      : incidence_(incidence), place_(place), changes_(changes) {}

  [[nodiscard]] bool stays() const {
    return all([](std::int64_t from, std::int64_t to, const Change&) { return from == to; });
  }

  // "iw+1", "iw=0", "ic % 256"; nothing where no rule fits.
  [[nodiscard]] std::optional<std::string> rule() const {
    const std::string name = place_name(incidence_, place_);
    const std::int64_t from0 = changes_[0].expected[place_];
    const std::int64_t to0 = changes_[0].found[place_];
    const bool outside = from0 < 0 || from0 >= extent_of(incidence_, place_);
    if (all([&](auto, auto to, const Change&) { return to == to0; }) &&
        (outside || !all([&](auto from, auto, const Change&) { return from == from0; })))
      return fmt::format("{}={}", name, to0);
    if (all([&](auto from, auto to, const Change&) { return to - from == to0 - from0; }))
      return fmt::format("{}{:+}", name, to0 - from0);
    for (const int bits : {7, 8, 15, 16})
      if (all([&](auto from, auto to, const Change&) {
            return to == (from & ((std::int64_t{1} << bits) - 1));
          }))
        return fmt::format("{} in {} bits", name, bits);
    if (all([&](auto from, auto to, const Change&) { return from + to == from0 + to0; }))
      return fmt::format("{}-{}", from0 + to0, name);
    const ConvProblem& p = incidence_.problem();
    if (place_ == kXChannel && p.groups > 1 && all([&](auto, auto to, const Change& c) {
          return to == c.expected[kYChannel] % p.in_channels;
        }))
      return fmt::format("{}=oc % {}", name, p.in_channels);
    return by_value(name);
  }

  [[nodiscard]] bool is_first_group() const {
    const ConvProblem& p = incidence_.problem();
    const std::int64_t inputs = p.in_channels / p.groups;
    return p.groups > 1 && place_ == kXChannel &&
           all([&](auto from, auto to, const Change&) { return to == from % inputs; });
  }

  template <typename F>
  [[nodiscard]] bool all(F&& holds) const {
    return std::all_of(changes_.begin(), changes_.end(), [&](const Change& c) {
      return holds(c.expected[place_], c.found[place_], c);
    });
  }

 private:
  // "ic=2 for ic=1, ic=1 for ic=2": where the coordinate alone decides.
  [[nodiscard]] std::optional<std::string> by_value(const std::string& name) const {
    std::map<std::int64_t, std::int64_t> to;
    for (const Change& c : changes_) {
      const auto [at, fresh] = to.emplace(c.expected[place_], c.found[place_]);
      if (!fresh && at->second != c.found[place_]) return std::nullopt;
    }
    if (to.size() > 6) return std::nullopt;
    std::string text;
    for (const auto& [from, found] : to)
      text += fmt::format("{}{}={} for {}", text.empty() ? "" : ", ", name, found, from);
    return text;
  }

  const Incidence& incidence_;
  Place place_;
  const std::vector<Change>& changes_;
};

std::string element_text(const Incidence& incidence, Role role, const Meeting& m) {
  const std::size_t first = first_place(role);
  const auto skipped = static_cast<std::size_t>(incidence.problem().first_axis());
  std::string text;
  for (std::size_t i = 0; i < 5; ++i) {
    if (i >= 2 && i - 2 < skipped) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", m[first + i]);
  }
  return fmt::format("{}[{}]", to_string(role), text);
}

// Both groups of weights, where whole groups take each other's.
std::optional<std::string> group_text(const Incidence& incidence,
                                      const std::vector<Change>& changes) {
  const ConvProblem& p = incidence.problem();
  if (p.groups == 1) return std::nullopt;
  const std::int64_t outputs = p.out_channels / p.groups;
  std::map<std::int64_t, std::int64_t> to;
  for (const Change& c : changes) {
    const std::int64_t from = c.expected[kWOuter];
    const std::int64_t found = c.found[kWOuter];
    if (from % outputs != found % outputs) return std::nullopt;
    const auto [at, fresh] = to.emplace(from / outputs, found / outputs);
    if (!fresh && at->second != found / outputs) return std::nullopt;
  }
  std::erase_if(to, [](const auto& pair) { return pair.first == pair.second; });
  if (to.empty() || to.size() > 4) return std::nullopt;
  std::string text;
  for (const auto& [from, found] : to)
    text +=
        fmt::format("{}group {}'s weights for group {}'s", text.empty() ? "" : ", ", found, from);
  return text;
}

// A tap's number that lost its high bits.
std::optional<std::string> narrow_tap_text(const Incidence& incidence,
                                           const std::vector<Change>& changes) {
  const Axes& extent = incidence.problem().w_extent;
  const auto number = [&](const Meeting& m) {
    return (m[kTapDepth] * extent[1] + m[kTapHeight]) * extent[2] + m[kTapWidth];
  };
  for (const std::int64_t range : {256, 128}) {
    if (std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
          return number(c.expected) >= range && number(c.found) == number(c.expected) % range;
        }))
      return fmt::format("w[the number of the tap % {}]", range);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Meeting> constant_shift(std::size_t first, const std::vector<Change>& changes) {
  Meeting shift{};
  for (std::size_t i = first; i < first + 5; ++i) {
    shift[i] = changes[0].found[i] - changes[0].expected[i];
    for (const Change& c : changes)
      if (c.found[i] - c.expected[i] != shift[i]) return std::nullopt;
  }
  return shift;
}

std::optional<std::string> change_text(const Incidence& incidence, Role role,
                                       const std::vector<Change>& changes) {
  const std::size_t first = first_place(role);
  if (role == Role::kW) {
    if (std::all_of(changes.begin(), changes.end(), [](const Change& c) {
          return c.found[kTapHeight] == c.expected[kTapWidth] &&
                 c.found[kTapWidth] == c.expected[kTapHeight] &&
                 c.found[kWOuter] == c.expected[kWOuter] &&
                 c.found[kWChannel] == c.expected[kWChannel];
        }))
      return "w with height and width swapped";
    if (auto text = group_text(incidence, changes)) return text;
    if (auto text = narrow_tap_text(incidence, changes)) return text;
  }
  std::string rules;
  std::string fixed_from;
  std::string fixed_to;
  bool fixed = true;
  for (std::size_t i = first; i < first + 5; ++i) {
    const auto place = static_cast<Place>(i);
    const Coordinate coordinate(incidence, place, changes);
    if (coordinate.stays()) continue;
    if (coordinate.is_first_group()) {
      rules += fmt::format("{}the channels of the first group", rules.empty() ? "" : ", ");
      fixed = false;
      continue;
    }
    const std::optional<std::string> rule = coordinate.rule();
    if (!rule) return std::nullopt;
    rules += (rules.empty() ? "" : ", ") + *rule;
    const std::int64_t from = changes[0].expected[place];
    const std::int64_t to = changes[0].found[place];
    fixed = fixed &&
            coordinate.all([&](auto a, auto b, const Change&) { return a == from && b == to; });
    const std::string name = place_name(incidence, place);
    fixed_from += fmt::format("{}{}={}", fixed_from.empty() ? "" : ", ", name, from);
    fixed_to += fmt::format("{}{}={}", fixed_to.empty() ? "" : ", ", name, to);
  }
  if (rules.empty()) return std::nullopt;
  const char* letter = to_string(role);
  // Weights have names, neighbours do not: a tap is used for a tap.
  if (fixed && role == Role::kW)
    return fmt::format("{}[{}] for {}[{}]", letter, fixed_to, letter, fixed_from);
  if (rules.starts_with("the channels")) return rules;
  return fmt::format("{}[{}]", letter, rules);
}

std::string example_text(const Incidence& incidence, const std::vector<Change>& changes) {
  const Change& c = changes.front();
  std::string text;
  for (const Role role : {incidence.data(), incidence.partner()}) {
    const std::string from = element_text(incidence, role, c.expected);
    const std::string to = element_text(incidence, role, c.found);
    if (from != to) text += fmt::format("{}{} for {}", text.empty() ? "" : " and ", to, from);
  }
  return text + ", for example";
}

std::optional<std::string> displaced_outputs(const Incidence& incidence, const Map& map) {
  const ConvProblem& p = incidence.problem();
  if (p.operation != Operation::kConv || p.padding_mode != PaddingMode::kZeros) return std::nullopt;
  const std::int64_t outputs = incidence.count(Role::kY);
  std::map<std::int64_t, std::int64_t> source;
  for (std::size_t i = 0; i < map.readings.size(); ++i) {
    const Reading& reading = map.readings[i];
    if (reading.data < 0) continue;
    if (reading.unknown || reading.second >= 0) return std::nullopt;
    const std::int64_t output = static_cast<std::int64_t>(i) % outputs;
    if (map.ignored[static_cast<std::size_t>(output)]) continue;
    const std::int64_t reduction = map.reductions[i / static_cast<std::size_t>(outputs)];
    Meeting m = incidence.meeting(output, reading.data, reduction, reading.free);
    m[kYImage] = m[kXImage];
    m[kYChannel] = m[kWOuter];
    for (std::size_t a = 0; a < 3; ++a) {
      const std::int64_t tap = p.orientation == Orientation::kConvolution
                                   ? p.w_extent[a] - 1 - m[kTapDepth + a]
                                   : m[kTapDepth + a];
      const std::int64_t scaled = m[kXDepth + a] + p.pad_begin[a] - tap * p.dilation[a];
      if (scaled < 0 || scaled % p.stride[a] != 0) return std::nullopt;
      m[kYDepth + a] = scaled / p.stride[a];
    }
    const std::int64_t from = incidence.index(Role::kY, m);
    const auto [at, fresh] = source.emplace(output, from);
    if (from < 0 || at->second != from) return std::nullopt;
  }
  std::erase_if(source, [](const auto& pair) { return pair.first == pair.second; });
  if (source.empty()) return std::nullopt;
  const std::int64_t row = p.y_extent[2];
  if (std::all_of(source.begin(), source.end(),
                  [&](const auto& pair) { return pair.first == pair.second + pair.second / row; }))
    return "rows of y are written as if they were one element longer";
  Meeting to{};
  Meeting from{};
  incidence.put(Role::kY, source.begin()->first, to);
  incidence.put(Role::kY, source.begin()->second, from);
  return fmt::format("{} outputs hold what belongs to others: {} holds {}, for example",
                     source.size(), element_text(incidence, Role::kY, to),
                     element_text(incidence, Role::kY, from));
}

}  // namespace convcheck::properties::diagnosis
