// SPDX-License-Identifier: Apache-2.0
// What every runner checks around a call: poison, other data, plans that run at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/case.hpp"
#include "core/engine.hpp"

namespace convcheck::peers {

/// kBadInput unless the operands are those of operand_specs(chain), the written one left out.
Status check_operands(const Case&, const std::vector<OperandSpec>& specs);

/// kRefused for kUnsupported, kFailed for everything else, with the error's sentence.
Outcome outcome_of(const Error&);

/// Elements all of whose bytes are a poison.
struct Poisoned {
  std::int64_t first = -1;  ///< Flat index; -1: none.
  std::int64_t count = 0;
};
Poisoned find_poison(const std::byte* data, std::int64_t count, std::size_t element_bytes,
                     std::uint8_t poison);
/// Elements that are poison after one call and other_poison(poison) after another: a value that
/// only looks like poison is written both times, so these were not written.
Poisoned find_unwritten(const std::byte* after_poison, const std::byte* after_other,
                        std::int64_t count, std::size_t element_bytes, std::uint8_t poison);
/// Differs from `poison` in every second bit: no value of any type looks like both.
constexpr std::uint8_t other_poison(std::uint8_t poison) { return poison ^ 0x55; }
Finding unwritten_finding(const OperandSpec&, const Poisoned&);

/// Data for prior call `call` of a case: integers of [-2, 2] ([0, 4] unsigned), different for each.
void fill_other_data(std::byte* data, ElementType, std::int64_t count, int call);

/// What plans that ran at the same time made of one case.
struct ConcurrentResult {
  std::optional<Finding> finding;  ///< The plan promises determinism, and bits differed.
  std::optional<Tensor> output;    ///< It does not: a result with other bits, to be judged instead.
};
/// Runs `calls` plans at once, each from a thread of its own on its own copy of the operands, and
/// compares with what one wrote alone. `operands` in the order of operand_specs; the written one is
/// the result of the call alone. The first error of a plan, if any.
Result<ConcurrentResult> run_concurrently(Engine&, const Chain&, const PlanOptions&, int calls,
                                          const std::vector<const std::byte*>& operands);

}  // namespace convcheck::peers
