// SPDX-License-Identifier: Apache-2.0
#include "cli/describe/layer_graph.hpp"

#include <algorithm>
#include <cmath>

#include "cli/describe/svg.hpp"
#include "core/problem_text.hpp"
#include "properties/analysis/tap_paths.hpp"

namespace convcheck::cli {
namespace {

using properties::AxisStep;
using properties::Reached;

constexpr double kMargin = 20;
constexpr double kNames = 190;  // Left of the positions.
constexpr double kLevel = 84;   // From one tensor to the next.
constexpr double kWidth = 900;  // Of the positions, at most.
constexpr double kMinWidth = 470;
constexpr double kMaxPositions = 200;

// One tensor: where its positions stand over those of the input, and which of them are on a path.
struct Level {
  double scale = 1;
  double offset = 0;
  std::int64_t extent = 0;
  std::vector<Reached> reached;
  std::string name;

  [[nodiscard]] double place(std::int64_t position) const {
    return scale * static_cast<double>(position) + offset;
  }
};

struct Panel {
  std::string axes;
  std::vector<AxisStep> steps;
  std::int64_t output = 0;
  std::vector<Level> levels;  ///< Input first.
  double low = 0;             ///< Places that are drawn.
  double high = 0;
  std::string refusal;

  // Pixels from one input position to the next.
  [[nodiscard]] double unit() const {
    return high > low ? std::min(34.0, kWidth / (high - low)) : 0;
  }
  [[nodiscard]] double height() const {
    return refusal.empty() ? 60 + kLevel * static_cast<double>(levels.size()) : 50;
  }
};

std::string step_name(const AxisStep& step) {
  return fmt::format("{} k{} s{} d{}", to_string(step.operation), step.taps, step.stride,
                     step.dilation);
}

Result<std::vector<Reached>> reached_by(const std::vector<AxisStep>& steps, std::int64_t output) {
  CONVCHECK_ASSIGN(const auto paths, properties::tap_paths(steps));
  auto reached = paths.phases[static_cast<std::size_t>(output % paths.period)];
  for (Reached& at : reached) at.position += output / paths.period * paths.shift;
  return reached;
}

Status fill_levels(Panel& panel) {
  Level level;
  level.extent = panel.steps.front().read_extent();
  level.name = "input";
  for (std::size_t i = 0; i <= panel.steps.size(); ++i) {
    const std::vector<AxisStep> above(panel.steps.begin() + static_cast<std::ptrdiff_t>(i),
                                      panel.steps.end());
    level.reached = {{panel.output, 1}};
    if (!above.empty()) {
      CONVCHECK_ASSIGN(level.reached, reached_by(above, panel.output));
    }
    panel.levels.push_back(level);
    if (above.empty()) break;
    // A position of y stands over the middle of its taps in x.
    const AxisStep& step = above.front();
    const double middle = static_cast<double>((step.taps - 1) * step.dilation) / 2 -
                          static_cast<double>(step.pad_begin);
    const auto s = static_cast<double>(step.stride);
    if (step.operation == Operation::kDeconv) {
      level.offset -= level.scale * middle / s;
      level.scale /= s;
    } else {
      level.offset += level.scale * middle;
      level.scale *= s;
    }
    level.extent = step.written_extent();
    level.name = step_name(step);
  }
  return {};
}

Panel panel_of(const std::vector<AxisStep>& steps) {
  Panel panel;
  panel.steps = steps;
  panel.output = steps.back().written_extent() / 2;
  if (const Status filled = fill_levels(panel); !filled) {
    panel.refusal = filled.error().message;
    return panel;
  }
  panel.low = panel.high = panel.levels.back().place(panel.output);
  double finest = 1;
  for (const Level& level : panel.levels) {
    finest = std::min(finest, level.scale);
    for (const Reached& at : level.reached) {
      panel.low = std::min(panel.low, level.place(at.position));
      panel.high = std::max(panel.high, level.place(at.position));
    }
  }
  panel.low -= 2.4;
  panel.high += 2.4;
  if ((panel.high - panel.low) / finest > kMaxPositions)
    panel.refusal = fmt::format("too wide to draw: more than {} positions", kMaxPositions);
  return panel;
}

class PanelPainter {
 public:
  PanelPainter(Svg& svg, const Panel& panel, double top)
      : svg_(svg), panel_(panel), top_(top), unit_(panel.unit()) {}

  void paint() {
    for (std::size_t i = 0; i + 1 < panel_.levels.size(); ++i) edges(i);
    for (std::size_t i = 0; i < panel_.levels.size(); ++i) level(i);
  }

 private:
  [[nodiscard]] double x(const Level& level, std::int64_t position) const {
    return kMargin + kNames + (level.place(position) - panel_.low) * unit_;
  }
  // The output on top, the input at the bottom.
  [[nodiscard]] double y(std::size_t level) const {
    return top_ + 46 + kLevel * static_cast<double>(panel_.levels.size() - 1 - level);
  }

  void edges(std::size_t i) {
    const AxisStep& step = panel_.steps[i];
    const Level& below = panel_.levels[i];
    const Level& above = panel_.levels[i + 1];
    for (const Reached& at : above.reached) {
      const auto sources = properties::tap_paths({step});
      if (!sources) return;
      const auto& phase = sources->phases[static_cast<std::size_t>(
          ((at.position % sources->period) + sources->period) % sources->period)];
      const std::int64_t turns =
          (at.position - ((at.position % sources->period) + sources->period) % sources->period) /
          sources->period;
      for (const Reached& from : phase)
        svg_.line(x(above, at.position), y(i + 1), x(below, from.position + turns * sources->shift),
                  y(i), "#b9cfe0");
    }
  }

  void level(std::size_t i) {
    const Level& level = panel_.levels[i];
    const double spacing = level.scale * unit_;
    const double radius = std::clamp(spacing * 0.3, 1.5, 6.0);
    svg_.text(kMargin, y(i) + 4, i == 0 ? level.name : "after " + level.name, 12);
    const auto first =
        static_cast<std::int64_t>(std::ceil((panel_.low - level.offset) / level.scale));
    const auto last =
        static_cast<std::int64_t>(std::floor((panel_.high - level.offset) / level.scale));
    auto next = level.reached.begin();
    for (std::int64_t p = first; p <= last; ++p) {
      while (next != level.reached.end() && next->position < p) ++next;
      const bool reached = next != level.reached.end() && next->position == p;
      const bool inside = p >= 0 && p < level.extent;
      const double at = x(level, p);
      if (reached) {
        if (inside)
          svg_.circle(at, y(i), radius, kBlue, kInk);
        else
          svg_.rect(at - radius, y(i) - radius, 2 * radius, 2 * radius, "#ffffff", kBlue);
      } else if (is_hole(level, p)) {
        svg_.cross(at, y(i), radius, kVermilion);
      } else if (inside) {
        svg_.circle(at, y(i), radius * 0.7, "#ffffff", kFaint);
      }
      const std::int64_t step = spacing >= 16 ? 1 : spacing >= 6 ? 5 : 20;
      if (inside && p % step == 0)
        svg_.rimmed_text(at, y(i) + radius + 13, fmt::format("{}", p), 10, Anchor::kMiddle, kFaint);
      if (i == 0 && reached && spacing >= 16)
        svg_.rimmed_text(at, y(i) + radius + 27, fmt::format("{}", next->paths), 11,
                         Anchor::kMiddle, kBlue);
    }
    if (i == 0 && spacing >= 16)
      svg_.text(kMargin, y(i) + radius + 27, "paths to each", 11, Anchor::kStart, kBlue);
  }

  static bool is_hole(const Level& level, std::int64_t p) {
    return !level.reached.empty() && p > level.reached.front().position &&
           p < level.reached.back().position;
  }

  Svg& svg_;
  const Panel& panel_;
  double top_;
  double unit_;
};

}  // namespace

std::string draw_layers(const Chain& chain) {
  std::vector<Panel> panels;
  const ConvProblem& first = chain.front();
  for (auto a = static_cast<std::size_t>(first.first_axis()); a < 3; ++a) {
    const auto steps = properties::axis_steps(chain, a);
    const std::string letter(1, kAxisLetters[a]);
    const auto same = std::find_if(panels.begin(), panels.end(),
                                   [&](const Panel& p) { return p.steps == steps; });
    if (same != panels.end()) {
      same->axes += " and " + letter;
      continue;
    }
    panels.push_back(panel_of(steps));
    panels.back().axes = letter;
  }
  double used = kMinWidth;
  for (const Panel& panel : panels) used = std::max(used, panel.unit() * (panel.high - panel.low));
  const double width = kNames + used + 2 * kMargin;
  const auto columns = static_cast<std::size_t>((width - 2 * kMargin) / kLetter);
  const std::string caption = to_string(chain);
  double height = kMargin + 72 + 18.2 * static_cast<double>(paragraph_lines(caption, columns));
  const double top = height;
  for (const Panel& panel : panels) height += panel.height();
  Svg svg(width, height + kMargin, "Receptive field");
  svg.text(kMargin, kMargin + 14, "Receptive field of the middle output", 18);
  double y = kMargin + 48 + svg.paragraph(kMargin, kMargin + 40, caption, columns);
  svg.circle(kMargin + 6, y - 4, 5, kBlue, kInk);
  svg.text(kMargin + 18, y, "read");
  svg.rect(kMargin + 70, y - 9, 10, 10, "#ffffff", kBlue);
  svg.text(kMargin + 88, y, "read, in the padding");
  svg.cross(kMargin + 240, y - 4, 5, kVermilion);
  svg.text(kMargin + 252, y, "hole: inside the field, never read");
  svg.circle(kMargin + 490, y - 4, 4, "#ffffff", kFaint);
  svg.text(kMargin + 502, y, "outside the field");
  y = top;
  for (const Panel& panel : panels) {
    svg.text(kMargin, y + 18, fmt::format("Axis {}, output {}", panel.axes, panel.output), 14);
    if (panel.refusal.empty())
      PanelPainter(svg, panel, y + 10).paint();
    else
      svg.text(kMargin, y + 38, panel.refusal, 12);
    y += panel.height();
  }
  return svg.str();
}

}  // namespace convcheck::cli
