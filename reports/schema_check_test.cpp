// SPDX-License-Identifier: Apache-2.0
#include "reports/schema_check.hpp"

#include <gtest/gtest.h>

#include "reports/example_document.hpp"
#include "reports/json.hpp"
#include "reports/report_schema.hpp"

namespace convcheck::reports {
namespace {

const Json& schema() {
  static const Json parsed = Json::parse(kReportSchema);
  return parsed;
}

std::string error_of(const Json& document) {
  const Status status = check_schema(document, schema());
  return status ? "" : status.error().message;
}

TEST(SchemaCheck, AcceptsWhatTheWriterWrites) {
  for (const Document& d : {example_document(), example_comparison(), example_difference()})
    EXPECT_EQ(error_of(Json::parse(to_json(d))), "") << d.kind;
}

// The same errors that an independent validator refuses (json_test), and every keyword once.
TEST(SchemaCheck, SaysWhatIsWrongAndWhere) {
  const Json good = Json::parse(to_json(example_document()));
  const auto broken = [&](auto&& change) {
    Json bad = good;
    change(bad);
    return error_of(bad);
  };
  EXPECT_EQ(broken([](Json& d) { d["verdicts"][0]["verdict"] = "passed"; }).substr(0, 43),
            "/verdicts/0/verdict is \"passed\"; it should ");
  EXPECT_EQ(broken([](Json& d) { d.erase("machine"); }), "the document lacks \"machine\"");
  EXPECT_EQ(broken([](Json& d) { d["timings"][0]["samples_seconds"] = Json::array(); }),
            "/timings/0/samples_seconds has 0 items; it should have 1 at least");
  EXPECT_EQ(broken([](Json& d) { d["unknown"] = 1; }),
            "the document has \"unknown\", which a report does not have");
  EXPECT_EQ(broken([](Json& d) { d["schema_version"] = 2; }),
            "/schema_version is 2; it should be 1");
  EXPECT_EQ(broken([](Json& d) { d["seconds"] = "long"; }).substr(0, 37),
            "/seconds is \"long\"; it should be one ");
  EXPECT_EQ(broken([](Json& d) { d["complete"] = 1; }),
            "/complete is 1; it should be of type boolean");
  EXPECT_EQ(broken([](Json& d) { d["started_at"] = "today"; }).substr(0, 38),
            "/started_at is \"today\"; it should be l");
  EXPECT_EQ(broken([](Json& d) { d["exact_results"][0]["seed"] = -1; }),
            "/exact_results/0/seed is -1; it should be at least 0");
  EXPECT_EQ(broken([](Json& d) { d["environment"]["X"] = 1; }),
            "/environment/X is 1; it should be of type string");
  Json comparison = Json::parse(to_json(example_comparison()));
  comparison.erase("comparisons");
  EXPECT_EQ(error_of(comparison), "the document lacks \"comparisons\"");
  EXPECT_EQ(error_of(Json::array()), "the document is []; it should be of type object");
}

TEST(SchemaCheck, PassesNoKeywordOver) {
  const Status status = check_schema(Json(1), Json{{"multipleOf", 2}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the schema uses 'multipleOf', which is not checked here");
}

}  // namespace
}  // namespace convcheck::reports
