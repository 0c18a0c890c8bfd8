// SPDX-License-Identifier: Apache-2.0
// The loop is compiled once per vector target, the measurement around it once.
#include "benchmarks/bandwidth.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>

#include "benchmarks/together.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/bandwidth.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace convcheck::benchmarks {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Eight sums: enough that the additions, four cycles each, are never what is waited for.
double sum_all(const float* HWY_RESTRICT data, std::size_t count) {
  const hn::ScalableTag<float> d;
  const std::size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d);
  auto s1 = s0;
  auto s2 = s0;
  auto s3 = s0;
  auto s4 = s0;
  auto s5 = s0;
  auto s6 = s0;
  auto s7 = s0;
  for (std::size_t i = 0; i < count; i += 8 * n) {
    s0 = hn::Add(s0, hn::LoadU(d, data + i));
    s1 = hn::Add(s1, hn::LoadU(d, data + i + n));
    s2 = hn::Add(s2, hn::LoadU(d, data + i + 2 * n));
    s3 = hn::Add(s3, hn::LoadU(d, data + i + 3 * n));
    s4 = hn::Add(s4, hn::LoadU(d, data + i + 4 * n));
    s5 = hn::Add(s5, hn::LoadU(d, data + i + 5 * n));
    s6 = hn::Add(s6, hn::LoadU(d, data + i + 6 * n));
    s7 = hn::Add(s7, hn::LoadU(d, data + i + 7 * n));
  }
  const auto low = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
  const auto high = hn::Add(hn::Add(s4, s5), hn::Add(s6, s7));
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high))));
}

std::size_t unit() { return 8 * hn::Lanes(hn::ScalableTag<float>()); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::benchmarks
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace convcheck::benchmarks {
namespace {

HWY_EXPORT(sum_all);
HWY_EXPORT(unit);

// The share of one core complex where a virtual machine is told of the whole socket's level 3.
constexpr std::uint64_t kMaxLevel3Bytes = std::uint64_t{1} << 25;

std::uint64_t size_of(const std::vector<CacheSize>& sizes, int level) {
  for (const CacheSize& size : sizes) {
    if (size.level == level) return level == 3 ? std::min(size.bytes, kMaxLevel3Bytes) : size.bytes;
  }
  return 0;
}

struct Aligned {
  void operator()(float* memory) const { ::operator delete[](memory, std::align_val_t(64)); }
};
using Buffer = std::unique_ptr<float[], Aligned>;

// Reads for about `seconds`; bytes read. The sums are of zeros.
double read_for(const float* data, std::size_t count, std::int64_t rounds) {
  double sum = 0;
  for (std::int64_t round = 0; round < rounds; ++round) sum += sum_of(data, count);
  const double bytes = static_cast<double>(count * sizeof(float)) * static_cast<double>(rounds);
  return bytes + sum;
}

}  // namespace

double sum_of(const float* data, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(sum_all)(data, count);
}
std::size_t read_unit() { return HWY_DYNAMIC_DISPATCH(unit)(); }

double Bandwidth::best_gbytes() const {
  return *std::max_element(samples_gbytes.begin(), samples_gbytes.end());
}

std::uint64_t working_set_bytes(const std::string& level, const std::vector<CacheSize>& sizes,
                                int threads) {
  const auto n = static_cast<std::uint64_t>(threads);
  if (level == "l1") return n * size_of(sizes, 1) / 2;
  if (level == "l2") return n * size_of(sizes, 2) / 2;
  if (level == "l3") return size_of(sizes, 3) / 2;
  return 4 * kMaxLevel3Bytes;
}

std::vector<Bandwidth> measure_bandwidth(const std::vector<CacheSize>& sizes, int threads,
                                         int samples, double sample_seconds) {
  std::vector<Bandwidth> measured;
  for (const char* level : {"l1", "l2", "l3", "dram"}) {
    const std::uint64_t all = working_set_bytes(level, sizes, threads);
    const std::size_t unit = read_unit();
    const std::size_t part =
        std::max<std::size_t>(unit, static_cast<std::size_t>(all) / sizeof(float) /
                                        static_cast<std::size_t>(threads) / unit * unit);
    std::vector<Buffer> buffers(static_cast<std::size_t>(threads));
    std::vector<std::int64_t> rounds(static_cast<std::size_t>(threads), 1);
    const auto ready = [&](int index) {
      const auto i = static_cast<std::size_t>(index);
      // Touched by the thread that reads it.
      buffers[i].reset(
          static_cast<float*>(::operator new[](part * sizeof(float), std::align_val_t(64))));
      std::fill_n(buffers[i].get(), part, 0.0F);
      const auto start = std::chrono::steady_clock::now();
      constexpr std::int64_t kTries = 3;
      read_for(buffers[i].get(), part, kTries);
      const double taken =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      rounds[i] = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(sample_seconds * kTries / std::max(taken, 1e-9)));
    };
    const auto work = [&](int index) {
      const auto i = static_cast<std::size_t>(index);
      return read_for(buffers[i].get(), part, rounds[i]);
    };
    TogetherSamples together = run_together(threads, samples, work, ready);
    Bandwidth bandwidth{
        level, threads, part * sizeof(float) * static_cast<std::uint64_t>(threads), {}};
    for (const double rate : together.amounts_per_second)
      bandwidth.samples_gbytes.push_back(rate / 1e9);
    measured.push_back(std::move(bandwidth));
  }
  return measured;
}

std::string level_of(double bytes, const std::vector<CacheSize>& sizes, int threads) {
  for (const int level : {1, 2, 3}) {
    const double caches = level == 3 ? 1 : threads;
    if (bytes <= caches * static_cast<double>(size_of(sizes, level)))
      return fmt::format("l{}", level);
  }
  return "dram";
}

}  // namespace convcheck::benchmarks
#endif  // HWY_ONCE
