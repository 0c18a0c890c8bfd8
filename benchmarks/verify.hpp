// SPDX-License-Identifier: Apache-2.0
// Nothing is timed that has not been found right: outcomes against the exact reference.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/window.hpp"
#include "core/case.hpp"
#include "reference/oracle.hpp"

namespace convcheck::benchmarks {

/// Judges a completed outcome on one case, within what the outcome claims: nothing if it is right,
/// otherwise one sentence that says what is wrong.
using OutputCheck = std::function<std::optional<std::string>(const Outcome&)>;

/// That of a case, from its exact answer; `operands` as in Case. All three must outlive it.
using Check = std::function<OutputCheck(const Chain&, const std::vector<Tensor>& operands,
                                        const reference::ChainResult& exact)>;

struct VerifyOptions {
  /// Problems of more nominal multiply-adds are verified in windows, where that proves something.
  double exact_macs = 1e10;
  double sample_macs = 1e9;  ///< Multiply-adds of all windows together, about.
  int windows = 64;
  int threads = 1;  ///< Of the reference.
  std::uint64_t seed = 1;
};

struct Verification {
  std::optional<std::string> wrong;  ///< One sentence; nothing if the outcome is right.
  std::int64_t checked = 0;          ///< Outputs compared; one in two windows counts twice.
  std::int64_t outputs = 0;          ///< Outputs there are.
};

/// Verifies outcomes of several engines on one case; the exact answer is computed when first needed
/// and kept.
///
/// Windows: a convolution is local, so a box of its outputs is verified by the exact answer to a
/// smaller problem. An error confined to outputs outside every window is not seen, which
/// Verification::checked makes known. Windows are used only for a single problem whose claim
/// bounds an output by its own terms (exact, direct, tf32, bf16): the bounds of Winograd and FFT
/// speak of neighbours as well.
class Verifier {
 public:
  /// `c` must outlive the verifier.
  Verifier(const Case& c, Check check, VerifyOptions options);

  /// `outcome` must be completed. kUnsupported where the reference has no answer, with its reason.
  Result<Verification> verify(const Outcome& outcome);

 private:
  struct ExactWindow {
    ExactWindow(Window w, reference::ChainResult answer, const Check& check)
        : window(std::move(w)),
          exact(std::move(answer)),
          chain(window.problem),
          check(check(chain, window.operands, exact)) {}
    Window window;
    reference::ChainResult exact;
    Chain chain;
    OutputCheck check;
  };

  Status make_windows();
  Result<Verification> verify_windows(const Outcome& outcome);

  const Case& case_;
  Check check_;
  VerifyOptions options_;
  std::optional<reference::ChainResult> exact_;
  OutputCheck check_exact_;
  std::list<ExactWindow> windows_;  // They refer to themselves.
};

/// Why an outcome that claims to be completed is not a result: a stray write, a changed input, an
/// output left unwritten or changed by concurrent calls. Nothing if there is no such finding.
std::optional<std::string> disqualifying_finding(const Outcome&);

}  // namespace convcheck::benchmarks
