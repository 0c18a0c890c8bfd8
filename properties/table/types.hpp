// SPDX-License-Identifier: Apache-2.0
// Whether both sides of a statement are of one type.
#pragma once

#include "properties/table/statement.hpp"

namespace convcheck::properties::table {

/// True if, for every number of channels of the cell's kind (up to 3), every product of the
/// statement has a kernel with the channels of its signal and both sides are matrices of one size.
/// No cell is typed for some numbers of channels only; were there one, it would count as ill-typed.
bool is_typed(const Cell& cell);

}  // namespace convcheck::properties::table
