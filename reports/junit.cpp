// SPDX-License-Identifier: Apache-2.0
#include "reports/junit.hpp"

#include <fmt/core.h>

#include <string_view>

#include "reports/comparison.hpp"
#include "reports/known_failures.hpp"

namespace convcheck::reports {
namespace {

// XML 1.0 has no control characters but tab, line feed and carriage return, even escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80 || (byte < 0x20 && c != '\t' && c != '\r'))
          out += fmt::format("\\x{:02x}", byte);
        else
          out += c;
      }
    }
  }
  return out;
}

struct Counts {
  int tests = 0;
  int failures = 0;
  int skipped = 0;
  double seconds = 0;
};

bool is_skipped(const VerdictEntry& v) {
  return !v.failure &&
         (v.verdict == "not-applicable" || v.verdict == "gave-up" || !v.known_failure.empty());
}

// Known failures that are no longer what they say, a test that fails each.
std::string known_failures_suite(const Document& document, Counts& total) {
  std::string cases;
  int count = 0;
  for (const KnownFailure& e : document.known_failures) {
    if (!is_bad_state(e)) continue;
    ++count;
    cases += fmt::format(
        "    <testcase classname=\"known-failures\" name=\"{}\">\n"
        "      <failure type=\"{}\" message=\"{}\"/>\n    </testcase>\n",
        escaped(fmt::format("{} {} {}", e.engine, e.check, e.problem)), escaped(e.state),
        escaped(known_failure_text(e)));
  }
  if (count == 0) return {};
  total.tests += count;
  total.failures += count;
  return fmt::format(
      "  <testsuite name=\"known-failures\" tests=\"{0}\" failures=\"{0}\" errors=\"0\" "
      "skipped=\"0\" timestamp=\"{1}\">\n{2}  </testsuite>\n",
      count, document.started_at, cases);
}

std::string testcase(const VerdictEntry& v) {
  const std::string& subject = v.label.empty() ? v.problem : v.label;
  std::string out =
      fmt::format(R"(    <testcase classname="{}.{}" name="{}" time="{:.3f}")", escaped(v.engine),
                  escaped(v.check), escaped(subject.empty() ? v.check : subject), v.seconds);
  if (v.failure)
    return out + fmt::format(
                     ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n"
                     "    </testcase>\n",
                     escaped(v.verdict), escaped(v.detail),
                     escaped(fmt::format(
                         "problem: {}\n{}reproduce: {}", v.problem,
                         v.diagnosis.empty() ? "" : fmt::format("cause: {}\n", v.diagnosis),
                         v.reproducer)));
  if (is_skipped(v)) {
    const std::string why =
        v.known_failure.empty() ? v.detail : fmt::format("known failure: {}", v.known_failure);
    return out + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(why));
  }
  return out + "/>\n";
}

std::string testcase(const ComparisonEntry& c) {
  const std::string out =
      fmt::format(R"(    <testcase classname="{}.compare" name="{} {}T")", escaped(c.new_engine),
                  escaped(c.label.empty() ? c.problem : c.label), c.threads);
  const std::string message = escaped(fmt::format("{}: {:.4g} s, before {:.4g} s; {}", c.verdict,
                                                  c.new_seconds, c.base_seconds, c.reason));
  if (is_regression(c))
    return out + fmt::format(">\n      <failure type=\"{}\" message=\"{}\"/>\n    </testcase>\n",
                             escaped(c.verdict), message);
  if (c.verdict == "inconclusive" || c.verdict == "not-compared")
    return out + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
  return out + "/>\n";
}

std::string comparison_suite(const Document& document, Counts& total) {
  if (!document.comparison) return {};
  std::string cases;
  Counts counts;
  for (const ComparisonEntry& c : document.comparisons) {
    cases += testcase(c);
    ++counts.tests;
    counts.failures += is_regression(c) ? 1 : 0;
    counts.skipped += c.verdict == "inconclusive" || c.verdict == "not-compared" ? 1 : 0;
  }
  total.tests += counts.tests;
  total.failures += counts.failures;
  total.skipped += counts.skipped;
  return fmt::format(
      "  <testsuite name=\"compare\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
      "timestamp=\"{}\">\n{}  </testsuite>\n",
      counts.tests, counts.failures, counts.skipped, document.started_at, cases);
}

}  // namespace

std::string to_junit(const Document& document) {
  std::string suites;
  Counts total;
  for (const EngineEntry& engine : document.engines) {
    std::string cases;
    Counts counts;
    for (const VerdictEntry& v : document.verdicts) {
      if (v.engine != engine.name) continue;
      cases += testcase(v);
      ++counts.tests;
      counts.failures += v.failure ? 1 : 0;
      counts.skipped += is_skipped(v) ? 1 : 0;
      counts.seconds += v.seconds;
    }
    if (!engine.available) {
      cases += fmt::format(
          "    <testcase classname=\"{0}\" name=\"start\">\n      <error "
          "type=\"engine-start\" message=\"{1}\"/>\n    </testcase>\n",
          escaped(engine.name), escaped(engine.reason));
      ++counts.tests;
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"{:.3f}\" timestamp=\"{}\">\n{}  </testsuite>\n",
        escaped(engine.name), counts.tests, counts.failures, engine.available ? 0 : 1,
        counts.skipped, counts.seconds, document.started_at, cases);
    total.tests += counts.tests;
    total.failures += counts.failures;
    total.skipped += counts.skipped;
    total.seconds += counts.seconds;
  }
  suites += comparison_suite(document, total);
  suites += known_failures_suite(document, total);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"convcheck {}\" tests=\"{}\" "
      "failures=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n{}</testsuites>\n",
      document.kind, total.tests, total.failures, total.skipped, total.seconds, suites);
}

}  // namespace convcheck::reports
