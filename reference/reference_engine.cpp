// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
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
      weights_.resize(static_cast<std::size_t>(element_count(problem.w_shape())));
  }

  Status pack(const void* w) override {
    const auto* from = static_cast<const float*>(w);
    std::copy(from, from + weights_.size(), weights_.begin());
    return {};
  }

  Status run(const Operands& operands) override {
    CONVCHECK_TRY(check_floating_point());
    const auto input = [&](Role role) { return static_cast<const float*>(operands.get(role)); };
    const bool wgrad = problem_.operation == Operation::kWgrad;
    solver_.run({input(problem_.data_input()), wgrad ? input(Role::kY) : weights_.data(),
                 problem_.has_bias ? input(Role::kBias) : nullptr},
                {static_cast<float*>(operands.get(problem_.written())), nullptr, nullptr});
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
    return solver_.scratch_bytes() + weights_.size() * sizeof(float);
  }
  [[nodiscard]] std::string algorithm() const override { return "certified"; }

 private:
  ConvProblem problem_;
  Solver solver_;
  std::vector<float> weights_;
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
