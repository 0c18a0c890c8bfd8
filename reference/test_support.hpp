// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: hostile data, and the definition's answer rounded once.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/chain.hpp"
#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "core/tensor.hpp"
#include "reference/definition.hpp"
#include "reference/rounding.hpp"

namespace convcheck::reference {

enum class Hostile {
  kIntegers,     // Every sum exact.
  kUniform,      // Full mantissas, ordinary sums.
  kWide,         // Exponents spread over 40 octaves.
  kTies,         // Many sums half way between two f32.
  kSubnormal,    // Results around and below the least subnormal.
  kHuge,         // Results around and above the largest f32.
  kCancelling,   // Neighbours of opposite sign: sums that lose most bits, or everything.
  kSpecial,      // NaN, Inf, signed zeros, subnormals, FLT_MAX.
  kInfiniteTap,  // Finite data; few weights infinite, which taps in the padding must not show.
};
inline constexpr int kHostileCount = 9;

inline float hostile_value(Hostile kind, Role role, Random& random) {
  const double unit = 2 * random.unit() - 1;
  const double sign = random.below(2) == 0 ? -1 : 1;
  switch (kind) {
    case Hostile::kIntegers:
      return static_cast<float>(random.between(-3, 3));
    case Hostile::kUniform:
      return static_cast<float>(unit);
    case Hostile::kWide:
      return static_cast<float>(std::ldexp(unit, static_cast<int>(random.between(-20, 20))));
    case Hostile::kTies:
      return role == Role::kW ? static_cast<float>(1 + std::ldexp(random.between(0, 15), -20))
                              : static_cast<float>(std::ldexp(random.between(-40, 40), -4));
    case Hostile::kSubnormal:
      return static_cast<float>(std::ldexp(unit, static_cast<int>(random.between(-77, -72))));
    case Hostile::kHuge:
      return static_cast<float>(std::ldexp(unit, static_cast<int>(random.between(62, 65))));
    case Hostile::kCancelling:
      return static_cast<float>(sign *
                                (1 + std::ldexp(static_cast<double>(random.between(0, 1)), -23)) *
                                std::ldexp(1.0, static_cast<int>(random.between(0, 1))));
    case Hostile::kSpecial: {
      static constexpr float kSpecials[] = {std::numeric_limits<float>::quiet_NaN(),
                                            std::numeric_limits<float>::infinity(),
                                            -std::numeric_limits<float>::infinity(),
                                            0.0F,
                                            -0.0F,
                                            0x1p-149F,
                                            -0x1.fffffcp-127F,
                                            std::numeric_limits<float>::max(),
                                            -std::numeric_limits<float>::max()};
      return random.below(3) == 0 ? kSpecials[random.below(9)] : static_cast<float>(unit);
    }
    case Hostile::kInfiniteTap:
      return role == Role::kW && random.below(3) == 0
                 ? static_cast<float>(sign * std::numeric_limits<float>::infinity())
                 : static_cast<float>(unit);
  }
  return 0;
}

/// The operands that the problem reads, in the order of operand_specs.
inline std::vector<Tensor> hostile_operands(const ConvProblem& p, Hostile kind,
                                            std::uint64_t seed) {
  Random random(stable_hash(to_string(p)) + 977 * seed + static_cast<std::uint64_t>(kind));
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    operands.emplace_back(spec.type, spec.shape);
    for (float& v : operands.back().values<float>()) {
      v = hostile_value(kind, spec.role, random);
      // A bias of the size of the products.
      if (spec.role == Role::kBias && kind != Hostile::kSpecial)
        v *= hostile_value(kind, Role::kX, random);
    }
  }
  return operands;
}

/// Operands as values of a number type.
template <class Real>
Values<Real> values_of(const ConvProblem& p, const std::vector<Tensor>& operands) {
  Values<Real> values;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    const Tensor& tensor = operands[next++];
    std::vector<Real>& list = spec.role == Role::kX   ? values.x
                              : spec.role == Role::kW ? values.w
                              : spec.role == Role::kY ? values.y
                                                      : values.bias;
    for (std::int64_t i = 0; i < tensor.count(); ++i) list.push_back(Real(tensor.value(i)));
  }
  return values;
}

/// What `formulation` gives, each output rounded once to f32.
template <class Formulation>
std::vector<float> rounded(const ConvProblem& p, const std::vector<Tensor>& operands,
                           Formulation&& formulation) {
  std::vector<float> list;
  for (const ExactF32& exact : formulation(p, values_of<ExactF32>(p, operands)))
    list.push_back(static_cast<float>(round_exact(exact, traits(ElementType::kF32))));
  return list;
}

inline bool same_bits(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace convcheck::reference
