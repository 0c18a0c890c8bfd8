// SPDX-License-Identifier: Apache-2.0
#include "properties/tensor_ops.hpp"

#include <algorithm>
#include <utility>

namespace convcheck::properties {
namespace {

// Calls visit(i, j) for every index i of the tensor that the maps describe, in order, with j the
// flat index in a tensor of shape `other`, or -1.
template <typename Visit>
void for_each_mapped(const AxisMaps& maps, const Shape& other, Visit&& visit) {
  const std::size_t axes = maps.size();
  CONVCHECK_CHECK(axes == other.size(), to_string(other));
  std::int64_t total = 1;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    total *= static_cast<std::int64_t>(maps[axis].size());
    for (const std::int64_t entry : maps[axis])
      CONVCHECK_CHECK(entry >= -1 && entry < other[axis], to_string(other));
  }
  if (total == 0) return;
  std::vector<std::size_t> at(axes, 0);
  for (std::int64_t i = 0; i < total; ++i) {
    std::int64_t flat = 0;
    for (std::size_t axis = 0; axis < axes; ++axis) {
      const std::int64_t entry = maps[axis][at[axis]];
      if (entry < 0) {
        flat = -1;
        break;
      }
      flat = flat * other[axis] + entry;
    }
    visit(i, flat);
    for (std::size_t axis = axes; axis-- > 0;) {
      if (++at[axis] < maps[axis].size()) break;
      at[axis] = 0;
    }
  }
}

}  // namespace

AxisMap range_map(std::int64_t begin, std::int64_t count) {
  AxisMap map(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) map[static_cast<std::size_t>(i)] = begin + i;
  return map;
}

AxisMap identity_map(std::int64_t n) { return range_map(0, n); }

AxisMap reversed_map(std::int64_t n) {
  AxisMap map = identity_map(n);
  std::reverse(map.begin(), map.end());
  return map;
}

AxisMap inserted_map(std::int64_t n, std::int64_t step) {
  AxisMap map(static_cast<std::size_t>(n == 0 ? 0 : (n - 1) * step + 1), -1);
  for (std::int64_t i = 0; i < n; ++i) map[static_cast<std::size_t>(i * step)] = i;
  return map;
}

AxisMap strided_map(std::int64_t count, std::int64_t step) {
  AxisMap map(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) map[static_cast<std::size_t>(i)] = i * step;
  return map;
}

AxisMaps identity_maps(const Shape& shape) {
  AxisMaps maps;
  maps.reserve(shape.size());
  for (const std::int64_t extent : shape) maps.push_back(identity_map(extent));
  return maps;
}

Tensor gather(const Tensor& src, const AxisMaps& maps) {
  Shape shape;
  for (const AxisMap& map : maps) shape.push_back(static_cast<std::int64_t>(map.size()));
  Tensor result(src.type(), std::move(shape));
  const std::size_t bytes = size_bytes(src.type());
  for_each_mapped(maps, src.shape(), [&](std::int64_t i, std::int64_t j) {
    if (j < 0) return;
    std::memcpy(result.data() + static_cast<std::size_t>(i) * bytes,
                src.data() + static_cast<std::size_t>(j) * bytes, bytes);
  });
  return result;
}

void scatter_add(const Tensor& src, const AxisMaps& maps, Tensor& dst) {
  for_each_mapped(maps, dst.shape(), [&](std::int64_t i, std::int64_t j) {
    if (j >= 0) dst.set_rounded(j, dst.value(j) + src.value(i));
  });
}

Tensor reshaped(const Tensor& src, Shape shape) {
  Tensor result(src.type(), std::move(shape));
  CONVCHECK_CHECK(result.count() == src.count(), to_string(result.shape()));
  if (src.count() > 0) std::memcpy(result.data(), src.data(), src.size_bytes());
  return result;
}

}  // namespace convcheck::properties
