// SPDX-License-Identifier: Apache-2.0
// Everything that `convcheck describe` says about a problem, a chain or a kernel, computed once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/problem_text.hpp"
#include "properties/analysis/checkerboard.hpp"
#include "properties/analysis/gridding.hpp"
#include "properties/analysis/output_size.hpp"
#include "properties/analysis/polynomial.hpp"
#include "properties/analysis/receptive_field.hpp"
#include "properties/analysis/separability.hpp"
#include "properties/analysis/work.hpp"

namespace convcheck::cli {

struct DescribeRequest {
  std::string problem;               ///< Empty: only the kernel.
  std::vector<std::string> weights;  ///< .npy files, one for each problem of the chain.
  std::string kernel;                ///< A literal; stands for the weights of a single problem.
  std::vector<std::string> only;     ///< Names of analyses; empty: all that make sense.
};

/// One axis on which an analysis looks.
template <typename T>
struct OnAxis {
  std::size_t axis = 2;
  T value;
};
template <typename T>
using AxesResult = Result<std::vector<OnAxis<T>>>;

/// The overlap of what is written (forward), or of the gradient of what is read (backward).
struct Overlap {
  std::vector<OnAxis<properties::AxisOverlap>> axes;
  /// [axes]: the rule with its numbers, for every step that writes with a stride.
  std::vector<std::string> reasons;
  /// [axes][positions]: the paths to every position, borders included.
  std::vector<std::vector<std::int64_t>> counts;
  double index = 0;
  [[nodiscard]] bool even() const { return index == 0; }
};

struct Field {
  properties::ReceptiveField field;
  Result<properties::Interior> interior;
};

/// A kernel that was given, and the problem whose weights it is (if there is one).
struct KernelDescription {
  std::string source;  ///< The file, or "--kernel".
  std::optional<std::size_t> problem;
  properties::ExactKernel kernel;
  Result<properties::Separability> separability;
  std::optional<properties::Cascade> cascade;  ///< One axis, one filter, one channel.
  std::optional<Result<properties::PhaseSums>> phase_sums;
};

/// Analyses that make no sense for the chain, or are too large to enumerate, hold the reason.
struct Description {
  std::optional<NamedChain> chain;
  std::vector<ConvProblem> problems;
  std::optional<Result<properties::DenseEquivalent>> dense;
  std::optional<Result<properties::ChannelReach>> channels;
  std::optional<AxesResult<Field>> field;
  std::optional<AxesResult<properties::Gridding>> gridding;
  std::optional<Result<Overlap>> forward;
  std::optional<Result<Overlap>> backward;
  std::vector<KernelDescription> kernels;
  std::vector<std::string> only;

  /// Whether the analysis of that name was asked for.
  [[nodiscard]] bool wants(const std::string& analysis) const;
};

/// The names that --only takes: size, work, field, gridding, checkerboard, separability.
const std::vector<std::string>& analysis_names();

/// kParse, kInvalidProblem, kBadInput or kIo with a sentence for what does not fit together; an
/// analysis named in `only` that makes no sense is an error, too.
Result<Description> describe(const DescribeRequest& request);

std::string describe_text(const Description& description);
std::string describe_kernel_text(const Description& description);
std::string describe_json(const Description& description);

}  // namespace convcheck::cli
