// SPDX-License-Identifier: Apache-2.0
#include "reports/read.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/example_document.hpp"
#include "reports/json.hpp"

namespace convcheck::reports {
namespace {

using nlohmann::json;

TEST(Read, CounterexamplesComeBackAsTheyWere) {
  const Document document = example_document();
  const auto verdicts = read_counterexamples(to_json(document), "r.json");
  ASSERT_TRUE(verdicts) << verdicts.error().message;
  ASSERT_EQ(verdicts->size(), 1u);
  const CounterexampleEntry& found = *verdicts->front().counterexample;
  const CounterexampleEntry& written = *document.verdicts[2].counterexample;
  EXPECT_EQ(verdicts->front().check, "indexing");
  EXPECT_EQ(found.problem, written.problem);
  EXPECT_EQ(found.environment, written.environment);
  ASSERT_EQ(found.operands.size(), 1u);
  EXPECT_EQ(found.operands[0].first, "x");
  EXPECT_EQ(found.operands[0].second, written.operands[0].second);
}

TEST(Read, TruncatedAtAnyByteIsAnErrorAndNoCrash) {
  const std::string whole = to_json(example_document());
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    const auto verdicts = read_counterexamples(whole.substr(0, length), "r.json");
    ASSERT_FALSE(verdicts) << length;
    EXPECT_EQ(verdicts.error().code, ErrorCode::kParse);
  }
}

struct Damage {
  const char* pointer;
  json value;
  const char* message;
};

TEST(Read, NamesThePlaceTheValueAndWhatWouldBeRight) {
  const json good = json::parse(to_json(example_document()));
  const Damage list[] = {
      {"/schema_version", 99, "/schema_version is 99; it should be an integer from 1 to 1"},
      {"/verdicts", "x", "/verdicts is string; it should be an array"},
      {"/verdicts/2/check", 1, "/verdicts/2/check is number; it should be a string"},
      {"/verdicts/2/counterexample/operands/0/type", "f31", "/type is 'f31'; the types are f32"},
      {"/verdicts/2/counterexample/operands/0/values/0", 0.1, "is 0.1, which f32 cannot hold"},
      {"/verdicts/2/counterexample/operands/0/values/0", json::array(), "should be a number"},
      {"/verdicts/2/counterexample/operands/0/shape", {1, 4}, "has 3 values; its shape [1, 4]"},
      {"/verdicts/2/counterexample/operands/0/shape/0", -1, "should be an integer from 0"},
      {"/verdicts/2/counterexample/environment/threads", 0, "should be an integer from 1 to 1024"},
      {"/verdicts/2/counterexample/environment/guard", "left", "it is after or before"},
  };
  for (const Damage& damage : list) {
    json bad = good;
    bad[json::json_pointer(damage.pointer)] = damage.value;
    const auto verdicts = read_counterexamples(bad.dump(), "r.json");
    ASSERT_FALSE(verdicts) << damage.pointer;
    EXPECT_NE(verdicts.error().message.find(damage.message), std::string::npos)
        << verdicts.error().message;
    EXPECT_TRUE(verdicts.error().message.starts_with("r.json: "));
  }
}

TEST(Read, DeepNestingIsRefused) {
  EXPECT_FALSE(read_counterexamples(std::string(100000, '['), "r.json"));
  EXPECT_FALSE(read_counterexamples(std::string(5000, '[') + std::string(5000, ']'), "r.json"));
}

}  // namespace
}  // namespace convcheck::reports
