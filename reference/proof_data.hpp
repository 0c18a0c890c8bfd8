// SPDX-License-Identifier: Apache-2.0
// Data of every element type made to be wrong on: ties, underflow, overflow, cancellation; tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/tensor.hpp"

namespace convcheck::reference {

enum class Data {
  kIntegers,     ///< Small integers: every sum exact, many zero.
  kUniform,      ///< Full mantissas, or the whole range of an integer type.
  kWide,         ///< Exponents spread over 40 octaves, or what the type has.
  kTies,         ///< Few bits set, spread about the result's precision: many sums half way.
  kSubnormal,    ///< Results around and below the result's least subnormal number.
  kHuge,         ///< Results around and above the result's largest number.
  kCancelling,   ///< Neighbours of opposite sign: sums that lose most bits, or all.
  kSpecial,      ///< Infinities, NaN, zeros of both signs, least and largest numbers.
  kInfiniteTap,  ///< Few weights infinite, which taps in the padding must not show.
};
inline constexpr int kDataCount = 9;
const char* to_string(Data);

/// The operands that the problem reads, in the order of operand_specs. Where a type cannot hold
/// what `data` asks for, the nearest that it can.
std::vector<Tensor> proof_operands(const ConvProblem& p, Data data, Random& random);

/// Types of what a problem reads, the data operand first, and of what it writes.
struct Mixture {
  ElementType first, second, written;
  friend bool operator==(const Mixture&, const Mixture&) = default;
};
/// "bf16-bf16-f32".
std::string to_string(const Mixture&);
ConvProblem with_types(ConvProblem p, const Mixture& types);
/// Those on which the oracle is proved: every type, what accumulates in another, and mixtures.
std::span<const Mixture> proof_mixtures();

/// p with zero points of its integer operands every other time: ends of their range, any value.
ConvProblem with_zero_points(ConvProblem p, Random& random);

/// A problem of the operation with random rank, extents, padding and everything else but types:
/// one to some thousand outputs of one to some hundred terms.
ConvProblem random_problem(Operation operation, Random& random);

/// `outputs` dot products of `terms` products each, one half of every product read from what all
/// share and the other from what each has to itself. Extents and groups are 1.
ConvProblem dot_problem(Operation operation, std::int64_t outputs, std::int64_t terms);

/// Operands of a dot_problem with sums whose condition number sum |x||w| / |sum x w| lies about
/// 2^log2_condition, as far as the types can: first halves of rising exponents, second halves that
/// cancel them step by step (Ogita, Rump, Oishi, "Accurate sum and dot product", SIAM J. Sci.
/// Comput. 26 (2005), algorithm 6.1, with exact sums inside).
std::vector<Tensor> ill_conditioned_operands(const ConvProblem& p, double log2_condition,
                                             Random& random);

}  // namespace convcheck::reference
