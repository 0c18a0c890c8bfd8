// SPDX-License-Identifier: Apache-2.0
// Full unrolling of loops over small arrays of vectors, which makes their elements registers.
#pragma once

#if defined(__clang__)
#define CONVCHECK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CONVCHECK_UNROLL _Pragma("GCC unroll 16")
#endif
