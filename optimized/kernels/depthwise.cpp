// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: groups of one input channel.
#include "optimized/small_group_plan.hpp"

#include "optimized/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/kernels/depthwise.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "optimized/kernels/small_group-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {

SmallGroupFunction unrolled(std::int64_t kernel_width, std::int64_t stride) {
  if (stride != 1 && stride != 2) return nullptr;
  const bool dense = stride == 1;
  switch (kernel_width) {
    case 3:
      return dense ? &unrolled_rows<1, 3, 1> : &unrolled_rows<1, 3, 2>;
    case 5:
      return dense ? &unrolled_rows<1, 5, 1> : &unrolled_rows<1, 5, 2>;
    case 7:
      return dense ? &unrolled_rows<1, 7, 1> : &unrolled_rows<1, 7, 2>;
    default:
      return nullptr;
  }
}

const SmallGroupTable* depthwise_table() {
  static const SmallGroupTable table = table_of<1>(&unrolled);
  return &table;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {

HWY_EXPORT(depthwise_table);

Status supports(const ConvProblem& p) {
  if (p.in_channels != p.groups)
    return fail(ErrorCode::kUnsupported, "a group has {} input channels; only 1 is supported",
                p.in_channels / p.groups);
  return copies_fit(p, small_group_copy_floats(p));
}

double cost(const ConvProblem& p) { return small_group_cost(p, 0.66); }

Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) {
  return make_small_group_plan(p, options, *HWY_DYNAMIC_DISPATCH(depthwise_table)(), "depthwise",
                               cost(p));
}

}  // namespace

extern constinit const Kernel depthwise{
    .name = "depthwise", .supports = supports, .cost = cost, .prepare = prepare};

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
