// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_axes.hpp"

#include <map>
#include <optional>
#include <utility>

namespace convcheck::properties::diagnosis {
namespace {

// x = stride * y + dilation * tap + offset.
struct Line {
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t offset = 0;
  friend bool operator==(const Line&, const Line&) = default;
};

Line asked(const ConvProblem& p, std::size_t axis) {
  return {p.stride[axis], p.dilation[axis], -p.pad_begin[axis]};
}

std::int64_t tap_of(const ConvProblem& p, const Meeting& m, std::size_t axis) {
  const std::int64_t stored = m[kTapDepth + axis];
  return p.orientation == Orientation::kConvolution ? p.w_extent[axis] - 1 - stored : stored;
}

// Whether the tap lies inside x where the definition puts it. What an engine does elsewhere follows
// from how it marks the padding, not from its numbers.
bool in_definition(const ConvProblem& p, const Meeting& m) {
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t i =
        m[kYDepth + a] * p.stride[a] + tap_of(p, m, a) * p.dilation[a] - p.pad_begin[a];
    if (padded_index(i, p.x_extent[a], p.padding_mode) < 0) return false;
  }
  return true;
}

using Table = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;  // (y, tap) -> x.

// What x the engine takes at (y, tap) of the axis, as far as that depends on nothing else.
std::optional<Table> axis_table(const Incidence& incidence, const Map& map, std::size_t axis) {
  const ConvProblem& p = incidence.problem();
  const std::int64_t outputs = incidence.count(incidence.written());
  Table table;
  for (std::size_t i = 0; i < map.readings.size(); ++i) {
    const Reading& reading = map.readings[i];
    if (reading.data < 0 || reading.unknown || reading.second >= 0) continue;
    const std::int64_t output = static_cast<std::int64_t>(i) % outputs;
    if (map.ignored[static_cast<std::size_t>(output)]) continue;
    const std::int64_t reduction = map.reductions[i / static_cast<std::size_t>(outputs)];
    const Meeting m = incidence.meeting(output, reading.data, reduction, reading.free);
    if (!in_definition(p, m)) continue;
    const auto [at, fresh] =
        table.emplace(std::pair{m[kYDepth + axis], tap_of(p, m, axis)}, m[kXDepth + axis]);
    if (!fresh && at->second != m[kXDepth + axis]) return std::nullopt;
  }
  return table;
}

// The slope between neighbours of the table that differ in one coordinate.
std::int64_t slope(const Table& table, bool along_y, std::int64_t otherwise) {
  for (const auto& [a, x] : table) {
    for (const auto& [b, z] : table) {
      const std::int64_t along = along_y ? b.first - a.first : b.second - a.second;
      const bool across = along_y ? b.second == a.second : b.first == a.first;
      if (across && along > 0 && (z - x) % along == 0) return (z - x) / along;
    }
  }
  return otherwise;
}

std::optional<Line> fit(const ConvProblem& p, const Table& table, std::size_t axis) {
  Line line = asked(p, axis);
  if (table.empty()) return line;
  line.stride = slope(table, true, line.stride);
  line.dilation = slope(table, false, line.dilation);
  const auto& [at, x] = *table.begin();
  line.offset = x - line.stride * at.first - line.dilation * at.second;
  for (const auto& [point, found] : table)
    if (line.stride * point.first + line.dilation * point.second + line.offset != found)
      return std::nullopt;
  return line;
}

// The element of the data that the lines say is met; -1 for none.
std::int64_t predicted(const Incidence& incidence, const Meeting& expected, const Axes& stride,
                       const Axes& dilation, const Axes& offset) {
  const ConvProblem& p = incidence.problem();
  Meeting m = expected;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t rest = dilation[a] * tap_of(p, m, a) + offset[a];
    if (p.operation != Operation::kDeconv) {
      m[kXDepth + a] =
          padded_index(stride[a] * m[kYDepth + a] + rest, p.x_extent[a], p.padding_mode);
    } else {
      const std::int64_t scaled = m[kXDepth + a] - rest;
      if (stride[a] == 0 || scaled % stride[a] != 0) return -1;
      m[kYDepth + a] = scaled / stride[a];
    }
  }
  return incidence.index(incidence.data(), m);
}

// "", or whose number this is: " (that of the height)".
std::string origin(const ConvProblem& p, std::size_t axis, std::int64_t value,
                   const Axes& numbers) {
  for (const int bits : {31, 16, 15, 8, 7})
    if (value != numbers[axis] && value == (numbers[axis] & ((std::int64_t{1} << bits) - 1)))
      return fmt::format(" (its low {} bits)", bits);
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    if (a != axis && numbers[a] == value && numbers[axis] != value)
      return fmt::format(" (that of the {})", axis_name(a));
  return "";
}

std::string axis_sentence(const ConvProblem& p, const Line& line, std::size_t axis) {
  const Line wanted = asked(p, axis);
  const char* name = axis_name(axis);
  if (line.stride == wanted.stride && line.dilation == -wanted.dilation &&
      line.offset == wanted.offset + wanted.dilation * (p.w_extent[axis] - 1))
    return fmt::format("the weights are flipped along the {}", name);
  if (line.stride == wanted.dilation && line.dilation == wanted.stride &&
      wanted.stride != wanted.dilation)
    return fmt::format("stride and dilation of the {} are swapped", name);
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (line.stride != wanted.stride) {
    std::string whose = origin(p, axis, line.stride, p.stride);
    if (whose.empty() && line.stride == p.w_extent[axis]) whose = " (the extent of the kernel)";
    add(fmt::format("the stride of the {} is {}, not {}{}", name, line.stride, wanted.stride,
                    whose));
  }
  if (line.dilation != wanted.dilation)
    add(fmt::format("the dilation of the {} is {}, not {}{}", name, line.dilation, wanted.dilation,
                    origin(p, axis, line.dilation, p.dilation)));
  if (line.offset != wanted.offset) {
    std::string whose = origin(p, axis, -line.offset, p.pad_begin);
    if (-line.offset == p.pad_end()[axis]) whose = " (that after it)";
    const std::int64_t shift = line.offset - wanted.offset;
    add(fmt::format("the padding before the {} is {}, not {}{}: x[i{}{:+}] is read", name,
                    -line.offset, p.pad_begin[axis], whose, kAxisLetters[axis], shift));
  }
  return text;
}

}  // namespace

const char* axis_name(std::size_t axis) {
  static constexpr const char* kNames[3] = {"depth", "height", "width"};
  return kNames[axis];
}

std::vector<std::string> explain_axes(const Incidence& incidence, const Map& map) {
  const ConvProblem& p = incidence.problem();
  Axes stride{};
  Axes dilation{};
  Axes offset{};
  std::vector<std::string> sentences;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::optional<Table> table = axis_table(incidence, map, axis);
    if (!table) return {};
    const std::optional<Line> line = fit(p, *table, axis);
    if (!line) return {};
    stride[axis] = line->stride;
    dilation[axis] = line->dilation;
    offset[axis] = line->offset;
    if (!(*line == asked(p, axis))) sentences.push_back(axis_sentence(p, *line, axis));
  }
  if (sentences.empty()) return {};
  const std::int64_t outputs = incidence.count(incidence.written());
  for (std::size_t i = 0; i < map.readings.size(); ++i) {
    const std::int64_t output = static_cast<std::int64_t>(i) % outputs;
    if (map.ignored[static_cast<std::size_t>(output)]) continue;
    const std::int64_t reduction = map.reductions[i / static_cast<std::size_t>(outputs)];
    const Incidence::Expected expected = incidence.expected(output, reduction);
    const Reading& reading = map.readings[i];
    const std::int64_t wanted = predicted(incidence, expected.at, stride, dilation, offset);
    const auto outside = [&](std::int64_t data) {
      return data < 0 ||
             !in_definition(p, incidence.meeting(output, data, reduction, reading.free));
    };
    if (p.operation != Operation::kDeconv ? expected.data < 0
                                          : outside(wanted) && outside(reading.data))
      continue;
    if (reading.unknown || reading.second >= 0 || reading.coefficient != 1 ||
        reading.data != wanted)
      return {};
  }
  return sentences;
}

}  // namespace convcheck::properties::diagnosis
