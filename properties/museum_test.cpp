// SPDX-License-Identifier: Apache-2.0
// The museum: every planted bug is found, no innocent is accused. This program is its own worker.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <set>

#include "core/file.hpp"
#include "core/random.hpp"
#include "peers/engine_spec.hpp"
#include "peers/worker.hpp"
#include "properties/bug_suite.hpp"
#include "properties/canary_runner.hpp"
#include "properties/check_law.hpp"
#include "properties/innocents.hpp"
#include "properties/power.hpp"
#include "properties/power_record.hpp"

namespace convcheck::properties {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // Their allocators count nothing.
#else
constexpr bool kSanitized = false;
#endif

const std::vector<SuiteLine>& suite() {
  static const std::vector<SuiteLine> lines = *parse_suite(kBugSuite);
  return lines;
}

Result<std::unique_ptr<Engine>> engine(std::string_view name) {
  return name.substr(0, 7) == "mutant:" ? make_mutant(name) : make_innocent(name);
}

Result<std::unique_ptr<Runner>> start_worker(const std::string& name) {
  CONVCHECK_ASSIGN(const peers::EngineSpec spec, peers::parse_engine_spec(name));
  peers::RunnerOptions options;
  options.built_in = {"mutant", "innocent"};
  options.case_timeout_seconds = 60;
  return peers::make_runner(spec, options);
}

Result<std::unique_ptr<Runner>> start(const Mutant& mutant) {
  if (mutant.needs_worker) return start_worker(fmt::format("mutant:{}", mutant.name));
  CONVCHECK_ASSIGN(std::unique_ptr<Engine> made, make_mutant(mutant.name));
  return make_canary_runner(std::move(made));
}

ValidateOptions options() {
  ValidateOptions options;
  options.threads = {1, 2, 3, 7, 33};
  return options;
}

bool judged_here(const Mutant& mutant) {
  return !kSanitized || mutant.name != std::string_view("leaks-every-call");
}

// One letter a pass, in order: indexing, arithmetic, conditioning, memory, state, threads, layout,
// concurrency, special, environment, robustness.
constexpr std::string_view kLetters = "iacmstlCSer";
static_assert(kLetters.size() == kPasses.size());

TEST(Museum, EveryPlantedBugIsFoundAndThePassesThatFindIt) {
  const Power power = measure_power(start, suite(), options(), {.showing_problems = 2});
  std::array<int, kPasses.size()> kills{};
  std::array<int, kPasses.size()> alone{};
  std::printf("%-36s %-7s %-11s %s\n", "planted bug", "class", "passes", "first problem");
  for (const PowerRow& row : power.rows) {
    std::string letters;
    std::string first;
    for (std::size_t i = 0; i < kPasses.size(); ++i) {
      letters += row.found[i].empty() ? '.' : kLetters[i];
      kills[i] += row.found[i].empty() ? 0 : 1;
      if (first.empty()) first = row.found[i];
    }
    const auto found = static_cast<std::size_t>(
        std::count_if(letters.begin(), letters.end(), [](char c) { return c != '.'; }));
    for (std::size_t i = 0; i < kPasses.size() && found == 1; ++i) alone[i] += letters[i] != '.';
    std::printf("%-36s %-7s %-11s %s\n", std::string(row.mutant->name).c_str(),
                std::string(row.mutant->kind).c_str(), letters.c_str(), first.c_str());
    EXPECT_TRUE(row.seen() || !judged_here(*row.mutant))
        << row.mutant->name << " escapes every pass. " << row.error;
  }
  std::printf("\n%-16s %-6s %s\n", "pass", "finds", "alone");
  for (std::size_t i = 0; i < kPasses.size(); ++i)
    std::printf("%-16s %-6d %d\n", to_string(kPasses[i]), kills[i], alone[i]);
  // A pass that finds nothing demands nothing.
  for (std::size_t i = 0; i < kPasses.size(); ++i) EXPECT_GT(kills[i], 0) << to_string(kPasses[i]);
}

TEST(Museum, NoInnocentIsAccused) {
  EXPECT_GE(innocents().size(), 20U);
  for (const Innocent* innocent : innocents()) {
    const auto runner = start_worker(fmt::format("innocent:{}", innocent->name));
    ASSERT_TRUE(runner) << runner.error().message;
    for (const std::uint64_t seed : {1, 2}) {
      ValidateOptions smoke = options();
      smoke.seed = seed;
      smoke.profile = Profile::kSmoke;
      const ValidationResult result = validate_engine(**runner, suite(), smoke);
      EXPECT_GT(result.totals().holds, 300) << innocent->name;
      for (const ProblemValidation& problem : result.problems)
        for (const PassVerdict& pass : problem.passes)
          EXPECT_FALSE(is_failure(pass, Level::kInformative))
              << innocent->name << " " << problem.problem << " " << pass.verdict.law << ": "
              << pass.verdict.detail;
    }
  }
}

TEST(Museum, NoInnocentIsAccusedAtFullEffort) {
  for (const Innocent* innocent : innocents()) {
    const auto runner = start_worker(fmt::format("innocent:{}", innocent->name));
    ASSERT_TRUE(runner) << runner.error().message;
    const ValidationResult result =
        validate_engine(**runner, std::span(suite()).first(4), options());
    for (const ProblemValidation& problem : result.problems)
      for (const PassVerdict& pass : problem.passes)
        EXPECT_FALSE(is_failure(pass, Level::kRecommended))
            << innocent->name << " " << problem.problem << " " << pass.verdict.law << ": "
            << pass.verdict.detail;
  }
}

TEST(Museum, NoLawIsRefutedByTheCorrectEngine) {
  const auto runner = make_canary_runner(make_plain_engine());
  for (const Law* law : laws()) {
    const Verdict verdict = check_law(*law, *runner, {});
    EXPECT_FALSE(is_failure(verdict, law->expected))
        << law->id << ": " << to_string(verdict.kind) << " " << verdict.detail;
  }
}

TEST(Museum, BugsAreNamedOnceAndSayWhatTheyMirror) {
  // The classes of real bugs.
  const std::set<std::string_view> classes = {
      "PAD",   "OOBR", "TRANSP", "GROUP",  "OVF",  "SIZE",  "TAIL", "STRIDE", "STALE",  "INT8",
      "CRASH", "RACE", "LAYOUT", "OOBW",   "ZERO", "BATCH", "DIL",  "PREC",   "NAN",    "WINO",
      "ALIGN", "BIAS", "FLIP",   "UNINIT", "IDX",  "LEAK",  "FTZ",  "INMOD",  "RETCODE"};
  std::set<std::string_view> names;
  std::set<std::string_view> kinds;
  for (const Mutant* mutant : mutants()) {
    EXPECT_TRUE(names.insert(mutant->name).second) << mutant->name;
    EXPECT_TRUE(classes.count(mutant->kind)) << mutant->name << " " << mutant->kind;
    kinds.insert(mutant->kind);
    EXPECT_EQ(mutant->source.substr(0, 19), "https://github.com/");
    EXPECT_FALSE(mutant->bug.empty());
    EXPECT_TRUE(make_mutant(mutant->name));
  }
  EXPECT_GE(names.size(), 80U);
  EXPECT_EQ(kinds, classes);
  const auto unknown = make_mutant("mutant:nobody");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("stale-weights"), std::string::npos);
}

TEST(Power, IsNoneWithoutProblemsAndFallsWithTheShare) {
  const Power nothing = measure_power(start, {}, {});
  EXPECT_EQ(nothing.seen(), 0);
  EXPECT_EQ(nothing.rows.size(), mutants().size());
  EXPECT_NE(nothing.summary().find("not right-column-of-asymmetric-padding, "), std::string::npos);
  EXPECT_EQ(escape_chance(0.5, 3), 0.125);
}

template <std::uint64_t kDivisor>
bool one_in(const Mutant& mutant) {
  return stable_hash(mutant.name) % kDivisor == 0;
}

// Some bugs of each record are measured anew.
TEST(Power, RecordsAreCurrent) {
  std::set<std::string_view> names;
  for (const Mutant* mutant : mutants()) names.insert(mutant->name);
  for (const PowerRecord& record : power_records()) {
    const auto text = read_file(fmt::format("{}/{}.problems", CONVCHECK_SUITES, record.suite));
    ASSERT_TRUE(text) << text.error().message;
    const std::vector<SuiteLine> lines = *parse_suite(*text);
    const std::string how = fmt::format(
        "record of {} {}: measure it with convcheck validate --suite {} --profile {} "
        "--power; its problems are {:#x}, version {}, faults {}",
        record.suite, to_string(record.profile), record.suite, to_string(record.profile),
        problems_hash(lines), kProfileVersion, mutants().size());
    ValidateOptions asked;
    asked.profile = record.profile;
    asked.threads = record.threads;
    EXPECT_EQ(recorded_power(lines, asked), &record) << how;
    for (const std::string_view name : record.missed) EXPECT_TRUE(names.contains(name)) << name;
    if (kSanitized) continue;
    // Full effort takes long.
    const PowerOptions some = {.takes = record.profile == Profile::kSmoke ? one_in<8> : one_in<24>};
    const Power power = measure_power(start, lines, asked, some);
    EXPECT_GT(power.rows.size(), 2U);
    for (const PowerRow& row : power.rows) {
      const bool missed = std::find(record.missed.begin(), record.missed.end(), row.mutant->name) !=
                          record.missed.end();
      EXPECT_EQ(row.seen(), !missed) << row.mutant->name << "; " << how;
    }
    asked.passes = {Pass::kIndexing};
    EXPECT_EQ(recorded_power(lines, asked), nullptr);
    asked.passes.assign(kPasses.begin(), kPasses.end());
    asked.threads = {1};
    EXPECT_EQ(recorded_power(lines, asked), nullptr);
    EXPECT_EQ(recorded_power(std::span(lines).first(1), asked), nullptr);
  }
}

TEST(Power, OneDenseProblemShowsNoBugOfGroups) {
  ValidateOptions indexing;
  indexing.passes = {Pass::kIndexing};
  const Power power = measure_power(start, *parse_suite("mb1ic2ih4oc2oh4kh3ph1"), indexing);
  for (const PowerRow& row : power.rows) {
    EXPECT_FALSE(row.seen() && row.mutant->kind == "GROUP") << row.mutant->name;
  }
  EXPECT_GT(power.seen(), 5);
}

}  // namespace
}  // namespace convcheck::properties

int main(int argc, char** argv) {
  using namespace convcheck;
  if (argc == 2 && std::strcmp(argv[1], "worker") == 0) {
    peers::WorkerServices services;
    services.engine = properties::engine;
    const Result<int> code = peers::worker_main_from_environment(services);
    return code ? *code : 2;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
