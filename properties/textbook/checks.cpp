// SPDX-License-Identifier: Apache-2.0
#include "properties/textbook/checks.hpp"

#include <array>

namespace convcheck::properties::textbook {
namespace {

constexpr std::array<Check, 14> kChecks = {{
    {"even-origin",
     "the tap that copies x under same-upper is number floor((k-1)/2) for corr and number "
     "ceil((k-1)/2) for *: the same one iff k is odd",
     even_origin},
    {"inner-product", "corr(f, g)[0] = <f, g>, which doubles with g", inner_product},
    {"peak-at-shift", "corr(T^a g, g) has its one largest magnitude, <g, g>, at a", peak_at_shift},
    {"not-invariant", "some (T x) * w is not x * w", not_invariant},
    {"same-padding",
     "padding p at both ends keeps the length iff 2p = k-1, which no p does for even k",
     same_padding},
    {"size-formula",
     "floor((i + p + p' - k_eff) / s) + 1, or 0 below k_eff, counts the windows; C's division does "
     "not",
     size_formula},
    {"not-inverse", "some transposed convolution of some convolution of x is not x", not_inverse},
    {"overlap-rule", "a transposed convolution overlaps evenly iff s divides k and gcd(d, s) = 1",
     overlap_rule},
    {"overlap-and-artefact",
     "a constant stays constant inside iff the phase sums of the weights are equal, with even "
     "overlap or without",
     overlap_and_artefact},
    {"gridding-rule",
     "the sorted rule says of every sequence of rates whether it leaves holes; the published one "
     "does not",
     gridding_rule},
    {"rank-one", "a kernel is an outer product iff its rank is at most 1", rank_one},
    {"separable-work", "two passes do more than 2/k of the multiplications of one", separable_work},
    {"shuffle-reach",
     "grouped | shuffle:G | grouped reaches every output from every input iff G channels or more "
     "are in a group",
     shuffle_reach},
    {"pointwise-rank", "a 1x1 layer from C to M < C channels maps some x that is not 0 to 0",
     pointwise_rank},
}};

}  // namespace

std::span<const Check> checks() { return kChecks; }

}  // namespace convcheck::properties::textbook
