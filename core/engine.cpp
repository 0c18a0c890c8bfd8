// SPDX-License-Identifier: Apache-2.0
#include "core/engine.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace convcheck {
namespace {

constexpr std::array<std::pair<AlgorithmClass, const char*>, 6> kAlgorithmNames = {{
    {AlgorithmClass::kExact, "exact"},
    {AlgorithmClass::kDirect, "direct"},
    {AlgorithmClass::kWinograd, "winograd"},
    {AlgorithmClass::kFft, "fft"},
    {AlgorithmClass::kTf32, "tf32"},
    {AlgorithmClass::kBf16, "bf16"},
}};

}  // namespace

const char* to_string(AlgorithmClass algorithm) {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)].second;
}

std::optional<AlgorithmClass> parse_algorithm_class(std::string_view name) {
  for (const auto& [algorithm, text] : kAlgorithmNames) {
    if (name == text) return algorithm;
  }
  return std::nullopt;
}

OperandLayout plain_layout(const ConvProblem& p, Role role) {
  const Shape shape = p.shape(role);
  OperandLayout layout;
  layout.alignment_bytes = size_bytes(p.type(role));
  layout.bytes = static_cast<std::size_t>(element_count(shape)) * size_bytes(p.type(role));
  layout.strides.assign(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;)
    layout.strides[axis - 1] = layout.strides[axis] * shape[axis];
  return layout;
}

void* Operands::get(Role role) const {
  switch (role) {
    case Role::kX:
      return x;
    case Role::kW:
      return w;
    case Role::kBias:
      return bias;
    case Role::kY:
      return y;
  }
  return nullptr;
}

void Operands::set(Role role, void* address) {
  switch (role) {
    case Role::kX:
      x = address;
      break;
    case Role::kW:
      w = address;
      break;
    case Role::kBias:
      bias = address;
      break;
    case Role::kY:
      y = address;
      break;
  }
}

Status Plan::import_operand(Role role, const void* plain, void* dst) {
  const OperandLayout to = layout(role);
  CONVCHECK_CHECK(!to.opaque, "a plan with an opaque layout converts it itself");
  if (to.bytes != 0) std::memcpy(dst, plain, to.bytes);  // Empty operands may be null.
  return {};
}

Status Plan::export_operand(Role role, const void* src, void* plain) {
  const OperandLayout from = layout(role);
  CONVCHECK_CHECK(!from.opaque, "a plan with an opaque layout converts it itself");
  if (from.bytes != 0) std::memcpy(plain, src, from.bytes);
  return {};
}

}  // namespace convcheck
