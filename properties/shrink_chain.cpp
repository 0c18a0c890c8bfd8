// SPDX-License-Identifier: Apache-2.0
// Smaller problems and chains.
#include <algorithm>
#include <functional>

#include "core/geometry.hpp"
#include "properties/shrink_moves.hpp"

namespace convcheck::properties {
namespace {

// low, then from halfway to one below: what a value of n may become.
std::vector<std::int64_t> towards(std::int64_t n, std::int64_t low) {
  std::vector<std::int64_t> values;
  for (std::int64_t distance = n - low; distance > 0; distance /= 2) values.push_back(n - distance);
  return values;
}

// The same for a padding, towards 0 from either side.
std::vector<std::int64_t> towards_zero(std::int64_t n) {
  std::vector<std::int64_t> values = towards(n < 0 ? -n : n, 0);
  if (n < 0) std::transform(values.begin(), values.end(), values.begin(), std::negate<>());
  return values;
}

std::int64_t effective(const ConvProblem& p, std::size_t a) {
  return (p.w_extent[a] - 1) * p.dilation[a] + 1;
}

// Smaller versions of one problem, in the order in which they are tried. Extents never grow and
// |padding| never does, so no sequence of moves comes back.
class ProblemMoves {
 public:
  explicit ProblemMoves(const ConvProblem& p) : p_(p) {}

  std::vector<ConvProblem> all() {
    sizes();
    for (auto a = static_cast<std::size_t>(p_.first_axis()); a < 3; ++a) axis(a);
    words();
    return std::move(list_);
  }

 private:
  void add(const ConvProblem& p) {
    if (p != p_) list_.push_back(p);
  }

  template <typename Change>
  void add_with(Change&& change) {
    ConvProblem p = p_;
    change(p);
    add(p);
  }

  void sizes() {
    for (const std::int64_t batch : towards(p_.batch, std::min<std::int64_t>(p_.batch, 1)))
      add_with([&](ConvProblem& p) { p.batch = batch; });
    const std::int64_t in = p_.in_channels / p_.groups;
    const std::int64_t out = p_.out_channels / p_.groups;
    const auto channels = [&](std::int64_t groups, std::int64_t c, std::int64_t m) {
      add_with([&](ConvProblem& p) {
        p.groups = groups;
        p.in_channels = groups * c;
        p.out_channels = groups * m;
      });
    };
    channels(1, 1, 1);
    for (const std::int64_t groups : towards(p_.groups, 1)) channels(groups, in, out);
    for (const std::int64_t c : towards(in, 1)) channels(p_.groups, c, out);
    for (const std::int64_t m : towards(out, 1)) channels(p_.groups, in, m);
  }

  // y of the axis where the padding at its end is `end`: no larger than it is, and not empty.
  static void fit(ConvProblem& p, std::size_t a, std::int64_t end) {
    const std::int64_t y =
        output_extent(p.x_extent[a], effective(p, a), p.stride[a], p.pad_begin[a], end);
    p.y_extent[a] = std::min(p.y_extent[a], std::max<std::int64_t>(1, y));
  }

  void axis(std::size_t a) {
    const std::int64_t end = p_.pad_end()[a];
    const std::int64_t k = effective(p_, a);
    add_with([&](ConvProblem& p) {
      p.x_extent[a] = p.w_extent[a] = p.y_extent[a] = p.stride[a] = p.dilation[a] = 1;
      p.pad_begin[a] = 0;
    });
    for (const std::int64_t y : towards(p_.y_extent[a], std::min<std::int64_t>(p_.y_extent[a], 1)))
      add_with([&](ConvProblem& p) { p.y_extent[a] = y; });
    for (const std::int64_t x :
         towards(p_.x_extent[a], std::min<std::int64_t>(p_.x_extent[a], 1))) {
      add_with([&](ConvProblem& p) {
        p.x_extent[a] = x;
        fit(p, a, end);
      });
      add_with([&](ConvProblem& p) { p.x_extent[a] = x; });
    }
    for (const std::int64_t w : towards(p_.w_extent[a], 1)) {
      // As full, same and valid do it: what the kernel loses at an end, a padding there loses too.
      add_with([&](ConvProblem& p) {
        p.w_extent[a] = w;
        const std::int64_t lost = k - effective(p, a);
        if (p.pad_begin[a] > 0) p.pad_begin[a] = std::max<std::int64_t>(0, p.pad_begin[a] - lost);
        fit(p, a, end > 0 ? std::max<std::int64_t>(0, end - lost) : end);
      });
      add_with([&](ConvProblem& p) { p.w_extent[a] = w; });
    }
    for (const std::int64_t s : towards(p_.stride[a], 1))
      add_with([&](ConvProblem& p) { p.stride[a] = s; });
    for (const std::int64_t d : towards(p_.dilation[a], 1)) {
      add_with([&](ConvProblem& p) { p.dilation[a] = d; });
    }
    for (const std::int64_t pad : towards_zero(p_.pad_begin[a])) {
      add_with([&](ConvProblem& p) {
        p.pad_begin[a] = pad;
        fit(p, a, end);
      });
      add_with([&](ConvProblem& p) { p.pad_begin[a] = pad; });
    }
  }

  void words() {
    add_with([](ConvProblem& p) { p.padding_mode = PaddingMode::kZeros; });
    add_with([](ConvProblem& p) { p.orientation = Orientation::kCrossCorrelation; });
    add_with([](ConvProblem& p) { p.has_bias = false; });
    add_with([](ConvProblem& p) { p.x_zero_point = 0; });
    add_with([](ConvProblem& p) { p.w_zero_point = 0; });
  }

  const ConvProblem p_;
  std::vector<ConvProblem> list_;
};

// Makes what step `to` reads what step `from` writes; the padding of `to` stays.
void join(const ConvProblem& from, ConvProblem& to) {
  const bool from_x = from.operation == Operation::kDeconv;
  const Axes extent = from_x ? from.x_extent : from.y_extent;
  const std::int64_t channels = from_x ? from.in_channels : from.out_channels;
  const Axes end = to.pad_end();
  to.batch = from.batch;
  if (to.operation == Operation::kDeconv) {
    to.out_channels = channels;
    for (std::size_t a = 0; a < 3; ++a) {
      if (to.y_extent[a] == extent[a]) continue;
      to.y_extent[a] = extent[a];
      to.x_extent[a] = (extent[a] - 1) * to.stride[a] + effective(to, a) - to.pad_begin[a] - end[a];
    }
    return;
  }
  to.in_channels = channels;
  for (std::size_t a = 0; a < 3; ++a) {
    if (to.x_extent[a] == extent[a]) continue;
    to.x_extent[a] = extent[a];
    to.y_extent[a] =
        output_extent(extent[a], effective(to, a), to.stride[a], to.pad_begin[a], end[a]);
  }
}

// Whether q reads a tensor of the same shape as p.
bool reads_the_same(const ConvProblem& p, const ConvProblem& q) {
  const Role data = p.data_input();
  return p.shape(data) == q.shape(data);
}

Chain with_step(Chain chain, std::size_t step, const ConvProblem& p) {
  chain.steps[step] = p;
  const ConvProblem* previous = nullptr;
  for (Step& s : chain.steps) {
    auto* problem = std::get_if<ConvProblem>(&s);
    if (problem == nullptr) continue;
    if (previous != nullptr) join(*previous, *problem);
    previous = problem;
  }
  return chain;
}

bool trivial(const ConvProblem& p, std::size_t a) {
  return p.x_extent[a] == 1 && p.w_extent[a] == 1 && p.y_extent[a] == 1 && p.pad_begin[a] == 0;
}

// Without axis a, which is trivial: the axes before it move one place towards the fast end.
ConvProblem without_axis(ConvProblem p, std::size_t a) {
  const auto drop = [&](Axes& axes, std::int64_t neutral) {
    for (std::size_t i = a; i > 0; --i) axes[i] = axes[i - 1];
    axes[0] = neutral;
  };
  for (Axes* axes : {&p.x_extent, &p.w_extent, &p.y_extent, &p.stride, &p.dilation}) drop(*axes, 1);
  drop(p.pad_begin, 0);
  --p.rank;
  return p;
}

void lower_rank(const Chain& chain, std::vector<Resize>& list) {
  const std::vector<ConvProblem> problems = chain.problems();
  const int rank = problems.front().rank;
  if (rank == 1) return;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a) {
    if (!std::all_of(problems.begin(), problems.end(),
                     [&](const ConvProblem& p) { return trivial(p, a); }))
      continue;
    Chain lower = chain;
    for (Step& step : lower.steps) {
      if (auto* p = std::get_if<ConvProblem>(&step)) *p = without_axis(*p, a);
    }
    list.push_back({std::move(lower)});
  }
}

void fewer_steps(const Chain& chain, std::vector<Resize>& list) {
  const std::size_t count = chain.steps.size();
  for (std::size_t i = 0; i < count && !chain.is_single(); ++i) {
    Chain shorter = chain;
    shorter.steps.erase(shorter.steps.begin() + static_cast<std::ptrdiff_t>(i));
    const auto is_shuffle = [](const Step& step) { return std::holds_alternative<Shuffle>(step); };
    while (is_shuffle(shorter.steps.front())) shorter.steps.erase(shorter.steps.begin());
    while (is_shuffle(shorter.steps.back())) shorter.steps.pop_back();
    const bool kept = is_shuffle(chain.steps[i]);
    if (kept || i == 0 || i + 1 == count) list.push_back({std::move(shorter), false, !kept});
  }
}

}  // namespace

std::vector<Resize> smaller_chains(const Chain& chain) {
  std::vector<Resize> list;
  fewer_steps(chain, list);
  lower_rank(chain, list);
  for (std::size_t step = 0; step < chain.steps.size(); ++step) {
    const auto* problem = std::get_if<ConvProblem>(&chain.steps[step]);
    if (problem == nullptr) continue;
    for (const ConvProblem& p : ProblemMoves(*problem).all()) {
      // What a later step reads is for the step before it to change.
      if (step > 0 && !reads_the_same(*problem, p)) continue;
      Chain smaller = with_step(chain, step, p);
      if (!validate(smaller)) continue;
      list.push_back({smaller, false});
      list.push_back({std::move(smaller), true});
    }
  }
  return list;
}

}  // namespace convcheck::properties
