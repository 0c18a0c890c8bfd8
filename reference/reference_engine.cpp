// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <utility>

#include "reference/oracle.hpp"
#include "reference/solver.hpp"

namespace convcheck::reference {
namespace {

class ReferencePlan final : public Plan {
 public:
  ReferencePlan(const ConvProblem& problem, int threads)
      : problem_(problem), solver_(problem, threads) {
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
    solver_.run({written == Role::kX ? nullptr : operands.x,
                 written == Role::kW ? nullptr : weights_.data(), operands.bias,
                 written == Role::kY ? nullptr : operands.y},
                {operands.get(written), nullptr, nullptr});
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    Claim claim;
    claim.algorithm = AlgorithmClass::kExact;
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
  [[nodiscard]] std::string algorithm() const override { return "certified"; }

 private:
  ConvProblem problem_;
  Solver solver_;
  Tensor weights_{ElementType::kF32, {0}};
};

class ReferenceEngine final : public Engine {
 public:
  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem& problem) const override {
    return check_supported(problem);
  }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem,
                                        const PlanOptions& options) override {
    CONVCHECK_TRY(validate(problem));
    CONVCHECK_TRY(check_supported(problem));
    CONVCHECK_TRY(check_floating_point());
    if (options.threads < 1)
      return fail(ErrorCode::kBadInput, "threads is {}; it is at least 1", options.threads);
    return std::make_unique<ReferencePlan>(problem, options.threads);
  }

 private:
  EngineInfo info_{"reference", CONVCHECK_VERSION, "built in", "Apache-2.0"};
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine() { return std::make_unique<ReferenceEngine>(); }

}  // namespace convcheck::reference
