// SPDX-License-Identifier: Apache-2.0
// Convolution as a product of matrices: columns of x times w, for whatever library multiplies.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "peers/adapters/adapter.hpp"

namespace adapters {

// Taps below columns: for a channel c and tap t of the kernel, row c * taps + t holds the element
// of x under that tap for each output. So, for one image and group,
//   y = w [out, in * taps] * columns [in * taps, outputs]
//   columns of x (added up where they overlap) = w^T * y
//   w = y * columns^T, summed over images.
class Columns {
 public:
  explicit Columns(const convcheck_problem& p)
      : taps_(volume(p.w_extent)), outputs_(volume(p.y_extent)), elements_(volume(p.x_extent)) {
    is_x_ = taps_ == 1 && outputs_ == elements_;
    for (int a = 0; a < 3; ++a) {
      x_extent_[a] = p.x_extent[a], w_extent_[a] = p.w_extent[a], y_extent_[a] = p.y_extent[a];
      for (Index t = 0; t < p.w_extent[a]; ++t) {
        const Index tap = p.orientation == CONVCHECK_CONVOLUTION ? p.w_extent[a] - 1 - t : t;
        for (Index o = 0; o < p.y_extent[a]; ++o) {
          const Index i = o * p.stride[a] + tap * p.dilation[a] - p.pad_begin[a];
          where_[a].push_back(padded_index(i, p.x_extent[a], p.padding_mode));
          is_x_ = is_x_ && where_[a].back() == o;
        }
      }
    }
    for (Index t = 0; t < p.w_extent[2]; ++t) runs_.push_back(run(where_[2].data() + t * row()));
  }

  [[nodiscard]] Index taps() const { return taps_; }
  [[nodiscard]] Index outputs() const { return outputs_; }
  [[nodiscard]] Index elements() const { return elements_; }
  // x itself is its columns: 1x1, stride 1, no padding.
  [[nodiscard]] bool is_x() const { return is_x_; }
  // Outputs that follow each other in a row; blocks of outputs are whole rows.
  [[nodiscard]] Index row() const { return y_extent_[2]; }
  [[nodiscard]] Index rows() const { return y_extent_[0] * y_extent_[1]; }

  // Columns [channels * taps, end - begin] of the outputs in rows [begin_row, end_row).
  template <typename T>
  void gather(const T* x, Index channels, Index begin_row, Index end_row, T* columns) const {
    for_each_row(channels, begin_row, end_row, [&](Index at_x, const Index* where, Index at) {
      T* const to = columns + at;
      const Run& run = runs_[index((where - where_[2].data()) / row())];
      if (at_x < 0) {
        std::fill_n(to, row(), T(0));
      } else if (run.contiguous) {
        std::fill_n(to, run.begin, T(0));
        std::copy_n(x + at_x + run.from, run.end - run.begin, to + run.begin);
        std::fill(to + run.end, to + row(), T(0));
      } else {
        for (Index o = 0; o < row(); ++o) to[o] = where[o] < 0 ? T(0) : x[at_x + where[o]];
      }
    });
  }

  // Adds columns of all outputs to the elements of x that they were taken from.
  template <typename T>
  void scatter(const T* columns, Index channels, T* x) const {
    for_each_row(channels, 0, rows(), [&](Index at_x, const Index* where, Index at) {
      if (at_x < 0) return;
      for (Index o = 0; o < row(); ++o)
        if (where[o] >= 0) x[at_x + where[o]] += columns[at + o];
    });
  }

 private:
  // Outputs [begin, end) of a row lie on an element of x; contiguous from `from` on, or not.
  struct Run {
    Index begin, end, from;
    bool contiguous;
  };

  [[nodiscard]] Run run(const Index* where) const {
    Run r{0, row(), 0, true};
    while (r.begin < row() && where[r.begin] < 0) ++r.begin;
    while (r.end > r.begin && where[r.end - 1] < 0) --r.end;
    if (r.begin < r.end) r.from = where[r.begin];
    for (Index o = r.begin; o < r.end; ++o)
      r.contiguous = r.contiguous && where[o] == r.from + o - r.begin;
    return r;
  }

  // f(start of the row of x or -1, index in it of each output or -1, start in the columns).
  template <typename F>
  void for_each_row(Index channels, Index begin_row, Index end_row, F f) const {
    Index at = 0;
    for (Index c = 0; c < channels; ++c)
      for (Index d = 0; d < w_extent_[0]; ++d)
        for (Index h = 0; h < w_extent_[1]; ++h)
          for (Index w = 0; w < w_extent_[2]; ++w)
            for (Index r = begin_row; r < end_row; ++r, at += row()) {
              const Index i = where_[0][index(d * y_extent_[0] + r / y_extent_[1])];
              const Index j = where_[1][index(h * y_extent_[1] + r % y_extent_[1])];
              const Index start =
                  i < 0 || j < 0 ? -1 : c * elements_ + (i * x_extent_[1] + j) * x_extent_[2];
              f(start, where_[2].data() + w * y_extent_[2], at);
            }
  }

  static std::size_t index(Index i) { return static_cast<std::size_t>(i); }

  Index taps_, outputs_, elements_;
  bool is_x_ = false;
  std::array<Index, 3> x_extent_{}, w_extent_{}, y_extent_{};
  std::array<std::vector<Index>, 3> where_;  // by axis: [tap, output]
  std::vector<Run> runs_;                    // by tap of the last axis
};

// How the work is cut: conv by rows of outputs, so that the columns of one part are few; deconv and
// wgrad by channels of x, whose columns nobody else touches.
struct Parts {
  Index count, size;

  Parts(const convcheck_problem& p, const Columns& c, int threads) {
    const Index in = p.in_channels / p.groups;
    // A matrix of some 2^18 columns' elements still lies in a cache of the second level.
    constexpr Index kColumnElements = Index{1} << 18;
    const bool by_rows = p.operation == CONVCHECK_CONV;
    const Index whole = by_rows ? c.rows() : in;
    const Index unit = by_rows ? in * c.taps() * c.row() : c.taps() * c.outputs();
    const Index shares = p.batch * p.groups >= threads || !by_rows ? 1 : threads;
    size = std::clamp<Index>(kColumnElements / std::max<Index>(unit, 1), 1, whole);
    size = std::min(size, std::max<Index>((whole + shares - 1) / shares, 1));
    count = (whole + size - 1) / size;
  }
};

// Elements of columns that a plan holds.
inline double column_elements(const convcheck_problem& p, int threads) {
  const Columns c(p);
  if (c.is_x()) return 0;
  const Parts parts(p, c, threads);
  const double unit = p.operation == CONVCHECK_CONV
                          ? static_cast<double>(p.in_channels / p.groups) *
                                static_cast<double>(c.taps()) * static_cast<double>(c.row())
                          : static_cast<double>(c.taps()) * static_cast<double>(c.outputs());
  return threads * unit * static_cast<double>(parts.size);
}

// Gemm<T>: a function object for row-major matrices,
//   c[m, n] = beta * c + op(a)[m, k] * op(b)[k, n], beta 0 or 1,
// called as gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc) from any thread.
template <typename T, typename Gemm>
class Im2colPlan : public convcheck_plan {
 public:
  Im2colPlan(const convcheck_problem& p, int threads, const char* name)
      : convcheck_plan(p),
        threads_(threads),
        name_(name),
        columns_(p),
        parts_(p, columns_, threads) {
    const double each = column_elements(p, threads) / threads;
    for (int t = 0; t < threads; ++t) memory_.emplace_back(static_cast<std::size_t>(each));
  }

  void claim(convcheck_claim& claim) const override {
    claim.workspace_bytes = memory_.size() * memory_.front().size() * sizeof(T);
    claim.algorithm_name = name_;
  }

  void run(void* const operands[4]) override {
    const convcheck_problem& p = problem;
    const Index in = p.in_channels / p.groups, out = p.out_channels / p.groups;
    const Index taps = columns_.taps(), outputs = columns_.outputs();
    auto* const x = static_cast<T*>(operands[CONVCHECK_X]);
    auto* const w = static_cast<T*>(operands[CONVCHECK_W]);
    auto* const y = static_cast<T*>(operands[CONVCHECK_Y]);
    const auto* bias = static_cast<const T*>(operands[CONVCHECK_BIAS]);
    // Images of wgrad are summed in order, by the thread that has the channels.
    const Index images = p.operation == CONVCHECK_WGRAD ? 1 : p.batch;
    parallel_for(images * p.groups * parts_.count, threads_, [&](Index task, int thread) {
      const Index begin = task % parts_.count * parts_.size;
      const Index g = task / parts_.count % p.groups, n = task / parts_.count / p.groups;
      T* const columns = memory_[static_cast<std::size_t>(thread)].data();
      T* const x_group = x + (n * p.in_channels + g * in) * columns_.elements();
      T* const y_group = y + (n * p.out_channels + g * out) * outputs;
      T* const w_group = w + g * out * in * taps;
      if (p.operation == CONVCHECK_CONV) {
        forward(x_group, w_group, bias == nullptr ? nullptr : bias + g * out, y_group, begin,
                columns);
      } else if (p.operation == CONVCHECK_DECONV) {
        backward_data(x_group, w_group, bias == nullptr ? nullptr : bias + g * in, y_group, begin,
                      columns);
      } else {
        for (Index image = 0; image < p.batch; ++image)
          backward_weights(x_group + image * p.in_channels * columns_.elements(), w_group,
                           y_group + image * p.out_channels * outputs, begin, image == 0, columns);
      }
    });
  }

 private:
  void forward(const T* x, const T* w, const T* bias, T* y, Index begin, T* columns) const {
    const Index in = problem.in_channels / problem.groups;
    const Index out = problem.out_channels / problem.groups;
    const Index depth = in * columns_.taps();
    const Index end = std::min(begin + parts_.size, columns_.rows());
    const Index first = begin * columns_.row(), width = (end - begin) * columns_.row();
    if (bias != nullptr)
      for (Index m = 0; m < out; ++m)
        std::fill_n(y + m * columns_.outputs() + first, width, bias[m]);
    if (!columns_.is_x()) columns_.gather(x, in, begin, end, columns);
    const T* const b = columns_.is_x() ? x + first : columns;
    gemm_(false, false, out, width, depth, w, depth, b,
          columns_.is_x() ? columns_.outputs() : width, bias == nullptr ? 0 : 1, y + first,
          columns_.outputs());
  }

  // Columns of x's channels [begin, begin + channels) from w's of the same channels.
  void backward_data(T* x, const T* w, const T* bias, const T* y, Index begin, T* columns) const {
    const Index in = problem.in_channels / problem.groups;
    const Index out = problem.out_channels / problem.groups;
    const Index channels = std::min(parts_.size, in - begin), taps = columns_.taps();
    T* const part = x + begin * columns_.elements();
    for (Index c = 0; c < channels; ++c)
      std::fill_n(part + c * columns_.elements(), columns_.elements(),
                  bias == nullptr ? T(0) : bias[begin + c]);
    T* const product = columns_.is_x() ? part : columns;
    gemm_(true, false, channels * taps, columns_.outputs(), out, w + begin * taps, in * taps, y,
          columns_.outputs(), columns_.is_x() && bias != nullptr ? 1 : 0, product,
          columns_.outputs());
    if (!columns_.is_x()) columns_.scatter(columns, channels, part);
  }

  void backward_weights(const T* x, T* w, const T* y, Index begin, bool first, T* columns) const {
    const Index in = problem.in_channels / problem.groups;
    const Index out = problem.out_channels / problem.groups;
    const Index channels = std::min(parts_.size, in - begin), taps = columns_.taps();
    const T* const part = x + begin * columns_.elements();
    if (!columns_.is_x()) columns_.gather(part, channels, 0, columns_.rows(), columns);
    gemm_(false, true, out, channels * taps, columns_.outputs(), y, columns_.outputs(),
          columns_.is_x() ? part : columns, columns_.outputs(), first ? 0 : 1, w + begin * taps,
          in * taps);
  }

  int threads_;
  const char* name_;
  Columns columns_;
  Parts parts_;
  std::vector<std::vector<T>> memory_;  // a matrix of columns a thread
  Gemm gemm_;
};

// What an im2col adapter in f32 and f64 refuses.
inline void check_im2col(const convcheck_problem& p, const convcheck_options& options) {
  if (!all_of_type(p, CONVCHECK_F32) && !all_of_type(p, CONVCHECK_F64))
    throw Refusal{"f32 and f64, the same in all operands, are offered"};
  demand_features(p, 0x3FFF & ~CONVCHECK_HAS_EMPTY);
  demand_memory(static_cast<double>(bytes_of(p.x_type)) * column_elements(p, options.threads),
                "columns of im2col");
}

}  // namespace adapters
