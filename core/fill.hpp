// SPDX-License-Identifier: Apache-2.0
// Data for cases: reproducible from the problem and a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/chain.hpp"
#include "core/tensor.hpp"

namespace convcheck {

/// For the integer element types kUniform, kNormal and kIllConditioned are kExactInteger, because a
/// sum that overflows has no definition. Operand `second` below is w, or y for wgrad.
enum class FillKind {
  /// Integers so small that every partial sum is exact in every written type, in any order: with
  /// v = exact_integer_bound, uniform in [-v, v] (in [0, v] if u8 is written). Where even v = 1 is
  /// too much for the written type (256 terms for bf16), `second` is mostly zero: only so many
  /// entries of the terms of one output are not. Zero points are added.
  kExactInteger,
  kUniform,  ///< U(-1, 1), full mantissas.
  kNormal,   ///< N(0, 1) for data and bias, N(0, 1) / sqrt(terms) for `second`.
  /// Every output cancels. Channels of a group in quadruples (wgrad: batch), data (a, a', a, a')
  /// times
  /// `second` (b, -b, -b', b') with a' = a(1+d), b' = b(1+e): the sum is (a-a')(b-b'), its
  /// condition
  /// about 1/(de) = 2^(2p-4) at precision p. Channels past the last quadruple meet zeros. With
  /// fewer
  /// than four channels the data are near one constant a(1+d) and `second` alternates in sign along
  /// the terms of an output: condition about 1/d away from the padding; none if there is one term.
  kIllConditioned,
  /// Signed zeros, subnormals and smallest normal values among uniform ones, and a few NaN,
  /// infinities and largest values, so sparse that about half of the outputs of a large problem do
  /// not meet one. Integer types: the ends of the kExactInteger range and zero.
  kSpecial,
  /// The rungs of a ladder: uniform, but only so many terms of one sum (of one output of conv) meet
  /// a `second` that is not zero, chosen at random; no bias. What few terms hide nothing behind
  /// shows at any number of channels: operands that are cut, products that are not rounded.
  kTerms1,
  kTerms2,
  kTerms4,
  kTerms16,
  kTerms64,
  kTerms256,
  kPositive,  ///< U(0, 1): errors of one sign add up, which those of zero-mean data do not.
  kGraded,    ///< N(0, 1) * 2^U(-20, 20), each element with an exponent of its own.
  kTiny,      ///< U(-1, 1) * 2^-70: products are subnormal.
};
const char* to_string(FillKind);
std::optional<FillKind> parse_fill_kind(std::string_view);
/// The number of terms of a rung of the ladder; 0 for other kinds.
std::int64_t ladder_terms(FillKind);

/// Every operand of the (valid) chain but the written one, in the order of operand_specs. The
/// generator is seeded by a hash of to_string(chain), the operand's name, kind and seed, so a case
/// is reproduced by its name.
std::vector<Tensor> fill_operands(const Chain&, FillKind, std::uint64_t seed);

/// Largest |v| of kExactInteger, at least 1: terms * v * v stays exact in the written type. In a
/// chain the data entering, all weights and all biases share it, and every step's result is
/// bounded.
std::int64_t exact_integer_bound(const Chain&);

}  // namespace convcheck
