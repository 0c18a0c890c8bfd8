// SPDX-License-Identifier: Apache-2.0
#include "optimized/image_plan.hpp"

#include <algorithm>
#include <vector>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {
namespace {

// Pixels of one unit of work: a long row is shared too.
constexpr std::int64_t kSegmentPixels = 2048;

class ImagePlan final : public Plan {
 public:
  ImagePlan(const ConvProblem& problem, const PlanOptions& options, const ImageTable& table,
            double cycles)
      : p_(problem),
        table_(table),
        multiplier_(p_.out_channels / p_.groups),
        taps_(p_.w_extent[0] * p_.w_extent[1] * p_.w_extent[2]),
        x_count_(element_count(p_.x_shape())),
        listed_rows_(table.rows + p_.w_extent[1] - 1),
        pool_(worthwhile_threads(cycles, options.threads)) {
    strips_ = ceil_div(p_.y_extent[1], table.rows);
    segments_ = ceil_div(p_.y_extent[2], kSegmentPixels);
    units_ = p_.batch * p_.groups * p_.y_extent[0] * strips_ * segments_;
    weights_ = FloatBuffer(p_.out_channels * taps_);
    widest_ = std::int64_t{table.lanes} *
              std::max(table.tall_vectors.front(), table.flat_vectors.front());
    window_ = widest_ + ceil_div(p_.w_extent[2] - 1, table.lanes) * table.lanes;
    scratch_.resize(static_cast<std::size_t>(pool_.threads()));
    for (Scratch& scratch : scratch_) {
      const std::int64_t rows = p_.w_extent[0] * listed_rows_;
      scratch.rows.resize(static_cast<std::size_t>(rows));
      scratch.gathered_rows.resize(static_cast<std::size_t>(rows));
      scratch.gathered = FloatBuffer(rows * window_);
      scratch.sums = FloatBuffer(table.rows * widest_);
    }
  }

  Status pack(const void* w) override {
    const auto* plain = static_cast<const float*>(w);
    strict_ = p_.padding_mode == PaddingMode::kZeros &&
              any_non_finite(plain, element_count(p_.w_shape()));
    const bool flip = p_.orientation == Orientation::kConvolution;
    for (std::int64_t m = 0; m < p_.out_channels; ++m)
      for (std::int64_t t = 0; t < taps_; ++t)
        weights_.data()[m * taps_ + t] = plain[m * taps_ + (flip ? taps_ - 1 - t : t)];
    packed_ = true;
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_CHECK(packed_, to_string(p_));
    const Call call{static_cast<const float*>(operands.x), static_cast<const float*>(operands.bias),
                    static_cast<float*>(operands.y)};
    if (units_ == 0) return {};
    pool_.run([&](int part) {
      const Range range = part_of(units_, part, pool_.threads());
      for (std::int64_t unit = range.begin; unit < range.end; ++unit)
        compute(call, unit, scratch_[static_cast<std::size_t>(part)]);
    });
    return {};
  }

  [[nodiscard]] Claim claim() const override { return direct_claim(p_); }
  [[nodiscard]] OperandLayout layout(Role role) const override { return plain_layout(p_, role); }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    std::size_t bytes = weights_.size_bytes();
    for (const Scratch& scratch : scratch_)
      bytes += scratch.gathered.size_bytes() + scratch.sums.size_bytes() +
               2 * scratch.rows.size() * sizeof(const float*);
    return bytes;
  }

  [[nodiscard]] std::string algorithm() const override {
    return fmt::format("image, {} lanes, tile {}x{}", table_.lanes, table_.rows,
                       table_.tall_vectors.front());
  }

 private:
  struct Scratch {
    std::vector<const float*> rows;           // [kd, rows under a tile]: rows of x, or null.
    std::vector<const float*> gathered_rows;  // The same rows in `gathered`.
    FloatBuffer gathered;                     // [kd, rows under a tile, window]
    FloatBuffer sums;
  };
  struct Call {
    const float* x;
    const float* bias;
    float* y;
  };
  // Rows of y that are computed together, all of one image of one group.
  struct Strip {
    std::int64_t batch_group, depth, first, rows;
    Taps depths;
    std::int64_t last_row;  // Offset in x of the last row that is read.
  };

  // Input index of tap t of output o on an axis, or -1.
  [[nodiscard]] std::int64_t source_index(std::size_t axis, std::int64_t o, std::int64_t t) const {
    return padded_index(o * p_.stride[axis] + t * p_.dilation[axis] - p_.pad_begin[axis],
                        p_.x_extent[axis], p_.padding_mode);
  }

  void compute(const Call& call, std::int64_t unit, Scratch& scratch) {
    const std::int64_t segment = unit % segments_;
    unit /= segments_;
    Strip s{};
    s.first = unit % strips_ * table_.rows;
    unit /= strips_;
    s.depth = unit % p_.y_extent[0];
    s.batch_group = unit / p_.y_extent[0];
    s.rows = std::min<std::int64_t>(table_.rows, p_.y_extent[1] - s.first);
    s.depths = taps_inside(p_, 0, s.depth);
    list_rows(call, s, scratch);
    const Range columns{p_.y_extent[2] * segment / segments_,
                        p_.y_extent[2] * (segment + 1) / segments_};
    // An infinite weight must not meet the zeros of the padding: pixels that have some stand alone,
    // and their terms are left out.
    const Interior interior = strict_ ? interior_columns(p_) : Interior{0, p_.y_extent[2]};
    for (std::int64_t o = columns.begin; o < columns.end;) {
      const bool alone = o < interior.begin || o >= interior.end;
      const std::int64_t end = alone ? o + 1 : std::min(columns.end, interior.end);
      o += compute_pixels(call, s, o, end - o, alone ? taps_inside(p_, 2, o) : all_columns(),
                          scratch);
    }
  }

  [[nodiscard]] Taps all_columns() const { return {0, p_.w_extent[2]}; }

  // The rows of x that lie under the strip.
  void list_rows(const Call& call, Strip& s, Scratch& scratch) const {
    const std::int64_t count = s.rows + p_.w_extent[1] - 1;
    for (std::int64_t kd = s.depths.begin; kd < s.depths.end; ++kd) {
      const std::int64_t depth = source_index(0, s.depth, kd);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t height = source_index(1, s.first + i, 0);
        const float*& row = scratch.rows[static_cast<std::size_t>(kd * listed_rows_ + i)];
        row = nullptr;
        if (height < 0 || p_.x_extent[2] == 0) continue;
        const std::int64_t offset =
            ((s.batch_group * p_.x_extent[0] + depth) * p_.x_extent[1] + height) * p_.x_extent[2];
        row = call.x + offset;
        s.last_row = std::max(s.last_row, offset);
      }
    }
  }

  // Some outputs from column `o` on, at most `left`; returns how many.
  std::int64_t compute_pixels(const Call& call, const Strip& s, std::int64_t o, std::int64_t left,
                              Taps columns, Scratch& scratch) const {
    const bool tall = s.rows == table_.rows && table_.rows > 1;
    std::size_t width = 0;
    const auto pixels_of = [&](std::size_t i) {
      return std::int64_t{table_.lanes} * (tall ? table_.tall_vectors[i] : table_.flat_vectors[i]);
    };
    // The widest tile that is filled, or the narrowest; where little is left, none is split.
    while (width + 1 < table_.tall.size() && pixels_of(width) > left &&
           left <= pixels_of(width) - std::int64_t{table_.lanes})
      ++width;
    const std::int64_t pixels = pixels_of(width);
    const std::int64_t count = std::min(pixels, left);
    const std::int64_t taps = columns.end - columns.begin;
    const std::int64_t first = o + columns.begin - p_.pad_begin[2];
    const std::int64_t reads =
        pixels + ceil_div(std::max<std::int64_t>(0, taps - 1), table_.lanes) * table_.lanes;
    const bool in_place = first >= 0 && first + count + taps - 1 <= p_.x_extent[2] &&
                          s.last_row + first + reads <= x_count_;
    ImageTile t{};
    t.rows_step = listed_rows_;
    t.depths = s.depths.end - s.depths.begin;
    t.kernel_height = p_.w_extent[1];
    t.kernel_width = p_.w_extent[2];
    t.column_begin = columns.begin;
    t.column_end = columns.end;
    const float* const* rows = scratch.rows.data();
    if (in_place) {
      t.column = o - p_.pad_begin[2];
    } else {
      gather(s, first, count + taps - 1, scratch);
      rows = scratch.gathered_rows.data();
      t.column = -columns.begin;
    }
    rows += s.depths.begin * listed_rows_;
    const std::int64_t plane = p_.y_extent[1] * p_.y_extent[2];
    const std::int64_t group = s.batch_group % p_.groups;
    for (std::int64_t j = 0; j < multiplier_; ++j) {
      const std::int64_t m = group * multiplier_ + j;
      t.weights = weights_.data() + m * taps_ + s.depths.begin * p_.w_extent[1] * p_.w_extent[2];
      t.init = call.bias != nullptr ? call.bias[m] + 0.0f : 0.0f;  // A sum of no terms is +0.
      float* y = call.y + ((s.batch_group * multiplier_ + j) * p_.y_extent[0] + s.depth) * plane +
                 s.first * p_.y_extent[2] + o;
      const bool whole = count == pixels;
      t.dst_row = whole ? p_.y_extent[2] : pixels;
      float* dst = whole ? y : scratch.sums.data();
      if (tall) {
        t.rows = rows;
        t.dst = dst;
        table_.tall[width](t);
      } else {
        for (std::int64_t r = 0; r < s.rows; ++r) {
          t.rows = rows + r;
          t.dst = dst + r * t.dst_row;
          table_.flat[width](t);
        }
      }
      for (std::int64_t r = 0; !whole && r < s.rows; ++r)
        std::copy_n(dst + r * pixels, count, y + r * p_.y_extent[2]);
    }
    return count;
  }

  // Columns [first, first + count) of every listed row, padded. What follows them in the buffer is
  // read and meets no stored pixel.
  void gather(const Strip& s, std::int64_t first, std::int64_t count, Scratch& scratch) const {
    const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, count);
    const std::int64_t end = std::clamp<std::int64_t>(p_.x_extent[2] - first, begin, count);
    const std::int64_t rows = s.rows + p_.w_extent[1] - 1;
    for (std::int64_t kd = s.depths.begin; kd < s.depths.end; ++kd) {
      for (std::int64_t i = 0; i < rows; ++i) {
        const std::int64_t listed = kd * listed_rows_ + i;
        const float* row = scratch.rows[static_cast<std::size_t>(listed)];
        float* to = scratch.gathered.data() + listed * window_;
        scratch.gathered_rows[static_cast<std::size_t>(listed)] = row == nullptr ? nullptr : to;
        if (row == nullptr) continue;
        const auto outside = [&](std::int64_t j) {
          const std::int64_t k = padded_index(first + j, p_.x_extent[2], p_.padding_mode);
          return k < 0 ? 0.0f : row[k];
        };
        for (std::int64_t j = 0; j < begin; ++j) to[j] = outside(j);
        std::copy(row + first + begin, row + first + end, to + begin);
        for (std::int64_t j = end; j < count; ++j) to[j] = outside(j);
      }
    }
  }

  ConvProblem p_;
  const ImageTable& table_;
  std::int64_t multiplier_, taps_, x_count_;
  std::int64_t listed_rows_;  // Rows of x under a tall tile.
  ThreadPool pool_;
  std::int64_t strips_ = 0, segments_ = 0, units_ = 0;
  std::int64_t widest_ = 0, window_ = 0;  // Pixels of a tile and of what it reads, at most.
  FloatBuffer weights_;                   // [channels of y, kd, kh, kw]
  std::vector<Scratch> scratch_;
  bool strict_ = false;
  bool packed_ = false;
};

}  // namespace

std::unique_ptr<Plan> make_image_plan(const ConvProblem& p, const PlanOptions& options,
                                      const ImageTable& table, double cycles) {
  return std::make_unique<ImagePlan>(p, options, table, cycles);
}

}  // namespace convcheck::optimized
