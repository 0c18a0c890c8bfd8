// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/work.hpp"

#include <algorithm>
#include <vector>

#include "properties/analysis/tap_paths.hpp"

namespace convcheck::properties {
namespace {

double count(const Shape& shape) { return static_cast<double>(element_count(shape)); }

double bytes(const ConvProblem& p, Role role) {
  return count(p.shape(role)) * static_cast<double>(size_bytes(p.type(role)));
}

bool single_tap(const ConvProblem& p) { return p.w_extent == Axes{1, 1, 1}; }

// The axes on which the kernel has more than one tap.
std::vector<std::size_t> long_axes(const ConvProblem& p) {
  std::vector<std::size_t> axes;
  for (std::size_t a = 0; a < 3; ++a) {
    if (p.w_extent[a] > 1) axes.push_back(a);
  }
  return axes;
}

// Every problem has its taps along one axis (or, if allowed, none), and no two along the same.
bool one_axis_each(const std::vector<ConvProblem>& problems, bool allow_pointwise) {
  std::vector<std::size_t> seen;
  for (const ConvProblem& p : problems) {
    const auto axes = long_axes(p);
    if (axes.empty() && allow_pointwise) continue;
    if (axes.size() != 1 || std::find(seen.begin(), seen.end(), axes[0]) != seen.end())
      return false;
    seen.push_back(axes[0]);
  }
  return seen.size() > 1;
}

std::vector<std::string> step_kinds(const Chain& chain) {
  std::vector<std::string> kinds;
  for (const Step& step : chain.steps) {
    const auto* p = std::get_if<ConvProblem>(&step);
    kinds.emplace_back(p == nullptr ? "shuffle" : kind(*p));
  }
  return kinds;
}

}  // namespace

Work work(const ConvProblem& p) {
  Work total;
  total.macs = p.nominal_macs();
  total.macs_inside = p.valid_macs();
  total.weights = count(p.w_shape());
  total.biases = p.has_bias ? count(p.bias_shape()) : 0;
  total.weight_bytes = bytes(p, Role::kW) + (p.has_bias ? bytes(p, Role::kBias) : 0);
  total.data_bytes = bytes(p, Role::kX) + bytes(p, Role::kY);
  return total;
}

Work work(const Chain& chain) {
  Work total;
  bool first = true;
  for (const ConvProblem& p : chain.problems()) {
    const Work one = work(p);
    total.macs += one.macs;
    total.macs_inside += one.macs_inside;
    total.weights += one.weights;
    total.biases += one.biases;
    total.weight_bytes += one.weight_bytes;
    total.data_bytes += first ? one.data_bytes : one.data_bytes - bytes(p, p.data_input());
    first = false;
  }
  return total;
}

std::string kind(const ConvProblem& p) {
  if (p.groups == 1) return single_tap(p) ? "pointwise" : "dense";
  const std::int64_t read = p.operation == Operation::kDeconv ? p.out_channels : p.in_channels;
  const char* channels = p.groups == read ? "depthwise" : "grouped";
  return fmt::format("{}{}", channels, single_tap(p) ? " pointwise" : "");
}

std::string pattern(const Chain& chain) {
  using Kinds = std::vector<std::string>;
  const auto problems = chain.problems();
  for (const ConvProblem& p : problems) {
    if (p.operation != Operation::kConv) return "";
  }
  const Kinds kinds = step_kinds(chain);
  if (kinds == Kinds{"depthwise", "pointwise"})
    return "depthwise separable (Howard et al. 2017, MobileNets)";
  if (kinds == Kinds{"pointwise", "depthwise"})
    return "depthwise separable, pointwise first (Chollet 2017, Xception)";
  if (kinds == Kinds{"pointwise", "depthwise", "pointwise"})
    return "bottleneck around a depthwise convolution (Sandler et al. 2018, MobileNetV2)";
  if (kinds == Kinds{"grouped pointwise", "shuffle", "depthwise", "grouped pointwise"})
    return "ShuffleNet unit (Zhang et al. 2018)";
  if (kinds == Kinds{"grouped pointwise", "shuffle", "depthwise"} ||
      kinds == Kinds{"grouped pointwise", "shuffle", "grouped pointwise"})
    return "part of a ShuffleNet unit (Zhang et al. 2018)";
  const auto all_of = [&](auto&& predicate) {
    return std::all_of(problems.begin(), problems.end(), predicate);
  };
  const auto pointwise = std::count(kinds.begin(), kinds.end(), "pointwise");
  if (pointwise == 1 && all_of([](const ConvProblem& p) {
        return kind(p) == "depthwise" || kind(p) == "pointwise";
      }) &&
      one_axis_each(problems, true))
    return "flattened (Jin et al. 2015)";
  if (one_axis_each(problems, false)) return "spatially separable: one axis a step";
  return "";
}

Result<DenseEquivalent> dense_equivalent(const Chain& chain) {
  const auto problems = chain.problems();
  const ConvProblem& first = problems.front();
  const ConvProblem& last = problems.back();
  DenseEquivalent dense;
  dense.taps = 1;
  if (chain.is_single()) {
    for (const std::int64_t taps : first.w_extent) dense.taps *= static_cast<double>(taps);
  } else {
    for (const ConvProblem& p : problems) {
      if (p.operation != Operation::kConv)
        return fail(ErrorCode::kUnsupported,
                    "a chain with {} is no single convolution: what an output reads depends on "
                    "its position",
                    to_string(p.operation));
    }
    for (std::size_t a = 0; a < 3; ++a) {
      CONVCHECK_ASSIGN(const TapPaths paths, tap_paths(axis_steps(chain, a)));
      dense.taps *= static_cast<double>(paths.phases[0].size());
    }
  }
  const double pairs =
      static_cast<double>(first.in_channels) * static_cast<double>(last.out_channels);
  dense.weights = pairs * dense.taps;
  dense.macs = dense.weights * static_cast<double>(first.batch);
  for (const std::int64_t extent : last.y_extent) dense.macs *= static_cast<double>(extent);
  return dense;
}

Result<ChannelReach> channel_reach(const Chain& chain) {
  constexpr std::int64_t kMaxChannels = 4096;
  using Set = std::vector<bool>;
  ChannelReach reach;
  std::vector<Set> sets;  // Of every channel, the input channels that reach it.
  for (const Step& step : chain.steps) {
    if (const auto* shuffle = std::get_if<Shuffle>(&step)) {
      const std::size_t groups = static_cast<std::size_t>(shuffle->groups);
      const std::size_t size = sets.size() / groups;
      std::vector<Set> moved(sets.size());
      for (std::size_t c = 0; c < sets.size(); ++c)
        moved[c % size * groups + c / size] = std::move(sets[c]);
      sets = std::move(moved);
      continue;
    }
    const auto& p = std::get<ConvProblem>(step);
    if (p.operation == Operation::kWgrad)
      return fail(ErrorCode::kUnsupported, "wgrad writes weights, which are no channels of data");
    const bool back = p.operation == Operation::kDeconv;
    const std::int64_t in = back ? p.out_channels : p.in_channels;
    const std::int64_t out = back ? p.in_channels : p.out_channels;
    if (std::max(in, out) > kMaxChannels)
      return fail(ErrorCode::kUnsupported, "not enumerated: {} channels, more than {}",
                  std::max(in, out), kMaxChannels);
    if (sets.empty()) {
      reach.in_channels = in;
      sets.assign(static_cast<std::size_t>(in), Set(static_cast<std::size_t>(in), false));
      for (std::size_t c = 0; c < sets.size(); ++c) sets[c][c] = true;
    }
    std::vector<Set> written;
    for (std::int64_t g = 0; g < p.groups; ++g) {
      Set all(static_cast<std::size_t>(reach.in_channels), false);
      for (std::int64_t c = g * (in / p.groups); c < (g + 1) * (in / p.groups); ++c) {
        const Set& one = sets[static_cast<std::size_t>(c)];
        for (std::size_t i = 0; i < all.size(); ++i) {
          if (one[i]) all[i] = true;
        }
      }
      written.insert(written.end(), static_cast<std::size_t>(out / p.groups), all);
    }
    sets = std::move(written);
  }
  reach.out_channels = static_cast<std::int64_t>(sets.size());
  reach.fewest = reach.in_channels;
  reach.most = 0;
  for (const Set& set : sets) {
    const auto size = static_cast<std::int64_t>(std::count(set.begin(), set.end(), true));
    reach.fewest = std::min(reach.fewest, size);
    reach.most = std::max(reach.most, size);
  }
  return reach;
}

}  // namespace convcheck::properties
