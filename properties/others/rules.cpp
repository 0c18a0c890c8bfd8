// SPDX-License-Identifier: Apache-2.0
#include "properties/others/rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace convcheck::properties::others {
namespace {

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

bool is_integer(const ConvProblem& p) { return p.y_type == ElementType::kS32; }

// Zero points are added, so that they are subtracted again.
double zero_point(const Filled& f) {
  if (!is_integer(f.problem)) return 0;
  if (f.role == Role::kX) return f.problem.x_zero_point;
  return f.role == Role::kW ? f.problem.w_zero_point : 0;
}

template <typename F>
void fill_each(const Filled& f, Tensor& t, const F& value) {
  const double zero = zero_point(f);
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_rounded(i, value(i) + zero);
}

template <typename F>
bool all_elements(const Compared& c, const F& accepted) {
  for (std::int64_t i = 0; i < c.found.count(); ++i)
    if (!accepted(c.expected.value(i), c.found.value(i))) return false;
  return true;
}

// |e - r| <= absolute + relative |r|; NaN agrees with NaN where that is asked for.
bool close(const Compared& c, double absolute, double relative, bool nan_is_equal) {
  return all_elements(c, [&](double r, double e) {
    if (nan_is_equal && std::isnan(r) && std::isnan(e)) return true;
    return e == r || std::fabs(e - r) <= absolute + relative * std::fabs(r);
  });
}

bool equal(const Compared& c) {
  return all_elements(c, [](double r, double e) { return e == r; });
}

struct Range {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

Range benchdnn_range(const Filled& f) {
  const bool is_data = f.role == f.problem.data_input();
  if (f.role == Role::kBias) return {-8, 8};
  if (is_integer(f.problem)) return is_data ? Range{0, 160} : Range{-4, 4};
  switch (f.claim.algorithm) {
    case AlgorithmClass::kWinograd:
    case AlgorithmClass::kFft:
      if (is_data) return {-16, 128};
      return f.role == Role::kW ? Range{2, 64} : Range{-8, 8};
    case AlgorithmClass::kBf16:
    case AlgorithmClass::kTf32:
      return {-4, 4};
    default:
      return is_data || f.role == Role::kW ? Range{-32, 32} : Range{-8, 8};
  }
}

// So sparse that every sum of products is an integer below 2^24.
double benchdnn_density(const Filled& f) {
  const bool is_wgrad = f.problem.operation == Operation::kWgrad;
  if (f.role != (is_wgrad ? Role::kY : f.problem.data_input())) return 1;
  const auto largest = [&](Role role) {
    const Range range = benchdnn_range({f.problem, f.claim, role, 0});
    return static_cast<double>(std::max(std::abs(range.low), std::abs(range.high)));
  };
  const double safe_terms =
      std::floor(0x1p24 / (largest(f.problem.data_input()) * largest(Role::kW)));
  return std::min(1.0, safe_terms / static_cast<double>(f.problem.term_count()));
}

void benchdnn_fill(const Filled& f, Random& random, Tensor& t) {
  const Range range = benchdnn_range(f);
  const double density = benchdnn_density(f);
  fill_each(f, t, [&](std::int64_t i) {
    if (i == 0) return static_cast<double>(random.between(1, range.high));
    const bool is_zero = random.unit() >= density;
    return is_zero ? 0.0 : static_cast<double>(random.between(range.low, range.high));
  });
}

bool benchdnn_accepted(const Compared& c) {
  const bool transforms =
      c.claim.algorithm == AlgorithmClass::kWinograd || c.claim.algorithm == AlgorithmClass::kFft;
  double threshold = 0;
  if (transforms) {
    threshold = 2e-5;
    if (c.problem.operation == Operation::kWgrad) {
      const double positions =
          static_cast<double>(c.problem.batch * c.problem.y_extent[1] * c.problem.y_extent[2]);
      threshold *= std::max(1.0, std::pow(10, 0.4 * std::log10(0.125 * positions)));
    }
  }
  const bool by_element = all_elements(c, [&](double r, double e) {
    if (e == r) return true;
    const double difference = std::fabs(e - r);
    if (std::fabs(r) <= 1e-5) return difference < kEpsilon || difference <= threshold;
    return difference / std::fabs(r) <= threshold;
  });
  if (by_element || !transforms) return by_element;
  double difference = 0;
  double size = 0;
  for (std::int64_t i = 0; i < c.found.count(); ++i) {
    difference += std::pow(c.found.value(i) - c.expected.value(i), 2);
    size += std::pow(c.expected.value(i), 2);
  }
  return std::sqrt(difference) <= threshold * std::sqrt(size);
}

void xnnpack_fill(const Filled& f, Random& random, Tensor& t) {
  const bool is_unsigned = t.type() == ElementType::kU8;
  fill_each(f, t, [&](std::int64_t) {
    if (!is_integer(f.problem)) return 0.1 + 0.9 * random.unit();
    const std::int64_t v = is_unsigned ? random.between(0, 255) : random.between(-128, 127);
    return static_cast<double>(v) - zero_point(f);
  });
}

bool xnnpack_accepted(const Compared& c) {
  if (is_integer(c.problem)) return equal(c);
  return all_elements(c, [](double r, double e) {
    return std::fabs(e - r) <= std::max(1e-4, 1e-4 * std::fabs(r));
  });
}

// +1 where the indices of an element have an even sum, else -1.
double checkerboard(const Shape& shape, std::int64_t index) {
  std::int64_t sum = 0;
  for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
    sum += index % *extent;
    index /= *extent;
  }
  return sum % 2 == 0 ? 1 : -1;
}

void miopen_fill(const Filled& f, Random& random, Tensor& t) {
  const bool is_second =
      f.role == Role::kW || (f.problem.operation == Operation::kWgrad && f.role == Role::kY);
  const std::int64_t largest = is_integer(f.problem) ? 16 : 17;
  fill_each(f, t, [&](std::int64_t i) {
    const double v = static_cast<double>(random.between(1, largest));
    return is_second ? v * checkerboard(t.shape(), i) : v;
  });
}

bool miopen_accepted(const Compared& c) {
  if (is_integer(c.problem)) return equal(c);
  const bool is_winograd_wgrad =
      c.claim.algorithm == AlgorithmClass::kWinograd && c.problem.operation == Operation::kWgrad;
  double squares = 0;
  double largest = std::numeric_limits<double>::min();
  for (std::int64_t i = 0; i < c.found.count(); ++i) {
    squares += std::pow(c.found.value(i) - c.expected.value(i), 2);
    largest = std::max({largest, std::fabs(c.found.value(i)), std::fabs(c.expected.value(i))});
  }
  const double error =
      std::sqrt(squares) / (std::sqrt(static_cast<double>(c.found.count())) * largest);
  return error <= kEpsilon * 80 * (is_winograd_wgrad ? 16 : 1);
}

void onnx_fill(const Filled& f, Random& random, Tensor& t) {
  const bool is_data = f.role == f.problem.data_input();
  if (f.set == 0 || is_integer(f.problem)) {
    fill_each(f, t, [&](std::int64_t i) {
      return is_data ? static_cast<double>(is_integer(f.problem) ? i % 200 : i) : 1.0;
    });
    return;
  }
  // What a layer is initialised with: U(-1, 1) / sqrt(terms).
  const double scale = 1 / std::sqrt(static_cast<double>(f.problem.term_count()));
  fill_each(f, t, [&](std::int64_t) {
    return is_data ? random.normal() : scale * (2 * random.unit() - 1);
  });
}

bool onnx_accepted(const Compared& c) { return close(c, 1e-7, 1e-3, true); }

void pytorch_fill(const Filled& f, Random& random, Tensor& t) {
  const bool is_unsigned = t.type() == ElementType::kU8;
  fill_each(f, t, [&](std::int64_t) {
    if (!is_integer(f.problem)) return 18 * random.unit() - 9;
    return static_cast<double>(is_unsigned ? random.between(0, 9) : random.between(-9, 9));
  });
}

bool pytorch_accepted(const Compared& c) {
  return is_integer(c.problem) ? equal(c) : close(c, 1e-5, 1.3e-6, true);
}

bool pytorch_devices_accepted(const Compared& c) {
  return is_integer(c.problem) ? equal(c) : close(c, 1e-3, 1e-3, true);
}

const std::array<AcceptanceRule, 6>& all_rules() {
  static const std::array<AcceptanceRule, 6> rules = {{
      {.name = "benchdnn",
       .data =
           "integers: data and weights in [-32, 32], bias and y of a weight gradient in [-8, 8], "
           "so sparse that sums stay below 2^24; [-4, 4] for bf16 and tf32; Winograd: data in "
           "[-16, 128], weights in [2, 64]",
       .accepts =
           "e = r. Winograd: abs(e - r) <= 2e-5 abs(r), or so in the 2-norm (weight gradients: "
           "times max(1, (batch oh ow / 8)^0.4)). Bytes after a buffer are unchanged",
       .source = "oneDNN `3f27bec2`: `tests/benchdnn/conv/conv.cpp`, `conv/cfg.cpp`, "
                 "`utils/cfg.hpp`, `utils/compare.cpp`, `dnnl_memory.cpp`",
       .reference = Reference::kF32Loops,
       .data_sets = 1,
       .threads = {4},
       .surroundings = {.after = 0xFF, .poison = 0xFF, .checked_after_bytes = 4096},
       .fill = benchdnn_fill,
       .accepted = benchdnn_accepted},
      {.name = "XNNPACK",
       .data = "U(0.1, 1) for every operand",
       .accepts = "abs(e - r) <= max(1e-4, 1e-4 abs(r)). 64 bytes on both sides of a buffer are "
                  "unchanged",
       .source = "google/XNNPACK `75db3c09`: `test/operators/convolution-operator-tester.h`, "
                 "`test/operators/deconvolution-operator-tester.h`, `src/xnnpack/buffer.h`",
       .reference = Reference::kF32Loops,
       .data_sets = 1,
       .threads = {1, 5},
       .surroundings =
           {.before = 0xFF, .after = 0xFF, .checked_before_bytes = 64, .checked_after_bytes = 64},
       .fill = xnnpack_fill,
       .accepted = xnnpack_accepted},
      {.name = "MIOpen",
       .data = "integers: data in [1, 17]; weights, and y of a weight gradient, the same with the "
               "sign of a checkerboard",
       .accepts =
           "root mean square of e - r <= 80 * 2^-23 times the largest abs(e), abs(r); Winograd "
           "weight gradients: 16 times that",
       .source = "ROCm/MIOpen `2d1fd997`: `test/conv_common.hpp`, `test/driver.hpp`, "
                 "`test/verify.hpp`, `test/cpu_conv.hpp`",
       .reference = Reference::kF64Loops,
       .data_sets = 1,
       .threads = {4},
       .surroundings = {},
       .fill = miopen_fill,
       .accepted = miopen_accepted},
      {.name = "ONNX",
       .data = "0, 1, 2, .. with weights of 1; and N(0, 1) with weights U(-1, 1) / sqrt(terms)",
       .accepts = "abs(e - r) <= 1e-7 + 1e-3 abs(r)",
       .source = "onnx/onnx `f7546912`: `onnx/backend/test/runner/__init__.py`, "
                 "`onnx/backend/test/loader/__init__.py`, `onnx/backend/test/case/node/conv.py`, "
                 "`onnx/backend/test/data/pytorch-converted`",
       .reference = Reference::kF32Loops,
       .data_sets = 2,
       .threads = {4},
       .surroundings = {},
       .fill = onnx_fill,
       .accepted = onnx_accepted},
      {.name = "PyTorch",
       .data = "U(-9, 9) for every operand",
       .accepts =
           "abs(e - r) <= 1e-5 + 1.3e-6 abs(r), what `assert_close` takes unless told otherwise",
       .source = "pytorch/pytorch: `torch/testing/_comparison.py` at `003029b0`, "
                 "`torch/testing/_creation.py` at `00393f7f`",
       .reference = Reference::kF32Loops,
       .data_sets = 1,
       .threads = {4},
       .surroundings = {},
       .fill = pytorch_fill,
       .accepted = pytorch_accepted},
      {.name = "PyTorch, devices",
       .data = "as PyTorch",
       .accepts = "abs(e - r) <= 1e-3 + 1e-3 abs(r), one device beside another",
       .source = "pytorch/pytorch `ba561023` (v2.8.0): `test/test_ops.py`, `test_compare_cpu`",
       .reference = Reference::kF32Loops,
       .data_sets = 1,
       .threads = {4},
       .surroundings = {},
       .fill = pytorch_fill,
       .accepted = pytorch_devices_accepted},
  }};
  return rules;
}

}  // namespace

std::span<const AcceptanceRule> acceptance_rules() { return all_rules(); }

}  // namespace convcheck::properties::others
