// SPDX-License-Identifier: Apache-2.0
// FFTW 3: correlations as products of spectra, over the whole (padded) or tile by tile
// (overlap-save). Linked with FFTW this module is under the GPL: it is loaded by a worker, and
// nothing links it.
#include <array>
#include <climits>
#include <complex>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peers/adapters/adapter.hpp"
#include "peers/adapters/fftw_api.hpp"
#include "peers/adapters/fftw_tiling.hpp"

namespace {

using namespace fftw_peer;

std::size_t index(Index i) { return static_cast<std::size_t>(i); }

std::array<int, 3> sizes(const Tiling& t) {
  std::array<int, 3> n{};
  for (std::size_t a = 0; a < 3; ++a) {
    if (t.size[a] > INT_MAX) throw adapters::Refusal{"FFTW counts in 32 bits"};
    n[a] = static_cast<int>(t.size[a]);
  }
  return n;
}

// Spectra lie this many complex numbers apart, which keeps each aligned for SIMD.
Index spectrum_stride(const Tiling& t) { return (t.frequencies() + 15) / 16 * 16; }

// Complex numbers that a plan holds.
double spectra_count(const Correlation& c, const Tiling& t, int threads) {
  const double kernels = static_cast<double>(c.groups) * static_cast<double>(c.m_count) *
                         static_cast<double>(c.sum_count);
  const double scratch = threads * (static_cast<double>(c.sum_count) + 2);
  return (kernels + scratch) * static_cast<double>(spectrum_stride(t));
}

template <typename T>
class FftwPlan final : public convcheck_plan {
 public:
  using Complex = std::complex<T>;

  FftwPlan(const convcheck_problem& p, int threads, std::string_view variant)
      : convcheck_plan(p),
        threads_(threads),
        c_(correlation(p)),
        t_(choose_tiling(c_, variant)),
        transforms_(sizes(t_)),
        stride_(spectrum_stride(t_)),
        kernels_(index(c_.groups * c_.m_count * c_.sum_count * stride_)),
        tasks_apart_(c_.groups * c_.b_count * t_.count() >= threads),
        scratch_(index(threads)),
        name_(t_.count() == 1 ? "padded" : "overlap-save") {
    for (Scratch& s : scratch_) {
      s.spectra = Buffer<Complex>(
          index(tasks_apart_ || &s == scratch_.data() ? c_.sum_count * stride_ : 0));
      s.sum = Buffer<Complex>(index(stride_));
      s.real = Buffer<T>(index(t_.elements()));
    }
    for (int a = 3 - p.rank; a < 3; ++a) {
      name_ += a == 3 - p.rank ? ' ' : 'x';
      name_ += std::to_string(t_.size[index(a)]);
    }
  }

  void claim(convcheck_claim& claim) const override {
    claim.algorithm = CONVCHECK_ALGORITHM_FFT;
    claim.tree_height =
        adapters::transform_height(static_cast<double>(t_.elements()), c_.sum_count);
    claim.workspace_bytes =
        static_cast<std::uint64_t>(spectra_count(c_, t_, threads_) * sizeof(Complex));
    claim.algorithm_name = name_.c_str();
  }

  void pack(const void* w) override { transform_kernels(static_cast<const T*>(w)); }

  void run(void* const operands[4]) override {
    if (problem.operation == CONVCHECK_WGRAD)
      transform_kernels(static_cast<const T*>(operands[c_.kernel]));
    const auto* source = static_cast<const T*>(operands[c_.source]);
    const auto* bias = static_cast<const T*>(operands[CONVCHECK_BIAS]);
    auto* out = static_cast<T*>(operands[c_.out]);
    const Index tasks = c_.groups * c_.b_count * t_.count();
    const auto serial = [](Index count, auto f) {
      for (Index i = 0; i < count; ++i) f(i, 0);
    };
    if (tasks_apart_) {
      adapters::parallel_for(tasks, threads_, [&](Index task, int thread) {
        compute(source, bias, out, task, serial, scratch_.data() + thread, 1);
      });
      return;
    }
    const auto apart = [this](Index count, auto f) { adapters::parallel_for(count, threads_, f); };
    for (Index task = 0; task < tasks; ++task)
      compute(source, bias, out, task, apart, scratch_.data(), threads_);
  }

 private:
  struct Scratch {
    Buffer<Complex> spectra;
    Buffer<Complex> sum;
    Buffer<T> real;
  };

  // Spectra of all kernels, scaled by 1/N so that no output needs to be.
  void transform_kernels(const T* kernels) {
    const T scale = T(1) / static_cast<T>(t_.elements());
    adapters::parallel_for(
        c_.groups * c_.m_count * c_.sum_count, threads_, [&](Index i, int thread) {
          const Index c = i % c_.sum_count, m = i / c_.sum_count % c_.m_count;
          const Index g = i / c_.sum_count / c_.m_count;
          const T* kernel =
              kernels + g * c_.kernel_at[0] + m * c_.kernel_at[1] + c * c_.kernel_at[2];
          T* const real = scratch_[index(thread)].real.get();
          std::fill_n(real, t_.elements(), T(0));
          for (const Index d : c_.kernel_index[0])
            for (const Index h : c_.kernel_index[1])
              for (const Index w : c_.kernel_index[2])
                real[(d * t_.size[1] + h) * t_.size[2] + w] = *kernel++ * scale;
          transforms_.forward(real, kernels_.get() + i * stride_);
        });
  }

  // One tile of one image and group. `each` runs a loop; `scratch` has an entry a thread of it.
  template <typename Each>
  void compute(const T* source, const T* bias, T* out, Index task, const Each& each,
               Scratch* scratch, int) {
    const Index tile = task % t_.count();
    const Index b = task / t_.count() % c_.b_count, g = task / t_.count() / c_.b_count;
    const Axes first = {tile / t_.tiles[2] / t_.tiles[1] * t_.outputs[0],
                        tile / t_.tiles[2] % t_.tiles[1] * t_.outputs[1],
                        tile % t_.tiles[2] * t_.outputs[2]};
    Complex* const spectra = scratch->spectra.get();
    each(c_.sum_count, [&](Index c, int thread) {
      T* const real = scratch[thread].real.get();
      gather(source + g * c_.source_at[0] + b * c_.source_at[1] + c * c_.source_at[2], first, real);
      transforms_.forward(real, spectra + c * stride_);
    });
    const Complex* const kernels = kernels_.get() + g * c_.m_count * c_.sum_count * stride_;
    each(c_.m_count, [&](Index m, int thread) {
      Complex* const sum = scratch[thread].sum.get();
      for (Index c = 0; c < c_.sum_count; ++c)
        add_product(spectra + c * stride_, kernels + (m * c_.sum_count + c) * stride_, c == 0, sum);
      T* const real = scratch[thread].real.get();
      transforms_.backward(sum, real);
      const T offset = bias == nullptr ? T(0) : bias[g * c_.m_count + m];
      scatter(real, first, offset, out + g * c_.out_at[0] + b * c_.out_at[1] + m * c_.out_at[2]);
    });
  }

  // sum (+)= a * conj(b).
  void add_product(const Complex* a, const Complex* b, bool first, Complex* sum) const {
    const T* const x = reinterpret_cast<const T*>(a);
    const T* const y = reinterpret_cast<const T*>(b);
    T* const z = reinterpret_cast<T*>(sum);
    const Index end = 2 * t_.frequencies();
    for (Index i = 0; i < end; i += 2) {
      const T re = x[i] * y[i] + x[i + 1] * y[i + 1];
      const T im = x[i + 1] * y[i] - x[i] * y[i + 1];
      z[i] = first ? re : z[i] + re;
      z[i + 1] = first ? im : z[i + 1] + im;
    }
  }

  // The tile of the region that begins at output `first`.
  void gather(const T* source, const Axes& first, T* real) const {
    const auto at = [&](std::size_t a, Index r) {
      const Index i = first[a] * c_.step[a] + r;
      return i < static_cast<Index>(c_.source_index[a].size()) ? c_.source_index[a][index(i)] : -1;
    };
    for (Index d = 0; d < t_.size[0]; ++d) {
      const Index i = at(0, d);
      for (Index h = 0; h < t_.size[1]; ++h) {
        const Index j = at(1, h);
        T* const row = real + (d * t_.size[1] + h) * t_.size[2];
        if (i < 0 || j < 0) {
          std::fill_n(row, t_.size[2], T(0));
          continue;
        }
        const T* const from = source + (i * c_.source_extent[1] + j) * c_.source_extent[2];
        const Index begin = first[2] * c_.step[2];
        const Index* const columns = c_.source_index[2].data() + begin;
        const Index inside =
            std::min(t_.size[2], static_cast<Index>(c_.source_index[2].size()) - begin);
        for (Index w = 0; w < inside; ++w) row[w] = columns[w] < 0 ? T(0) : from[columns[w]];
        std::fill(row + inside, row + t_.size[2], T(0));
      }
    }
  }

  void scatter(const T* real, const Axes& first, T offset, T* out) const {
    Axes count{};
    for (std::size_t a = 0; a < 3; ++a)
      count[a] = std::min(t_.outputs[a], c_.out_extent[a] - first[a]);
    for (Index d = 0; d < count[0]; ++d)
      for (Index h = 0; h < count[1]; ++h) {
        const T* const row = real + (d * c_.step[0] * t_.size[1] + h * c_.step[1]) * t_.size[2];
        T* const to = out + (c_.out_index[0][index(first[0] + d)] * c_.out_extent[1] +
                             c_.out_index[1][index(first[1] + h)]) *
                                c_.out_extent[2];
        const Index* const columns = c_.out_index[2].data() + first[2];
        for (Index w = 0; w < count[2]; ++w) to[columns[w]] = row[w * c_.step[2]] + offset;
      }
  }

  int threads_;
  Correlation c_;
  Tiling t_;
  Transforms<T> transforms_;
  Index stride_;
  Buffer<Complex> kernels_;
  bool tasks_apart_;  // One thread a tile; else the threads share each tile.
  std::vector<Scratch> scratch_;
  std::string name_;
};

struct Fftw {
  static constexpr const char* kName = "fftw";
  static constexpr const char* kLicence = "GPL-2.0-or-later";
  static constexpr const char* kVariantNames[] = {"padded", "overlap_save", nullptr};
  static constexpr const char* const* kVariants = kVariantNames;
  static constexpr bool kPacks = true;
  static constexpr bool kOpaque = false;

  static const char* version() {
    static const std::string text = std::string(Api<float>::version()) + " (libfftw3)";
    return text.c_str();
  }

  static void check(const convcheck_problem& p, const convcheck_options& options) {
    const std::string_view variant = options.variant;
    adapters::demand_variant(variant, {"padded", "overlap_save"});
    if (!adapters::all_of_type(p, CONVCHECK_F32) && !adapters::all_of_type(p, CONVCHECK_F64))
      throw adapters::Refusal{"f32 and f64, the same in all operands, are offered"};
    constexpr std::int32_t kAll = 0x3FFF & ~CONVCHECK_HAS_EMPTY & ~CONVCHECK_HAS_PADDING_MODES;
    const bool folds = p.operation == CONVCHECK_DECONV;
    adapters::demand_features(p, folds ? kAll : kAll | CONVCHECK_HAS_PADDING_MODES);
    const Correlation c = correlation(p);
    const Tiling t = choose_tiling(c, variant);
    sizes(t);
    const double bytes = 2.0 * static_cast<double>(adapters::bytes_of(p.x_type));
    adapters::demand_memory(bytes * spectra_count(c, t, options.threads), "spectra");
  }

  static std::unique_ptr<convcheck_plan> make(const convcheck_problem& p,
                                              const convcheck_options& options) {
    if (p.x_type == CONVCHECK_F64)
      return std::make_unique<FftwPlan<double>>(p, options.threads, options.variant);
    return std::make_unique<FftwPlan<float>>(p, options.threads, options.variant);
  }
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  return adapters::peer<Fftw>(host_abi_version);
}
