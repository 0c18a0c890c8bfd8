// SPDX-License-Identifier: Apache-2.0
#include "peers/engine_spec.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

TEST(EngineSpec, FindsProgramsThatCanBeExecuted) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "convcheck_programs";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const char* file : {"mine_peer.py", "other_peer", "data_peer.txt", "_peer.py", "peer.py",
                           "convcheck_peer_twice.so", "twice_peer.js"}) {
    std::ofstream(folder / file) << "#!/bin/sh\necho \"wrong variant: $1\" >&2; exit 2\n";
    if (std::string(file) != "data_peer.txt")
      fs::permissions(folder / file, fs::perms::owner_exec, fs::perm_options::add);
  }
  EXPECT_EQ(adapter_names(folder), (std::vector<std::string>{"mine", "other", "twice"}));
  RunnerOptions options;
  options.peers_directory = folder;
  const auto runner = make_runner(parsed("mine:some variant"), options);
  ASSERT_FALSE(runner.has_value());
  EXPECT_NE(runner.error().message.find("wrong variant: some variant"), std::string::npos)
      << runner.error().message;
  fs::remove_all(folder);
}

}  // namespace
}  // namespace convcheck::peers
