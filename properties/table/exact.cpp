// SPDX-License-Identifier: Apache-2.0
#include "properties/table/exact.hpp"

#include <algorithm>

#include "core/result.hpp"

namespace convcheck::properties::table {
namespace {

// result[r, c, o] = f[r, c, of(o per axis)], 0 where `of` says -1.
template <typename Of>
void gather(const Block& f, const std::array<Span, 3>& to, const Of& of, std::int64_t* out) {
  const std::int64_t* image = f.values;
  for (std::int32_t i = 0; i < f.rows * f.columns; ++i, image += f.positions()) {
    for (std::int32_t d = 0; d < to[0].extent; ++d) {
      const std::int32_t from_d = of(std::size_t{0}, d);
      for (std::int32_t h = 0; h < to[1].extent; ++h) {
        const std::int32_t from_h = of(std::size_t{1}, h);
        for (std::int32_t w = 0; w < to[2].extent; ++w) {
          const std::int32_t from_w = of(std::size_t{2}, w);
          *out++ = from_d < 0 || from_h < 0 || from_w < 0
                       ? 0
                       : image[(from_d * f.span[1].extent + from_h) * f.span[2].extent + from_w];
        }
      }
    }
  }
}

}  // namespace

std::int64_t* Arena::take(std::size_t count) {
  if (count > kChunk) {
    large_.push_back(std::make_unique<std::int64_t[]>(count));
    return large_.back().get();
  }
  if (chunk_ == chunks_.size() || used_ + count > kChunk) {
    if (chunk_ < chunks_.size()) ++chunk_;
    if (chunk_ == chunks_.size())
      chunks_.push_back(std::unique_ptr<std::int64_t[]>(new std::int64_t[kChunk]));
    used_ = 0;
  }
  std::int64_t* at = chunks_[chunk_].get() + used_;
  used_ += count;
  return at;
}

void Arena::reset() {
  chunk_ = used_ = 0;
  large_.clear();
}

template <typename Of>
Block ExactAlgebra::gathered(const Block& f, const std::array<Span, 3>& to, const Of& of) {
  if (f.empty()) return f;  // What has no values has none anywhere.
  Block result = f;
  result.span = to;
  std::int64_t* out = arena_.take(static_cast<std::size_t>(result.count()));
  result.values = out;
  gather(f, to, of, out);
  return result;
}

Block ExactAlgebra::product(const Block& f, const Block& g, const Product& product) {
  CONVCHECK_CHECK(f.columns == groups_ * g.columns, "the channels of a product differ");
  Block y;
  y.rows = f.rows;
  y.columns = g.rows;
  std::array<AxisProduct, 3> axes;
  for (std::size_t a = first_axis_; a < 3; ++a) {
    axes[a] = axis_product(product, f.span[a], g.span[a]);
    y.span[a] = axes[a].y;
  }
  std::int64_t* out = arena_.take(static_cast<std::size_t>(y.count()));
  y.values = out;
  if (y.empty()) return y;
  CONVCHECK_CHECK(!f.empty() && !g.empty(), "what has values is a product of what has values");
  if (first_axis_ < 2 || padding_mode(product.setting) != PaddingMode::kZeros) {
    product_in_space(f, g, y, product, axes, out);
    return y;
  }
  std::fill_n(out, y.count(), 0);
  product_on_axis(f, g, axes[2], product.orientation == Orientation::kConvolution, out);
  return y;
}

void ExactAlgebra::product_on_axis(const Block& f, const Block& g, const AxisProduct& axis,
                                   bool flip, std::int64_t* y) {
  const std::int32_t n = f.span[2].extent;
  const std::int32_t k = g.span[2].extent;
  const std::int32_t count = axis.y.extent;
  const std::int32_t per_group = g.rows / groups_;
  for (std::int32_t r = 0; r < f.rows; ++r) {
    for (std::int32_t m = 0; m < g.rows; ++m, y += count) {
      for (std::int32_t c = 0; c < g.columns; ++c) {
        const std::int64_t* x = f.values + (r * f.columns + m / per_group * g.columns + c) * n;
        const std::int64_t* w = g.values + (m * g.columns + c) * k;
        for (std::int32_t o = 0; o < count; ++o) {
          std::int64_t sum = 0;
          std::int32_t i = o * axis.stride - axis.pad;
          for (std::int32_t t = 0; t < k; ++t, i += axis.dilation) {
            if (static_cast<std::uint32_t>(i) < static_cast<std::uint32_t>(n))
              sum += x[i] * w[flip ? k - 1 - t : t];
          }
          y[o] += sum;
        }
      }
    }
  }
}

const std::int32_t* ExactAlgebra::sources(const Block& f, const Block& g, const Block& y,
                                          const Product& product,
                                          const std::array<AxisProduct, 3>& axes) {
  if (next_sources_ == sources_.size()) sources_.emplace_back();
  Sources& s = sources_[next_sources_++];
  if (!s.of.empty() && s.product == product && s.f == f.span && s.g == g.span) return s.of.data();
  s.product = product;
  s.f = f.span;
  s.g = g.span;
  const std::int32_t taps = g.positions();
  const std::int32_t positions = y.positions();
  s.of.assign(static_cast<std::size_t>(positions) * static_cast<std::size_t>(taps), 0);
  std::int32_t y_below = positions;
  std::int32_t w_below = taps;
  for (std::size_t a = first_axis_; a < 3; ++a) {
    y_below /= y.span[a].extent;
    w_below /= g.span[a].extent;
    const AxisProduct& axis = axes[a];
    std::size_t at = 0;
    for (std::int32_t o = 0; o < positions; ++o) {
      for (std::int32_t t = 0; t < taps; ++t, ++at) {
        if (s.of[at] < 0) continue;
        const std::int32_t tap = t / w_below % g.span[a].extent;
        const std::int64_t i = padded_index(
            o / y_below % y.span[a].extent * axis.stride + tap * axis.dilation - axis.pad,
            f.span[a].extent, padding_mode(product.setting));
        s.of[at] = i < 0 ? -1 : s.of[at] * f.span[a].extent + static_cast<std::int32_t>(i);
      }
    }
  }
  return s.of.data();
}

void ExactAlgebra::product_in_space(const Block& f, const Block& g, const Block& y,
                                    const Product& product, const std::array<AxisProduct, 3>& axes,
                                    std::int64_t* out) {
  const bool flip = product.orientation == Orientation::kConvolution;
  const std::int32_t taps = g.positions();
  const std::int32_t positions = y.positions();
  const std::int32_t* source = sources(f, g, y, product, axes);
  const std::int32_t per_group = g.rows / groups_;
  for (std::int32_t r = 0; r < f.rows; ++r) {
    for (std::int32_t m = 0; m < g.rows; ++m, out += positions) {
      for (std::int32_t o = 0; o < positions; ++o) {
        const std::int32_t* from = source + o * taps;
        std::int64_t sum = 0;
        for (std::int32_t c = 0; c < g.columns; ++c) {
          const std::int64_t* x =
              f.values + (r * f.columns + m / per_group * g.columns + c) * f.positions();
          const std::int64_t* w = g.values + (m * g.columns + c) * taps;
          for (std::int32_t t = 0; t < taps; ++t) {
            if (from[t] >= 0) sum += x[from[t]] * w[flip ? taps - 1 - t : t];
          }
        }
        out[o] = sum;
      }
    }
  }
}

Block ExactAlgebra::swapped(const Block& f) {
  Block result = f;
  result.rows = f.columns;
  result.columns = f.rows;
  if (f.rows == 1 || f.columns == 1) return result;
  std::int64_t* out = arena_.take(static_cast<std::size_t>(f.count()));
  result.values = out;
  for (std::int32_t c = 0; c < f.columns; ++c) {
    for (std::int32_t r = 0; r < f.rows; ++r)
      out = std::copy_n(f.values + (r * f.columns + c) * f.positions(), f.positions(), out);
  }
  return result;
}

Block ExactAlgebra::transposed(const Block& f) {
  const std::int32_t m = f.rows / groups_;
  const std::int32_t c = f.columns;
  Block result = f;
  result.rows = groups_ * c;
  result.columns = m;
  std::int64_t* out = arena_.take(static_cast<std::size_t>(f.count()));
  result.values = out;
  for (std::int32_t row = 0; row < result.rows; ++row) {
    for (std::int32_t column = 0; column < m; ++column)
      out = std::copy_n(f.values + ((row / c * m + column) * c + row % c) * f.positions(),
                        f.positions(), out);
  }
  return result;
}

Block ExactAlgebra::sum(const Block& f, const Block& g) {
  CONVCHECK_CHECK(f.rows == g.rows && f.columns == g.columns && f.span == g.span,
                  "the terms of a sum have one shape and place");
  Block result = f;
  std::int64_t* out = arena_.take(static_cast<std::size_t>(f.count()));
  result.values = out;
  for (std::int32_t i = 0; i < f.count(); ++i) out[i] = f.values[i] + g.values[i];
  return result;
}

Block ExactAlgebra::scaled(const Block& f, std::int32_t factor) {
  Block result = f;
  std::int64_t* out = arena_.take(static_cast<std::size_t>(f.count()));
  result.values = out;
  for (std::int32_t i = 0; i < f.count(); ++i) out[i] = factor * f.values[i];
  return result;
}

Block ExactAlgebra::moved(const Block& f, bool circular) {
  std::array<Span, 3> to = f.span;
  for (std::size_t a = first_axis_; a < 3 && !circular; ++a) ++to[a].extent;
  return gathered(f, to, [&](std::size_t a, std::int32_t i) {
    if (a < first_axis_) return i;
    return circular && i == 0 ? f.span[a].extent - 1 : i - 1;
  });
}

Block ExactAlgebra::reversed(const Block& f, bool circular) {
  std::array<Span, 3> to = f.span;
  for (std::size_t a = first_axis_; a < 3 && !circular; ++a)
    to[a].offset = -(f.span[a].offset + f.span[a].extent - 1);
  return gathered(f, to, [&](std::size_t a, std::int32_t i) {
    if (a < first_axis_ || (circular && i == 0)) return i;
    return f.span[a].extent - (circular ? 0 : 1) - i;
  });
}

Block ExactAlgebra::inserted(const Block& f, std::int32_t d) {
  std::array<Span, 3> to = f.span;
  for (std::size_t a = first_axis_; a < 3; ++a)
    to[a] = {f.span[a].extent == 0 ? 0 : (f.span[a].extent - 1) * d + 1, f.span[a].offset * d};
  return gathered(f, to, [&](std::size_t a, std::int32_t i) {
    if (a < first_axis_) return i;
    return i % d == 0 ? i / d : -1;
  });
}

Block ExactAlgebra::window(const Block& f, const std::array<Span, 3>& span) {
  return gathered(f, span, [&](std::size_t a, std::int32_t i) {
    const std::int32_t at = span[a].offset + i - f.span[a].offset;
    return at >= 0 && at < f.span[a].extent ? at : -1;
  });
}

Block ExactAlgebra::placed(Block f, std::int32_t by) {
  for (std::size_t a = first_axis_; a < 3; ++a) f.span[a].offset += by;
  return f;
}

Block ExactAlgebra::on_frame(Block f, const Block& like) {
  for (std::size_t a = first_axis_; a < 3; ++a) f.span[a].offset = like.span[a].offset;
  return window(f, like.span);
}

Block ExactAlgebra::inner(const Block& f, const Block& g) {
  CONVCHECK_CHECK(f.rows == g.rows && f.columns == g.columns, "inner product of two types");
  if (f.empty()) return f;
  if (g.empty()) return g;
  const Block there = f.span == g.span ? g : window(g, f.span);
  std::int64_t* out = arena_.take(1);
  *out = 0;
  for (std::int32_t i = 0; i < f.count(); ++i) *out += f.values[i] * there.values[i];
  Block result;
  result.values = out;
  return result;
}

Block ExactAlgebra::total(const Block& f) {
  Block result = f;
  result.span = {};
  std::int64_t* out = arena_.take(static_cast<std::size_t>(result.count()));
  result.values = out;
  const std::int64_t* at = f.values;
  for (std::int32_t i = 0; i < result.count(); ++i) {
    out[i] = 0;
    for (std::int32_t j = 0; j < f.positions(); ++j) out[i] += *at++;
  }
  return result;
}

Block ExactAlgebra::unit(std::int32_t channels, const std::array<std::int32_t, 3>& extent) {
  Block result;
  result.rows = channels;
  result.columns = channels / groups_;
  for (std::size_t a = 0; a < 3; ++a) result.span[a].extent = extent[a];
  std::int64_t* out = arena_.take(static_cast<std::size_t>(result.count()));
  result.values = out;
  std::fill_n(out, result.count(), 0);
  for (std::int32_t r = 0; r < channels; ++r)
    out[(r * result.columns + r % result.columns) * result.positions()] = 1;
  return result;
}

}  // namespace convcheck::properties::table
