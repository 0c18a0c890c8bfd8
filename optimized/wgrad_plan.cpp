// SPDX-License-Identifier: Apache-2.0
#include "optimized/wgrad_plan.hpp"

#include <algorithm>
#include <cstring>

#include "core/thread_pool.hpp"
#include "optimized/kernel.hpp"

namespace convcheck::optimized {
namespace {

std::int64_t product(const Axes& a) { return a[0] * a[1] * a[2]; }

class WgradPlan final : public Plan {
 public:
  WgradPlan(const ConvProblem& p, std::unique_ptr<Plan> conv, int threads)
      : p_(p), conv_(std::move(conv)), pool_(threads) {
    if (conv_ == nullptr) return;
    const ConvProblem c = wgrad_conv(p_);
    if (copies_x()) x_ = FloatBuffer(element_count(c.x_shape()));
    if (p_.batch > 1) y_ = FloatBuffer(element_count(c.w_shape()));
    if (copies_w()) w_ = FloatBuffer(element_count(c.y_shape()));
  }

  Status pack(const void*) override { return {}; }

  Status run(const Operands& operands) override {
    const auto* x = static_cast<const float*>(operands.x);
    const auto* y = static_cast<const float*>(operands.y);
    auto* w = static_cast<float*>(operands.w);
    const std::int64_t group_in = p_.in_channels / p_.groups;
    if (conv_ == nullptr) {
      std::fill_n(w, element_count(p_.w_shape()), 0.0f);
      return {};
    }
    if (copies_x()) {  // [batch, groups, channels] to [channels, groups, batch]
      swap_outer(x, {p_.batch, p_.groups, group_in}, product(p_.x_extent), x_.data());
      x = x_.data();
    }
    if (p_.batch > 1) {  // [batch, out_channels] to [out_channels, batch]
      swap_outer(y, {p_.batch, 1, p_.out_channels}, product(p_.y_extent), y_.data());
      y = y_.data();
    }
    CONVCHECK_TRY(conv_->pack(y));
    Operands inner;
    inner.x = const_cast<float*>(x);  // Only read.
    inner.y = copies_w() ? w_.data() : w;
    CONVCHECK_TRY(conv_->run(inner));
    if (copies_w()) copy_weights(w);
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    return conv_ == nullptr ? direct_claim(p_) : conv_->claim();
  }
  [[nodiscard]] OperandLayout layout(Role role) const override { return plain_layout(p_, role); }
  [[nodiscard]] std::size_t workspace_bytes() const override {
    return (conv_ == nullptr ? 0 : conv_->workspace_bytes()) + x_.size_bytes() + y_.size_bytes() +
           w_.size_bytes();
  }
  [[nodiscard]] std::string algorithm() const override {
    return conv_ == nullptr ? "no terms" : fmt::format("conv of x with y: {}", conv_->algorithm());
  }

 private:
  // Where nothing changes place, the conv reads and writes the operands themselves.
  [[nodiscard]] bool copies_x() const {
    return p_.batch > 1 || (p_.groups > 1 && p_.in_channels > p_.groups);
  }
  [[nodiscard]] bool copies_w() const {
    return p_.in_channels > p_.groups || p_.orientation == Orientation::kConvolution;
  }

  // [a, b, c, inner] to [c, b, a, inner].
  void swap_outer(const float* from, const Axes& extents, std::int64_t inner, float* to) {
    const auto [a, b, c] = extents;
    const auto bytes = static_cast<std::size_t>(inner) * sizeof(float);
    if (bytes == 0) return;
    pool_.run([&](int part) {
      const Range range = part_of(c * b * a, part, pool_.threads());
      for (std::int64_t i = range.begin; i < range.end; ++i) {
        const std::int64_t source = (i % a * b + i / a % b) * c + i / a / b;
        std::memcpy(to + i * inner, from + source * inner, bytes);
      }
    });
  }

  // [channels of a group of x, out_channels, taps] to [out_channels, channels, taps]; true
  // convolution has its taps in reverse.
  void copy_weights(float* w) {
    const std::int64_t group_in = p_.in_channels / p_.groups;
    const std::int64_t taps = product(p_.w_extent);
    const bool flip = p_.orientation == Orientation::kConvolution;
    pool_.run([&](int part) {
      const Range range = part_of(p_.out_channels * group_in, part, pool_.threads());
      for (std::int64_t i = range.begin; i < range.end; ++i) {
        const float* from = w_.data() + (i % group_in * p_.out_channels + i / group_in) * taps;
        float* to = w + i * taps;
        for (std::int64_t t = 0; t < taps; ++t) to[t] = from[flip ? taps - 1 - t : t];
      }
    });
  }

  ConvProblem p_;
  std::unique_ptr<Plan> conv_;  // Null where the sums have no terms.
  ThreadPool pool_;
  FloatBuffer x_, y_, w_;
};

}  // namespace

ConvProblem wgrad_conv(const ConvProblem& p) {
  ConvProblem conv = p;
  conv.operation = Operation::kConv;
  conv.orientation = Orientation::kCrossCorrelation;
  conv.batch = p.in_channels / p.groups;
  conv.in_channels = p.groups * p.batch;
  conv.w_extent = p.y_extent;
  conv.y_extent = p.w_extent;
  conv.stride = p.dilation;
  conv.dilation = p.stride;
  return conv;
}

Result<std::unique_ptr<Plan>> make_wgrad_plan(const ConvProblem& p, const PlanOptions& options,
                                              const Kernel& kernel) {
  if (element_count(p.y_shape()) == 0) return std::make_unique<WgradPlan>(p, nullptr, 1);
  PlanOptions inner = options;
  inner.layout = LayoutChoice::kPlain;
  const ConvProblem conv = wgrad_conv(p);
  CONVCHECK_ASSIGN(std::unique_ptr<Plan> plan, kernel.prepare(conv, inner));
  // The copies move as many floats as the operands have; the sums are what may be worth threads.
  return std::make_unique<WgradPlan>(p, std::move(plan),
                                     worthwhile_threads(kernel.cost(conv), options.threads));
}

}  // namespace convcheck::optimized
