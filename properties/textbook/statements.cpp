// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "properties/textbook/statement.hpp"

namespace convcheck::properties::textbook {
namespace {

using enum Evidence::Kind;
using enum Answer;

constexpr std::array kAlgebra = {
    Evidence{kCells, "commutative:conv:full", true},
    Evidence{kCells, "associative:conv:full", true},
    Evidence{kCells, "distributive-left", true},
    Evidence{kCells, "distributive-right", true},
    Evidence{kCells, "homogeneous", true},
    Evidence{kCells, "commutative:corr:full", false},
    Evidence{kCells, "associative:corr:full", false},
    Evidence{kCells, "reversal:corr", true},
    Evidence{kCells, "stacking:corr", true},
    Evidence{kCells, "mixed-left:corr", true},
    Evidence{kCells, "mixed-right:corr", true},
};
constexpr std::array kFlip = {
    Evidence{kLaw, "flip", true},
    Evidence{kCells, "unit-reverses:corr", true},
    Evidence{kCells, "reversal:corr", true},
    Evidence{kCheck, "even-origin", true},
};
constexpr std::array kProjection = {
    Evidence{kCheck, "inner-product", true},
    Evidence{kCheck, "peak-at-shift", true},
    Evidence{kCells, "autocorrelation-even:corr", true},
};
constexpr std::array kLearning = {
    Evidence{kLaw, "learning-flips", true},
    Evidence{kLaw, "flip", true},
};
constexpr std::array kTranslation = {
    Evidence{kCheck, "not-invariant", true},
    Evidence{kCells, "shift:conv:full", true},
    Evidence{kCells, "shift:corr:full", true},
    Evidence{kCells, "shift:conv:circular", true},
    Evidence{kCells, "shift:conv:strided", false},
    Evidence{kCells, "shift:corr:strided", false},
    Evidence{kCells, "shift:conv:same-upper", false},
    Evidence{kCells, "shift:corr:same-lower", false},
    Evidence{kCells, "shift-inside", true},
    Evidence{kLaw, "shift-equivariance", true},
};
constexpr std::array kPaddings = {
    Evidence{kCheck, "same-padding", true},
    Evidence{kLaw, "windows-nest", true},
    Evidence{kLaw, "padding-embeds", true},
};
constexpr std::array kSize = {
    Evidence{kCheck, "size-formula", true},
    Evidence{kLaw, "output-size", true},
    Evidence{kLaw, "transposed-size", true},
};
constexpr std::array kTransposed = {
    Evidence{kLaw, "adjointness", true},
    Evidence{kLaw, "deconv-is-convolution", true},
    Evidence{kCells, "adjoint", true},
    Evidence{kCheck, "not-inverse", true},
};
constexpr std::array kCheckerboard = {
    Evidence{kCheck, "overlap-rule", true},
    Evidence{kCheck, "overlap-and-artefact", true},
};
constexpr std::array kDilation = {
    Evidence{kLaw, "dilation-inserts-zeros", true},
    Evidence{kCells, "stacking-dilations", true},
    Evidence{kCheck, "gridding-rule", true},
};
constexpr std::array kSeparable = {
    Evidence{kLaw, "separable-passes", true},
    Evidence{kLaw, "every-kernel-separable", false},
    Evidence{kCheck, "rank-one", true},
    Evidence{kCheck, "separable-work", true},
};
constexpr std::array kDepthwise = {
    Evidence{kLaw, "depthwise-separable-factors", true},
    Evidence{kLaw, "every-layer-depthwise-separable", false},
    Evidence{kLaw, "depthwise-by-channel", true},
};
constexpr std::array kFlattened = {
    Evidence{kLaw, "flattened-passes", true},
    Evidence{kLaw, "every-filter-flattened", false},
};
constexpr std::array kGrouped = {
    Evidence{kLaw, "groups-concatenate", true},
    Evidence{kLaw, "grouped-block-diagonal", true},
    Evidence{kLaw, "shuffled-groups", true},
    Evidence{kCheck, "shuffle-reach", true},
};
constexpr std::array kPointwise = {
    Evidence{kLaw, "pointwise-matrix-product", true},
    Evidence{kCheck, "pointwise-rank", true},
};

constexpr std::array<Statement, 15> kStatements = {{
    {1,
     "Convolution is commutative, distributive and associative; cross-correlation is only "
     "associative.",
     kFalse,
     "Convolution on all of Z is commutative, associative and bilinear. Cross-correlation is "
     "bilinear (distributive), and in general neither commutative nor associative. With windows, "
     "strides or dilation convolution loses both, too.",
     "Lemma ring for convolution, bilinear for both. By lemma reversal corr(f, g) = f * Rg, so "
     "that corr(g, f) is its mirror image, and corr(corr(f, g), h) = f * Rg * Rh is corr(f, "
     "corr(g, h)) = f * Rg * h iff f = 0, g = 0 or h is even. The identities below stand where "
     "the laws fail.",
     kAlgebra},
    {2, "The only difference between the two is the flip of the kernel.", kTrue,
     "It is so for all three operations (forward, backward data, backward weights). The flip is "
     "about position 0 of Z; an array of even length has no middle, so that flipping it moves the "
     "tap "
     "that copies x by one position.",
     "corr(f, g)[n] = sum of f[k] g[k-n] = sum of f[k] (Rg)[n-k] = (f * Rg)[n]: lemma reversal.",
     kFlip},
    {3, "Cross-correlation is a vector's projection onto another.", kConditional,
     "corr(f, g)[0] is the inner product <f, g>, and corr(f, g)[n] that with g moved by n. It is "
     "the length of a projection only if g has norm 1; the projection's coefficient is <f, g> / "
     "<g, g>. The largest value finds the shift between two copies of one signal.",
     "<f, T^n g> by definition. By Cauchy and Schwarz |<T^a g, T^n g>| <= <g, g>, with equality "
     "for n = a only: T^a g and T^n g of finite support are multiples of each other for n = a or "
     "g = 0.",
     kProjection},
    {4, "Learning with cross-correlation gives the flipped kernel of learning with convolution.",
     kTrue,
     "If the first kernels are each other's flip, so are they after every step of gradient "
     "descent, bit for bit where sums are exact.",
     "Forward and backward weights flip together (statement 2): corr(x, w) = x * Rw, and the "
     "gradient with respect to Rw is R of that with respect to w. By induction over the steps.",
     kLearning},
    {5, "Convolution is translation invariant.", kFalse,
     "It is equivariant: (T x) * w = T (x * w). With a stride s that is so for shifts by multiples "
     "of s only; at borders that are padded it is not, and inside them it is.",
     "Lemma translation, and decimation for strides, window and border for what happens at the "
     "ends.",
     kTranslation},
    {6, "Full = padding k-1; same = padding (k-1)/2; valid = padding 0.", kConditional,
     "Full and valid: yes. Same: for odd k only. For even k no padding of both ends by the same "
     "number keeps the length: one end gets (k-1)/2 rounded down, the other one more, and which "
     "one (same-upper, same-lower) has to be said. With dilation k is (k-1)d + 1.",
     "n + 2p - k + 1 = n iff 2p = k - 1. Lemma window for what the windows hold.", kPaddings},
    {7, "The output size is o = floor((i + 2p - k) / s) + 1.", kConditional,
     "With k_eff = (k-1)d + 1, the paddings of both ends added up, and 0 where i + p + p' < k_eff; "
     "the floor is that of mathematics, which C's division is not for negative numbers.",
     "The o-th window begins at o s - p and ends at o s - p + k_eff - 1 <= i + p' - 1: as many as "
     "there are o with 0 <= o s <= i + p + p' - k_eff.",
     kSize},
    {8,
     "Transposed convolution is not the inverse (deconvolution) but a fractionally strided "
     "convolution.",
     kTrue,
     "It is the adjoint of the strided cross-correlation, hence its backward data; that is full "
     "convolution of y with s-1 zeros inserted between its elements. There and back, with "
     "stride 1, multiplies by the kernel's autocorrelation.",
     "Lemma adjoint: <D_s corr(x, w), y> = <x, (U_s y) * w>.", kTransposed},
    {9, "Transposed convolution gives checkerboard artefacts by uneven overlap.", kConditional,
     "The overlap is even iff s divides k and gcd(d, s) = 1. A constant input gives a constant "
     "interior iff the sums of the weights on the s phases are equal: even overlap is neither "
     "necessary for that nor sufficient, only for weights that are all the same is it both.",
     "Position r of the interior is the sum of the w[t] with t d = r mod s. The numbers t d mod s "
     "are multiples of gcd(d, s); if that is 1, t -> t d permutes the residues, and each has as "
     "many t in 0..k-1 as any other iff s divides k.",
     kCheckerboard},
    {10,
     "Dilation l inserts l-1 zeros between the taps and loses continuity; hybrid dilation mends "
     "it.",
     kConditional,
     "A chain of rates r_i with K_i taps reads its whole receptive field iff, in ascending order, "
     "r_(1) = 1 and r_(i) <= 1 + the sum of (K_j - 1) r_(j) over j < i. The published rule of "
     "hybrid dilation (M_2 <= K) is neither necessary nor sufficient.",
     "Lemma insertion for the zeros. If M is what the smaller rates reach, 0..M and its copies r "
     "apart leave no gap while r <= M + 1; for a larger r position M + 1 is reached by nothing.",
     kDilation},
    {11,
     "A separable 2-D kernel is two 1-D convolutions and saves work; few kernels are separable.",
     kTrue,
     "A kernel is separable iff its rank is at most 1; then two passes give the same in every "
     "padding mode, with stride and dilation. Under valid they do somewhat more than 2/k of the "
     "multiplications, since the first pass has a larger result: for k = 2 they save nothing.",
     "A sum over two taps of u[s] v[t] x[i+s, j+t] is one over s of u[s] times one over t. Two "
     "passes answer an impulse with an outer product, whose 2 x 2 minors are 0.",
     kSeparable},
    {12, "Depthwise + 1x1 equals one full convolution.", kConditional,
     "Such a pair is the dense layer with w[m, c] = p[m, c] d[c]. A dense layer is such a pair "
     "iff for each c the matrix w[:, c, :] of filters by taps has rank at most 1 (q, with q "
     "depthwise filters a channel).",
     "Lemma matrices: the sum over c of p[m, c] (x_c . d_c). The converse fails for one channel "
     "and two filters that are no multiples of each other.",
     kDepthwise},
    {13, "Flattened: three 1-D kernels replace a 3-D filter.", kConditional,
     "Iff the filter is an outer product over channel, row and column: rank 1 in all unfoldings.",
     "As statement 11, with the channels as a third axis.", kFlattened},
    {14,
     "Grouped convolution is n independent convolutions, concatenated; shuffling lets the groups "
     "mix; a pointwise grouped convolution is a grouped 1x1 and then a 1x1.",
     kConditional,
     "A grouped layer is a block-diagonal dense one. With the transpose shuffle of (G, C/G) "
     "between two grouped layers every output depends on every input iff a group has at least G "
     "channels between them; otherwise some groups never meet.",
     "Lemma matrices: blocks are multiplied by themselves, a shuffle is a permutation matrix "
     "between. After it a group holds C/G channels in turn from the G groups, min(G, C/G) of "
     "them.",
     kGrouped},
    {15, "A 1x1 convolution reduces the dimension.", kConditional,
     "It is the matrix product over the channels at every position: from C channels to M. It "
     "reduces iff M < C, and then loses what lies in the matrix's kernel; for M >= C it need not "
     "lose anything.",
     "The definition with one tap.", kPointwise},
}};

}  // namespace

std::span<const Statement> statements() { return kStatements; }

}  // namespace convcheck::properties::textbook
