// SPDX-License-Identifier: Apache-2.0
#include "reports/verifiable.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/example_document.hpp"
#include "reports/json.hpp"

namespace convcheck::reports {
namespace {

// The example without its failing verdicts.
Document passed() {
  Document d = example_document();
  std::erase_if(d.verdicts, [](const VerdictEntry& v) { return v.verdict != "holds"; });
  d.complete = true;
  d.exit_code = 0;
  return d;
}

std::vector<std::string> contradictions(const Document& d) {
  const auto read = read_verifiable(to_json(d), "r.json");
  EXPECT_TRUE(read) << read.error().message;
  return read ? read->contradictions : std::vector<std::string>{};
}

TEST(Verifiable, ReadsBackTheExactResults) {
  const auto read = read_verifiable(to_json(passed()), "r.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->version, "0.1.0");
  ASSERT_EQ(read->exact_results.size(), 1U);
  EXPECT_EQ(read->exact_results[0].fill, "normal");
  EXPECT_EQ(read->exact_results[0].seed, 1U);
  EXPECT_EQ(read->exact_results[0].operands, 0x0123456789abcdefU);
  EXPECT_EQ(read->exact_results[0].result, 0xfedcba9876543210U);
  EXPECT_TRUE(read->contradictions.empty());
}

TEST(Verifiable, SeesWhatCannotBothBe) {
  Document d = passed();
  d.verdicts[0].failure = true;
  EXPECT_EQ(contradictions(d), std::vector<std::string>{"1 verdicts fail, and the exit code is 0"});
  d.verdicts[0].known_failure = "reported";
  EXPECT_TRUE(contradictions(d).empty());
  d = passed();
  d.verdicts[0].verdict = "refuted";
  EXPECT_EQ(
      contradictions(d),
      std::vector<std::string>{"1 required verdicts that do not hold are not marked as failures"});
  d = passed();
  d.verdicts[0].cases = 0;
  EXPECT_EQ(contradictions(d), std::vector<std::string>{"indexing holds on " +
                                                        d.verdicts[0].problem + " without a case"});
  d = passed();
  d.complete = false;
  EXPECT_EQ(contradictions(d),
            std::vector<std::string>{"the run is not complete, and the exit code is 0"});
  d = passed();
  d.power = PowerEntry{"measured", {}, 140, 139, {}, 3, 3, {}};
  EXPECT_EQ(contradictions(d),
            std::vector<std::string>{"the power is 139 of 140 faults, but 0 are missed"});
}

TEST(Verifiable, RefusesWhatIsNoReportOfAValidation) {
  const auto error = [](const std::string& text) {
    const auto read = read_verifiable(text, "r.json");
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(error("{").substr(0, 34), "r.json: 1 bytes that are no JSON; ");
  EXPECT_EQ(error("{}").substr(0, 27), "r.json: the document lacks ");
  EXPECT_EQ(
      error(to_json(example_comparison())),
      "r.json: /kind is \"compare\"; what can be verified are reports of `convcheck validate`");
}

}  // namespace
}  // namespace convcheck::reports
