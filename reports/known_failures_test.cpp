// SPDX-License-Identifier: Apache-2.0
#include "reports/known_failures.hpp"

#include <gtest/gtest.h>

#include "reports/summary.hpp"

namespace convcheck::reports {
namespace {

constexpr const char* kToday = "2026-11-24";

VerdictEntry verdict(const std::string& check, const std::string& problem, bool fails) {
  VerdictEntry v;
  v.check = check;
  v.engine = "onednn";
  v.suite = "edge";
  v.problem = problem;
  v.level = "required";
  v.expected = "holds";
  v.verdict = fails ? "refuted" : "holds";
  v.failure = fails;
  v.detail = fails ? "y[0] is 1, expected 2" : "";
  v.cases = 1;
  return v;
}

Document document() {
  Document d;
  d.kind = "validate";
  d.engines.push_back({"onednn", "oneDNN 2.6.3", "", "", true, ""});
  d.verdicts = {verdict("indexing", "g1ic3", true), verdict("indexing", "g1ic4", true),
                verdict("indexing", "g2ic4", false), verdict("state", "g1ic3", false)};
  return d;
}

KnownFailure entry(const std::string& check, const std::string& problem) {
  KnownFailure e;
  e.engine = "onednn*";
  e.check = check;
  e.problem = problem;
  e.reason = "reported";
  e.expires = "2027-01-31";
  return e;
}

std::string state(const KnownFailure& e, bool partial = false) {
  Document d = document();
  apply_known_failures({e}, kToday, partial, d);
  return d.known_failures.at(0).state;
}

TEST(KnownFailures, ExcuseWhatTheyMatch) {
  Document d = document();
  EXPECT_EQ(failure_count(d), 2);
  apply_known_failures({entry("indexing", "g1ic?")}, kToday, false, d);
  EXPECT_EQ(d.known_failures[0].state, "met");
  EXPECT_EQ(d.known_failures[0].failing, 2);
  EXPECT_EQ(failure_count(d), 0);
  EXPECT_EQ(inconclusive_count(d), 0);
  EXPECT_EQ(d.verdicts[0].known_failure, "reported");
  EXPECT_EQ(verdict_table(d).rows[1][1], "1 of 3, 2 known");
}

TEST(KnownFailures, SayWhatBecameOfThem) {
  EXPECT_EQ(state(entry("indexing", "g1*")), "met");
  EXPECT_EQ(state(entry("indexing", "*")), "over-broad");
  EXPECT_EQ(state(entry("state", "g1ic3")), "unexpected-pass");
  EXPECT_EQ(state(entry("memory", "g1ic3")), "stale");
  EXPECT_EQ(state(entry("memory", "g1ic3"), true), "not-judged");
  EXPECT_EQ(state(entry("state", "g1ic3"), true), "unexpected-pass");
  KnownFailure other = entry("memory", "g1ic3");
  other.suite = "resnet50";
  EXPECT_EQ(state(other), "not-judged");
  other = entry("indexing", "g1*");
  other.versions = "oneDNN 3.*";
  EXPECT_EQ(state(other), "not-judged");
  other = entry("indexing", "g1*");
  other.expires = kToday;
  EXPECT_EQ(state(other), "met");
  other.expires = "2026-11-23";
  EXPECT_EQ(state(other), "expired");
}

TEST(KnownFailures, BadOnesFailTheRun) {
  Document d = document();
  KnownFailure old = entry("indexing", "g1*");
  old.expires = "2026-01-01";
  apply_known_failures({old, entry("memory", "g1*")}, kToday, false, d);
  EXPECT_EQ(failure_count(d), 4);  // Both verdicts, the expired entry, the stale one.
  EXPECT_NE(known_failure_text(d.known_failures[0]).find("expired on 2026-01-01"),
            std::string::npos);
}

TEST(KnownFailures, AreWrittenAnewFromARun) {
  Document d = document();
  KnownFailure elsewhere = entry("memory", "g1ic3");
  elsewhere.suite = "resnet50";
  apply_known_failures({entry("indexing", "*"), entry("state", "g1*"), elsewhere}, kToday, false,
                       d);
  const std::vector<KnownFailure> fixed = fixed_known_failures(d, "2027-02-22");
  ASSERT_EQ(fixed.size(), 3U);
  EXPECT_EQ(fixed[0].suite, "resnet50");
  EXPECT_EQ(fixed[1].problem, "g1ic3");
  EXPECT_EQ(fixed[1].reason, "reported");
  EXPECT_EQ(fixed[1].versions, "oneDNN 2.6.3");
  EXPECT_EQ(fixed[1].expires, "2027-02-22");
  const auto read = read_known_failures(known_failures_json(fixed), "fixed");
  ASSERT_TRUE(read) << read.error().message;
  Document again = document();
  apply_known_failures(*read, kToday, false, again);
  EXPECT_EQ(failure_count(again), 0);
}

TEST(KnownFailures, BadInputIsSaid) {
  const auto refused = [](const std::string& entry, const std::string& words) {
    const auto read =
        read_known_failures("{\"format\": 1, \"known_failures\": [" + entry + "]}", "known.json");
    ASSERT_FALSE(read) << entry;
    EXPECT_NE(read.error().message.find("known.json: "), std::string::npos);
    EXPECT_NE(read.error().message.find(words), std::string::npos) << read.error().message;
  };
  const std::string good = R"("engine": "a", "check": "state", "problem": "*", "reason": "r")";
  refused("{" + good + "}", "/known_failures/0 lacks \"expires\"");
  refused("{" + good + R"(, "expires": "2027-13-01"})",
          "/known_failures/0/expires is '2027-13-01'");
  refused("{" + good + R"(, "expires": "soon"})", "a date such as 2027-01-31");
  refused("{" + good + R"(, "expires": "2027-01-01", "because": 1})", "a field \"because\"");
  refused(
      R"({"engine": "a", "check": "*", "problem": "*", "reason": "r", "expires": "2027-01-01"})",
      "over-broad");
  refused(R"({"engine": "a", "check": "b", "problem": "*", "reason": "", "expires": "2027-01-01"})",
          "reason is empty");
  refused("7", "should be an object");
  EXPECT_FALSE(read_known_failures(R"({"format": 2, "known_failures": []})", "known.json"));
  EXPECT_FALSE(read_known_failures("[]", "known.json"));
  for (const char* text : {R"({"known_failures": []})", R"({"format": 1})", "{}"}) {
    const auto read = read_known_failures(text, "known.json");
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(R"(are written {"format": 1, "known_failures": [...]})"),
              std::string::npos)
        << read.error().message;
  }
  EXPECT_TRUE(read_known_failures(R"({"format": 1, "known_failures": []})", "known.json"));
}

}  // namespace
}  // namespace convcheck::reports
