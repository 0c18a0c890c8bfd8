// SPDX-License-Identifier: Apache-2.0
#include "optimized/direct_plan.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "optimized/blocked_layout.hpp"
#include "optimized/direct_rows.hpp"
#include "optimized/kernel.hpp"
#include "optimized/transpose.hpp"

namespace convcheck::optimized {
namespace {

// Weights of one panel that are summed before the next row: half of a small second-level cache.
constexpr std::int64_t kPanelBytes = 256 << 10;
// Partial sums kept between two such passes, and pixels of one unit of work.
constexpr std::int64_t kPartialBytes = 64 << 10;
constexpr std::int64_t kSegmentPixels = 112;

// A pointwise problem is one long row, whatever its rank.
ConvProblem flattened(ConvProblem p) {
  const bool pointwise = p.w_extent == Axes{1, 1, 1} && p.stride == Axes{1, 1, 1} &&
                         p.pad_begin == Axes{0, 0, 0} && p.x_extent == p.y_extent;
  if (!pointwise) return p;
  const std::int64_t pixels = p.x_extent[0] * p.x_extent[1] * p.x_extent[2];
  p.dilation = {1, 1, 1};
  p.x_extent = p.y_extent = {1, 1, pixels};
  return p;
}

std::int64_t product(const Axes& a) { return a[0] * a[1] * a[2]; }

// Columns that taps of valid outputs touch, from -pad_begin on.
std::int64_t touched_columns(const ConvProblem& p) {
  return p.y_extent[2] == 0 ? 0 : (p.y_extent[2] - 1) * p.stride[2] + p.effective_kernel()[2];
}

// Output channels of one group that are computed together.
struct Panel {
  std::int64_t channel;  // First channel of the group, a multiple of the lanes.
  int vectors;
  std::int64_t weights;  // Floats before its packed weights, within the group's.
};

class DirectPlan final : public Plan {
 public:
  DirectPlan(const ConvProblem& problem, const PlanOptions& options, const DirectTable& table,
             double cycles)
      : problem_(problem),
        p_(flattened(problem)),
        table_(table),
        plain_(options.layout == LayoutChoice::kPlain),
        group_in_(p_.in_channels / p_.groups),
        group_out_(p_.out_channels / p_.groups),
        x_(group_in_, std::min(kChannelBlock, group_in_), p_.x_extent[0] * p_.x_extent[1],
           p_.x_extent[2]),
        y_(group_out_, kChannelBlock, p_.y_extent[0] * p_.y_extent[1], p_.y_extent[2]),
        pool_(worthwhile_threads(cycles, options.threads)) {
    const std::int64_t columns = touched_columns(p_);
    const bool padded = -p_.pad_begin[2] < 0 || columns - p_.pad_begin[2] > p_.x_extent[2];
    copies_x_ = plain_ || padded;
    source_ = copies_x_ ? Blocked(group_in_, x_.block, x_.rows, columns) : x_;
    rows_ = DirectRows(p_, source_.row_step());
    if (copies_x_) copy_ = FloatBuffer(p_.batch * p_.groups * source_.group_step());
    pairs_rows_ = p_.y_extent[2] > 0 && p_.y_extent[2] <= table_.max_width / 2 && y_.rows > 1;
    if (pairs_rows_) zeros_ = FloatBuffer(columns * x_.block);
    lay_out_panels();
    segments_ = std::max<std::int64_t>(1, ceil_div(p_.y_extent[2], kSegmentPixels));
    const std::int64_t outputs = y_.rows * segments_;
    units_ = p_.batch * p_.groups * static_cast<std::int64_t>(panels_.size()) * outputs;
    const std::int64_t segment_floats = std::min(p_.y_extent[2], kSegmentPixels) * panel_channels();
    units_together_ = std::max<std::int64_t>(
        1,
        kPartialBytes / (std::max<std::int64_t>(1, segment_floats) * std::int64_t{sizeof(float)}));
    scratch_.resize(static_cast<std::size_t>(pool_.threads()));
    for (Scratch& scratch : scratch_) {
      scratch.rows.resize(static_cast<std::size_t>(p_.w_extent[0] * p_.w_extent[1]));
      if (plain_) scratch.sums = FloatBuffer(units_together_ * segment_floats);
    }
    row_used_ = rows_.read();
  }

  Status pack(const void* w) override {
    const auto* plain = static_cast<const float*>(w);
    // Packed columns of padding would meet an infinite weight as 0 * inf.
    strict_ = p_.padding_mode == PaddingMode::kZeros &&
              any_non_finite(plain, p_.out_channels * group_in_ * product(p_.w_extent));
    for (std::int64_t g = 0; g < p_.groups; ++g)
      for (const Panel& panel : panels_) pack_panel(plain, g, panel);
    packed_ = true;
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_CHECK(packed_, to_string(problem_));
    if (units_ == 0) return {};
    const auto* x = static_cast<const float*>(operands.x);
    if (p_.has_bias) {
      const auto* bias = static_cast<const float*>(operands.bias);
      for (std::int64_t g = 0; g < p_.groups; ++g)
        for (std::int64_t c = 0; c < group_out_; ++c)  // + 0: a sum of no terms is +0.
          bias_.data()[g * padded_out_ + c] = bias[g * group_out_ + c] + 0.0f;
    }
    if (copies_x_) {
      const std::int64_t rows = p_.batch * p_.groups * x_.blocks * x_.rows;
      pool_.run([&](int part) {
        const Range range = part_of(rows, part, pool_.threads());
        for (std::int64_t row = range.begin; row < range.end; ++row)
          if (row_used_[static_cast<std::size_t>(row % x_.rows)] != 0) copy_row(x, row);
      });
    }
    auto* y = static_cast<float*>(operands.y);
    pool_.run([&](int part) {
      const Range range = part_of(units_, part, pool_.threads());
      compute(copies_x_ ? copy_.data() : x, y, range, scratch_[static_cast<std::size_t>(part)]);
    });
    return {};
  }

  [[nodiscard]] Claim claim() const override { return direct_claim(problem_); }

  [[nodiscard]] OperandLayout layout(Role role) const override {
    if (plain_ || (role != Role::kX && role != Role::kY)) return plain_layout(problem_, role);
    const Blocked& blocked = role == Role::kX ? x_ : y_;
    OperandLayout layout;
    layout.opaque = true;
    layout.bytes =
        static_cast<std::size_t>(p_.batch * p_.groups * blocked.group_step()) * sizeof(float);
    layout.alignment_bytes = 64;
    return layout;
  }

  Status import_operand(Role role, const void* plain, void* dst) override {
    if (!layout(role).opaque) return Plan::import_operand(role, plain, dst);
    const Blocked& blocked = role == Role::kX ? x_ : y_;
    import_blocked(blocked, p_.batch * p_.groups, static_cast<const float*>(plain),
                   static_cast<float*>(dst));
    return {};
  }

  Status export_operand(Role role, const void* src, void* plain) override {
    if (!layout(role).opaque) return Plan::export_operand(role, src, plain);
    const Blocked& blocked = role == Role::kX ? x_ : y_;
    export_blocked(blocked, p_.batch * p_.groups, static_cast<const float*>(src),
                   static_cast<float*>(plain));
    return {};
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    std::size_t bytes =
        copy_.size_bytes() + weights_.size_bytes() + bias_.size_bytes() + zeros_.size_bytes();
    for (const Scratch& scratch : scratch_)
      bytes += scratch.sums.size_bytes() + scratch.rows.size() * sizeof(RowTap);
    return bytes;
  }

  [[nodiscard]] std::string algorithm() const override {
    return fmt::format("direct-nc{}, {} lanes, tile {}x{}", kChannelBlock, table_.lanes,
                       table_.max_width, table_.max_vectors);
  }

 private:
  struct Scratch {
    std::vector<RowTap> rows;
    FloatBuffer sums;  // [units together, pixels, channels of a panel], for plain y.
  };

  [[nodiscard]] std::int64_t panel_channels() const {
    return std::int64_t{table_.lanes} * table_.max_vectors;
  }

  void lay_out_panels() {
    const std::int64_t taps = product(p_.w_extent);
    std::int64_t floats = 0;
    for (std::int64_t channel = 0; channel < group_out_;) {
      const std::int64_t left = ceil_div(group_out_ - channel, table_.lanes);
      const int vectors = static_cast<int>(std::min<std::int64_t>(left, table_.max_vectors));
      panels_.push_back({channel, vectors, floats});
      floats += group_in_ * taps * vectors * table_.lanes;
      channel += vectors * table_.lanes;
    }
    group_weights_ = floats;
    padded_out_ = ceil_div(group_out_, table_.lanes) * table_.lanes;
    weights_ = FloatBuffer(p_.groups * group_weights_);
    bias_ = FloatBuffer(p_.groups * padded_out_);
    const std::int64_t block_bytes =
        kChannelBlock * taps * panel_channels() * std::int64_t{sizeof(float)};
    blocks_together_ = std::max<std::int64_t>(1, kPanelBytes / block_bytes);
  }

  void pack_panel(const float* plain, std::int64_t g, const Panel& panel) {
    const std::int64_t taps = product(p_.w_extent);
    const std::int64_t width = std::int64_t{panel.vectors} * table_.lanes;
    const std::int64_t channels = std::min(width, group_out_ - panel.channel);
    const bool flip = p_.orientation == Orientation::kConvolution;
    float* to = weights_.data() + g * group_weights_ + panel.weights;
    for (std::int64_t first = 0; first < group_in_; first += kChannelBlock) {
      const std::int64_t last = std::min(group_in_, first + kChannelBlock);
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        // Reversing all axes reverses the flat index.
        const std::int64_t source_tap = flip ? taps - 1 - tap : tap;
        for (std::int64_t c = first; c < last; ++c, to += width) {
          const float* from =
              plain + ((g * group_out_ + panel.channel) * group_in_ + c) * taps + source_tap;
          for (std::int64_t m = 0; m < channels; ++m) to[m] = from[m * group_in_ * taps];
        }
      }
    }
  }

  // Copies row `row` of [batch, groups, blocks, rows] of x, columns padded.
  void copy_row(const float* x, std::int64_t row) {
    const std::int64_t r = row % x_.rows;
    const std::int64_t b = row / x_.rows % x_.blocks;
    const std::int64_t ng = row / x_.rows / x_.blocks;
    const std::int64_t channels = x_.channels_of(b);
    const std::int64_t width = p_.x_extent[2];
    const std::int64_t pad = p_.pad_begin[2];
    float* to = copy_.data() + ng * source_.group_step() + b * source_.block_step() +
                r * source_.row_step();
    // Columns [begin, end) of the copy are x itself.
    const std::int64_t begin = std::clamp<std::int64_t>(pad, 0, source_.columns);
    const std::int64_t end = std::clamp<std::int64_t>(width + pad, begin, source_.columns);
    const std::int64_t block = x_.block;
    const float* from = nullptr;
    std::int64_t column_step = 0;
    std::int64_t channel_step = 0;
    if (plain_) {
      from = x + ((ng * group_in_ + b * block) * x_.rows + r) * width;
      column_step = 1;
      channel_step = x_.rows * width;
      if (begin < end)
        transpose(from + begin - pad, channel_step, channels, end - begin, to + begin * block,
                  block);
    } else {
      from = x + ng * x_.group_step() + b * x_.block_step() + r * x_.row_step();
      column_step = block;
      channel_step = 1;
      if (begin < end)
        std::memcpy(to + begin * block, from + (begin - pad) * block,
                    static_cast<std::size_t>((end - begin) * block) * sizeof(float));
    }
    if (p_.padding_mode == PaddingMode::kZeros) return;  // The padding is zero from the start.
    const auto copy_column = [&](std::int64_t j) {
      const std::int64_t i = padded_index(j - pad, width, p_.padding_mode);
      for (std::int64_t c = 0; c < channels; ++c)
        to[j * block + c] = from[i * column_step + c * channel_step];
    };
    for (std::int64_t j = 0; j < begin; ++j) copy_column(j);
    for (std::int64_t j = end; j < source_.columns; ++j) copy_column(j);
  }

  // Units [begin, end) of [batch, groups, panels, rows of y, segments of a row].
  void compute(const float* src, float* y, Range units, Scratch& scratch) {
    const std::int64_t outputs = y_.rows * segments_;
    for (std::int64_t u = units.begin; u < units.end;) {
      const std::int64_t first = u % outputs;
      const std::int64_t count = std::min({units_together_, outputs - first, units.end - u});
      const auto panel_count = static_cast<std::int64_t>(panels_.size());
      const std::int64_t ng = u / outputs / panel_count;
      const Panel& panel = panels_[static_cast<std::size_t>(u / outputs % panel_count)];
      for (std::int64_t b = 0; b < source_.blocks; b += blocks_together_) {
        for (std::int64_t unit = 0; unit < count;) {
          // Which rows are neighbours depends on the threads; so that no bit does (a sum that
          // underflowed to -0 and meets a zero is +0), rows with taps outside x stand alone.
          const bool pair = pairs_rows_ && !strict_ && unit + 1 < count &&
                            rows_.whole(first + unit) && rows_.whole(first + unit + 1);
          const int rows = pair ? 2 : 1;
          sum_unit(src, y, ng, panel, first + unit, rows, unit, b, scratch);
          unit += rows;
        }
      }
      u += count;
    }
  }

  // Sums input channel blocks from `block` on, as many as go together, into one row segment, or
  // into two whole rows.
  void sum_unit(const float* src, float* y, std::int64_t ng, const Panel& panel,
                std::int64_t row_segment, int rows, std::int64_t unit, std::int64_t block,
                Scratch& scratch) {
    const std::int64_t row = row_segment / segments_;
    const std::int64_t segment = row_segment % segments_;
    const Range columns{p_.y_extent[2] * segment / segments_,
                        p_.y_extent[2] * (segment + 1) / segments_};
    const std::int64_t g = ng % p_.groups;
    const std::int64_t channels = std::int64_t{panel.vectors} * table_.lanes;
    DirectTile t{};
    t.src_block = source_.block_step();
    t.src_pixel = p_.stride[2] * source_.block;
    t.src_column = p_.dilation[2] * source_.block;
    t.rows = scratch.rows.data();
    t.row_count = rows == 1 ? rows_.list(row, scratch.rows) : rows_.list_two(row, scratch.rows);
    t.zeros = zeros_.data();
    t.blocks = std::min(blocks_together_, source_.blocks - block);
    t.last_channels = source_.channels_of(block + t.blocks - 1);
    t.weight_block = kChannelBlock * product(p_.w_extent) * channels;
    t.weights = weights_.data() + g * group_weights_ + panel.weights + block * t.weight_block;
    t.kernel_width = p_.w_extent[2];
    t.init = block == 0 ? bias_.data() + g * padded_out_ + panel.channel : nullptr;
    const float* row_src = src + ng * source_.group_step() + block * source_.block_step();
    if (t.row_count == 0) {
      t.src_pixel = 0;  // x may be empty, and its address null.
    } else if (!copies_x_) {
      row_src -= p_.pad_begin[2] * source_.block;
    }
    const std::int64_t unit_floats = std::min(p_.y_extent[2], kSegmentPixels) * panel_channels();
    float* row_dst = nullptr;
    if (plain_) {
      t.dst_pixel = channels;
      t.dst_vector = table_.lanes;
      t.dst_row = unit_floats;
      row_dst = scratch.sums.data() + unit * unit_floats;
    } else {
      t.dst_row = y_.row_step();
      t.dst_pixel = y_.block;
      t.dst_vector = table_.lanes == y_.block ? y_.block_step() : table_.lanes;
      row_dst = y + ng * y_.group_step() + panel.channel / y_.block * y_.block_step() +
                row * y_.row_step() + columns.begin * y_.block + panel.channel % y_.block;
    }
    if (rows == 1) {
      sum_columns(t, row_src, row_dst, columns, panel.vectors);
    } else {
      t.column_end = p_.w_extent[2];
      t.src = row_src;
      t.dst = row_dst;
      table_.two_rows[t.src_pixel == kChannelBlock ? 0 : 1][static_cast<std::size_t>(
          panel.vectors - 1)][static_cast<std::size_t>(p_.y_extent[2] - 1)](t);
    }
    if (!plain_ || block + t.blocks != source_.blocks) return;
    const std::int64_t pixels = y_.rows * y_.columns;
    for (std::int64_t r = row; r < row + rows; ++r, row_dst += unit_floats)
      transpose(row_dst, channels, columns.end - columns.begin,
                std::min(channels, group_out_ - panel.channel),
                y + (ng * group_out_ + panel.channel) * pixels + r * y_.columns + columns.begin,
                pixels);
  }

  // Tiles over the columns of one row segment.
  void sum_columns(DirectTile& t, const float* src, float* dst, Range columns, int vectors) const {
    const Interior interior = strict_ ? interior_columns(p_) : Interior{columns.begin, columns.end};
    const auto& tiles =
        table_.tiles[t.src_pixel == kChannelBlock ? 0 : 1][static_cast<std::size_t>(vectors - 1)];
    for (std::int64_t o = columns.begin; o < columns.end;) {
      std::int64_t width = 1;
      t.column_begin = 0;
      t.column_end = p_.w_extent[2];
      if (o >= interior.begin && o < interior.end) {
        // Two tiles of about the same width at the end, not a wide and a narrow one.
        const std::int64_t left = std::min(columns.end, interior.end) - o;
        width = left <= table_.max_width      ? left
                : left < 2 * table_.max_width ? ceil_div(left, 2)
                                              : table_.max_width;
      } else {
        const Taps taps = taps_inside(p_, 2, o);
        t.column_begin = taps.begin;
        t.column_end = taps.end;
      }
      t.src = src + o * t.src_pixel;
      t.dst = dst + (o - columns.begin) * t.dst_pixel;
      tiles[static_cast<std::size_t>(width - 1)](t);
      o += width;
    }
  }

  ConvProblem problem_;
  ConvProblem p_;  // The problem that is computed: flattened where pointwise.
  const DirectTable& table_;
  bool plain_;
  std::int64_t group_in_, group_out_;
  Blocked x_, y_;
  ThreadPool pool_;
  bool copies_x_ = false;
  DirectRows rows_;
  Blocked source_{1, 1, 0, 0};  // What tiles read: x_, or its copy with padded columns.
  bool pairs_rows_ = false;     // Rows of y are so short that tiles take two.
  FloatBuffer copy_, weights_, bias_, zeros_;
  std::vector<char> row_used_;  // Rows of x that some output reads.
  std::vector<Panel> panels_;
  std::int64_t group_weights_ = 0, padded_out_ = 0;
  std::int64_t blocks_together_ = 1, segments_ = 1, units_ = 0, units_together_ = 1;
  std::vector<Scratch> scratch_;
  bool strict_ = false;
  bool packed_ = false;
};

}  // namespace

double direct_copy_floats(const ConvProblem& problem) {
  const ConvProblem p = flattened(problem);
  const std::int64_t group_in = p.in_channels / p.groups;
  const Blocked blocked(group_in, std::min(kChannelBlock, group_in), 0, 0);
  return static_cast<double>(p.batch * p.groups) *
         static_cast<double>(blocked.blocks * blocked.block) *
         static_cast<double>(p.x_extent[0] * p.x_extent[1]) *
         static_cast<double>(touched_columns(p));
}

std::unique_ptr<Plan> make_direct_plan(const ConvProblem& p, const PlanOptions& options,
                                       const DirectTable& table, double cycles) {
  return std::make_unique<DirectPlan>(p, options, table, cycles);
}

}  // namespace convcheck::optimized
