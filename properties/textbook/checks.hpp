// SPDX-License-Identifier: Apache-2.0
// The enumerations behind the textbook statements; checks.cpp lists them.
#pragma once

#include "properties/textbook/statement.hpp"

namespace convcheck::properties::textbook {

// Of signals: signal_checks.cpp.
CheckResult even_origin();
CheckResult inner_product();
CheckResult peak_at_shift();
CheckResult not_invariant();
CheckResult same_padding();
CheckResult size_formula();
CheckResult not_inverse();
// Of layers: layer_checks.cpp.
CheckResult overlap_rule();
CheckResult overlap_and_artefact();
CheckResult gridding_rule();
CheckResult rank_one();
CheckResult separable_work();
CheckResult shuffle_reach();
CheckResult pointwise_rank();

}  // namespace convcheck::properties::textbook
