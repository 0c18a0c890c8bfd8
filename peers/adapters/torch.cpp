// SPDX-License-Identifier: Apache-2.0
// libtorch: at::convolution and its backward of the weights, f32 and f64, ranks 1 to 3.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "peers/adapters/adapter.hpp"

namespace {

using adapters::Index;

std::vector<Index> used_axes(const convcheck_problem& p, const Index (&values)[3]) {
  return {values + 3 - p.rank, values + 3};
}

std::vector<Index> shape(const convcheck_problem& p, Index outer, Index channels,
                         const Index (&extent)[3]) {
  std::vector<Index> dims = {outer, channels};
  dims.insert(dims.end(), extent + 3 - p.rank, extent + 3);
  return dims;
}

class TorchPlan final : public convcheck_plan {
 public:
  TorchPlan(const convcheck_problem& p, int threads)
      : convcheck_plan(p),
        threads_(threads),
        options_(at::TensorOptions(p.x_type == CONVCHECK_F64 ? at::kDouble : at::kFloat)),
        x_shape_(shape(p, p.batch, p.in_channels, p.x_extent)),
        w_shape_(shape(p, p.out_channels, p.in_channels / p.groups, p.w_extent)),
        y_shape_(shape(p, p.batch, p.out_channels, p.y_extent)),
        stride_(used_axes(p, p.stride)),
        dilation_(used_axes(p, p.dilation)),
        padding_(used_axes(p, p.pad_begin)),
        more_(static_cast<std::size_t>(p.rank), 0) {
    for (int a = 3 - p.rank; a < 3; ++a) {
      const Index begin = p.pad_begin[a], end = p.pad_end[a];
      const auto i = static_cast<std::size_t>(a - (3 - p.rank));
      axes_.push_back(2 + static_cast<Index>(i));
      if (p.operation == CONVCHECK_DECONV) {
        more_[i] = begin - end;
        continue;
      }
      // at::convolution pads both ends alike; anything else is padded (or cropped) before.
      const bool symmetric = begin >= 0 && end <= begin && begin < end + p.stride[a];
      pads_before_ = pads_before_ || !symmetric;
    }
    if (!pads_before_) return;
    for (int a = 2; a >= 3 - p.rank; --a) {  // Last axis first.
      before_.push_back(p.pad_begin[a]);
      before_.push_back(p.pad_end[a]);
      padding_[static_cast<std::size_t>(a - (3 - p.rank))] = 0;
    }
  }

  void claim(convcheck_claim& claim) const override { claim.algorithm_name = "at::convolution"; }

  void pack(const void* w) override {
    const c10::InferenceMode inference;
    w_ = tensor(const_cast<void*>(w), w_shape_);
    w_ = problem.orientation == CONVCHECK_CONVOLUTION ? w_.flip(axes_) : w_.clone();
  }

  void run(void* const operands[4]) override {
    const c10::InferenceMode inference;
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const bool deconv = problem.operation == CONVCHECK_DECONV;
    const bool wgrad = problem.operation == CONVCHECK_WGRAD;
    at::Tensor x, result;
    if (!deconv) {
      x = tensor(operands[CONVCHECK_X], x_shape_);
      if (pads_before_) x = at::constant_pad_nd(x, before_);
    }
    if (wgrad) {
      const at::Tensor y = tensor(operands[CONVCHECK_Y], y_shape_);
      const at::Tensor like_w = at::empty(w_shape_, options_);
      result = std::get<1>(at::convolution_backward(y, x, like_w, c10::nullopt, stride_, padding_,
                                                    dilation_, false, more_, problem.groups,
                                                    {false, true, false}));
      if (problem.orientation == CONVCHECK_CONVOLUTION) result = result.flip(axes_);
    } else {
      const Index channels = deconv ? problem.in_channels : problem.out_channels;
      c10::optional<at::Tensor> bias;
      if (operands[CONVCHECK_BIAS] != nullptr) bias = tensor(operands[CONVCHECK_BIAS], {channels});
      result = at::convolution(deconv ? tensor(operands[CONVCHECK_Y], y_shape_) : x, w_, bias,
                               stride_, padding_, dilation_, deconv, more_, problem.groups);
    }
    // The library allocates what it returns.
    const at::Tensor dense = result.contiguous();
    std::memcpy(operands[adapters::written_operand(problem)], dense.data_ptr(), dense.nbytes());
  }

 private:
  [[nodiscard]] at::Tensor tensor(void* data, at::IntArrayRef dims) const {
    return at::from_blob(data, dims, options_);
  }

  int threads_;
  at::TensorOptions options_;
  std::vector<Index> x_shape_, w_shape_, y_shape_, stride_, dilation_, padding_;
  std::vector<Index> more_;    // output_padding
  std::vector<Index> axes_;    // of the kernel, as dimensions of w
  std::vector<Index> before_;  // for constant_pad_nd
  bool pads_before_ = false;
  at::Tensor w_;
};

struct Torch {
  static constexpr const char* kName = "torch";
  static constexpr const char* kLicence = "BSD-3-Clause";
  static constexpr const char* const* kVariants = nullptr;
  static constexpr bool kPacks = true;
  static constexpr bool kOpaque = false;

  static const char* version() { return "libtorch " TORCH_VERSION; }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    adapters::demand_variant(options.variant, {});
    if (!adapters::all_of_type(p, CONVCHECK_F32) && !adapters::all_of_type(p, CONVCHECK_F64))
      throw adapters::Refusal{"f32 and f64, the same in all operands, are offered"};
    adapters::demand_features(p, 0x3FFF & ~CONVCHECK_HAS_EMPTY & ~CONVCHECK_HAS_PADDING_MODES);
    if (p.operation != CONVCHECK_DECONV) return;
    for (int a = 0; a < 3; ++a) {
      const Index more = p.pad_begin[a] - p.pad_end[a];
      if (p.pad_begin[a] < 0) throw adapters::Refusal{"no negative padding of a deconvolution"};
      if (more < 0 || (more > 0 && more >= std::max(p.stride[a], p.dilation[a])))
        throw adapters::Refusal{"output padding is below 0, or not below stride or dilation"};
    }
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    return std::make_unique<TorchPlan>(p, options.threads);
  }
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return adapters::peer<Torch>(host_abi_version);
}
