// SPDX-License-Identifier: Apache-2.0
// What is wrong with the products that an engine adds, in plain words.
#pragma once

#include <string>
#include <vector>

#include "properties/diagnosis_map.hpp"

namespace convcheck::properties::diagnosis {

/// Sentences without a full stop, the most general first: "the width is gone through in strides of
/// 1, not 2"; "outputs with ow % 16 in 13..15 read x[iw+1]". Nothing where the map is that of the
/// definition.
std::vector<std::string> explain_products(const Incidence&, const Map&);

}  // namespace convcheck::properties::diagnosis
