// SPDX-License-Identifier: Apache-2.0
#include "properties/table/agreement.hpp"

#include <algorithm>

#include "core/result.hpp"

namespace convcheck::properties::table {
namespace {

std::int64_t value_at(const Block& f, std::int32_t image, const std::array<std::int32_t, 3>& at) {
  std::int32_t index = image;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int32_t i = at[a] - f.span[a].offset;
    if (i < 0 || i >= f.span[a].extent) return 0;
    index = index * f.span[a].extent + i;
  }
  return f.values[index];
}

Agreement equal_or_zeros(bool zeros) { return zeros ? Agreement::kZeros : Agreement::kEqual; }

bool same_extents(const Block& f, const Block& g) {
  return f.span[0].extent == g.span[0].extent && f.span[1].extent == g.span[1].extent &&
         f.span[2].extent == g.span[2].extent;
}

}  // namespace

Agreement compare(const Block& f, const Block& g) {
  if (f.empty() || g.empty()) return Agreement::kEmpty;
  CONVCHECK_CHECK(f.rows == g.rows && f.columns == g.columns, "sides of different types");
  if (f.span == g.span) {
    bool zeros = true;
    for (std::int32_t i = 0; i < f.count(); ++i) {
      if (f.values[i] != g.values[i]) return Agreement::kByValue;
      zeros = zeros && f.values[i] == 0;
    }
    return equal_or_zeros(zeros);
  }
  bool zeros = true;
  std::array<std::int32_t, 3> begin{};
  std::array<std::int32_t, 3> end{};
  for (std::size_t a = 0; a < 3; ++a) {
    begin[a] = std::min(f.span[a].offset, g.span[a].offset);
    end[a] = std::max(f.span[a].offset + f.span[a].extent, g.span[a].offset + g.span[a].extent);
  }
  for (std::int32_t image = 0; image < f.rows * f.columns; ++image) {
    std::array<std::int32_t, 3> at{};
    for (at[0] = begin[0]; at[0] < end[0]; ++at[0])
      for (at[1] = begin[1]; at[1] < end[1]; ++at[1])
        for (at[2] = begin[2]; at[2] < end[2]; ++at[2]) {
          const std::int64_t v = value_at(f, image, at);
          if (v != value_at(g, image, at)) return Agreement::kByValue;
          zeros = zeros && v == 0;
        }
  }
  return same_extents(f, g) ? equal_or_zeros(zeros) : Agreement::kByShape;
}

}  // namespace convcheck::properties::table
