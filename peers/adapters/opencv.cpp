// SPDX-License-Identifier: Apache-2.0
// OpenCV 4: filter2D, one channel to one; variant `dnn`, the convolution layer of its networks.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "peers/adapters/adapter.hpp"

namespace {

using adapters::Index;

int extent(Index i) { return static_cast<int>(i); }

int cv_type(const convcheck_problem& p) { return p.x_type == CONVCHECK_F64 ? CV_64F : CV_32F; }

// From this many taps on, filter2D transforms (modules/imgproc/src/filter.dispatch.cpp, 4.6).
bool uses_dft(const convcheck_problem& p) {
  return adapters::volume(p.w_extent) >= (p.x_type == CONVCHECK_F64 ? 50 : 130);
}

// One setting of the process; to set it costs more than the smallest filter.
void use_threads(int threads) {
  if (cv::getNumThreads() != threads) cv::setNumThreads(threads);
}

// The kernels of all planes, of rows [h, w], true convolution's reversed.
std::vector<cv::Mat> kernels(const convcheck_problem& p, const void* w) {
  const Index taps = adapters::volume(p.w_extent);
  std::vector<cv::Mat> all;
  auto* from = static_cast<unsigned char*>(const_cast<void*>(w));
  const std::size_t bytes = static_cast<std::size_t>(taps) * adapters::bytes_of(p.x_type);
  for (Index i = 0; i < p.out_channels * (p.in_channels / p.groups); ++i) {
    const cv::Mat kernel(extent(p.w_extent[1]), extent(p.w_extent[2]), cv_type(p),
                         from + static_cast<std::size_t>(i) * bytes);
    cv::Mat own;
    if (p.orientation == CONVCHECK_CONVOLUTION)
      cv::flip(kernel, own, -1);
    else
      own = kernel.clone();
    all.push_back(own);
  }
  return all;
}

class FilterPlan final : public convcheck_plan {
 public:
  FilterPlan(const convcheck_problem& p, int threads) : convcheck_plan(p), threads_(threads) {
    // The filter writes as much as it reads: it reads the part of the image that begins where the
    // anchor of the first output is, and sees the rest of the image around it.
    for (int a = 1; a < 3; ++a) {
      anchor_[a - 1] = extent(std::max<Index>(p.pad_begin[a], 0));
      start_[a - 1] = extent(std::max<Index>(-p.pad_begin[a], 0));
    }
    border_ = p.padding_mode == CONVCHECK_PAD_REFLECT     ? cv::BORDER_REFLECT_101
              : p.padding_mode == CONVCHECK_PAD_REPLICATE ? cv::BORDER_REPLICATE
                                                          : cv::BORDER_CONSTANT;
  }

  void claim(convcheck_claim& claim) const override {
    claim.algorithm = uses_dft(problem) ? CONVCHECK_ALGORITHM_FFT : CONVCHECK_ALGORITHM_DIRECT;
    if (uses_dft(problem)) {
      // Its blocks are no larger than the image with the kernel around, up to the next good size.
      double elements = 1;
      for (int a = 1; a < 3; ++a)
        elements *= 2.0 * static_cast<double>(problem.x_extent[a] + problem.w_extent[a]);
      claim.tree_height = adapters::transform_height(elements, 1);
    }
    claim.algorithm_name = uses_dft(problem) ? "filter2D, DFT" : "filter2D";
  }

  void pack(const void* w) override { kernels_ = kernels(problem, w); }

  void run(void* const operands[4]) override {
    const convcheck_problem& p = problem;
    use_threads(threads_);
    const Index multiplier = p.out_channels / p.groups;
    for (Index i = 0; i < p.batch * p.out_channels; ++i) {
      const Index n = i / p.out_channels, m = i % p.out_channels;
      const cv::Mat x =
          plane(operands[CONVCHECK_X], n * p.in_channels + m / multiplier, p.x_extent);
      cv::Mat y = plane(operands[CONVCHECK_Y], i, p.y_extent);
      const cv::Mat part =
          x(cv::Range(start_[0], start_[0] + y.rows), cv::Range(start_[1], start_[1] + y.cols));
      cv::filter2D(part, y, -1, kernels_[static_cast<std::size_t>(m)],
                   cv::Point(anchor_[1], anchor_[0]), offset(operands[CONVCHECK_BIAS], m), border_);
    }
  }

 private:
  [[nodiscard]] cv::Mat plane(void* data, Index i, const Index (&e)[3]) const {
    const auto bytes =
        static_cast<std::size_t>(i * e[1] * e[2]) * adapters::bytes_of(problem.x_type);
    return {extent(e[1]), extent(e[2]), cv_type(problem),
            static_cast<unsigned char*>(data) + bytes};
  }

  [[nodiscard]] double offset(const void* bias, Index m) const {
    if (bias == nullptr) return 0;
    return problem.x_type == CONVCHECK_F64 ? static_cast<const double*>(bias)[m]
                                           : static_cast<const float*>(bias)[m];
  }

  int threads_;
  std::array<int, 2> anchor_{}, start_{};
  int border_;
  std::vector<cv::Mat> kernels_;
};

class NetPlan final : public convcheck_plan {
 public:
  NetPlan(const convcheck_problem& p, int threads) : convcheck_plan(p), threads_(threads) {}

  // A network runs with subnormals disabled, and the mode is restored after each call.
  void claim(convcheck_claim& claim) const override {
    claim.flushes_subnormals = 1;
    claim.algorithm_name = "dnn";
  }

  void pack(const void* w) override {
    const convcheck_problem& p = problem;
    const std::vector<cv::Mat> all = kernels(p, w);
    const int shape[] = {extent(p.out_channels), extent(p.in_channels / p.groups),
                         extent(p.w_extent[1]), extent(p.w_extent[2])};
    w_.create(4, shape, CV_32F);
    auto* to = w_.ptr<unsigned char>();
    for (const cv::Mat& kernel : all) {
      std::memcpy(to, kernel.data, kernel.total() * kernel.elemSize());
      to += kernel.total() * kernel.elemSize();
    }
    made_ = false;
  }

  void run(void* const operands[4]) override {
    const convcheck_problem& p = problem;
    use_threads(threads_);
    make_net(static_cast<const float*>(operands[CONVCHECK_BIAS]));
    const int shape[] = {extent(p.batch), extent(p.in_channels), extent(p.x_extent[1]),
                         extent(p.x_extent[2])};
    net_.setInput(cv::Mat(4, shape, CV_32F, operands[CONVCHECK_X]));
    const cv::Mat y = net_.forward();
    std::memcpy(operands[CONVCHECK_Y], y.data, y.total() * y.elemSize());
  }

 private:
  // A layer holds its weights and bias: it is made at the first run after pack, and again where the
  // bias has changed.
  void make_net(const float* bias) {
    const convcheck_problem& p = problem;
    const auto bias_bytes = static_cast<std::size_t>(p.out_channels) * sizeof(float);
    if (made_ && (bias == nullptr || std::memcmp(bias, bias_.data, bias_bytes) == 0)) return;
    cv::dnn::LayerParams layer;
    layer.name = "conv";
    layer.type = "Convolution";
    layer.set("kernel_h", extent(p.w_extent[1]));
    layer.set("kernel_w", extent(p.w_extent[2]));
    layer.set("stride_h", extent(p.stride[1]));
    layer.set("stride_w", extent(p.stride[2]));
    layer.set("dilation_h", extent(p.dilation[1]));
    layer.set("dilation_w", extent(p.dilation[2]));
    layer.set("pad_t", extent(p.pad_begin[1]));
    layer.set("pad_l", extent(p.pad_begin[2]));
    layer.set("pad_b", extent(adapters::floor_pad_end(p, 1)));
    layer.set("pad_r", extent(adapters::floor_pad_end(p, 2)));
    layer.set("group", extent(p.groups));
    layer.set("num_output", extent(p.out_channels));
    layer.set("bias_term", bias != nullptr);
    layer.blobs.push_back(w_.clone());
    if (bias != nullptr) {
      bias_.create(1, extent(p.out_channels), CV_32F);
      std::memcpy(bias_.data, bias, bias_bytes);
      layer.blobs.push_back(bias_.clone());
    }
    net_ = cv::dnn::Net();
    net_.addLayerToPrev(layer.name, layer.type, layer);
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    made_ = true;
  }

  int threads_;
  bool made_ = false;
  cv::Mat w_, bias_;
  cv::dnn::Net net_;
};

struct OpenCv {
  static constexpr const char* kName = "opencv";
  static constexpr const char* kLicence = "Apache-2.0";
  static constexpr const char* kVariantNames[] = {"dnn", nullptr};
  static constexpr const char* const* kVariants = kVariantNames;
  static constexpr bool kPacks = true;
  static constexpr bool kOpaque = false;

  static const char* version() {
    static const std::string text = "OpenCV " + cv::getVersionString();
    return text.c_str();
  }

  static bool wants_net(const convcheck_options& o) { return std::string_view(o.variant) == "dnn"; }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    adapters::demand_variant(options.variant, {"dnn"});
    for (const Index size : {p.batch, p.in_channels, p.out_channels, adapters::volume(p.x_extent),
                             adapters::volume(p.y_extent), adapters::volume(p.w_extent)})
      if (size > INT32_MAX) throw adapters::Refusal{"OpenCV counts in 32 bits"};
    constexpr std::int32_t kBoth = CONVCHECK_HAS_GROUPS | CONVCHECK_HAS_BIAS |
                                   CONVCHECK_HAS_RANK_1 | CONVCHECK_HAS_TRUE_CONVOLUTION;
    const bool narrow = adapters::all_of_type(p, CONVCHECK_F32);
    if (wants_net(options)) {
      if (!narrow) throw adapters::Refusal{"dnn has f32"};
      adapters::demand_features(
          p, kBoth | CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_DILATION | CONVCHECK_HAS_PADDING);
      return;
    }
    if (!narrow && !adapters::all_of_type(p, CONVCHECK_F64))
      throw adapters::Refusal{"f32 and f64, the same in all operands, are offered"};
    adapters::demand_features(p, kBoth | CONVCHECK_HAS_CROPPING | CONVCHECK_HAS_PADDING_MODES);
    if (p.in_channels != p.groups) throw adapters::Refusal{"filter2D filters one channel"};
    if (p.padding_mode == CONVCHECK_PAD_CIRCULAR)
      throw adapters::Refusal{"filter2D has no circular border"};
    for (int a = 1; a < 3; ++a) {
      if (p.pad_begin[a] >= p.w_extent[a])
        throw adapters::Refusal{"filter2D's anchor lies within the kernel"};
      if (std::max<Index>(-p.pad_begin[a], 0) + p.y_extent[a] > p.x_extent[a])
        throw adapters::Refusal{"filter2D writes no more than the image"};
    }
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    if (wants_net(options)) return std::make_unique<NetPlan>(p, options.threads);
    return std::make_unique<FilterPlan>(p, options.threads);
  }
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return adapters::peer<OpenCv>(host_abi_version);
}
