// SPDX-License-Identifier: Apache-2.0
// A table of numbers as shaded cells, each with its number.
#pragma once

#include <string>
#include <vector>

namespace convcheck::cli {

struct HeatMap {
  std::string title;
  std::string name;  ///< Of the problem or chain.
  std::string caption;
  std::string note;  ///< What crop() left out; part of the caption if its maker says so.
  std::string legend;
  std::string row_axis;  ///< Empty for one row.
  std::string column_axis;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;  ///< [rows, columns]
  std::size_t row_period = 0;  ///< Labels count modulo this; 0: they count on.
  std::size_t column_period = 0;
  double cell = 28;
  bool holes = true;  ///< 0 is marked as a hole.

  /// Keeps the first 40 rows and columns, and says so in the note.
  void crop();
};

/// An SVG document.
std::string draw(const HeatMap& map);

}  // namespace convcheck::cli
