// SPDX-License-Identifier: Apache-2.0
// The one domain shrinker: from a bad case to a small one, for laws, validation and replay.
#pragma once

#include <rapidcheck/Gen.h>

#include <cstdint>
#include <functional>

#include "properties/law.hpp"

namespace convcheck::properties {

/// Smaller cases of the law's domain, made one at a time, the largest steps first: the problem
/// (steps of the chain, rank, batch, groups, channels, extents, stride, dilation, padding, words),
/// with the operands cropped along from either end; then blocks of data to zero; then values to 1,
/// -1 and simpler numbers; then the environment to its defaults. Finite: no chain of candidates
/// returns.
rc::Seq<Case> candidates(const Law& law, const Case& c);

/// Cases of the law: `draw`, then `make_case` on a drawn seed, shrinking by `candidates`.
rc::Gen<Case> cases(const Law& law, DataKind data = DataKind::kBoth);

/// The cases of `cases` for a seed, one a call.
std::function<Case()> case_stream(const Law& law, std::uint64_t seed,
                                  DataKind data = DataKind::kBoth);

struct ShrinkOptions {
  std::int64_t max_evaluations = 20000;
  double time_limit_seconds = 5;
};

struct Shrunk {
  Case smallest;
  Judgement judgement;     ///< Of the smallest case.
  std::int64_t steps = 0;  ///< Cases that were bad too and smaller.
  std::int64_t evaluations = 0;
  bool exhausted = false;  ///< No candidate of the smallest case is bad in the same way.
};

/// The same kind, and the same kind of finding where the judgement rests on one: a shrink that
/// turns a wrong value into a crash is another bug.
bool same_badness(const Judgement& a, const Judgement& b);

/// Greedy descent over `candidates` from a case that is bad as `judgement` says. For a law that can
/// enumerate its cases, everything smaller is tried in order at the end, so that the result is the
/// minimum.
Shrunk shrink_to_minimum(const Law& law, Runner& runner, Case c, Judgement judgement,
                         const ShrinkOptions& options = {});

}  // namespace convcheck::properties
