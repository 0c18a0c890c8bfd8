// SPDX-License-Identifier: Apache-2.0
// The certified oracle: every output correctly rounded, with S = sum |x||w| and how it was
// certified.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/chain.hpp"
#include "core/engine.hpp"
#include "core/tensor.hpp"

namespace convcheck::reference {

/// How the correctly rounded value of one output was certified.
enum class Tier : std::uint8_t {
  kNonFinite,  ///< NaN or Inf by the rules of IEEE 754.
  kExactSum,   ///< The f64 sum is exact (integers, dyadic data, ties, exact zeros).
  kInterval,   ///< Both ends of the error interval of an f64 sum round to the same value.
  kTwoBins,    ///< The same of a sum in two bins of f64, or that sum is exact.
  kInteger,    ///< The exact integer accumulator.
};
inline constexpr int kTierCount = 5;
const char* to_string(Tier);

struct OracleResult {
  /// What the operation writes, each element rounded once, to nearest even: its type and shape.
  Tensor value;
  /// S >= sum |x||w| (+ |bias|) over the terms of each output, above it by at most a relative
  /// 2 (n+2) 2^-53, n = `terms`, and 2^-1073; an infinity where a term is not finite or that
  /// bound passes the largest f64.
  std::vector<double> sum_abs;
  std::vector<Tier> tier;
  /// Terms that the definition gives one output at most: products of taps inside x, and the bias.
  /// At most ConvProblem::term_count, which counts taps in the padding too.
  std::int64_t terms = 0;
};

struct OracleOptions {
  int threads = 1;
};

/// The operation of `problem` on `operands` (order of operand_specs, the written one left out).
/// Every element type, mixed ones included. kUnsupported where padding cuts an axis into more
/// pieces than fit in memory; kBadInput for operands of the wrong type or shape; kBadInput if the
/// floating-point environment (rounding to nearest, no FTZ/DAZ) is not what the proof needs. The
/// same bits for any number of threads. Source: numerics in docs/numerics.md.
Result<OracleResult> solve(const ConvProblem& problem, const std::vector<Tensor>& operands,
                           const OracleOptions& options = {});

/// solve over a chain, with every intermediate result exactly what the definition and one rounding
/// give; `value`, `sum_abs` and `tier` are those of the last step, `steps` (one per problem) what a
/// propagated bound needs.
struct ChainResult {
  OracleResult last;
  std::vector<OracleResult> steps;
};
Result<ChainResult> solve_chain(const Chain& chain, const std::vector<Tensor>& operands,
                                const OracleOptions& options = {});

/// The oracle as an engine, "reference": claims AlgorithmClass::kExact.
std::unique_ptr<Engine> make_reference_engine();

/// The oracle without its certificate, "uncertified": the same packing, loops and f64 sums, each
/// converted to f32 unseen. What the certificate costs is measured against it. f32 only, written
/// and read; claims a direct algorithm.
std::unique_ptr<Engine> make_uncertified_engine();

}  // namespace convcheck::reference
