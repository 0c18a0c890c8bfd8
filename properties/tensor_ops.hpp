// SPDX-License-Identifier: Apache-2.0
// Rearranging and combining tensors, as laws need it: every structure law is a gather or its
// adjoint.
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.hpp"

namespace convcheck::properties {

/// For every index along one axis of a result, the index along that axis of the source; -1: a zero.
using AxisMap = std::vector<std::int64_t>;
/// One map an axis, slowest axis first.
using AxisMaps = std::vector<AxisMap>;

/// [0, 1, ..., n-1].
AxisMap identity_map(std::int64_t n);
/// [begin, ..., begin+count-1].
AxisMap range_map(std::int64_t begin, std::int64_t count);
/// [n-1, ..., 0].
AxisMap reversed_map(std::int64_t n);
/// [0, -1, ..., 1, -1, ..., n-1]: step-1 zeros between neighbours; empty for n = 0.
AxisMap inserted_map(std::int64_t n, std::int64_t step);
/// [0, step, ..., (count-1)*step].
AxisMap strided_map(std::int64_t count, std::int64_t step);
/// identity_map of every axis.
AxisMaps identity_maps(const Shape& shape);

/// result[i0, i1, ...] = src[maps[0][i0], maps[1][i1], ...], or 0 where a map says -1. One map for
/// each axis of src; an entry that is no index of src is a broken contract.
Tensor gather(const Tensor& src, const AxisMaps& maps);

/// dst[maps[0][i0], maps[1][i1], ...] += src[i0, i1, ...], each sum rounded to dst's type: the
/// adjoint of gather. Entries of -1 are dropped.
void scatter_add(const Tensor& src, const AxisMaps& maps, Tensor& dst);

/// The same elements under another shape of the same count.
Tensor reshaped(const Tensor& src, Shape shape);

/// Index of axis `axis` (0 depth, 1 height, 2 width) in the shape of a tensor with `rank` axes of
/// space behind two others.
inline std::size_t shape_axis(int axis, int rank) {
  return static_cast<std::size_t>(2 + axis - (kMaxRank - rank));
}

}  // namespace convcheck::properties
