// SPDX-License-Identifier: Apache-2.0
// A transposed convolution as convolutions, phase by phase.
#pragma once

#include <memory>

#include "core/engine.hpp"

namespace convcheck::optimized {

struct Kernel;

/// A plan of the deconv `p` (padding mode zeros) whose phases `kernel`, which supports all of them,
/// computes. Preferred layouts are those of the kernel where there is one phase or its layouts are
/// blocked, plain otherwise. May throw std::bad_alloc.
Result<std::unique_ptr<Plan>> make_deconv_plan(const ConvProblem& p, const PlanOptions& options,
                                               const Kernel& kernel);

}  // namespace convcheck::optimized
