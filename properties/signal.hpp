// SPDX-License-Identifier: Apache-2.0
// Signals on the integers, and their products as an engine computes them: full, 1-D, one channel.
#pragma once

#include <string_view>
#include <tuple>
#include <utility>

#include "core/random.hpp"
#include "properties/calls.hpp"

namespace convcheck::properties {

/// values[i] stands at offset + i; zero elsewhere.
struct Signal {
  std::int64_t offset = 0;
  Tensor values;  ///< [n].
};

/// The elements of an operand, at offset 0.
Signal as_signal(const Tensor& operand);

/// f * g, [n] = sum over k of f[k] g[n-k], or corr(f, g), [n] = sum over k of f[k] g[k-n], by one
/// call of the engine.
Signal combine(Calls& calls, const Signal& f, const Signal& g, Orientation orientation);

/// (Rf)[n] = f[-n].
Signal reversed(const Signal& f);

/// Compares on all of Z: what a signal does not hold is 0.
void expect_equal(Calls& calls, std::string_view name, const Signal& expected, const Signal& found);

/// Chains that stand for two or three signals: one full problem, or two in a row, of one
/// orientation.
Chain pair_chain(std::int64_t f, std::int64_t g, Orientation orientation);
Chain triple_chain(std::int64_t f, std::int64_t g, std::int64_t h, Orientation orientation);
bool is_pair(const Chain& chain, Orientation orientation);
bool is_triple(const Chain& chain, Orientation orientation);
Chain draw_pair(Random& random, Orientation orientation);
Chain draw_triple(Random& random, Orientation orientation);

std::pair<Signal, Signal> pair_of(const Case& c);
std::tuple<Signal, Signal, Signal> triple_of(const Case& c);

/// Small integers, the default environment.
Case signal_case(const Chain& chain, std::uint64_t seed);
Case signal_case_of(const Chain& chain, const LawOperands& operands, std::uint64_t seed);

/// Every case of values in {-1, 0, 1} and total length <= 6, in the order of counterexamples: total
/// length, sum of magnitudes, lengths in order, lexicographic with 0 < 1 < -1. The order ranks an
/// integer beyond these behind all of them, and products of such signals are sums of these.
void enumerate_pairs(Orientation orientation, const CaseVisitor& visit);
void enumerate_triples(Orientation orientation, const CaseVisitor& visit);

}  // namespace convcheck::properties
