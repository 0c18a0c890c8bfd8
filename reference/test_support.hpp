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

/// A value for an operand of type `type` of a problem that writes `to`, before rounding to `type`.
inline double hostile_value(Hostile kind, Role role, ElementType type, ElementType to,
                            Random& random) {
  const ElementTraits& own = traits(type);
  if (own.is_integer) {
    const IntegerRange range = integer_range(type);
    if (kind == Hostile::kIntegers) return static_cast<double>(random.between(0, 3));
    if (kind == Hostile::kHuge || kind == Hostile::kSpecial)
      return static_cast<double>(random.below(2) == 0 ? range.low : range.high);
    return static_cast<double>(random.between(range.low, range.high));
  }
  const ElementTraits& written = traits(to);
  const double unit = 2 * random.unit() - 1;
  const double sign = random.below(2) == 0 ? -1 : 1;
  const auto scaled = [&](std::int64_t low, std::int64_t high) {
    return std::ldexp(unit, static_cast<int>(random.between(low, high)));
  };
  switch (kind) {
    case Hostile::kIntegers:
      return static_cast<double>(random.between(-3, 3));
    case Hostile::kUniform:
      return unit;
    case Hostile::kWide: {
      const int octaves = std::min(20, own.max_exponent / 2 - 2);
      return scaled(-octaves, octaves);
    }
    case Hostile::kTies: {
      const int low = std::min(own.precision_bits, written.precision_bits) - 4;
      return role == Role::kW ? 1 + std::ldexp(static_cast<double>(random.between(0, 15)), -low)
                              : std::ldexp(static_cast<double>(random.between(-40, 40)), -4);
    }
    case Hostile::kSubnormal:
      return scaled(written.min_exponent / 2 - 3, written.min_exponent / 2 + 2);
    case Hostile::kHuge:
      return scaled(written.max_exponent / 2 - 2, written.max_exponent / 2 + 1);
    case Hostile::kCancelling:
      return sign *
             (1 + std::ldexp(static_cast<double>(random.between(0, 1)), 1 - own.precision_bits)) *
             std::ldexp(1.0, static_cast<int>(random.between(0, 1)));
    case Hostile::kSpecial: {
      const double infinity = std::numeric_limits<double>::infinity();
      const double largest =
          std::ldexp(2 - std::ldexp(1.0, 1 - own.precision_bits), own.max_exponent - 1);
      const double subnormal = std::ldexp(1.0, own.min_exponent);
      const double specials[] = {std::numeric_limits<double>::quiet_NaN(),
                                 infinity,
                                 -infinity,
                                 0.0,
                                 -0.0,
                                 subnormal,
                                 -3 * subnormal,
                                 largest,
                                 -largest};
      return random.below(3) == 0 ? specials[random.below(9)] : unit;
    }
    case Hostile::kInfiniteTap:
      return role == Role::kW && random.below(3) == 0
                 ? sign * std::numeric_limits<double>::infinity()
                 : unit;
  }
  return 0;
}

/// The operands that the problem reads, in the order of operand_specs.
inline std::vector<Tensor> hostile_operands(const ConvProblem& p, Hostile kind,
                                            std::uint64_t seed) {
  Random random(stable_hash(to_string(p)) + 977 * seed + static_cast<std::uint64_t>(kind));
  const ElementType to = p.type(p.written());
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    Tensor& tensor = operands.emplace_back(spec.type, spec.shape);
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      double v = hostile_value(kind, spec.role, spec.type, to, random);
      // A bias of the size of the products.
      if (spec.role == Role::kBias && kind != Hostile::kSpecial && !traits(to).is_integer)
        v *= hostile_value(kind, Role::kX, spec.type, to, random);
      tensor.set_rounded(i, v);
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

/// What `formulation` gives, each output rounded once to the written type.
template <class Real, class Formulation>
std::vector<double> rounded(const ConvProblem& p, const std::vector<Tensor>& operands,
                            Formulation&& formulation) {
  std::vector<double> list;
  for (const Real& exact : formulation(p, values_of<Real>(p, operands)))
    list.push_back(round_exact(exact, traits(p.type(p.written()))));
  return list;
}

/// Whether some operand needs ExactF64.
inline bool is_wide(const ConvProblem& p) {
  const auto wide = [&](Role role) { return p.type(role) == ElementType::kF64; };
  return wide(Role::kX) || wide(Role::kW) || wide(Role::kY);
}

/// What the definition gives, each output rounded once to the written type.
inline std::vector<double> defined(const ConvProblem& p, const std::vector<Tensor>& operands) {
  return is_wide(p) ? rounded<ExactF64>(p, operands, definition<ExactF64>)
                    : rounded<ExactF32>(p, operands, definition<ExactF32>);
}

/// NaNs are one value.
inline bool same_bits(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace convcheck::reference
