// SPDX-License-Identifier: Apache-2.0
// Several ways to say exactly what a convolution is, which share as little as possible with each
// other and nothing with the oracle; for tests.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "reference/dyadic.hpp"

namespace convcheck::reference {

/// One way to compute every output of a problem exactly.
struct Formulation {
  std::string_view name;
  bool (*covers)(const ConvProblem&);
  /// The exact outputs of a valid problem on `operands` (those it reads, as for solve).
  std::vector<Dyadic> (*compute)(const ConvProblem&, const std::vector<Tensor>& operands);
};

/// Each differs from the others in number type, in the order and indices of its loops, or in both:
///
///   binary-640, binary-4416   definition() over cpp_bin_float of so many bits: every sum of
///                             products of f32 and narrower types needs less than 640, of f64 less
///                             than 4416 (298 + 256, 2148 + 2048 and the bits of the term count)
///   integers                  definition() over cpp_int, in units of the operands' last bits
///   rationals                 definition() over cpp_rational
///   scatter                   scatter() over cpp_int
///   polynomials               polynomial_product(), infinities and NaN by counting terms; rank 1
///   wide-sums                 scatter's loops over plain 64-bit limbs
std::span<const Formulation> formulations();

/// By name; null if there is none.
const Formulation* find_formulation(std::string_view name);

}  // namespace convcheck::reference
