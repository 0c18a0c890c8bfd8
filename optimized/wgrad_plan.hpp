// SPDX-License-Identifier: Apache-2.0
// A weight gradient as a convolution of x with y.
#pragma once

#include <memory>

#include "core/engine.hpp"

namespace convcheck::optimized {

struct Kernel;

/// The conv that computes the valid wgrad `p`, whose y has elements,
///
///   w[m, c, t] = sum over n, o of x[n, c, t*dilation + o*stride - pad_begin] * y[n, m, o],
///
/// with the channels of a group of x as its images, the images as its channels, y as its weights,
/// and stride and dilation in each other's place:
///
///   x: [in_channels / groups, groups * batch, x_extent]    y: [in_channels / groups, out_channels,
///   w: [out_channels, batch, y_extent]                         w_extent]
ConvProblem wgrad_conv(const ConvProblem& p);

/// A plan of the wgrad `p` whose conv `kernel`, which supports it, computes. All operands are
/// plain. May throw std::bad_alloc.
Result<std::unique_ptr<Plan>> make_wgrad_plan(const ConvProblem& p, const PlanOptions& options,
                                              const Kernel& kernel);

}  // namespace convcheck::optimized
