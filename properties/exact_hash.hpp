// SPDX-License-Identifier: Apache-2.0
// A fingerprint of a tensor, the same on every machine.
#pragma once

#include <cstdint>
#include <span>

#include "core/tensor.hpp"

namespace convcheck::properties {

/// 64 bits of type, shape and elements in order: h = next of Random(h xor v) over the bits v of
/// each, which for given v is one to one, so that no single change goes unseen. A NaN counts as the
/// quiet positive one without payload, whatever its bits; zeros of either sign differ. It guards
/// against accidents, not against somebody who wants two results with one fingerprint.
std::uint64_t exact_hash(const Tensor&);
/// Of several tensors, in order.
std::uint64_t exact_hash(std::span<const Tensor>);

}  // namespace convcheck::properties
