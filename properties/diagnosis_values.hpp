// SPDX-License-Identifier: Apache-2.0
// What is wrong with the values of one problem in one environment, in plain words.
#pragma once

#include <string>
#include <vector>

#include "properties/diagnosis_map.hpp"

namespace convcheck::properties::diagnosis {

/// Outputs that are not written, that hold something whatever the operands are, that get another
/// bias or none, or (where there were earlier calls) something of those; then the products that are
/// added (explain_products). Sentences without a full stop; none where nothing is wrong.
std::vector<std::string> explain_values(Prober&);

/// The mistake of taking one channel axis of w for the other, in a result as a whole: single
/// products cannot tell it where an output sums over what it should not. Empty where that is not
/// so.
std::string explain_swapped_channels(Prober&);

/// Which outputs are wrong on exact integers, where nothing else is known of the cause.
std::string explain_wrong_outputs(Prober&);

/// Of an f32 engine that claims direct sums, how it rounds: "x is rounded to 8 significant bits
/// (bf16) before it is multiplied". None where single products and sums of two are right.
std::vector<std::string> explain_arithmetic(Prober&);

}  // namespace convcheck::properties::diagnosis
