// SPDX-License-Identifier: Apache-2.0
#include "cli/finish.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include "cli/terminal.hpp"
#include "core/file.hpp"
#include "reports/comparison.hpp"
#include "reports/json.hpp"
#include "reports/junit.hpp"
#include "reports/known_failures.hpp"
#include "reports/markdown.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

constexpr std::size_t kFailuresInFull = 20;

int decide_diff(const reports::Document& d, const FinishOptions& options) {
  if (!d.complete) return kExitInterrupted;
  const bool regressed =
      std::any_of(d.comparisons.begin(), d.comparisons.end(), reports::is_regression);
  if (reports::failure_count(d) != 0 || regressed) return kExitRefuted;
  const bool gave_up = std::any_of(d.verdicts.begin(), d.verdicts.end(),
                                   [](const auto& v) { return v.verdict == "gave-up"; });
  const bool inconclusive = options.strict && reports::inconclusive_count(d) != 0;
  const bool nothing = reports::judged_count(d) == 0 && reports::compared_count(d) == 0;
  return gave_up || inconclusive || nothing ? kExitCannotJudge : kExitOk;
}

int decide(const reports::Document& d, const FinishOptions& options) {
  if (d.kind == "diff") return decide_diff(d, options);
  if (!d.complete) return kExitInterrupted;
  const bool wrong_timing =
      std::any_of(d.timings.begin(), d.timings.end(), [](const reports::TimingEntry& t) {
        return t.status == "wrong" || t.status == "failed" || t.status == "dishonest";
      });
  const bool regressed =
      std::any_of(d.comparisons.begin(), d.comparisons.end(), reports::is_regression);
  if (reports::failure_count(d) != 0 || wrong_timing || regressed) return kExitRefuted;
  if (!options.all_engines_started) return kExitEngine;
  const bool timed = std::any_of(d.timings.begin(), d.timings.end(), [](const auto& t) {
    return t.status == "timed" || t.status == "over-budget";
  });
  const bool compared = reports::compared_count(d) != 0;
  if (reports::judged_count(d) == 0 && !timed && !compared) return kExitNothingRan;
  if (options.strict && reports::inconclusive_count(d) != 0) return kExitInconclusive;
  return kExitOk;
}

// The first failure of every engine, check and kind: the others mostly show the same again.
void print_failures(const reports::Document& d) {
  const bool colour = stdout_has_colour();
  std::set<std::tuple<std::string, std::string, std::string>> shown;
  std::int64_t rest = 0;
  for (const reports::VerdictEntry& v : d.verdicts) {
    if (!v.failure) continue;
    if (shown.size() == kFailuresInFull || !shown.insert({v.engine, v.check, v.verdict}).second) {
      ++rest;
      continue;
    }
    const std::string text = reports::failure_text(v);
    const std::size_t line = text.find('\n');
    fmt::print("\n{}{}{}{}", colour ? "\033[1;31m" : "", text.substr(0, line),
               colour ? "\033[0m" : "", text.substr(line));
  }
  for (const reports::KnownFailure& entry : d.known_failures)
    if (reports::is_bad_state(entry)) fmt::print("\n{}\n", reports::known_failure_text(entry));
  if (rest != 0) fmt::print("\n... and {} more failures; --json FILE has them all\n", rest);
}

const char* meaning(int code, const std::string& kind) {
  switch (code) {
    case kExitOk:
      if (kind == "diff") return "no difference for the worse in what was asked";
      if (kind == "compare") return "nothing is known to be slower";
      return kind == "bench" ? "everything timed was right before and in its last call"
                             : "every demanded law holds";
    case kExitRefuted:
      if (kind == "diff") return "different or worse";
      return kind == "compare" ? "regressed" : "violated";
    case kExitEngine:
      return "an engine could not be started";
    case kExitInconclusive:
      return "inconclusive";
    case kExitNothingRan:
      return "nothing ran";
    case kExitCannotJudge:
      return "not everything could be judged";
    case kExitInterrupted:
      return "interrupted";
    default:
      return "failed";
  }
}

Status write_reports(const reports::Document& d, const OutputOptions& output) {
  if (!output.json.empty()) CONVCHECK_TRY(reports::write_json(d, output.json));
  if (!output.junit.empty())
    CONVCHECK_TRY(write_file_atomically(output.junit, reports::to_junit(d)));
  if (!output.markdown.empty())
    CONVCHECK_TRY(write_file_atomically(output.markdown, reports::to_markdown(d)));
  return {};
}

}  // namespace

std::string verdict_summary(const reports::Document& d) {
  std::string out;
  for (const reports::EngineEntry& engine : d.engines) {
    if (!engine.available) continue;
    std::int64_t judged = 0;
    std::int64_t failed = 0;
    double bound_used = 0;
    std::map<std::string, std::int64_t> declined;
    for (const reports::VerdictEntry& v : d.verdicts) {
      if (v.engine != engine.name) continue;
      judged += v.verdict == "not-applicable" ? 0 : 1;
      failed += v.failure ? 1 : 0;
      if (v.check == "supported") ++declined[v.detail];
      if (v.bound_used && v.level == "required") bound_used = std::max(bound_used, *v.bound_used);
    }
    out += fmt::format("{}: {} verdict{}, {} failed", engine.name, judged, judged == 1 ? "" : "s",
                       failed);
    if (bound_used > 0)
      out += fmt::format("; the largest error is {} its derived bound",
                         reports::format_bound_used(bound_used));
    out += "\n";
    for (const auto& [reason, count] : declined)
      out += fmt::format("  not supported, not counted: {} problem{}: {}\n", count,
                         count == 1 ? "" : "s", reason);
  }
  return out;
}

int finish(reports::Document& document, const FinishOptions& options) {
  document.seconds = options.seconds;
  document.exit_code = decide(document, options);
  print_failures(document);
  if (const Status written = write_reports(document, options.output); !written)
    return report_error(written.error());
  fmt::print("\n{} in {}\n", meaning(document.exit_code, document.kind),
             reports::format_seconds(document.seconds));
  return document.exit_code;
}

}  // namespace convcheck::cli
