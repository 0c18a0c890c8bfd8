// SPDX-License-Identifier: Apache-2.0
#include "peers/so_engine.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "peers/testpeers/test_cases.hpp"

namespace convcheck::peers {
namespace {

std::string refusal(const std::string& path, const std::string& variant = {}) {
  const auto engine = load_so_engine(path, variant);
  EXPECT_FALSE(engine.has_value()) << path;
  if (engine) return {};
  EXPECT_EQ(engine.error().code, ErrorCode::kEngineStart);
  return engine.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(SoEngine, RefusesWhatIsNoPeer) {
  EXPECT_EQ(refusal("no_such.so"), "cannot load no_such.so: No such file or directory");
  EXPECT_TRUE(contains(refusal("/"), "it is no file"));
  EXPECT_TRUE(contains(refusal(CONVCHECK_TEST_PROGRAM), "cannot load"));
  Dl_info math{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(static_cast<double (*)(double)>(std::lgamma)), &math),
            0);
  EXPECT_TRUE(contains(refusal(math.dli_fname), "exports no function convcheck_peer_v1"));
}

TEST(SoEngine, RefusesBrokenTables) {
  EXPECT_TRUE(contains(refusal(module_path("broken_0")), "answered NULL"));
  EXPECT_TRUE(contains(refusal(module_path("broken_1")), "version 99 of the peer ABI"));
  EXPECT_TRUE(contains(refusal(module_path("broken_2")), "struct_size is 16"));
  EXPECT_TRUE(contains(refusal(module_path("broken_3")), "demands a value: supports, run"));
  EXPECT_TRUE(contains(refusal(module_path("broken_4")), "destroy (though it has prepare)"));
}

TEST(SoEngine, NamesItsVariants) {
  EXPECT_TRUE(contains(refusal(module_path("misbehaving"), "nice"),
                       "has no variant \"nice\"; it has off_by_one, crash_and_hang"));
  const auto engine = load_so_engine(module_path("misbehaving"), "strided");
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ((*engine)->info().name, "so:" + module_path("misbehaving") + "#strided");
  EXPECT_EQ((*engine)->info().version, "1");
  const auto named = load_so_engine(module_path("misbehaving"), "", "mine");
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ((*named)->info().name, "mine");
}

TEST(SoEngine, LayoutsAreThePeers) {
  const ConvProblem problem = small_case().chain.front();
  const auto plan_of = [&](const char* variant) {
    auto engine = load_so_engine(module_path("misbehaving"), variant);
    return (*engine)->prepare(problem, {}).value();
  };
  const auto strided = plan_of("strided");
  EXPECT_EQ(strided->layout(Role::kY).strides, (std::vector<std::int64_t>{60, 1, 15, 3}));
  EXPECT_EQ(strided->layout(Role::kY).bytes, 240U);
  EXPECT_EQ(strided->layout(Role::kX).strides, plain_layout(problem, Role::kX).strides);
  const auto opaque = plan_of("opaque");
  EXPECT_TRUE(opaque->layout(Role::kX).opaque);
  EXPECT_EQ(opaque->layout(Role::kX).bytes, 61U * 4);
  EXPECT_EQ(plan_of("slack")->layout(Role::kX).read_slack_bytes, 16U);
  EXPECT_EQ(plan_of("aligned")->layout(Role::kY).alignment_bytes, 64U);
  EXPECT_TRUE(opaque->claim().deterministic);
  EXPECT_EQ(opaque->algorithm(), "loops");
}

TEST(SoEngine, CopiesWeightsForPeersThatDoNotPack) {
  const Case c = small_case();
  auto engine = load_so_engine(textbook_path(), "");
  ASSERT_TRUE(engine.has_value());
  auto plan = (*engine)->prepare(c.chain.front(), {}).value();
  Tensor w = c.operands[1];
  ASSERT_TRUE(plan->pack(w.data()).has_value());
  w = Tensor();  // Freed.
  Tensor x = c.operands[0];
  Tensor y(ElementType::kF32, c.chain.front().y_shape());
  Operands operands;
  operands.x = x.data();
  operands.y = y.data();
  ASSERT_TRUE(plan->run(operands).has_value());
  EXPECT_TRUE(y == right_output(c));
}

}  // namespace
}  // namespace convcheck::peers
