// SPDX-License-Identifier: Apache-2.0
// Wall time of a run, for its report.
#pragma once

#include <chrono>

namespace convcheck::cli {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace convcheck::cli
