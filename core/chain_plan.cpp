// SPDX-License-Identifier: Apache-2.0
#include "core/chain_plan.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "core/problem_text.hpp"
#include "core/tensor.hpp"

namespace convcheck {
namespace {

constexpr std::size_t kRoles = 4;
constexpr std::size_t kNoOperand = static_cast<std::size_t>(-1);

struct FreeBytes {
  void operator()(std::byte* p) const { std::free(p); }
};
using Bytes = std::unique_ptr<std::byte[], FreeBytes>;

// `alignment` is a power of two.
Bytes allocate_bytes(std::size_t bytes, std::size_t alignment) {
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return Bytes(memory);
}

// What one step writes for the next, with room on both sides: a plan that strays from its operand
// by less than a cache line meets no other memory of this process.
class Intermediate {
 public:
  Intermediate() = default;
  Intermediate(ElementType type, Shape shape)
      : shape_(std::move(shape)),
        bytes_(static_cast<std::size_t>(element_count(shape_)) * size_bytes(type)),
        memory_(allocate_bytes(kRoom + bytes_ + kRoom, kRoom)) {}

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  [[nodiscard]] std::byte* data() const { return memory_ ? memory_.get() + kRoom : nullptr; }

 private:
  static constexpr std::size_t kRoom = 64;
  Shape shape_;
  std::size_t bytes_ = 0;
  Bytes memory_;
};

// One operand of one plan, and the buffer through which it goes where it must.
struct Binding {
  OperandLayout layout;
  bool converts = false;  // Another layout, or reads past the end: always through the buffer.
  std::size_t buffer_bytes = 0;
  Bytes buffer;
};

Result<Binding> bind(const ConvProblem& p, Role role, const Plan& plan) {
  Binding binding;
  binding.layout = plan.layout(role);
  const OperandLayout plain = plain_layout(p, role);
  const std::size_t alignment = binding.layout.alignment_bytes;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0)
    return fail(ErrorCode::kEngineFailed,
                "alignment_bytes of {} is {}; an alignment is a power of two", to_string(role),
                alignment);
  binding.converts = binding.layout.opaque || binding.layout.strides != plain.strides ||
                     binding.layout.read_slack_bytes != 0;
  if (binding.converts || alignment > plain.alignment_bytes) {
    binding.buffer_bytes =
        std::max<std::size_t>(1, binding.layout.bytes + binding.layout.read_slack_bytes);
    binding.buffer = allocate_bytes(binding.buffer_bytes, std::max(alignment, alignof(void*)));
  }
  return binding;
}

struct PlannedStep {
  ConvProblem problem;  // Of a shuffle: the last problem before it.
  std::optional<Shuffle> shuffle;
  std::unique_ptr<Plan> plan;  // Null for a shuffle.
  std::array<Binding, kRoles> bindings;
  /// Index of the role's operand, or kNoOperand for what travels between steps.
  std::array<std::size_t, kRoles> operand{kNoOperand, kNoOperand, kNoOperand, kNoOperand};
  Intermediate result;  // What the step writes for the next one; empty for the last step.

  // Where the plan finds (or writes) the plain tensor at `plain`; what it reads is converted here.
  Result<void*> enter(Role role, void* plain) {
    Binding& binding = bindings[static_cast<std::size_t>(role)];
    if (!binding.converts &&
        reinterpret_cast<std::uintptr_t>(plain) % binding.layout.alignment_bytes == 0)
      return plain;
    if (role != problem.written())
      CONVCHECK_TRY(plan->import_operand(role, plain, binding.buffer.get()));
    return static_cast<void*>(binding.buffer.get());
  }
};

tl::unexpected<Error> step_error(const Chain& chain, std::size_t step, const Error& error) {
  if (chain.is_single()) return tl::unexpected<Error>(error);
  return fail(error.code, "chain step {}: {}", step + 1, error.message);
}

Result<PlannedStep> plan_problem(Engine& engine, const ConvProblem& p, const PlanOptions& options) {
  PlannedStep step;
  step.problem = p;
  CONVCHECK_TRY(engine.supports(p));
  CONVCHECK_ASSIGN(step.plan, engine.prepare(p, options));
  for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
    if (role == Role::kBias && !p.has_bias) continue;
    CONVCHECK_ASSIGN(step.bindings[static_cast<std::size_t>(role)], bind(p, role, *step.plan));
  }
  return step;
}

}  // namespace

struct ChainPlan::State {
  Chain chain;
  std::size_t operand_count = 0;
  std::size_t written_operand = 0;
  std::vector<PlannedStep> steps;

  Status run_problem(PlannedStep& step, void* in, void* out, const std::vector<void*>& given) {
    const ConvProblem& p = step.problem;
    Operands operands;
    for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
      if (role == Role::kBias && !p.has_bias) continue;
      if (role == Role::kW && p.operation != Operation::kWgrad) continue;  // Packed before.
      const std::size_t index = step.operand[static_cast<std::size_t>(role)];
      void* const travelling = role == p.written() ? out : in;
      CONVCHECK_ASSIGN(void* const address,
                       step.enter(role, index == kNoOperand ? travelling : given[index]));
      operands.set(role, address);
    }
    CONVCHECK_TRY(step.plan->run(operands));
    void* const written = operands.get(p.written());
    return written == out ? Status{} : step.plan->export_operand(p.written(), written, out);
  }
};

ChainPlan::ChainPlan(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChainPlan::~ChainPlan() = default;
ChainPlan::ChainPlan(ChainPlan&&) noexcept = default;
ChainPlan& ChainPlan::operator=(ChainPlan&&) noexcept = default;

Status ChainPlan::pack(const std::vector<void*>& operands) {
  State& s = *state_;
  CONVCHECK_CHECK(operands.size() == s.operand_count, to_string(s.chain));
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    PlannedStep& step = s.steps[i];
    if (step.shuffle || step.problem.operation == Operation::kWgrad) continue;
    const std::size_t index = step.operand[static_cast<std::size_t>(Role::kW)];
    const Result<void*> w = step.enter(Role::kW, operands[index]);
    if (!w) return step_error(s.chain, i, w.error());
    if (const Status packed = step.plan->pack(*w); !packed)
      return step_error(s.chain, i, packed.error());
  }
  return {};
}

Status ChainPlan::run(const std::vector<void*>& operands) {
  State& s = *state_;
  CONVCHECK_CHECK(operands.size() == s.operand_count, to_string(s.chain));
  void* in = nullptr;
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    PlannedStep& step = s.steps[i];
    const bool last = i + 1 == s.steps.size();
    void* const out = last ? operands[s.written_operand] : step.result.data();
    if (step.shuffle) {
      const std::int64_t batch = step.result.shape()[0];
      const std::int64_t channels = step.result.shape()[1];
      if (step.result.size() != 0)
        shuffle_channels(in, out, batch, channels, step.shuffle->groups,
                         step.result.size() / static_cast<std::size_t>(batch * channels));
    } else if (const Status ran = s.run_problem(step, in, out, operands); !ran) {
      return step_error(s.chain, i, ran.error());
    }
    in = out;
  }
  return {};
}

Claim ChainPlan::claim() const {
  std::optional<Claim> weakest;
  for (const PlannedStep& step : state_->steps) {
    if (step.shuffle) continue;
    const Claim claim = step.plan->claim();
    if (!weakest) {
      weakest = claim;
      continue;
    }
    // The classes are numbered from the tightest bound to the loosest.
    weakest->algorithm = std::max(weakest->algorithm, claim.algorithm);
    weakest->tree_height.reset();
    weakest->thread_invariant = weakest->thread_invariant && claim.thread_invariant;
    weakest->deterministic = weakest->deterministic && claim.deterministic;
    weakest->flushes_subnormals = weakest->flushes_subnormals || claim.flushes_subnormals;
  }
  return *weakest;
}

std::string ChainPlan::algorithm() const {
  std::string text;
  for (const PlannedStep& step : state_->steps) {
    if (step.shuffle) continue;
    if (&step != &state_->steps.front()) text += " | ";
    text += step.plan->algorithm();
  }
  return text;
}

std::size_t ChainPlan::workspace_bytes() const {
  std::size_t bytes = 0;
  for (const PlannedStep& step : state_->steps) {
    bytes += step.result.size();
    if (step.plan) bytes += step.plan->workspace_bytes();
    for (const Binding& binding : step.bindings) bytes += binding.buffer_bytes;
  }
  return bytes;
}

Plan& ChainPlan::plan(std::size_t problem_index) {
  for (PlannedStep& step : state_->steps) {
    if (step.plan && problem_index-- == 0) return *step.plan;
  }
  check_failed("the chain has that problem", __FILE__, __LINE__, to_string(state_->chain));
}

Result<ChainPlan> prepare_chain(Engine& engine, const Chain& chain, const PlanOptions& options) {
  CONVCHECK_TRY(validate(chain));
  auto state = std::make_unique<ChainPlan::State>();
  state->chain = chain;
  state->written_operand = written_index(chain);
  try {
    for (std::size_t i = 0; i < chain.steps.size(); ++i) {
      PlannedStep step;
      if (const auto* shuffle = std::get_if<Shuffle>(&chain.steps[i])) {
        step.problem = state->steps.back().problem;
        step.shuffle = *shuffle;
      } else {
        Result<PlannedStep> planned =
            plan_problem(engine, std::get<ConvProblem>(chain.steps[i]), options);
        if (!planned) return step_error(chain, i, planned.error());
        step = *std::move(planned);
      }
      const ConvProblem& p = step.problem;
      if (i + 1 != chain.steps.size())
        step.result = Intermediate(p.type(p.written()), p.shape(p.written()));
      state->steps.push_back(std::move(step));
    }
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kUnsupported, "the buffers of '{}' do not fit in memory",
                to_string(chain));
  }
  const std::vector<OperandSpec> specs = operand_specs(chain);
  state->operand_count = specs.size();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const OperandSpec& spec = specs[i];
    state->steps[static_cast<std::size_t>(spec.step)].operand[static_cast<std::size_t>(spec.role)] =
        i;
  }
  return ChainPlan(std::move(state));
}

Status supports_chain(const Engine& engine, const Chain& chain) {
  for (std::size_t i = 0; i < chain.steps.size(); ++i) {
    const auto* problem = std::get_if<ConvProblem>(&chain.steps[i]);
    if (problem == nullptr) continue;
    if (const Status supported = engine.supports(*problem); !supported)
      return step_error(chain, i, supported.error());
  }
  return {};
}

void shuffle_channels(const void* src, void* dst, std::int64_t batch, std::int64_t channels,
                      std::int64_t groups, std::size_t channel_bytes) {
  const auto* from = static_cast<const std::byte*>(src);
  auto* to = static_cast<std::byte*>(dst);
  const std::int64_t per_group = channels / groups;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t target = c % per_group * groups + c / per_group;
      std::memcpy(to + static_cast<std::size_t>(n * channels + target) * channel_bytes, from,
                  channel_bytes);
      from += channel_bytes;
    }
  }
}

}  // namespace convcheck
