// SPDX-License-Identifier: Apache-2.0
// Engines that are right in a way of their own: whom the suite must not accuse.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "properties/mutants.hpp"

namespace convcheck::properties {

/// One innocent, in a file of its own under properties/innocents/, with one line in the registry:
/// another order of summation, another algorithm, under a claim that is honest.
struct Innocent {
  std::string_view name;  ///< "pairwise": the engine is "innocent:pairwise".
  std::string_view text;  ///< What it does, one sentence.
  std::unique_ptr<Bug> (*make)();
};

/// Every innocent, in the order of innocents.inc.
const std::vector<const Innocent*>& innocents();

/// The engine of this name; "innocent:" may stand before it. kEngineStart for an unknown name, with
/// those that there are.
Result<std::unique_ptr<Engine>> make_innocent(std::string_view name);

}  // namespace convcheck::properties
