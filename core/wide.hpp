// SPDX-License-Identifier: Apache-2.0
// 128-bit integers, which g++ and clang have and ISO C++ does not name.
#pragma once

namespace convcheck {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

}  // namespace convcheck
