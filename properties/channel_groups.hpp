// SPDX-License-Identifier: Apache-2.0
// Parts of operands along the batch and the channels, as structure laws take problems apart.
#pragma once

#include <cstdint>

#include "properties/calls.hpp"

namespace convcheck::properties {

/// [begin, begin+count) along one axis of the shape.
Estimate slice(const Estimate& t, std::size_t axis, std::int64_t begin, std::int64_t count);
/// Adds `part` to `whole` at `begin` along one axis; the other axes have the same extents.
void place(const Estimate& part, std::size_t axis, std::int64_t begin, Estimate& whole);

/// The operands of one group of a grouped problem, and its result back in its place.
Values group_of(const ConvProblem& p, const Values& values, std::int64_t group);
void place_group(const Estimate& part, const ConvProblem& p, std::int64_t group, Estimate& whole);

/// t[n, c, ...] + bias[c], rounded once.
Estimate with_bias(const Estimate& t, const Estimate& bias);

}  // namespace convcheck::properties
