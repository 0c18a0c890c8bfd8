// SPDX-License-Identifier: Apache-2.0
// What an engine says that it takes, found by asking it about small problems.
#pragma once

#include <string>

#include "core/case.hpp"

namespace convcheck::cli {

/// Words for reports, each joined by spaces; "-" where nothing is taken.
struct Capabilities {
  std::string operations;  ///< "conv deconv wgrad"
  std::string ranks;       ///< "1 2 3"
  std::string types;       ///< "f32 f64 bf16 f16 int8"
  std::string features;    ///< "channels groups stride dilation ..."
};

/// Asks `supports` about a single-channel 8x8 problem with a 3x3 kernel and about what differs from
/// it in one respect. Nothing is computed.
Capabilities capabilities(Runner&);

}  // namespace convcheck::cli
