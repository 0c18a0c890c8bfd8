// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/toggles.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace convcheck::benchmarks {
namespace {

std::uint64_t load(const void* memory, std::size_t bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, memory, bytes);
  return bits;
}

}  // namespace

Toggles Toggles::in_plain(void* memory, const Tensor& tensor) {
  Toggles toggles;
  const std::size_t bytes = size_bytes(tensor.type());
  toggles.element_bytes_ = bytes;
  const auto count = static_cast<std::size_t>(tensor.count());
  const std::size_t wanted = std::min<std::size_t>(kCount, count);
  for (std::size_t i = 0; i < wanted; ++i) {
    // Spread over the whole operand; the other value comes from half of it away, never from itself.
    const std::size_t at = (2 * i + 1) * count / (2 * wanted);
    const std::size_t away = count == 1 ? 0 : 1 + (count / 2 + i) % (count - 1);
    const std::size_t other = (at + away) % count;
    const std::uint64_t here = load(tensor.data() + at * bytes, bytes);
    const std::uint64_t there = load(tensor.data() + other * bytes, bytes);
    if (here == there) continue;
    toggles.places_.push_back({static_cast<std::byte*>(memory) + at * bytes, {here, there}});
  }
  return toggles;
}

Toggles Toggles::in_layout(void* memory, const void* changed, std::size_t bytes,
                           const Toggles& plain) {
  Toggles toggles;
  toggles.element_bytes_ = plain.element_bytes_;
  auto* const now = static_cast<std::byte*>(memory);
  const auto* const then = static_cast<const std::byte*>(changed);
  const std::size_t unit = plain.element_bytes_;
  for (std::size_t at = 0; at + unit <= bytes; at += unit) {
    const std::uint64_t here = load(now + at, unit);
    const std::uint64_t there = load(then + at, unit);
    if (here != there) toggles.places_.push_back({now + at, {here, there}});
  }
  if (toggles.places_.size() != plain.places_.size()) toggles.places_.clear();
  return toggles;
}

void Toggles::next() {
  if (places_.empty()) return;
  // The ruler sequence: bit k of a Gray code changes in every 2^(k+1)-th step.
  const auto k = static_cast<std::size_t>(std::countr_zero(++calls_));
  Place& place = places_[std::min(k, places_.size() - 1)];
  place.now ^= 1;
  store(place);
}

void Toggles::set_all(bool other) {
  for (Place& place : places_) {
    place.now = other ? 1 : 0;
    store(place);
  }
}

void Toggles::store(const Place& place) const {
  const std::uint64_t bits = place.bits[place.now];
  switch (element_bytes_) {  // Constant sizes are single stores.
    case 1:
      std::memcpy(place.at, &bits, 1);
      break;
    case 2:
      std::memcpy(place.at, &bits, 2);
      break;
    case 4:
      std::memcpy(place.at, &bits, 4);
      break;
    default:
      std::memcpy(place.at, &bits, 8);
      break;
  }
}

}  // namespace convcheck::benchmarks
