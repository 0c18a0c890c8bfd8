// SPDX-License-Identifier: Apache-2.0
// Plain f64 sums of panels, of the terms and of their magnitudes; compiled once for every Highway
// target.
#include "reference/tile.hpp"

#if defined(CONVCHECK_REFERENCE_PANEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_REFERENCE_PANEL_INL
#undef CONVCHECK_REFERENCE_PANEL_INL
#else
#define CONVCHECK_REFERENCE_PANEL_INL
#endif

#include "reference/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

// sums[r, :] += sum over k of fixed[k, r] * data[k, :].
template <int kRows, int kVectors>
void multiply(std::int64_t depth, const Panel& panel, double* HWY_RESTRICT sums,
              std::int64_t sum_stride) {
  const double* HWY_RESTRICT fixed = panel.fixed;
  const double* HWY_RESTRICT data = panel.data;
  V acc[kRows][kVectors];
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::Zero(kD);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    V b[kVectors];
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) b[v] = hn::Load(kD, data + v * kLanes);
    CONVCHECK_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const V a = hn::Set(kD, fixed[r]);
      // The product of two f32 is an f64: fused or not, the bits are the same.
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) acc[r][v] = hn::MulAdd(a, b[v], acc[r][v]);
    }
    fixed += kRows;
    data += panel.data_stride;
  }
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      double* sum = sums + r * sum_stride + v * kLanes;
      hn::Store(hn::Add(hn::Load(kD, sum), acc[r][v]), kD, sum);
    }
  }
}

template <int kRows>
void multiply_vectors(std::int64_t depth, const Panel& panel, double* sums,
                      std::int64_t sum_stride) {
  switch (panel.vectors) {
    case 1:
      return multiply<kRows, 1>(depth, panel, sums, sum_stride);
    case 2:
      return multiply<kRows, 2>(depth, panel, sums, sum_stride);
    default:
      return multiply<kRows, kPanelVectors>(depth, panel, sums, sum_stride);
  }
}

// Calls body(constant) for the rows of a panel, which are one of its sizes.
template <class Body>
void with_panel_rows(int rows, Body&& body) {
  if (rows == kPanelRows)
    body(std::integral_constant<int, kPanelRows>());
  else if (rows == 4)
    body(std::integral_constant<int, 4>());
  else if (rows == 2)
    body(std::integral_constant<int, 2>());
  else
    body(std::integral_constant<int, 1>());
}

void multiply_panel(const Panel& panel, std::int64_t depth, double* to, std::int64_t stride) {
  double* sums = to + panel.row * stride + panel.column;
  with_panel_rows(panel.rows, [&](auto rows) HWY_ATTR {
    multiply_vectors<rows()>(depth, panel, sums, stride);
  });
}

void take_magnitudes(double* values, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    hn::Store(hn::Abs(hn::Load(kD, values + i)), kD, values + i);
  for (; i < count; ++i) values[i] = std::fabs(values[i]);
}

// Where a multiplication and an addition are two instructions, one product serves both sums, as its
// magnitude is that of the operands' (on SSE4 four instructions, of which three need a unit of
// floating point, in place of four that do, and half the loads).
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
constexpr bool kBothSumsAtOnce = true;
#else
constexpr bool kBothSumsAtOnce = false;
#endif

// sum += a * b, magnitude += |a * b|: the product of two f32 is an f64, and so is its magnitude.
template <class Vector>
HWY_INLINE void add_product(Vector a, Vector b, Vector& sum, Vector& magnitude) {
  if constexpr (kBothSumsAtOnce) {
    const Vector product = hn::Mul(a, b);
    sum = hn::Add(sum, product);
    magnitude = hn::Add(magnitude, hn::Abs(product));
  } else {
    sum = hn::MulAdd(a, b, sum);
    magnitude = hn::MulAdd(hn::Abs(a), hn::Abs(b), magnitude);
  }
}

// value[r, :] += sum over k of fixed[k, r] * data[k, :], one vector wide, and sum_abs that of the
// magnitudes.
template <int kRows>
void multiply_both_sums(std::int64_t depth, const double* HWY_RESTRICT fixed,
                        const double* HWY_RESTRICT data, std::int64_t data_stride,
                        double* HWY_RESTRICT value, double* HWY_RESTRICT sum_abs,
                        std::int64_t stride) {
  V sum[kRows];
  V magnitude[kRows];
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) sum[r] = magnitude[r] = hn::Zero(kD);
  for (std::int64_t k = 0; k < depth; ++k) {
    const V b = hn::Load(kD, data);
    CONVCHECK_UNROLL
    for (int r = 0; r < kRows; ++r) add_product(hn::Set(kD, fixed[r]), b, sum[r], magnitude[r]);
    fixed += kRows;
    data += data_stride;
  }
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    hn::Store(hn::Add(hn::Load(kD, value + r * stride), sum[r]), kD, value + r * stride);
    hn::Store(hn::Add(hn::Load(kD, sum_abs + r * stride), magnitude[r]), kD, sum_abs + r * stride);
  }
}

void multiply_panel_both(const Panel& panel, std::int64_t depth, const TileSums& sums) {
  for (std::int64_t v = 0; v < panel.vectors; ++v) {
    const std::int64_t at = panel.row * sums.stride + panel.column + v * kLanes;
    with_panel_rows(panel.rows, [&](auto rows) HWY_ATTR {
      multiply_both_sums<rows()>(depth, panel.fixed, panel.data + v * kLanes, panel.data_stride,
                                 sums.value.get() + at, sums.sum_abs.get() + at, sums.stride);
    });
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#endif  // CONVCHECK_REFERENCE_PANEL_INL
