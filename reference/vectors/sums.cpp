// SPDX-License-Identifier: Apache-2.0
// Sums of few terms at the places where rounding, range and special values are got wrong.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/proof_data.hpp"
#include "reference/tile.hpp"
#include "reference/vectors/candidates.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_value(ElementType type, double v) {
  if (std::isnan(v)) return !traits(type).is_integer;
  return round_to_type(type, v) == v && !(traits(type).is_integer && std::isinf(v));
}

// +-2^exponent.
struct Bit {
  int sign;
  int exponent;
};

// Sums as lists of powers of two, for one mixture of floating types.
class Sums {
 public:
  explicit Sums(const Mixture& m)
      : first_(traits(m.first)), second_(traits(m.second)), to_(traits(m.written)) {}

  // Each bit one product. Nothing if a power is out of the factors' range.
  void add(std::string comment, const std::vector<Bit>& bits,
           std::optional<Bit> bias = std::nullopt, bool negated = false) {
    Sum sum{std::move(comment), {}};
    for (const Bit& bit : bits) {
      const int a = std::clamp(bit.exponent / 2, low(first_), high(first_));
      const int b = std::clamp(bit.exponent - a, low(second_), high(second_));
      const int rest = std::clamp(bit.exponent - b, low(first_), high(first_));
      if (rest + b != bit.exponent) return;
      sum.products.emplace_back(std::ldexp(negated ? -bit.sign : bit.sign, rest),
                                std::ldexp(1.0, b));
    }
    if (bias) sum.bias = std::ldexp(negated ? -bias->sign : bias->sign, bias->exponent);
    list_.push_back(std::move(sum));
  }
  void add_both(const std::string& comment, const std::vector<Bit>& bits) {
    add(comment, bits);
    add(comment + ", negated", bits, std::nullopt, true);
  }
  void add_products(std::string comment, std::vector<std::pair<double, double>> products,
                    std::optional<double> bias = std::nullopt) {
    list_.push_back({std::move(comment), std::move(products), bias});
  }

  void rounding();
  void range();
  void cancellation();
  void special();
  void bias();
  [[nodiscard]] const std::vector<Sum>& list() const { return list_; }

 private:
  static int low(const ElementTraits& t) { return t.is_integer ? 0 : t.min_exponent; }
  static int high(const ElementTraits& t) { return t.max_exponent - 1; }
  // The least exponent that a product can have, or one as far below 2^from as is of interest.
  [[nodiscard]] int far_below(int from) const {
    return std::max(from - 130, low(first_) + low(second_));
  }
  [[nodiscard]] int far_above() const { return std::min(70, high(first_) + high(second_)); }

  const ElementTraits& first_;
  const ElementTraits& second_;
  const ElementTraits& to_;
  std::vector<Sum> list_;
};

void Sums::rounding() {
  const int half = -to_.precision_bits;  // Half the last bit of 1.
  const int far = far_below(half);
  const int wider = to_.precision_bits < 24 ? 24 : to_.precision_bits == 24 ? 53 : 64;
  add_both("a tie, to even below", {{1, 0}, {1, half}});
  add_both("a tie, to even above", {{1, 0}, {1, half + 1}, {1, half}});
  add_both("far above a tie by a bit far below it", {{1, 0}, {1, half}, {1, far}});
  add_both("below a tie by a bit far below it", {{1, 0}, {1, half + 1}, {1, half}, {-1, far}});
  add("above a tie, which the next wider format hides", {{1, 0}, {1, half}, {1, -wider - 1}});
  add("below a tie, to which the next wider format rounds",
      {{1, 0}, {1, half + 1}, {1, half}, {-1, -wider - 1}});
  add("above a tie by the bit after the last of f64", {{1, 0}, {1, half}, {1, -53}});
  add("all bits that fit, and a tie that carries to the next power of two",
      {{1, 1}, {-1, half + 1}, {1, half}});
  add("a quarter of the last bit", {{1, 0}, {1, half - 1}});
  // Full mantissas: the product needs as many bits as both factors.
  const double a = 2 - std::ldexp(1.0, 1 - first_.precision_bits);
  const double b = 1 + std::ldexp(1.0, 1 - second_.precision_bits);
  add_products("a product with all the bits of both factors", {{a, b}});
  add_products("a product with all bits, less its leading part",
               {{a, b}, {-2, 1}, {1, std::ldexp(1.0, 1 - second_.precision_bits)}});
}

void Sums::range() {
  const int least = to_.min_exponent;
  const int normal = least + to_.precision_bits - 1;
  const int most = to_.max_exponent;
  const int last = most - to_.precision_bits;  // The last bit of the largest number.
  const int below = far_below(least);
  add_both("a subnormal result", {{1, least + 1}, {1, least}});
  add("a tie between subnormals, to even above", {{1, least}, {1, least - 1}});
  add_both("a tie between subnormals, to even below", {{1, least + 1}, {1, least - 1}});
  add_both("half the least number, to zero", {{1, least - 1}});
  add_both("above half the least number", {{1, least - 1}, {1, below}});
  add("less than half the least number, from below", {{-1, least - 2}});
  add("a tie between the largest subnormal and the least normal number",
      {{1, normal}, {-1, least - 1}});
  add("the largest subnormal number", {{1, normal}, {-1, least}});
  add_both("the largest number", {{1, most}, {-1, last}});
  add_both("half the last bit above the largest number: an infinity", {{1, most}, {-1, last - 1}});
  add_both("just below that: the largest number",
           {{1, most}, {-1, last - 1}, {-1, far_below(last)}});
  add("twice the largest power of two: an infinity", {{1, most - 1}, {1, most - 1}});
  add("beyond the range on the way, not at the end",
      {{1, most - 1}, {1, most - 1}, {1, 0}, {-1, most - 1}, {-1, most - 1}});
  const double tiny = std::ldexp(3.0, first_.min_exponent);
  const double scale = std::ldexp(1.0, std::min(-first_.min_exponent, high(second_)));
  add_products("a subnormal operand", {{tiny, scale}});
  add_products("a subnormal second operand",
               {{std::ldexp(1.0, std::min(-second_.min_exponent, high(first_))),
                 std::ldexp(5.0, second_.min_exponent)}});
}

void Sums::cancellation() {
  const int half = -to_.precision_bits;
  const int big = far_above();
  const int far = far_below(half);
  add_both("large terms cancel and leave 1", {{1, big}, {1, 0}, {-1, big}});
  add("large terms cancel and leave a tie", {{1, big}, {1, 0}, {1, half}, {-1, big}});
  add("large terms cancel and leave a little more than a tie",
      {{1, big}, {1, 0}, {1, half}, {-1, big}, {1, far}});
  add("terms cancel to zero", {{1, big}, {1, 0}, {-1, 0}, {-1, big}});
  add("terms cancel to zero, the small ones first", {{-1, half}, {1, big}, {1, half}, {-1, big}});
  const int residue = low(first_) + low(second_);
  add_both("terms cancel and leave the least product", {{1, 0}, {-1, 0}, {1, residue}});
  add("every partial sum of three rounds", {{1, big}, {1, half}, {-1, big}, {1, half - 1}});
}

void Sums::special() {
  add_products("NaN times 0", {{1, 1}, {kNan, 0}});
  add_products("a NaN weight", {{2, kNan}, {1, 1}});
  add_products("an infinity and a number", {{kInfinity, 2}, {-1, 3}});
  add_products("an infinity times a negative number", {{1, 1}, {kInfinity, -2}});
  add_products("infinity times 0", {{kInfinity, 0}, {1, 1}});
  add_products("0 times infinity", {{0, -kInfinity}, {1, 1}});
  add_products("infinities of both signs", {{kInfinity, 1}, {1, -kInfinity}});
  add_products("infinity times minus infinity", {{kInfinity, -kInfinity}});
  add_products("an infinity and more than the largest number below it",
               {{kInfinity, 1}, {-std::ldexp(1.0, high(first_)), std::ldexp(1.0, high(second_))}});
  add_products("products of -0 only", {{-0.0, 1}, {0, -2}});
  add_products("a product of -0 and one of +0", {{-0.0, 1}, {0, 1}});
}

void Sums::bias() {
  const int half = -to_.precision_bits;
  const int far = std::max(half - 100, to_.min_exponent);
  add("the bias breaks a tie", {{1, 0}, {1, half}}, Bit{1, far});
  add("the bias breaks a tie downwards", {{1, 0}, {1, half + 1}, {1, half}}, Bit{-1, far});
  add("the bias makes a tie", {{1, 0}, {1, half + 1}}, Bit{1, half});
  add("the bias cancels the sum but for its last bits", {{1, 0}, {1, half - 3}}, Bit{-1, 0});
  add("the bias cancels the sum", {{1, 3}}, Bit{-1, 3});
  add("the bias is lost in the sum", {{1, to_.precision_bits + 2}}, Bit{1, 0});
  add("only the bias is left", {{1, 5}, {-1, 5}}, Bit{1, half});
  add_products("a bias of NaN", {{1, 1}}, kNan);
  add_products("an infinite bias", {{-1, 1}}, kInfinity);
  add_products("an infinite bias and an infinite term", {{-kInfinity, 1}}, kInfinity);
  add_products("a bias of -0 and a product of -0", {{-0.0, 1}}, -0.0);
}

// Sums whose f64 error attains the oracle's bound: 2^-53 is lost beside 1 in the first block of
// depth some 126 times and then once a block. The exact sum is above the tie between two f32;
// `below` last bits of f64 keep the f64 sum below it.
Sum losing(std::int64_t blocks, std::int64_t below) {
  constexpr std::pair kTie{24929 * 0x1p-12, 673 * 0x1p-12};  // 1 + 2^-24 as one product.
  constexpr std::pair kLost{0x1p-26, 0x1p-27};
  Sum sum{"the f64 sum errs by all that the oracle's bound allows", {}};
  sum.products = {kTie, {static_cast<double>(below), -0x1p-52}};
  sum.products.resize(kDepthBlock, kLost);
  for (std::int64_t block = 1; block < blocks; ++block) {
    sum.products.push_back(kLost);
    sum.products.resize(sum.products.size() + kDepthBlock - 1, {0, 1});
  }
  return sum;
}

constexpr Operation kOperations[] = {Operation::kConv, Operation::kDeconv, Operation::kWgrad};

// Each sum for one operation in turn, or for all three; a bias goes with the first two.
void append(const std::vector<Sum>& sums, const Mixture& types, bool every_operation,
            std::vector<Candidate>& list) {
  std::size_t turn = list.size();
  for (const Sum& sum : sums) {
    const std::size_t operations = sum.bias ? 2 : 3;
    for (std::size_t i = 0; i < (every_operation ? operations : 1); ++i)
      if (auto candidate = dot_candidate(kOperations[(turn + i) % operations], types, sum))
        list.push_back(*std::move(candidate));
    ++turn;
  }
}

}  // namespace

std::optional<Candidate> dot_candidate(Operation operation, const Mixture& types, const Sum& sum) {
  const auto n = static_cast<std::int64_t>(sum.products.size());
  Candidate candidate{sum.comment, {}, {}};
  ConvProblem& p = candidate.problem;
  p = with_types(dot_problem(operation, 1, n), types);
  p.has_bias = sum.bias.has_value();
  const Role roles[] = {p.data_input(), operation == Operation::kWgrad ? Role::kY : Role::kW};
  const std::int32_t zero_points[] = {sum.first_zero_point, sum.second_zero_point};
  for (int i = 0; i < 2; ++i) {
    if (zero_points[i] == 0) continue;
    if (roles[i] == Role::kY) return std::nullopt;
    (roles[i] == Role::kX ? p.x_zero_point : p.w_zero_point) = zero_points[i];
  }
  if (!validate(p)) return std::nullopt;
  candidate.operands.resize(sum.bias ? 3 : 2);
  const auto tensor = [&](Role role) -> Tensor& {
    return candidate.operands[operand_index(p, role)] = Tensor(p.type(role), p.shape(role));
  };
  Tensor& first = tensor(roles[0]);
  Tensor& second = tensor(roles[1]);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto& [a, b] = sum.products[static_cast<std::size_t>(i)];
    if (!is_value(types.first, a) || !is_value(types.second, b)) return std::nullopt;
    first.set_value(i, a);
    second.set_value(i, b);
  }
  if (sum.bias) {
    if (!is_value(types.written, *sum.bias)) return std::nullopt;
    tensor(Role::kBias).set_value(0, *sum.bias);
  }
  return candidate;
}

std::vector<Candidate> float_candidates(const Mixture& types) {
  Sums sums(types);
  sums.rounding();
  sums.range();
  sums.cancellation();
  sums.special();
  sums.bias();
  std::vector<Candidate> list;
  append(sums.list(), types, false, list);
  if (types == Mixture{ElementType::kF32, ElementType::kF32, ElementType::kF32}) {
    append({losing(1, 62)}, types, true, list);
    append({{"the f64 sum rounds, far from a tie of f32",
             {{0x1.fffffep+10, 0x1.000002p+0},
              {0x1.abcdeep+4, 0x1.987654p-2},
              {0x1.234568p-3, -0x1.fedcbap-5}}}},
           types, true, list);
    append({losing(401, 262)}, types, false, list);
  }
  return list;
}

std::vector<Candidate> mixed_candidates() {
  using enum ElementType;
  std::vector<Candidate> list;
  for (const Mixture& types :
       {Mixture{kBf16, kBf16, kF32}, Mixture{kF16, kF16, kF32}, Mixture{kF32, kF32, kF64},
        Mixture{kF64, kF64, kF32}, Mixture{kF32, kF32, kBf16}, Mixture{kF32, kF16, kF16}}) {
    Sums sums(types);
    sums.rounding();
    if (types.first == types.second && size_bytes(types.first) > size_bytes(types.written))
      sums.range();
    sums.cancellation();
    sums.bias();
    append(sums.list(), types, false, list);
  }
  return list;
}

std::vector<Candidate> integer_candidates() {
  using enum ElementType;
  using Products = std::vector<std::pair<double, double>>;
  std::vector<Candidate> list;
  const auto add = [&](const Mixture& types, const std::vector<Sum>& sums) {
    append(sums, types, true, list);
  };
  const Sum largest_pairs{"two products of the largest bytes pass 2^15", Products(4, {255, 127})};
  const Sum least_pairs{"products of the least bytes", Products(3, {-128, -128})};
  const Sum zero_points{"zero points at the ends of the types",
                        {{0, -128}, {255, 127}, {200, 3}},
                        std::nullopt,
                        255,
                        -128};
  const Sum shifted{
      "a zero point in the middle", {{128, 7}, {1, 7}, {255, -7}}, std::nullopt, 128, 3};
  add({kU8, kS8, kS32},
      {largest_pairs,
       zero_points,
       shifted,
       {"a zero point of x alone", {{3, 5}, {9, -2}}, std::nullopt, 7, 0},
       {"a bias at the end of s32 stops the sum", {{1, 1}, {1, 1}}, 2147483647},
       {"a bias at the other end", {{255, -128}}, -2147483648.0},
       {"the sum comes back from beyond s32", {{1, 1}, {1, -3}}, 2147483647},
       {"an odd sum above 2^24, which f32 does not hold", Products(1030, {253, 127})}});
  add({kS8, kS8, kS32},
      {least_pairs,
       {"zero points of both signs", {{-128, 127}, {127, -128}, {5, 6}}, std::nullopt, -128, 127},
       {"both ends", {{-128, 127}, {127, -128}, {127, 127}}},
       {"only the bias", {{0, 5}}, -77}});
  add({kU8, kU8, kS32}, {{"products of the largest bytes", Products(3, {255, 255})}});
  add({kU8, kS8, kF32}, {largest_pairs,
                         zero_points,
                         {"a tie between two f32 above 2^24", Products(1030, {255, 127})},
                         {"a fraction as bias", {{255, 127}, {1, 1}}, 0x1.8p-9}});
  add({kS8, kS8, kF32}, {least_pairs, {"a bias of -0", {{0, 1}}, -0.0}});
  add({kS32, kS32, kS32}, {{"a product far beyond s32", {{2147483647, 2147483647}}},
                           {"a product far below s32", {{-2147483648.0, 2147483647}}},
                           {"products beyond 2^62 that cancel",
                            {{2147483647, 2147483647}, {-2147483647, 2147483647}, {5, 5}}},
                           {"the ends of the zero points",
                            {{-2147483648.0, 1}, {2147483647, 0}},
                            std::nullopt,
                            2147483647,
                            1}});
  add({kS32, kS32, kF64},
      {{"a product of 62 bits that f64 must round", {{2147483647, 2147483645}}},
       {"products that cancel to less than the last bit of f64",
        {{2147483647, 2147483647}, {-2147483646, -2147483646}, {-2147483647, 2147483647}}}});
  add({kS8, kS8, kS8}, {{"a sum that stops at the end of s8", {{20, 20}, {-3, 7}}},
                        {"a sum that stops at the other end", {{20, -20}}},
                        {"the bias brings it back", {{12, 12}}, -100}});
  add({kU8, kS8, kU8}, {{"a sum below zero stops at zero", {{3, -1}}},
                        {"a sum above 255 stops there", {{255, 2}}},
                        {"within the range", {{200, 1}, {1, -3}}}});
  add({kF32, kF32, kS8}, {{"half way to an integer, to even below", {{0.5, 5}}},
                          {"half way to an integer, to even above", {{0.5, 7}}},
                          {"NaN is 0", {{kNan, 1}}},
                          {"an infinity stops at the end", {{-kInfinity, 1}}},
                          {"just above half way", {{0.5, 5}, {0x1p-40, 0x1p-40}}}});
  return list;
}

}  // namespace convcheck::reference
