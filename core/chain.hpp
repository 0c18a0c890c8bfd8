// SPDX-License-Identifier: Apache-2.0
// Chains: a short list of problems with channel shuffles between, usable wherever a problem is.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/problem.hpp"

namespace convcheck {

/// Channel c = g*(C/G) + j moves to j*G + g: the transpose of the matrix (G, C/G). G divides C.
struct Shuffle {
  std::int64_t groups = 1;
  friend bool operator==(const Shuffle&, const Shuffle&) = default;
};

using Step = std::variant<ConvProblem, Shuffle>;

/// One tensor that a case brings or an engine writes.
struct OperandSpec {
  std::string name;  ///< "x", "w", "bias", "y"; in a chain "in", "w0", "bias0", "w1", ..., "out".
  Role role = Role::kX;
  int step = 0;  ///< Index into Chain::steps.
  ElementType type = ElementType::kF32;
  Shape shape;
  bool written = false;

  friend bool operator==(const OperandSpec&, const OperandSpec&) = default;
};

/// `A | B | shuffle:G | C`. A chain of one problem is that problem. Intermediate results are
/// rounded to the element type that the step writes.
struct Chain {
  std::vector<Step> steps;

  Chain() = default;
  Chain(ConvProblem problem) : steps{problem} {}  // NOLINT(google-explicit-constructor)
  explicit Chain(std::vector<Step> s) : steps(std::move(s)) {}

  friend bool operator==(const Chain&, const Chain&) = default;

  [[nodiscard]] bool is_single() const { return steps.size() == 1; }
  /// The first problem; requires a validated chain.
  [[nodiscard]] const ConvProblem& front() const;
  /// The last problem; requires a validated chain.
  [[nodiscard]] const ConvProblem& back() const;
  [[nodiscard]] std::vector<ConvProblem> problems() const;
  [[nodiscard]] double nominal_macs() const;
  [[nodiscard]] double valid_macs() const;
};

inline constexpr std::size_t kMaxChainProblems = 8;

/// kInvalidProblem with the step and the broken rule: every step valid on its own; 1 to 8 problems,
/// the first and the last step a problem; no wgrad unless alone; batch, rank, channels, extents and
/// element type of what one step writes are those of what the next reads; a shuffle's groups
/// divide.
Status validate(const Chain&);

/// The operands in their one canonical order. One problem: x, w, bias if it has one, y. A chain:
/// in, then w and bias of every problem, then out. Exactly one is written.
std::vector<OperandSpec> operand_specs(const Chain&);

/// Whether a plan's pack takes this operand over: the weights of everything but wgrad.
[[nodiscard]] bool is_packed(const OperandSpec&, const Chain&);

/// Index in operand_specs of what is written.
std::size_t written_index(const Chain&);

}  // namespace convcheck
