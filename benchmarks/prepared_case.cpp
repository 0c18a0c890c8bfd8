// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/prepared_case.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "benchmarks/cache_flush.hpp"
#include "benchmarks/placement.hpp"
#include "benchmarks/toggles.hpp"
#include "core/chain_plan.hpp"

namespace convcheck::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::size_t plain_bytes(const OperandSpec& spec) {
  return static_cast<std::size_t>(element_count(spec.shape)) * size_bytes(spec.type);
}

// The operand that is another for every call of a trained network.
bool is_input(const OperandSpec& spec, const Chain& chain) {
  return !spec.written && !is_packed(spec, chain) && spec.role != Role::kBias;
}

constexpr std::array kRoles = {Role::kX, Role::kW, Role::kBias, Role::kY};

class PreparedProblem : public PreparedCase {
 public:
  static Result<std::unique_ptr<PreparedCase>> make(Engine& engine, const ConvProblem& problem,
                                                    const PlanOptions& options, double& seconds) {
    auto prepared = std::make_unique<PreparedProblem>();
    prepared->problem_ = problem;
    prepared->specs_ = operand_specs(Chain(problem));
    const auto start = Clock::now();
    CONVCHECK_ASSIGN(prepared->plan_, engine.prepare(problem, options));
    seconds = seconds_since(start);
    for (const OperandSpec& spec : prepared->specs_) {
      const std::size_t i = index(spec.role);
      const OperandLayout layout = prepared->plan_->layout(spec.role);
      CONVCHECK_ASSIGN(prepared->native_[i], Placement::make(layout.bytes, layout.read_slack_bytes,
                                                             layout.alignment_bytes, i));
      prepared->operands_.set(spec.role, prepared->native_[i].data());
    }
    if (problem.operation != Operation::kWgrad) prepared->operands_.w = nullptr;
    return prepared;
  }

  Status place_inputs(const std::vector<Tensor>& operands) override {
    CONVCHECK_TRY(copy_in(operands, /*packed=*/false));
    std::size_t next = 0;
    for (const OperandSpec& spec : specs_) {
      if (spec.written) continue;
      const Tensor& tensor = operands[next++];
      if (!is_input(spec, Chain(problem_))) continue;
      if (has_plain()) plain_toggles_ = Toggles::in_plain(plain_[index(spec.role)].data(), tensor);
      return find_toggles(spec.role, tensor);
    }
    return {};
  }

  Status place_plain(const std::vector<Tensor>& operands) override {
    if (has_plain()) return {};
    std::size_t next = 0;
    bool first_input = true;
    for (const OperandSpec& spec : specs_) {
      Placement& plain = plain_[index(spec.role)];
      CONVCHECK_ASSIGN(plain,
                       Placement::make(plain_bytes(spec), 0, 1, index(spec.role) + kRoles.size()));
      if (spec.written) continue;
      const Tensor& tensor = operands[next++];
      std::memcpy(plain.data(), tensor.data(), tensor.size_bytes());
      if (is_input(spec, Chain(problem_)) && std::exchange(first_input, false))
        plain_toggles_ = Toggles::in_plain(plain.data(), tensor);
    }
    return {};
  }

  Status pack() override {
    if (problem_.operation == Operation::kWgrad) return {};
    return plan_->pack(native_[index(Role::kW)].data());
  }

  void change_input() override { native_toggles_.next(); }
  Status run() override { return plan_->run(operands_); }

  void change_plain_input() override { plain_toggles_.next(); }
  Status run_with_conversion() override {
    const Role written = problem_.written();
    for (const Role role : kRoles) {
      const bool read = role != written && operands_.get(role) != nullptr;
      if (read) CONVCHECK_TRY(import(role));
    }
    CONVCHECK_TRY(plan_->run(operands_));
    return plan_->export_operand(written, native_[index(written)].data(),
                                 plain_[index(written)].data());
  }

  Status replace_inputs(const std::vector<Tensor>& operands) override {
    native_toggles_ = plain_toggles_ = {};
    return copy_in(operands, /*packed=*/false);
  }

  void touch_activations() override {
    for (const Role role : kRoles) {
      if (operands_.get(role) != nullptr) touch(operands_.get(role), plan_->layout(role).bytes);
    }
  }

  [[nodiscard]] std::size_t operand_bytes() const override {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < kRoles.size(); ++i)
      bytes += native_[i].resident_bytes() + plain_[i].resident_bytes();
    return bytes;
  }

  void poison_output(std::uint8_t poison) override {
    const Role written = problem_.written();
    std::memset(native_[index(written)].data(), poison, plan_->layout(written).bytes);
    if (has_plain())
      std::memset(plain_[index(written)].data(), poison, plain_bytes(written_spec()));
  }

  Result<Tensor> output() override {
    const OperandSpec& spec = written_spec();
    Tensor tensor(spec.type, spec.shape);
    CONVCHECK_TRY(
        plan_->export_operand(spec.role, native_[index(spec.role)].data(), tensor.data()));
    return tensor;
  }

  [[nodiscard]] std::size_t workspace_bytes() const override { return plan_->workspace_bytes(); }
  [[nodiscard]] std::string algorithm() const override { return plan_->algorithm(); }

 private:
  static std::size_t index(Role role) { return static_cast<std::size_t>(role); }
  [[nodiscard]] bool has_plain() const {
    return plain_[index(problem_.written())].data() != nullptr;
  }
  [[nodiscard]] const OperandSpec& written_spec() const {
    return specs_[written_index(Chain(problem_))];
  }

  Status import(Role role) {
    return plan_->import_operand(role, plain_[index(role)].data(), native_[index(role)].data());
  }

  Status place_packed(const std::vector<Tensor>& operands) override {
    return copy_in(operands, /*packed=*/true);
  }

  Status copy_in(const std::vector<Tensor>& operands, bool packed) {
    std::size_t next = 0;
    for (const OperandSpec& spec : specs_) {
      if (spec.written) continue;
      const Tensor& tensor = operands[next++];
      if (is_packed(spec, Chain(problem_)) != packed) continue;
      const std::size_t i = index(spec.role);
      if (has_plain()) std::memcpy(plain_[i].data(), tensor.data(), tensor.size_bytes());
      CONVCHECK_TRY(plan_->import_operand(spec.role, tensor.data(), native_[i].data()));
    }
    return {};
  }

  // The changed elements' places in the plan's layout are those where the import of the changed
  // plain operand differs.
  Status find_toggles(Role role, const Tensor& tensor) {
    Tensor plain = tensor;
    Toggles toggles = Toggles::in_plain(plain.data(), tensor);
    toggles.set_all(true);
    const OperandLayout layout = plan_->layout(role);
    CONVCHECK_ASSIGN(const Placement changed, Placement::make(layout.bytes, layout.read_slack_bytes,
                                                              layout.alignment_bytes, index(role)));
    CONVCHECK_TRY(plan_->import_operand(role, plain.data(), changed.data()));
    native_toggles_ =
        Toggles::in_layout(native_[index(role)].data(), changed.data(), layout.bytes, toggles);
    return {};
  }

  ConvProblem problem_;
  std::vector<OperandSpec> specs_;
  std::unique_ptr<Plan> plan_;
  std::array<Placement, kRoles.size()> native_;  // By role, in the plan's layouts.
  std::array<Placement, kRoles.size()>
      plain_;          // The same, plain, once calls with conversion are timed.
  Operands operands_;  // Null for what is packed or absent.
  Toggles native_toggles_, plain_toggles_;
};

class PreparedChain : public PreparedCase {
 public:
  static Result<std::unique_ptr<PreparedCase>> make(Engine& engine, const Chain& chain,
                                                    const PlanOptions& options, double& seconds) {
    const auto start = Clock::now();
    CONVCHECK_ASSIGN(ChainPlan plan, prepare_chain(engine, chain, options));
    seconds = seconds_since(start);
    auto prepared = std::make_unique<PreparedChain>();
    prepared->chain_ = chain;
    prepared->specs_ = operand_specs(chain);
    prepared->plan_.emplace(std::move(plan));
    for (const OperandSpec& spec : prepared->specs_) {
      CONVCHECK_ASSIGN(Placement placed,
                       Placement::make(plain_bytes(spec), 0, 1, prepared->places_.size()));
      prepared->addresses_.push_back(placed.data());
      prepared->places_.push_back(std::move(placed));
    }
    prepared->written_ = written_index(chain);
    return prepared;
  }

  Status place_inputs(const std::vector<Tensor>& operands) override {
    copy_in(operands, /*packed=*/false);
    toggles_ = Toggles::in_plain(addresses_.front(), operands.front());
    return {};
  }

  Status pack() override { return plan_->pack(addresses_); }
  void change_input() override { toggles_.next(); }
  Status run() override { return plan_->run(addresses_); }
  void change_plain_input() override { toggles_.next(); }
  Status run_with_conversion() override { return run(); }
  Status place_plain(const std::vector<Tensor>& /*operands*/) override { return {}; }

  Status replace_inputs(const std::vector<Tensor>& operands) override {
    toggles_ = {};
    copy_in(operands, /*packed=*/false);
    return {};
  }

  void touch_activations() override {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (!is_packed(specs_[i], chain_)) touch(addresses_[i], plain_bytes(specs_[i]));
    }
  }

  [[nodiscard]] std::size_t operand_bytes() const override {
    std::size_t bytes = 0;
    for (const Placement& place : places_) bytes += place.resident_bytes();
    return bytes;
  }

  void poison_output(std::uint8_t poison) override {
    std::memset(addresses_[written_], poison, plain_bytes(specs_[written_]));
  }

  Result<Tensor> output() override {
    Tensor tensor(specs_[written_].type, specs_[written_].shape);
    std::memcpy(tensor.data(), addresses_[written_], tensor.size_bytes());
    return tensor;
  }

  [[nodiscard]] std::size_t workspace_bytes() const override { return plan_->workspace_bytes(); }
  [[nodiscard]] std::string algorithm() const override { return plan_->algorithm(); }

 private:
  Status place_packed(const std::vector<Tensor>& operands) override {
    copy_in(operands, /*packed=*/true);
    return {};
  }

  void copy_in(const std::vector<Tensor>& operands, bool packed) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (i == written_) continue;
      const Tensor& tensor = operands[next++];
      if (is_packed(specs_[i], chain_) == packed)
        std::memcpy(addresses_[i], tensor.data(), tensor.size_bytes());
    }
  }

  Chain chain_;
  std::vector<OperandSpec> specs_;
  std::optional<ChainPlan> plan_;
  std::vector<Placement> places_;
  std::vector<void*> addresses_;
  std::size_t written_ = 0;
  Toggles toggles_;
};

}  // namespace

Result<std::unique_ptr<PreparedCase>> PreparedCase::make(Engine& engine, const Chain& chain,
                                                         const PlanOptions& options,
                                                         double& prepare_seconds) {
  if (chain.is_single())
    return PreparedProblem::make(engine, chain.front(), options, prepare_seconds);
  return PreparedChain::make(engine, chain, options, prepare_seconds);
}

}  // namespace convcheck::benchmarks
