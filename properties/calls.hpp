// SPDX-License-Identifier: Apache-2.0
// The engine calls and comparisons of one judgement: what a law's `holds` is written with.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/case.hpp"
#include "properties/estimate.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

/// Operands by role; an absent one is empty. The written one is ignored.
class Values {
 public:
  Estimate& operator[](Role role) { return operands_[static_cast<std::size_t>(role)]; }
  const Estimate& operator[](Role role) const { return operands_[static_cast<std::size_t>(role)]; }
  /// A copy with one of them replaced.
  [[nodiscard]] Values with(Role role, Estimate operand) const;

 private:
  std::array<Estimate, 4> operands_;
};

/// The operands of a case on a single problem whose law brings those of operand_specs and, after
/// them, perhaps others, which are left out.
Values values_of(const Case& c);
/// In the order of operand_specs, the written one left out.
std::vector<Tensor> in_order(const ConvProblem& p, const Values& values);

/// True if every product and partial sum of the operation is an integer that the written type holds
/// exactly, in any order: integer operands, and max|a| * max over outputs of sum |b| (+ max|bias|)
/// below 2^precision, with b the weights, or y for wgrad.
bool sums_exactly(const ConvProblem& p, const Values& values);

/// Runs calls and compares results; the first thing that goes wrong decides the judgement, and what
/// follows it is skipped (tensors of zeros take the place of results).
class Calls {
 public:
  Calls(Runner& runner, const Environment& environment)
      : runner_(runner), environment_(environment) {}

  /// What the engine writes, plain layout. Operands in the order of operand_specs.
  Tensor run(const Chain& chain, std::vector<Tensor> operands);
  Tensor run(const ConvProblem& p, const Values& values) { return run(p, in_order(p, values)); }
  /// run on data whose sums are exact; without them the judgement is kNotApplicable. The result of
  /// a Winograd claim is rounded to integers where the claim's bound is below 1/2; an engine whose
  /// algorithm is not exact even so (FFT, operands narrower than the data) is not judged.
  Tensor exact(const ConvProblem& p, const Values& values);
  /// The result and how far it may be from what exact arithmetic gives: nothing where `exact` would
  /// have judged; else the bound of the plan's claim, with the operands' errors carried along,
  ///
  ///   E = E_claim + half a unit + sum |a| E_b + E_a (|b| + E_b) (+ E_bias),
  ///
  /// over the terms of each output. kNotApplicable for a claim without a bound.
  Estimate apply(const ConvProblem& p, const Values& values);

  /// run by a plan that claims the same bits for every run; without that claim the judgement is
  /// kNotApplicable.
  Tensor repeatable(const ConvProblem& p, const Values& values);

  /// The environment of the calls that follow.
  Environment& environment() { return environment_; }
  /// The outcome of the last call.
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

  /// Violated unless all elements are equal as numbers (so -0 = +0), or both NaN; where there are
  /// errors, unless the difference is at most their sum. `origin` is added to the reported
  /// position, axis by axis.
  void expect_equal(std::string_view operand, const Estimate& expected, const Estimate& found,
                    const Shape& origin = {});
  /// Violated unless all bits are the same.
  void expect_same_bits(std::string_view operand, const Tensor& expected, const Tensor& found);
  /// Violated unless equal; `operand` names what is compared.
  void expect_equal(std::string_view operand, double expected, double found);
  /// Merges a judgement made elsewhere: a bad one decides, one that holds counts as a comparison.
  void expect(Judgement judgement);
  /// Ends the judgement: this case is outside the law's domain.
  void not_applicable(std::string detail);

  [[nodiscard]] bool decided() const { return decided_; }
  /// Holds if something was compared that could have differed; vacuous if every comparison was of
  /// no elements or of zeros with zeros.
  [[nodiscard]] Judgement judgement() const;

 private:
  void decide(Judgement::Kind kind, std::string detail);
  // How two elements compare: whether they may differ so, and by how much of the bound they do.
  struct Comparison {
    bool equal = true;
    double bound = 0;
    double bound_used = 0;
  };
  template <typename Compare>
  void compare(std::string_view operand, const Estimate& expected, const Estimate& found,
               const Compare& compare_elements, const Shape& origin);
  void fail_call(Outcome outcome);
  // The largest |found - RN(y)| that the claim of the last call allows, or the reason for none.
  Result<std::vector<double>> claimed_bounds(const ConvProblem& p, const Values& values);
  // Whether the last call's algorithm adds these data exactly; the reason if not.
  Status adds_exactly(const ConvProblem& p, const Values& values) const;
  bool round_to_integers(const std::vector<double>& bounds, Tensor& result);
  Estimate within_bounds(const ConvProblem& p, const Values& values, Tensor result);

  Runner& runner_;
  Environment environment_;
  Outcome outcome_;
  Judgement judgement_;
  bool decided_ = false;
  bool compared_ = false;
};

/// The discrepancy as one sentence: "y[0, 1, 2] is 3, expected 5 (4 of 60 differ)".
std::string describe(const Discrepancy& discrepancy, std::int64_t compared);

/// Position of flat index i in a tensor of this shape.
Shape position_of(std::int64_t i, const Shape& shape);

}  // namespace convcheck::properties
