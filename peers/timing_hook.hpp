// SPDX-License-Identifier: Apache-2.0
// How a runner times: by a function from outside, so that the one harness is not this room's.
#pragma once

#include <functional>

#include "core/case.hpp"

namespace convcheck::peers {

/// Times one block of calls of the engine in this process. Keeps the plan of its last case itself,
/// if it wants to; it is called from one thread.
using TimingHook = std::function<Result<Timing>(Engine&, const Case&, const TimingRequest&)>;

}  // namespace convcheck::peers
