// SPDX-License-Identifier: Apache-2.0
#include "optimized/generic_plan.hpp"

#include <algorithm>
#include <vector>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {
namespace {

// Terms summed in one call: their gathered pixels stay in the first-level cache.
constexpr std::int64_t kTermsTogether = 64;
// Output channels of one unit of work, which share the gathered pixels.
constexpr std::int64_t kChannelsTogether = 256;

class GenericPlan final : public Plan {
 public:
  GenericPlan(const ConvProblem& problem, const PlanOptions& options, const GenericTable& table,
              double cycles)
      : p_(problem),
        table_(table),
        group_in_(p_.in_channels / p_.groups),
        group_out_(p_.out_channels / p_.groups),
        taps_(p_.w_extent[0] * p_.w_extent[1] * p_.w_extent[2]),
        x_count_(element_count(p_.x_shape())),
        tile_channels_(std::min<std::int64_t>(group_out_, table.max_channels)),
        segment_pixels_(std::int64_t{table.lanes} * kGenericVectors),
        pool_(worthwhile_threads(cycles, options.threads)) {
    if (tile_channels_ == 3) tile_channels_ = 4;
    channel_tiles_ = ceil_div(group_out_, tile_channels_);
    weights_ = FloatBuffer(p_.groups * channel_tiles_ * tile_channels_ * group_in_ * taps_);
    segments_ = ceil_div(p_.y_extent[2], segment_pixels_);
    const std::int64_t rows = p_.y_extent[0] * p_.y_extent[1];
    const std::int64_t pixel_units = p_.batch * p_.groups * rows * segments_;
    // Channels are divided further only where pixels alone leave threads idle.
    tiles_together_ = std::min(channel_tiles_, ceil_div(kChannelsTogether, tile_channels_));
    while (tiles_together_ > 1 && pixel_units > 0 &&
           pixel_units * ceil_div(channel_tiles_, tiles_together_) < 8 * pool_.threads())
      tiles_together_ = ceil_div(tiles_together_, 2);
    channel_units_ = ceil_div(channel_tiles_, tiles_together_);
    units_ = pixel_units * channel_units_;
    scratch_.resize(static_cast<std::size_t>(pool_.threads()));
    for (Scratch& scratch : scratch_) {
      scratch.terms.resize(static_cast<std::size_t>(kTermsTogether));
      scratch.gathered = FloatBuffer(kTermsTogether * segment_pixels_);
      scratch.sums = FloatBuffer(tiles_together_ * tile_channels_ * segment_pixels_);
    }
  }

  Status pack(const void* w) override {
    const auto* plain = static_cast<const float*>(w);
    strict_ = p_.padding_mode == PaddingMode::kZeros &&
              any_non_finite(plain, p_.out_channels * group_in_ * taps_);
    const bool flip = p_.orientation == Orientation::kConvolution;
    for (std::int64_t m = 0; m < p_.out_channels; ++m) {
      const std::int64_t tile = m / group_out_ * channel_tiles_ + m % group_out_ / tile_channels_;
      float* to = weights_.data() + tile * tile_channels_ * group_in_ * taps_ +
                  m % group_out_ % tile_channels_;
      for (std::int64_t c = 0; c < group_in_; ++c) {
        for (std::int64_t t = 0; t < taps_; ++t) {
          const std::int64_t source_tap = flip ? taps_ - 1 - t : t;
          to[term_index(c, t) * tile_channels_] = plain[(m * group_in_ + c) * taps_ + source_tap];
        }
      }
    }
    packed_ = true;
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_CHECK(packed_, to_string(p_));
    if (units_ == 0) return {};
    const Call call{static_cast<const float*>(operands.x), static_cast<const float*>(operands.bias),
                    static_cast<float*>(operands.y)};
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
               scratch.terms.size() * sizeof(GenericTerm);
    return bytes;
  }

  [[nodiscard]] std::string algorithm() const override {
    return fmt::format("generic, {} lanes, tile {}x{}", table_.lanes, tile_channels_,
                       kGenericVectors);
  }

 private:
  struct Scratch {
    std::vector<GenericTerm> terms;
    FloatBuffer gathered;  // [terms, pixels]
    FloatBuffer sums;      // [channels, pixels]
  };
  struct Call {
    const float* x;
    const float* bias;
    float* y;
  };
  // Pixels [begin, end) of one row of y, for some channels of one group of one image.
  struct Segment {
    std::int64_t batch_group, first_tile, tiles;
    std::int64_t depth, height, begin, end;
    std::int64_t vectors;  // That hold the pixels.
    bool alone;            // One pixel, whose terms in the padding are left out.
  };

  // Position of a term in the order of kernel.hpp.
  [[nodiscard]] std::int64_t term_index(std::int64_t channel, std::int64_t tap) const {
    const std::int64_t first = channel / kChannelBlock * kChannelBlock;
    const std::int64_t channels = std::min(kChannelBlock, group_in_ - first);
    return first * taps_ + tap * channels + channel - first;
  }

  void compute(const Call& call, std::int64_t unit, Scratch& scratch) {
    Segment s{};
    const std::int64_t segment = unit % segments_;
    unit /= segments_;
    s.height = unit % p_.y_extent[1];
    unit /= p_.y_extent[1];
    s.depth = unit % p_.y_extent[0];
    unit /= p_.y_extent[0];
    s.first_tile = unit % channel_units_ * tiles_together_;
    s.batch_group = unit / channel_units_;
    s.tiles = std::min(tiles_together_, channel_tiles_ - s.first_tile);
    const std::int64_t end = std::min(p_.y_extent[2], (segment + 1) * segment_pixels_);
    // An infinite weight must not meet the zeros of the padding: pixels that have some stand alone,
    // and their terms are left out.
    const Interior interior = strict_ ? interior_columns(p_) : Interior{0, p_.y_extent[2]};
    for (s.begin = segment * segment_pixels_; s.begin < end; s.begin = s.end) {
      s.alone = s.begin < interior.begin || s.begin >= interior.end;
      s.end = s.alone ? s.begin + 1 : std::min(end, interior.end);
      s.vectors = ceil_div(s.end - s.begin, table_.lanes);
      sum(call, s, scratch);
    }
  }

  void sum(const Call& call, const Segment& s, Scratch& scratch) {
    const std::int64_t group_first = s.batch_group % p_.groups * group_out_;
    const std::int64_t first = s.first_tile * tile_channels_;
    const std::int64_t channels = std::min(s.tiles * tile_channels_, group_out_ - first);
    for (std::int64_t c = 0; c < s.tiles * tile_channels_; ++c) {
      const float initial =
          call.bias != nullptr && c < channels ? call.bias[group_first + first + c] + 0.0f : 0.0f;
      std::fill_n(scratch.sums.data() + c * segment_pixels_, segment_pixels_, initial);
    }
    add_terms(call, s, scratch);
    const std::int64_t row = s.depth * p_.y_extent[1] + s.height;
    const std::int64_t rows = p_.y_extent[0] * p_.y_extent[1];
    for (std::int64_t c = 0; c < channels; ++c) {
      float* to = call.y +
                  ((s.batch_group * group_out_ + first + c) * rows + row) * p_.y_extent[2] +
                  s.begin;
      std::copy_n(scratch.sums.data() + c * segment_pixels_, s.end - s.begin, to);
    }
  }

  // Lists the terms of the segment in the order of kernel.hpp and adds them, some at a time.
  void add_terms(const Call& call, const Segment& s, Scratch& scratch) {
    // With padding mode zeros, taps that meet no row of x are left out. Tap columns are added as
    // zeros instead, whatever the segment, lest the sign of a zero depend on the vector width.
    const Taps depths = taps_inside(p_, 0, s.depth);
    const Taps heights = taps_inside(p_, 1, s.height);
    const Taps columns = s.alone ? taps_inside(p_, 2, s.begin) : Taps{0, p_.w_extent[2]};
    const std::int64_t group_first = s.batch_group * group_in_;
    std::int64_t listed = 0;
    for (std::int64_t first = 0; first < group_in_; first += kChannelBlock) {
      const std::int64_t last = std::min(group_in_, first + kChannelBlock);
      for (std::int64_t kd = depths.begin; kd < depths.end; ++kd) {
        const std::int64_t depth = source_index(0, s.depth, kd);
        for (std::int64_t kh = heights.begin; kh < heights.end; ++kh) {
          const std::int64_t row = depth * p_.x_extent[1] + source_index(1, s.height, kh);
          for (std::int64_t kw = columns.begin; kw < columns.end; ++kw) {
            const std::int64_t tap = (kd * p_.w_extent[1] + kh) * p_.w_extent[2] + kw;
            for (std::int64_t c = first; c < last; ++c) {
              const std::int64_t offset =
                  ((group_first + c) * p_.x_extent[0] * p_.x_extent[1] + row) * p_.x_extent[2];
              float* buffer = scratch.gathered.data() + listed * segment_pixels_;
              scratch.terms[static_cast<std::size_t>(listed++)] = {
                  pixels_of(call.x, offset, s, kw, buffer), term_index(c, tap) * tile_channels_};
              if (listed == kTermsTogether) {
                add_listed(s, listed, scratch);
                listed = 0;
              }
            }
          }
        }
      }
    }
    add_listed(s, listed, scratch);
  }

  // Where the segment's values of tap column `kw` of the row at `offset` of x stand: in x itself
  // where they are contiguous and whole vectors of them may be read, else in `buffer`.
  const float* pixels_of(const float* x, std::int64_t offset, const Segment& s, std::int64_t kw,
                         float* buffer) const {
    const std::int64_t stride = p_.stride[2];
    const std::int64_t first = s.begin * stride + kw * p_.dilation[2] - p_.pad_begin[2];
    const std::int64_t count = s.end - s.begin;
    if (stride == 1 && first >= 0 && first + count <= p_.x_extent[2] &&
        offset + first + s.vectors * table_.lanes <= x_count_)
      return x + offset + first;
    // Pixels [begin, end) lie inside x; folding each index instead took most of the time of a
    // depthwise problem.
    const std::int64_t begin = std::clamp<std::int64_t>(ceil_div(-first, stride), 0, count);
    const std::int64_t end =
        std::clamp<std::int64_t>(ceil_div(p_.x_extent[2] - first, stride), begin, count);
    const auto outside = [&](std::int64_t j) {
      const std::int64_t i = padded_index(first + j * stride, p_.x_extent[2], p_.padding_mode);
      return i < 0 ? 0.0f : x[offset + i];
    };
    for (std::int64_t j = 0; j < begin; ++j) buffer[j] = outside(j);
    if (stride == 1 && begin < end) {
      std::copy_n(x + offset + first + begin, end - begin, buffer + begin);
    } else {
      for (std::int64_t j = begin; j < end; ++j) buffer[j] = x[offset + first + j * stride];
    }
    for (std::int64_t j = end; j < count; ++j) buffer[j] = outside(j);
    return buffer;
  }

  void add_listed(const Segment& s, std::int64_t count, const Scratch& scratch) {
    if (count == 0) return;
    GenericTile t{};
    t.terms = scratch.terms.data();
    t.term_count = count;
    t.sums_step = segment_pixels_;
    const std::size_t row = tile_channels_ == 1 ? 0 : tile_channels_ == 2 ? 1 : 2;
    const GenericTileFunction tile = table_.tiles[row][static_cast<std::size_t>(s.vectors - 1)];
    const std::int64_t group_tile = s.batch_group % p_.groups * channel_tiles_ + s.first_tile;
    for (std::int64_t i = 0; i < s.tiles; ++i) {
      t.weights = weights_.data() + (group_tile + i) * tile_channels_ * group_in_ * taps_;
      t.sums = scratch.sums.data() + i * tile_channels_ * segment_pixels_;
      tile(t);
    }
  }

  // Input index of tap t of output o on an axis, or -1.
  [[nodiscard]] std::int64_t source_index(std::size_t axis, std::int64_t o, std::int64_t t) const {
    return padded_index(o * p_.stride[axis] + t * p_.dilation[axis] - p_.pad_begin[axis],
                        p_.x_extent[axis], p_.padding_mode);
  }

  ConvProblem p_;
  const GenericTable& table_;
  std::int64_t group_in_, group_out_, taps_, x_count_;
  std::int64_t tile_channels_, segment_pixels_;
  ThreadPool pool_;
  std::int64_t channel_tiles_ = 0, tiles_together_ = 1, channel_units_ = 1, segments_ = 0,
               units_ = 0;
  FloatBuffer weights_;  // [groups, channel tiles, terms, channels of a tile]
  std::vector<Scratch> scratch_;
  bool strict_ = false;
  bool packed_ = false;
};

}  // namespace

std::unique_ptr<Plan> make_generic_plan(const ConvProblem& p, const PlanOptions& options,
                                        const GenericTable& table, double cycles) {
  return std::make_unique<GenericPlan>(p, options, table, cycles);
}

}  // namespace convcheck::optimized
