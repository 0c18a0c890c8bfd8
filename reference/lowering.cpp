// SPDX-License-Identifier: Apache-2.0
#include "reference/lowering.hpp"

#include <algorithm>
#include <numeric>

#include "core/geometry.hpp"
#include "core/wide.hpp"

namespace convcheck::reference {
namespace {

// Pieces of positions o in [0, count) that read map(o*stride + shift) of an axis of n elements.
class PieceBuilder {
 public:
  PieceBuilder(std::int64_t count, std::int64_t stride, std::int64_t n, std::vector<Piece>& out)
      : count_(count), stride_(stride), n_(n), out_(out) {}

  void build(std::int64_t shift, PaddingMode mode) {
    if (n_ == 1 && mode != PaddingMode::kZeros) return push(0, count_, 0, 0);
    switch (mode) {
      case PaddingMode::kZeros:
        add(0, n_, shift, stride_, shift);
        break;
      case PaddingMode::kReplicate:
        push(0, first_at(0, shift), 0, 0);
        add(0, n_, shift, stride_, shift);
        push(first_at(n_, shift), count_, 0, n_ - 1);
        break;
      case PaddingMode::kCircular:
        for (std::int64_t o = 0; o < count_;) {
          const std::int64_t turn = floor_div(o * stride_ + shift, n_) * n_;
          o = add(turn, turn + n_, shift, stride_, shift - turn);
        }
        break;
      case PaddingMode::kReflect:
        for (std::int64_t o = 0; o < count_;) {
          const std::int64_t period = 2 * (n_ - 1);
          const std::int64_t turn = floor_div(o * stride_ + shift, period) * period;
          if (o * stride_ + shift - turn < n_)
            o = add(turn, turn + n_, shift, stride_, shift - turn);
          else
            o = add(turn + n_, turn + period, shift, -stride_, turn + period - shift);
        }
        break;
    }
  }

 private:
  // The first position whose padded index is at least e.
  [[nodiscard]] std::int64_t first_at(std::int64_t e, std::int64_t shift) const {
    return std::clamp<std::int64_t>(ceil_div(e - shift, stride_), 0, count_);
  }
  // Positions whose padded index is in [from, to); returns the first one after them.
  std::int64_t add(std::int64_t from, std::int64_t to, std::int64_t shift, std::int64_t step,
                   std::int64_t offset) {
    const std::int64_t end = first_at(to, shift);
    push(first_at(from, shift), end, step, offset);
    return end;
  }
  void push(std::int64_t lo, std::int64_t hi, std::int64_t step, std::int64_t offset) {
    if (lo < hi) out_.push_back({lo, hi, step, offset});
  }

  std::int64_t count_, stride_, n_;
  std::vector<Piece>& out_;
};

bool overlap(const Piece& a, const Piece& b) { return a.lo < b.hi && b.lo < a.hi; }

// Pieces of one tap, spread over as few rows as their overlaps allow (first fit).
class RowBuilder {
 public:
  void add(const Piece& piece) {
    for (std::vector<Piece>& row : rows_) {
      if (std::none_of(row.begin(), row.end(), [&](const Piece& p) { return overlap(p, piece); })) {
        row.push_back(piece);
        return;
      }
    }
    rows_.push_back({piece});
  }
  void flush(std::int64_t tap, AxisView& view) {
    for (const std::vector<Piece>& row : rows_) {
      view.rows.push_back({tap, view.pieces.size(), row.size()});
      view.pieces.insert(view.pieces.end(), row.begin(), row.end());
    }
    rows_.clear();
  }

 private:
  std::vector<std::vector<Piece>> rows_;
};

// The inverse of a piece o -> o*step + offset with step = +-stride, on the elements of one residue.
void invert(const Piece& piece, std::int64_t stride, AxisView& view, RowBuilder& rows) {
  if (floor_mod(piece.offset - view.begin, stride) != 0) return;
  // o = q + j for step = stride, q - j for step = -stride.
  if (piece.step > 0) {
    const std::int64_t q = (view.begin - piece.offset) / stride;
    rows.add({piece.lo - q, piece.hi - q, 1, q});
  } else {
    const std::int64_t q = (piece.offset - view.begin) / stride;
    rows.add({q - piece.hi + 1, q - piece.lo + 1, -1, q});
  }
}

// Longer lines, and shorter ones folded so often, are not worth their pieces.
constexpr Int128 kMaxLine = 1 << 24;
constexpr Int128 kMaxFolds = 1 << 10;

AxisView padded_line(const ConvProblem& p) {
  AxisView line;
  const Int128 length = static_cast<Int128>(p.y_extent[2] - 1) * p.stride[2] +
                        static_cast<Int128>(p.w_extent[2] - 1) * p.dilation[2] + 1;
  if (length > std::min(kMaxLine, kMaxFolds * p.x_extent[2])) return line;
  line.count = static_cast<std::int64_t>(length);
  PieceBuilder(line.count, 1, p.x_extent[2], line.pieces).build(-p.pad_begin[2], p.padding_mode);
  return line;
}

Axes trailing(const ConvProblem& p, Role role) {
  return role == Role::kX ? p.x_extent : role == Role::kW ? p.w_extent : p.y_extent;
}

}  // namespace

AxisView forward_view(const ConvProblem& p, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  AxisView view;
  view.count = p.y_extent[a];
  PieceBuilder builder(view.count, p.stride[a], p.x_extent[a], view.pieces);
  for (std::int64_t t = 0; t < p.w_extent[a]; ++t) {
    const std::size_t first = view.pieces.size();
    builder.build(t * p.dilation[a] - p.pad_begin[a], p.padding_mode);
    const bool flipped = p.orientation == Orientation::kConvolution;
    view.rows.push_back({flipped ? p.w_extent[a] - 1 - t : t, first, view.pieces.size() - first});
  }
  return view;
}

std::vector<AxisView> backward_views(const ConvProblem& p, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const AxisView forward = forward_view(p, axis);
  const std::int64_t stride = p.stride[a];
  std::vector<AxisView> views(static_cast<std::size_t>(std::min(stride, p.x_extent[a])));
  for (std::size_t phase = 0; phase < views.size(); ++phase) {
    AxisView& view = views[phase];
    view.begin = static_cast<std::int64_t>(phase);
    view.stride = stride;
    view.count = ceil_div(p.x_extent[a] - view.begin, stride);
    for (const TapRow& row : forward.rows) {
      RowBuilder rows;
      for (std::size_t i = row.first; i < row.first + row.count; ++i) {
        if (forward.pieces[i].step != 0) invert(forward.pieces[i], stride, view, rows);
      }
      rows.flush(row.tap, view);
      // A constant piece sends all its positions to one element: a row each.
      for (std::size_t i = row.first; i < row.first + row.count; ++i) {
        const Piece& piece = forward.pieces[i];
        if (piece.step != 0 || floor_mod(piece.offset - view.begin, stride) != 0) continue;
        const std::int64_t j = (piece.offset - view.begin) / stride;
        for (std::int64_t o = piece.lo; o < piece.hi; ++o) {
          view.rows.push_back({row.tap, view.pieces.size(), 1});
          view.pieces.push_back({j, j + 1, 0, o});
        }
      }
    }
  }
  return views;
}

Contraction lower(const ConvProblem& p) {
  Contraction c;
  c.problem = p;
  c.wgrad = p.operation == Operation::kWgrad;
  c.batch = p.batch;
  c.groups = p.groups;
  c.taps = p.w_extent[0] * p.w_extent[1] * p.w_extent[2];
  const std::int64_t in = p.in_channels / p.groups;
  const std::int64_t out = p.out_channels / p.groups;
  const bool deconv = p.operation == Operation::kDeconv;
  c.rows = deconv ? in : out;
  c.channels = deconv ? out : in;
  c.w_row_stride = deconv ? c.taps : in * c.taps;
  c.w_channel_stride = deconv ? in * c.taps : c.taps;
  c.data_extent = trailing(p, p.data_input());
  c.written_extent = trailing(p, p.written());
  c.terms = c.wgrad ? p.batch : c.channels;
  for (int axis = 0; axis < kMaxRank; ++axis) {
    auto& views = c.views[static_cast<std::size_t>(axis)];
    std::int64_t most = 0;
    if (deconv) {
      views = backward_views(p, axis);
    } else {
      views.push_back(forward_view(p, axis));
      // A tap that never meets x brings no term; wgrad writes it all the same.
      if (!c.wgrad) std::erase_if(views[0].rows, [](const TapRow& row) { return row.count == 0; });
    }
    for (const AxisView& view : views) {
      most = std::max(most, c.wgrad ? view.count : static_cast<std::int64_t>(view.rows.size()));
    }
    const Int128 terms = static_cast<Int128>(c.terms) * most;
    c.terms = static_cast<std::int64_t>(std::min(terms, Int128{1} << 60));
  }
  if (p.has_bias) ++c.terms;
  if (c.wgrad && c.rows <= kMaxLineRows && p.w_extent[2] > 1) c.padded_line = padded_line(p);
  if (!c.padded_line.pieces.empty()) c.plane = plan_planes(p);
  // Here, not in the kernels: among those that g++ 12.2 compiled for AVX2, std::gcd(1, 3) acted
  // as 3.
  const std::int64_t common = std::gcd(p.stride[2], p.dilation[2]);
  c.line_apart = p.dilation[2] / common;
  c.line_hop = p.stride[2] / common;
  return c;
}

}  // namespace convcheck::reference
