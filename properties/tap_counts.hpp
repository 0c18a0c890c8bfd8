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

}  // namespace convcheck::properties
