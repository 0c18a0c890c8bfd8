// SPDX-License-Identifier: Apache-2.0
#include "peers/so_layout.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace convcheck::peers {
namespace {

// Larger demands are a mistake of the peer, not a layout.
constexpr std::uint64_t kMaxAlignment = 4096;
constexpr std::uint64_t kMaxSlack = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 46;

}  // namespace

Result<OperandLayout> layout_from_c(const convcheck_layout& c, const ConvProblem& p, Role role) {
  const OperandLayout plain = plain_layout(p, role);
  OperandLayout layout;
  layout.opaque = c.opaque != 0;
  layout.bytes = c.bytes;
  layout.alignment_bytes = std::max<std::uint64_t>(c.alignment_bytes, plain.alignment_bytes);
  layout.read_slack_bytes = c.read_slack_bytes;
  if (!std::has_single_bit(layout.alignment_bytes) || c.alignment_bytes > kMaxAlignment)
    return fail(ErrorCode::kEngineFailed,
                "layout of {}: alignment_bytes is {}; it must be a power of two up to {}",
                to_string(role), c.alignment_bytes, kMaxAlignment);
  if (c.read_slack_bytes > kMaxSlack)
    return fail(ErrorCode::kEngineFailed, "layout of {}: read_slack_bytes is {}; at most {} can be",
                to_string(role), c.read_slack_bytes, kMaxSlack);
  if (layout.opaque) {
    if (c.bytes > kMaxBytes || (c.bytes == 0 && plain.bytes != 0))
      return fail(ErrorCode::kEngineFailed, "layout of {}: bytes is {}", to_string(role), c.bytes);
    return layout;
  }
  // A bias, and a layout that was left at zeros, are plain.
  const bool unset = std::all_of(std::begin(c.strides), std::end(c.strides),
                                 [](std::int64_t stride) { return stride == 0; });
  layout.strides = plain.strides;
  layout.bytes = plain.bytes;
  if (role == Role::kBias || unset) return layout;
  const Shape shape = p.shape(role);
  std::uint64_t last = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::size_t c_axis = axis < 2 ? axis : axis + static_cast<std::size_t>(p.first_axis());
    if (shape[axis] <= 1) continue;
    layout.strides[axis] = c.strides[c_axis];
    if (layout.strides[axis] < 1 || layout.strides[axis] > static_cast<std::int64_t>(kMaxBytes))
      return fail(ErrorCode::kEngineFailed, "layout of {}: the stride of axis {} is {}",
                  to_string(role), axis, layout.strides[axis]);
    last += static_cast<std::uint64_t>(shape[axis] - 1) *
            static_cast<std::uint64_t>(layout.strides[axis]);
  }
  if (layout.strides == plain.strides || plain.bytes == 0) return layout;
  layout.bytes = (last + 1) * size_bytes(p.type(role));
  if (c.bytes > kMaxBytes || layout.bytes > kMaxBytes)
    return fail(ErrorCode::kEngineFailed, "layout of {}: bytes is {}", to_string(role), c.bytes);
  layout.bytes = std::max<std::size_t>(layout.bytes, c.bytes);
  return layout;
}

void copy_strided(const Shape& shape, const std::vector<std::int64_t>& strides,
                  std::size_t element_bytes, const std::byte* src, std::byte* dst,
                  bool to_strided) {
  const std::int64_t count = element_count(shape);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto plain = static_cast<std::size_t>(i) * element_bytes;
    const auto strided = static_cast<std::size_t>(at) * element_bytes;
    std::memcpy(dst + (to_strided ? strided : plain), src + (to_strided ? plain : strided),
                element_bytes);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace convcheck::peers
