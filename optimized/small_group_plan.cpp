// SPDX-License-Identifier: Apache-2.0
#include "optimized/small_group_plan.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "optimized/blocked_layout.hpp"
#include "optimized/kernel.hpp"
#include "optimized/transpose.hpp"

namespace convcheck::optimized {
namespace {

// Rows of y that wait to be transposed into a plain y: they stay in the first-level cache.
constexpr std::int64_t kRowsBytes = 16 << 10;

// The problem on what the rows read: where the padding folds, a copy of x that holds it.
ConvProblem unfolded(ConvProblem p) {
  if (p.padding_mode == PaddingMode::kZeros) return p;
  const Axes kernel = p.effective_kernel();
  for (std::size_t a = 0; a < 3; ++a)
    p.x_extent[a] = p.y_extent[a] == 0 ? 0 : (p.y_extent[a] - 1) * p.stride[a] + kernel[a];
  p.pad_begin = {0, 0, 0};
  p.padding_mode = PaddingMode::kZeros;
  return p;
}

// All groups together: blocks are of several.
Blocked blocked(std::int64_t channels, const Axes& extent) {
  return {channels, kChannelBlock, extent[0] * extent[1], extent[2]};
}

class SmallGroupPlan final : public Plan {
 public:
  SmallGroupPlan(const ConvProblem& problem, const PlanOptions& options,
                 const SmallGroupTable& table, std::string_view name, double cycles)
      : name_(name),
        problem_(problem),
        p_(unfolded(problem)),
        unfolds_(p_ != problem_),
        table_(table),
        plain_(options.layout == LayoutChoice::kPlain),
        group_(p_.in_channels / p_.groups),
        multiplier_(p_.out_channels / p_.in_channels),
        x_(blocked(p_.in_channels, problem.x_extent)),
        y_(blocked(p_.out_channels, p_.y_extent)),
        source_(blocked(p_.out_channels, p_.x_extent)),
        taps_(p_.w_extent[0] * p_.w_extent[1] * p_.w_extent[2]),
        pool_(worthwhile_threads(cycles, options.threads)) {
    // A channel of x that meets several filters is copied for each of them.
    plain_x_ = plain_ || multiplier_ > 1;
    copies_x_ = plain_x_ || unfolds_;
    if (copies_x_) copy_ = FloatBuffer(p_.batch * source_.group_step());
    weights_ = FloatBuffer(y_.blocks * taps_ * group_ * kChannelBlock);
    bias_ = FloatBuffer(y_.blocks * kChannelBlock);
    if (plain_) {
      const std::int64_t row_bytes = y_.row_step() * std::int64_t{sizeof(float)};
      rows_together_ = std::clamp<std::int64_t>(kRowsBytes / std::max<std::int64_t>(1, row_bytes),
                                                1, std::max<std::int64_t>(1, y_.rows));
      for (int part = 0; part < pool_.threads(); ++part)
        sums_.emplace_back(rows_together_ * y_.row_step());
    }
    if (p_.dilation[2] == 1) rows_ = table_.unrolled(p_.w_extent[2], p_.stride[2]);
    if (rows_ != nullptr) {
      lay_out_unrolled_tiles();
    } else {
      rows_ = table_.any;
      lay_out_any_tiles();
    }
    for (std::size_t a = 0; a < 2; ++a)
      for (std::int64_t o = 0; o < p_.y_extent[a]; ++o)
        taps_of_[a].push_back(taps_inside(p_, a, o));
  }

  Status pack(const void* w) override {
    const auto* plain = static_cast<const float*>(w);
    const bool flip = p_.orientation == Orientation::kConvolution;
    for (std::int64_t m = 0; m < p_.out_channels; ++m) {
      float* to =
          weights_.data() + m / kChannelBlock * taps_ * group_ * kChannelBlock + m % kChannelBlock;
      for (std::int64_t t = 0; t < taps_; ++t) {
        for (std::int64_t c = 0; c < group_; ++c, to += kChannelBlock)
          *to = plain[(m * group_ + c) * taps_ + (flip ? taps_ - 1 - t : t)];
      }
    }
    packed_ = true;
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_CHECK(packed_, to_string(problem_));
    const std::int64_t rows = p_.batch * y_.blocks * y_.rows;
    if (rows * y_.columns == 0) return {};
    if (p_.has_bias) {
      const auto* bias = static_cast<const float*>(operands.bias);
      for (std::int64_t m = 0; m < p_.out_channels; ++m)  // + 0: a sum of no terms is +0.
        bias_.data()[m] = bias[m] + 0.0f;
    }
    const auto* x = static_cast<const float*>(operands.x);
    if (copies_x_) {
      const std::int64_t copied = p_.batch * source_.blocks * source_.rows;
      pool_.run([&](int part) {
        const Range range = part_of(copied, part, pool_.threads());
        for (std::int64_t row = range.begin; row < range.end; ++row) copy_row(x, row);
      });
    }
    auto* y = static_cast<float*>(operands.y);
    pool_.run([&](int part) {
      compute(copies_x_ ? copy_.data() : x, y, part_of(rows, part, pool_.threads()), part);
    });
    return {};
  }

  [[nodiscard]] Claim claim() const override { return direct_claim(problem_); }

  [[nodiscard]] OperandLayout layout(Role role) const override {
    if (!is_blocked(role)) return plain_layout(problem_, role);
    OperandLayout layout;
    layout.opaque = true;
    layout.bytes = static_cast<std::size_t>(p_.batch * (role == Role::kX ? x_ : y_).group_step()) *
                   sizeof(float);
    layout.alignment_bytes = 64;
    return layout;
  }

  Status import_operand(Role role, const void* plain, void* dst) override {
    if (!is_blocked(role)) return Plan::import_operand(role, plain, dst);
    import_blocked(role == Role::kX ? x_ : y_, p_.batch, static_cast<const float*>(plain),
                   static_cast<float*>(dst));
    return {};
  }

  Status export_operand(Role role, const void* src, void* plain) override {
    if (!is_blocked(role)) return Plan::export_operand(role, src, plain);
    export_blocked(role == Role::kX ? x_ : y_, p_.batch, static_cast<const float*>(src),
                   static_cast<float*>(plain));
    return {};
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    std::size_t bytes = copy_.size_bytes() + weights_.size_bytes() + bias_.size_bytes() +
                        tiles_.size() * sizeof(SmallGroupTile) +
                        (taps_of_[0].size() + taps_of_[1].size()) * sizeof(Taps);
    for (const FloatBuffer& sums : sums_) bytes += sums.size_bytes();
    return bytes;
  }

  [[nodiscard]] std::string algorithm() const override {
    const bool any = rows_ == table_.any;
    return fmt::format("{}-nc{}, {} lanes, tile {}{}", name_, kChannelBlock, table_.lanes,
                       any ? table_.any_wide : table_.unrolled_wide, any ? "" : ", taps unrolled");
  }

 private:
  [[nodiscard]] bool is_blocked(Role role) const {
    return (role == Role::kX && !plain_x_) || (role == Role::kY && !plain_);
  }

  void lay_out_unrolled_tiles() {
    const std::int64_t stride = p_.stride[2];
    const std::int64_t outputs = p_.y_extent[2];
    for (std::int64_t o = 0; o < outputs;) {
      SmallGroupTile t{};
      const std::int64_t left = outputs - o;
      t.width = left > table_.unrolled_narrow ? table_.unrolled_wide : table_.unrolled_narrow;
      t.output = o;
      t.count = std::min<std::int64_t>(left, t.width);
      const std::int64_t columns = (t.count - 1) * stride + p_.w_extent[2];
      const std::int64_t first = o * stride - p_.pad_begin[2];
      t.begin = std::clamp<std::int64_t>(-first, 0, columns);
      t.end = std::clamp<std::int64_t>(p_.x_extent[2] - first, t.begin, columns);
      const std::int64_t side = p_.w_extent[2] - 1;
      t.edges = t.count < t.width                            ? SmallGroupEdges::kAny
                : t.begin == 0 && t.end == columns           ? SmallGroupEdges::kNone
                : t.begin <= side && t.end >= columns - side ? SmallGroupEdges::kTaps
                                                             : SmallGroupEdges::kAny;
      tiles_.push_back(t);
      o += t.count;
    }
  }

  // Outputs with taps outside x stand alone.
  void lay_out_any_tiles() {
    const Interior interior = interior_columns(p_);
    for (std::int64_t o = 0; o < p_.y_extent[2];) {
      SmallGroupTile t{};
      const std::int64_t left = o < interior.begin ? 1 : interior.end - o;
      t.width = left >= table_.any_wide     ? table_.any_wide
                : left >= table_.any_narrow ? table_.any_narrow
                                            : 1;
      t.output = o;
      t.count = t.width;
      const Taps taps = t.width == 1 ? taps_inside(p_, 2, o) : Taps{0, p_.w_extent[2]};
      t.begin = taps.begin;
      t.end = taps.end;
      tiles_.push_back(t);
      o += t.count;
    }
  }

  // Copies row `row` of [batch, blocks, rows] of the source from x.
  void copy_row(const float* x, std::int64_t row) {
    const std::int64_t r = row % source_.rows;
    const std::int64_t b = row / source_.rows % source_.blocks;
    const std::int64_t n = row / source_.rows / source_.blocks;
    const auto index = [this](std::size_t a, std::int64_t i) {
      return unfolds_ ? padded_index(i - problem_.pad_begin[a], problem_.x_extent[a],
                                     problem_.padding_mode)
                      : i;
    };
    const std::int64_t x_row =
        index(0, r / p_.x_extent[1]) * problem_.x_extent[1] + index(1, r % p_.x_extent[1]);
    const std::int64_t width = x_.columns;
    float* to = copy_.data() + row * source_.row_step();
    // Columns [begin, end) of the source are x itself.
    const std::int64_t pad = unfolds_ ? problem_.pad_begin[2] : 0;
    const std::int64_t begin = std::clamp<std::int64_t>(pad, 0, source_.columns);
    const std::int64_t end = std::clamp<std::int64_t>(width + pad, begin, source_.columns);
    const auto columns_outside = [&](auto copy_column) {
      for (std::int64_t j = 0; j < begin; ++j) copy_column(j, index(2, j));
      for (std::int64_t j = end; j < source_.columns; ++j) copy_column(j, index(2, j));
    };
    if (!plain_x_) {
      const float* from = x + n * x_.group_step() + b * x_.block_step() + x_row * x_.row_step();
      std::copy_n(from + (begin - pad) * kChannelBlock, (end - begin) * kChannelBlock,
                  to + begin * kChannelBlock);
      columns_outside([&](std::int64_t j, std::int64_t i) {
        std::copy_n(from + i * kChannelBlock, kChannelBlock, to + j * kChannelBlock);
      });
      return;
    }
    const std::int64_t channel_step = x_.rows * width;
    const std::int64_t channels = source_.channels_of(b);
    for (std::int64_t c = 0; c < channels;) {
      // Channels of y that lie in consecutive channels of x, or in the same one.
      const std::int64_t m = b * kChannelBlock + c;
      const std::int64_t count =
          multiplier_ == 1 ? channels : std::min(channels - c, multiplier_ - m % multiplier_);
      const std::int64_t step = multiplier_ == 1 ? channel_step : 0;
      const float* from = x + (n * p_.in_channels + m / multiplier_) * channel_step + x_row * width;
      if (begin < end)
        transpose(from + begin - pad, step, count, end - begin, to + begin * kChannelBlock + c,
                  kChannelBlock);
      columns_outside([&](std::int64_t j, std::int64_t i) {
        for (std::int64_t l = 0; l < count; ++l) to[j * kChannelBlock + c + l] = from[i + l * step];
      });
      c += count;
    }
  }

  // Rows [begin, end) of [batch, blocks, rows of y].
  void compute(const float* src, float* y, Range rows, int part) {
    for (std::int64_t row = rows.begin; row < rows.end;) {
      const std::int64_t plane = row / y_.rows;  // Of batch and block.
      const std::int64_t first = row % y_.rows;
      std::int64_t count = std::min(rows.end - row, y_.rows - first);
      if (plain_) count = std::min(count, rows_together_);
      float* dst = plain_ ? sums_[static_cast<std::size_t>(part)].data()
                          : y + plane * y_.block_step() + first * y_.row_step();
      compute_rows(src, dst, plane, first, count);
      if (plain_) {
        const std::int64_t b = plane % y_.blocks;
        const std::int64_t pixels = y_.rows * y_.columns;
        const std::int64_t channel = plane / y_.blocks * p_.out_channels + b * kChannelBlock;
        transpose(dst, kChannelBlock, count * y_.columns, y_.channels_of(b),
                  y + channel * pixels + first * y_.columns, pixels);
      }
      row += count;
    }
  }

  // Rows of one plane to `dst`.
  void compute_rows(const float* src, float* dst, std::int64_t plane, std::int64_t first,
                    std::int64_t count) {
    const std::int64_t b = plane % y_.blocks;
    const std::int64_t src_row = source_.row_step();
    const float* weights = weights_.data() + b * taps_ * group_ * kChannelBlock;
    SmallGroupRows r{};
    r.src_row = p_.stride[1] * src_row;
    r.src_depth = p_.dilation[0] * p_.x_extent[1] * src_row;
    r.src_height = p_.dilation[1] * src_row;
    r.weight_height = p_.w_extent[2] * group_ * kChannelBlock;
    r.weight_depth = p_.w_extent[1] * r.weight_height;
    r.kernel_width = p_.w_extent[2];
    r.stride = p_.stride[2];
    r.dilation = p_.dilation[2];
    r.tiles = tiles_.data();
    r.tile_count = static_cast<std::int64_t>(tiles_.size());
    r.init = bias_.data() + b * kChannelBlock;
    r.dst_row = y_.row_step();
    const bool empty = source_.rows * source_.columns == 0;
    while (count > 0) {  // One depth at a time.
      const std::int64_t depth = first / p_.y_extent[1];
      const std::int64_t height = first % p_.y_extent[1];
      const Taps depths = taps_of_[0][static_cast<std::size_t>(depth)];
      r.rows = std::min(count, p_.y_extent[1] - height);
      r.heights = taps_of_[1].data() + height;
      r.depths = empty ? 0 : depths.end - depths.begin;
      r.weights = weights + depths.begin * r.weight_depth;
      r.src = empty ? weights : src + plane * source_.block_step();
      const std::int64_t d = depth * p_.stride[0] + depths.begin * p_.dilation[0] - p_.pad_begin[0];
      const std::int64_t h = height * p_.stride[1] - p_.pad_begin[1];
      r.src += (d * p_.x_extent[1] + h) * src_row - p_.pad_begin[2] * kChannelBlock;
      r.dst = dst;
      rows_(r);
      dst += r.rows * r.dst_row;
      first += r.rows;
      count -= r.rows;
    }
  }

  std::string_view name_;
  ConvProblem problem_;
  ConvProblem p_;  // The problem on the source.
  bool unfolds_;   // Whether that is another one.
  const SmallGroupTable& table_;
  bool plain_;
  bool plain_x_ = false, copies_x_ = false;
  std::int64_t group_, multiplier_;
  Blocked x_, y_;
  Blocked source_;  // What rows read: x_, or a copy.
  std::int64_t taps_;
  ThreadPool pool_;
  SmallGroupFunction rows_ = nullptr;
  FloatBuffer copy_;
  FloatBuffer weights_;  // [blocks, kd, kh, kw, channels of a group, 16]
  FloatBuffer bias_;
  std::vector<SmallGroupTile> tiles_;
  std::vector<Taps> taps_of_[2];  // Of every output of an axis.
  std::int64_t rows_together_ = 1;
  std::vector<FloatBuffer> sums_;  // One a thread, [rows, columns, 16], for plain y.
  bool packed_ = false;
};

}  // namespace

double small_group_copy_floats(const ConvProblem& problem) {
  const ConvProblem p = unfolded(problem);
  const std::int64_t blocks = ceil_div(p.out_channels, kChannelBlock);
  return static_cast<double>(p.batch) * static_cast<double>(blocks * kChannelBlock) *
         static_cast<double>(p.x_extent[0]) * static_cast<double>(p.x_extent[1]) *
         static_cast<double>(p.x_extent[2]);
}

double small_group_cost(const ConvProblem& p, double efficiency) {
  const double blocks =
      std::ceil(static_cast<double>(p.out_channels) / static_cast<double>(kChannelBlock));
  const double pixels = static_cast<double>(p.batch) * static_cast<double>(p.y_extent[0]) *
                        static_cast<double>(p.y_extent[1]) * static_cast<double>(p.y_extent[2]);
  const double terms = static_cast<double>(p.in_channels / p.groups) *
                       static_cast<double>(p.w_extent[0]) * static_cast<double>(p.w_extent[1]) *
                       static_cast<double>(p.w_extent[2]);
  // Conversion moves about 4 floats a cycle.
  return pixels * blocks * terms / 2 / efficiency +
         (small_group_copy_floats(p) + pixels * blocks * static_cast<double>(kChannelBlock)) / 4;
}

std::unique_ptr<Plan> make_small_group_plan(const ConvProblem& p, const PlanOptions& options,
                                            const SmallGroupTable& table, std::string_view name,
                                            double cycles) {
  return std::make_unique<SmallGroupPlan>(p, options, table, name, cycles);
}

}  // namespace convcheck::optimized
