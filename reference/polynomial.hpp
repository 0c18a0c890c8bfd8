// SPDX-License-Identifier: Apache-2.0
// One-dimensional convolutions as products of polynomials; for tests.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <vector>

#include "core/problem.hpp"
#include "reference/definition.hpp"

namespace convcheck::reference {

/// As definition() without bias and zero points, for problems of rank 1. With X_c(z) = sum of
/// x[c, e] z^e over the padded axis, W_mc(z) = sum of w[m, c, t'] z^t and Y_m(z) = sum of
/// y[m, o] z^o,
///
///   conv    y[m, o] = coefficient of z^(o*stride - pad) in sum over c of X_c(z) W_mc(z^-dilation)
///   deconv  coefficient of z^(e + pad) in sum over m of Y_m(z^stride) W_mc(z^dilation) is what
///           reaches index e of the padded axis; x[c, i] sums what reaches the copies of i
///   wgrad   w[m, c, t'] = coefficient of z^(t*dilation - pad) in sum over n of X_c(z)
///   Y_m(z^-stride)
///
/// The polynomials are multiplied as integers: their values at a power of two so large that the
/// product's coefficients stand side by side (Kronecker substitution; von zur Gathen and Gerhard,
/// Modern Computer Algebra, section 8.4). Shares no loop over terms and no index arithmetic with
/// definition() or scatter().
std::vector<boost::multiprecision::cpp_int> polynomial_product(
    const ConvProblem& p, const Values<boost::multiprecision::cpp_int>& v);

}  // namespace convcheck::reference
