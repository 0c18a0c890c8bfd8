// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <utility>

#include "reference/oracle.hpp"
#include "reference/solver.hpp"

namespace convcheck::reference {
namespace {

class ReferencePlan final : public Plan {
 public:
  ReferencePlan(const ConvProblem& problem, int threads, bool certified)
      : problem_(problem), certified_(certified), solver_(problem, threads) {
    if (problem.operation != Operation::kWgrad)
      weights_ = Tensor(problem.w_type, problem.w_shape());
  }

  Status pack(const void* w) override {
    if (weights_.count() != 0) std::memcpy(weights_.data(), w, weights_.size_bytes());
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_TRY(check_floating_point());
    const Role written = problem_.written();
    const Solver::Inputs inputs{written == Role::kX ? nullptr : operands.x,
                                written == Role::kW ? nullptr : weights_.data(), operands.bias,
                                written == Role::kY ? nullptr : operands.y};
    if (certified_)
      solver_.run(inputs, {operands.get(written), nullptr, nullptr});
    else
      solver_.run_uncertified(inputs, operands.get(written));
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    Claim claim;
    claim.algorithm = certified_ ? AlgorithmClass::kExact : AlgorithmClass::kDirect;
    claim.thread_invariant = true;
    claim.deterministic = true;
    return claim;
  }
  [[nodiscard]] OperandLayout layout(Role role) const override {
    return plain_layout(problem_, role);
  }
  [[nodiscard]] std::size_t workspace_bytes() const override {
    return solver_.scratch_bytes() + weights_.size_bytes();
  }
  [[nodiscard]] std::string algorithm() const override { return certified_ ? "certified" : "f64"; }

 private:
  ConvProblem problem_;
  bool certified_;
  Solver solver_;
  Tensor weights_{ElementType::kF32, {0}};
};

class ReferenceEngine final : public Engine {
 public:
  explicit ReferenceEngine(bool certified) : certified_(certified) {
    if (!certified) info_.name = "uncertified";
  }
  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem& problem) const override {
    for (const Role role : {Role::kX, Role::kW, Role::kY}) {
      if (!certified_ && problem.type(role) != ElementType::kF32)
        return fail(ErrorCode::kUnsupported, "uncertified sums are f32; {} is {}", to_string(role),
                    to_string(problem.type(role)));
    }
    return check_supported(problem);
  }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem,
                                        const PlanOptions& options) override {
    CONVCHECK_TRY(validate(problem));
    CONVCHECK_TRY(supports(problem));
    CONVCHECK_TRY(check_floating_point());
    if (options.threads < 1)
      return fail(ErrorCode::kBadInput, "threads is {}; it is at least 1", options.threads);
    return std::make_unique<ReferencePlan>(problem, options.threads, certified_);
  }

 private:
  bool certified_;
  EngineInfo info_{"reference", CONVCHECK_VERSION, "built in", "Apache-2.0"};
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine() { return std::make_unique<ReferenceEngine>(true); }

std::unique_ptr<Engine> make_uncertified_engine() {
  return std::make_unique<ReferenceEngine>(false);
}

}  // namespace convcheck::reference
