// SPDX-License-Identifier: Apache-2.0
#include "cli/describe/description.hpp"

#include <algorithm>

#include "core/npy.hpp"

namespace convcheck::cli {
namespace {

using properties::AxisStep;

tl::unexpected<Error> no_data() {
  return fail(ErrorCode::kUnsupported,
              "wgrad writes weights, which are no positions of data: it has no receptive field and "
              "no overlap");
}

bool has(const Description& d, Operation operation) {
  return std::any_of(d.problems.begin(), d.problems.end(),
                     [&](const ConvProblem& p) { return p.operation == operation; });
}

// `analyse` of every axis in use; the first refusal, with its axis.
template <typename T, typename Analyse>
AxesResult<T> on_axes(const Description& d, const Analyse& analyse) {
  if (has(d, Operation::kWgrad)) return no_data();
  std::vector<OnAxis<T>> list;
  for (auto a = static_cast<std::size_t>(d.problems[0].first_axis()); a < 3; ++a) {
    Result<T> one = analyse(properties::axis_steps(d.chain->chain, a));
    if (!one) return fail(one.error().code, "axis {}: {}", kAxisLetters[a], one.error().message);
    list.push_back({a, *std::move(one)});
  }
  return list;
}

Result<Field> field_of(const std::vector<AxisStep>& steps) {
  CONVCHECK_ASSIGN(auto field, properties::receptive_field(steps));
  return Field{std::move(field), properties::interior(steps)};
}

// Why the axis overlaps as it does: the rule for every step that writes with a stride.
std::string reason(const std::vector<AxisStep>& steps, bool backward) {
  if (steps.size() == 1) return properties::overlap_reason(steps[0]);
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].operation != Operation::kDeconv || steps[i].stride == 1) continue;
    // Backward, the steps come last first.
    text += fmt::format("{}problem {}: {}", text.empty() ? "" : "; ",
                        backward ? steps.size() - i : i + 1, properties::overlap_reason(steps[i]));
  }
  return text.empty() ? "no stride on this axis" : text;
}

Result<Overlap> overlap_of(const Description& d, bool backward) {
  if (has(d, Operation::kWgrad)) return no_data();
  const bool undone = std::any_of(d.problems.begin(), d.problems.end(), [&](const ConvProblem& p) {
    const bool writes_x = (p.operation == Operation::kDeconv) != backward;
    return writes_x && p.stride != Axes{1, 1, 1};
  });
  if (!undone)
    return fail(ErrorCode::kUnsupported, "{}",
                backward ? "no step reads with a stride, so gradients overlap evenly"
                         : "no step writes with a stride, so outputs overlap evenly");
  Overlap overlap;
  for (auto a = static_cast<std::size_t>(d.problems[0].first_axis()); a < 3; ++a) {
    auto steps = properties::axis_steps(d.chain->chain, a);
    if (backward) steps = properties::adjoint(std::move(steps));
    CONVCHECK_ASSIGN(auto axis, properties::axis_overlap(steps));
    CONVCHECK_ASSIGN(auto counts, properties::path_counts(steps));
    overlap.reasons.push_back(reason(steps, backward));
    overlap.axes.push_back({a, std::move(axis)});
    overlap.counts.push_back(std::move(counts));
  }
  std::vector<properties::AxisOverlap> axes;
  for (const auto& axis : overlap.axes) axes.push_back(axis.value);
  overlap.index = properties::overlap_index(axes);
  return overlap;
}

KernelDescription kernel_of(const Description& d, std::string source,
                            std::optional<std::size_t> problem, properties::ExactKernel kernel) {
  const ConvProblem* p = problem ? &d.problems[*problem] : nullptr;
  const int rank = p != nullptr ? p->rank : static_cast<int>(kernel.shape.size());
  const bool literal = static_cast<int>(kernel.shape.size()) == rank;
  auto separable = properties::separability(kernel, rank, p != nullptr && !literal ? p->groups : 1);
  KernelDescription result{std::move(source),    problem,      std::move(kernel),
                           std::move(separable), std::nullopt, std::nullopt};
  if (rank == 1 && result.kernel.count() == result.kernel.shape.back()) {
    std::vector<properties::Rational> taps;
    for (std::size_t i = 0; i < result.kernel.units.size(); ++i)
      taps.push_back(result.kernel.element(i));
    result.cascade = properties::cascade(taps);
  }
  if (p != nullptr && p->stride != Axes{1, 1, 1})
    result.phase_sums = properties::phase_sums(*p, result.kernel);
  return result;
}

Status add_kernels(const DescribeRequest& request, Description& d) {
  if (!request.weights.empty() && !request.kernel.empty())
    return fail(ErrorCode::kBadInput,
                "--weights and --kernel are both given; one kernel is enough");
  if (request.weights.empty() && request.kernel.empty()) return {};
  if (d.chain && has(d, Operation::kWgrad))
    return fail(ErrorCode::kBadInput,
                "{}: wgrad writes its weights; give those of a conv or deconv",
                request.kernel.empty() ? "--weights" : "--kernel");
  if (!request.kernel.empty()) {
    CONVCHECK_ASSIGN(auto kernel, properties::parse_kernel(request.kernel));
    if (d.problems.size() > 1)
      return fail(ErrorCode::kBadInput,
                  "--kernel is one kernel, the chain has {} problems; give --weights FILE.npy for "
                  "each",
                  d.problems.size());
    if (d.chain) {
      const ConvProblem& p = d.problems[0];
      const Shape taps(p.w_extent.begin() + p.first_axis(), p.w_extent.end());
      if (kernel.shape != taps)
        return fail(ErrorCode::kBadInput, "--kernel has shape {}; the taps of the problem have {}",
                    to_string(kernel.shape), to_string(taps));
    }
    d.kernels.push_back(kernel_of(
        d, "--kernel", d.chain ? std::optional<std::size_t>(0) : std::nullopt, std::move(kernel)));
    return {};
  }
  if (!d.chain)
    return fail(ErrorCode::kBadInput,
                "--weights needs the problem whose weights they are; --kernel '1,2,1' does not");
  if (request.weights.size() != d.problems.size())
    return fail(
        ErrorCode::kBadInput,
        "--weights is given {} times, the chain has {} problems; give it for each, in order",
        request.weights.size(), d.problems.size());
  for (std::size_t i = 0; i < d.problems.size(); ++i) {
    const ConvProblem& p = d.problems[i];
    CONVCHECK_ASSIGN(const Tensor tensor, read_npy(request.weights[i], p.w_type));
    if (tensor.shape() != p.w_shape())
      return fail(ErrorCode::kBadInput, "'{}' has shape {}; the weights of {} have {}",
                  request.weights[i], to_string(tensor.shape()), to_string(p),
                  to_string(p.w_shape()));
    CONVCHECK_ASSIGN(auto kernel,
                     properties::exact_kernel(tensor, p.w_zero_point, request.weights[i]));
    d.kernels.push_back(kernel_of(d, request.weights[i], i, std::move(kernel)));
  }
  return {};
}

template <typename T>
Status reason_of(const std::optional<Result<T>>& analysis) {
  if (analysis && *analysis) return {};
  if (analysis) return tl::unexpected<Error>(analysis->error());
  return fail(ErrorCode::kBadInput, "it needs a problem or chain");
}

// What was asked for by name must be there.
Status check_only(const Description& d) {
  for (const std::string& name : d.only) {
    const auto& names = analysis_names();
    if (std::find(names.begin(), names.end(), name) == names.end())
      return fail(ErrorCode::kBadInput,
                  "--only {}: no analysis of that name; the analyses are size, work, field, "
                  "gridding, checkerboard, separability",
                  name);
    Status status;
    if (name == "size" || name == "work") {
      if (!d.chain) status = fail(ErrorCode::kBadInput, "it needs a problem or chain");
    } else if (name == "field") {
      status = reason_of(d.field);
    } else if (name == "gridding") {
      status = reason_of(d.gridding);
    } else if (name == "checkerboard") {
      status = reason_of(d.forward);
      if (!status && d.backward && *d.backward) status = {};
    } else if (d.kernels.empty()) {
      status =
          fail(ErrorCode::kBadInput, "it needs a kernel: --weights FILE.npy or --kernel '1,2,1'");
    }
    if (!status) return fail(ErrorCode::kBadInput, "--only {}: {}", name, status.error().message);
  }
  return {};
}

}  // namespace

const std::vector<std::string>& analysis_names() {
  static const std::vector<std::string> names = {"size",     "work",         "field",
                                                 "gridding", "checkerboard", "separability"};
  return names;
}

bool Description::wants(const std::string& analysis) const {
  return only.empty() || std::find(only.begin(), only.end(), analysis) != only.end();
}

Result<Description> describe(const DescribeRequest& request) {
  if (request.problem.empty() && request.kernel.empty() && request.weights.empty())
    return fail(ErrorCode::kBadInput, "give a problem, a chain or --kernel '1,2,1'");
  Description d;
  d.only = request.only;
  if (!request.problem.empty()) {
    CONVCHECK_ASSIGN(d.chain, parse_chain(request.problem));
    d.problems = d.chain->chain.problems();
    d.dense = properties::dense_equivalent(d.chain->chain);
    d.channels = properties::channel_reach(d.chain->chain);
    d.field = on_axes<Field>(d, field_of);
    d.gridding = on_axes<properties::Gridding>(d, properties::gridding);
    d.forward = overlap_of(d, false);
    d.backward = overlap_of(d, true);
  }
  CONVCHECK_TRY(add_kernels(request, d));
  CONVCHECK_TRY(check_only(d));
  return d;
}

}  // namespace convcheck::cli
