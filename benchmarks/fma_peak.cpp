// SPDX-License-Identifier: Apache-2.0
// The loop is compiled once per vector target, the measurement around it once.
#include "benchmarks/fma_peak.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "benchmarks/dot_peak.hpp"
#include "benchmarks/statistics.hpp"
#include "benchmarks/together.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/fma_peak.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace convcheck::benchmarks {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Latency times units is 8 on Zen and Intel (4 x 2), 16 on Apple and Neoverse V (4 x 4); 16
// registers hold 12 accumulators, 32 hold 16. One name each: vectors of SVE cannot be array
// elements.
constexpr bool kSixteenRegisters = HWY_ARCH_X86 != 0 && HWY_TARGET > HWY_AVX3;

// `start` holds 16 vectors. It is read from memory so that no compiler can see that the
// accumulators hold equal values and keep only one of them.
template <typename T>
FmaRun fma_loop(std::int64_t rounds, T multiplier, T addend, const T* HWY_RESTRICT start) {
  const hn::ScalableTag<T> d;
  const std::size_t n = hn::Lanes(d);
  const auto m = hn::Set(d, multiplier);
  const auto c = hn::Set(d, addend);
  auto a0 = hn::LoadU(d, start);
  auto a1 = hn::LoadU(d, start + 1 * n);
  auto a2 = hn::LoadU(d, start + 2 * n);
  auto a3 = hn::LoadU(d, start + 3 * n);
  auto a4 = hn::LoadU(d, start + 4 * n);
  auto a5 = hn::LoadU(d, start + 5 * n);
  auto a6 = hn::LoadU(d, start + 6 * n);
  auto a7 = hn::LoadU(d, start + 7 * n);
  auto a8 = hn::LoadU(d, start + 8 * n);
  auto a9 = hn::LoadU(d, start + 9 * n);
  auto a10 = hn::LoadU(d, start + 10 * n);
  auto a11 = hn::LoadU(d, start + 11 * n);
  auto a12 = hn::LoadU(d, start + 12 * n);
  auto a13 = hn::LoadU(d, start + 13 * n);
  auto a14 = hn::LoadU(d, start + 14 * n);
  auto a15 = hn::LoadU(d, start + 15 * n);
  for (std::int64_t round = 0; round < rounds; ++round) {
    a0 = hn::MulAdd(a0, m, c);
    a1 = hn::MulAdd(a1, m, c);
    a2 = hn::MulAdd(a2, m, c);
    a3 = hn::MulAdd(a3, m, c);
    a4 = hn::MulAdd(a4, m, c);
    a5 = hn::MulAdd(a5, m, c);
    a6 = hn::MulAdd(a6, m, c);
    a7 = hn::MulAdd(a7, m, c);
    a8 = hn::MulAdd(a8, m, c);
    a9 = hn::MulAdd(a9, m, c);
    a10 = hn::MulAdd(a10, m, c);
    a11 = hn::MulAdd(a11, m, c);
    if constexpr (!kSixteenRegisters) {
      a12 = hn::MulAdd(a12, m, c);
      a13 = hn::MulAdd(a13, m, c);
      a14 = hn::MulAdd(a14, m, c);
      a15 = hn::MulAdd(a15, m, c);
    }
  }
  const auto low =
      hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)), hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)));
  const auto high = hn::Add(hn::Add(hn::Add(a8, a9), hn::Add(a10, a11)),
                            hn::Add(hn::Add(a12, a13), hn::Add(a14, a15)));
  constexpr int kAccumulators = kSixteenRegisters ? 12 : 16;
  const double multiply_adds = static_cast<double>(rounds) * kAccumulators * static_cast<double>(n);
  return {.sum = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)))),
          .flops = 2 * multiply_adds};
}

FmaRun fma_loop_f32(std::int64_t rounds, float multiplier, float addend, const float* start) {
  return fma_loop<float>(rounds, multiplier, addend, start);
}

#if HWY_HAVE_FLOAT64
FmaRun fma_loop_f64(std::int64_t rounds, double multiplier, double addend, const double* start) {
  return fma_loop<double>(rounds, multiplier, addend, start);
}
#else
FmaRun fma_loop_f64(std::int64_t, double, double, const double*) { return {}; }
#endif

std::size_t max_lanes_f32() { return hn::Lanes(hn::ScalableTag<float>()); }
std::string target_name() { return hwy::TargetName(HWY_TARGET); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::benchmarks
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::benchmarks {
namespace {

HWY_EXPORT(fma_loop_f32);
HWY_EXPORT(fma_loop_f64);
HWY_EXPORT(max_lanes_f32);
HWY_EXPORT(target_name);

using Clock = std::chrono::steady_clock;

struct PeakLoop {
  std::string target;
  std::function<FmaRun(std::int64_t)> run;
};

// With multiplier 1/2 and addend 1 every accumulator settles at 2: no overflow, no subnormals.
std::optional<PeakLoop> peak_loop(ElementType type) {
  if (const DotInstruction* dot = dot_instruction(type)) return PeakLoop{dot->name, dot->run};
  const std::string target = HWY_DYNAMIC_DISPATCH(target_name)();
  if (type == ElementType::kBf16 || type == ElementType::kF16)
    return PeakLoop{target + ", widened to f32",
                    [](std::int64_t n) { return *run_fma_loop(ElementType::kF32, n, 0.5, 1); }};
  if (!run_fma_loop(type, 1, 0.5, 1)) return std::nullopt;
  return PeakLoop{target, [type](std::int64_t n) { return *run_fma_loop(type, n, 0.5, 1); }};
}

// Rounds that take about `seconds`: doubled until a run is long enough to be scaled.
std::int64_t rounds_for(const PeakLoop& loop, double seconds) {
  for (std::int64_t rounds = 1024;; rounds *= 2) {
    const auto start = Clock::now();
    loop.run(rounds);
    const double taken = std::chrono::duration<double>(Clock::now() - start).count();
    if (taken >= seconds / 4) {
      return std::max<std::int64_t>(
          1, static_cast<std::int64_t>(static_cast<double>(rounds) * seconds / taken));
    }
  }
}

}  // namespace

std::optional<FmaRun> run_fma_loop(ElementType type, std::int64_t rounds, double multiplier,
                                   double addend) {
  const std::size_t lanes = 16 * HWY_DYNAMIC_DISPATCH(max_lanes_f32)();
  if (type == ElementType::kF32) {
    const std::vector<float> start(lanes, 0.0F);
    return HWY_DYNAMIC_DISPATCH(fma_loop_f32)(rounds, static_cast<float>(multiplier),
                                              static_cast<float>(addend), start.data());
  }
  if (type == ElementType::kF64) {
    const std::vector<double> start(lanes, 0.0);
    const FmaRun run = HWY_DYNAMIC_DISPATCH(fma_loop_f64)(rounds, multiplier, addend, start.data());
    if (run.flops > 0) return run;
  }
  return std::nullopt;
}

double FmaPeak::median_gflops() const { return median(samples_gflops); }

double FmaPeak::median_cpu_share() const { return median(cpu_shares); }

double FmaPeak::best_gflops() const {
  return *std::max_element(samples_gflops.begin(), samples_gflops.end());
}

ElementType peak_type(ElementType x) { return x == ElementType::kU8 ? ElementType::kS8 : x; }

std::optional<FmaPeak> measure_fma_peak(ElementType type, int threads, int samples,
                                        double sample_seconds) {
  const std::optional<PeakLoop> loop = peak_loop(type);
  if (!loop) return std::nullopt;
  const std::int64_t rounds = rounds_for(*loop, sample_seconds);
  TogetherSamples together =
      run_together(threads, samples, [&](int) { return loop->run(rounds).flops; });
  FmaPeak peak{.type = type,
               .threads = threads,
               .target = loop->target,
               .samples_gflops = {},
               .cpu_shares = std::move(together.cpu_shares)};
  for (const double flops : together.amounts_per_second) peak.samples_gflops.push_back(flops / 1e9);
  return peak;
}

}  // namespace convcheck::benchmarks
#endif  // HWY_ONCE
