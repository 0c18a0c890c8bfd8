// SPDX-License-Identifier: Apache-2.0
// Eigen 3: im2col and its matrix product, all operations; variant `tensor`, the convolution of the
// unsupported Tensor module. Vector instructions are those that this module is compiled for.
#define EIGEN_DONT_PARALLELIZE  // The threads are the adapter's.
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unsupported/Eigen/CXX11/Tensor>
#include <vector>

#include "peers/adapters/adapter.hpp"
#include "peers/adapters/im2col.hpp"

namespace {

using adapters::Index;

template <typename T>
struct Gemm {
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Input = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;

  template <typename A, typename B>
  static void multiply(const A& a, const B& b, int beta, T* c, Index ldc) {
    Eigen::Map<Matrix, 0, Eigen::OuterStride<>> product(c, a.rows(), b.cols(),
                                                        Eigen::OuterStride<>(ldc));
    if (beta == 0)
      product.noalias() = a * b;
    else
      product.noalias() += a * b;
  }

  void operator()(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a,
                  Index lda, const T* b, Index ldb, int beta, T* c, Index ldc) const {
    const Input left(a, transpose_a ? k : m, transpose_a ? m : k, Eigen::OuterStride<>(lda));
    const Input right(b, transpose_b ? n : k, transpose_b ? k : n, Eigen::OuterStride<>(ldb));
    if (transpose_a)
      multiply(left.transpose(), right, beta, c, ldc);
    else if (transpose_b)
      multiply(left, right.transpose(), beta, c, ldc);
    else
      multiply(left, right, beta, c, ldc);
  }
};

// One convolution over channels, depth, height and width for each output channel.
template <typename T>
class TensorPlan final : public convcheck_plan {
 public:
  using Tensor = Eigen::Tensor<T, 4, Eigen::RowMajor, Index>;
  using Map = Eigen::TensorMap<Tensor>;
  using Input = Eigen::TensorMap<const Tensor>;
  using Extents = Eigen::array<Index, 4>;

  TensorPlan(const convcheck_problem& p, int threads) : convcheck_plan(p), threads_(threads) {
    padded_extent_ = {p.in_channels, 0, 0, 0};
    kernel_extent_ = {p.in_channels / p.groups, 0, 0, 0};
    for (int a = 0; a < 3; ++a) {
      const auto i = static_cast<std::size_t>(a + 1);
      pads_[i] = {p.pad_begin[a], adapters::floor_pad_end(p, a)};
      padded_extent_[i] = p.x_extent[a] + pads_[i].first + pads_[i].second;
      kernel_extent_[i] = p.w_extent[a];
      strides_[i] = p.stride[a];
      inflation_[i] = p.dilation[a];
      flips_[i] = p.orientation == CONVCHECK_CONVOLUTION;
    }
    padded_.resize(static_cast<std::size_t>(p.batch * count(padded_extent_)));
    Extents inflated = kernel_extent_;
    for (std::size_t i = 1; i < 4; ++i) inflated[i] = (inflated[i] - 1) * inflation_[i] + 1;
    inflated_extent_ = inflated;
    kernels_.resize(static_cast<std::size_t>(p.out_channels * count(inflated)));
  }

  void claim(convcheck_claim& claim) const override {
    claim.workspace_bytes = (padded_.size() + kernels_.size()) * sizeof(T);
    claim.algorithm_name = "Tensor::convolve";
  }

  // Dilated and reversed kernels are expressions that the convolution would evaluate in every call.
  void pack(const void* w) override {
    const auto* from = static_cast<const T*>(w);
    for (Index m = 0; m < problem.out_channels; ++m) {
      const Input kernel(from + m * count(kernel_extent_), kernel_extent_);
      Map(kernels_.data() + m * count(inflated_extent_), inflated_extent_) =
          kernel.reverse(flips_).inflate(inflation_);
    }
  }

  void run(void* const operands[4]) override {
    const convcheck_problem& p = problem;
    const auto* x = static_cast<const T*>(operands[CONVCHECK_X]);
    const auto* bias = static_cast<const T*>(operands[CONVCHECK_BIAS]);
    auto* y = static_cast<T*>(operands[CONVCHECK_Y]);
    const Index image = p.in_channels * adapters::volume(p.x_extent);
    adapters::parallel_for(p.batch, threads_, [&](Index n, int) {
      const Input from(x + n * image, p.in_channels, p.x_extent[0], p.x_extent[1], p.x_extent[2]);
      Map(padded_.data() + n * count(padded_extent_), padded_extent_) = from.pad(pads_);
    });
    const Index in = p.in_channels / p.groups, out = p.out_channels / p.groups;
    const Extents group_extent = {in, padded_extent_[1], padded_extent_[2], padded_extent_[3]};
    const Eigen::array<Index, 4> all_axes = {0, 1, 2, 3};
    adapters::parallel_for(p.batch * p.out_channels, threads_, [&](Index i, int) {
      const Index n = i / p.out_channels, m = i % p.out_channels;
      const Input from(padded_.data() + n * count(padded_extent_) + m / out * count(group_extent),
                       group_extent);
      const Input kernel(kernels_.data() + m * count(inflated_extent_), inflated_extent_);
      Map to(y + i * adapters::volume(p.y_extent), Index{1}, p.y_extent[0], p.y_extent[1],
             p.y_extent[2]);
      const T offset = bias == nullptr ? T(0) : bias[m];
      to = from.convolve(kernel, all_axes).stride(strides_) + offset;
    });
  }

 private:
  static Index count(const Extents& e) { return e[0] * e[1] * e[2] * e[3]; }

  int threads_;
  std::vector<T> padded_;   // [batch, in_channels, padded extents]
  std::vector<T> kernels_;  // [out_channels, in_channels / groups, inflated extents]
  Extents padded_extent_{}, kernel_extent_{}, inflated_extent_{};
  Eigen::array<std::pair<Index, Index>, 4> pads_{};
  Extents strides_{1, 1, 1, 1}, inflation_{1, 1, 1, 1};
  Eigen::array<bool, 4> flips_{};
};

struct EigenLibrary {
  static constexpr const char* kName = CONVCHECK_EIGEN_NAME;
  static constexpr const char* kLicence = "MPL-2.0";
  static constexpr const char* kVariantNames[] = {"tensor", nullptr};
  static constexpr const char* const* kVariants = kVariantNames;
  static constexpr bool kPacks = true;
  static constexpr bool kOpaque = false;

  static const char* version() {
    static const std::string text =
        "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) +
        "." + std::to_string(EIGEN_MINOR_VERSION) + ", " + Eigen::SimdInstructionSetsInUse();
    return text.c_str();
  }

  static bool wants_tensor(const convcheck_options& o) {
    return std::string_view(o.variant) == "tensor";
  }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    adapters::demand_variant(options.variant, {"tensor"});
    adapters::check_im2col(p, options);
    if (!wants_tensor(options)) return;
    adapters::demand_features(p, CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_DILATION |
                                     CONVCHECK_HAS_ASYMMETRIC_PADDING | CONVCHECK_HAS_GROUPS |
                                     CONVCHECK_HAS_BIAS | CONVCHECK_HAS_RANK_1 |
                                     CONVCHECK_HAS_RANK_3 | CONVCHECK_HAS_TRUE_CONVOLUTION);
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    const bool wide = p.x_type == CONVCHECK_F64;
    const int threads = options.threads;
    if (wants_tensor(options)) {
      if (wide) return std::make_unique<TensorPlan<double>>(p, threads);
      return std::make_unique<TensorPlan<float>>(p, threads);
    }
    constexpr const char* kAlgorithm = "im2col and GEMM";
    if (wide) return std::make_unique<GemmPlan<double>>(p, threads, kAlgorithm);
    return std::make_unique<GemmPlan<float>>(p, threads, kAlgorithm);
  }

 private:
  // The table has one `pack` for both variants: here it keeps the address of nothing, but a copy.
  template <typename T>
  class GemmPlan final : public adapters::Im2colPlan<T, Gemm<T>> {
   public:
    using Base = adapters::Im2colPlan<T, Gemm<T>>;
    using Base::Base;

    void pack(const void* w) override {
      const convcheck_problem& p = this->problem;
      const Index count =
          p.out_channels * (p.in_channels / p.groups) * adapters::volume(p.w_extent);
      const auto* from = static_cast<const T*>(w);
      w_.assign(from, from + count);
    }

    void run(void* const operands[4]) override {
      void* all[4] = {operands[0], operands[1], operands[2], operands[3]};
      if (this->problem.operation != CONVCHECK_WGRAD) all[CONVCHECK_W] = w_.data();
      Base::run(all);
    }

   private:
    std::vector<T> w_;
  };
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
#if defined(__AVX512F__)
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) return nullptr;
#elif defined(__AVX2__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
#endif
  return adapters::peer<EigenLibrary>(host_abi_version);
}
