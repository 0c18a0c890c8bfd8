// SPDX-License-Identifier: Apache-2.0
// FFTW's two precisions behind one name, and its memory and plans as owners.
#pragma once

#include <fftw3.h>

#include <array>
#include <complex>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>

namespace fftw_peer {

template <typename T>
struct Api;

template <>
struct Api<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static Plan forward(const std::array<int, 3>& n, float* in, Complex* out, unsigned flags) {
    return fftwf_plan_dft_r2c(3, n.data(), in, out, flags);
  }
  static Plan backward(const std::array<int, 3>& n, Complex* in, float* out, unsigned flags) {
    return fftwf_plan_dft_c2r(3, n.data(), in, out, flags);
  }
  static void execute(Plan plan, float* in, Complex* out) { fftwf_execute_dft_r2c(plan, in, out); }
  static void execute(Plan plan, Complex* in, float* out) { fftwf_execute_dft_c2r(plan, in, out); }
  static void destroy(Plan plan) { fftwf_destroy_plan(plan); }
  static void limit_planning(double seconds) { fftwf_set_timelimit(seconds); }
  static const char* version() { return fftwf_version; }
};

template <>
struct Api<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static Plan forward(const std::array<int, 3>& n, double* in, Complex* out, unsigned flags) {
    return fftw_plan_dft_r2c(3, n.data(), in, out, flags);
  }
  static Plan backward(const std::array<int, 3>& n, Complex* in, double* out, unsigned flags) {
    return fftw_plan_dft_c2r(3, n.data(), in, out, flags);
  }
  static void execute(Plan plan, double* in, Complex* out) { fftw_execute_dft_r2c(plan, in, out); }
  static void execute(Plan plan, Complex* in, double* out) { fftw_execute_dft_c2r(plan, in, out); }
  static void destroy(Plan plan) { fftw_destroy_plan(plan); }
  static void limit_planning(double seconds) { fftw_set_timelimit(seconds); }
  static const char* version() { return fftw_version; }
};

// Memory aligned as FFTW's SIMD code wants it.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t count) : data_(static_cast<T*>(fftw_malloc(count * sizeof(T) + 64))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  T* get() const { return data_.get(); }

 private:
  struct Free {
    void operator()(T* p) const { fftw_free(p); }
  };
  std::unique_ptr<T, Free> data_;
};

// The two transforms of one size. Executing them is safe from any thread; making them is not.
template <typename T>
class Transforms {
 public:
  using Complex = std::complex<T>;

  explicit Transforms(const std::array<int, 3>& size) {
    static std::mutex planner;
    const std::lock_guard<std::mutex> lock(planner);
    const std::size_t count = static_cast<std::size_t>(size[0]) *
                              static_cast<std::size_t>(size[1]) *
                              static_cast<std::size_t>(size[2] + 2);
    const Buffer<T> real(count), spectrum(count);
    auto* const complex = reinterpret_cast<typename Api<T>::Complex*>(spectrum.get());
    // Measured, as one would who transforms often; sizes that were met before cost nothing.
    Api<T>::limit_planning(0.2);
    forward_ = Api<T>::forward(size, real.get(), complex, FFTW_MEASURE);
    backward_ = Api<T>::backward(size, complex, real.get(), FFTW_MEASURE);
    if (forward_ == nullptr || backward_ == nullptr) {
      destroy();
      throw std::runtime_error("FFTW makes no plan of this size");
    }
  }
  Transforms(const Transforms&) = delete;
  Transforms& operator=(const Transforms&) = delete;
  ~Transforms() { destroy(); }

  void forward(T* in, Complex* out) const {
    Api<T>::execute(forward_, in, reinterpret_cast<typename Api<T>::Complex*>(out));
  }
  // Destroys what it reads.
  void backward(Complex* in, T* out) const {
    Api<T>::execute(backward_, reinterpret_cast<typename Api<T>::Complex*>(in), out);
  }

 private:
  void destroy() {
    if (forward_ != nullptr) Api<T>::destroy(forward_);
    if (backward_ != nullptr) Api<T>::destroy(backward_);
  }
  typename Api<T>::Plan forward_ = nullptr;
  typename Api<T>::Plan backward_ = nullptr;
};

}  // namespace fftw_peer
