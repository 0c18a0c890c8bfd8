// SPDX-License-Identifier: Apache-2.0
// XNNPACK in f32: convolution and deconvolution of ranks 1 and 2, channels last, which it prefers.
#include <pthreadpool.h>
#include <xnnpack.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "peers/adapters/adapter.hpp"

namespace {

using adapters::Index;

void demand_success(xnn_status status, const char* call) {
  if (status == xnn_status_success) return;
  if (status == xnn_status_unsupported_parameter || status == xnn_status_unsupported_hardware)
    throw adapters::Refusal{std::string("XNNPACK does not support this: ") + call};
  throw std::runtime_error(std::string(call) + " answers xnn_status " + std::to_string(status));
}

struct DeleteOperator {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
struct DeletePool {
  void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
};

// Rows of `channels` numbers and planes of `pixels`: one is made of the other.
void to_channels_last(const float* planes, Index images, Index channels, Index pixels, float* to) {
  for (Index n = 0; n < images; ++n)
    for (Index c = 0; c < channels; ++c)
      for (Index i = 0; i < pixels; ++i)
        to[(n * pixels + i) * channels + c] = planes[(n * channels + c) * pixels + i];
}

void to_planes(const float* last, Index images, Index channels, Index pixels, float* to) {
  for (Index n = 0; n < images; ++n)
    for (Index c = 0; c < channels; ++c)
      for (Index i = 0; i < pixels; ++i)
        to[(n * channels + c) * pixels + i] = last[(n * pixels + i) * channels + c];
}

class XnnPlan final : public convcheck_plan {
 public:
  XnnPlan(const convcheck_problem& p, int threads, bool preferred)
      : convcheck_plan(p),
        forward_(p.operation == CONVCHECK_CONV),
        preferred_(preferred),
        pool_(threads > 1 ? pthreadpool_create(static_cast<std::size_t>(threads)) : nullptr),
        bias_(padded(p.has_bias != 0 ? written_channels() : 0)) {
    if (preferred) return;
    x_.resize(padded(p.batch * p.in_channels * adapters::volume(p.x_extent)));
    y_.resize(padded(p.batch * p.out_channels * adapters::volume(p.y_extent)));
  }

  // Its kernels run with subnormals disabled, and the mode is restored after each call.
  void claim(convcheck_claim& claim) const override {
    claim.flushes_subnormals = 1;
    claim.workspace_bytes = (x_.size() + y_.size() + w_.size()) * sizeof(float);
    claim.algorithm_name = "channels last";
  }

  void layout(std::int32_t operand, convcheck_layout& l) const override {
    adapters::plain_layout(problem, operand, l);
    if (!preferred_ || (operand != CONVCHECK_X && operand != CONVCHECK_Y)) return;
    const bool is_x = operand == CONVCHECK_X;
    const Index channels = is_x ? problem.in_channels : problem.out_channels;
    const Index(&extent)[3] = is_x ? problem.x_extent : problem.y_extent;
    l.strides[4] = channels;
    l.strides[3] = extent[2] * l.strides[4];
    l.strides[2] = extent[1] * l.strides[3];
    l.strides[1] = 1;
    l.strides[0] = extent[0] * l.strides[2];
    if (is_x == forward_) l.read_slack_bytes = XNN_EXTRA_BYTES;
  }

  // The library takes [groups * outputs of a group, taps, inputs of a group].
  void pack(const void* w) override {
    const convcheck_problem& p = problem;
    const Index in = p.in_channels / p.groups, out = p.out_channels / p.groups;
    const Index taps = adapters::volume(p.w_extent);
    const bool flipped = p.orientation == CONVCHECK_CONVOLUTION;
    const auto* from = static_cast<const float*>(w);
    w_.resize(padded(p.out_channels * in * taps));
    for (Index g = 0; g < p.groups; ++g)
      for (Index m = 0; m < out; ++m)
        for (Index c = 0; c < in; ++c)
          for (Index t = 0; t < taps; ++t) {
            const float value =
                from[((g * out + m) * in + c) * taps + (flipped ? taps - 1 - t : t)];
            const Index at = forward_ ? ((g * out + m) * taps + t) * in + c
                                      : ((g * in + c) * taps + t) * out + m;
            w_[static_cast<std::size_t>(at)] = value;
          }
    operator_.reset();
  }

  void run(void* const operands[4]) override {
    const convcheck_problem& p = problem;
    const Index x_pixels = adapters::volume(p.x_extent), y_pixels = adapters::volume(p.y_extent);
    auto* x = static_cast<float*>(operands[CONVCHECK_X]);
    auto* y = static_cast<float*>(operands[CONVCHECK_Y]);
    make_operator(static_cast<const float*>(operands[CONVCHECK_BIAS]));
    if (preferred_) {
      execute(x, y);
      return;
    }
    if (forward_)
      to_channels_last(x, p.batch, p.in_channels, x_pixels, x_.data());
    else
      to_channels_last(y, p.batch, p.out_channels, y_pixels, y_.data());
    execute(x_.data(), y_.data());
    if (forward_)
      to_planes(y_.data(), p.batch, p.out_channels, y_pixels, y);
    else
      to_planes(x_.data(), p.batch, p.in_channels, x_pixels, x);
  }

 private:
  static std::size_t padded(Index count) {
    return static_cast<std::size_t>(count) + XNN_EXTRA_BYTES / sizeof(float);
  }
  [[nodiscard]] Index written_channels() const {
    return forward_ ? problem.out_channels : problem.in_channels;
  }

  // An operator holds its weights and bias: it is made at the first run after pack, and again where
  // the bias has changed.
  void make_operator(const float* bias) {
    const auto bias_bytes = static_cast<std::size_t>(written_channels()) * sizeof(float);
    if (operator_ != nullptr &&
        (bias == nullptr || std::memcmp(bias, bias_.data(), bias_bytes) == 0))
      return;
    if (bias != nullptr) std::memcpy(bias_.data(), bias, bias_bytes);
    const convcheck_problem& p = problem;
    const auto u = [](Index i) { return static_cast<std::uint32_t>(i); };
    const auto size = [](Index i) { return static_cast<std::size_t>(i); };
    const auto end = [&](int a) {
      return u(forward_ ? adapters::floor_pad_end(p, a) : std::max<Index>(p.pad_end[a], 0));
    };
    const Index in = p.in_channels / p.groups, out = p.out_channels / p.groups;
    const auto create =
        forward_ ? xnn_create_convolution2d_nhwc_f32 : xnn_create_deconvolution2d_nhwc_f32;
    xnn_operator_t op = nullptr;
    demand_success(
        create(u(p.pad_begin[1]), end(2), end(1), u(p.pad_begin[2]), u(p.w_extent[1]),
               u(p.w_extent[2]), u(p.stride[1]), u(p.stride[2]), u(p.dilation[1]), u(p.dilation[2]),
               u(p.groups), size(forward_ ? in : out), size(forward_ ? out : in),
               size(forward_ ? p.in_channels : p.out_channels),
               size(forward_ ? p.out_channels : p.in_channels), w_.data(),
               bias == nullptr ? nullptr : bias_.data(), -INFINITY, INFINITY, 0, &op),
        "xnn_create");
    operator_.reset(op);
    last_ = {};
  }

  void execute(float* x, float* y) {
    const convcheck_problem& p = problem;
    const auto size = [](Index i) { return static_cast<std::size_t>(i); };
    if (last_[0] != x || last_[1] != y) {
      if (forward_) {
        demand_success(
            xnn_setup_convolution2d_nhwc_f32(operator_.get(), size(p.batch), size(p.x_extent[1]),
                                             size(p.x_extent[2]), x, y, pool_.get()),
            "xnn_setup");
      } else {
        const auto more = [&](int a) {
          return static_cast<std::uint32_t>(std::max<Index>(0, -p.pad_end[a]));
        };
        demand_success(xnn_setup_deconvolution2d_nhwc_f32(operator_.get(), size(p.batch),
                                                          size(p.y_extent[1]), size(p.y_extent[2]),
                                                          more(1), more(2), y, x, pool_.get()),
                       "xnn_setup");
      }
      last_ = {x, y};
    }
    demand_success(xnn_run_operator(operator_.get(), pool_.get()), "xnn_run_operator");
  }

  bool forward_;
  bool preferred_;
  std::unique_ptr<pthreadpool, DeletePool> pool_;
  std::unique_ptr<xnn_operator, DeleteOperator> operator_;
  std::array<const void*, 2> last_{};  // What the operator was set up for.
  std::vector<float> x_, y_, w_, bias_;
};

struct Xnnpack {
  static constexpr const char* kName = "xnnpack";
  static constexpr const char* kLicence = "BSD-3-Clause";
  static constexpr const char* const* kVariants = nullptr;
  static constexpr bool kPacks = true;
  static constexpr bool kOpaque = false;

  // The library has no number of its own.
  static const char* version() { return "XNNPACK " CONVCHECK_XNNPACK_VERSION; }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    adapters::demand_variant(options.variant, {});
    if (!adapters::all_of_type(p, CONVCHECK_F32)) throw adapters::Refusal{"f32 is offered"};
    constexpr std::int32_t kConv = CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_DILATION |
                                   CONVCHECK_HAS_GROUPS | CONVCHECK_HAS_BIAS |
                                   CONVCHECK_HAS_RANK_1 | CONVCHECK_HAS_TRUE_CONVOLUTION;
    if (p.operation != CONVCHECK_DECONV) {
      adapters::demand_features(p, kConv | CONVCHECK_HAS_ASYMMETRIC_PADDING);
    } else {
      adapters::demand_features(p, kConv | CONVCHECK_HAS_DECONV | CONVCHECK_HAS_CROPPING);
      for (int a = 1; a < 3; ++a) {
        if (p.pad_begin[a] < 0) throw adapters::Refusal{"no negative padding"};
        if (p.pad_end[a] <= -p.stride[a])
          throw adapters::Refusal{"outputs beyond the last tap are fewer than the stride"};
      }
    }
    for (const Index size : {p.batch, p.in_channels, p.out_channels, adapters::volume(p.x_extent),
                             adapters::volume(p.y_extent)})
      if (size > INT32_MAX) throw adapters::Refusal{"XNNPACK counts in 32 bits"};
    static const xnn_status initialized = xnn_initialize(nullptr);
    demand_success(initialized, "xnn_initialize");
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    return std::make_unique<XnnPlan>(p, options.threads,
                                     options.layout == CONVCHECK_LAYOUT_PREFERRED);
  }
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return adapters::peer<Xnnpack>(host_abi_version);
}
