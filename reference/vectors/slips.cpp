// SPDX-License-Identifier: Apache-2.0
#include "reference/vectors/slips.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/geometry.hpp"
#include "reference/vectors/terms.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

using Operands = std::vector<Tensor>;
using Answer = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One output from its terms.
template <class F>
Answer by_terms(const ConvProblem& p, const Operands& operands, F&& f) {
  Answer answer;
  for (const OutputTerms& terms : terms_of(p, operands))
    answer.push_back(f(terms, p.type(p.written())));
  return answer;
}

Answer right(const ConvProblem& p, const Operands& operands) {
  return by_terms(p, operands,
                  [](const OutputTerms& t, ElementType to) { return rounded(exact_sum(t), to); });
}

using Answerer = std::function<Answer(const ConvProblem&, const Operands&)>;

// The right answer to another problem.
Answerer other_problem(void (*change)(ConvProblem&)) {
  return [change](const ConvProblem& given, const Operands& operands) {
    ConvProblem p = given;
    change(p);
    return right(p, operands);
  };
}

// The right answer on other operands; change(problem, value of a tensor, its role).
Answerer other_values(double (*change)(const ConvProblem&, double, Role)) {
  return [change](const ConvProblem& p, const Operands& given) {
    Operands operands = given;
    for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
      if (role == p.written() || (role == Role::kBias && !p.has_bias)) continue;
      const Tensor& from = given[operand_index(p, role)];
      Tensor to(ElementType::kF64, from.shape());  // Holds what the change may give.
      for (std::int64_t i = 0; i < from.count(); ++i)
        to.set_value(i, change(p, from.value(i), role));
      operands[operand_index(p, role)] = to;
    }
    return right(p, operands);
  };
}

// An image and a channel of it.
struct Channel {
  std::int64_t image, channel;
};

// The right answer where of the data operand source(channel, groups, channels in a group) is read
// in place of a channel.
Answerer other_channels(Channel (*source)(Channel, std::int64_t, std::int64_t)) {
  return [source](const ConvProblem& p, const Operands& given) {
    Operands operands = given;
    const std::size_t data = operand_index(p, p.data_input());
    const Tensor& from = given[data];
    const std::int64_t images = from.shape()[0];
    const std::int64_t channels = from.shape()[1];
    const std::int64_t positions = from.count() / std::max<std::int64_t>(1, images * channels);
    for (std::int64_t n = 0; n < images; ++n)
      for (std::int64_t c = 0; c < channels; ++c) {
        const Channel read = source({n, c}, p.groups, channels / p.groups);
        for (std::int64_t i = 0; i < positions; ++i)
          operands[data].set_value(
              (n * channels + c) * positions + i,
              from.value((read.image * channels + read.channel) * positions + i));
      }
    return right(p, operands);
  };
}

// conv and wgrad with x written out over the padded axes: fold(index, extent) is the index read in
// place of one outside, or -1 for `filler`.
Answer written_out(const ConvProblem& given, const Operands& operands,
                   std::int64_t (*fold)(std::int64_t, std::int64_t), double filler) {
  if (given.operation == Operation::kDeconv) return right(given, operands);
  ConvProblem p = given;
  p.padding_mode = PaddingMode::kZeros;
  p.pad_begin = {0, 0, 0};
  for (std::size_t a = 0; a < 3; ++a)
    p.x_extent[a] = (p.y_extent[a] - 1) * p.stride[a] + (p.w_extent[a] - 1) * p.dilation[a] + 1;
  Operands extended = operands;
  const std::size_t x = operand_index(p, Role::kX);
  extended[x] = Tensor(p.x_type, p.x_shape());
  Axes at{};
  std::int64_t next = 0;
  for (std::int64_t outer = 0; outer < p.batch * p.in_channels; ++outer)
    for (at[0] = 0; at[0] < p.x_extent[0]; ++at[0])
      for (at[1] = 0; at[1] < p.x_extent[1]; ++at[1])
        for (at[2] = 0; at[2] < p.x_extent[2]; ++at[2]) {
          std::int64_t index = outer;
          for (std::size_t a = 0; a < 3 && index >= 0; ++a) {
            const std::int64_t i = at[a] - given.pad_begin[a];
            const std::int64_t inside =
                i >= 0 && i < given.x_extent[a] ? i : fold(i, given.x_extent[a]);
            index = inside < 0 ? -1 : index * given.x_extent[a] + inside;
          }
          extended[x].set_rounded(next++, index < 0 ? filler : operands[x].value(index));
        }
  return right(p, extended);
}

std::int64_t nowhere(std::int64_t /*i*/, std::int64_t /*extent*/) { return -1; }

// Another rounding of the exact sum; infinities and NaN stay.
Answerer other_rounding(double (*round)(const Dyadic&, const ElementTraits&)) {
  return [round](const ConvProblem& p, const Operands& operands) {
    return by_terms(p, operands, [round](const OutputTerms& terms, ElementType type) {
      const Dyadic exact = exact_sum(terms);
      const ElementTraits& to = traits(type);
      if (to.is_integer || exact.kind != Kind::kFinite || exact.units == 0)
        return rounded(exact, type);
      return round(exact, to);
    });
  };
}

// A dyadic with at most `precision_bits` bits as a double of the type, or an infinity.
double limited(const Dyadic& d, const ElementTraits& to) {
  if (d.units == 0) return 0;
  const double v = std::ldexp(static_cast<double>(d.units), d.exponent);
  return std::fabs(v) < std::ldexp(1.0, to.max_exponent) ? v : std::copysign(kInfinity, v);
}

double largest(const ElementTraits& to) {
  return std::ldexp(2 - std::ldexp(1.0, 1 - to.precision_bits), to.max_exponent - 1);
}

bool is_subnormal(double v, const ElementTraits& to) {
  return v != 0 && std::fabs(v) < std::ldexp(1.0, to.min_exponent + to.precision_bits - 1);
}

// Terms one after the other in a floating type, each product and each sum rounded to it.
double sequential(const OutputTerms& terms, ElementType in) {
  double sum = terms.bias.value_or(0);
  for (const auto& [a, b] : terms.products) sum = round_to_type(in, sum + round_to_type(in, a * b));
  return sum;
}

Answerer summed_in(ElementType in) {
  return [in](const ConvProblem& p, const Operands& operands) {
    return by_terms(p, operands, [in](const OutputTerms& terms, ElementType to) {
      return round_to_type(to, sequential(terms, in)) + 0.0;
    });
  };
}

double wrapped(const Dyadic& d, ElementType type) {
  const IntegerRange range = integer_range(type);
  const auto span = static_cast<double>(range.high - range.low + 1);
  const double v = std::rint(std::ldexp(static_cast<double>(d.units), d.exponent));
  return v - span * std::floor((v - static_cast<double>(range.low)) / span);
}

std::vector<Slip> make_slips() {
  return {
      // Indices.
      Slip{"flipped", true,
           "meets tap t with w[k-1-t] where w[t] is meant, and the other way round",
           other_problem([](ConvProblem& p) {
             p.orientation = p.orientation == Orientation::kConvolution
                                 ? Orientation::kCrossCorrelation
                                 : Orientation::kConvolution;
           })},
      Slip{"stride-ignored", true, "steps by 1", other_problem([](ConvProblem& p) {
             p.stride = {1, 1, 1};
           })},
      Slip{"dilation-ignored", true, "takes the kernel for dense",
           other_problem([](ConvProblem& p) {
             p.dilation = {1, 1, 1};
           })},
      Slip{"padding-ignored", true, "begins at element 0", other_problem([](ConvProblem& p) {
             p.pad_begin = {0, 0, 0};
           })},
      Slip{"padding-at-the-other-end", true, "pads the begin as the end should be",
           other_problem([](ConvProblem& p) { p.pad_begin = p.pad_end(); })},
      Slip{"axes-exchanged", true,
           "takes stride, dilation and padding of height for width and back",
           other_problem([](ConvProblem& p) {
             if (p.rank < 2) return;
             for (Axes* axes : {&p.stride, &p.dilation, &p.pad_begin})
               std::swap((*axes)[1], (*axes)[2]);
           })},
      Slip{"copies-taken-for-zeros", true, "pads with zeros in every mode",
           other_problem([](ConvProblem& p) { p.padding_mode = PaddingMode::kZeros; })},
      Slip{"reflection-taken-for-replication", true, "copies the border where it should reflect",
           other_problem([](ConvProblem& p) {
             if (p.padding_mode == PaddingMode::kReflect) p.padding_mode = PaddingMode::kReplicate;
           })},
      Slip{"circle-taken-for-replication", true, "copies the border where it should begin again",
           other_problem([](ConvProblem& p) {
             if (p.padding_mode == PaddingMode::kCircular) p.padding_mode = PaddingMode::kReplicate;
           })},
      Slip{"border-reflected-too", true, "repeats the border element when it reflects",
           [](const ConvProblem& p, const Operands& operands) {
             if (p.padding_mode != PaddingMode::kReflect) return right(p, operands);
             return written_out(
                 p, operands,
                 [](std::int64_t i, std::int64_t extent) {
                   const std::int64_t j = floor_mod(i, 2 * extent);
                   return j < extent ? j : 2 * extent - 1 - j;
                 },
                 0);
           }},
      Slip{"padding-multiplied", true,
           "multiplies weights by the zeros of the padding, infinite ones too",
           [](const ConvProblem& p, const Operands& operands) {
             if (p.padding_mode != PaddingMode::kZeros) return right(p, operands);
             return written_out(p, operands, nowhere, p.x_zero_point);
           }},
      Slip{"padding-before-zero-point", true,
           "pads with stored zeros, from which it subtracts the zero point",
           [](const ConvProblem& p, const Operands& operands) {
             if (p.padding_mode != PaddingMode::kZeros || p.x_zero_point == 0)
               return right(p, operands);
             return written_out(p, operands, nowhere, 0);
           }},
      Slip{"first-group-everywhere", true, "reads the channels of the first group in every group",
           other_channels([](Channel c, std::int64_t, std::int64_t in_group) {
             return Channel{c.image, c.channel % in_group};
           })},
      Slip{"groups-interleaved", true, "takes every G-th channel for a group",
           other_channels([](Channel c, std::int64_t groups, std::int64_t in_group) {
             return Channel{c.image, c.channel % in_group * groups + c.channel / in_group};
           })},
      Slip{"first-image-everywhere", true, "reads the first image for every image",
           other_channels([](Channel c, std::int64_t, std::int64_t) {
             return Channel{0, c.channel};
           })},
      // Bias and zero points.
      Slip{"bias-forgotten", false, "adds no bias",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](OutputTerms terms, ElementType to) {
               terms.bias.reset();
               return rounded(exact_sum(terms), to);
             });
           }},
      Slip{"bias-twice", false, "adds the bias twice",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](OutputTerms terms, ElementType to) {
               if (terms.bias) terms.products.emplace_back(*terms.bias, 1);
               return rounded(exact_sum(terms), to);
             });
           }},
      Slip{"bias-after-rounding", false, "rounds the sum before it adds the bias",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](OutputTerms terms, ElementType to) {
               if (!terms.bias || traits(to).is_integer) return rounded(exact_sum(terms), to);
               const double bias = *terms.bias;
               terms.bias.reset();
               return round_to_type(to, rounded(exact_sum(terms), to) + bias);
             });
           }},
      Slip{"first-bias-everywhere", false, "adds the first bias to every channel",
           [](const ConvProblem& p, const Operands& given) {
             if (!p.has_bias) return right(p, given);
             Operands operands = given;
             Tensor& bias = operands[operand_index(p, Role::kBias)];
             for (std::int64_t i = 1; i < bias.count(); ++i) bias.set_value(i, bias.value(0));
             return right(p, operands);
           }},
      Slip{"zero-point-of-x-ignored", false, "takes x as it is stored",
           other_problem([](ConvProblem& p) { p.x_zero_point = 0; })},
      Slip{"zero-point-of-w-ignored", false, "takes w as it is stored",
           other_problem([](ConvProblem& p) { p.w_zero_point = 0; })},
      Slip{"zero-points-exchanged", false, "subtracts the zero point of the other operand",
           other_problem([](ConvProblem& p) { std::swap(p.x_zero_point, p.w_zero_point); })},
      // Arithmetic.
      Slip{"ties-away", false, "rounds ties away from zero",
           other_rounding([](const Dyadic& d, const ElementTraits& to) {
             return limited(to_precision(d, to.precision_bits, to.min_exponent, Nearest::kTiesAway),
                            to);
           })},
      Slip{"truncated", false, "drops the bits that do not fit",
           other_rounding([](const Dyadic& d, const ElementTraits& to) {
             const double v = limited(
                 to_precision(d, to.precision_bits, to.min_exponent, Nearest::kTowardZero), to);
             return std::isinf(v) ? std::copysign(largest(to), v) : v;
           })},
      Slip{"rounded-twice", false, "rounds to the next wider format first",
           other_rounding([](const Dyadic& d, const ElementTraits& to) {
             const int wider = to.precision_bits <= 11 ? 24 : to.precision_bits == 24 ? 53 : 64;
             const int least = wider == 24 ? -149 : wider == 53 ? -1074 : -16445;
             return rounded(to_precision(d, wider, least), to.type);
           })},
      Slip{"subnormal-results-flushed", false, "gives zero for subnormal results",
           other_rounding([](const Dyadic& d, const ElementTraits& to) {
             const double v = rounded(d, to.type);
             return is_subnormal(v, to) ? std::copysign(0.0, v) : v;
           })},
      Slip{"subnormal-operands-flushed", false, "takes subnormal operands for zero",
           other_values([](const ConvProblem& p, double v, Role role) {
             const ElementTraits& own = traits(p.type(role));
             return !own.is_integer && is_subnormal(v, own) ? 0 : v;
           })},
      Slip{"overflow-clamped", false, "gives the largest number where the result overflows",
           other_rounding([](const Dyadic& d, const ElementTraits& to) {
             const double v = rounded(d, to.type);
             return std::isinf(v) ? std::copysign(largest(to), v) : v;
           })},
      Slip{"sign-of-zero-lost", false, "gives +0 for what rounds to zero from below",
           other_rounding(
               [](const Dyadic& d, const ElementTraits& to) { return rounded(d, to.type) + 0.0; })},
      Slip{"negative-zeros-summed", false,
           "begins with the first product, so that zeros can sum to -0",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](const OutputTerms& terms, ElementType to) {
               const double v = rounded(exact_sum(terms), to);
               bool negative = !traits(to).is_integer && std::signbit(terms.bias.value_or(-0.0)) &&
                               (terms.bias || !terms.products.empty());
               for (const auto& [a, b] : terms.products)
                 negative = negative && std::signbit(a) != std::signbit(b);
               return v == 0 && exact_sum(terms).units == 0 && negative ? -0.0 : v;
             });
           }},
      Slip{"zeros-skipped", false, "skips products with a zero, so that 0 times infinity is no NaN",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](OutputTerms terms, ElementType to) {
               std::erase_if(terms.products,
                             [](const auto& t) { return t.first == 0 || t.second == 0; });
               return rounded(exact_sum(terms), to);
             });
           }},
      Slip{"nan-taken-for-zero", false, "takes NaN operands for zero",
           other_values([](const ConvProblem&, double v, Role) { return std::isnan(v) ? 0 : v; })},
      Slip{"infinities-limited", false, "takes infinite operands for the largest number",
           other_values([](const ConvProblem& p, double v, Role role) {
             return std::isinf(v) ? std::copysign(largest(traits(p.type(role))), v) : v;
           })},
      Slip{"summed-in-f64", false, "sums in f64, one after the other",
           summed_in(ElementType::kF64)},
      Slip{"summed-in-f32", false, "sums in f32, one after the other",
           summed_in(ElementType::kF32)},
      Slip{"summed-in-result-type", false, "sums in the type of the result, one after the other",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](const OutputTerms& terms, ElementType to) {
               return sequential(terms, to) + 0.0;
             });
           }},
      Slip{"operands-narrowed", false,
           "cuts f64 operands to f32, f32 to bf16, bf16 and f16 by one bit",
           other_values([](const ConvProblem& p, double v, Role role) {
             const ElementTraits& own = traits(p.type(role));
             if (role == Role::kBias || own.is_integer || !std::isfinite(v)) return v;
             const int bits = own.precision_bits == 53   ? 24
                              : own.precision_bits == 24 ? 8
                                                         : own.precision_bits - 1;
             return limited(
                 to_precision(make_dyadic(v), bits, own.min_exponent, Nearest::kTowardZero), own);
           })},
      Slip{"wrapped", false,
           "lets integer results wrap where they should stop at the end of the range",
           [](const ConvProblem& p, const Operands& operands) {
             return by_terms(p, operands, [](const OutputTerms& terms, ElementType to) {
               const Dyadic d = exact_sum(terms);
               return traits(to).is_integer && d.kind == Kind::kFinite ? wrapped(d, to)
                                                                       : rounded(d, to);
             });
           }},
      Slip{"pairs-limited-to-16-bits", false,
           "adds 8-bit products in pairs that stop at the ends of s16",
           [](const ConvProblem& p, const Operands& operands) {
             const auto is_byte = [&](Role role) {
               return role == p.written() || size_bytes(p.type(role)) == 1;
             };
             if (!is_byte(Role::kX) || !is_byte(Role::kW) || !is_byte(Role::kY))
               return right(p, operands);
             return by_terms(p, operands, [](OutputTerms terms, ElementType to) {
               std::vector<std::pair<double, double>> pairs;
               for (std::size_t i = 0; i < terms.products.size(); i += 2) {
                 double sum = terms.products[i].first * terms.products[i].second;
                 if (i + 1 < terms.products.size())
                   sum += terms.products[i + 1].first * terms.products[i + 1].second;
                 pairs.emplace_back(std::clamp(sum, -32768.0, 32767.0), 1);
               }
               terms.products = std::move(pairs);
               return rounded(exact_sum(terms), to);
             });
           }},
      Slip{"signs-of-bytes-mistaken", false, "reads u8 as s8",
           other_values([](const ConvProblem& p, double v, Role role) {
             return p.type(role) == ElementType::kU8 && v > 127 ? v - 256 : v;
           })},
  };
}

}  // namespace

const std::vector<Slip>& slips() {
  static const std::vector<Slip> all = make_slips();
  return all;
}

}  // namespace convcheck::reference
