// SPDX-License-Identifier: Apache-2.0
// Why an engine violates a case: the cause in plain words, from probes.
#pragma once

#include <string>

#include "properties/law.hpp"

namespace convcheck::properties {

struct DiagnosisOptions {
  double time_limit_seconds = 4;
};

/// The cause of a violation, one sentence without a full stop; empty where probes show none.
///
/// First the surroundings: which of them it takes ("only with 3 threads"), by setting each back.
/// Then, for wrong values, probes in those surroundings (docs/validation.md): what is not written,
/// the bias, which element of x meets which of w in which output, and how products and sums round.
/// They are asked of the problem as it was found, where residues show, and then of the smallest
/// one. Of single problems; chains are told their surroundings alone.
std::string diagnose(Runner& runner, const Case& found, const Case& smallest,
                     const Judgement& judgement, const DiagnosisOptions& options = {});

}  // namespace convcheck::properties
