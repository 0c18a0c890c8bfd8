// SPDX-License-Identifier: Apache-2.0
// Rank 1, asked of kernels: all 2 x 2 minors of a matrix vanish.
#pragma once

#include <string_view>
#include <vector>

#include "properties/calls.hpp"

namespace convcheck::properties {

/// Judges every minor of `m`, read as a matrix of `rows` rows, against 0: integers below 2^26.
void expect_minors_vanish(Calls& calls, std::string_view name, const Tensor& m, std::int64_t rows);

/// A dense problem whose x is one position and whose y is as large as its kernel, with an image for
/// each input channel.
ConvProblem impulse_problem(std::int64_t out_channels, std::int64_t in_channels, int rank,
                            const Axes& w_extent);
bool is_impulse_problem(const Chain& chain);

/// What the engine makes of an impulse, an image with a single 1 for each input channel: the
/// kernel, mirrored in space, [in, out, taps...]. Exact data.
Tensor impulse_response(Calls& calls, const ConvProblem& impulse_problem, const Tensor& w);

/// Kernels of the impulse problems that `problems(total)` lists, of that many elements, up to four:
/// every value in {0, 1, -1}, in the order of counterexamples.
using KernelShapes = std::vector<ConvProblem> (*)(std::int64_t total);
void enumerate_kernels(KernelShapes problems, const CaseVisitor& visit);

/// Small integers for w.
Case kernel_case(const Chain& chain, std::uint64_t seed);
/// w alone.
LawOperands kernel_operand(const Chain& chain);

}  // namespace convcheck::properties
