// SPDX-License-Identifier: Apache-2.0
// For developers: what the certified reference costs beside the loops it replaces and beside itself
// on other data, types and operations. Every row is a ratio of one run; its label says the limit.

#include <benchmark/benchmark.h>
#include <hwy/targets.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/fma_peak.hpp"
#include "core/file.hpp"
#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "reference/naive_engine.hpp"
#include "reference/oracle.hpp"

namespace convcheck::benchmarks {
namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// A plan with its operands.
class Run {
 public:
  Run(Engine& engine, const ConvProblem& p, std::vector<Tensor> operands, int threads = 1)
      : threads_(threads),
        operands_(std::move(operands)),
        out_(p.type(p.written()), p.shape(p.written())) {
    plan_ = std::move(*engine.prepare(p, {.threads = threads}));
    std::size_t next = 0;
    for (const OperandSpec& spec : operand_specs(Chain(p)))
      addresses_.set(spec.role, spec.written ? out_.data() : operands_[next++].data());
    if (p.operation != Operation::kWgrad) static_cast<void>(plan_->pack(addresses_.w));
  }
  Run(Engine& engine, const ConvProblem& p, FillKind fill = FillKind::kNormal)
      : Run(engine, p, fill_operands(Chain(p), fill, 1)) {}

  // One call: CPU time of the only thread, which other work on the machine does not add to, or real
  // time.
  double operator()() {
    const clockid_t clock = threads_ == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    const double begin = clock_seconds(clock);
    if (!plan_->run(addresses_)) std::abort();
    return clock_seconds(clock) - begin;
  }

 private:
  int threads_;
  std::vector<Tensor> operands_;
  Tensor out_;
  std::unique_ptr<Plan> plan_;
  Operands addresses_;
};

// Least times of some calls in turns; slow calls fewer.
struct Pair {
  double a = std::numeric_limits<double>::infinity();
  double b = std::numeric_limits<double>::infinity();
};
Pair time_in_turns(Run& a, Run& b) {
  Pair least;
  double spent = 0;
  for (int turn = 0; turn < 3 || (turn < 40 && spent < 0.3); ++turn) {
    const double seconds_a = a();
    const double seconds_b = turn > 0 && least.b > 0.5 ? least.b : b();
    least.a = std::min(least.a, seconds_a);
    least.b = std::min(least.b, seconds_b);
    spent += seconds_a + seconds_b;
  }
  return least;
}

Engine& certified() {
  static const auto engine = reference::make_reference_engine();
  return *engine;
}
Engine& uncertified() {
  static const auto engine = reference::make_uncertified_engine();
  return *engine;
}
Engine& naive() {
  static const auto engine = reference::make_naive_engine();
  return *engine;
}

ConvProblem problem(const std::string& text) { return *parse_problem(text); }

const std::vector<ConvProblem>& resnet50() {
  static const std::vector<ConvProblem> list = [] {
    std::vector<ConvProblem> problems;
    const auto text = read_file(CONVCHECK_SUITES "/resnet50.problems");
    const auto lines = parse_suite(*text);
    for (const SuiteLine& line : *lines) problems.push_back(line.problem.chain.front());
    return problems;
  }();
  return list;
}

// One layer of it, for what is compared on one.
ConvProblem layer() {
  return problem("g1mb1_ic128ih28iw28_oc128oh28ow28_kh3kw3sh1sw1ph1pw1dh0dw0");
}

// Sums over problems, and the problem on which the ratio b / a is least or greatest.
struct Totals {
  double a = 0;
  double b = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  void add(const Pair& pair) {
    a += pair.a;
    b += pair.b;
    least = std::min(least, pair.b / pair.a);
    most = std::max(most, pair.b / pair.a);
  }
};

void at_least(benchmark::State& state, const Totals& t, double limit) {
  state.SetIterationTime(t.a);
  state.counters["ratio"] = t.b / t.a;
  state.counters["worst"] = t.least;
  state.SetLabel(fmt::format("at least {}", limit));
}
void at_most(benchmark::State& state, const Totals& t, double limit) {
  state.SetIterationTime(t.b);
  state.counters["ratio"] = t.b / t.a;
  state.counters["worst"] = t.most;
  state.SetLabel(fmt::format("at most {}", limit));
}

// naive / certified.
void naive_over_certified(benchmark::State& state, const std::vector<ConvProblem>& problems,
                          std::int64_t target, double limit) {
  for (auto _ : state) {
    hwy::SetSupportedTargetsForTest(target);
    Totals totals;
    double macs = 0;
    for (const ConvProblem& p : problems) {
      Run a(certified(), p);
      Run b(naive(), p);
      totals.add(time_in_turns(a, b));
      macs += p.valid_macs();
    }
    hwy::SetSupportedTargetsForTest(0);
    at_least(state, totals, limit);
    state.counters["certified_MAC/s"] = macs / totals.a;
    state.counters["naive_MAC/s"] = macs / totals.b;
  }
}

// certified / the f64 sums alone, and beside the f64 multiply-adds that one thread does at most.
void certified_over_f64(benchmark::State& state) {
  for (auto _ : state) {
    Totals totals;
    double macs = 0;
    for (const ConvProblem& p : resnet50()) {
      Run a(uncertified(), p);
      Run b(certified(), p);
      totals.add(time_in_turns(a, b));
      macs += p.valid_macs();
    }
    at_most(state, totals, 6);
    const auto peak = measure_fma_peak(ElementType::kF64, 1, 10, 0.02);
    state.counters["over_f64_peak"] = totals.b * peak->best_gflops() * 1e9 / 2 / macs;
  }
}

void slower_than(benchmark::State& state,
                 const std::vector<std::pair<ConvProblem, ConvProblem>>& pairs, double limit) {
  for (auto _ : state) {
    Totals totals;
    for (const auto& [p, q] : pairs) {
      Run a(certified(), p);
      Run b(certified(), q);
      totals.add(time_in_turns(a, b));
    }
    at_most(state, totals, limit);
  }
}

void hard_data(benchmark::State& state, const std::vector<ConvProblem>& problems,
               std::vector<Tensor> (*fill)(const ConvProblem&), double limit) {
  for (auto _ : state) {
    Totals totals;
    for (const ConvProblem& p : problems) {
      Run a(certified(), p);
      Run b(certified(), p, fill(p));
      totals.add(time_in_turns(a, b));
    }
    at_most(state, totals, limit);
    const auto result = reference::solve(problems.front(), fill(problems.front()));
    for (int tier = 0; tier < reference::kTierCount; ++tier) {
      const auto count =
          std::count(result->tier.begin(), result->tier.end(), static_cast<reference::Tier>(tier));
      if (count > 0)
        state.counters[reference::to_string(static_cast<reference::Tier>(tier))] =
            static_cast<double>(count) / static_cast<double>(result->tier.size());
    }
  }
}

std::vector<Tensor> ill_conditioned(const ConvProblem& p) {
  return fill_operands(Chain(p), FillKind::kIllConditioned, 1);
}

// Pairs of channels with products of +-2^120 that cancel, beside ordinary ones: no sum in two f64
// holds both, so every output goes to the integers.
std::vector<Tensor> beyond_two_bins(const ConvProblem& p) {
  std::vector<Tensor> operands = fill_operands(Chain(p), FillKind::kNormal, 1);
  const std::int64_t channels = p.in_channels / p.groups;
  const auto large = [&](Tensor& tensor, std::int64_t inner, bool alternating) {
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const std::int64_t channel = i / inner % channels;
      if (channel % 4 < 2) tensor.set_value(i, alternating && channel % 2 != 0 ? -0x1p60 : 0x1p60);
    }
  };
  large(operands[0], p.x_extent[0] * p.x_extent[1] * p.x_extent[2], false);
  large(operands[1], p.w_extent[0] * p.w_extent[1] * p.w_extent[2], true);
  return operands;
}

ConvProblem with_types(ConvProblem p, ElementType x, ElementType w, ElementType y) {
  p.x_type = x;
  p.w_type = w;
  p.y_type = y;
  return p;
}

std::vector<std::pair<ConvProblem, ConvProblem>> typed(ElementType x, ElementType w,
                                                       ElementType y) {
  std::vector<std::pair<ConvProblem, ConvProblem>> pairs;
  for (const ConvProblem& p : resnet50()) pairs.emplace_back(p, with_types(p, x, w, y));
  return pairs;
}

std::vector<std::pair<ConvProblem, ConvProblem>> operations(Operation operation) {
  std::vector<std::pair<ConvProblem, ConvProblem>> pairs;
  for (const ConvProblem& p : resnet50()) {
    pairs.emplace_back(p, p);
    pairs.back().second.operation = operation;
  }
  return pairs;
}

// The speed-up by two threads over that of multiply-adds in registers measured beside it, in real
// time: the median over the layers.
void two_threads(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<double> ratios;
    std::vector<double> peaks;
    double seconds = 0;
    for (const ConvProblem& p : resnet50()) {
      const auto operands = fill_operands(Chain(p), FillKind::kNormal, 1);
      Run one(certified(), p, operands, 1);
      Run two(certified(), p, operands, 2);
      const double peak_one = measure_fma_peak(ElementType::kF64, 1, 5, 0.01)->best_gflops();
      const double peak_two = measure_fma_peak(ElementType::kF64, 2, 5, 0.01)->best_gflops();
      const Pair pair = time_in_turns(one, two);
      seconds += pair.b;
      peaks.push_back(peak_two / peak_one);
      ratios.push_back(pair.a / pair.b / peaks.back());
    }
    std::sort(ratios.begin(), ratios.end());
    std::sort(peaks.begin(), peaks.end());
    state.SetIterationTime(seconds);
    state.counters["fma_scaling"] = peaks[peaks.size() / 2];
    state.counters["ratio"] = ratios[ratios.size() / 2];
    state.counters["worst"] = ratios.front();
    state.SetLabel("at least 0.9");
  }
}

double resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

// Bytes an output beyond the operands: values, S, tiers and the pages of scratch. The first row, as
// the most memory of the process is what is seen.
void memory(benchmark::State& state) {
  const ConvProblem p = problem("g1mb4_ic16ih512iw512_oc24oh512ow512_kh3kw3sh1sw1ph1pw1dh0dw0");
  const std::vector<Tensor> operands = fill_operands(Chain(p), FillKind::kNormal, 1);
  for (auto _ : state) {
    const double before = resident_bytes();
    const double begin = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    const auto result = reference::solve(p, operands);
    state.SetIterationTime(clock_seconds(CLOCK_THREAD_CPUTIME_ID) - begin);
    const auto outputs = static_cast<double>(result->value.count());
    state.counters["outputs"] = outputs;
    state.counters["bytes_an_output"] = (resident_bytes() - before) / outputs;
    state.SetLabel("at most 20");
  }
}

template <class... Arguments>
void add(const std::string& name, Arguments&&... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), std::forward<Arguments>(arguments)...)
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void add_all() {
  using enum ElementType;
  add("memory/4x24x512x512", memory);
  const std::int64_t targets = hwy::SupportedTargets();
  if ((targets & HWY_AVX3) != 0)
    add("naive_over_certified/resnet50/AVX-512", naive_over_certified, resnet50(), HWY_AVX3, 10.0);
  if ((targets & HWY_AVX2) != 0)
    add("naive_over_certified/resnet50/AVX2", naive_over_certified, resnet50(), HWY_AVX2, 6.0);
  if ((targets & HWY_SSE4) != 0)
    add("naive_over_certified/resnet50/SSE4", naive_over_certified, resnet50(), HWY_SSE4, 3.0);
  add("certified_over_f64_sums/resnet50", certified_over_f64);
  add("ill_conditioned_over_ordinary/resnet50", hard_data, resnet50(), ill_conditioned, 3.0);
  add("beyond_two_bins_over_ordinary/3x3", hard_data, std::vector{layer()}, beyond_two_bins, 80.0);
  add("f64_over_f32/resnet50", slower_than, typed(kF64, kF64, kF64), 2.5);
  add("bf16_over_f32/resnet50", slower_than, typed(kBf16, kBf16, kBf16), 1.5);
  add("f16_over_f32/resnet50", slower_than, typed(kF16, kF16, kF16), 1.5);
  add("u8s8s32_over_f32/resnet50", slower_than, typed(kU8, kS8, kS32), 1.5);
  add("deconv_over_conv/resnet50", slower_than, operations(Operation::kDeconv), 2.0);
  add("wgrad_over_conv/resnet50", slower_than, operations(Operation::kWgrad), 2.0);
  const std::pair<const char*, const char*> others[] = {
      {"depthwise_3x3", "g256mb1_ic256ih56iw56_oc256oh56ow56_kh3kw3sh1sw1ph1pw1dh0dw0"},
      {"depthwise_small_maps", "g512mb1_ic512ih7iw7_oc512oh7ow7_kh3kw3sh1sw1ph1pw1dh0dw0"},
      {"3-D", "g1mb1_ic32id16ih28iw28_oc32od16oh28ow28_kd3kh3kw3sd1sh1sw1pd1ph1pw1dd0dh0dw0"},
      {"1-D_2^20_x_4096", "g1mb1_ic1iw1048576_oc1ow1044481_kw4096sw1pw0dw0"},
      {"1-D_2^20_x_4096_deconv", "deconv:g1mb1_ic1iw1044481_oc1ow1048576_kw4096sw1pw0dw0"},
      {"1-D_2^20_x_4096_wgrad", "wgrad:g1mb1_ic1iw1048576_oc1ow1044481_kw4096sw1pw0dw0"},
      {"depthwise_deconv", "deconv:g256mb1_ic256ih56iw56_oc256oh56ow56_kh3kw3sh1sw1ph1pw1dh0dw0"}};
  for (const auto& [name, text] : others)
    add(fmt::format("naive_over_certified/{}", name), naive_over_certified,
        std::vector{problem(text)}, hwy::SupportedTargets(), 1.0);
  const std::pair<const char*, const char*> gradients[] = {
      {"depthwise_wgrad", "wgrad:g256mb1_ic256ih56iw56_oc256oh56ow56_kh3kw3sh1sw1ph1pw1dh0dw0"},
      {"depthwise_wgrad_small_maps",
       "wgrad:g512mb1_ic512ih7iw7_oc512oh7ow7_kh3kw3sh1sw1ph1pw1dh0dw0"},
      {"depthwise_wgrad_strided",
       "wgrad:g256mb1_ic256ih56iw56_oc256oh28ow28_kh3kw3sh2sw2ph1pw1dh0dw0"},
      {"depthwise_wgrad_dilated",
       "wgrad:g256mb1_ic256ih28iw28_oc256oh28ow28_kh3kw3sh1sw1ph2pw2dh1dw1"}};
  for (const auto& [name, text] : gradients) {
    for (const auto& [target, target_name] :
         {std::pair(HWY_AVX3, "AVX-512"), std::pair(HWY_AVX2, "AVX2"),
          std::pair(HWY_SSE4, "SSE4")}) {
      if ((targets & target) != 0)
        add(fmt::format("naive_over_certified/{}/{}", name, target_name), naive_over_certified,
            std::vector{problem(text)}, target, 1.0);
    }
  }
  add("two_threads_over_fma/resnet50", two_threads);
}

}  // namespace
}  // namespace convcheck::benchmarks

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  convcheck::benchmarks::add_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
