// SPDX-License-Identifier: Apache-2.0
#include "optimized/deconv_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <vector>

#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"
#include "optimized/blocked_layout.hpp"
#include "optimized/deconv_phases.hpp"
#include "optimized/kernel.hpp"
#include "optimized/transpose.hpp"

namespace convcheck::optimized {
namespace {

struct PhasePlan {
  DeconvPhase phase;
  std::unique_ptr<Plan> plan;  // Null where no tap lands.
  double cycles = 0;
  std::size_t part = 0;  // The thread that computes it, where phases are shared.
  FloatBuffer bias;      // [groups, residues, channels of a group], where there are residues.
};

// Gives each phase, dearest first, to the part that has least so far (Graham 1969); returns the
// cycles of the part that has most.
double share(std::vector<PhasePlan>& phases, int threads) {
  std::vector<std::size_t> order(phases.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&phases](std::size_t a, std::size_t b) {
    return phases[a].cycles > phases[b].cycles;
  });
  std::vector<double> load(static_cast<std::size_t>(threads), 0);
  for (const std::size_t i : order) {
    const auto least = std::min_element(load.begin(), load.end());
    phases[i].part = static_cast<std::size_t>(least - load.begin());
    *least += phases[i].cycles;
  }
  return *std::max_element(load.begin(), load.end());
}

std::int64_t product(const Axes& a) { return a[0] * a[1] * a[2]; }

class DeconvPlan final : public Plan {
 public:
  DeconvPlan(const ConvProblem& p, std::vector<PhasePlan> phases, bool blocked, bool shared,
             int threads)
      : p_(p),
        phases_(std::move(phases)),
        blocked_(blocked),
        shared_(shared),
        x_(std::max<std::int64_t>(p.in_channels / p.groups, 1), kChannelBlock,
           p.x_extent[0] * p.x_extent[1], p.x_extent[2]),
        pool_(threads) {
    std::int64_t weights = 0;
    for (PhasePlan& phase : phases_) {
      if (phase.plan == nullptr) continue;
      if (first_ == nullptr) first_ = phase.plan.get();
      weights = std::max(weights, element_count(phase.phase.conv.w_shape()));
      if (p_.has_bias && phase.phase.residues() > 1)
        phase.bias = FloatBuffer(phase.phase.conv.out_channels);
    }
    weights_ = FloatBuffer(weights);
    if (passes_through()) return;
    std::vector<std::size_t> floats(shared_ ? static_cast<std::size_t>(threads) : 1, 0);
    for (const PhasePlan& phase : phases_) {
      if (phase.plan == nullptr) continue;
      std::size_t& most = floats[shared_ ? phase.part : 0];
      most = std::max(most, phase.plan->layout(Role::kY).bytes / sizeof(float));
    }
    for (const std::size_t count : floats) results_.emplace_back(static_cast<std::int64_t>(count));
  }

  Status pack(const void* w) override {
    for (PhasePlan& phase : phases_) {
      if (phase.plan == nullptr) continue;
      gather_phase_weights(p_, phase.phase, static_cast<const float*>(w), weights_.data());
      CONVCHECK_TRY(phase.plan->pack(weights_.data()));
    }
    packed_ = true;
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_CHECK(packed_, to_string(p_));
    auto* x = static_cast<float*>(operands.x);
    if (passes_through()) return run_phase(phases_.front(), operands, x);
    if (!shared_) {
      for (PhasePlan& phase : phases_) {
        float* result = results_.front().data();
        if (phase.plan != nullptr) {
          CONVCHECK_TRY(run_phase(phase, operands, result));
        }
        pool_.run([&](int part) {
          const Range outer = part_of(outer_count(), part, pool_.threads());
          place(phase, result, operands, x, outer);
        });
      }
      return {};
    }
    pool_.run([&](int part) {
      const auto me = static_cast<std::size_t>(part);
      for (PhasePlan& phase : phases_) {
        if (phase.part != me) continue;
        float* result = results_[me].data();
        // Our kernels' run cannot fail.
        if (phase.plan != nullptr && !run_phase(phase, operands, result)) std::abort();
        place(phase, result, operands, x, {0, outer_count()});
      }
    });
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    Claim claim;
    claim.algorithm = AlgorithmClass::kDirect;
    claim.thread_invariant = claim.deterministic = true;
    claim.tree_height = 1;
    for (const PhasePlan& phase : phases_)
      if (phase.plan != nullptr)
        claim.tree_height = std::max(*claim.tree_height, phase.phase.conv.term_count());
    return claim;
  }

  [[nodiscard]] OperandLayout layout(Role role) const override {
    const bool inner = first_ != nullptr && (passes_through() || blocked_);
    if (inner && role == Role::kY) return first_->layout(Role::kX);
    if (passes_through() && role == Role::kX) return first_->layout(Role::kY);
    if (!blocked_ || role != Role::kX) return plain_layout(p_, role);
    OperandLayout layout;
    layout.opaque = true;
    layout.bytes = static_cast<std::size_t>(p_.batch * p_.groups * x_.group_step()) * sizeof(float);
    layout.alignment_bytes = 64;
    return layout;
  }

  Status import_operand(Role role, const void* plain, void* dst) override {
    if (!layout(role).opaque) return Plan::import_operand(role, plain, dst);
    if (role == Role::kY) return first_->import_operand(Role::kX, plain, dst);
    if (passes_through()) return first_->import_operand(Role::kY, plain, dst);
    import_blocked(x_, p_.batch * p_.groups, static_cast<const float*>(plain),
                   static_cast<float*>(dst));
    return {};
  }

  Status export_operand(Role role, const void* src, void* plain) override {
    if (!layout(role).opaque) return Plan::export_operand(role, src, plain);
    if (role == Role::kY) return first_->export_operand(Role::kX, src, plain);
    if (passes_through()) return first_->export_operand(Role::kY, src, plain);
    export_blocked(x_, p_.batch * p_.groups, static_cast<const float*>(src),
                   static_cast<float*>(plain));
    return {};
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    std::size_t bytes = weights_.size_bytes();
    for (const FloatBuffer& result : results_) bytes += result.size_bytes();
    for (const PhasePlan& phase : phases_)
      if (phase.plan != nullptr) bytes += phase.plan->workspace_bytes() + phase.bias.size_bytes();
    return bytes;
  }

  [[nodiscard]] std::string algorithm() const override {
    std::int64_t residues = 0;
    for (const PhasePlan& phase : phases_) residues += phase.phase.residues();
    return fmt::format("{} residues in {} convs: {}", residues, phases_.size(),
                       first_ == nullptr ? "no taps" : first_->algorithm());
  }

 private:
  // One phase is all of x: its conv reads and writes the operands themselves.
  [[nodiscard]] bool passes_through() const {
    return phases_.size() == 1 && phases_.front().plan != nullptr &&
           phases_.front().phase.residues() == 1;
  }

  Status run_phase(PhasePlan& phase, const Operands& operands, float* result) const {
    Operands inner;
    inner.x = operands.y;
    inner.bias = operands.bias;
    if (phase.bias.data() != nullptr) {
      const std::int64_t group_in = x_.group_channels;
      const std::int64_t residues = phase.phase.residues();
      for (std::int64_t c = 0; c < phase.phase.conv.out_channels; ++c)
        phase.bias.data()[c] = static_cast<const float*>(
            operands.bias)[c / residues / group_in * group_in + c % group_in];
      inner.bias = phase.bias.data();
    }
    inner.y = result;
    return phase.plan->run(inner);
  }

  // What is placed as one: a channel of x, or a block of them.
  [[nodiscard]] std::int64_t outer_count() const {
    return p_.batch * p_.groups * (blocked_ ? x_.blocks : x_.group_channels);
  }

  // Writes a phase's result, or what stands where no tap lands, to its positions in the channels or
  // blocks `outer` of x.
  void place(const PhasePlan& phase, const float* result, const Operands& operands, float* x,
             Range outer) const {
    const Axes& count = phase.phase.count;
    const Axes& n = phase.phase.conv.y_extent;
    const std::int64_t unit = blocked_ ? kChannelBlock : 1;
    const std::int64_t of_group = blocked_ ? x_.blocks : x_.group_channels;
    for (std::int64_t o = outer.begin; o < outer.end; ++o) {
      const std::int64_t ng = o / of_group;
      float constant[kChannelBlock];
      if (phase.plan == nullptr) set_constant(operands, o, constant);
      for (std::int64_t rd = 0; rd < count[0]; ++rd) {
        for (std::int64_t rh = 0; rh < count[1]; ++rh) {
          const std::int64_t residue = (rd * count[1] + rh) * count[2];
          const std::int64_t from =
              ((ng * phase.phase.residues() + residue) * of_group + o % of_group) * product(n);
          for (std::int64_t row = 0; row < n[0] * n[1]; ++row) {
            const std::int64_t d = phase.phase.first[0] + rd + row / n[1] * p_.stride[0];
            const std::int64_t h = phase.phase.first[1] + rh + row % n[1] * p_.stride[1];
            float* to = x + (((o * p_.x_extent[0] + d) * p_.x_extent[1] + h) * p_.x_extent[2] +
                             phase.phase.first[2]) *
                                unit;
            if (phase.plan == nullptr) {
              repeat(constant, count[2], n[2], to);
            } else {
              interleave(result + (from + row * n[2]) * unit, of_group * product(n) * unit,
                         count[2], n[2], to);
            }
          }
        }
      }
    }
  }

  // The columns of `residues` rows to their places in a row of x.
  void interleave(const float* from, std::int64_t row_step, std::int64_t residues,
                  std::int64_t columns, float* to) const {
    const std::int64_t step = p_.stride[2];
    if (!blocked_ && residues > 1) {
      transpose(from, row_step, residues, columns, to, step);
      return;
    }
    const std::int64_t unit = blocked_ ? kChannelBlock : 1;
    for (std::int64_t r = 0; r < residues; ++r) {
      const float* row = from + r * row_step;
      float* column = to + r * unit;
      if (step == 1) {
        std::memcpy(column, row, static_cast<std::size_t>(columns * unit) * sizeof(float));
      } else if (blocked_) {
        for (std::int64_t q = 0; q < columns; ++q)
          std::memcpy(column + q * step * kChannelBlock, row + q * kChannelBlock,
                      static_cast<std::size_t>(kChannelBlock) * sizeof(float));
      } else {
        for (std::int64_t q = 0; q < columns; ++q) column[q * step] = row[q];
      }
    }
  }

  void repeat(const float* constant, std::int64_t residues, std::int64_t columns, float* to) const {
    const std::int64_t unit = blocked_ ? kChannelBlock : 1;
    for (std::int64_t q = 0; q < columns; ++q)
      for (std::int64_t r = 0; r < residues; ++r)
        std::copy_n(constant, unit, to + (q * p_.stride[2] + r) * unit);
  }

  // A sum of no terms, for the channel or block `outer`.
  void set_constant(const Operands& operands, std::int64_t outer,
                    float (&constant)[kChannelBlock]) const {
    std::fill_n(constant, kChannelBlock, 0.0f);
    if (!p_.has_bias) return;
    const auto* bias = static_cast<const float*>(operands.bias);
    if (!blocked_) {
      constant[0] = bias[outer % p_.in_channels] + 0.0f;
      return;
    }
    const std::int64_t b = outer % x_.blocks;
    const std::int64_t channel =
        outer / x_.blocks % p_.groups * x_.group_channels + b * kChannelBlock;
    for (std::int64_t c = 0; c < x_.channels_of(b); ++c) constant[c] = bias[channel + c] + 0.0f;
  }

  ConvProblem p_;
  std::vector<PhasePlan> phases_;
  bool blocked_;  // x and y are blocked by kChannelBlock, phase by phase and as a whole.
  bool shared_;   // Threads share the phases; else all threads compute one phase after the other.
  Blocked x_;
  ThreadPool pool_;
  Plan* first_ = nullptr;  // Some phase's plan: what reads y reads it as all others do.
  FloatBuffer weights_;
  std::vector<FloatBuffer> results_;
  bool packed_ = false;
};

}  // namespace

Result<std::unique_ptr<Plan>> make_deconv_plan(const ConvProblem& p, const PlanOptions& options,
                                               const Kernel& kernel) {
  std::vector<PhasePlan> phases;
  double cycles = 0;
  for (DeconvPhase& phase : deconv_phases(p)) {
    const double cost = phase.has_taps ? kernel.cost(phase.conv) : 0;
    cycles += cost;
    PhasePlan plan;
    plan.phase = std::move(phase);
    plan.cycles = cost;
    phases.push_back(std::move(plan));
  }
  const int threads = worthwhile_threads(cycles, options.threads);
  // Phases of one thread each cost one fork and join for all; they must be shared evenly, though.
  constexpr double kWorthSharing = 0.8;
  const bool shared = phases.size() > 1 && threads > 1 &&
                      cycles >= kWorthSharing * threads * share(phases, threads);
  // Residues are channels of one conv: they must not share a block.
  const bool whole = std::all_of(phases.begin(), phases.end(), [&p](const PhasePlan& phase) {
    return phase.phase.residues() == 1 || p.in_channels / p.groups % kChannelBlock == 0;
  });
  const bool one = phases.size() == 1 && phases.front().phase.residues() == 1;
  const bool blocked =
      options.layout == LayoutChoice::kPreferred && kernel.blocked_layouts && whole;
  PlanOptions inner = options;
  inner.threads = shared ? 1 : threads;
  if (!one && !blocked) inner.layout = LayoutChoice::kPlain;
  for (PhasePlan& phase : phases) {
    if (phase.phase.has_taps) {
      CONVCHECK_ASSIGN(phase.plan, kernel.prepare(phase.phase.conv, inner));
    }
  }
  const bool any_taps = std::any_of(phases.begin(), phases.end(),
                                    [](const PhasePlan& phase) { return phase.plan != nullptr; });
  const int pool_threads = one ? 1 : threads;
  return std::make_unique<DeconvPlan>(p, std::move(phases), blocked && any_taps, shared,
                                      pool_threads);
}

}  // namespace convcheck::optimized
