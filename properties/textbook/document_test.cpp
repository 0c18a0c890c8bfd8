// SPDX-License-Identifier: Apache-2.0
// docs/laws.md says what the suite runs.
#include "properties/textbook/document.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace convcheck::properties::textbook {
namespace {

TEST(LawsDocument, IsCurrent) {
  const std::string current = laws_markdown();
  std::ofstream(CONVCHECK_LAWS_GENERATED, std::ios::binary) << current;
  std::ifstream file(CONVCHECK_LAWS_DOCUMENT, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == current)
      << "docs/laws.md is not what the suite runs; make it so with\n  cp "
      << CONVCHECK_LAWS_GENERATED << " " << CONVCHECK_LAWS_DOCUMENT;
}

}  // namespace
}  // namespace convcheck::properties::textbook
