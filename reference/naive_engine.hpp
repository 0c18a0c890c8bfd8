// SPDX-License-Identifier: Apache-2.0
// The loop nest that testers usually take for their reference, kept to measure the oracle against.
#pragma once

#include <memory>

#include "core/engine.hpp"

namespace convcheck::reference {

/// The engine "naive": for every output one f32 accumulator that starts at the bias (or 0) and
/// takes one product after the other, taps in the padding left out; no blocking, no vectors.
/// Channels are the innermost loop of conv and deconv, so that padding is looked at once a tap: the
/// order of benchdnn's reference. Deconvolutions whose padding folds several indices onto one
/// element of x are scattered into x instead, in f32 as well.
///
/// f32 only; kUnsupported names the operand of another type. Claims AlgorithmClass::kDirect without
/// a tree height, hence the bound n u S; the same bits for any number of threads.
std::unique_ptr<Engine> make_naive_engine();

}  // namespace convcheck::reference
