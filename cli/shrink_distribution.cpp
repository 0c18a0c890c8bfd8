// SPDX-License-Identifier: Apache-2.0
// How small counterexamples of the planted bugs become, and how fast: one row a bug, over the laws
// and passes that it violates, and the distribution. For developers: convcheck_shrink_distribution.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/stopwatch.hpp"
#include "core/problem_text.hpp"
#include "peers/engine_spec.hpp"
#include "peers/worker.hpp"
#include "properties/bug_suite.hpp"
#include "properties/canary_runner.hpp"
#include "properties/mutants.hpp"
#include "properties/shrink.hpp"
#include "properties/validate.hpp"
#include "reports/summary.hpp"

namespace {

using namespace convcheck;              // NOLINT(google-build-using-namespace)
using namespace convcheck::properties;  // NOLINT(google-build-using-namespace)

// Cases drawn for a law and a bug.
constexpr int kCases = 30;

// One violation, shrunk.
struct Sample {
  std::string law, problem;
  bool wrong_value = false;  // And not a fault, a stray write, an error.
  double seconds = 0;
  double extent = 0;    // The largest in space of the data operand that the first step reads.
  double nonzeros = 0;  // Of all operands.
  bool exhausted = false;
};

Sample measured(const Law& law, Runner& runner, const Case& c, const Judgement& judgement) {
  const cli::Stopwatch watch;
  const Shrunk shrunk = shrink_to_minimum(law, runner, c, judgement);
  Sample sample;
  sample.seconds = watch.seconds();
  sample.law = law.id;
  sample.problem = to_string(shrunk.smallest.chain);
  sample.exhausted = shrunk.exhausted;
  sample.wrong_value = shrunk.judgement.discrepancy.has_value();
  const ConvProblem& p = shrunk.smallest.chain.front();
  const Shape shape = p.shape(p.data_input());
  for (std::size_t axis = 2; axis < shape.size(); ++axis)
    sample.extent = std::max(sample.extent, static_cast<double>(shape[axis]));
  for (const Tensor& t : shrunk.smallest.operands) {
    for (std::int64_t i = 0; i < t.count(); ++i) sample.nonzeros += t.value(i) != 0 ? 1 : 0;
  }
  return sample;
}

Result<std::unique_ptr<Runner>> start(const Mutant& mutant) {
  if (!mutant.needs_worker) {
    CONVCHECK_ASSIGN(std::unique_ptr<Engine> engine, make_mutant(mutant.name));
    return make_canary_runner(std::move(engine));
  }
  CONVCHECK_ASSIGN(const peers::EngineSpec spec,
                   peers::parse_engine_spec(fmt::format("mutant:{}", mutant.name)));
  peers::RunnerOptions options;
  options.built_in = {"mutant"};
  return peers::make_runner(spec, options);
}

// The first violation of each law that the bug violates, shrunk.
void add_laws(Runner& runner, std::uint64_t seed, std::vector<Sample>& samples) {
  for (const Law* law : laws()) {
    if (law->expected == Truth::kFalse) continue;
    const auto next = case_stream(*law, seed);
    for (int i = 0; i < kCases; ++i) {
      const Case c = next();
      const Judgement judgement = law->holds(runner, c);
      if (!judgement.is_bad()) continue;
      samples.push_back(measured(*law, runner, c, judgement));
      break;
    }
  }
}

// The same of each pass of a validation, on the problems of the museum.
void add_passes(Runner& runner, std::uint64_t seed, std::vector<Sample>& samples) {
  ValidateOptions options;
  options.seed = seed;
  options.threads = {1, 2, 3, 7, 33};
  std::set<Pass> done;
  const std::vector<SuiteLine> suite = *parse_suite(kBugSuite);
  for (const SuiteLine& line : suite) {
    const Chain& chain = line.problem.chain;
    if (!runner.supports(chain)) continue;
    ProblemExpectations expectations(options);
    for (const PassCase& pass_case : problem_cases(chain, options)) {
      if (done.count(pass_case.pass) != 0) continue;
      const Result<PassQuestion> question = expectations.question(chain, pass_case);
      if (!question) continue;
      const CaseJudgement judged = judge_case(runner, question->c, *question->expectation);
      // As validate_engine does it.
      if (!judged.judgement.is_bad() || judged.judgement.kind == Judgement::Kind::kTimedOut)
        continue;
      samples.push_back(measured(pass_law(pass_case.pass), runner, question->c, judged.judgement));
      done.insert(pass_case.pass);
    }
  }
}

// q = 0.5: the median, the larger of two. Of a list that is not empty.
double quantile(const std::vector<Sample>& samples, double Sample::*what, double q) {
  std::vector<double> values;
  for (const Sample& s : samples) values.push_back(s.*what);
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(q * last + 0.5)];
}

const Sample& most(const std::vector<Sample>& samples, double Sample::*what) {
  return *std::max_element(samples.begin(), samples.end(),
                           [&](const Sample& a, const Sample& b) { return a.*what < b.*what; });
}

std::vector<std::string> row_of(const Mutant& mutant, const std::vector<Sample>& samples) {
  std::vector<std::string> row{std::string(mutant.name), std::string(mutant.kind),
                               fmt::format("{}", samples.size())};
  for (const auto what : {&Sample::seconds, &Sample::extent, &Sample::nonzeros}) {
    for (const double q : {0.5, 1.0})
      row.push_back(samples.empty() ? "" : fmt::format("{:.2g}", quantile(samples, what, q)));
  }
  row.push_back(samples.empty() ? "" : most(samples, &Sample::nonzeros).law);
  return row;
}

// Kinds of bugs, and how many of each.
using Kinds = std::map<std::string_view, int>;

std::string counted(const Kinds& kinds) {
  int bugs = 0;
  std::string names;
  for (const auto& [kind, count] : kinds) {
    bugs += count;
    names += fmt::format("{}{} {}", names.empty() ? ": " : ", ", count, kind);
  }
  return fmt::format("{} bugs{}", bugs, names);
}

void print_distribution(const char* what, const std::vector<Sample>& all) {
  if (all.empty()) return;
  reports::Table table;
  table.rows.push_back(
      {fmt::format("{} {}", all.size(), what), "25 %", "50 %", "75 %", "90 %", "99 %", "100 %"});
  const auto add = [&](const char* name, double Sample::*member) {
    std::vector<std::string> row{name};
    for (const double q : {0.25, 0.5, 0.75, 0.9, 0.99, 1.0})
      row.push_back(fmt::format("{:.2g}", quantile(all, member, q)));
    table.rows.push_back(std::move(row));
  };
  add("seconds", &Sample::seconds);
  add("largest extent of the input", &Sample::extent);
  add("non-zeros", &Sample::nonzeros);
  fmt::print("{}\n", reports::to_text(table));
}

int print_all(const std::vector<Sample>& all) {
  std::vector<Sample> wrong;
  std::copy_if(all.begin(), all.end(), std::back_inserter(wrong),
               [](const Sample& s) { return s.wrong_value; });
  print_distribution("violations", all);
  print_distribution("of them wrong values", wrong);
  fmt::print("{} were shrunk until nothing smaller was bad\n",
             std::count_if(all.begin(), all.end(), [](const Sample& s) { return s.exhausted; }));
  for (const auto what : {&Sample::seconds, &Sample::extent, &Sample::nonzeros}) {
    const Sample& worst = most(all, what);
    fmt::print("{:.2g}: {} on {}\n", worst.*what, worst.law, worst.problem);
  }
  const bool within = quantile(all, &Sample::seconds, 1) < 5 &&
                      quantile(wrong, &Sample::extent, 0.5) <= 3 &&
                      quantile(wrong, &Sample::nonzeros, 0.5) <= 4;
  return within ? 0 : 1;
}

int serve() {
  peers::WorkerServices services;
  services.engine = make_mutant;
  const Result<int> code = peers::worker_main_from_environment(services);
  return code ? *code : 2;
}

}  // namespace

// Exit code 1: a figure is beyond its limit: 5 s for each; of wrong values median extent 3, median
// 4 non-zeros.
int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "worker") == 0) return serve();
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::string_view only = argc > 2 ? argv[2] : "";
  std::vector<Sample> all;
  Kinds unseen_by_laws;
  Kinds unseen;
  reports::Table table;
  table.rows.push_back({"planted bug", "kind", "seen by", "seconds", "at most", "extent", "at most",
                        "non-zeros", "at most", "most in"});
  for (const Mutant* mutant : mutants()) {
    if (!only.empty() && mutant->name != only) continue;
    const Result<std::unique_ptr<Runner>> runner = start(*mutant);
    CONVCHECK_CHECK(runner, runner.error().message);
    std::vector<Sample> samples;
    add_laws(**runner, seed, samples);
    if (samples.empty()) ++unseen_by_laws[mutant->kind];
    add_passes(**runner, seed, samples);
    if (samples.empty()) ++unseen[mutant->kind];
    all.insert(all.end(), samples.begin(), samples.end());
    table.rows.push_back(row_of(*mutant, samples));
    for (const Sample& s : only.empty() ? std::vector<Sample>() : samples)
      fmt::print("{:<32} {:.3f} s {:>3} {:>3} {} {}\n", s.law, s.seconds, s.extent, s.nonzeros,
                 s.exhausted, s.problem);
  }
  fmt::print("{}\nseen by no law in {} cases, {}\nby no pass either, {}\n\n",
             reports::to_text(table), kCases, counted(unseen_by_laws), counted(unseen));
  return all.empty() ? 1 : print_all(all);
}
