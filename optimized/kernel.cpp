// SPDX-License-Identifier: Apache-2.0
#include "optimized/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "core/geometry.hpp"

namespace convcheck::optimized {

#define CONVCHECK_KERNEL(name) extern const Kernel name;
#include "optimized/kernels.inc"
#undef CONVCHECK_KERNEL

namespace {

#define CONVCHECK_KERNEL(name) &name,
constexpr const Kernel* kKernels[] = {
#include "optimized/kernels.inc"
};
#undef CONVCHECK_KERNEL

// Fork and join of the pool, about 1 us of a 4 GHz core.
constexpr double kForkCycles = 4e3;

}  // namespace

std::span<const Kernel* const> kernels() { return kKernels; }

Status supports_f32(const ConvProblem& p) {
  for (const Role role : {Role::kX, Role::kW, Role::kY}) {
    if (p.type(role) != ElementType::kF32)
      return fail(ErrorCode::kUnsupported, "{} is {}; only f32 is supported", to_string(role),
                  to_string(p.type(role)));
  }
  return {};
}

Status copies_fit(const ConvProblem& p, double floats) {
  const double operands = static_cast<double>(element_count(p.x_shape())) +
                          static_cast<double>(element_count(p.w_shape())) +
                          static_cast<double>(element_count(p.y_shape()));
  constexpr double kSmallFloats = 1 << 20;
  if (floats > 2 * operands && floats > kSmallFloats)
    return fail(ErrorCode::kUnsupported,
                "copies in blocks of channels would have {:.3g} floats; x, w and y have {:.3g}",
                floats, operands);
  return {};
}

int worthwhile_threads(double cycles, int threads) {
  const double worth = 1 + cycles / (5 * kForkCycles);
  return static_cast<int>(std::clamp<double>(worth, 1, std::max(threads, 1)));
}

Claim direct_claim(const ConvProblem& p) {
  Claim claim;
  claim.algorithm = AlgorithmClass::kDirect;
  claim.tree_height = p.term_count();
  claim.thread_invariant = true;
  claim.deterministic = true;
  return claim;
}

FloatBuffer::FloatBuffer(std::int64_t count) : count_(count) {
  if (count == 0) return;
  constexpr std::size_t kAlignment = 64;
  // calloc takes zero pages from the system: they are not touched before they are used.
  if (static_cast<std::uint64_t>(count) > SIZE_MAX / sizeof(float) - kAlignment)
    throw std::bad_alloc();
  std::size_t space = size_bytes() + kAlignment;
  memory_.reset(std::calloc(space, 1));
  if (memory_ == nullptr) throw std::bad_alloc();
  void* address = memory_.get();
  data_ = static_cast<float*>(std::align(kAlignment, size_bytes(), address, space));
}

bool any_non_finite(const float* values, std::int64_t count) {
  return std::any_of(values, values + count, [](float v) { return !std::isfinite(v); });
}

Interior interior_columns(const ConvProblem& p) {
  const std::int64_t outputs = p.y_extent[2];
  const std::int64_t begin =
      std::clamp<std::int64_t>(ceil_div(p.pad_begin[2], p.stride[2]), 0, outputs);
  // The last tap of output o lies at o*s + k_eff - 1 - p.
  const std::int64_t reach = p.x_extent[2] + p.pad_begin[2] - p.effective_kernel()[2];
  const std::int64_t end =
      std::clamp<std::int64_t>(floor_div(reach, p.stride[2]) + 1, begin, outputs);
  return {begin, end};
}

Taps taps_inside(const ConvProblem& p, std::size_t axis, std::int64_t o) {
  if (p.padding_mode != PaddingMode::kZeros) return {0, p.w_extent[axis]};
  const std::int64_t first = o * p.stride[axis] - p.pad_begin[axis];
  const std::int64_t begin =
      std::clamp<std::int64_t>(ceil_div(-first, p.dilation[axis]), 0, p.w_extent[axis]);
  const std::int64_t end = std::clamp<std::int64_t>(
      ceil_div(p.x_extent[axis] - first, p.dilation[axis]), begin, p.w_extent[axis]);
  return {begin, end};
}

}  // namespace convcheck::optimized
