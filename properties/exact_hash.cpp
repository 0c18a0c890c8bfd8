// SPDX-License-Identifier: Apache-2.0
#include "properties/exact_hash.hpp"

#include <cstring>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

class Hash {
 public:
  void add(std::uint64_t v) { state_ = Random(state_ ^ v).next(); }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

// Bits of a floating type, of which `infinity` is that of +Inf: beyond it, without the sign, are
// the NaNs.
template <typename Bits>
void add_floats(Hash& hash, const Tensor& t, Bits infinity) {
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
  // The quiet bit is the highest of the significand.
  const auto quiet = static_cast<Bits>(infinity | ((infinity & -infinity) >> 1));
  for (std::int64_t i = 0; i < t.count(); ++i) {
    Bits bits{};
    std::memcpy(&bits, t.data() + static_cast<std::size_t>(i) * sizeof(Bits), sizeof(Bits));
    const auto magnitude = static_cast<Bits>(bits & static_cast<Bits>(~kSign));
    hash.add(magnitude > infinity ? quiet : bits);
  }
}

void add(Hash& hash, const Tensor& t) {
  hash.add(static_cast<std::uint64_t>(t.type()));
  hash.add(t.shape().size());
  for (const std::int64_t extent : t.shape()) hash.add(static_cast<std::uint64_t>(extent));
  switch (t.type()) {
    case ElementType::kF64:
      return add_floats<std::uint64_t>(hash, t, 0x7FF0000000000000);
    case ElementType::kF32:
      return add_floats<std::uint32_t>(hash, t, 0x7F800000);
    case ElementType::kBf16:
      return add_floats<std::uint16_t>(hash, t, 0x7F80);
    case ElementType::kF16:
      return add_floats<std::uint16_t>(hash, t, 0x7C00);
    default:
      for (std::int64_t i = 0; i < t.count(); ++i)
        hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(t.value(i))));
  }
}

}  // namespace

std::uint64_t exact_hash(const Tensor& t) { return exact_hash(std::span(&t, 1)); }

std::uint64_t exact_hash(std::span<const Tensor> tensors) {
  Hash hash;
  for (const Tensor& t : tensors) add(hash, t);
  return hash.value();
}

}  // namespace convcheck::properties
