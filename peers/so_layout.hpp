// SPDX-License-Identifier: Apache-2.0
// Layouts that a peer declares through the C ABI, checked, and copies into strided ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/engine.hpp"
#include "peers/convcheck_peer.h"

namespace convcheck::peers {

/// The layout as core knows it. Strides of axes of extent 1 become those of the plain layout, so
/// that "dense" has one spelling; a bias, and strides that were left at zeros, are plain.
/// kEngineFailed with the field that makes no sense.
Result<OperandLayout> layout_from_c(const convcheck_layout&, const ConvProblem&, Role);

/// Copies every element from dense rows to `strides` (in elements) or back.
void copy_strided(const Shape&, const std::vector<std::int64_t>& strides, std::size_t element_bytes,
                  const std::byte* src, std::byte* dst, bool to_strided);

}  // namespace convcheck::peers
