// SPDX-License-Identifier: Apache-2.0
// A product of the table as a problem for an engine.
#pragma once

#include "properties/table/exact.hpp"

namespace convcheck::properties::table {

/// f in the place of x, g in that of w; y is what the product has. The extents of f and g are those
/// of the table's, the offsets decide what the padding is.
ConvProblem product_problem(const Product& product, int rank, std::int32_t groups, const Block& f,
                            const Block& g);

}  // namespace convcheck::properties::table
