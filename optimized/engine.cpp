// SPDX-License-Identifier: Apache-2.0
#include "optimized/engine.hpp"

#include <hwy/targets.h>

#include <algorithm>
#include <new>
#include <vector>

#include "core/problem_text.hpp"
#include "optimized/deconv_phases.hpp"
#include "optimized/deconv_plan.hpp"
#include "optimized/kernel.hpp"
#include "optimized/wgrad_plan.hpp"

namespace convcheck::optimized {
namespace {

// Each has a plan of its own. Three an axis at most where the dilation is 1.
constexpr std::size_t kMaxDeconvConvs = 64;

// The convs that kernels compute for a valid problem; none where nothing is to be added.
Result<std::vector<ConvProblem>> convs_of(const ConvProblem& p) {
  CONVCHECK_TRY(supports_f32(p));
  std::vector<ConvProblem> convs;
  if (p.operation == Operation::kConv) {
    convs.push_back(p);
  } else if (p.operation == Operation::kWgrad) {
    if (element_count(p.y_shape()) > 0) convs.push_back(wgrad_conv(p));
  } else {
    if (p.padding_mode != PaddingMode::kZeros)
      return fail(ErrorCode::kUnsupported, "padding mode {} of a deconv; only zeros is supported",
                  to_string(p.padding_mode));
    for (DeconvPhase& phase : deconv_phases(p))
      if (phase.has_taps) convs.push_back(std::move(phase.conv));
    if (convs.size() > kMaxDeconvConvs)
      return fail(ErrorCode::kUnsupported,
                  "stride and dilation make {} convs of the deconv; at most {}", convs.size(),
                  kMaxDeconvConvs);
  }
  for (const ConvProblem& conv : convs) {
    if (Status valid = validate(conv); !valid)
      return fail(ErrorCode::kUnsupported, "as a conv: {}", valid.error().message);
  }
  return convs;
}

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
      switch (p.operation) {
        case Operation::kConv:
          return kernel->prepare(p, options);
        case Operation::kDeconv:
          return make_deconv_plan(p, options, *kernel);
        case Operation::kWgrad:
          return make_wgrad_plan(p, options, *kernel);
      }
      CONVCHECK_CHECK(false, to_string(p));
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kEngineFailed, "the workspace of {} for {} does not fit in memory",
                  kernel->name, to_string(p));
    }
  }

 private:
  [[nodiscard]] Result<const Kernel*> choose(const ConvProblem& p) const {
    CONVCHECK_ASSIGN(const std::vector<ConvProblem> convs, convs_of(p));
    const Kernel* best = nullptr;
    double least = 0;
    Error refusal;
    for (const Kernel* kernel : candidates_) {
      Status status;
      double cycles = 0;
      for (const ConvProblem& conv : convs) {
        status = kernel->supports(conv);
        if (!status) break;
        cycles += kernel->cost(conv);
      }
      if (!status) {
        refusal = std::move(status).error();
      } else if (best == nullptr || cycles < least) {
        best = kernel;
        least = cycles;
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
