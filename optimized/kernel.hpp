// SPDX-License-Identifier: Apache-2.0
// A kernel as data, and what all kernels share: one order of summation, one cost unit.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "core/engine.hpp"

namespace convcheck::optimized {

/// The order in which every kernel adds the products of one output, and with it the bits:
///
///   acc = bias + 0  (or 0);
///   for block of kChannelBlock input channels, for t over d, h, w, for channel in the block:
///     acc = x * w + acc      one rounding with FMA, two without
///
/// so the tree of additions is a chain and its height ConvProblem::term_count.
inline constexpr std::int64_t kChannelBlock = 16;

/// One algorithm for conv; what makes deconv and wgrad of it is engine.cpp's business. An instance
/// is listed in kernels.inc and defined in kernels/NAME.cpp.
struct Kernel {
  const char* name;
  /// Whether prepare accepts the valid conv in f32; kUnsupported with the reason.
  Status (*supports)(const ConvProblem&);
  /// Predicted time of one run on one thread, in cycles of a core that retires two fused
  /// multiply-adds of 16 lanes a cycle: comparable between kernels, the same on every machine.
  double (*cost)(const ConvProblem&);
  /// May throw std::bad_alloc; the engine turns it into an error.
  Result<std::unique_ptr<Plan>> (*prepare)(const ConvProblem&, const PlanOptions&);
  /// Whether the preferred layouts of x and y are Blocked by group, x in blocks of
  /// min(kChannelBlock, channels of a group), y of kChannelBlock.
  bool blocked_layouts = false;
};

std::span<const Kernel* const> kernels();

/// kUnsupported unless all tensors of `p` are f32.
Status supports_f32(const ConvProblem& p);

/// kUnsupported where copies of `floats` floats would pass twice what x, w and y have: memory is
/// spent in proportion to what was given, but small problems may always.
Status copies_fit(const ConvProblem& p, double floats);

/// Threads that `cycles` of work (Kernel::cost) are worth, in [1, threads]. Fork and join take
/// about 1 us, so a thread is added for every five times as much work.
int worthwhile_threads(double cycles, int threads);

/// The claim of every kernel that adds in the order above.
Claim direct_claim(const ConvProblem& p);

/// Floats in memory aligned to 64 bytes, zero. Throws std::bad_alloc. Large ones cost nothing until
/// they are touched.
class FloatBuffer {
 public:
  FloatBuffer() = default;
  explicit FloatBuffer(std::int64_t count);
  [[nodiscard]] float* data() const { return data_; }
  [[nodiscard]] std::size_t size_bytes() const {
    return static_cast<std::size_t>(count_) * sizeof(float);
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::int64_t count_ = 0;
  std::unique_ptr<void, Free> memory_;
  float* data_ = nullptr;
};

/// Whether any of `count` values is infinite or NaN.
bool any_non_finite(const float* values, std::int64_t count);

/// Outputs [begin, end) of the w axis whose taps all lie inside x: with padding mode zeros the
/// others have terms that are left out.
struct Interior {
  std::int64_t begin, end;
};
Interior interior_columns(const ConvProblem& p);

/// Taps [begin, end) of one axis that lie inside x for output `o`; all of them unless padding is
/// zeros.
struct Taps {
  std::int64_t begin, end;
};
Taps taps_inside(const ConvProblem& p, std::size_t axis, std::int64_t o);

}  // namespace convcheck::optimized
