// SPDX-License-Identifier: Apache-2.0
#include "properties/channel_groups.hpp"

#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

// The axis along which an operand is divided by groups.
std::size_t group_axis(Role role) { return role == Role::kX || role == Role::kY ? 1 : 0; }

}  // namespace

Tensor slice(const Tensor& t, std::size_t axis, std::int64_t begin, std::int64_t count) {
  AxisMaps maps = identity_maps(t.shape());
  maps[axis] = range_map(begin, count);
  return gather(t, maps);
}

void place(const Tensor& part, std::size_t axis, std::int64_t begin, Tensor& whole) {
  AxisMaps maps = identity_maps(part.shape());
  maps[axis] = range_map(begin, part.shape()[axis]);
  scatter_add(part, maps, whole);
}

Values group_of(const ConvProblem& p, const Values& values, std::int64_t group) {
  Values part;
  for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
    if (role == p.written() || (role == Role::kBias && !p.has_bias)) continue;
    const std::size_t axis = group_axis(role);
    const std::int64_t count = p.shape(role)[axis] / p.groups;
    part[role] = slice(values[role], axis, group * count, count);
  }
  return part;
}

void place_group(const Tensor& part, const ConvProblem& p, std::int64_t group, Tensor& whole) {
  const std::size_t axis = group_axis(p.written());
  place(part, axis, group * part.shape()[axis], whole);
}

Tensor with_bias(const Tensor& t, const Tensor& bias) {
  Tensor result = t;
  if (t.count() == 0) return result;
  const std::int64_t positions = t.count() / (t.shape()[0] * t.shape()[1]);
  for (std::int64_t i = 0; i < t.count(); ++i)
    result.set_rounded(i, t.value(i) + bias.value(i / positions % t.shape()[1]));
  return result;
}

}  // namespace convcheck::properties
