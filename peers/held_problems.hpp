// SPDX-License-Identifier: Apache-2.0
// Problems that one engine in this process keeps ready.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>

#include "core/case.hpp"

namespace convcheck::peers {

/// Plans by problem, with one thread and plain operands; the one that was not asked for longest is
/// dropped when there are too many.
class HeldProblems {
 public:
  explicit HeldProblems(Engine& engine) : engine_(engine) {}

  /// Null if the engine declines the problem.
  std::shared_ptr<HeldProblem> hold(const ConvProblem&);

 private:
  struct Hash {
    std::size_t operator()(const ConvProblem&) const;
  };
  struct Entry {
    ConvProblem problem;
    std::shared_ptr<HeldProblem> held;  // Null: declined.
  };
  std::shared_ptr<HeldProblem> prepare(const ConvProblem&);

  Engine& engine_;
  std::list<Entry> entries_;  // Most recent first.
  std::unordered_map<ConvProblem, std::list<Entry>::iterator, Hash> places_;
};

}  // namespace convcheck::peers
