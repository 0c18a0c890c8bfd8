// SPDX-License-Identifier: Apache-2.0
// The canonical name of a problem or chain: command-line argument, line of a suite, reproducer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/chain.hpp"

namespace convcheck {

/// `[op:][types:][words:]` and a benchdnn descriptor, every extent, stride, padding and dilation
/// written out: parse_problem(to_string(p)) == p for every valid p. Words, in this order: `true`;
/// `reflect`, `replicate` or `circular`; `bias`; `xzp=N`; `wzp=N`. Types: one (`f64`) or those of
/// x, w and y (`u8-s8-s32`). Defaults (conv, f32, cross-correlation, zeros) print nothing. After
/// `deconv:` ic and ih are the small side, which is y of the problem.
std::string to_string(const ConvProblem&);

/// Steps joined by " | ", a shuffle as `shuffle:G`.
std::string to_string(const Chain&);

/// One problem. kParse with the position and what would be right; kInvalidProblem from validate.
/// The grammar is benchdnn's (oneDNN tests/benchdnn/conv and deconv, str2desc): `_` is ignored, the
/// default batch is 2, dilation 0 is dense, missing lower axes copy the higher one, padding and
/// output are deduced from each other; a deduction on which truncating and floor division differ is
/// refused with both readings.
Result<ConvProblem> parse_problem(std::string_view text);

struct NamedChain {
  Chain chain;
  std::string name;  ///< The label after `n"`, without quotes; empty if there is none.
  friend bool operator==(const NamedChain&, const NamedChain&) = default;
};

/// A problem or chain with its optional label. The first `n"` ends the problem: what follows is the
/// label, whatever it contains.
Result<NamedChain> parse_chain(std::string_view text);

/// One suite: every non-empty line that is not a comment (#) is a chain.
struct SuiteLine {
  NamedChain problem;
  std::string family;  ///< From the last `# family: NAME` line; empty before the first.
  int line = 0;        ///< 1-based.
};

/// kParse that names the line. benchdnn shape files read as they are.
Result<std::vector<SuiteLine>> parse_suite(std::string_view text);

}  // namespace convcheck
