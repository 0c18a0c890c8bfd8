// SPDX-License-Identifier: Apache-2.0
// Our own convolution as an engine.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/engine.hpp"

namespace convcheck::optimized {

/// What make_engine accepts: "auto", then every kernel's name, fastest first.
std::vector<std::string_view> variants();

/// The engine `optimized` ("" or "auto": the kernel with the lowest predicted time, per problem) or
/// `optimized:VARIANT` (that kernel and no other). kBadInput for another variant, naming them all.
///
/// All plans add the products of one output in one order (kernel.hpp), so the bits of a result
/// depend neither on threads nor on the vector width nor on the kernel, as long as the target fuses
/// multiply and add (AVX2, AVX-512, NEON); SSE4, SSSE3 and the scalar fallback round the product.
Result<std::unique_ptr<Engine>> make_engine(std::string_view variant);

}  // namespace convcheck::optimized
