// SPDX-License-Identifier: Apache-2.0
// Grouped convolution with 2, 4 or 8 channels a group: several groups in one vector.
#include "optimized/small_group_plan.hpp"

#include "optimized/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimized/kernels/grouped.cpp"
// Registers in arrays need vectors of a size that the compiler knows.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "optimized/kernels/small_group-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace convcheck::optimized {
namespace HWY_NAMESPACE {
namespace {

template <int kGroup>
SmallGroupFunction unrolled(std::int64_t kernel_width, std::int64_t stride) {
  if (kernel_width != 3 || stride > 2) return nullptr;
  return stride == 1 ? &unrolled_rows<kGroup, 3, 1> : &unrolled_rows<kGroup, 3, 2>;
}

const SmallGroupTable* grouped_table(std::int64_t group) {
  static const SmallGroupTable two = table_of<2>(&unrolled<2>);
  static const SmallGroupTable four = table_of<4>(&unrolled<4>);
  static const SmallGroupTable eight = table_of<8>(&unrolled<8>);
  return group == 2 ? &two : group == 4 ? &four : &eight;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::optimized
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::optimized {
namespace {

HWY_EXPORT(grouped_table);

Status supports(const ConvProblem& p) {
  const std::int64_t group = p.in_channels / p.groups;
  if (p.in_channels != p.out_channels || (group != 2 && group != 4 && group != 8))
    return fail(ErrorCode::kUnsupported,
                "a group has {} input and {} output channels; only 2, 4 or 8 of both is supported",
                group, p.out_channels / p.groups);
  return copies_fit(p, small_group_copy_floats(p));
}

double cost(const ConvProblem& p) { return small_group_cost(p, 0.66); }

Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) {
  return make_small_group_plan(p, options,
                               *HWY_DYNAMIC_DISPATCH(grouped_table)(p.in_channels / p.groups),
                               "grouped", cost(p));
}

}  // namespace

extern constinit const Kernel grouped{
    .name = "grouped", .supports = supports, .cost = cost, .prepare = prepare};

}  // namespace convcheck::optimized
#endif  // HWY_ONCE
