// SPDX-License-Identifier: Apache-2.0
// The planted bugs and the innocents under the acceptance rules of others.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/problem_text.hpp"
#include "properties/mutants.hpp"
#include "properties/others/rules.hpp"

namespace convcheck::properties::others {

/// One engine under every rule.
struct RuleRow {
  std::string_view name;
  std::string_view kind;  ///< Class of the bug; empty for an innocent.
  /// By rule: the problem on which it rejects the engine first; empty where it accepts it on all.
  std::vector<std::string> rejected;
};

using MakeEngine = std::function<Result<std::unique_ptr<Engine>>()>;

/// Asks one rule of one engine, problem by problem, data set by data set and thread count by thread
/// count, each a plan and a call of its own. A rule rejects a result that it does not accept, a
/// change of bytes that its tester looks at, an error, and an end of the process. Problems that the
/// engine does not support are passed over.
class RuleJudge {
 public:
  /// Single problems; they outlive the judge.
  explicit RuleJudge(std::span<const SuiteLine> lines) : lines_(lines) {}

  /// The name of the first problem on which the engine is rejected, or nothing. With
  /// `separate_process` each rule runs in a child of this process, which the engine may end.
  Result<std::string> first_rejection(const AcceptanceRule&, const MakeEngine&,
                                      bool separate_process);

 private:
  std::span<const SuiteLine> lines_;
};

/// The rows of the planted bugs, or of those that are taken, in the order of the registry.
Result<std::vector<RuleRow>> judge_bugs(std::span<const SuiteLine>,
                                        bool (*takes)(const Mutant&) = nullptr);
/// The rows of all innocents.
Result<std::vector<RuleRow>> judge_innocents(std::span<const SuiteLine>);

}  // namespace convcheck::properties::others
