// SPDX-License-Identifier: Apache-2.0
#include "reference/naive_engine.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/problem_text.hpp"
#include "core/thread_pool.hpp"

namespace convcheck::reference {
namespace {

using Index = std::int64_t;

Index volume(const Axes& extent) { return extent[0] * extent[1] * extent[2]; }

// Where w keeps the tap at position t of the kernel.
struct Taps {
  explicit Taps(const ConvProblem& p) {
    const Axes dense{p.w_extent[1] * p.w_extent[2], p.w_extent[2], 1};
    const bool flipped = p.orientation == Orientation::kConvolution;
    begin = flipped ? volume(p.w_extent) - 1 : 0;
    for (std::size_t a = 0; a < 3; ++a) step[a] = flipped ? -dense[a] : dense[a];
  }
  [[nodiscard]] Index at(Index d, Index h, Index w) const {
    return begin + d * step[0] + h * step[1] + w * step[2];
  }
  Index begin = 0;
  Axes step{};
};

// The element of x on axis a that tap t brings to output o, or -1 for none.
template <bool kZeros>
Index source(const ConvProblem& p, std::size_t a, Index o, Index t) {
  const Index i = o * p.stride[a] + t * p.dilation[a] - p.pad_begin[a];
  if (kZeros) return i < p.x_extent[a] ? i : -1;  // A negative i is a -1 too.
  return padded_index(i, p.x_extent[a], p.padding_mode);
}

// The output that tap t connects with element i of x on axis a, or -1; padding with zeros only.
Index target(const ConvProblem& p, std::size_t a, Index i, Index t) {
  const Index o = i + p.pad_begin[a] - t * p.dilation[a];
  if (o < 0 || o % p.stride[a] != 0) return -1;
  return o / p.stride[a] < p.y_extent[a] ? o / p.stride[a] : -1;
}

// sum + the products of `count` channels, one after the other.
float add_channels(float sum, Index count, const float* data, Index data_step, const float* w,
                   Index w_step) {
  for (Index c = 0; c < count; ++c) sum += data[c * data_step] * w[c * w_step];
  return sum;
}

// y[n, m, o], where x and w point to the first channel of what output channel m sees.
template <bool kZeros>
float conv_output(const ConvProblem& p, const Taps& taps, const float* x, const float* w,
                  float start, const Axes& o) {
  float sum = start;
  for (Index td = 0; td < p.w_extent[0]; ++td) {
    const Index d = source<kZeros>(p, 0, o[0], td);
    if (d < 0) continue;
    for (Index th = 0; th < p.w_extent[1]; ++th) {
      const Index h = source<kZeros>(p, 1, o[1], th);
      if (h < 0) continue;
      for (Index tw = 0; tw < p.w_extent[2]; ++tw) {
        const Index i = source<kZeros>(p, 2, o[2], tw);
        if (i < 0) continue;
        sum = add_channels(sum, p.in_channels / p.groups,
                           x + (d * p.x_extent[1] + h) * p.x_extent[2] + i, volume(p.x_extent),
                           w + taps.at(td, th, tw), volume(p.w_extent));
      }
    }
  }
  return sum;
}

// x[n, c, i], where y points to the first channel of c's group and w to channel c of its filters.
float deconv_output(const ConvProblem& p, const Taps& taps, const float* y, const float* w,
                    float start, const Axes& i) {
  float sum = start;
  for (Index td = 0; td < p.w_extent[0]; ++td) {
    const Index d = target(p, 0, i[0], td);
    if (d < 0) continue;
    for (Index th = 0; th < p.w_extent[1]; ++th) {
      const Index h = target(p, 1, i[1], th);
      if (h < 0) continue;
      for (Index tw = 0; tw < p.w_extent[2]; ++tw) {
        const Index o = target(p, 2, i[2], tw);
        if (o < 0) continue;
        sum = add_channels(sum, p.out_channels / p.groups,
                           y + (d * p.y_extent[1] + h) * p.y_extent[2] + o, volume(p.y_extent),
                           w + taps.at(td, th, tw), p.in_channels / p.groups * volume(p.w_extent));
      }
    }
  }
  return sum;
}

// w[m, c, t], where x points to channel c of m's group and y to channel m of image 0.
template <bool kZeros>
float wgrad_output(const ConvProblem& p, const float* x, const float* y, const Axes& t) {
  float sum = 0;
  for (Index n = 0; n < p.batch; ++n) {
    const float* const image = x + n * p.in_channels * volume(p.x_extent);
    const float* const gradient = y + n * p.out_channels * volume(p.y_extent);
    for (Index od = 0; od < p.y_extent[0]; ++od) {
      const Index d = source<kZeros>(p, 0, od, t[0]);
      if (d < 0) continue;
      for (Index oh = 0; oh < p.y_extent[1]; ++oh) {
        const Index h = source<kZeros>(p, 1, oh, t[1]);
        if (h < 0) continue;
        for (Index ow = 0; ow < p.y_extent[2]; ++ow) {
          const Index i = source<kZeros>(p, 2, ow, t[2]);
          if (i < 0) continue;
          sum += image[(d * p.x_extent[1] + h) * p.x_extent[2] + i] *
                 gradient[(od * p.y_extent[1] + oh) * p.y_extent[2] + ow];
        }
      }
    }
  }
  return sum;
}

// x[n, c, ...], a whole plane that starts at the bias; operands as in deconv_output.
void scatter_plane(const ConvProblem& p, const Taps& taps, const float* y, const float* w,
                   float start, float* x) {
  const Index filter = p.in_channels / p.groups * volume(p.w_extent);
  std::fill_n(x, volume(p.x_extent), start);
  for (Index m = 0; m < p.out_channels / p.groups; ++m)
    for (Index od = 0; od < p.y_extent[0]; ++od)
      for (Index oh = 0; oh < p.y_extent[1]; ++oh)
        for (Index ow = 0; ow < p.y_extent[2]; ++ow)
          for (Index td = 0; td < p.w_extent[0]; ++td)
            for (Index th = 0; th < p.w_extent[1]; ++th)
              for (Index tw = 0; tw < p.w_extent[2]; ++tw) {
                const Index d = source<false>(p, 0, od, td);
                const Index h = source<false>(p, 1, oh, th);
                const Index i = source<false>(p, 2, ow, tw);
                x[(d * p.x_extent[1] + h) * p.x_extent[2] + i] +=
                    y[((m * p.y_extent[0] + od) * p.y_extent[1] + oh) * p.y_extent[2] + ow] *
                    w[m * filter + taps.at(td, th, tw)];
              }
}

// An element of what is written: its image (wgrad: output channel), channel and position.
struct Output {
  Index outer, channel;
  Axes position;
};

Output output_at(Index flat, Index channels, const Axes& extent) {
  const Index w = flat % extent[2];
  const Index h = flat / extent[2] % extent[1];
  const Index plane = flat / extent[2] / extent[1];
  return {plane / extent[0] / channels, plane / extent[0] % channels, {plane % extent[0], h, w}};
}

void advance(Output& at, Index channels, const Axes& extent) {
  for (std::size_t a = 3; a-- > 0;) {
    if (++at.position[a] < extent[a]) return;
    at.position[a] = 0;
  }
  if (++at.channel < channels) return;
  at.channel = 0;
  ++at.outer;
}

class NaivePlan final : public Plan {
 public:
  NaivePlan(const ConvProblem& problem, int threads)
      : p_(problem),
        taps_(problem),
        // Without an element in every tensor, extents are bounded by no memory, nor are loops.
        has_terms_(element_count(p_.x_shape()) > 0 && element_count(p_.y_shape()) > 0),
        pool_(threads) {
    if (p_.operation != Operation::kWgrad)
      weights_.resize(static_cast<std::size_t>(element_count(p_.w_shape())));
  }

  Status pack(const void* w) override {
    const auto* from = static_cast<const float*>(w);
    std::copy(from, from + weights_.size(), weights_.begin());
    return {};
  }

  Status run(const Operands& operands) override {
    const bool zeros = p_.padding_mode == PaddingMode::kZeros;
    if (!has_terms_)
      write_start(operands);
    else if (p_.operation == Operation::kDeconv && !zeros)
      scatter(operands);
    else if (zeros)
      gather<true>(operands);
    else
      gather<false>(operands);
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    Claim claim;
    claim.algorithm = AlgorithmClass::kDirect;
    claim.thread_invariant = true;
    claim.deterministic = true;
    return claim;
  }
  [[nodiscard]] OperandLayout layout(Role role) const override { return plain_layout(p_, role); }
  [[nodiscard]] std::size_t workspace_bytes() const override {
    return weights_.size() * sizeof(float);
  }
  [[nodiscard]] std::string algorithm() const override { return "loops"; }

 private:
  static const float* input(const Operands& operands, Role role) {
    return static_cast<const float*>(operands.get(role));
  }
  [[nodiscard]] float start(const Operands& operands, Index channel) const {
    return p_.has_bias ? input(operands, Role::kBias)[channel] : 0.0F;
  }

  void write_start(const Operands& operands) const {
    auto* const written = static_cast<float*>(operands.get(p_.written()));
    const Shape shape = p_.shape(p_.written());
    const Index count = element_count(shape);
    const Index plane = count == 0 ? 1 : count / (shape[0] * shape[1]);
    for (Index i = 0; i < count; ++i) written[i] = start(operands, i / plane % shape[1]);
  }

  // One element of what is written.
  template <bool kZeros>
  [[nodiscard]] float output(const Operands& operands, const Output& at) const {
    const Index in = p_.in_channels / p_.groups;
    const Index out = p_.out_channels / p_.groups;
    const Index x_plane = volume(p_.x_extent);
    const Index y_plane = volume(p_.y_extent);
    const Index filter = in * volume(p_.w_extent);
    switch (p_.operation) {
      case Operation::kConv: {
        const Index first = at.outer * p_.in_channels + at.channel / out * in;
        return conv_output<kZeros>(p_, taps_, input(operands, Role::kX) + first * x_plane,
                                   weights_.data() + at.channel * filter,
                                   start(operands, at.channel), at.position);
      }
      case Operation::kDeconv: {
        const Index group = at.channel / in;
        const Index first = at.outer * p_.out_channels + group * out;
        return deconv_output(
            p_, taps_, input(operands, Role::kY) + first * y_plane,
            weights_.data() + group * out * filter + at.channel % in * volume(p_.w_extent),
            start(operands, at.channel), at.position);
      }
      case Operation::kWgrad: {
        Axes tap = at.position;
        for (std::size_t a = 0; a < 3; ++a)
          if (p_.orientation == Orientation::kConvolution) tap[a] = p_.w_extent[a] - 1 - tap[a];
        const Index channel = at.outer / out * in + at.channel;
        return wgrad_output<kZeros>(p_, input(operands, Role::kX) + channel * x_plane,
                                    input(operands, Role::kY) + at.outer * y_plane, tap);
      }
    }
    return 0;
  }

  template <bool kZeros>
  void gather(const Operands& operands) {
    auto* const written = static_cast<float*>(operands.get(p_.written()));
    const Shape shape = p_.shape(p_.written());
    const Axes& extent = p_.operation == Operation::kConv     ? p_.y_extent
                         : p_.operation == Operation::kDeconv ? p_.x_extent
                                                              : p_.w_extent;
    pool_.run([&](int part) {
      const Range range = part_of(element_count(shape), part, pool_.threads());
      if (range.begin == range.end) return;
      Output at = output_at(range.begin, shape[1], extent);
      for (Index i = range.begin; i < range.end; ++i) {
        written[i] = output<kZeros>(operands, at);
        advance(at, shape[1], extent);
      }
    });
  }

  void scatter(const Operands& operands) {
    auto* const x = static_cast<float*>(operands.get(Role::kX));
    const Index in = p_.in_channels / p_.groups;
    const Index out = p_.out_channels / p_.groups;
    pool_.run([&](int part) {
      const Range range = part_of(p_.batch * p_.in_channels, part, pool_.threads());
      for (Index plane = range.begin; plane < range.end; ++plane) {
        const Index channel = plane % p_.in_channels;
        const Index group = channel / in;
        const Index first = plane / p_.in_channels * p_.out_channels + group * out;
        scatter_plane(p_, taps_, input(operands, Role::kY) + first * volume(p_.y_extent),
                      weights_.data() + (group * out * in + channel % in) * volume(p_.w_extent),
                      start(operands, channel), x + plane * volume(p_.x_extent));
      }
    });
  }

  ConvProblem p_;
  Taps taps_;
  bool has_terms_;
  ThreadPool pool_;
  std::vector<float> weights_;
};

class NaiveEngine final : public Engine {
 public:
  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem& p) const override {
    for (const Role role : {Role::kX, Role::kW, Role::kY}) {
      if (p.type(role) != ElementType::kF32)
        return fail(ErrorCode::kUnsupported, "{} is {}; the naive loops compute in f32",
                    to_string(role), to_string(p.type(role)));
    }
    return {};
  }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem,
                                        const PlanOptions& options) override {
    CONVCHECK_TRY(validate(problem));
    CONVCHECK_TRY(supports(problem));
    if (options.threads < 1 || options.threads > ThreadPool::kMaxThreads)
      return fail(ErrorCode::kBadInput, "threads is {}; it is from 1 to {}", options.threads,
                  ThreadPool::kMaxThreads);
    return std::make_unique<NaivePlan>(problem, options.threads);
  }

 private:
  EngineInfo info_{"naive", CONVCHECK_VERSION, "built in", "Apache-2.0"};
};

}  // namespace

std::unique_ptr<Engine> make_naive_engine() { return std::make_unique<NaiveEngine>(); }

}  // namespace convcheck::reference
