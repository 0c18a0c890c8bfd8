// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/window.hpp"

#include <algorithm>
#include <cstring>

#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/result.hpp"

namespace convcheck::benchmarks {
namespace {

struct Interval {
  std::int64_t begin = 0;
  std::int64_t extent = 1;
};

// [first, second, spatial axes in use...].
Box make_box(int rank, Interval first, Interval second,
             const std::array<Interval, kMaxRank>& axes) {
  Box box{{first.begin, second.begin}, {first.extent, second.extent}};
  for (int axis = kMaxRank - rank; axis < kMaxRank; ++axis) {
    box.begin.push_back(axes[axis].begin);
    box.extent.push_back(axes[axis].extent);
  }
  return box;
}

std::array<Interval, kMaxRank> spatial(const Box& box, int rank) {
  std::array<Interval, kMaxRank> axes;
  for (int axis = kMaxRank - rank, i = 2; axis < kMaxRank; ++axis, ++i)
    axes[axis] = {box.begin[i], box.extent[i]};
  return axes;
}

// Calls visit(index) for every index in [0, extent), the last axis fastest.
template <typename Visit>
void for_each_index(const Shape& extent, Visit visit) {
  if (element_count(extent) == 0) return;
  Shape index(extent.size(), 0);
  for (;;) {
    visit(index);
    std::size_t axis = extent.size();
    while (axis > 0 && ++index[axis - 1] == extent[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

std::int64_t flat_index(const Shape& shape, const Shape& index) {
  std::int64_t flat = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) flat = flat * shape[axis] + index[axis];
  return flat;
}

// The box of x, where it leaves x spatially filled as the padding mode says; a zero is the zero
// point, whose difference to itself contributes nothing.
Tensor slice_padded(const Tensor& x, const Box& box, const ConvProblem& p) {
  Tensor out(x.type(), box.extent);
  const std::size_t bytes = size_bytes(x.type());
  Shape source(box.extent.size());
  std::int64_t to = 0;
  for_each_index(box.extent, [&](const Shape& index) {
    bool inside = true;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      source[axis] = box.begin[axis] + index[axis];
      if (axis < 2) continue;
      source[axis] = padded_index(source[axis], x.shape()[axis], p.padding_mode);
      inside = inside && source[axis] >= 0;
    }
    if (inside) {
      std::memcpy(out.data() + static_cast<std::size_t>(to) * bytes,
                  x.data() + static_cast<std::size_t>(flat_index(x.shape(), source)) * bytes,
                  bytes);
    } else if (p.x_zero_point != 0) {
      out.set_value(to, p.x_zero_point);
    }
    ++to;
  });
  return out;
}

Tensor slice_channels(const Tensor& bias, Interval channels) {
  return slice(bias, {{channels.begin}, {channels.extent}});
}

std::array<Interval, kMaxRank> whole(const Axes& extent) {
  return {Interval{0, extent[0]}, Interval{0, extent[1]}, Interval{0, extent[2]}};
}

Window conv_window(const ConvProblem& p, const std::vector<Tensor>& operands, const Box& box) {
  const std::int64_t group = box.begin[1] / (p.out_channels / p.groups);
  const std::int64_t group_channels = p.in_channels / p.groups;
  const Interval batch{box.begin[0], box.extent[0]};
  const Interval out{box.begin[1], box.extent[1]};
  ConvProblem q = p;
  q.batch = batch.extent;
  q.groups = 1;
  q.in_channels = group_channels;
  q.out_channels = out.extent;
  q.padding_mode = PaddingMode::kZeros;
  const auto y = spatial(box, p.rank);
  const Axes k_eff = p.effective_kernel();
  std::array<Interval, kMaxRank> x;
  for (int axis = 0; axis < kMaxRank; ++axis) {
    x[axis].begin = y[axis].begin * p.stride[axis] - p.pad_begin[axis];
    x[axis].extent = (y[axis].extent - 1) * p.stride[axis] + k_eff[axis];
    q.x_extent[axis] = x[axis].extent;
    q.y_extent[axis] = y[axis].extent;
    q.pad_begin[axis] = 0;
  }
  Window window{box, q, {}};
  const Box x_box = make_box(p.rank, batch, {group * group_channels, group_channels}, x);
  window.operands.push_back(slice_padded(operands[0], x_box, p));
  const Box w_box = make_box(p.rank, out, {0, group_channels}, whole(p.w_extent));
  window.operands.push_back(slice(operands[1], w_box));
  if (p.has_bias) window.operands.push_back(slice_channels(operands[2], out));
  return window;
}

Window deconv_window(const ConvProblem& p, const std::vector<Tensor>& operands, const Box& box) {
  const std::int64_t x_channels = p.in_channels / p.groups;
  const std::int64_t y_channels = p.out_channels / p.groups;
  const std::int64_t group = box.begin[1] / x_channels;
  const Interval batch{box.begin[0], box.extent[0]};
  const Interval written{box.begin[1], box.extent[1]};
  const Interval read{group * y_channels, y_channels};
  ConvProblem q = p;
  q.batch = batch.extent;
  q.groups = 1;
  q.in_channels = written.extent;
  q.out_channels = y_channels;
  const auto x = spatial(box, p.rank);
  const Axes k_eff = p.effective_kernel();
  std::array<Interval, kMaxRank> y_axes;
  for (int axis = 0; axis < kMaxRank; ++axis) {
    const std::int64_t stride = p.stride[axis];
    const std::int64_t low =
        x[axis].begin + p.pad_begin[axis];  // o*stride + t*dilation of x's first.
    const std::int64_t high = low + x[axis].extent - 1;
    const std::int64_t last = p.y_extent[axis] - 1;
    const std::int64_t first_o =
        std::clamp<std::int64_t>(ceil_div(low - k_eff[axis] + 1, stride), 0, last);
    const std::int64_t last_o = std::clamp(floor_div(high, stride), first_o, last);
    y_axes[axis] = {first_o, last_o - first_o + 1};
    q.x_extent[axis] = x[axis].extent;
    q.y_extent[axis] = y_axes[axis].extent;
    q.pad_begin[axis] = low - first_o * stride;
  }
  Window window{box, q, {}};
  const Box w_box = make_box(p.rank, read, {written.begin - group * x_channels, written.extent},
                             whole(p.w_extent));
  window.operands.push_back(slice(operands[0], w_box));
  if (p.has_bias) window.operands.push_back(slice_channels(operands[1], written));
  window.operands.push_back(slice(operands.back(), make_box(p.rank, batch, read, y_axes)));
  return window;
}

Window wgrad_window(const ConvProblem& p, const std::vector<Tensor>& operands, const Box& box) {
  const std::int64_t x_channels = p.in_channels / p.groups;
  const std::int64_t group = box.begin[0] / (p.out_channels / p.groups);
  const Interval batch{0, p.batch};
  const Interval out{box.begin[0], box.extent[0]};
  const Interval in{group * x_channels + box.begin[1], box.extent[1]};
  ConvProblem q = p;
  q.groups = 1;
  q.in_channels = in.extent;
  q.out_channels = out.extent;
  const auto taps = spatial(box, p.rank);
  for (int axis = 0; axis < kMaxRank; ++axis) {
    const auto [begin, extent] = taps[axis];
    const std::int64_t first_tap =
        p.orientation == Orientation::kCrossCorrelation ? begin : p.w_extent[axis] - begin - extent;
    q.w_extent[axis] = extent;
    q.pad_begin[axis] = p.pad_begin[axis] - first_tap * p.dilation[axis];
  }
  Window window{box, q, {}};
  window.operands.push_back(slice(operands[0], make_box(p.rank, batch, in, whole(p.x_extent))));
  window.operands.push_back(slice(operands[1], make_box(p.rank, batch, out, whole(p.y_extent))));
  return window;
}

// The axis of the written tensor whose channels are divided among the groups.
std::size_t group_axis(const ConvProblem& p) { return p.operation == Operation::kWgrad ? 0 : 1; }

}  // namespace

Tensor slice(const Tensor& tensor, const Box& box) {
  Tensor out(tensor.type(), box.extent);
  if (out.count() == 0) return out;
  // The innermost axis is contiguous in both.
  const std::size_t bytes = size_bytes(tensor.type());
  const auto run = static_cast<std::size_t>(box.extent.back()) * bytes;
  Shape rows = box.extent;
  rows.back() = 1;
  std::byte* to = out.data();
  Shape source(box.extent.size());
  for_each_index(rows, [&](const Shape& index) {
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      source[axis] = box.begin[axis] + index[axis];
    const auto from = static_cast<std::size_t>(flat_index(tensor.shape(), source)) * bytes;
    std::memcpy(to, tensor.data() + from, run);
    to += run;
  });
  return out;
}

bool has_windows(const ConvProblem& p) {
  const bool empty = element_count(p.x_shape()) == 0 || element_count(p.w_shape()) == 0 ||
                     element_count(p.y_shape()) == 0;
  return !empty && (p.operation != Operation::kDeconv || p.padding_mode == PaddingMode::kZeros);
}

Window make_window(const ConvProblem& p, const std::vector<Tensor>& operands, const Box& box) {
  Window window = p.operation == Operation::kConv     ? conv_window(p, operands, box)
                  : p.operation == Operation::kDeconv ? deconv_window(p, operands, box)
                                                      : wgrad_window(p, operands, box);
  CONVCHECK_CHECK(validate(window.problem).has_value(), to_string(p));
  CONVCHECK_CHECK(window.problem.shape(p.written()) == box.extent, to_string(p));
  return window;
}

std::vector<Box> draw_boxes(const ConvProblem& p, int count, std::int64_t outputs, Random& random) {
  const Shape shape = p.shape(p.written());
  const std::size_t channels = group_axis(p);
  Shape limit = shape;  // The largest extents: channels do not leave their group.
  limit[channels] /= p.groups;
  std::vector<Box> boxes;
  for (int i = 0; i < count; ++i) {
    Box box{Shape(shape.size(), 0), Shape(shape.size(), 1)};
    std::int64_t room = outputs;
    const auto grow = [&](std::size_t axis) {
      box.extent[axis] = std::min(limit[axis], room);
      room /= box.extent[axis];
    };
    if (i % 2 != 0) grow(1);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (i % 2 == 0 || axis != 1) grow(axis);
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const std::int64_t last = limit[axis] - box.extent[axis];
      box.begin[axis] = i == 0 ? 0 : i == 1 ? last : random.between(0, last);
    }
    const std::int64_t group = i == 0 ? 0 : i == 1 ? p.groups - 1 : random.below(p.groups);
    box.begin[channels] += group * limit[channels];
    boxes.push_back(std::move(box));
  }
  return boxes;
}

}  // namespace convcheck::benchmarks
