// SPDX-License-Identifier: Apache-2.0
// The bound of a convolution by Fourier transforms, from the height of its roundings and the norms.
#pragma once

#include <vector>

#include "properties/bounds.hpp"

namespace convcheck::properties {

/// For each output, gamma_h (sum over the summed channels of |a|_2 |k|_2 + |bias|) and the terms of
/// underflow, h the claim's tree height, a the whole plane that is transformed and k the kernel of
/// the pair of channels (docs/validation.md has the derivation). Infinite where the planes' 1-norms
/// let a spectrum overflow. kUnsupported without a declared height, and for deconvolutions with
/// another padding than zeros.
Result<OutputBounds> fft_output_bounds(const Claim& claim, const ConvProblem& problem,
                                       const std::vector<Tensor>& operands,
                                       const reference::OracleResult& oracle);

}  // namespace convcheck::properties
