// SPDX-License-Identifier: Apache-2.0
// Sums of products with an error far below f64's (two bins) and with none (digits of integers);
// compiled once for every Highway target.
#include <algorithm>

#include "reference/tile.hpp"

#if defined(CONVCHECK_REFERENCE_BINS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CONVCHECK_REFERENCE_BINS_INL
#undef CONVCHECK_REFERENCE_BINS_INL
#else
#define CONVCHECK_REFERENCE_BINS_INL
#endif

#include "reference/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::reference {
namespace HWY_NAMESPACE {
namespace {

// Sums and residues of the two bins, data and temporaries fit the registers.
#if HWY_ARCH_X86 && HWY_TARGET >= HWY_AVX2
constexpr int kBinRows = 2;
constexpr int kBinVectors = 2;
#else
constexpr int kBinRows = 4;
constexpr int kBinVectors = 3;
#endif
static_assert(kPanelRows % kBinRows == 0);

// a*b as product + error, exactly, if neither overflows nor underflows.
template <bool kNarrow>
HWY_INLINE V two_product(V a, V b, V& error) {
  const V product = hn::Mul(a, b);
  if constexpr (kNarrow) {
    error = hn::Zero(kD);
    return product;
  }
#if HWY_NATIVE_FMA
  error = hn::MulSub(a, b, product);
#else
  // Dekker, Numer. Math. 18 (1971), with Veltkamp's splitting.
  const V splitter = hn::Set(kD, 0x1p27 + 1);
  const V ta = hn::Mul(splitter, a);
  const V a_high = hn::Sub(ta, hn::Sub(ta, a));
  const V a_low = hn::Sub(a, a_high);
  const V tb = hn::Mul(splitter, b);
  const V b_high = hn::Sub(tb, hn::Sub(tb, b));
  const V b_low = hn::Sub(b, b_high);
  error = hn::Sub(hn::Mul(a_high, b_high), product);
  error = hn::Add(hn::Add(error, hn::Mul(a_high, b_low)), hn::Mul(a_low, b_high));
  error = hn::Add(error, hn::Mul(a_low, b_low));
#endif
  return product;
}

// One step of the two bins: the part of a*b that is a multiple of sum's last place goes to the sum,
// exactly, the rest to `rest`. `half` is half of that last place.
template <bool kNarrow>
HWY_INLINE void add_to_bins(V a, V b, [[maybe_unused]] V half, V& sum, V& rest) {
#if HWY_NATIVE_FMA
  const V next = hn::MulAdd(a, b, sum);
  rest = hn::Add(rest, hn::MulSub(a, b, hn::Sub(next, sum)));
  sum = next;
#else
  V error;
  const V product = two_product<kNarrow>(a, b, error);
  V part = hn::Sub(hn::Add(sum, product), sum);
  V left = hn::Sub(product, part);
  if constexpr (!kNarrow) {
    // What looks like a tie without the error is rounded to the error's side, as if fused.
    const V zero = hn::Zero(kD);
    const auto up = hn::And(hn::Eq(left, half), hn::Gt(error, zero));
    const auto down = hn::And(hn::Eq(left, hn::Neg(half)), hn::Lt(error, zero));
    const V ulp = hn::Add(half, half);
    const V moved = hn::Sub(hn::IfThenElseZero(up, ulp), hn::IfThenElseZero(down, ulp));
    part = hn::Add(part, moved);
    left = hn::Add(hn::Sub(left, moved), error);
  }
  rest = hn::Add(rest, left);
  sum = hn::Add(sum, part);
#endif
}

// Without FMA the rounded product is added, so with FMA too: the bits are the same.
template <bool kNarrow>
HWY_INLINE V add_magnitude(V a, V b, V sum) {
  if constexpr (kNarrow) return hn::MulAdd(a, b, sum);
  return hn::Add(hn::Mul(a, b), sum);
}

struct BinSums {
  double* value;
  double* low;
  double* sum_abs;
  std::int64_t stride;
};

// One block of depth: sums + rests start at a sigma of their own, so that a block's bins are as
// fine as its own sum of magnitudes allows.
template <int kRows, int kVectors, bool kNarrow, class Data>
void multiply_bins(std::int64_t depth, const double* HWY_RESTRICT fixed, std::int64_t fixed_stride,
                   const Data& from, double sigma_factor, const BinSums& to) {
  const Data data = from;
  V magnitude[kRows][kVectors];
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) magnitude[r][v] = hn::Zero(kD);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    V b[kVectors];
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) b[v] = hn::Abs(data.load(k, v));
    CONVCHECK_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const V a = hn::Abs(hn::Set(kD, fixed[k * fixed_stride + r]));
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v)
        magnitude[r][v] = add_magnitude<kNarrow>(a, b[v], magnitude[r][v]);
    }
  }
  const hn::RebindToUnsigned<D> du;
  V power[kRows][kVectors];
  V sum[kRows][kVectors];
  V rest[kRows][kVectors];
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const auto exponent = hn::Set(du, 0x7ff0000000000000U);
      power[r][v] = hn::BitCast(kD, hn::And(hn::BitCast(du, magnitude[r][v]), exponent));
      sum[r][v] = hn::Mul(power[r][v], hn::Set(kD, sigma_factor));
      rest[r][v] = hn::Zero(kD);
    }
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    V b[kVectors];
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) b[v] = data.load(k, v);
    CONVCHECK_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const V a = hn::Set(kD, fixed[k * fixed_stride + r]);
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        // Sigma is 1.5 * 8 powers, whose last place is 2^-49 of one.
        const V half = kNarrow ? hn::Zero(kD) : hn::Mul(power[r][v], hn::Set(kD, 0x1p-50));
        add_to_bins<kNarrow>(a, b[v], half, sum[r][v], rest[r][v]);
      }
    }
  }
  CONVCHECK_UNROLL
  for (int r = 0; r < kRows; ++r) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t at = r * to.stride + v * kLanes;
      const V block = hn::Sub(sum[r][v], hn::Mul(power[r][v], hn::Set(kD, sigma_factor)));
      const V old = hn::Load(kD, to.value + at);
      // Knuth's two-sum: the rounding error of the sum, exactly.
      const V next = hn::Add(old, block);
      const V added = hn::Sub(next, old);
      const V error = hn::Add(hn::Sub(old, hn::Sub(next, added)), hn::Sub(block, added));
      hn::Store(next, kD, to.value + at);
      const V low = hn::Load(kD, to.low + at);
      hn::Store(hn::Add(low, hn::Add(rest[r][v], error)), kD, to.low + at);
      hn::Store(hn::Add(hn::Load(kD, to.sum_abs + at), magnitude[r][v]), kD, to.sum_abs + at);
    }
  }
}

// The same for numbers of rows (a power of two) and vectors that are known only now.
template <bool kNarrow, class Data>
void multiply_bins_part(int rows, int vectors, std::int64_t depth, const double* fixed,
                        std::int64_t fixed_stride, const Data& data, double sigma_factor,
                        const BinSums& to) {
  with_constant<kBinVectors>(vectors, [&](auto v) HWY_ATTR {
    if (rows >= kBinRows)
      multiply_bins<kBinRows, v(), kNarrow>(depth, fixed, fixed_stride, data, sigma_factor, to);
    else if (rows == 2)
      multiply_bins<2, v(), kNarrow>(depth, fixed, fixed_stride, data, sigma_factor, to);
    else
      multiply_bins<1, v(), kNarrow>(depth, fixed, fixed_stride, data, sigma_factor, to);
  });
}

BinSums sums_at(const TileSums& sums, std::int64_t at) {
  return {sums.value.get() + at, sums.low.get() + at, sums.sum_abs.get() + at, sums.stride};
}

template <bool kNarrow>
void multiply_bins_panel(const Panel& panel, std::int64_t depth, double sigma_factor,
                         const TileSums& sums) {
  const int rows = std::min(kBinRows, panel.rows);
  for (int row = 0; row < panel.rows; row += rows)
    for (std::int64_t v = 0; v < panel.vectors; v += kBinVectors) {
      const auto vectors = static_cast<int>(std::min<std::int64_t>(kBinVectors, panel.vectors - v));
      multiply_bins_part<kNarrow>(
          rows, vectors, depth, panel.fixed + row, panel.rows,
          Packed{panel.data + v * kLanes, panel.data_stride}, sigma_factor,
          sums_at(sums, (panel.row + row) * sums.stride + panel.column + v * kLanes));
    }
}

// Adds `count` numbers to a LongSum each, split as LongSum::add does.
void add_digits(const double* values, std::int64_t count, LongSum* sums) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  HWY_ALIGN std::int64_t digit[kMaxIntegerColumns + kLanes];
  HWY_ALIGN std::int64_t low[kMaxIntegerColumns + kLanes];
  HWY_ALIGN std::int64_t high[kMaxIntegerColumns + kLanes];
  for (std::int64_t j = 0; j < count; j += kLanes) {
    const V v = hn::Load(kD, values + j);
    const auto bits = hn::BitCast(du, v);
    const auto field = hn::And(hn::ShiftRight<52>(bits), hn::Set(du, 0x7ff));
    const auto fraction = hn::And(bits, hn::Set(du, 0xfffffffffffffU));
    const auto subnormal = hn::Eq(field, hn::Zero(du));
    const auto m =
        hn::Or(fraction, hn::IfThenZeroElse(subnormal, hn::Set(du, std::uint64_t{1} << 52)));
    const auto exponent = hn::IfThenElse(subnormal, hn::Set(du, 1), field);
    const auto shift = hn::And(exponent, hn::Set(du, 31));
    const auto sign = hn::BroadcastSignBit(hn::BitCast(di, v));
    const auto signed_part = [&](auto part) HWY_ATTR {
      return hn::Sub(hn::Xor(hn::BitCast(di, part), sign), sign);
    };
    hn::Store(hn::BitCast(di, hn::ShiftRight<5>(exponent)), di, digit + j);
    hn::Store(signed_part(hn::And(hn::Shl(m, shift), hn::Set(du, 0xffffffffU))), di, low + j);
    hn::Store(signed_part(hn::Shr(m, hn::Sub(hn::Set(du, 32), shift))), di, high + j);
  }
  for (std::int64_t j = 0; j < count; ++j) {
    LongSum& sum = sums[j];
    sum[digit[j]] += low[j];
    sum[digit[j] + 1] += high[j];
  }
}

template <bool kNarrow>
void multiply_integers(const Panel& panel, std::int64_t depth, std::int64_t columns,
                       LongSum* sums) {
  HWY_ALIGN double products[kMaxIntegerColumns + kLanes];
  HWY_ALIGN double errors[kMaxIntegerColumns + kLanes];
  const std::int64_t count = std::min(columns - panel.column, panel.vectors * kLanes);
  for (int r = 0; r < panel.rows; ++r)
    for (std::int64_t k = 0; k < depth; ++k) {
      const V a = hn::Set(kD, panel.fixed[k * panel.rows + r]);
      const double* data = panel.data + k * panel.data_stride;
      for (std::int64_t j = 0; j < count; j += kLanes) {
        V error;
        hn::Store(two_product<kNarrow>(a, hn::Load(kD, data + j), error), kD, products + j);
        if constexpr (!kNarrow) hn::Store(error, kD, errors + j);
      }
      LongSum* row = sums + (panel.row + r) * columns + panel.column;
      add_digits(products, count, row);
      if constexpr (!kNarrow) add_digits(errors, count, row);
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::reference
HWY_AFTER_NAMESPACE();

#endif  // CONVCHECK_REFERENCE_BINS_INL
