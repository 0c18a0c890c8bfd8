// SPDX-License-Identifier: Apache-2.0
// A deconvolution by phases: the positions of x that agree modulo the stride are a convolution of
// y.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/problem.hpp"

namespace convcheck::optimized {

/// The positions first + r + q * stride of x, r in [0, count) and q in [0, conv.y_extent) on every
/// axis.
///
/// A product of the definition lands on i where i = o*stride + t*dilation - pad_begin. For the i of
/// one residue those t differ by multiples of stride / g, g = gcd(stride, dilation), and each step
/// of t moves o by dilation / g; so a residue is a conv of y with stride 1, with the taps that it
/// has, last one first. (Dumoulin and Visin 2016, section 4, is the case of dilation 1.) Residues
/// that differ in their weights alone are output channels of one conv.
struct DeconvPhase {
  Axes first, count;
  /// Tap t of the conv is, for residue r, tap tap_first[axis][r] + (w_extent-1-t) * tap_step.
  std::array<std::vector<std::int64_t>, kMaxRank> tap_first;
  Axes tap_step;
  bool has_taps;  ///< False: no product lands here; `conv` says which positions only.
  ConvProblem
      conv;  ///< [batch, out_channels] of y to [batch, groups, residues, in_channels/groups].

  [[nodiscard]] std::int64_t residues() const { return count[0] * count[1] * count[2]; }
};

/// The phases of a valid deconv with padding mode zeros; every position of x is in exactly one.
/// None if x has no element.
std::vector<DeconvPhase> deconv_phases(const ConvProblem& deconv);

/// The weights of phase.conv, [groups, residues, in_channels / groups, out_channels / groups,
/// phase.conv.w_extent], from the deconv's [out_channels, in_channels / groups, w_extent]. The two
/// may not overlap.
void gather_phase_weights(const ConvProblem& deconv, const DeconvPhase& phase, const float* w,
                          float* phase_w);

}  // namespace convcheck::optimized
