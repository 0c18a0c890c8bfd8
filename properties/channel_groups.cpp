// SPDX-License-Identifier: Apache-2.0
#include "properties/channel_groups.hpp"

#include "properties/tensor_ops.hpp"

namespace convcheck::properties {
namespace {

// The axis along which an operand is divided by groups.
std::size_t group_axis(Role role) { return role == Role::kX || role == Role::kY ? 1 : 0; }

}  // namespace

Estimate slice(const Estimate& t, std::size_t axis, std::int64_t begin, std::int64_t count) {
  AxisMaps maps = identity_maps(t.shape());
  maps[axis] = range_map(begin, count);
  return gather(t, maps);
}

void place(const Estimate& part, std::size_t axis, std::int64_t begin, Estimate& whole) {
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

void place_group(const Estimate& part, const ConvProblem& p, std::int64_t group, Estimate& whole) {
  const std::size_t axis = group_axis(p.written());
  place(part, axis, group * part.shape()[axis], whole);
}

Estimate with_bias(const Estimate& t, const Estimate& bias) {
  if (t.count() == 0) return t;
  const std::int64_t positions = t.count() / (t.shape()[0] * t.shape()[1]);
  AxisMap channel;
  for (std::int64_t i = 0; i < t.count(); ++i) channel.push_back(i / positions % t.shape()[1]);
  return sum(t, reshaped(gather(bias, {channel}), t.shape()));
}

}  // namespace convcheck::properties
