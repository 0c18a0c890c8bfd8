// SPDX-License-Identifier: Apache-2.0
// The engine calls and comparisons of one judgement: what a law's `holds` is written with.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/case.hpp"
#include "properties/law.hpp"

namespace convcheck::properties {

/// Tensors by role; an absent one is empty. The written one is ignored.
class Values {
 public:
  Tensor& operator[](Role role) { return tensors_[static_cast<std::size_t>(role)]; }
  const Tensor& operator[](Role role) const { return tensors_[static_cast<std::size_t>(role)]; }
  /// A copy with one of them replaced.
  [[nodiscard]] Values with(Role role, Tensor tensor) const;

 private:
  std::array<Tensor, 4> tensors_;
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

  /// run by a plan that claims the same bits for every run; without that claim the judgement is
  /// kNotApplicable.
  Tensor repeatable(const ConvProblem& p, const Values& values);

  /// The environment of the calls that follow.
  Environment& environment() { return environment_; }
  /// The outcome of the last call.
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

  /// Violated unless all elements are equal as numbers (so -0 = +0), or both NaN.
  /// `origin` is added to the reported position, axis by axis.
  void expect_equal(std::string_view operand, const Tensor& expected, const Tensor& found,
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
  void compare(std::string_view operand, const Tensor& expected, const Tensor& found,
               bool (*equal)(double, double), const Shape& origin);
  void fail_call(Outcome outcome);
  void round_to_integers(const ConvProblem& p, const Values& values, Tensor& result);

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
