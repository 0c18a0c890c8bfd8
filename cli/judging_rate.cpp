// SPDX-License-Identifier: Apache-2.0
// For developers: cases a second of the certified judge beside those of a tester as most are, whose
// reference is a plain f32 loop under a tolerance; the same engine, runner, data and threads.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "optimized/engine.hpp"
#include "peers/in_process_runner.hpp"
#include "properties/passes.hpp"
#include "reference/naive_engine.hpp"

namespace convcheck {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "convcheck_judging_rate: %s\n", what.c_str());
  std::exit(1);
}

// One problem with its data; the data are drawn before the clock starts.
struct Prepared {
  Chain chain;
  std::vector<Tensor> operands;
  Environment environment;
};

// The certified result, the bound of the plan's claim, and the verdict.
double judge(Runner& runner, const Prepared& p, int threads) {
  const double begin = now();
  auto expectation = properties::Expectation::solve(p.chain, p.operands, {threads});
  require(expectation.has_value(), to_string(p.chain));
  const properties::CaseJudgement judged =
      properties::judge_case(runner, {p.chain, p.operands, p.environment}, *expectation);
  require(!judged.judgement.is_bad(), to_string(p.chain) + ": " + judged.judgement.detail);
  return now() - begin;
}

// Loops over f32, and every output within 1e-3 of theirs, relative or absolute.
double test_naively(Runner& runner, Engine& naive, const Prepared& p, int threads) {
  const double begin = now();
  const ConvProblem& problem = p.chain.front();
  auto plan = naive.prepare(problem, {threads, LayoutChoice::kPlain});
  require(plan.has_value(), to_string(p.chain));
  Tensor expected(problem.type(problem.written()), problem.shape(problem.written()));
  std::vector<Tensor> operands = p.operands;
  Operands addresses;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(p.chain))
    addresses.set(spec.role, spec.written ? expected.data() : operands[next++].data());
  require((*plan)->pack(addresses.w) && (*plan)->run(addresses), to_string(p.chain));
  const Outcome outcome = runner.run({p.chain, p.operands, p.environment});
  require(outcome.output.has_value(), to_string(p.chain) + ": " + outcome.reason);
  const auto r = expected.values<float>();
  const auto e = outcome.output->values<float>();
  for (std::size_t i = 0; i < r.size(); ++i)
    require(std::fabs(e[i] - r[i]) <= 1e-3F + 1e-3F * std::fabs(r[i]), to_string(p.chain));
  return now() - begin;
}

int run(const std::string& suite, int turns) {
  const auto text = read_file(CONVCHECK_SUITES "/" + suite + ".problems");
  require(text.has_value(), text ? suite : text.error().message);
  const auto lines = parse_suite(*text);
  require(lines.has_value(), lines ? suite : lines.error().message);
  const auto naive = reference::make_naive_engine();
  fmt::print("{} problems of {}, one data set each; least of {} turns\n", lines->size(), suite,
             turns);
  fmt::print("threads  judge, cases/s  naive, cases/s  ratio  least ratio of a problem\n");
  for (const int threads : {1, 2}) {
    peers::InProcessRunner runner(std::move(*optimized::make_engine("auto")));
    double judge_seconds = 0;
    double naive_seconds = 0;
    double least = std::numeric_limits<double>::infinity();
    for (const SuiteLine& line : *lines) {
      Prepared p{line.problem.chain, {}, {}};
      p.operands = fill_operands(p.chain, FillKind::kNormal, 1);
      p.environment.threads = threads;
      double a = std::numeric_limits<double>::infinity();
      double b = a;
      for (int turn = 0; turn < turns; ++turn) {
        a = std::min(a, judge(runner, p, threads));
        b = std::min(b, test_naively(runner, *naive, p, threads));
      }
      judge_seconds += a;
      naive_seconds += b;
      least = std::min(least, b / a);
    }
    const auto cases = static_cast<double>(lines->size());
    fmt::print("{:>7}  {:>14.2f}  {:>14.2f}  {:>5.2f}  {:>5.2f}\n", threads, cases / judge_seconds,
               cases / naive_seconds, naive_seconds / judge_seconds, least);
  }
  return 0;
}

}  // namespace
}  // namespace convcheck

int main(int argc, char** argv) {
  return convcheck::run(argc > 1 ? argv[1] : "resnet50", argc > 2 ? std::stoi(argv[2]) : 3);
}
