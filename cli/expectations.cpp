// SPDX-License-Identifier: Apache-2.0
#include "cli/expectations.hpp"

#include <ctime>
#include <filesystem>

#include "core/file.hpp"
#include "reports/known_failures.hpp"

namespace convcheck::cli {
namespace {

// What --fix writes holds for a quarter: long enough for a release, short enough to be read again.
constexpr int kFixedDays = 90;

// UTC, "2026-11-24".
std::string date_in(int days) {
  const std::time_t then = std::time(nullptr) + static_cast<std::time_t>(days) * 86400;
  std::tm utc{};
  ::gmtime_r(&then, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

tl::unexpected<Error> refuse_fix(const std::string& partial) {
  return fail(
      ErrorCode::kBadInput,
      "--fix: {}; a file of known failures is written anew only from a whole run of a suite",
      partial);
}

}  // namespace

void ExpectationOptions::add_to(CLI::App& app) {
  app.add_option("--expectations", file,
                 "A file of known failures (docs/validation.md): those do not fail the run; what "
                 "no longer fails, matches nothing, matches too much or has expired does");
  app.add_flag("--fix", fix,
               "Write the file of --expectations anew from this run; not from a part "
               "of a suite");
}

Result<std::vector<reports::KnownFailure>> ExpectationOptions::load(
    const std::string& partial) const {
  if (fix && file.empty())
    return fail(ErrorCode::kBadInput, "--fix needs --expectations FILE, which it writes");
  if (fix && !partial.empty()) return refuse_fix(partial);
  std::error_code ignored;
  if (file.empty() || (fix && !std::filesystem::exists(file, ignored)))
    return std::vector<reports::KnownFailure>{};
  CONVCHECK_ASSIGN(const std::string text, read_file(file));
  return reports::read_known_failures(text, file);
}

Status ExpectationOptions::apply(const std::vector<reports::KnownFailure>& entries,
                                 const std::string& partial, reports::Document& document) const {
  if (file.empty()) return {};
  const std::string today = date_in(0);
  if (!fix) {
    reports::apply_known_failures(entries, today, !partial.empty(), document);
    return {};
  }
  if (!partial.empty()) return refuse_fix(partial);
  reports::Document judged = document;
  reports::apply_known_failures(entries, today, false, judged);
  const std::vector<reports::KnownFailure> fixed =
      reports::fixed_known_failures(judged, date_in(kFixedDays));
  CONVCHECK_TRY(write_file_atomically(file, reports::known_failures_json(fixed)));
  reports::apply_known_failures(fixed, today, false, document);
  return {};
}

}  // namespace convcheck::cli
