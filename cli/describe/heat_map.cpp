// SPDX-License-Identifier: Apache-2.0
#include "cli/describe/heat_map.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "cli/describe/svg.hpp"

namespace convcheck::cli {
namespace {

constexpr std::size_t kMaxCells = 40;
constexpr double kMargin = 20;
constexpr double kLabels = 46;  // Left of the rows and above the columns.
constexpr double kLegend = 70;

// Shares of the darkest: from 0 for data that count something, else from the least.
struct Scale {
  double low = 0;
  double high = 1;
  [[nodiscard]] double share(double v) const {
    return high > low ? 0.08 + 0.92 * (v - low) / (high - low) : 0.5;
  }
};

Scale scale_of(const HeatMap& map) {
  if (map.values.empty()) return {};
  const auto [low, high] = std::minmax_element(map.values.begin(), map.values.end());
  return {map.holes ? 0 : *low, *high};
}

std::string number_text(double v) { return fmt::format("{:.4g}", v); }

constexpr double kMaxCell = 44;

// Cells as wide as the longest number needs.
double cell_of(const HeatMap& map) {
  std::size_t letters = 1;
  for (const double v : map.values) letters = std::max(letters, number_text(v).size());
  return std::max(map.cell, std::min(kMaxCell, 6.5 * static_cast<double>(letters) + 8));
}

// A number that is too long for its cell is left to the shade and the legend.
bool fits(const std::string& text, double cell) {
  return 6.5 * static_cast<double>(text.size()) <= cell - 4;
}

void draw_legend(Svg& svg, const HeatMap& map, const Scale& scale, double x, double y) {
  constexpr double kSwatch = 18;
  const double middle = (scale.low + scale.high) / 2;
  std::vector<double> shown{scale.low, middle, scale.high};
  const bool hole = std::find(map.values.begin(), map.values.end(), 0.0) != map.values.end();
  if (map.holes) {
    shown.erase(shown.begin());
    shown.front() = std::ceil(shown.front());
  }
  if (map.holes && hole) {
    svg.rect(x, y, kSwatch, kSwatch, "#ffffff", kFaint);
    svg.cross(x + kSwatch / 2, y + kSwatch / 2, 5, kVermilion);
    svg.text(x + kSwatch + 6, y + 14, "0: a hole");
    x += 96;
  }
  if (scale.high <= scale.low || (shown.size() == 2 && shown[0] == shown[1])) shown = {scale.high};
  for (const double v : shown) {
    svg.rect(x, y, kSwatch, kSwatch, ramp(scale.share(v)), kFaint);
    const std::string label = number_text(v);
    svg.text(x + kSwatch + 6, y + 14, label);
    x += kSwatch + 20 + 8 * static_cast<double>(label.size());
  }
  svg.text(x, y + 14, map.legend);
}

std::size_t label_step(std::size_t count, double cell) { return count > 20 && cell < 40 ? 5 : 1; }

}  // namespace

void HeatMap::crop() {
  if (rows <= kMaxCells && columns <= kMaxCells) return;
  note += fmt::format("{}The first {} x {} of {} x {}.", note.empty() ? "" : " ",
                      std::min(rows, kMaxCells), std::min(columns, kMaxCells), rows, columns);
  rows = std::min(rows, kMaxCells);
  columns = std::min(columns, kMaxCells);
}

std::string draw(const HeatMap& map) {
  const double cell = cell_of(map);
  const double grid_width = static_cast<double>(map.columns) * cell;
  const double grid_height = static_cast<double>(map.rows) * cell;
  const double width = std::max(560.0, grid_width + kLabels + 2 * kMargin);
  const auto columns = static_cast<std::size_t>((width - 2 * kMargin) / kLetter);
  const double caption = 18.2 * static_cast<double>(paragraph_lines(map.name, columns) +
                                                    paragraph_lines(map.caption, columns));
  const double top = kMargin + 30 + caption + kLabels;
  Svg svg(width, top + grid_height + kLegend, map.title);
  svg.text(kMargin, kMargin + 14, map.title, 18);
  const double named = svg.paragraph(kMargin, kMargin + 40, map.name, columns);
  svg.paragraph(kMargin, kMargin + 40 + named, map.caption, columns);
  const double left = kMargin + kLabels;
  const Scale scale = scale_of(map);
  for (std::size_t i = 0; i < map.rows; ++i)
    for (std::size_t j = 0; j < map.columns; ++j) {
      const double v = map.values[i * map.columns + j];
      const double x = left + static_cast<double>(j) * cell;
      const double y = top + static_cast<double>(i) * cell;
      if (map.holes && v == 0) {
        svg.rect(x, y, cell, cell, "#ffffff", kFaint);
        svg.cross(x + cell / 2, y + cell / 2, cell / 5, kVermilion);
        continue;
      }
      svg.rect(x, y, cell, cell, ramp(scale.share(v)), kFaint);
      if (const std::string text = number_text(v); fits(text, cell))
        svg.text(x + cell / 2, y + cell / 2 + 4, text, 11, Anchor::kMiddle, ink_on(scale.share(v)));
    }
  const auto label = [](std::size_t i, std::size_t period) {
    return fmt::format("{}", period == 0 ? i : i % period);
  };
  for (std::size_t j = 0; j < map.columns; j += label_step(map.columns, cell))
    svg.text(left + (static_cast<double>(j) + 0.5) * cell, top - 6, label(j, map.column_period), 11,
             Anchor::kMiddle, kFaint);
  svg.text(left, top - 22, map.column_axis + " ->", 12);
  if (!map.row_axis.empty()) {
    for (std::size_t i = 0; i < map.rows; i += label_step(map.rows, cell))
      svg.text(left - 6, top + (static_cast<double>(i) + 0.5) * cell + 4, label(i, map.row_period),
               11, Anchor::kEnd, kFaint);
    svg.text(left - 6, top - 6, map.row_axis, 12, Anchor::kEnd);
  }
  if (!map.values.empty()) draw_legend(svg, map, scale, left, top + grid_height + 24);
  return svg.str();
}

}  // namespace convcheck::cli
