// SPDX-License-Identifier: Apache-2.0
// The sums that a fill must know: which elements of the second operand meet in one result.
#pragma once

#include <cstdint>

#include "core/problem.hpp"

namespace convcheck {

inline std::int64_t axis_product(const Axes& a) { return a[0] * a[1] * a[2]; }

/// The sums as the second operand (w; y for wgrad) sees them: sum `s` has its terms at
/// offset(s, 0..terms-1).
struct Sums {
  explicit Sums(const ConvProblem& p) : operation(p.operation) {
    const std::int64_t taps = axis_product(p.w_extent);
    in_group = p.in_channels / p.groups;
    out_group = p.out_channels / p.groups;
    switch (operation) {
      case Operation::kConv:
        count = p.out_channels;
        terms = in_group * taps;
        break;
      case Operation::kDeconv:
        count = p.in_channels;
        inner = taps;
        terms = out_group * taps;
        break;
      case Operation::kWgrad:
        count = p.out_channels;
        inner = axis_product(p.y_extent);
        terms = p.batch * inner;
        break;
    }
  }

  [[nodiscard]] std::int64_t offset(std::int64_t sum, std::int64_t term) const {
    switch (operation) {
      case Operation::kConv:
        return sum * terms + term;
      case Operation::kDeconv: {
        const std::int64_t m = sum / in_group * out_group + term / inner;
        return (m * in_group + sum % in_group) * inner + term % inner;
      }
      case Operation::kWgrad:
        return (term / inner * count + sum) * inner + term % inner;
    }
    return 0;
  }

  Operation operation;
  std::int64_t in_group = 1, out_group = 1, inner = 1;
  std::int64_t count = 0;
  std::int64_t terms = 0;
};

}  // namespace convcheck
