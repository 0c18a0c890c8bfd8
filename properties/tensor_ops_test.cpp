// SPDX-License-Identifier: Apache-2.0
#include "properties/tensor_ops.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "core/random.hpp"

namespace convcheck::properties {
namespace {

Tensor numbered(Shape shape) {
  Tensor t(ElementType::kF32, std::move(shape));
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_value(i, static_cast<double>(i + 1));
  return t;
}

std::vector<double> list(const Tensor& t) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < t.count(); ++i) values.push_back(t.value(i));
  return values;
}

TEST(TensorOps, Maps) {
  EXPECT_EQ(identity_map(3), (AxisMap{0, 1, 2}));
  EXPECT_EQ(range_map(4, 2), (AxisMap{4, 5}));
  EXPECT_EQ(reversed_map(3), (AxisMap{2, 1, 0}));
  EXPECT_EQ(inserted_map(3, 3), (AxisMap{0, -1, -1, 1, -1, -1, 2}));
  EXPECT_EQ(inserted_map(0, 3), AxisMap{});
  EXPECT_EQ(strided_map(3, 2), (AxisMap{0, 2, 4}));
}

TEST(TensorOps, GatherTakesByAxisAndFillsZeros) {
  const Tensor t = numbered({2, 3});
  const Tensor g = gather(t, {{1, -1, 0}, {2, 0}});
  EXPECT_EQ(g.shape(), (Shape{3, 2}));
  EXPECT_EQ(list(g), (std::vector<double>{6, 4, 0, 0, 3, 1}));
}

TEST(TensorOps, ScatterAddAddsWhatMeets) {
  Tensor t(ElementType::kF32, {2});
  scatter_add(numbered({3}), {{1, -1, 1}}, t);
  EXPECT_EQ(list(t), (std::vector<double>{0, 4}));
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// <gather(a), b> = <a, scatter_add(b)> for random maps: each is the other's adjoint.
TEST(TensorOps, ScatterAddIsTheAdjointOfGather) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    const Shape shape{random.between(1, 3), random.between(1, 4), random.between(1, 3)};
    AxisMaps maps;
    for (const std::int64_t extent : shape) {
      AxisMap map;
      for (std::int64_t n = random.between(1, 5); n > 0; --n)
        map.push_back(random.between(-1, extent - 1));
      maps.push_back(std::move(map));
    }
    const Tensor a = numbered(shape);
    const Tensor gathered = gather(a, maps);
    const Tensor b = numbered(gathered.shape());
    Tensor back(ElementType::kF32, shape);
    scatter_add(b, maps, back);
    EXPECT_EQ(dot(list(gathered), list(b)), dot(list(a), list(back)));
  }
}

TEST(TensorOps, ReshapedKeepsTheElements) {
  const Tensor t = numbered({2, 2});
  EXPECT_EQ(reshaped(t, {4}).shape(), Shape{4});
  EXPECT_EQ(list(reshaped(t, {4})), list(t));
}

TEST(TensorOps, ShapeAxis) {
  EXPECT_EQ(shape_axis(2, 1), 2U);
  EXPECT_EQ(shape_axis(1, 2), 2U);
  EXPECT_EQ(shape_axis(0, 3), 2U);
  EXPECT_EQ(shape_axis(2, 3), 4U);
}

}  // namespace
}  // namespace convcheck::properties
