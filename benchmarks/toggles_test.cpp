// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/toggles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace convcheck::benchmarks {
namespace {

Tensor numbered(std::int64_t count, ElementType type = ElementType::kF32) {
  Tensor tensor(type, {count});
  for (std::int64_t i = 0; i < count; ++i) tensor.set_value(i, static_cast<double>(i));
  return tensor;
}

TEST(Toggles, ComesBackToAStateOnlyAfterAll) {
  for (const std::int64_t count : {2, 5, 16, 100}) {
    const Tensor tensor = numbered(count);
    Tensor memory = tensor;
    Toggles toggles = Toggles::in_plain(memory.data(), tensor);
    const auto places = static_cast<std::size_t>(std::min<std::int64_t>(count, Toggles::kCount));
    ASSERT_EQ(toggles.count(), places);
    std::set<std::vector<float>> seen;
    const int calls = std::min(1 << places, 3000);
    for (int i = 0; i < calls; ++i) {
      toggles.next();
      const auto values = memory.values<float>();
      EXPECT_TRUE(seen.emplace(values.begin(), values.end()).second) << count << " " << i;
    }
    toggles.set_all(false);
    EXPECT_TRUE(memory == tensor);
    toggles.set_all(true);
    std::size_t changed = 0;
    for (std::int64_t i = 0; i < count; ++i) changed += memory.value(i) != tensor.value(i) ? 1 : 0;
    EXPECT_EQ(changed, places);
  }
}

TEST(Toggles, WorksForEverySizeOfElement) {
  for (const ElementType type : {ElementType::kS8, ElementType::kBf16, ElementType::kF64}) {
    const Tensor tensor = numbered(40, type);
    Tensor memory = tensor;
    Toggles toggles = Toggles::in_plain(memory.data(), tensor);
    toggles.next();
    EXPECT_FALSE(memory == tensor);
    toggles.set_all(false);
    EXPECT_TRUE(memory == tensor);
  }
}

TEST(Toggles, OfEqualElementsAreNone) {
  Tensor memory(ElementType::kF32, {9});
  Toggles toggles = Toggles::in_plain(memory.data(), memory);
  EXPECT_EQ(toggles.count(), 0U);
  toggles.next();
  EXPECT_TRUE(memory == Tensor(ElementType::kF32, {9}));
  Tensor empty(ElementType::kF32, {0});
  EXPECT_EQ(Toggles::in_plain(empty.data(), empty).count(), 0U);
}

TEST(Toggles, FindsElementsInAnotherLayout) {
  const Tensor tensor = numbered(100);
  Tensor plain = tensor;
  Toggles toggles = Toggles::in_plain(plain.data(), tensor);
  std::vector<float> layout(200), changed(200);
  const auto import = [&](std::vector<float>& to) {
    for (std::size_t i = 0; i < 100; ++i) to[199 - 2 * i] = plain.values<float>()[i];
  };
  import(layout);
  toggles.set_all(true);
  import(changed);
  const std::vector<float> before = layout;
  Toggles there = Toggles::in_layout(layout.data(), changed.data(), 800, toggles);
  EXPECT_EQ(there.count(), toggles.count());
  there.set_all(true);
  EXPECT_EQ(layout, changed);
  there.set_all(false);
  EXPECT_EQ(layout, before);

  changed[0] = 1;  // An element of this layout that depends on several.
  EXPECT_EQ(Toggles::in_layout(layout.data(), changed.data(), 800, toggles).count(), 0U);
}

}  // namespace
}  // namespace convcheck::benchmarks
