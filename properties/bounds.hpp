// SPDX-License-Identifier: Apache-2.0
// How far a result may be from the exact one: derived from the claim, the terms and the data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/chain.hpp"
#include "core/engine.hpp"
#include "core/tensor.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties {

/// Per output, the largest |found - OracleResult::value| that a claim allows. The oracle's value is
/// the exact y rounded once, so half a unit in its last place is included wherever the claim allows
/// an error at all.
struct OutputBounds {
  /// 0: the very value (a NaN where a NaN is due, an Inf of the same sign). Infinity: nothing is
  /// promised, because a partial sum of finite terms may overflow.
  std::vector<double> absolute;
  std::int64_t unpromised = 0;  ///< Outputs whose bound is infinite.
  std::string formula;          ///< The derivation's name, with its constants, for reports.
};

/// The bound for one problem. `algorithm` is what the plan calls itself and may narrow the bound of
/// a Winograd claim (winograd_bound.hpp). Derivations: docs/validation.md.
///   kExact     0.
///   kDirect    n u (1+u) (S + n eta) + n eta, any order, fused or not; gamma_{h+1} instead of
///              n u (1+u) with a declared tree height h; 0 where every partial sum of any order is
///              representable (exact-integer data); more where the claim flushes subnormals.
///   kTf32, kBf16  kDirect on operands rounded to 11 or 8 bits: + (2 u_in + u_in^2) S.
///   kWinograd  the componentwise bracket of the declared matrices.
/// u = 2^-24 and eta = 2^-150 for everything that is stored as f32 or narrower, which is
/// accumulated in f32 at least; a narrower store adds its own rounding. Integer results have bound
/// 0. kUnsupported, with the reason, for claims that no bound is derived for (kFft).
Result<OutputBounds> output_bounds(const Claim& claim, std::string_view algorithm,
                                   const ConvProblem& problem, const std::vector<Tensor>& operands,
                                   const reference::OracleResult& oracle,
                                   const reference::OracleOptions& options = {});

/// The bound for the last step of a chain, errors of the earlier steps carried along:
/// E_out <= bound(|x| + E) + sum E |w|. A chain of one problem is that problem.
Result<OutputBounds> chain_output_bounds(const Claim& claim, std::string_view algorithm,
                                         const Chain& chain, const std::vector<Tensor>& operands,
                                         const reference::ChainResult& oracle,
                                         const reference::OracleOptions& options = {});

/// Half the gap from |v| to the next larger value of the type: what rounding y to v may have moved.
double half_ulp(double v, ElementType type);

/// The unit roundoff of arithmetic whose results are stored as `type`: 2^-24 for f32 and narrower,
/// 2^-53 for f64, 0 for integers.
double accumulator_roundoff(ElementType type);

}  // namespace convcheck::properties
