// SPDX-License-Identifier: Apache-2.0
#include "optimized/engine.hpp"

#include <hwy/targets.h>

#include <new>

#include "core/problem_text.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {
namespace {

// Kernels that may be used: all of them, or one.
class KernelEngine final : public Engine {
 public:
  KernelEngine(std::string name, std::vector<const Kernel*> candidates)
      : candidates_(std::move(candidates)) {
    info_.name = std::move(name);
    info_.version = CONVCHECK_VERSION;
    info_.loaded = "built in";
    info_.licence = "Apache-2.0";
  }

  [[nodiscard]] const EngineInfo& info() const override { return info_; }

  [[nodiscard]] Status supports(const ConvProblem& p) const override {
    CONVCHECK_ASSIGN([[maybe_unused]] const Kernel* kernel, choose(p));
    return {};
  }

  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) override {
    CONVCHECK_ASSIGN(const Kernel* kernel, choose(p));
    try {
      return kernel->prepare(p, options);
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kEngineFailed, "the workspace of {} for {} does not fit in memory",
                  kernel->name, to_string(p));
    }
  }

 private:
  [[nodiscard]] Result<const Kernel*> choose(const ConvProblem& p) const {
    const Kernel* best = nullptr;
    Error refusal;
    for (const Kernel* kernel : candidates_) {
      if (Status status = kernel->supports(p); !status) {
        refusal = std::move(status).error();
      } else if (best == nullptr || kernel->cost(p) < best->cost(p)) {
        best = kernel;
      }
    }
    if (best == nullptr) return tl::unexpected<Error>(std::move(refusal));
    return best;
  }

  EngineInfo info_;
  std::vector<const Kernel*> candidates_;
};

}  // namespace

std::vector<std::string_view> variants() {
  std::vector<std::string_view> names{"auto"};
  for (const Kernel* kernel : kernels()) names.emplace_back(kernel->name);
  return names;
}

Result<std::unique_ptr<Engine>> make_engine(std::string_view variant) {
  const auto all = kernels();
  if (variant.empty() || variant == "auto")
    return std::make_unique<KernelEngine>(variant.empty() ? "optimized" : "optimized:auto",
                                          std::vector<const Kernel*>(all.begin(), all.end()));
  for (const Kernel* kernel : all) {
    if (variant == kernel->name)
      return std::make_unique<KernelEngine>(fmt::format("optimized:{}", variant),
                                            std::vector<const Kernel*>{kernel});
  }
  std::string names;
  for (const std::string_view name : variants())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return fail(ErrorCode::kBadInput, "optimized has no kernel '{}'; it has {}", variant, names);
}

}  // namespace convcheck::optimized
