// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <complex>
#include <numbers>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

constexpr std::int64_t kPoints = 64;
using Complex = std::complex<float>;
using Spectrum = std::array<Complex, kPoints>;

// The definition of the transform; `sign` -1 forwards, 1 backwards without its 1 / kPoints.
Spectrum transform(const Spectrum& in, float sign) {
  Spectrum out{};
  for (std::int64_t k = 0; k < kPoints; ++k)
    for (std::int64_t i = 0; i < kPoints; ++i)
      out[static_cast<std::size_t>(k)] +=
          in[static_cast<std::size_t>(i)] *
          std::polar(1.0F, sign * 2 * std::numbers::pi_v<float> *
                               static_cast<float>(i * k % kPoints) / kPoints);
  return out;
}

bool fits(const ConvProblem& p) {
  return p.operation == Operation::kConv && p.rank == 1 && p.y_type == ElementType::kF32 &&
         p.groups == 1 && p.stride[2] == 1 && p.dilation[2] == 1 &&
         p.orientation == Orientation::kCrossCorrelation && p.padding_mode == PaddingMode::kZeros &&
         p.pad_begin[2] >= 0 && p.y_extent[2] + p.w_extent[2] <= kPoints &&
         p.x_extent[2] + p.pad_begin[2] <= kPoints;
}

class Fourier final : public Bug {
 public:
  [[nodiscard]] Claim claim(const ConvProblem& p) const override {
    return {fits(p) ? AlgorithmClass::kFft : AlgorithmClass::kDirect, std::nullopt, true, true,
            false};
  }

  bool computes(const ConvProblem& p, const Operands& operands,
                std::span<float> results) const override {
    if (!fits(p)) return false;
    const auto spectrum = [](const void* row, std::int64_t length, std::int64_t offset,
                             std::int64_t step) {
      Spectrum s{};
      for (std::int64_t i = 0; i < length; ++i)
        s[static_cast<std::size_t>((offset + step * i + kPoints) % kPoints)] =
            static_cast<const float*>(row)[i];
      return transform(s, -1);
    };
    for (std::int64_t plane = 0; plane < p.batch * p.out_channels; ++plane) {
      const std::int64_t m = plane % p.out_channels;
      Spectrum sum{};
      for (std::int64_t c = 0; c < p.in_channels; ++c) {
        const float* x = static_cast<const float*>(operands.x) +
                         (plane / p.out_channels * p.in_channels + c) * p.x_extent[2];
        const float* w =
            static_cast<const float*>(operands.w) + (m * p.in_channels + c) * p.w_extent[2];
        // Taps backwards: a correlation.
        const Spectrum data = spectrum(x, p.x_extent[2], p.pad_begin[2], 1);
        const Spectrum taps = spectrum(w, p.w_extent[2], 0, -1);
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += data[k] * taps[k];
      }
      const Spectrum signal = transform(sum, 1);
      const float bias = operands.bias == nullptr ? 0 : static_cast<const float*>(operands.bias)[m];
      for (std::int64_t o = 0; o < p.y_extent[2]; ++o)
        results[static_cast<std::size_t>(plane * p.y_extent[2] + o)] =
            bias + signal[static_cast<std::size_t>(o)].real() / kPoints;
    }
    return true;
  }
};

}  // namespace

extern const Innocent fourier_innocent{
    "fourier", "multiplies spectra of one-dimensional signals, and says so", make_bug<Fourier>};
}  // namespace convcheck::properties
