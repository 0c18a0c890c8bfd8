// SPDX-License-Identifier: Apache-2.0
// Differences between two engines as a table.
#pragma once

#include <string>

#include "reports/document.hpp"
#include "reports/summary.hpp"

namespace convcheck::reports {

/// "index 12 [0, 1, 2]: 0x3f800000 and 0x3f800001 (1 and 1.0000001), 1 ulp; 3 of 144 differ, by at
/// most 2 ulps"; "every bit is the same".
std::string bits_text(const DifferenceEntry&);

/// "error / (u S) 0.5 before, 0.7 after; ulps 1 and 2; 3 % and 4 % of the derived bound".
std::string error_text(const DifferenceEntry&);

/// A row a problem whose bits differ: where, both values in hex, ulps, how many, both errors.
Table difference_table(const Document&);

}  // namespace convcheck::reports
