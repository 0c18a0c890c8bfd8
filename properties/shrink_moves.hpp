// SPDX-License-Identifier: Apache-2.0
// The single steps of the shrinker.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "properties/law.hpp"

namespace convcheck::properties {

/// Another chain; operands are cropped to it, from the front or, if `trailing`, from the back.
/// `fresh`: operands do not correspond, so they are drawn anew.
struct Resize {
  Chain chain;
  bool trailing = false;
  bool fresh = false;
};
struct ZeroBlock {
  std::size_t operand;
  std::int64_t begin, count;
};
struct SetValue {
  std::size_t operand;
  std::int64_t index;
  double value;
};
/// Every value of every operand at once.
enum class SimplifyAll { kOnes, kSigns, kTruncate, kHalve };
/// One or all fields of the environment towards their defaults.
struct SimplifyEnvironment {
  void (*change)(Environment&);
};
using Move = std::variant<Resize, ZeroBlock, SetValue, SimplifyAll, SimplifyEnvironment>;

/// The chains that are one step smaller, largest steps first; not all are of a law's domain.
std::vector<Resize> smaller_chains(const Chain& chain);

inline constexpr int kMovePhases = 5;
/// The moves of one phase, which stay meaningful after some of them were made, except those of 0: 0
/// the chain, 1 blocks to zero, 2 all values, 3 single values, 4 environment.
std::vector<Move> moves(const Case& c, int phase);

/// The case after the move; nothing if it would be the same or lies outside the law's domain.
std::optional<Case> apply(const Law& law, const Case& c, const Move& move);

}  // namespace convcheck::properties
