// SPDX-License-Identifier: Apache-2.0
#include "core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace convcheck {
namespace {

TEST(ErrorCode, NamesAreDistinct) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kIo); ++code)
    names.insert(to_string(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(names.count("unknown"), 0u);
}

Result<int> half(int v) {
  if (v % 2 != 0) return fail(ErrorCode::kBadInput, "v is {}; it is even", v);
  return v / 2;
}

Status check_quarter(int v) {
  CONVCHECK_TRY(half(v));
  CONVCHECK_ASSIGN(const int once, half(v));
  return half(once).map([](int) {});
}

Result<std::unique_ptr<int>> boxed(int v) {
  CONVCHECK_ASSIGN(const int value, half(v));
  return std::make_unique<int>(value);
}

TEST(Result, TryAndAssignPassErrorsOn) {
  EXPECT_TRUE(check_quarter(8));
  EXPECT_EQ(check_quarter(3).error(), (Error{ErrorCode::kBadInput, "v is 3; it is even"}));
  EXPECT_EQ(check_quarter(6).error().message, "v is 3; it is even");
  EXPECT_EQ(**boxed(4), 2);
  EXPECT_FALSE(boxed(5));
}

TEST(CheckDeathTest, PrintsConditionAndContext) {
  CONVCHECK_CHECK(1 + 1 == 2, std::string("never printed"));
  EXPECT_DEATH(CONVCHECK_CHECK(1 + 1 == 3, std::string("the problem")),
               "broken contract at .*result_test.cpp.*1 \\+ 1 == 3\n  with the problem");
}

}  // namespace
}  // namespace convcheck
