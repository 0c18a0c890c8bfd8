// SPDX-License-Identifier: Apache-2.0
// The limit of arithmetic: how many multiply-adds per second this machine does from registers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/element_type.hpp"

namespace convcheck::benchmarks {

/// What one run of the loop computed.
struct FmaRun {
  /// Sum over all lanes of all accumulators: with multiplier 1 and addend 1 the number of
  /// multiply-adds, which is how the count of operations is tested.
  double sum = 0;
  double flops = 0;  ///< 2 per multiply-add and lane.
};

/// a = a * multiplier + addend, `rounds` times over enough independent vectors of accumulators to
/// hide the latency of every multiply-add unit, in registers, on the best vector target of this CPU
/// (two instructions where it has no fused one). Starts at 0. Nothing unless `type` is f32 or f64.
std::optional<FmaRun> run_fma_loop(ElementType type, std::int64_t rounds, double multiplier,
                                   double addend);

struct FmaPeak {
  ElementType type = ElementType::kF32;
  int threads = 1;
  std::string target;  ///< "AVX3": the vector target that Highway dispatched to; or an instruction.
  std::vector<double> samples_gflops;
  /// Per sample: CPU time of its threads / (threads * its real time). Below 1 where other work, or
  /// another virtual machine, had the cores.
  std::vector<double> cpu_shares;

  [[nodiscard]] double median_gflops() const;
  /// The fastest sample: what results are a percentage of.
  [[nodiscard]] double best_gflops() const;
  [[nodiscard]] double median_cpu_share() const;
};

/// The type whose peak limits a convolution of an input of type `x`: that of s8 stands for u8 too.
ElementType peak_type(ElementType x);

/// `samples` >= 1 samples of about `sample_seconds` each, on `threads` >= 1 threads that start each
/// sample together; a sample's time is from the first start to the last end.
///
/// f32 and f64: fused multiply-adds. s8 and bf16: the best dot product that this processor has
/// (`dot_instructions`). bf16 without one, and f16: f32 multiply-adds, because their sums are f32
/// and what it costs to widen the operands does not bind every algorithm. Nothing for s32, u8.
std::optional<FmaPeak> measure_fma_peak(ElementType type, int threads, int samples,
                                        double sample_seconds);

}  // namespace convcheck::benchmarks
