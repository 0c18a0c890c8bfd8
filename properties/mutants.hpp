// SPDX-License-Identifier: Apache-2.0
// Planted bugs, each of a kind that a library in use has had: what the suite must find.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/engine.hpp"
#include "properties/planted.hpp"

namespace convcheck::properties {

/// One planted bug, in a file of its own under properties/mutants/, with one line in the registry.
struct Mutant {
  std::string_view name;  ///< "group-offset-missing": the engine is "mutant:group-offset-missing".
  std::string_view kind;  ///< Its class: PAD, TAIL, GROUP, ... (docs/validation.md).
  std::string_view bug;   ///< What it gets wrong, one sentence.
  std::string_view source;  ///< A real bug of that kind.
  std::unique_ptr<Bug> (*make)();
  /// It shows by faults, addresses, the environment or concurrency, which only a worker judges.
  bool needs_worker = false;
};

/// Every planted bug, in the order of mutants.inc.
const std::vector<const Mutant*>& mutants();

/// The engine with this bug; "mutant:" may stand before the name. kEngineStart for an unknown name,
/// with those that there are.
Result<std::unique_ptr<Engine>> make_mutant(std::string_view name);

template <typename T>
std::unique_ptr<Bug> make_bug() {
  return std::make_unique<T>();
}

}  // namespace convcheck::properties
