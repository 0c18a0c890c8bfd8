// SPDX-License-Identifier: Apache-2.0
#include "peers/engine_spec.hpp"

#include <gtest/gtest.h>

namespace convcheck::peers {
namespace {

EngineSpec parsed(const std::string& text) {
  const Result<EngineSpec> spec = parse_engine_spec(text);
  if (!spec) throw std::runtime_error(spec.error().message);
  return *spec;
}

TEST(EngineSpec, TakesNamesApart) {
  using Kind = EngineSpec::Kind;
  EXPECT_EQ(parsed("reference"), (EngineSpec{Kind::kNamed, "reference", "reference", "", "", ""}));
  EXPECT_EQ(parsed("onednn:winograd"),
            (EngineSpec{Kind::kNamed, "onednn:winograd", "onednn", "winograd", "", ""}));
  EXPECT_EQ(parsed("so:./lib,mine.so"),
            (EngineSpec{Kind::kSo, "so:./lib,mine.so", "", "", "./lib,mine.so", ""}));
  EXPECT_EQ(parsed("so:a#b.so#fast"),
            (EngineSpec{Kind::kSo, "so:a#b.so#fast", "", "fast", "a#b.so", ""}));
  EXPECT_EQ(parsed("exec:python3 my_peer.py 'a b'"),
            (EngineSpec{Kind::kExec, "exec:python3 my_peer.py 'a b'", "", "", "",
                        "python3 my_peer.py 'a b'"}));
}

TEST(EngineSpec, SaysWhatIsMissing) {
  for (const char* text : {"", ":", "so:", "so:#fast", "exec:", "exec:  ", "onednn:", ":fast",
                           "./libmine.so", "a b", "so:a\nb"}) {
    const Result<EngineSpec> spec = parse_engine_spec(text);
    ASSERT_FALSE(spec.has_value()) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::kParse);
  }
}

TEST(EngineSpec, FindsAdapters) {
  EXPECT_TRUE(adapter_names("/no/such/directory").empty());
  const std::vector<std::string> names = adapter_names(CONVCHECK_PEERS);
  EXPECT_NE(std::find(names.begin(), names.end(), "textbook"), names.end());
}

}  // namespace
}  // namespace convcheck::peers
