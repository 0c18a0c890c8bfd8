// SPDX-License-Identifier: Apache-2.0
// For tests: a runner in this process that shows reads and writes outside the operands.
#pragma once

#include <memory>

#include "core/case.hpp"

namespace convcheck::properties {

/// Lays every operand between two fields of NaN: what is read there spoils the result, what is
/// written there is found. Bugs that leave their operands can so be run without harm to the test,
/// which a runner that guards nothing cannot promise. Honours threads, layout, poison and prior
/// calls.
std::unique_ptr<Runner> make_canary_runner(std::unique_ptr<Engine> engine);

}  // namespace convcheck::properties
