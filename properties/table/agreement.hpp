// SPDX-License-Identifier: Apache-2.0
// How the two sides of a statement compare, whatever makes the products.
#pragma once

#include <cstdint>

#include "properties/table/shape.hpp"

namespace convcheck::properties::table {

/// How the two sides of a case compare. Sides are compared as values on Z: where one has no value
/// it is 0.
enum class Agreement : std::uint8_t {
  kEqual,
  kZeros,    ///< Equal, and nothing but zeros: the case could have shown nothing.
  kEmpty,    ///< A side has no values: the case does not count.
  kByShape,  ///< Of different extents, and agreeing on Z.
  kByValue,  ///< Different somewhere on Z.
};

Agreement compare(const Block& left, const Block& right);

/// The case in an algebra of blocks (ExactAlgebra, HeldAlgebra), which is reset first. Of several
/// equations a difference decides, then a side without values.
template <class A>
Agreement agreement(A& algebra, const Cell& cell, const CaseShape& shape,
                    const std::int64_t* values) {
  algebra.reset();
  algebra.set_groups(shape.groups);
  Evaluation<A> evaluation(algebra, cell, shape.groups, shape.step);
  Agreement result = Agreement::kZeros;
  const auto rank = [](Agreement a) {
    return a == Agreement::kZeros ? 0 : 1 + static_cast<int>(a);
  };
  evaluation.run(blocks(operand_shapes(cell, shape), values),
                 [&](const Block& left, const Block& right) {
                   const Agreement one = compare(left, right);
                   if (rank(one) > rank(result)) result = one;
                 });
  return result;
}

}  // namespace convcheck::properties::table
