// SPDX-License-Identifier: Apache-2.0
#include "core/timing.hpp"

namespace convcheck {

const char* to_string(CacheState state) {
  switch (state) {
    case CacheState::kHot:
      return "hot";
    case CacheState::kColdWeights:
      return "cold-weights";
    case CacheState::kColdEverything:
      return "cold-everything";
  }
  return "?";
}

}  // namespace convcheck
