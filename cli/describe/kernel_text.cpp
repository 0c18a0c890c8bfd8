// SPDX-License-Identifier: Apache-2.0
// What `convcheck describe` prints of a kernel that was given: phases, ranks, factors.
#include <algorithm>

#include "cli/describe/description.hpp"

namespace convcheck::cli {
namespace {

using properties::MatrixRank;
using properties::PhaseSums;
using properties::Separability;

// Factors and phase sums longer than this stay in --json.
constexpr std::size_t kMaxShown = 32;

std::string ranks_text(const std::map<std::size_t, std::int64_t>& ranks) {
  std::string text;
  for (const auto& [rank, slices] : ranks)
    text += fmt::format("{}{} of rank {}", text.empty() ? "" : ", ", slices, rank);
  return text;
}

std::string vector_text(const properties::RationalMatrix& m, std::size_t index, bool column) {
  std::string text;
  const std::size_t size = column ? m.rows : m.columns;
  for (std::size_t i = 0; i < size; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ",
                        properties::fraction_text(column ? m.at(i, index) : m.at(index, i)));
  return fmt::format("[{}]", text);
}

std::string matrix_text(const MatrixRank& m, const std::string& name) {
  const std::size_t rank = m.factors.rank();
  const std::size_t products = m.matrix.rows * m.matrix.columns;
  const std::size_t passes = rank * (m.matrix.rows + m.matrix.columns);
  std::string text = fmt::format("  {}: {} x {}, exact rank {}{}; {} products an output for {}\n",
                                 name, m.matrix.rows, m.matrix.columns, rank,
                                 rank == 1 ? ": separable" : "", passes, products);
  for (std::size_t k = 0; k < rank && m.matrix.rows + m.matrix.columns <= kMaxShown; ++k)
    text += fmt::format("    column {} row {}\n", vector_text(m.factors.columns, k, true),
                        vector_text(m.factors.rows, k, false));
  text += fmt::format("    columns times rows are the kernel, in fractions: {}\n",
                      m.reproduced ? "checked" : "NOT SO");
  const properties::NumericalRank& n = m.numerical;
  text += fmt::format("    singular values");
  for (std::size_t i = 0; i < std::min<std::size_t>(8, n.svd.values.size()); ++i)
    text += fmt::format(" {:.6g}", n.svd.values[i]);
  const double radius = *std::max_element(n.svd.radii.begin(), n.svd.radii.end());
  text += fmt::format("{}, each within {:.2g}\n", n.svd.values.size() > 8 ? " ..." : "", radius);
  if (n.tolerance == 0) return text + "    the elements are exact: the exact rank is the rank\n";
  text += fmt::format("    rounding of the elements explains {:.3g}: numerical rank {}",
                      n.tolerance, n.possible);
  text += n.certain == n.possible ? ", certain\n"
                                  : fmt::format(", at least {} for certain\n", n.certain);
  return text;
}

std::string separability_text(const KernelDescription& k) {
  if (!k.separability) return fmt::format("  {}\n", k.separability.error().message);
  const Separability& s = *k.separability;
  std::string text;
  if (s.rank == 1) {
    text += fmt::format("  one axis of {} taps: nothing to separate\n", k.kernel.shape.back());
  } else if (s.slices > 1) {
    text += fmt::format("  {} kernels of taps: {}; numerically {}{}\n", s.slices,
                        ranks_text(s.exact_ranks), ranks_text(s.numerical_ranks),
                        s.undecided == 0 ? "" : fmt::format(", {} undecided", s.undecided));
  }
  if (s.rank > 1 && s.shown.empty()) text += "  all taps are zero: rank 0\n";
  for (std::size_t i = 0; i < s.shown.size(); ++i)
    text += matrix_text(s.shown[i], s.shown.size() > 1 ? fmt::format("kernel {}, unfolded along {}",
                                                                     s.shown_slice, kAxisLetters[i])
                                    : s.slices > 1     ? fmt::format("kernel {}", s.shown_slice)
                                                       : "kernel");
  if (k.cascade) {
    std::int64_t passes = 0;
    for (const auto& factor : k.cascade->factors) passes += factor.power;
    text += fmt::format("  as a polynomial: {}{}\n", properties::to_text(*k.cascade),
                        passes == 0 ? ""
                                    : fmt::format(": {} {} of two taps in a row", passes,
                                                  passes == 1 ? "pass" : "passes"));
  }
  if (s.rank == 1 && k.cascade && k.kernel.count() > 1)
    text += fmt::format(
        "  its outer product with itself is a separable kernel: {} products for {} an output\n",
        2 * k.kernel.count(), k.kernel.count() * k.kernel.count());
  if (s.flattened_filters)
    text += fmt::format("  flattened (a product over channel and axes): {} of {} filters\n",
                        *s.flattened_filters, s.filters);
  if (s.depthwise_multiplier)
    text += fmt::format(
        "  depthwise, then 1x1: {}\n",
        *s.depthwise_multiplier <= 1
            ? "the same layer, with multiplier 1"
            : fmt::format("the same layer only with multiplier {}", *s.depthwise_multiplier));
  return text;
}

std::string phases_text(const PhaseSums& p) {
  const std::size_t phases = p.sums.size() / static_cast<std::size_t>(p.channels);
  const auto worst = static_cast<std::size_t>(p.worst);
  const auto even = std::count(p.even.begin(), p.even.end(), true);
  std::string text = fmt::format("  response to a constant: {}\n",
                                 even == p.channels ? "even on every channel, no artefact"
                                                    : fmt::format("uneven on {} of {} channels",
                                                                  p.channels - even, p.channels));
  text += fmt::format("    {} {}: index {:.4g} ({}), phases [{}, {}, {}]:",
                      even == p.channels ? "channel" : "worst channel", worst, p.index[worst],
                      p.mean_is_zero[worst] ? "max - min; the mean is 0" : "(max - min) / |mean|",
                      p.period[0], p.period[1], p.period[2]);
  for (std::size_t r = 0; r < std::min(kMaxShown, phases); ++r)
    text += fmt::format(" {:.6g}", p.sums[worst * phases + r]);
  return text + (phases > kMaxShown ? " ...\n" : "\n");
}

}  // namespace

std::string describe_kernel_text(const Description& d) {
  std::string text;
  for (const KernelDescription& k : d.kernels) {
    text += fmt::format(
        "kernel {} {}{}\n", k.source, to_string(k.kernel.shape),
        k.problem && d.problems.size() > 1 ? fmt::format(", problem {}", *k.problem + 1) : "");
    if (k.phase_sums && d.wants("checkerboard"))
      text += *k.phase_sums ? phases_text(**k.phase_sums)
                            : fmt::format("  {}\n", k.phase_sums->error().message);
    if (d.wants("separability")) text += separability_text(k);
  }
  return text;
}

}  // namespace convcheck::cli
