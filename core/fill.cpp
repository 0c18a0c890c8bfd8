// SPDX-License-Identifier: Apache-2.0
#include "core/fill.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/fill_sums.hpp"
#include "core/geometry.hpp"
#include "core/problem_text.hpp"
#include "core/random.hpp"
#include "core/wide.hpp"

namespace convcheck {
namespace {

constexpr std::array<std::pair<FillKind, const char*>, 14> kNames = {{
    {FillKind::kExactInteger, "exact-integer"},
    {FillKind::kUniform, "uniform"},
    {FillKind::kNormal, "normal"},
    {FillKind::kIllConditioned, "ill-conditioned"},
    {FillKind::kSpecial, "special"},
    {FillKind::kTerms1, "terms-1"},
    {FillKind::kTerms2, "terms-2"},
    {FillKind::kTerms4, "terms-4"},
    {FillKind::kTerms16, "terms-16"},
    {FillKind::kTerms64, "terms-64"},
    {FillKind::kTerms256, "terms-256"},
    {FillKind::kPositive, "positive"},
    {FillKind::kGraded, "graded"},
    {FillKind::kTiny, "tiny"},
}};

// What an operand is to the sums: data, its partner (w; y for wgrad), or the bias.
enum class Part { kFirst, kSecond, kBias };

Part part_of(const ConvProblem& p, Role role) {
  if (role == Role::kBias) return Part::kBias;
  return role == (p.operation == Operation::kWgrad ? Role::kY : Role::kW) ? Part::kSecond
                                                                          : Part::kFirst;
}

// The axis of an operand along which quadruples lie, between what is outside and inside of it:
// channels of a group for conv and deconv, the batch for wgrad.
struct QuadAxis {
  std::int64_t outer, length, inner;
};

QuadAxis quad_axis(const ConvProblem& p, Role role) {
  const std::int64_t in_group = p.in_channels / p.groups;
  const std::int64_t out_group = p.out_channels / p.groups;
  const std::int64_t taps = axis_product(p.w_extent);
  switch (p.operation) {
    case Operation::kConv:
      if (role == Role::kW) return {p.out_channels, in_group, taps};
      return {p.batch * p.groups, in_group, axis_product(p.x_extent)};
    case Operation::kDeconv:
      if (role == Role::kW) return {p.groups, out_group, in_group * taps};
      return {p.batch * p.groups, out_group, axis_product(p.y_extent)};
    case Operation::kWgrad:
      if (role == Role::kY) return {1, p.batch, p.out_channels * axis_product(p.y_extent)};
      return {1, p.batch, p.in_channels * axis_product(p.x_extent)};
  }
  return {1, 1, 1};
}

// min(a * b, limit + 1) for a, b >= 0 below 2^60: a product that says only whether it passed limit.
std::int64_t capped_product(std::int64_t a, std::int64_t b, std::int64_t limit) {
  const Int128 product = static_cast<Int128>(a) * b;
  return product > limit ? limit + 1 : static_cast<std::int64_t>(product);
}

// Largest value of [low, high] that fits, where `low` does and fitting values come first.
template <typename Fits>
std::int64_t largest(std::int64_t low, std::int64_t high, const Fits& fits) {
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (fits(middle))
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

// Distance from the zero point to the far end of the type.
std::int64_t largest_magnitude(ElementType type, std::int64_t zero_point) {
  const IntegerRange range = integer_range(type);
  return std::max(range.high - zero_point, zero_point - range.low);
}

std::int64_t zero_point(const ConvProblem& p, Role role) {
  if (role == Role::kX) return p.x_zero_point;
  return role == Role::kW ? p.w_zero_point : 0;
}

// Bounds under which all sums of a chain are exact.
struct ExactPlan {
  std::int64_t magnitude = 1;  // Of data, weights and biases.
  std::int64_t nonzero =       // Of the second operand, among the terms of one sum.
      std::numeric_limits<std::int64_t>::max();
  bool non_negative = false;  // An unsigned type is written.

  // The largest |partial sum| of every step is exact in the type that it is written in.
  [[nodiscard]] bool exact(const std::vector<ConvProblem>& problems) const {
    const ConvProblem& front = problems.front();
    const auto bounded = [&](const ConvProblem& p, Role role) {
      return std::min(magnitude, largest_magnitude(p.type(role), zero_point(p, role)));
    };
    std::int64_t travelling = bounded(front, front.data_input());
    for (const ConvProblem& p : problems) {
      const Role second = p.operation == Operation::kWgrad ? Role::kY : Role::kW;
      const std::int64_t limit = integer_range(p.type(p.written())).high;
      // A result of the step before loses its zero point here.
      if (&p != &front) travelling += std::abs(zero_point(p, p.data_input()));
      const std::int64_t all = Sums(p).terms;
      // A deconvolution whose padding mode folds meets each of its terms several times.
      const std::int64_t bias = p.has_bias ? 1 : 0;
      const std::int64_t folds = ceil_div(p.term_count() - bias, std::max<std::int64_t>(1, all));
      const std::int64_t terms = capped_product(std::min(all, nonzero), folds, limit);
      const std::int64_t weights = capped_product(bounded(p, second), terms, limit);
      travelling = capped_product(travelling, weights, limit);
      if (p.has_bias) travelling += magnitude;
      if (travelling > limit) return false;
    }
    return true;
  }
};

ExactPlan exact_plan(const Chain& chain) {
  const std::vector<ConvProblem> problems = chain.problems();
  ExactPlan plan;
  for (const ConvProblem& p : problems)
    plan.non_negative = plan.non_negative || p.type(p.written()) == ElementType::kU8;
  if (plan.exact(problems)) {
    std::int64_t widest = 1;
    for (const OperandSpec& spec : operand_specs(chain)) {
      const auto& p = std::get<ConvProblem>(chain.steps[static_cast<std::size_t>(spec.step)]);
      if (!spec.written)
        widest = std::max(widest, largest_magnitude(spec.type, zero_point(p, spec.role)));
    }
    plan.magnitude = largest(1, widest, [&](std::int64_t v) {
      return ExactPlan{v, plan.nonzero, false}.exact(problems);
    });
    return plan;
  }
  std::int64_t most = 1;
  for (const ConvProblem& p : problems) most = std::max(most, Sums(p).terms);
  plan.nonzero = largest(0, most, [&](std::int64_t k) {
    return ExactPlan{1, k, false}.exact(problems);
  });
  return plan;
}

// Fills one operand. The members are what every kind needs to know of it.
class Filler {
 public:
  Filler(const ConvProblem& p, const OperandSpec& spec, std::uint64_t seed)
      : p_(p),
        role_(spec.role),
        type_(spec.type),
        part_(part_of(p, spec.role)),
        random_(seed),
        tensor_(spec.type, spec.shape) {}

  Tensor exact_integers(const ExactPlan& plan, bool only_extremes) {
    const std::int64_t zero = zero_point(p_, role_);
    const IntegerRange range = integer_range(type_);
    const std::int64_t low = std::max(range.low, zero - (plan.non_negative ? 0 : plan.magnitude));
    const std::int64_t high = std::min(range.high, zero + plan.magnitude);
    const auto draw = [&]() -> double {
      if (!only_extremes) return static_cast<double>(random_.between(low, high));
      const std::array<std::int64_t, 3> choices = {low, high, zero};
      return static_cast<double>(choices[static_cast<std::size_t>(random_.below(3))]);
    };
    const Sums sums(p_);
    if (part_ != Part::kSecond || plan.nonzero >= sums.terms) {
      for (std::int64_t i = 0; i < tensor_.count(); ++i) tensor_.set_value(i, draw());
      return std::move(tensor_);
    }
    select(plan.nonzero, [&](std::int64_t at, bool chosen) {
      tensor_.set_value(at, chosen ? draw() : static_cast<double>(zero));
    });
    return std::move(tensor_);
  }

  // Uniform data that only `terms` of each sum meet.
  Tensor few_terms(std::int64_t terms) {
    if (part_ == Part::kBias) return std::move(tensor_);
    if (part_ == Part::kFirst) return uniform();
    select(terms, [&](std::int64_t at, bool chosen) {
      if (chosen) tensor_.set_rounded(at, symmetric());
    });
    return std::move(tensor_);
  }

  Tensor positive() {
    for (std::int64_t i = 0; i < tensor_.count(); ++i) tensor_.set_rounded(i, random_.unit());
    return std::move(tensor_);
  }

  // `draw` times a power of two from an interval.
  template <typename Draw>
  Tensor scaled(double low, double high, const Draw& draw) {
    for (std::int64_t i = 0; i < tensor_.count(); ++i) {
      const double exponent = std::floor(low + (high - low) * random_.unit());
      tensor_.set_rounded(i, std::ldexp(draw(), static_cast<int>(exponent)));
    }
    return std::move(tensor_);
  }
  Tensor graded() {
    return scaled(-20, 20, [&] { return random_.normal(); });
  }
  Tensor tiny() {
    return scaled(-70, -70, [&] { return symmetric(); });
  }

  Tensor uniform() {
    for (std::int64_t i = 0; i < tensor_.count(); ++i) tensor_.set_rounded(i, symmetric());
    return std::move(tensor_);
  }

  Tensor normal() {
    const auto terms = static_cast<double>(std::max<std::int64_t>(1, p_.term_count()));
    const double scale = part_ == Part::kSecond ? 1 / std::sqrt(terms) : 1;
    for (std::int64_t i = 0; i < tensor_.count(); ++i)
      tensor_.set_rounded(i, scale * random_.normal());
    return std::move(tensor_);
  }

  Tensor ill_conditioned() {
    const QuadAxis axis = quad_axis(p_, role_);
    if (part_ == Part::kBias) {
      // As small as what is left of the other terms.
      for (std::int64_t i = 0; i < tensor_.count(); ++i)
        tensor_.set_rounded(i, symmetric() * step() * step());
    } else if (axis.length >= 4) {
      quadruples(axis);
    } else if (part_ == Part::kFirst) {
      for (std::int64_t i = 0; i < tensor_.count(); ++i) tensor_.set_value(i, near(1));
    } else {
      alternate();
    }
    return std::move(tensor_);
  }

  Tensor specials() {
    const ElementTraits& type = traits(type_);
    const double tiny = std::ldexp(1.0, type.min_exponent);
    const double normal = std::ldexp(1.0, type.min_exponent + type.precision_bits - 1);
    const double infinity = std::numeric_limits<double>::infinity();
    const double top =
        std::ldexp(2 - std::ldexp(1.0, 1 - type.precision_bits), type.max_exponent - 1);
    const std::array<double, 4> small = {0.0, tiny, normal - tiny, normal};
    const std::array<double, 5> large = {std::numeric_limits<double>::quiet_NaN(), infinity,
                                         -infinity, top, -top};
    const auto draw_large = [&] { return large[static_cast<std::size_t>(random_.below(5))]; };
    // An output has `terms` chances of either operand: half a large value on average.
    const double large_rate =
        0.25 / static_cast<double>(std::max<std::int64_t>(1, p_.term_count()));
    for (std::int64_t i = 0; i < tensor_.count(); ++i) {
      double v = symmetric();
      if (random_.below(4) == 0)
        v = std::copysign(small[static_cast<std::size_t>(random_.below(4))], v);
      if (random_.unit() < large_rate) v = draw_large();
      tensor_.set_rounded(i, v);
    }
    // The rate may give none at all; the data always hold a few.
    if (part_ == Part::kFirst && tensor_.count() != 0) {
      const std::int64_t forced = std::clamp<std::int64_t>(tensor_.count() / 16, 1, 5);
      const std::int64_t from = random_.below(5);
      for (std::int64_t k = 0; k < forced; ++k)
        tensor_.set_value(random_.below(tensor_.count()),
                          large[static_cast<std::size_t>((from + k) % 5)]);
    }
    return std::move(tensor_);
  }

 private:
  // Calls f(offset, chosen) for the terms of every sum, of which `wanted` are chosen: selection
  // sampling (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
  template <typename F>
  void select(std::int64_t wanted_terms, const F& f) {
    const Sums sums(p_);
    for (std::int64_t sum = 0; sum < sums.count; ++sum) {
      std::int64_t wanted = wanted_terms;
      for (std::int64_t term = 0; term < sums.terms; ++term) {
        const bool chosen = random_.below(sums.terms - term) < wanted;
        wanted -= chosen ? 1 : 0;
        f(sums.offset(sum, term), chosen);
      }
    }
  }

  double symmetric() { return 2 * random_.unit() - 1; }

  // Relative distance of neighbours in kIllConditioned: one to four units in the last place.
  [[nodiscard]] double step() const { return std::ldexp(1.0, 2 - traits(type_).precision_bits); }

  // In +-[1/2, 1 - step/2], so that near() stays within the binade.
  double drawn() {
    const double magnitude = 0.5 + 0.5 * random_.unit() * (1 - step());
    return round_to_type(type_, symmetric() < 0 ? -magnitude : magnitude);
  }
  // a(1+d), not a, with |d| in [step/2, step).
  double near(double a) {
    const double d = (0.5 + 0.5 * random_.unit()) * step();
    return round_to_type(type_, a * (symmetric() < 0 ? 1 - d : 1 + d));
  }

  void quadruples(const QuadAxis& axis) {
    const bool second = part_ == Part::kSecond;
    for (std::int64_t o = 0; o < axis.outer; ++o) {
      for (std::int64_t c = 0; c < axis.length; ++c) {
        const bool complete = c < axis.length / 4 * 4;
        for (std::int64_t i = 0; i < axis.inner; ++i) {
          const std::int64_t at = (o * axis.length + c) * axis.inner + i;
          const auto before = [&](std::int64_t back) {
            return tensor_.value(at - back * axis.inner);
          };
          double v = 0;
          if (!complete && second)
            v = 0;
          else if (c % 4 == 0 || !complete)
            v = drawn();
          else if (c % 4 == 1)
            v = second ? -before(1) : near(before(1));
          else if (c % 4 == 2)
            v = second ? -near(before(2)) : before(2);
          else
            v = second ? -before(1) : before(2);
          tensor_.set_value(at, v);
        }
      }
    }
  }

  // (b, -b) along the terms of every sum; an odd number of them ends in (b, -b/2, -b/2).
  void alternate() {
    const Sums sums(p_);
    for (std::int64_t sum = 0; sum < sums.count; ++sum) {
      double b = 0;
      for (std::int64_t term = 0; term < sums.terms; ++term) {
        const bool odd_end = sums.terms % 2 == 1 && term + 2 >= sums.terms && term > 0;
        if (odd_end)
          tensor_.set_value(sums.offset(sum, term), -b / 2);
        else if (term % 2 == 0)
          tensor_.set_value(sums.offset(sum, term), b = drawn());
        else
          tensor_.set_value(sums.offset(sum, term), -b);
      }
    }
  }

  const ConvProblem& p_;
  Role role_;
  ElementType type_;
  Part part_;
  Random random_;
  Tensor tensor_;
};

}  // namespace

const char* to_string(FillKind kind) { return kNames[static_cast<std::size_t>(kind)].second; }

std::optional<FillKind> parse_fill_kind(std::string_view name) {
  for (const auto& [kind, text] : kNames) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::int64_t ladder_terms(FillKind kind) {
  switch (kind) {
    case FillKind::kTerms1:
      return 1;
    case FillKind::kTerms2:
      return 2;
    case FillKind::kTerms4:
      return 4;
    case FillKind::kTerms16:
      return 16;
    case FillKind::kTerms64:
      return 64;
    case FillKind::kTerms256:
      return 256;
    default:
      return 0;
  }
}

std::vector<Tensor> fill_operands(const Chain& chain, FillKind kind, std::uint64_t seed) {
  const std::uint64_t chain_hash = stable_hash(to_string(kind), stable_hash(to_string(chain)));
  const ExactPlan plan = exact_plan(chain);
  std::vector<Tensor> tensors;
  for (const OperandSpec& spec : operand_specs(chain)) {
    if (spec.written) continue;
    const std::uint64_t operand_hash = stable_hash(spec.name, chain_hash);
    const auto& problem = std::get<ConvProblem>(chain.steps[static_cast<std::size_t>(spec.step)]);
    // The seed passes through the generator first: neighbouring seeds give unrelated streams.
    Filler filler(problem, spec, operand_hash ^ Random(seed).next());
    if (kind == FillKind::kExactInteger || traits(spec.type).is_integer)
      tensors.push_back(filler.exact_integers(plan, kind == FillKind::kSpecial));
    else if (const std::int64_t terms = ladder_terms(kind))
      tensors.push_back(filler.few_terms(terms));
    else if (kind == FillKind::kPositive)
      tensors.push_back(filler.positive());
    else if (kind == FillKind::kGraded)
      tensors.push_back(filler.graded());
    else if (kind == FillKind::kTiny)
      tensors.push_back(filler.tiny());
    else if (kind == FillKind::kUniform)
      tensors.push_back(filler.uniform());
    else if (kind == FillKind::kNormal)
      tensors.push_back(filler.normal());
    else if (kind == FillKind::kIllConditioned)
      tensors.push_back(filler.ill_conditioned());
    else
      tensors.push_back(filler.specials());
  }
  return tensors;
}

std::int64_t exact_integer_bound(const Chain& chain) { return exact_plan(chain).magnitude; }

}  // namespace convcheck
