// SPDX-License-Identifier: Apache-2.0
// A drawing as SVG text: no scripts, no fonts but the reader's own, no links.
#pragma once

#include <string>
#include <string_view>

namespace convcheck::cli {

/// Colours that stay apart for every kind of colour vision (Okabe and Ito 2008), and a ramp that
/// runs from light to dark, so that it also works in grey.
inline constexpr std::string_view kInk = "#1a1a1a";
inline constexpr std::string_view kFaint = "#8a8a8a";
inline constexpr std::string_view kBlue = "#0072b2";
inline constexpr std::string_view kVermilion = "#d55e00";
/// The mean width of a letter of a paragraph, in pixels.
inline constexpr double kLetter = 7.2;
/// 0 is nearly white, 1 dark blue.
std::string ramp(double share);
/// What is legible on ramp(share).
std::string_view ink_on(double share);

enum class Anchor { kStart, kMiddle, kEnd };

class Svg {
 public:
  /// Lengths in pixels, origin at the upper left; the title is read out and shown as a tooltip.
  Svg(double width, double height, std::string_view title);

  void rect(double x, double y, double width, double height, std::string_view fill,
            std::string_view stroke = "none");
  void line(double x1, double y1, double x2, double y2, std::string_view stroke, double width = 1);
  void circle(double x, double y, double radius, std::string_view fill, std::string_view stroke);
  void cross(double x, double y, double radius, std::string_view stroke);
  void text(double x, double y, std::string_view text, double size = 13,
            Anchor anchor = Anchor::kStart, std::string_view fill = kInk);
  /// The same with a white rim, which keeps dark letters legible on lines.
  void rimmed_text(double x, double y, std::string_view text, double size, Anchor anchor,
                   std::string_view fill);
  /// Text broken at spaces into lines of about `columns` letters; the height that it took.
  double paragraph(double x, double y, std::string_view text, std::size_t columns,
                   double size = 13);

  /// The whole document.
  [[nodiscard]] std::string str() const;

 private:
  void put_text(double x, double y, std::string_view text, double size, Anchor anchor,
                std::string_view fill, std::string_view attributes);

  double width_;
  double height_;
  std::string title_;
  std::string body_;
};

/// The lines that paragraph() makes of a text.
std::size_t paragraph_lines(std::string_view text, std::size_t columns);

}  // namespace convcheck::cli
