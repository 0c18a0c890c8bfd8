// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/separability.hpp"

#include <algorithm>

#include "properties/round_up.hpp"

namespace convcheck::properties {
namespace {

// Weights as filters, channels and up to three axes of taps.
struct View {
  std::int64_t filters = 1;
  std::int64_t channels = 1;
  std::vector<std::size_t> taps;  // Extents.
  std::size_t tap_count = 1;

  [[nodiscard]] std::size_t offset(std::int64_t m, std::int64_t c) const {
    return static_cast<std::size_t>(m * channels + c) * tap_count;
  }
};

// The tensor of `extents` at `offset` with axis `first` as rows, all others as columns: [source
// index] of every entry.
std::vector<std::size_t> unfolding(const std::vector<std::size_t>& extents, std::size_t first) {
  std::vector<std::size_t> strides(extents.size(), 1);
  for (std::size_t a = extents.size() - 1; a-- > 0;) strides[a] = strides[a + 1] * extents[a + 1];
  std::size_t count = 1;
  for (const std::size_t e : extents) count *= e;
  const std::size_t columns = count / extents[first];
  std::vector<std::size_t> sources(count);
  std::vector<std::size_t> column(extents[first], 0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = i / strides[first] % extents[first];
    sources[row * columns + column[row]++] = i;
  }
  return sources;
}

RationalMatrix matrix_of(const ExactKernel& kernel, std::size_t offset,
                         const std::vector<std::size_t>& sources, std::size_t rows) {
  RationalMatrix matrix(rows, sources.size() / rows);
  for (std::size_t i = 0; i < sources.size(); ++i)
    matrix.entries[i] = kernel.element(offset + sources[i]);
  return matrix;
}

std::vector<double> uncertainty_of(const ExactKernel& kernel, std::size_t offset,
                                   const std::vector<std::size_t>& sources) {
  std::vector<double> values;
  for (const std::size_t source : sources) values.push_back(kernel.uncertainty[offset + source]);
  return values;
}

NumericalRank numerical_rank(const RationalMatrix& matrix, std::vector<double> uncertainty) {
  std::vector<double> entries;
  std::vector<double> conversion;
  for (const Rational& v : matrix.entries) {
    entries.push_back(reference::round_to_double(v));
    // Fractions that no double holds are decomposed at the nearest one.
    conversion.push_back(Rational(entries.back()) == v ? 0
                                                       : up(std::abs(entries.back()) * 0x1p-53));
  }
  NumericalRank result;
  result.tolerance = norm_up(uncertainty);
  result.svd = singular_values(entries, matrix.rows, matrix.columns);
  const double converted = norm_up(conversion);
  for (double& radius : result.svd.radii) radius = add_up(radius, converted);
  if (result.tolerance == 0) {  // The fractions are what was meant, and their rank is known.
    result.certain = result.possible = rank_factors(matrix).rank();
    return result;
  }
  for (std::size_t i = 0; i < result.svd.values.size(); ++i) {
    const double value = result.svd.values[i];
    const double radius = result.svd.radii[i];
    // Rounded sums are compared from the side that claims less.
    if (value > add_up(radius, result.tolerance)) ++result.certain;
    if (add_up(value, radius) > result.tolerance) ++result.possible;
  }
  return result;
}

// The ranks of one slice, stopping as early as they are known.
std::size_t exact_rank(const ExactKernel& kernel, std::size_t offset, const View& view) {
  std::size_t most = 0;
  for (std::size_t a = 0; a < view.taps.size(); ++a) {
    if (view.taps.size() == 2 && a == 1) break;  // The transpose of the first.
    const auto sources = unfolding(view.taps, a);
    most = std::max(most, rank(matrix_of(kernel, offset, sources, view.taps[a]), sources.size()));
  }
  return most;
}

// 1 if the tensor is an outer product over all its axes: every unfolding has rank 1 at most.
bool is_product(const ExactKernel& kernel, std::size_t offset,
                const std::vector<std::size_t>& extents) {
  for (std::size_t a = 0; a < extents.size(); ++a) {
    const auto sources = unfolding(extents, a);
    if (rank(matrix_of(kernel, offset, sources, extents[a]), 1) > 1) return false;
  }
  return true;
}

std::int64_t flattened(const ExactKernel& kernel, const View& view) {
  std::vector<std::size_t> extents{static_cast<std::size_t>(view.channels)};
  extents.insert(extents.end(), view.taps.begin(), view.taps.end());
  std::int64_t count = 0;
  for (std::int64_t m = 0; m < view.filters; ++m) {
    if (is_product(kernel, view.offset(m, 0), extents)) ++count;
  }
  return count;
}

std::size_t depthwise_multiplier(const ExactKernel& kernel, const View& view, std::int64_t groups) {
  std::size_t most = 0;
  const std::int64_t filters = view.filters / groups;
  for (std::int64_t g = 0; g < groups; ++g)
    for (std::int64_t c = 0; c < view.channels; ++c) {
      RationalMatrix matrix(static_cast<std::size_t>(filters), view.tap_count);
      for (std::int64_t m = 0; m < filters; ++m)
        for (std::size_t t = 0; t < view.tap_count; ++t)
          matrix.at(static_cast<std::size_t>(m), t) =
              kernel.element(view.offset(g * filters + m, c) + t);
      most = std::max(most, rank(matrix, view.tap_count));
    }
  return most;
}

bool is_zero(const ExactKernel& kernel, std::size_t offset, std::size_t count) {
  const auto begin = kernel.units.begin() + static_cast<std::ptrdiff_t>(offset);
  return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                     [](const Integer& v) { return v == 0; });
}

}  // namespace

MatrixRank matrix_rank(const RationalMatrix& matrix, const std::vector<double>& uncertainty) {
  MatrixRank result;
  result.matrix = matrix;
  result.factors = rank_factors(matrix);
  result.reproduced = product(result.factors.columns, result.factors.rows) == matrix;
  result.numerical = numerical_rank(matrix, uncertainty);
  return result;
}

Result<Separability> separability(const ExactKernel& kernel, int rank, std::int64_t groups) {
  const bool literal = static_cast<int>(kernel.shape.size()) == rank;
  if (rank < 1 || rank > kMaxRank ||
      (!literal && static_cast<int>(kernel.shape.size()) != rank + 2))
    return fail(ErrorCode::kBadInput,
                "the kernel has shape {}; it is {} extents of taps, with or without filters and "
                "channels before them",
                to_string(kernel.shape), rank);
  View view;
  if (!literal) {
    view.filters = kernel.shape[0];
    view.channels = kernel.shape[1];
  }
  for (auto a = kernel.shape.end() - rank; a != kernel.shape.end(); ++a) {
    view.taps.push_back(static_cast<std::size_t>(*a));
    view.tap_count *= view.taps.back();
  }
  Separability result;
  result.rank = rank;
  result.filters = view.filters;
  result.slices = view.filters * view.channels;
  for (std::int64_t slice = 0; slice < result.slices; ++slice) {
    const std::size_t offset = view.offset(slice / view.channels, slice % view.channels);
    if (rank == 1) {
      ++result.exact_ranks[is_zero(kernel, offset, view.tap_count) ? 0 : 1];
      continue;
    }
    ++result.exact_ranks[exact_rank(kernel, offset, view)];
    const bool show = result.shown.empty() && !is_zero(kernel, offset, view.tap_count);
    if (show) result.shown_slice = slice;
    std::size_t possible = 0;
    bool decided = true;
    for (std::size_t a = 0; a < view.taps.size() && !(rank == 2 && a == 1); ++a) {
      const auto sources = unfolding(view.taps, a);
      const RationalMatrix matrix = matrix_of(kernel, offset, sources, view.taps[a]);
      const auto uncertainty = uncertainty_of(kernel, offset, sources);
      NumericalRank numerical;
      if (show) {
        result.shown.push_back(matrix_rank(matrix, uncertainty));
        numerical = result.shown.back().numerical;
      } else {
        numerical = numerical_rank(matrix, uncertainty);
      }
      possible = std::max(possible, numerical.possible);
      decided = decided && numerical.certain == numerical.possible;
    }
    ++result.numerical_ranks[possible];
    if (!decided) ++result.undecided;
  }
  if (!literal && view.channels > 1) result.flattened_filters = flattened(kernel, view);
  if (!literal && view.filters > groups && view.tap_count > 1)
    result.depthwise_multiplier = depthwise_multiplier(kernel, view, groups);
  return result;
}

}  // namespace convcheck::properties
