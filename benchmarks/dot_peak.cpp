// SPDX-License-Identifier: Apache-2.0
// Highway 1.0.3 has none of these but the 16-bit pairs, so the others are named one by one.
#include "benchmarks/dot_peak.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/dot_peak.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace convcheck::benchmarks {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // Has no vector of two.
FmaRun pairs_loop(std::int64_t rounds, const std::int16_t* HWY_RESTRICT ones) {
  std::int32_t sum = 0;
  for (std::int64_t round = 0; round < rounds; ++round) sum += ones[round & 3] * ones[8];
  return {.sum = static_cast<double>(sum), .flops = 2 * static_cast<double>(rounds)};
}
#else
// Sums of eight vectors by a kernel like a matrix product's: one vector of x a round, from memory,
// because a product that did not change would be taken out of the loop. `ones` holds 8 + 4 vectors.
FmaRun pairs_loop(std::int64_t rounds, const std::int16_t* HWY_RESTRICT ones) {
  const hn::ScalableTag<std::int32_t> d32;
  const hn::Repartition<std::int16_t, decltype(d32)> d16;
  const std::size_t n = hn::Lanes(d16);
  const std::int16_t* HWY_RESTRICT xs = ones + 8 * n;
  const auto zero = hn::Zero(d32);
  auto a0 = zero;
  auto a1 = zero;
  auto a2 = zero;
  auto a3 = zero;
  auto a4 = zero;
  auto a5 = zero;
  auto a6 = zero;
  auto a7 = zero;
  auto b0 = zero;
  auto b1 = zero;
  auto b2 = zero;
  auto b3 = zero;
  auto b4 = zero;
  auto b5 = zero;
  auto b6 = zero;
  auto b7 = zero;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const auto x = hn::LoadU(d16, xs + static_cast<std::size_t>(round & 3) * n);
    a0 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones), a0, b0);
    a1 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 1 * n), a1, b1);
    a2 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 2 * n), a2, b2);
    a3 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 3 * n), a3, b3);
    a4 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 4 * n), a4, b4);
    a5 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 5 * n), a5, b5);
    a6 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 6 * n), a6, b6);
    a7 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, ones + 7 * n), a7, b7);
  }
  const auto first =
      hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)), hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)));
  const auto second =
      hn::Add(hn::Add(hn::Add(b0, b1), hn::Add(b2, b3)), hn::Add(hn::Add(b4, b5), hn::Add(b6, b7)));
  return {.sum = static_cast<double>(hn::GetLane(hn::SumOfLanes(d32, hn::Add(first, second)))),
          .flops = 2 * static_cast<double>(rounds) * 8 * static_cast<double>(n)};
}

#endif

std::size_t lanes_s16() { return hn::Lanes(hn::ScalableTag<std::int16_t>()); }
std::string pairs_name() { return std::string("16-bit pairs, ") + hwy::TargetName(HWY_TARGET); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace convcheck::benchmarks
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#if HWY_ARCH_X86_64
#include <cpuid.h>
#include <immintrin.h>
#elif HWY_ARCH_ARM_A64 && defined(__linux__)
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

namespace convcheck::benchmarks {
namespace {

HWY_EXPORT(pairs_loop);
HWY_EXPORT(lanes_s16);
HWY_EXPORT(pairs_name);

FmaRun run_pairs(std::int64_t rounds) {
  const std::vector<std::int16_t> ones(12 * HWY_DYNAMIC_DISPATCH(lanes_s16)(), 1);
  return HWY_DYNAMIC_DISPATCH(pairs_loop)(rounds, ones.data());
}

template <typename T, std::size_t kCount>
double sum_of(const std::array<T, kCount>& lanes) {
  double sum = 0;
  for (const T lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

double flops_of(std::int64_t rounds, int accumulators, int multiply_adds) {
  return 2 * static_cast<double>(rounds) * accumulators * multiply_adds;
}

#if HWY_ARCH_X86_64

// Every accumulator begins at a value from memory: equal ones would be computed once.
constexpr std::array<std::int32_t, 16> kZeros{};

__attribute__((target("avx512f,avx512vnni"))) FmaRun run_vpdpbusd_512(std::int64_t rounds) {
  const volatile std::int32_t* zeros = kZeros.data();
  __m512i sums[12];  // std::array would drop the alignment of its elements\' type.
  for (__m512i& sum : sums) sum = _mm512_set1_epi32(*zeros);
  const __m512i one = _mm512_set1_epi8(1);
  for (std::int64_t round = 0; round < rounds; ++round)
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, one, one);
  double total = 0;
  for (const __m512i& sum : sums) {
    std::array<std::int32_t, 16> lanes;
    _mm512_storeu_si512(lanes.data(), sum);
    total += sum_of(lanes);
  }
  return {.sum = total, .flops = flops_of(rounds, 12, 64)};
}

__attribute__((target("avx2,avxvnni"))) FmaRun run_vpdpbusd_256(std::int64_t rounds) {
  const volatile std::int32_t* zeros = kZeros.data();
  __m256i sums[12];
  for (__m256i& sum : sums) sum = _mm256_set1_epi32(*zeros);
  const __m256i one = _mm256_set1_epi8(1);
  for (std::int64_t round = 0; round < rounds; ++round)
    for (__m256i& sum : sums) sum = _mm256_dpbusd_avx_epi32(sum, one, one);
  double total = 0;
  for (const __m256i& sum : sums) {
    std::array<std::int32_t, 8> lanes;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes.data()), sum);
    total += sum_of(lanes);
  }
  return {.sum = total, .flops = flops_of(rounds, 12, 32)};
}

__attribute__((target("avx512f,avx512bf16"))) FmaRun run_vdpbf16ps(std::int64_t rounds) {
  const volatile std::int32_t* zeros = kZeros.data();
  __m512 sums[12];
  for (__m512& sum : sums) sum = _mm512_castsi512_ps(_mm512_set1_epi32(*zeros));
  // Both bf16 ones of a lane.
  const auto one = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3F803F80));
  for (std::int64_t round = 0; round < rounds; ++round)
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, one, one);
  double total = 0;
  for (const __m512& sum : sums) {
    std::array<float, 16> lanes;
    _mm512_storeu_ps(lanes.data(), sum);
    total += sum_of(lanes);
  }
  return {.sum = total, .flops = flops_of(rounds, 12, 32)};
}

// Leaf 7, subleaf 1 (Intel SDM, volume 2A, CPUID): bit 4 AVX-VNNI, bit 5 AVX512_BF16.
bool leaf7_1_eax(int bit) {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> bit & 1U) != 0;
}

std::vector<DotInstruction> architecture_instructions() {
  const bool avx512 = __builtin_cpu_supports("avx512f") != 0;
  return {{ElementType::kBf16, "vdpbf16ps zmm", avx512 && leaf7_1_eax(5), run_vdpbf16ps},
          {ElementType::kS8, "vpdpbusd zmm", avx512 && __builtin_cpu_supports("avx512vnni") != 0,
           run_vpdpbusd_512},
          {ElementType::kS8, "vpdpbusd ymm", __builtin_cpu_supports("avx2") != 0 && leaf7_1_eax(4),
           run_vpdpbusd_256}};
}

#elif HWY_ARCH_ARM_A64 && defined(__linux__)

// As assembly, because the compilers' intrinsics exist only in functions of a newer architecture.
#define CONVCHECK_DOT_LOOP(NAME, LANE, VECTOR, ZERO, INSTRUCTION, ONES, MULTIPLY_ADDS)       \
  FmaRun NAME(std::int64_t rounds) {                                                         \
    VECTOR sums[16];                                                                         \
    for (VECTOR & sum : sums) sum = ZERO;                                                    \
    const int8x16_t one = ONES;                                                              \
    for (std::int64_t round = 0; round < rounds; ++round)                                    \
      for (VECTOR & sum : sums) asm(".arch armv8.6-a\n" INSTRUCTION : "+w"(sum) : "w"(one)); \
    double total = 0;                                                                        \
    for (const VECTOR& sum : sums) {                                                         \
      std::array<LANE, 4> lanes;                                                             \
      std::memcpy(lanes.data(), &sum, sizeof lanes);                                         \
      total += sum_of(lanes);                                                                \
    }                                                                                        \
    return {.sum = total, .flops = flops_of(rounds, 16, MULTIPLY_ADDS)};                     \
  }

CONVCHECK_DOT_LOOP(run_smmla, std::int32_t, int32x4_t, vdupq_n_s32(0),
                   "smmla %0.4s, %1.16b, %1.16b", vdupq_n_s8(1), 32)
CONVCHECK_DOT_LOOP(run_sdot, std::int32_t, int32x4_t, vdupq_n_s32(0), "sdot %0.4s, %1.16b, %1.16b",
                   vdupq_n_s8(1), 16)
CONVCHECK_DOT_LOOP(run_bfmmla, float, float32x4_t, vdupq_n_f32(0), "bfmmla %0.4s, %1.8h, %1.8h",
                   vreinterpretq_s8_u16(vdupq_n_u16(0x3F80)), 16)
#undef CONVCHECK_DOT_LOOP

std::vector<DotInstruction> architecture_instructions() {
  // Linux, Documentation/arm64/elf_hwcaps.rst; the numbers are those of asm/hwcap.h.
  const bool dot = (getauxval(AT_HWCAP) >> 20 & 1U) != 0;
  const bool i8mm = (getauxval(AT_HWCAP2) >> 13 & 1U) != 0;
  const bool bf16 = (getauxval(AT_HWCAP2) >> 14 & 1U) != 0;
  return {{ElementType::kBf16, "bfmmla", bf16, run_bfmmla},
          {ElementType::kS8, "smmla", i8mm, run_smmla},
          {ElementType::kS8, "sdot", dot, run_sdot}};
}

#else

std::vector<DotInstruction> architecture_instructions() { return {}; }

#endif

std::vector<DotInstruction> all_instructions() {
  std::vector<DotInstruction> all = architecture_instructions();
  all.push_back({ElementType::kS8, HWY_DYNAMIC_DISPATCH(pairs_name)(), true, run_pairs});
  return all;
}

}  // namespace

const std::vector<DotInstruction>& dot_instructions() {
  static const std::vector<DotInstruction> all = all_instructions();
  return all;
}

const DotInstruction* dot_instruction(ElementType type) {
  const auto& all = dot_instructions();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& i) { return i.type == type && i.here; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace convcheck::benchmarks
#endif  // HWY_ONCE
