// SPDX-License-Identifier: Apache-2.0
// What a convolution of ones gives: how many terms each element of the result has.
#pragma once

#include "core/tensor.hpp"

namespace convcheck::properties {

/// 1 everywhere.
Tensor ones(ElementType type, Shape shape);

/// For conv and deconv: the terms of every element of what is written, by walking through all
/// outputs and taps of each axis.
Tensor tap_counts(const ConvProblem& p);

/// The largest sum of magnitude(v) over the elements v of `b` that one element of the result meets:
/// b is w, or y for wgrad. A deconvolution whose padding mode folds meets each several times.
double largest_sum(const ConvProblem& p, const Tensor& b, double (*magnitude)(double));

/// Terms of one element of the result at most whose factor in `b` is not zero, with 1 for a bias;
/// at least 1.
double nonzero_terms(const ConvProblem& p, const Tensor& b);

}  // namespace convcheck::properties
