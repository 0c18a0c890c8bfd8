// SPDX-License-Identifier: Apache-2.0
// What the certificate needs of the floating-point environment and of a problem.
#include <algorithm>
#include <cfenv>
#include <cstdint>

#if defined(__SSE__)
#include <pmmintrin.h>
#include <xmmintrin.h>
#endif

#include "reference/solver.hpp"

namespace convcheck::reference {

Status check_floating_point() {
  // Volatile: the compiler must not compute these for the environment that it assumes.
  volatile double one = 1.0;
  volatile double half_ulp = 0x1p-53;
  volatile double subnormal = 0x1p-1074;
  volatile float small = 0x1p-149F;
  volatile float least_normal = 0x1p-126F;
  const double up = one + half_ulp;           // A tie: to even, 1.
  const double above = one + half_ulp * 1.5;  // Above the tie: 1 + 2^-52.
  const double negative = -one - half_ulp;    // The tie again, for upward modes.
  if (std::fegetround() != FE_TONEAREST || up != 1.0 || above != 1.0 + 0x1p-52 || negative != -1.0)
    return fail(ErrorCode::kBadInput,
                "the floating-point environment does not round to nearest even; the oracle's proof "
                "needs FE_TONEAREST");
  const double kept = subnormal * one;
  const double widened = static_cast<double>(small) * one;
  const float halved = least_normal * 0.5F;
  const auto narrowed = static_cast<float>(widened);
  if (!(kept > 0) || !(widened > 0) || !(halved > 0) || !(narrowed > 0))
    return fail(ErrorCode::kBadInput,
                "the floating-point environment flushes subnormal numbers to zero (FTZ or DAZ is "
                "set); the oracle's proof needs them");
  return {};
}

FlushedSubnormals::FlushedSubnormals(bool flush) : set_(flush) {
  if (!set_) return;
#if defined(__SSE__)
  saved_ = _mm_getcsr();
  _mm_setcsr(static_cast<unsigned>(saved_) | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
#elif defined(__aarch64__)
  constexpr std::uint64_t kFlushToZero = std::uint64_t{1} << 24;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
  __asm__ volatile("msr fpcr, %0" : : "r"(saved_ | kFlushToZero));
#endif
}

FlushedSubnormals::~FlushedSubnormals() {
  if (!set_) return;
#if defined(__SSE__)
  _mm_setcsr(static_cast<unsigned>(saved_));
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(saved_));
#endif
}

namespace {

// At most this many pieces and rows of one axis, before they are built.
double piece_bound(ConvProblem p, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const auto taps = static_cast<double>(p.w_extent[a]);
  const auto positions = static_cast<double>(p.y_extent[a]);
  const PaddingMode mode = p.padding_mode;
  if (mode == PaddingMode::kZeros || taps * positions <= kMaxPieces) return taps;
  // Folds of the padded axis, or (replicate) the positions that meet the two ends one by one.
  const double reach = positions * static_cast<double>(p.stride[a]) + 1;
  if (mode != PaddingMode::kReplicate) {
    const double folds = 2 + 2 * reach / static_cast<double>(p.x_extent[a]);
    return taps * std::min(positions, folds);
  }
  if (p.operation != Operation::kDeconv) return 3 * taps;
  p.padding_mode = PaddingMode::kZeros;
  return 3 * taps + taps * positions - static_cast<double>(valid_tap_pairs(p, axis));
}

}  // namespace

bool has_terms(const ConvProblem& p) {
  return element_count(p.x_shape()) > 0 && element_count(p.y_shape()) > 0;
}

Status check_supported(const ConvProblem& p) {
  if (!has_terms(p)) return {};
  for (int axis = 0; axis < kMaxRank; ++axis) {
    const double pieces = piece_bound(p, axis);
    if (pieces > static_cast<double>(kMaxPieces))
      return fail(ErrorCode::kUnsupported,
                  "padding and taps cut axis {} into up to {} pieces; the oracle holds 2^24 = {}",
                  kAxisLetters[static_cast<std::size_t>(axis)], pieces, kMaxPieces);
  }
  return {};
}

}  // namespace convcheck::reference
