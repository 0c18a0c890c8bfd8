// SPDX-License-Identifier: Apache-2.0
// Problems, data and environments drawn at random, for laws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

/// How channels and groups relate.
enum class Channels {
  kAny,
  kDense,      ///< One group.
  kGrouped,    ///< At least two groups.
  kDepthwise,  ///< One input channel a group, at least two groups; any number of outputs a group.
};

/// The part of all f32 problems that a law speaks of. Sizes are small: laws are cheap, and a bug
/// shows on small problems or in the suites.
struct ProblemSpace {
  Channels channels = Channels::kAny;
  bool conv = true;
  bool deconv = true;
  bool wgrad = true;
  bool bias = false;             ///< Problems with a bias are drawn too.
  bool other_modes = true;       ///< Padding modes beside zeros.
  bool true_convolution = true;  ///< Both orientations.
  bool negative_padding = true;
  std::int64_t max_kernel = 5;
  std::int64_t max_stride = 3;
  std::int64_t max_dilation = 3;
  std::int64_t max_padding =
      3;  ///< Beside what the kernel suggests: up to k_eff + max_padding - 1.
  double max_macs = 20000;
};

/// One problem of the space: validated, no empty operand, asymmetric padding of both signs, kernels
/// larger than x, extents that divide by nothing.
ConvProblem draw_problem(Random& random, const ProblemSpace& space);
/// The first one drawn that is of the domain, which is no rare part of the space.
ConvProblem draw_problem(Random& random, const ProblemSpace& space,
                         bool (*in_domain)(const Chain&));

/// Domains: a chain of one problem; one whose operation is linear in each of its operands (floating
/// types), with a bias perhaps; or without.
bool is_single(const Chain& chain);
bool is_linear(const Chain& chain);
bool is_linear_without_bias(const Chain& chain);

/// The operand that meets the data_input: w, or y for wgrad.
Role partner(const ConvProblem& p);

/// Three steps at most, with a shuffle between now and then.
Chain draw_chain(Random& random);

/// Data

/// Integers of one shape. Their largest magnitude is drawn too, so that both +-1 and the widest
/// integers whose sums stay exact occur; a few are zero.
struct IntegerFill {
  std::int64_t bound = 1;
  /// A bound from 1 to `largest`.
  static IntegerFill draw(Random& random, std::int64_t largest);
  [[nodiscard]] Tensor tensor(const OperandSpec& spec, Random& random) const;
};

/// operand_specs without the written one.
LawOperands plain_operands(const Chain& chain);
/// plain_operands on exact-integer data in a drawn environment: the make_case of most laws.
Case exact_case(const Chain& chain, std::uint64_t seed);
/// plain_operands and another of that role, called "w2" or the like.
LawOperands with_twin(const Chain& chain, Role role);
/// The same for a law with operands of its own on a single problem, of which `addends` may be added
/// up before they are used.
Case exact_case_of(const Chain& chain, const LawOperands& operands, std::uint64_t seed,
                   std::int64_t addends = 1);
/// plain_operands with full mantissas: uniform, normal or ill-conditioned.
Case rounding_case(const Chain& chain, std::uint64_t seed);

/// Surroundings that a correct engine does not notice.
Environment draw_environment(Random& random);

}  // namespace convcheck::properties
