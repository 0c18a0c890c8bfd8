// SPDX-License-Identifier: Apache-2.0
// Every convolution: vectors over pixels of a row, each term of the sum a contiguous row of x.
#include <cmath>

#include "optimized/generic_plan.hpp"
#include "optimized/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/kernels/generic.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#include "core/unroll.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// 4 x 4 accumulators, 4 pixel vectors and one weight take 21 of 32 registers; 2 x 4 take 13 of 16.
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr int kMaxChannels = 2;
#else
constexpr int kMaxChannels = 4;
#endif

using D = hn::CappedTag<float, kChannelBlock>;
using V = hn::Vec<D>;

template <int kChannels, int kVectors>
HWY_NOINLINE void tile(const GenericTile& t) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V acc[kChannels][kVectors];
  CONVCHECK_UNROLL
  for (int c = 0; c < kChannels; ++c) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v)
      acc[c][v] = hn::Load(d, t.sums + c * t.sums_step + v * lanes);
  }
  for (std::int64_t i = 0; i < t.term_count; ++i) {
    const float* pixels = t.terms[i].pixels;
    const float* weights = t.weights + t.terms[i].weights;
    V x[kVectors];
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v) x[v] = hn::LoadU(d, pixels + v * lanes);
    CONVCHECK_UNROLL
    for (int c = 0; c < kChannels; ++c) {
      const V weight = hn::Set(d, weights[c]);
      CONVCHECK_UNROLL
      for (int v = 0; v < kVectors; ++v) acc[c][v] = hn::MulAdd(x[v], weight, acc[c][v]);
    }
  }
  CONVCHECK_UNROLL
  for (int c = 0; c < kChannels; ++c) {
    CONVCHECK_UNROLL
    for (int v = 0; v < kVectors; ++v)
      hn::Store(acc[c][v], d, t.sums + c * t.sums_step + v * lanes);
  }
}

template <int kChannels>
constexpr std::array<GenericTileFunction, kGenericVectors> all_vectors() {
  return {&tile<kChannels, 1>, &tile<kChannels, 2>, &tile<kChannels, 3>, &tile<kChannels, 4>};
}

const GenericTable* generic_table() {
  static const GenericTable table{
      static_cast<int>(hn::Lanes(D())),
      kMaxChannels,
      {all_vectors<1>(), all_vectors<2>(), all_vectors<kMaxChannels>()}};
  return &table;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {

HWY_EXPORT(generic_table);

Status supports(const ConvProblem&) { return {}; }

double cost(const ConvProblem& p) {
  const auto group_out = static_cast<double>(p.out_channels / p.groups);
  const auto group_in = static_cast<double>(p.in_channels / p.groups);
  const double rows = static_cast<double>(p.batch * p.groups) * static_cast<double>(p.y_extent[0]) *
                      static_cast<double>(p.y_extent[1]);
  const auto width = static_cast<double>(p.y_extent[2]);
  const double terms = group_in * static_cast<double>(p.w_extent[0]) *
                       static_cast<double>(p.w_extent[1]) * static_cast<double>(p.w_extent[2]);
  const double vectors = std::ceil(width / 16);
  const double channels = group_out < 3 ? group_out : std::ceil(group_out / 4) * 4;
  // A row is gathered element by element where columns are strided; half the peak was measured
  // where they are not.
  const double gather = p.stride[2] == 1 ? 2 * vectors : width;
  return rows * terms * (channels * vectors / 2 / 0.5 + gather);
}

Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) {
  return make_generic_plan(p, options, *HWY_DYNAMIC_DISPATCH(generic_table)(), cost(p));
}

}  // namespace

extern constinit const Kernel generic{
    .name = "generic", .supports = supports, .cost = cost, .prepare = prepare};

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
