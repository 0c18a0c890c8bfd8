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

enum class FillKind {
  /// Integers so small that every partial sum is exact in the written type, in any order.
  kExactInteger,
  kUniform,         ///< U(-1, 1), full mantissas.
  kNormal,          ///< N(0, 1) for data, N(0, 1) / sqrt(terms) for weights.
  kIllConditioned,  ///< Channel quadruples (a, a', a, a') x (b, -b, -b', b'): sums cancel.
  kSpecial,         ///< NaN, Inf, signed zeros, subnormals and the largest values among uniform ones.
};
const char* to_string(FillKind);
std::optional<FillKind> parse_fill_kind(std::string_view);

/// Every operand of the chain but the written one, in the order of operand_specs. The generator is
/// seeded by a hash of to_string(chain), kind and seed, so a case is reproduced by its name.
std::vector<Tensor> fill_operands(const Chain&, FillKind, std::uint64_t seed);

/// Largest |v| of kExactInteger for one problem: terms * v * v stays representable.
std::int64_t exact_integer_bound(const ConvProblem&);

}  // namespace convcheck
