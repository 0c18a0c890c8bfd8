// SPDX-License-Identifier: Apache-2.0
// Where the terms of one output are, and where a tile's columns lie in the written tensor.
#include <algorithm>

#include "reference/solver.hpp"

namespace convcheck::reference {

void Solver::find_segments(const Tile& t, Worker& worker) const {
  const Contraction& c = contraction_;
  const std::int64_t group = t.group * c.rows * row_stride_;
  worker.segments.clear();
  if (c.wgrad) {
    worker.segments.push_back({0, t.columns(), group + t.column_begin, 1});
    return;
  }
  const Axes& extent = c.written_extent;
  split_runs(t.views, t.column_begin, t.column_end, t.columns(), worker.tile.runs);
  for (const reference::Run& run : worker.tile.runs) {
    std::array<std::int64_t, 3> at{};
    for (std::size_t a = 0; a < 3; ++a)
      at[a] = t.views[a]->begin + run.position[a] * t.views[a]->stride;
    const std::int64_t to = run.batch * c.groups * c.rows * row_stride_ + group +
                            (at[0] * extent[1] + at[1]) * extent[2] + at[2];
    const std::int64_t step = t.views[2]->stride;
    if (!worker.segments.empty()) {
      Segment& last = worker.segments.back();
      if (step == last.step && last.to + last.count * step == to) {
        last.count += run.length;
        continue;
      }
    }
    worker.segments.push_back({run.first, run.length, to, step});
  }
}

namespace {

// Calls body(first position, positions, element of the first, step of the elements) for every piece
// of the rows of an axis whose tap is `tap`.
template <class Body>
void for_each_piece(const AxisView& view, std::int64_t tap, Body&& body) {
  for (const TapRow& row : view.rows) {
    if (row.tap != tap) continue;
    for (std::size_t i = row.first; i < row.first + row.count; ++i) {
      const Piece& piece = view.pieces[i];
      body(piece.lo, piece.hi - piece.lo, piece.lo * piece.step + piece.offset, piece.step);
    }
  }
}

}  // namespace

void Solver::visit_terms(const TileOperands& operands, const Tile& t, std::int64_t row,
                         std::int64_t column, Worker& worker, Body body, void* context) const {
  const Contraction& c = contraction_;
  Source data = operands.data;
  Source fixed = operands.fixed;
  data.scale = fixed.scale = 1;
  const auto visit = [&](std::int64_t data_at, std::int64_t data_step, std::int64_t fixed_at,
                         std::int64_t fixed_step, std::int64_t count) {
    double* a = worker.factors.data();
    double* b = a + kTermsAtOnce;
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t now = std::min(kTermsAtOnce, count - done);
      read_elements(data, data_at + done * data_step, data_step, now, a);
      read_elements(fixed, fixed_at + done * fixed_step, fixed_step, now, b);
      for (std::int64_t i = 0; i < now; ++i) body(context, a[i], b[i]);
      done += now;
    }
  };
  const Axes& k = c.problem.w_extent;
  const Axes& o = c.problem.y_extent;
  const Axes& extent = c.data_extent;
  if (c.wgrad) {
    const std::int64_t channel = column / c.taps;
    const std::int64_t tap = column % c.taps;
    for (std::int64_t n = 0; n < c.batch; ++n) {
      const std::int64_t x = channel_offset(c, n, t.group, channel);
      const std::int64_t y = ((n * c.groups + t.group) * c.rows + row) * o[0] * o[1] * o[2];
      for_each_piece(*t.views[0], tap / (k[1] * k[2]), [&](auto od, auto nd, auto id, auto sd) {
        for_each_piece(*t.views[1], tap / k[2] % k[1], [&](auto oh, auto nh, auto ih, auto sh) {
          for_each_piece(*t.views[2], tap % k[2], [&](auto ow, auto nw, auto iw, auto sw) {
            for (std::int64_t d = 0; d < nd; ++d)
              for (std::int64_t h = 0; h < nh; ++h)
                visit(x + ((id + d * sd) * extent[1] + ih + h * sh) * extent[2] + iw, sw,
                      y + ((od + d) * o[1] + oh + h) * o[2] + ow, 1, nw);
          });
        });
      });
    }
    return;
  }
  const std::int64_t counts[] = {t.views[0]->count, t.views[1]->count, t.views[2]->count};
  const std::int64_t n = column / counts[2] / counts[1] / counts[0];
  const std::int64_t size = extent[0] * extent[1] * extent[2];
  const std::int64_t x = channel_offset(c, n, t.group, 0);
  const std::int64_t w = t.group * c.channels * c.rows * c.taps + row * c.w_row_stride;
  for (const TapRow& rd : t.views[0]->rows) {
    const std::int64_t d = t.views[0]->element(rd, column / counts[2] / counts[1] % counts[0]);
    if (d < 0) continue;
    for (const TapRow& rh : t.views[1]->rows) {
      const std::int64_t h = t.views[1]->element(rh, column / counts[2] % counts[1]);
      if (h < 0) continue;
      for (const TapRow& rw : t.views[2]->rows) {
        const std::int64_t i = t.views[2]->element(rw, column % counts[2]);
        if (i < 0) continue;
        visit(x + (d * extent[1] + h) * extent[2] + i, size,
              w + (rd.tap * k[1] + rh.tap) * k[2] + rw.tap, c.w_channel_stride, c.channels);
      }
    }
  }
}

}  // namespace convcheck::reference
