// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/tap_paths.hpp"

#include <algorithm>

#include "core/wide.hpp"

namespace convcheck::properties {
namespace {

constexpr std::int64_t kMaxPairs = std::int64_t{1} << 22;
constexpr Int128 kMaxNumber = Int128{1} << 62;

// Counts pairs of position and tap, so that no description takes more than a moment.
class Budget {
 public:
  Status spend(Int128 pairs) {
    left_ -= pairs;
    if (left_ >= 0) return {};
    return fail(ErrorCode::kUnsupported,
                "not enumerated: it has more than 2^22 pairs of position and tap");
  }

 private:
  Int128 left_ = kMaxPairs;
};

Status check_paths(const std::vector<AxisStep>& steps) {
  Int128 paths = 1;
  for (const AxisStep& step : steps) {
    paths *= step.taps;
    if (paths >= kMaxNumber)
      return fail(ErrorCode::kUnsupported, "not enumerated: it has 2^62 paths of taps or more");
  }
  return {};
}

Status check_position(Int128 position) {
  if (position < kMaxNumber && position > -kMaxNumber) return {};
  return fail(ErrorCode::kUnsupported, "not enumerated: it reaches position 2^62");
}

// Ascending, each position once.
void merge(std::vector<Reached>& list) {
  std::sort(list.begin(), list.end(),
            [](const Reached& a, const Reached& b) { return a.position < b.position; });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (list[i].position == list[kept].position)
      list[kept].paths += list[i].paths;
    else
      list[++kept] = list[i];
  }
  if (!list.empty()) list.resize(kept + 1);
}

// What `positions`, written by the step, read.
Result<std::vector<Reached>> back(const AxisStep& step, const std::vector<Reached>& positions,
                                  Budget& budget) {
  CONVCHECK_TRY(budget.spend(static_cast<Int128>(positions.size()) * step.taps));
  std::vector<Reached> read;
  for (const Reached& at : positions) {
    for (std::int64_t t = 0; t < step.taps; ++t) {
      const Int128 offset = static_cast<Int128>(t) * step.dilation - step.pad_begin;
      Int128 position = 0;
      if (step.operation == Operation::kDeconv) {
        const Int128 scaled = at.position - offset;
        if (scaled % step.stride != 0) continue;
        position = scaled / step.stride;
      } else {
        position = static_cast<Int128>(at.position) * step.stride + offset;
      }
      CONVCHECK_TRY(check_position(position));
      read.push_back({static_cast<std::int64_t>(position), at.paths});
    }
  }
  merge(read);
  return read;
}

Int128 common_divisor(Int128 a, Int128 b) {
  while (b != 0) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// For what every step reads to move by whole positions, the output moves by `period`.
Result<TapPaths> repetition(const std::vector<AxisStep>& steps) {
  Int128 up = 1;
  Int128 down = 1;  // So far the input moves by up/down for each position of the output.
  Int128 period = 1;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    (step->operation == Operation::kDeconv ? down : up) *= step->stride;
    const Int128 common = common_divisor(up, down);
    up /= common;
    down /= common;
    period = period / common_divisor(period, down) * down;
    if (period > kMaxPairs)
      return fail(ErrorCode::kUnsupported,
                  "not enumerated: it repeats after more than 2^22 positions only");
    CONVCHECK_TRY(check_position(up * period));
  }
  TapPaths paths;
  paths.period = static_cast<std::int64_t>(period);
  paths.shift = static_cast<std::int64_t>(up * period / down);
  return paths;
}

}  // namespace

std::vector<AxisStep> axis_steps(const Chain& chain, std::size_t axis) {
  std::vector<AxisStep> steps;
  for (const ConvProblem& p : chain.problems())
    steps.push_back({p.operation, p.x_extent[axis], p.y_extent[axis], p.w_extent[axis],
                     p.stride[axis], p.dilation[axis], p.pad_begin[axis]});
  return steps;
}

std::vector<AxisStep> adjoint(std::vector<AxisStep> steps) {
  std::reverse(steps.begin(), steps.end());
  for (AxisStep& step : steps)
    step.operation = step.operation == Operation::kDeconv ? Operation::kConv : Operation::kDeconv;
  return steps;
}

std::int64_t total_paths(const std::vector<Reached>& phase) {
  std::int64_t total = 0;
  for (const Reached& at : phase) total += at.paths;
  return total;
}

Result<TapPaths> tap_paths(const std::vector<AxisStep>& steps) {
  CONVCHECK_TRY(check_paths(steps));
  CONVCHECK_ASSIGN(TapPaths paths, repetition(steps));
  Budget budget;
  for (std::int64_t phase = 0; phase < paths.period; ++phase) {
    std::vector<Reached> positions{{phase, 1}};
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      CONVCHECK_ASSIGN(positions, back(*step, positions, budget));
    }
    paths.phases.push_back(std::move(positions));
  }
  return paths;
}

Result<std::vector<std::int64_t>> path_counts(const std::vector<AxisStep>& steps) {
  CONVCHECK_TRY(check_paths(steps));
  Budget budget;
  if (!steps.empty()) CONVCHECK_TRY(budget.spend(steps.front().read_extent()));
  std::vector<std::int64_t> counts(
      static_cast<std::size_t>(steps.empty() ? 0 : steps.front().read_extent()), 1);
  for (const AxisStep& step : steps) {
    CONVCHECK_TRY(budget.spend(static_cast<Int128>(step.y_extent) * step.taps));
    CONVCHECK_TRY(budget.spend(step.written_extent()));
    std::vector<std::int64_t> written(static_cast<std::size_t>(step.written_extent()), 0);
    for (std::int64_t o = 0; o < step.y_extent; ++o) {
      for (std::int64_t t = 0; t < step.taps; ++t) {
        const std::int64_t i = o * step.stride + t * step.dilation - step.pad_begin;
        if (i < 0 || i >= step.x_extent) continue;
        const auto x = static_cast<std::size_t>(i);
        const auto y = static_cast<std::size_t>(o);
        if (step.operation == Operation::kDeconv)
          written[x] += counts[y];
        else
          written[y] += counts[x];
      }
    }
    counts = std::move(written);
  }
  return counts;
}

}  // namespace convcheck::properties
