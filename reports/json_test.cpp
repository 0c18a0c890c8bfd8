// SPDX-License-Identifier: Apache-2.0
#include "reports/json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "reports/example_document.hpp"

namespace convcheck::reports {
namespace {

int check_schema(const std::string& report) {
  const std::string command = std::string(CONVCHECK_PYTHON) +
                              " " CONVCHECK_REPORTS_DIR "/check_schema.py " CONVCHECK_REPORTS_DIR
                              "/report.schema.json " +
                              report;
  return std::system(command.c_str());
}

std::string temporary(const char* name) {
  return (std::filesystem::temp_directory_path() /
          (std::string("convcheck-json-test-") + std::to_string(getpid()) + "-" + name))
      .string();
}

TEST(Json, ConformsToItsSchemaByAnIndependentValidator) {
  const std::string path = temporary("good.json");
  for (const Document& document :
       {example_document(), example_comparison(), example_difference()}) {
    ASSERT_TRUE(write_json(document, path));
    EXPECT_EQ(check_schema(path), 0) << document.kind;
  }
  std::filesystem::remove(path);
}

TEST(Json, TheSchemaRefusesWhatIsWrong) {
  using nlohmann::json;
  const json good = json::parse(to_json(example_document()));
  std::vector<json> bad(10, good);
  bad[0]["verdicts"][0]["verdict"] = "passed";
  bad[1].erase("machine");
  bad[2]["timings"][0]["samples_seconds"] = json::array();
  bad[3]["unknown"] = 1;
  bad[4]["schema_version"] = 2;
  bad[5] = json::parse(to_json(example_comparison()));
  bad[5]["comparisons"][0]["verdict"] = "probably";
  bad[6]["scores"][0]["families"] = json::array();
  bad[7] = json::parse(to_json(example_difference()));
  bad[7]["differences"][0]["first"]["a_bits"] = "1.0";
  bad[8]["statements"][0]["answer"] = "perhaps";
  bad[9]["statements"][0]["evidence"] = json::array();
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const std::string path = temporary("bad.json");
    std::ofstream(path) << bad[i];
    EXPECT_NE(check_schema(path), 0) << "planted error " << i;
    std::filesystem::remove(path);
  }
}

TEST(Json, KeepsWhatJsonHasNoWordFor) {
  const auto json = nlohmann::json::parse(to_json(example_document()));
  const auto& counterexample = json["verdicts"][2]["counterexample"];
  EXPECT_EQ(counterexample["operands"][0]["values"], (nlohmann::json{1.0, "nan", "-inf"}));
  EXPECT_EQ(json["verdicts"][2]["seed"].get<std::uint64_t>(), 18446744073709551615u);
  EXPECT_FALSE(json["verdicts"][0].contains("counterexample"));
}

TEST(Json, AFullDiskIsSaidAndLeavesNoFile) {
  const Status full = write_json(example_document(), "/dev/full");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
  EXPECT_NE(full.error().message.find("/dev/full"), std::string::npos) << full.error().message;
  const Status missing = write_json(example_document(), "/nonexistent-directory/report.json");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/nonexistent-directory/report.json"), std::string::npos);
}

}  // namespace
}  // namespace convcheck::reports
