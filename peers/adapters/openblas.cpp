// SPDX-License-Identifier: Apache-2.0
// OpenBLAS: im2col and its matrix product, f32 and f64, all operations.
#include <cblas.h>

#include <climits>
#include <cstdint>
#include <memory>
#include <string>

#include "peers/adapters/adapter.hpp"
#include "peers/adapters/im2col.hpp"

namespace {

using adapters::Index;

template <typename T>
struct Gemm {
  void operator()(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a,
                  Index lda, const T* b, Index ldb, int beta, T* c, Index ldc) const {
    const auto op_a = transpose_a ? CblasTrans : CblasNoTrans;
    const auto op_b = transpose_b ? CblasTrans : CblasNoTrans;
    const auto i = [](Index value) { return static_cast<blasint>(value); };
    if constexpr (sizeof(T) == sizeof(float))
      cblas_sgemm(CblasRowMajor, op_a, op_b, i(m), i(n), i(k), 1, a, i(lda), b, i(ldb),
                  static_cast<float>(beta), c, i(ldc));
    else
      cblas_dgemm(CblasRowMajor, op_a, op_b, i(m), i(n), i(k), 1, a, i(lda), b, i(ldb), beta, c,
                  i(ldc));
  }
};

struct OpenBlas {
  static constexpr const char* kName = "openblas";
  static constexpr const char* kLicence = "BSD-3-Clause";
  static constexpr const char* const* kVariants = nullptr;
  static constexpr bool kPacks = false;  // The library reads the caller's w itself.
  static constexpr bool kOpaque = false;

  static const char* version() {
    static const std::string text =
        std::string(openblas_get_config()) + ", kernels for " + openblas_get_corename();
    return text.c_str();
  }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    adapters::demand_variant(options.variant, {});
    adapters::check_im2col(p, options);
    const Index in = p.in_channels / p.groups;
    for (const Index size : {adapters::volume(p.x_extent), adapters::volume(p.y_extent),
                             in * adapters::volume(p.w_extent), p.out_channels})
      if (size > INT_MAX) throw adapters::Refusal{"OpenBLAS counts in 32 bits"};
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    // The threads are the adapter's, each with products of its own.
    openblas_set_num_threads(1);
    constexpr const char* kAlgorithm = "im2col and GEMM";
    if (p.x_type == CONVCHECK_F64)
      return std::make_unique<adapters::Im2colPlan<double, Gemm<double>>>(p, options.threads,
                                                                          kAlgorithm);
    return std::make_unique<adapters::Im2colPlan<float, Gemm<float>>>(p, options.threads,
                                                                      kAlgorithm);
  }
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return adapters::peer<OpenBlas>(host_abi_version);
}
