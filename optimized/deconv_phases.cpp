// SPDX-License-Identifier: Apache-2.0
#include "optimized/deconv_phases.hpp"

#include <algorithm>
#include <numeric>

#include "core/geometry.hpp"

namespace convcheck::optimized {
namespace {

// What a phase is on one axis.
struct AxisPhase {
  std::int64_t first;
  std::vector<std::int64_t> tap_first;  // Of every residue.
  std::int64_t positions, taps, tap_step, dilation, pad_begin;

  // Whether the residue behind is a conv of the same shape.
  [[nodiscard]] bool continued_by(const AxisPhase& next) const {
    return positions == next.positions && taps == next.taps && dilation == next.dilation &&
           pad_begin == next.pad_begin;
  }
};

AxisPhase residue(const ConvProblem& p, std::size_t axis, std::int64_t first) {
  const std::int64_t stride = p.stride[axis];
  const std::int64_t dilation = p.dilation[axis];
  const std::int64_t g = std::gcd(stride, dilation);
  AxisPhase phase{first, {0}, ceil_div(p.x_extent[axis] - first, stride), 0, stride / g, 1, 0};
  // first + pad_begin - t*dilation must be a multiple of the stride: true for one t in
  // [0, stride / g), or for none.
  const std::int64_t reach = first + p.pad_begin[axis];
  const std::int64_t candidates = std::min(phase.tap_step, p.w_extent[axis]);
  std::int64_t t = 0;
  while (t < candidates && floor_mod(reach - t * dilation, stride) != 0) ++t;
  if (t == candidates) return phase;
  phase.tap_first = {t};
  phase.taps = ceil_div(p.w_extent[axis] - t, phase.tap_step);
  if (phase.taps > 1) phase.dilation = dilation / g;
  // Tap 0 of the conv is the deconv's last: it reads o = q + (reach - t*dilation) / stride less the
  // way there.
  phase.pad_begin = (phase.taps - 1) * phase.dilation - floor_div(reach - t * dilation, stride);
  return phase;
}

std::vector<AxisPhase> axis_phases(const ConvProblem& p, std::size_t axis) {
  std::vector<AxisPhase> phases;
  for (std::int64_t first = 0; first < std::min(p.stride[axis], p.x_extent[axis]); ++first) {
    const AxisPhase next = residue(p, axis, first);
    if (!phases.empty() && phases.back().continued_by(next)) {
      phases.back().tap_first.push_back(next.tap_first.front());
    } else {
      phases.push_back(next);
    }
  }
  return phases;
}

std::int64_t residues_of(const AxisPhase& phase) {
  return static_cast<std::int64_t>(phase.tap_first.size());
}

}  // namespace

std::vector<DeconvPhase> deconv_phases(const ConvProblem& p) {
  const std::vector<AxisPhase> depth = axis_phases(p, 0);
  const std::vector<AxisPhase> height = axis_phases(p, 1);
  const std::vector<AxisPhase> width = axis_phases(p, 2);
  std::vector<DeconvPhase> phases;
  phases.reserve(depth.size() * height.size() * width.size());
  for (const AxisPhase& d : depth) {
    for (const AxisPhase& h : height) {
      for (const AxisPhase& w : width) {
        DeconvPhase phase{{d.first, h.first, w.first},
                          {residues_of(d), residues_of(h), residues_of(w)},
                          {d.tap_first, h.tap_first, w.tap_first},
                          {d.tap_step, h.tap_step, w.tap_step},
                          d.taps > 0 && h.taps > 0 && w.taps > 0,
                          {}};
        ConvProblem& conv = phase.conv;
        conv.rank = p.rank;
        conv.batch = p.batch;
        conv.groups = p.groups;
        conv.in_channels = p.out_channels;
        conv.out_channels = p.in_channels * phase.residues();
        conv.x_extent = p.y_extent;
        conv.w_extent = {std::max<std::int64_t>(d.taps, 1), std::max<std::int64_t>(h.taps, 1),
                         std::max<std::int64_t>(w.taps, 1)};
        conv.y_extent = {d.positions, h.positions, w.positions};
        conv.dilation = {d.dilation, h.dilation, w.dilation};
        conv.pad_begin = {d.pad_begin, h.pad_begin, w.pad_begin};
        conv.has_bias = p.has_bias;
        phases.push_back(std::move(phase));
      }
    }
  }
  return phases;
}

void gather_phase_weights(const ConvProblem& p, const DeconvPhase& phase, const float* w,
                          float* phase_w) {
  const std::int64_t group_in = p.in_channels / p.groups;    // What the phase writes.
  const std::int64_t group_out = p.out_channels / p.groups;  // What the phase reads.
  const Axes& k = p.w_extent;
  const Axes& n = phase.conv.w_extent;
  const bool flip = p.orientation == Orientation::kConvolution;
  const auto tap = [&](std::size_t axis, std::int64_t r, std::int64_t t) {
    const std::int64_t of_deconv = phase.tap_first[axis][static_cast<std::size_t>(r)] +
                                   (n[axis] - 1 - t) * phase.tap_step[axis];
    return flip ? k[axis] - 1 - of_deconv : of_deconv;
  };
  for (std::int64_t channel = 0; channel < phase.conv.out_channels; ++channel) {
    const std::int64_t c = channel % group_in;
    const std::int64_t r = channel / group_in % phase.residues();
    const std::int64_t g = channel / group_in / phase.residues();
    const Axes residue_of{r / phase.count[2] / phase.count[1], r / phase.count[2] % phase.count[1],
                          r % phase.count[2]};
    for (std::int64_t m = 0; m < group_out; ++m) {
      const float* from = w + ((g * group_out + m) * group_in + c) * k[0] * k[1] * k[2];
      for (std::int64_t d = 0; d < n[0]; ++d)
        for (std::int64_t h = 0; h < n[1]; ++h)
          for (std::int64_t l = 0; l < n[2]; ++l)
            *phase_w++ = from[(tap(0, residue_of[0], d) * k[1] + tap(1, residue_of[1], h)) * k[2] +
                              tap(2, residue_of[2], l)];
    }
  }
}

}  // namespace convcheck::optimized
