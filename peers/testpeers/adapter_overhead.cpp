// SPDX-License-Identifier: Apache-2.0
// What an adapter adds to the library's own call, on the smallest problem: 1 channel, 8x8, 3x3, one
// thread. One program a library (OVERHEAD_NAME), since their thread runtimes differ. Run it by
// hand.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "peers/convcheck_peer.h"

#if defined(OVERHEAD_XNNPACK)
#include <xnnpack.h>
#elif defined(OVERHEAD_OPENBLAS)
#include <cblas.h>
#elif defined(OVERHEAD_OPENCV)
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#elif defined(OVERHEAD_FFTW)
#include <fftw3.h>
#elif defined(OVERHEAD_TORCH)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#endif

namespace {

std::vector<float> x(64 + 4, 1.0F), w(9 + 4, 1.0F), y(64 + 4);

// The library's call alone, on operands in its own layouts.
class LibraryCall {
 public:
#if defined(OVERHEAD_XNNPACK)
  LibraryCall() {
    xnn_initialize(nullptr);
    xnn_create_convolution2d_nhwc_f32(1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, w.data(),
                                      nullptr, -INFINITY, INFINITY, 0, &op_);
    xnn_setup_convolution2d_nhwc_f32(op_, 1, 8, 8, x.data(), y.data(), nullptr);
  }
  void operator()() { xnn_run_operator(op_, nullptr); }

 private:
  xnn_operator_t op_ = nullptr;
#elif defined(OVERHEAD_OPENBLAS)
  // The product; columns are the adapter's.
  LibraryCall() : columns_(9 * 64, 1.0F) { openblas_set_num_threads(1); }
  void operator()() {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 64, 9, 1, w.data(), 9,
                columns_.data(), 64, 0, y.data(), 64);
  }

 private:
  std::vector<float> columns_;
#elif defined(OVERHEAD_OPENCV)
  LibraryCall()
      : x_(8, 8, CV_32F, x.data()), w_(3, 3, CV_32F, w.data()), y_(8, 8, CV_32F, y.data()) {
    cv::setNumThreads(1);
  }
  void operator()() { cv::filter2D(x_, y_, -1, w_, cv::Point(1, 1), 0, cv::BORDER_CONSTANT); }

 private:
  cv::Mat x_, w_, y_;
#elif defined(OVERHEAD_FFTW)
  // The two transforms of a run; the kernel is transformed by pack.
  LibraryCall()
      : real_(static_cast<float*>(fftwf_malloc(100 * sizeof(float)))),
        spectrum_(static_cast<fftwf_complex*>(fftwf_malloc(60 * sizeof(fftwf_complex)))) {
    const int n[] = {1, 10, 10};
    forward_ = fftwf_plan_dft_r2c(3, n, real_, spectrum_, FFTW_MEASURE);
    backward_ = fftwf_plan_dft_c2r(3, n, spectrum_, real_, FFTW_MEASURE);
    std::fill_n(real_, 100, 1.0F);
  }
  void operator()() {
    fftwf_execute(forward_);
    fftwf_execute(backward_);
    std::fill_n(real_, 100, 1.0F);  // Else the numbers grow.
  }

 private:
  float* real_;
  fftwf_complex* spectrum_;
  fftwf_plan forward_, backward_;
#elif defined(OVERHEAD_TORCH)
  LibraryCall()
      : x_(at::from_blob(x.data(), {1, 1, 8, 8})), w_(at::from_blob(w.data(), {1, 1, 3, 3})) {
    at::set_num_threads(1);
  }
  void operator()() {
    const c10::InferenceMode inference;
    y_ = at::convolution(x_, w_, {}, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1);
  }

 private:
  at::Tensor x_, w_, y_;
#endif
};

// Nanoseconds a call, of the fastest of many blocks.
template <typename Call>
double nanoseconds(Call& call) {
  constexpr int kCalls = 1000, kBlocks = 200;
  double least = HUGE_VAL;
  for (int block = 0; block < kBlocks; ++block) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) call();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    least = std::min(least, took.count() / kCalls);
  }
  return least;
}

int measure(const char* module) {
  void* const library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::fprintf(stderr, "%s\n", dlerror()), 1;
  const auto entry =
      reinterpret_cast<decltype(&convcheck_peer_v1)>(dlsym(library, "convcheck_peer_v1"));
  const convcheck_peer& peer = *entry(CONVCHECK_PEER_ABI_VERSION);
  convcheck_problem p{};
  p.struct_size = sizeof p;
  p.rank = 2;
  p.batch = p.groups = p.in_channels = p.out_channels = 1;
  for (int a = 0; a < 3; ++a) {
    p.x_extent[a] = p.y_extent[a] = a == 0 ? 1 : 8;
    p.w_extent[a] = a == 0 ? 1 : 3;
    p.stride[a] = p.dilation[a] = 1;
    p.pad_begin[a] = p.pad_end[a] = a == 0 ? 0 : 1;
  }
  const convcheck_options options{sizeof options, 1, CONVCHECK_LAYOUT_PREFERRED, 0, ""};
  char why[256] = "";
  convcheck_plan* plan = nullptr;
  void* operands[4] = {x.data(), w.data(), nullptr, y.data()};
  if (peer.prepare(&p, &options, &plan, why, sizeof why) != CONVCHECK_OK ||
      (peer.pack != nullptr && peer.pack(plan, w.data(), why, sizeof why) != CONVCHECK_OK))
    return std::fprintf(stderr, "%s\n", why), 1;
  auto adapter = [&] { (void)peer.run(plan, operands, why, sizeof why); };
  LibraryCall call;
  // Interleaved, so that both see the same machine.
  double through = HUGE_VAL, alone = HUGE_VAL;
  for (int turn = 0; turn < 5; ++turn) {
    through = std::min(through, nanoseconds(adapter));
    alone = std::min(alone, nanoseconds(call));
  }
  std::printf("%-9s %7.0f ns a run, %7.0f ns the library's own call: the adapter adds %.0f ns\n",
              peer.name, through, alone, through - alone);
  peer.destroy(plan);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return argc == 2 ? measure(argv[1]) : 2; }
