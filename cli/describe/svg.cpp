// SPDX-License-Identifier: Apache-2.0
#include "cli/describe/svg.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

namespace convcheck::cli {
namespace {

constexpr double kLineHeight = 1.4;  // Of a line of text, in letter sizes.

// The three characters that mean something in XML, and quotes; control characters are not allowed.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      // Labels may hold any byte; what is no printable ASCII could break the document.
      out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out;
}

std::vector<std::string> broken(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines{""};
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word(text.substr(at, end - at));
    at = end + 1;
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > columns)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    // A name without spaces may be longer than a line.
    while (lines.back().size() + word.size() > columns) {
      const std::size_t room = columns - lines.back().size();
      lines.back() += word.substr(0, room);
      word.erase(0, room);
      lines.emplace_back();
    }
    lines.back() += word;
  }
  return lines;
}

}  // namespace

std::string ramp(double share) {
  // ColorBrewer's Blues, ends and middle, joined linearly.
  constexpr std::array<std::array<double, 3>, 3> kStops = {
      {{239, 246, 252}, {107, 174, 214}, {8, 48, 107}}};
  const double at = std::clamp(share, 0.0, 1.0) * 2;
  const std::size_t low = at < 1 ? 0 : 1;
  const double part = at - static_cast<double>(low);
  std::array<int, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i)
    rgb[i] = static_cast<int>(kStops[low][i] + part * (kStops[low + 1][i] - kStops[low][i]));
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

std::string_view ink_on(double share) { return share > 0.55 ? "#ffffff" : kInk; }

Svg::Svg(double width, double height, std::string_view title)
    : width_(width), height_(height), title_(title) {}

void Svg::rect(double x, double y, double width, double height, std::string_view fill,
               std::string_view stroke) {
  body_ += fmt::format(
      "<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" fill=\"{}\" stroke=\"{}\"/>\n", x,
      y, width, height, fill, stroke);
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view stroke, double width) {
  body_ += fmt::format(
      "<line x1=\"{:g}\" y1=\"{:g}\" x2=\"{:g}\" y2=\"{:g}\" stroke=\"{}\" "
      "stroke-width=\"{:g}\"/>\n",
      x1, y1, x2, y2, stroke, width);
}

void Svg::circle(double x, double y, double radius, std::string_view fill,
                 std::string_view stroke) {
  body_ += fmt::format("<circle cx=\"{:g}\" cy=\"{:g}\" r=\"{:g}\" fill=\"{}\" stroke=\"{}\"/>\n",
                       x, y, radius, fill, stroke);
}

void Svg::cross(double x, double y, double radius, std::string_view stroke) {
  line(x - radius, y - radius, x + radius, y + radius, stroke, 2);
  line(x - radius, y + radius, x + radius, y - radius, stroke, 2);
}

void Svg::put_text(double x, double y, std::string_view text, double size, Anchor anchor,
                   std::string_view fill, std::string_view attributes) {
  const char* names[] = {"start", "middle", "end"};
  body_ += fmt::format(
      "<text x=\"{:g}\" y=\"{:g}\" font-size=\"{:g}\" text-anchor=\"{}\" fill=\"{}\"{}>{}</text>\n",
      x, y, size, names[static_cast<int>(anchor)], fill, attributes, escaped(text));
}

void Svg::text(double x, double y, std::string_view text, double size, Anchor anchor,
               std::string_view fill) {
  put_text(x, y, text, size, anchor, fill, "");
}

void Svg::rimmed_text(double x, double y, std::string_view text, double size, Anchor anchor,
                      std::string_view fill) {
  put_text(x, y, text, size, anchor, fill,
           " stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\"");
}

double Svg::paragraph(double x, double y, std::string_view text, std::size_t columns, double size) {
  double height = 0;
  for (const std::string& line : broken(text, columns)) {
    this->text(x, y + height, line, size);
    height += kLineHeight * size;
  }
  return height;
}

std::size_t paragraph_lines(std::string_view text, std::size_t columns) {
  return broken(text, columns).size();
}

std::string Svg::str() const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" viewBox=\"0 0 "
      "{0:g} "
      "{1:g}\" font-family=\"sans-serif\" role=\"img\">\n<title>{2}</title>\n<rect width=\"{0:g}\" "
      "height=\"{1:g}\" fill=\"#ffffff\"/>\n{3}</svg>\n",
      width_, height_, escaped(title_), body_);
}

}  // namespace convcheck::cli
