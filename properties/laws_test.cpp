// SPDX-License-Identifier: Apache-2.0
// The registry and its document.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "properties/law.hpp"
#include "properties/table/statement.hpp"

namespace convcheck::properties {
namespace {

TEST(Laws, AreWellFormed) {
  EXPECT_GE(laws().size(), 20U);
  std::set<std::string_view> ids;
  for (const Law* law : laws()) {
    EXPECT_TRUE(ids.insert(law->id).second) << law->id;
    EXPECT_TRUE(std::all_of(law->id.begin(), law->id.end(), [](char c) {
      return std::islower(c) || c == '-';
    })) << law->id;
    EXPECT_FALSE(law->statement.empty()) << law->id;
    EXPECT_FALSE(law->source.empty()) << law->id;
    EXPECT_EQ(law->expected == Truth::kFalse, !law->counterexample.empty()) << law->id;
    EXPECT_EQ(find_law(law->id), law);
    EXPECT_FALSE(table::parse_statement(law->id)) << law->id << " is a statement of the table, too";
  }
  EXPECT_EQ(find_law("no-such-law"), nullptr);
}

}  // namespace
}  // namespace convcheck::properties
