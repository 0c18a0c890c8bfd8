// SPDX-License-Identifier: Apache-2.0
// For developers: what a fork and join costs, and the reference beside the loops of the definition.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/fill.hpp"
#include "core/problem.hpp"
#include "core/thread_pool.hpp"
#include "reference/definition.hpp"
#include "reference/oracle.hpp"

namespace convcheck::benchmarks {
namespace {

void fork_join(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  for (auto _ : state) pool.run([](int part) { benchmark::DoNotOptimize(part); });
}
BENCHMARK(fork_join)->Arg(1)->Arg(2)->Arg(4)->UseRealTime();

// 64 channels of 28 x 28, 3 x 3 kernel.
ConvProblem layer() {
  ConvProblem p;
  p.in_channels = p.out_channels = 64;
  p.x_extent = p.y_extent = {1, 28, 28};
  p.w_extent = {1, 3, 3};
  p.pad_begin = {0, 1, 1};
  return p;
}

void count_multiply_adds(benchmark::State& state) {
  state.counters["MAC"] =
      benchmark::Counter(layer().valid_macs(), benchmark::Counter::kIsIterationInvariantRate);
}

void oracle(benchmark::State& state) {
  const std::vector<Tensor> operands = fill_operands(Chain(layer()), FillKind::kNormal, 1);
  const reference::OracleOptions options{.threads = static_cast<int>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(reference::solve(layer(), operands, options));
  count_multiply_adds(state);
}
BENCHMARK(oracle)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

template <typename Real>
void definition_loops(benchmark::State& state) {
  const std::vector<Tensor> operands = fill_operands(Chain(layer()), FillKind::kNormal, 1);
  reference::Values<Real> values;
  values.x.assign(operands[0].values<float>().begin(), operands[0].values<float>().end());
  values.w.assign(operands[1].values<float>().begin(), operands[1].values<float>().end());
  for (auto _ : state) benchmark::DoNotOptimize(reference::definition(layer(), values));
  count_multiply_adds(state);
}
BENCHMARK_TEMPLATE(definition_loops, float)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(definition_loops, double)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace convcheck::benchmarks

BENCHMARK_MAIN();
