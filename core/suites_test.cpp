// SPDX-License-Identifier: Apache-2.0
// The suites that ship are what they say they are.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/problem_text.hpp"

namespace convcheck {
namespace {

std::vector<SuiteLine> load(const std::string& name) {
  const Result<std::string> text = read_file(fmt::format("{}/{}.problems", CONVCHECK_SUITES, name));
  EXPECT_TRUE(text) << text.error().message;
  const Result<std::vector<SuiteLine>> lines = parse_suite(*text);
  EXPECT_TRUE(lines) << lines.error().message;
  return *lines;
}

TEST(Suites, EveryFileParsesWithFamiliesAndWithoutRepeats) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CONVCHECK_SUITES)) {
    if (entry.path().extension() != ".problems") continue;
    ++files;
    const std::string name = std::filesystem::relative(entry.path(), CONVCHECK_SUITES)
                                 .replace_extension()
                                 .generic_string();
    std::set<std::string> problems;
    std::set<std::string> labels;
    for (const SuiteLine& line : load(name)) {
      EXPECT_FALSE(line.family.empty()) << name << ":" << line.line;
      EXPECT_TRUE(problems.insert(to_string(line.problem.chain)).second)
          << name << ":" << line.line << " repeats a problem";
      EXPECT_TRUE(line.problem.name.empty() || labels.insert(line.problem.name).second)
          << name << ":" << line.line << " repeats a label";
    }
    EXPECT_FALSE(problems.empty()) << name;
  }
  EXPECT_GE(files, 83);
}

TEST(Suites, HeadlineHasItsFamilies) {
  const std::vector<SuiteLine> lines = load("headline");
  std::set<std::string> families;
  for (const SuiteLine& line : lines) families.insert(line.family);
  EXPECT_EQ(lines.size(), 76u);
  EXPECT_EQ(families.size(), 13u);
}

TEST(Suites, Resnet50HasItsLayers) {
  const std::vector<SuiteLine> lines = load("resnet50");
  EXPECT_EQ(lines.size(), 23u);
  for (const SuiteLine& line : lines) {
    EXPECT_TRUE(line.problem.name.starts_with("resnet50:"));
    EXPECT_EQ(line.problem.chain.front().batch, 1);
  }
}

TEST(Suites, EdgeIsSmallAndReachesEveryCorner) {
  const std::vector<SuiteLine> lines = load("edge");
  std::set<Operation> operations;
  std::set<PaddingMode> modes;
  std::set<int> ranks;
  bool chain = false, bias = false, flipped = false, cropped = false, depthwise = false;
  for (const SuiteLine& line : lines) {
    // A million products are a millisecond for the oracle.
    EXPECT_LT(line.problem.chain.nominal_macs(), 1e6) << line.problem.name;
    chain = chain || !line.problem.chain.is_single();
    for (const ConvProblem& p : line.problem.chain.problems()) {
      operations.insert(p.operation);
      modes.insert(p.padding_mode);
      ranks.insert(p.rank);
      bias = bias || p.has_bias;
      flipped = flipped || p.orientation == Orientation::kConvolution;
      cropped = cropped || p.pad_begin[2] < 0;
      depthwise = depthwise || (p.groups > 1 && p.groups == p.in_channels);
    }
  }
  EXPECT_EQ(operations.size(), 3u);
  EXPECT_EQ(modes.size(), 4u);
  EXPECT_EQ(ranks.size(), 3u);
  EXPECT_TRUE(chain && bias && flipped && cropped && depthwise);
}

TEST(Suites, LinesOfEdgeAndResnet50AreCanonical) {
  for (const char* name : {"edge", "resnet50"}) {
    const Result<std::string> text =
        read_file(fmt::format("{}/{}.problems", CONVCHECK_SUITES, name));
    ASSERT_TRUE(text);
    for (const SuiteLine& line : load(name)) {
      const std::string canonical =
          fmt::format("\n{}n\"{}\"\n", to_string(line.problem.chain), line.problem.name);
      EXPECT_NE(text->find(canonical), std::string::npos) << line.line << canonical;
    }
  }
}

}  // namespace
}  // namespace convcheck
