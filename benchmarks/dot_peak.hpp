// SPDX-License-Identifier: Apache-2.0
// Instructions that multiply narrow elements and add several products at once into 32-bit lanes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/fma_peak.hpp"
#include "core/element_type.hpp"

namespace convcheck::benchmarks {

struct DotInstruction {
  ElementType type = ElementType::kS8;  ///< kBf16, or kS8: 8-bit integers of any sign.
  std::string name;                     ///< "vpdpbusd zmm".
  bool here = false;                    ///< Whether this processor has it.
  /// `rounds` times over enough accumulators to hide its latency, all operands 1, so that `sum` is
  /// the number of multiply-adds (s32 lanes wrap, f32 lanes stay at 2^24). Only where `here`.
  FmaRun (*run)(std::int64_t rounds) = nullptr;
};

/// Those that this build knows, the fastest of a type first. The last one of kS8, multiply-adds of
/// 16-bit pairs on the best vector target, is on every processor. Matrix units with tiles of their
/// own (AMX, SME) are not among them.
const std::vector<DotInstruction>& dot_instructions();

/// The first of a type that is here, or nullptr.
const DotInstruction* dot_instruction(ElementType type);

}  // namespace convcheck::benchmarks
