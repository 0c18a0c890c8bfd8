// SPDX-License-Identifier: Apache-2.0
#include "properties/table/engine_algebra.hpp"

#include <algorithm>
#include <utility>

#include "properties/table/problem.hpp"

namespace convcheck::properties::table {
namespace {

// Rows and columns as they are; one map for each axis of the rank.
template <typename Of>
EngineValue gathered(const EngineValue& f, const std::array<Span, 3>& to, int rank, const Of& of) {
  if (f.empty()) return f;
  AxisMaps maps = {identity_map(f.rows), identity_map(f.columns)};
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a) {
    AxisMap map;
    for (std::int32_t i = 0; i < to[a].extent; ++i) map.push_back(of(a, i));
    maps.push_back(std::move(map));
  }
  return {f.rows, f.columns, to, gather(f.values, maps)};
}

Block shape_of(const EngineValue& f) { return {f.rows, f.columns, f.span, nullptr}; }

// [rows, columns, extents...] of a rank.
Shape tensor_shape(std::int32_t rows, std::int32_t columns, const std::array<Span, 3>& span,
                   int rank) {
  Shape shape{rows, columns};
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a)
    shape.push_back(span[a].extent);
  return shape;
}

// f[row(r, c), column(r, c), ...] as [rows, columns, ...].
template <typename Source>
EngineValue rearranged(const EngineValue& f, std::int32_t rows, std::int32_t columns, int rank,
                       const Source& source) {
  const std::int64_t positions =
      std::int64_t{f.span[0].extent} * f.span[1].extent * f.span[2].extent;
  AxisMap images;
  for (std::int32_t r = 0; r < rows; ++r) {
    for (std::int32_t c = 0; c < columns; ++c) images.push_back(source(r, c));
  }
  const Estimate flat = reshaped(f.values, {std::int64_t{f.rows} * f.columns, positions});
  return {rows, columns, f.span,
          reshaped(gather(flat, {images, identity_map(positions)}),
                   tensor_shape(rows, columns, f.span, rank))};
}

}  // namespace

EngineValue EngineAlgebra::at_origin(std::int32_t rows, std::int32_t columns,
                                     const std::array<std::int32_t, 3>& extent,
                                     const Tensor& values, int rank) {
  EngineValue result{rows, columns, {}, {}};
  for (std::size_t a = 0; a < 3; ++a) result.span[a].extent = extent[a];
  result.values = Estimate(reshaped(values, tensor_shape(rows, columns, result.span, rank)));
  return result;
}

EngineValue EngineAlgebra::product(const EngineValue& f, const EngineValue& g,
                                   const Product& product) {
  const ConvProblem p = product_problem(product, rank_, groups_, shape_of(f), shape_of(g));
  EngineValue y{f.rows, g.rows, {}, {}};
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    y.span[a] = axis_product(product, f.span[a], g.span[a]).y;
  if (element_count(p.y_shape()) == 0) {
    y.values = Tensor(p.y_type, p.y_shape());
    return y;
  }
  Values v;
  v[Role::kX] = f.values;
  v[Role::kW] = g.values;
  y.values = calls_.apply(p, v);
  return y;
}

EngineValue EngineAlgebra::swapped(const EngineValue& f) const {
  return rearranged(f, f.columns, f.rows, rank_,
                    [&](std::int32_t r, std::int32_t c) { return c * f.columns + r; });
}

EngineValue EngineAlgebra::transposed(const EngineValue& f) const {
  const std::int32_t m = f.rows / groups_;
  return rearranged(f, groups_ * f.columns, m, rank_, [&](std::int32_t r, std::int32_t c) {
    return (r / f.columns * m + c) * f.columns + r % f.columns;
  });
}

EngineValue EngineAlgebra::sum(const EngineValue& f, const EngineValue& g) const {
  CONVCHECK_CHECK(f.span == g.span, "the terms of a sum have one place");
  return {f.rows, f.columns, f.span, properties::sum(f.values, g.values)};
}

EngineValue EngineAlgebra::scaled(const EngineValue& f, std::int32_t factor) const {
  return {f.rows, f.columns, f.span, properties::scaled(f.values, factor)};
}

EngineValue EngineAlgebra::moved(const EngineValue& f, bool circular) const {
  std::array<Span, 3> to = f.span;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3 && !circular; ++a) ++to[a].extent;
  return gathered(f, to, rank_, [&](std::size_t a, std::int32_t i) {
    return circular && i == 0 ? f.span[a].extent - 1 : i - 1;
  });
}

EngineValue EngineAlgebra::reversed(const EngineValue& f, bool circular) const {
  std::array<Span, 3> to = f.span;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3 && !circular; ++a)
    to[a].offset = -(f.span[a].offset + f.span[a].extent - 1);
  return gathered(f, to, rank_, [&](std::size_t a, std::int32_t i) {
    return circular ? (f.span[a].extent - i) % f.span[a].extent : f.span[a].extent - 1 - i;
  });
}

EngineValue EngineAlgebra::placed(EngineValue f, std::int32_t by) const {
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3; ++a) f.span[a].offset += by;
  return f;
}

EngineValue EngineAlgebra::inserted(const EngineValue& f, std::int32_t d) const {
  std::array<Span, 3> to = f.span;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3; ++a)
    to[a] = {f.span[a].extent == 0 ? 0 : (f.span[a].extent - 1) * d + 1, f.span[a].offset * d};
  return gathered(f, to, rank_,
                  [&](std::size_t /*a*/, std::int32_t i) { return i % d == 0 ? i / d : -1; });
}

EngineValue EngineAlgebra::window(const EngineValue& f, const std::array<Span, 3>& span) const {
  return gathered(f, span, rank_, [&](std::size_t a, std::int32_t i) {
    const std::int32_t at = span[a].offset + i - f.span[a].offset;
    return at >= 0 && at < f.span[a].extent ? at : -1;
  });
}

EngineValue EngineAlgebra::on_frame(EngineValue f, const EngineValue& like) const {
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3; ++a)
    f.span[a].offset = like.span[a].offset;
  return window(f, like.span);
}

EngineValue EngineAlgebra::inner(const EngineValue& f, const EngineValue& g) const {
  if (f.empty()) return f;
  if (g.empty()) return g;
  EngineValue result;
  result.values = reshaped(inner_product(f.values, window(g, f.span).values),
                           tensor_shape(1, 1, result.span, rank_));
  return result;
}

EngineValue EngineAlgebra::total(const EngineValue& f) const {
  EngineValue result{f.rows, f.columns, {}, {}};
  const std::int64_t images = std::int64_t{f.rows} * f.columns;
  const std::int64_t positions = f.values.count() / std::max<std::int64_t>(1, images);
  const Estimate flat = reshaped(f.values, {images, positions});
  Estimate sums = Tensor(f.values.type(), {images, 1});
  for (std::int64_t i = 0; i < positions; ++i)
    sums = properties::sum(sums, gather(flat, {identity_map(images), {i}}));
  result.values = reshaped(sums, tensor_shape(f.rows, f.columns, result.span, rank_));
  return result;
}

EngineValue EngineAlgebra::unit(std::int32_t channels,
                                const std::array<std::int32_t, 3>& extent) const {
  ExactAlgebra exact(rank_, groups_);
  const Block block = exact.unit(channels, extent);
  EngineValue result{block.rows, block.columns, block.span, {}};
  Tensor values(ElementType::kF32, tensor_shape(block.rows, block.columns, block.span, rank_));
  for (std::int64_t i = 0; i < values.count(); ++i)
    values.set_value(i, static_cast<double>(block.values[i]));
  result.values = std::move(values);
  return result;
}

void EngineAlgebra::expect_equal(const EngineValue& left, const EngineValue& right) {
  if (left.empty() || right.empty()) return calls_.not_applicable("a side has no values");
  std::array<Span, 3> both;
  Shape origin{0, 0};
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_); a < 3; ++a) {
    const Span& l = left.span[a];
    const Span& r = right.span[a];
    both[a].offset = std::min(l.offset, r.offset);
    both[a].extent = std::max(l.offset + l.extent, r.offset + r.extent) - both[a].offset;
    origin.push_back(both[a].offset);
  }
  calls_.expect_equal("left side", window(right, both).values, window(left, both).values, origin);
}

}  // namespace convcheck::properties::table
