// SPDX-License-Identifier: Apache-2.0
// Convolution by an outer product, one axis at a time.
#pragma once

#include <cstddef>

#include "properties/calls.hpp"

namespace convcheck::properties {

/// The geometry of `p` before any axis is passed: a 1x1 kernel that leaves x as large as it is.
ConvProblem before_passes(const ConvProblem& p);

struct AxisPasses {
  Estimate output;  ///< After the pass along the last axis: as large as y.
  Estimate kernel;  ///< The outer product of the vectors, or of the given kernel with them.
};

/// Passes `x` along every spatial axis of `p`, the first axis first, with the vectors of taps
/// `vectors[0]`, `vectors[1]`, ... `pass` is before_passes(p) with the channels of the passes;
/// `kernel` multiplies the vectors, and may be empty.
AxisPasses pass_along_axes(Calls& calls, const ConvProblem& p, ConvProblem pass, Estimate x,
                           Estimate kernel, const Tensor* vectors);

}  // namespace convcheck::properties
