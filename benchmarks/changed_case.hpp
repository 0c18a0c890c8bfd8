// SPDX-License-Identifier: Apache-2.0
// The operands of the last timed call: others than those before, with a known result.
#pragma once

#include <memory>
#include <vector>

#include "benchmarks/verify.hpp"
#include "core/case.hpp"
#include "core/fill.hpp"

namespace convcheck::benchmarks {

/// The case with every operand changed that is not packed. One and the same for all engines.
///
/// Floating types without zero points: every element of the input, and of the biases, changes its
/// sign (of wgrad's operands, x alone). Then the result changes its sign, exactly, and what is
/// known of the case serves again. Other types: other data from the fill, solved anew.
class ChangedCase {
 public:
  /// `c` and `verifier`, the one of `c`, must outlive this.
  ChangedCase(const Case& c, Verifier& verifier, const Check& check, FillKind fill,
              const VerifyOptions& options);

  [[nodiscard]] const std::vector<Tensor>& operands() const { return changed_.operands; }

  /// As Verifier::verify, for an outcome on `operands`.
  Result<Verification> verify(Outcome outcome);
  /// True if the outcome would have been right for the operands of the case itself: a kept result.
  bool is_result_before(const Outcome& outcome);

 private:
  Verifier& before_;
  Case changed_;
  bool negated_ = false;
  std::unique_ptr<Verifier> after_;  ///< Null if negated.
};

}  // namespace convcheck::benchmarks
