// SPDX-License-Identifier: Apache-2.0
// How the testers of other projects accept a convolution: data, reference, tolerance.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/engine.hpp"
#include "core/random.hpp"
#include "core/tensor.hpp"

namespace convcheck::properties::others {

/// What decides the data of one operand.
struct Filled {
  const ConvProblem& problem;
  const Claim& claim;  ///< Testers that know the algorithm draw other data for some.
  Role role = Role::kX;
  int set = 0;  ///< In [0, AcceptanceRule::data_sets).
};

/// A result beside the tester's own, of one type and shape.
struct Compared {
  const ConvProblem& problem;
  const Claim& claim;
  const Tensor& expected;
  const Tensor& found;
};

enum class Reference {
  kF32Loops,  ///< Plain loops, one f32 accumulator an output.
  kF64Loops,  ///< The same in f64, rounded once at the end.
};

/// Bytes around operands, and what of them the tester looks at after a call.
struct Surroundings {
  std::uint8_t before = 0x3F;  ///< 0x3F3F3F3F is 0.747 as f32, 0xFFFFFFFF a NaN.
  std::uint8_t after = 0x3F;
  std::uint8_t poison = 0x3F;            ///< In the output before the call.
  std::size_t checked_before_bytes = 0;  ///< A change of these is a failure.
  std::size_t checked_after_bytes = 0;
};

/// One tester: facts read in its sources, restated. Columns of docs/others.md.
struct AcceptanceRule {
  std::string_view name;
  std::string_view data;     ///< What operands are filled with, in words.
  std::string_view accepts;  ///< When a result e is accepted beside the reference r, in words.
  std::string_view source;   ///< Repository, files, commit.
  Reference reference = Reference::kF32Loops;
  int data_sets = 1;
  std::vector<int> threads = {4};
  Surroundings surroundings;
  void (*fill)(const Filled&, Random&, Tensor&) = nullptr;
  bool (*accepted)(const Compared&) = nullptr;
};

/// All of them, in the order of the table.
std::span<const AcceptanceRule> acceptance_rules();

}  // namespace convcheck::properties::others
