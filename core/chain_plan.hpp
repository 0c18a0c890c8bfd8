// SPDX-License-Identifier: Apache-2.0
// A chain made ready: one plan a step, buffers between, operands in their canonical order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/engine.hpp"

namespace convcheck {

/// Composes an engine's plans over the steps of a chain (a single problem is a chain of one).
/// Operands and results are plain tensors at any address that suits their element type; where a
/// plan's layout differs, or asks for alignment or read slack that a plain operand may lack, they
/// go through a buffer. Intermediate results are kept plain. Everything is allocated by
/// prepare_chain.
class ChainPlan {
 public:
  ~ChainPlan();
  ChainPlan(ChainPlan&&) noexcept;
  ChainPlan& operator=(ChainPlan&&) noexcept;

  /// Packs the weights of every conv and deconv step (nothing for wgrad); `operands` as in run, of
  /// which only the weights are read.
  Status pack(const std::vector<void*>& operands);
  /// One address per operand_specs(chain) entry, plain layout; writes the written one.
  Status run(const std::vector<void*>& operands);
  /// The weakest promise of the steps: the algorithm of the step with the loosest bound, no tree
  /// height unless single, thread_invariant and deterministic only if every step is, and
  /// flushes_subnormals if any step does.
  [[nodiscard]] Claim claim() const;
  /// The algorithms of the problem steps, joined by " | ".
  [[nodiscard]] std::string algorithm() const;
  /// The plans' workspaces, the results between steps and the buffers of conversions.
  [[nodiscard]] std::size_t workspace_bytes() const;
  /// The plan of a problem step, for those who place memory themselves (single problems).
  [[nodiscard]] Plan& plan(std::size_t problem_index);

 private:
  friend Result<ChainPlan> prepare_chain(Engine&, const Chain&, const PlanOptions&);
  struct State;
  explicit ChainPlan(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

/// kInvalidProblem from validate; kUnsupported with the step and the engine's reason, or where the
/// buffers do not fit in memory; or the engine's own error.
Result<ChainPlan> prepare_chain(Engine&, const Chain&, const PlanOptions&);

/// Engine::supports over the steps.
Status supports_chain(const Engine&, const Chain&);

/// dst[n, j*G + g] = src[n, g*(C/G) + j], with C = channels of `channel_bytes` each and G = groups,
/// which divides C. src and dst do not overlap.
void shuffle_channels(const void* src, void* dst, std::int64_t batch, std::int64_t channels,
                      std::int64_t groups, std::size_t channel_bytes);

}  // namespace convcheck
