// SPDX-License-Identifier: Apache-2.0
// Whether an engine goes through an axis by other numbers than the problem's.
#pragma once

#include <string>
#include <vector>

#include "properties/diagnosis_map.hpp"

namespace convcheck::properties::diagnosis {

/// "depth", "height", "width".
const char* axis_name(std::size_t axis);

/// The engine's own x = stride * y + dilation * tap - padding on every axis, fitted to the products
/// that it adds. Sentences for the axes whose numbers are not the problem's; nothing unless the
/// fitted numbers explain every product that the definition has.
std::vector<std::string> explain_axes(const Incidence&, const Map&);

}  // namespace convcheck::properties::diagnosis
