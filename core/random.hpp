// SPDX-License-Identifier: Apache-2.0
// One small random generator, the same stream on every platform.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/wide.hpp"

namespace convcheck {

/// FNV-1a, 64 bits: stable across platforms and versions, so seeds made from names stay valid.
constexpr std::uint64_t stable_hash(std::string_view text,
                                    std::uint64_t state = 0xcbf29ce484222325ULL) {
  for (const char c : text) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3ULL;
  }
  return state;
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// In [0, n); n >= 1. The bias is below n / 2^64.
  constexpr std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>((static_cast<Uint128>(next()) * static_cast<Uint128>(n)) >>
                                     64);
  }
  /// In [low, high].
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + below(high - low + 1);
  }
  /// In [0, 1), 53 bits.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// N(0, 1) by the polar method; one value a call.
  double normal() {
    for (;;) {
      const double u = 2 * unit() - 1;
      const double v = 2 * unit() - 1;
      const double s = u * u + v * v;
      if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace convcheck
