// SPDX-License-Identifier: Apache-2.0
#include "properties/table/lemma.hpp"

#include <array>

namespace convcheck::properties::table {
namespace {

constexpr std::array<LemmaText, 15> kLemmas = {{
    {Lemma::kBilinear, "bilinear",
     "In every setting the product is linear in x and linear in w, for operands of given extents.",
     "Each element of the result is a sum of terms x[i] w[t], and which pairs (i, t) enter it "
     "follows from the extents alone: a padding of zeros leaves pairs out, other paddings and the "
     "circle give i another value, a stride leaves sums out. Hence the product distributes over "
     "sums of operands of one shape, on either side, and a factor may stand anywhere. Two sides "
     "that are both linear in each operand agree on all data of given extents if they agree on "
     "unit vectors."},
    {Lemma::kRing, "ring",
     "Signals of finite support on Z^n with + and * are the ring of Laurent polynomials: * is "
     "commutative and associative, 1 (a single 1 at position 0) is its unit, and f * g = 0 only if "
     "f = 0 or g = 0.",
     "Send f to the sum of f[k] z^k. Then f * g becomes the product of the polynomials: the "
     "coefficient of z^n is the sum of f[k] g[n-k]. The product of two leading coefficients (in "
     "the lexicographic order of exponents) is not 0 in Z, so there are no zero divisors. The "
     "support of f * g lies in the sum of the supports, so the n + k - 1 positions of the full "
     "product hold it all, in either order of the operands."},
    {Lemma::kReversal, "reversal",
     "corr(f, g) = f * Rg, R(f * g) = Rf * Rg, RR = 1. Hence corr(f, g) = R corr(g, f), so that "
     "corr commutes iff corr(f, g) is even; corr(1, g) = Rg; corr(corr(f, g), h) = f * Rg * Rh = "
     "corr(f, g * h), while corr(f, corr(g, h)) = f * Rg * h = corr(f, g) * h: these are equal iff "
     "f = 0, g = 0 or h = Rh.",
     "corr(f, g)[n] = sum of f[k] g[k-n] = sum of f[k] (Rg)[n-k]. R substitutes 1/z for z, an "
     "automorphism of the ring and its own inverse; the rest is algebra there. The last claim is f "
     "* Rg * (h - Rh) = 0 in a ring without zero divisors. A single 1 away from 0 is not even and "
     "refutes what needs evenness. D_s R = R D_s, so this stands when every s-th position is "
     "kept."},
    {Lemma::kTranslation, "translation",
     "T f * g = T(f * g) = f * T g; corr(T f, g) = T corr(f, g) and T corr(f, T g) = corr(f, g).",
     "T multiplies by z in the ring, and R T = T^-1 R. On arrays T is a zero in front; the full "
     "product of the longer array has one position more, the one in front, and it is 0."},
    {Lemma::kUnit, "unit", "x . [1] = x, . being either product, wherever the stride is 1.",
     "A kernel of one tap reads one element of x for each output, with weight 1, needs no padding, "
     "and reads x in its own order at its own positions: full, valid and same are one thing for "
     "it, and there are no zeros between the taps of one tap. On Z/N the kernel 1, 0, ..., 0 does "
     "the same."},
    {Lemma::kWindow, "window",
     "valid and same are the full product on a window that follows from the operands' lengths n "
     "and k: n-k+1 positions from k-1 on, or n positions. The valid product of a valid product is "
     "the valid product with w * v. The same product of a same product agrees with the one with w "
     "* v where the first one holds whole windows, and there it shifts with x; elsewhere terms are "
     "missing.",
     "What a window leaves out is lost for the next product, which reads zeros instead (same) or "
     "has no position there (valid). Where all that it reads is there, it is the full product's "
     "value, which associates by `ring` or stacks by `reversal`. The lengths say which sides have "
     "different shapes: n or k for x . w and w . x under same, n-k-l+2 or n-k+l for the two sides "
     "of associativity under valid. That missing terms, and windows in different places, change "
     "values, the counterexamples show."},
    {Lemma::kOneLength, "one-length",
     "valid(x, w) and valid(w, x) both have a value only if x and w have one length; it is one "
     "number, the same for both.",
     "n-k+1 >= 1 and k-n+1 >= 1 give n = k, and then there is one position, which holds the sum of "
     "x[i] w[n-1-i], or of x[i] w[i]: both are symmetric in x and w. In particular the signal [1] "
     "meets only kernels of one tap, which it copies. Cases with an empty side do not count."},
    {Lemma::kDecimation, "decimation",
     "D_s(u)[n] = u[sn]. D_s(u) * g = D_s(u * U_s g) and D_t D_s = D_st, hence D_t(D_s(x * g) * h) "
     "= D_st(x * (g * U_s h)), and so for corr. D_s T^s = T D_s, and T passes in no other power. "
     "For s >= 2 the strided product has no unit, does not associate, and its layers do not "
     "commute; D_s(x * w) = D_s(w * x) stands.",
     "(D_s(u) * g)[n] = sum of g[k] u[sn-sk] = (u * U_s g)[sn]. D_s T^a 1 = 0 unless s divides a, "
     "and no shift of D_s 1 = 1 is 0. A unit e would have D_s(1 * e) = 1, hence D_s(z^s * e) = T "
     "D_s(e) = z, which is not z^s. D_s(D_s(x * g) * h) = D_ss(x * g * U_s h), and D_s(x * D_s(g * "
     "h)) = D_ss(U_s x * g * h), and D_s(D_s(x * h) * g) = D_ss(x * h * U_s g): x = g = 1, h = z^s "
     "tell the first, z, from the others, 0. The lengths are different, too: about n/ss against "
     "n/s. For corr put R before the kernels; D_s R = R D_s and U_s R = R U_s."},
    {Lemma::kInsertion, "insertion",
     "The dilated product is x * U_d w. U_d, d-1 zeros between the elements, is a homomorphism: "
     "U_d(f * g) = U_d f * U_d g, U_d 1 = 1. Hence (x * U_d w) * U_e v = x * (U_d w * U_e v) in "
     "either order of the layers, and for e = d it is x * U_d(w * v). But the dilated product "
     "neither commutes nor associates, and 1 is no unit on the left.",
     "U_d substitutes z^d for z. x * U_d(w * U_d v) = x * U_d w * U_dd v has v spread twice, and "
     "is x * U_d w * U_d v for all x and w only if v is a number times 1; so is w if 1 * U_d w = "
     "w. The product with U_d w has d(k-1) positions more than x: exchanged roles, and a v spread "
     "twice, show in the lengths. R U_d = U_d R, so this stands for corr."},
    {Lemma::kCircle, "circle",
     "Signals on Z/N with the circular product are the ring Z[z]/(z^N - 1): commutative, "
     "associative, with the unit 1; T is multiplication by z. corr(f, g) = f * Rg there, too, R "
     "sending n to -n mod N. R is the identity iff N <= 2: corr commutes and associates for these "
     "N only.",
     "As `ring` and `reversal`, modulo z^N = 1. corr commutes on Z/N iff f * Rg = R(f * Rg) for "
     "all f and g; for g = 1 this says that R is the identity, that is n = -n mod N for all n. It "
     "associates iff f * Rg * h = f * Rg * Rh for all, for f = g = 1 the same. There are zero "
     "divisors, (1 + z + ... + z^(N-1)) (1 - z) = 0, so for a given f and g the evenness of h is "
     "sufficient and no longer necessary."},
    {Lemma::kBorder, "border",
     "Reflect and replicate read beyond the ends of x values that depend on where the ends are: "
     "the product agrees with the full one where windows lie inside x, and only there. It does not "
     "commute, associate or shift, and its layers do not commute; inside, layers stack and shift.",
     "Inside it is `window`. Outside, what is read at position -1 is x[1] or x[0]: a zero in front "
     "of x, the operands' roles exchanged, or the border of a first layer make it something else, "
     "as the counterexamples show. The result has the length of the operand in x's place."},
    {Lemma::kAdjoint, "adjoint",
     "<x * w, v> = <x, corr(v, w^T)> and <corr(x, w), v> = <x, v * w^T>, w^T being the transposed "
     "matrix of kernels; under a window for every v that lives on it; <D_s u, v> = <u, U_s v>.",
     "Both are the sum of x[i] w[j] v[i+j] (or v[i-j]) over all i, j and channels, in another "
     "order. A window is its own adjoint; <D_s u, v> is the sum of u[sn] v[n]."},
    {Lemma::kAxes, "axes",
     "A statement holds for images of two or three axes iff it holds for signals, and its smallest "
     "counterexample is the signals' one, written 1 x L.",
     "Windows, paddings, strides, zeros between, R and T act on every axis alone, and a unit "
     "vector is an outer product of unit vectors of the axes; on such, both sides are outer "
     "products of the axes' sides, so they agree if they do on every axis. By `bilinear` that is "
     "enough. A signal is an image with extent 1 elsewhere, where nothing happens; and of unit "
     "vectors that refute the statement one axis alone does, which is no longer."},
    {Lemma::kDiagonal, "diagonal",
     "Depthwise convolution is C independent products of signals: what holds for signals holds "
     "there, commutativity included.",
     "Channel c of the result is x_c . w_c. A depthwise kernel is one signal a channel, which is "
     "the type of x, so that the operands can exchange their roles."},
    {Lemma::kMatrices, "matrices",
     "A layer is a matrix of kernels, and a grouped layer a block-diagonal one; x . w is its "
     "product with the vector of the channels, and two layers stack as w and v do in the matrix "
     "product whose entries are multiplied by *. What holds for signals holds for layers, with "
     "three exceptions: x . w = w . x is ill-typed, x being a vector and w a matrix; layers "
     "commute in no setting, not even 1x1 ones; and there is R corr(w, x) as little as corr(w, x).",
     "y_m = sum over c of x_c . w_mc, so that (x . w) . v and x . (w . v) are sums over m and c of "
     "products of three signals, which agree term by term if signals do. A counterexample of "
     "signals becomes one of layers in one entry of the matrices. The matrices of numbers E_12 and "
     "E_22 do not commute, and are 1x1 layers in every setting. Block-diagonal matrices are "
     "multiplied block by block, so all of it is true of each group."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kLemmas.size(); ++i) {
    if (kLemmas[i].lemma != static_cast<Lemma>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const LemmaText> lemmas() { return kLemmas; }

const LemmaText& text(Lemma lemma) { return kLemmas[static_cast<std::size_t>(lemma)]; }

}  // namespace convcheck::properties::table
