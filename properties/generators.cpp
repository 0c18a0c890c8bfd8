// SPDX-License-Identifier: Apache-2.0
#include "properties/generators.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/fill.hpp"
#include "core/geometry.hpp"
#include "core/problem_text.hpp"

namespace convcheck::properties {
namespace {

template <typename T>
T pick(Random& random, std::initializer_list<T> values) {
  return values.begin()[random.below(static_cast<std::int64_t>(values.size()))];
}

bool chance(Random& random, std::int64_t one_in) { return random.below(one_in) == 0; }

Operation draw_operation(Random& random, const ProblemSpace& space) {
  for (;;) {
    // conv twice as often: every engine has it, many have nothing else.
    const auto operation =
        pick(random, {Operation::kConv, Operation::kConv, Operation::kDeconv, Operation::kWgrad});
    if ((operation == Operation::kConv && space.conv) ||
        (operation == Operation::kDeconv && space.deconv) ||
        (operation == Operation::kWgrad && space.wgrad))
      return operation;
  }
}

// Around the lane counts of SIMD, where the remainders are.
std::int64_t draw_channels(Random& random) {
  return pick<std::int64_t>(random, {1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 16, 17, 33});
}

void draw_channels(Random& random, Channels kind, ConvProblem& p) {
  const std::int64_t groups = pick<std::int64_t>(random, {2, 2, 3, 4, 5, 8, 17});
  if (kind == Channels::kAny)
    kind = pick(random,
                {Channels::kDense, Channels::kDense, Channels::kGrouped, Channels::kDepthwise});
  p.groups = kind == Channels::kDense ? 1 : groups;
  p.in_channels = p.groups * (kind == Channels::kDepthwise ? 1 : draw_channels(random));
  p.out_channels =
      p.groups * (kind == Channels::kDepthwise ? pick<std::int64_t>(random, {1, 1, 1, 2, 3})
                                               : draw_channels(random));
}

std::int64_t draw_extent(Random& random) {
  return chance(random, 4) ? random.between(10, 35) : random.between(1, 9);
}

bool draw_axis(Random& random, const ProblemSpace& space, std::size_t a, ConvProblem& p) {
  p.x_extent[a] = draw_extent(random);
  p.w_extent[a] = random.between(1, space.max_kernel);
  p.stride[a] = random.between(1, space.max_stride);
  p.dilation[a] = random.between(1, space.max_dilation);
  const std::int64_t k = (p.w_extent[a] - 1) * p.dilation[a] + 1;
  const std::int64_t high = space.max_padding == 0 ? 0 : k + space.max_padding - 1;
  const std::int64_t low = space.negative_padding ? -space.max_padding : 0;
  const auto draw_pad = [&] {
    return chance(random, 3) ? 0 : std::clamp<std::int64_t>(random.between(-2, high), low, high);
  };
  p.pad_begin[a] = draw_pad();
  p.y_extent[a] = output_extent(p.x_extent[a], k, p.stride[a], p.pad_begin[a], draw_pad());
  return p.y_extent[a] > 0;
}

bool draw_axes(Random& random, const ProblemSpace& space, ConvProblem& p) {
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    if (!draw_axis(random, space, a, p)) return false;
  }
  return true;
}

// Reads what `before` writes, with a kernel, channels and geometry of its own.
bool draw_next(Random& random, const ConvProblem& before, std::int64_t channels, ConvProblem& p) {
  p = ConvProblem{};
  p.rank = before.rank;
  p.batch = before.batch;
  p.in_channels = channels;
  p.x_extent = before.y_extent;
  p.groups = channels % 2 == 0 && chance(random, 2) ? 2 : 1;
  p.out_channels = p.groups * random.between(1, 4);
  p.has_bias = chance(random, 3);
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    p.w_extent[a] = random.between(1, 3);
    p.stride[a] = random.between(1, 2);
    p.dilation[a] = random.between(1, 2);
    const std::int64_t k = (p.w_extent[a] - 1) * p.dilation[a] + 1;
    p.pad_begin[a] = random.between(0, k - 1);
    p.y_extent[a] =
        output_extent(p.x_extent[a], k, p.stride[a], p.pad_begin[a], random.between(0, k - 1));
    if (p.y_extent[a] == 0) return false;
  }
  return true;
}

}  // namespace

ConvProblem draw_problem(Random& random, const ProblemSpace& space) {
  for (;;) {
    ConvProblem p;
    p.operation = draw_operation(random, space);
    p.rank = static_cast<int>(random.between(1, kMaxRank));
    p.batch = pick<std::int64_t>(random, {1, 1, 1, 2, 3, 5});
    draw_channels(random, space.channels, p);
    if (!draw_axes(random, space, p)) continue;
    if (space.other_modes && chance(random, 3))
      p.padding_mode =
          pick(random, {PaddingMode::kReflect, PaddingMode::kReplicate, PaddingMode::kCircular});
    if (space.true_convolution && chance(random, 4)) p.orientation = Orientation::kConvolution;
    p.has_bias = space.bias && p.operation != Operation::kWgrad && chance(random, 2);
    if (p.nominal_macs() <= space.max_macs && validate(p)) return p;
  }
}

ConvProblem draw_problem(Random& random, const ProblemSpace& space,
                         bool (*in_domain)(const Chain&)) {
  for (;;) {
    const ConvProblem p = draw_problem(random, space);
    if (in_domain(p)) return p;
  }
}

bool is_single(const Chain& chain) { return chain.is_single(); }

bool is_linear(const Chain& chain) {
  if (!chain.is_single()) return false;
  const ConvProblem& p = chain.front();
  return !traits(p.x_type).is_integer && !traits(p.w_type).is_integer &&
         !traits(p.y_type).is_integer;
}

bool is_linear_without_bias(const Chain& chain) {
  return is_linear(chain) && !chain.front().has_bias;
}

Role partner(const ConvProblem& p) {
  return p.operation == Operation::kWgrad ? Role::kY : Role::kW;
}

Chain draw_chain(Random& random) {
  ProblemSpace space;
  space.deconv = space.wgrad = false;
  space.bias = true;
  space.max_macs = 4000;
  space.max_kernel = 3;
  for (;;) {
    Chain chain(draw_problem(random, space));
    for (std::int64_t more = random.between(1, 2); more > 0; --more) {
      const ConvProblem before = chain.back();
      if (before.out_channels % 2 == 0 && chance(random, 2))
        chain.steps.emplace_back(Shuffle{chance(random, 2) ? before.out_channels : 2});
      ConvProblem next;
      if (!draw_next(random, before, before.out_channels, next)) break;
      chain.steps.emplace_back(next);
    }
    if (chain.problems().size() > 1 && chain.nominal_macs() < 20000 && validate(chain))
      return chain;
  }
}

IntegerFill IntegerFill::draw(Random& random, std::int64_t largest) {
  return {std::min<std::int64_t>(largest, pick<std::int64_t>(random, {1, 3, 16, largest}))};
}

Tensor IntegerFill::tensor(const OperandSpec& spec, Random& random) const {
  Tensor t(spec.type, spec.shape);
  for (std::int64_t i = 0; i < t.count(); ++i)
    t.set_value(i, static_cast<double>(random.between(-bound, bound)));
  return t;
}

LawOperands plain_operands(const Chain& chain) {
  LawOperands specs = operand_specs(chain);
  std::erase_if(specs, [](const OperandSpec& spec) { return spec.written; });
  return specs;
}

LawOperands with_twin(const Chain& chain, Role role) {
  LawOperands specs = plain_operands(chain);
  OperandSpec twin = *std::find_if(specs.begin(), specs.end(),
                                   [&](const OperandSpec& spec) { return spec.role == role; });
  twin.name += "2";
  specs.push_back(std::move(twin));
  return specs;
}

Case exact_case_of(const Chain& chain, const LawOperands& operands, std::uint64_t seed,
                   std::int64_t addends) {
  Random random(seed);
  Case c{chain, {}, draw_environment(random)};
  const std::int64_t largest = exact_integer_bound(chain) / addends;
  const IntegerFill fill = IntegerFill::draw(random, std::max<std::int64_t>(1, largest));
  for (const OperandSpec& spec : operands) c.operands.push_back(fill.tensor(spec, random));
  return c;
}

Case exact_case(const Chain& chain, std::uint64_t seed) {
  if (chain.is_single()) return exact_case_of(chain, plain_operands(chain), seed);
  Random random(seed);
  Case c{chain, fill_operands(chain, FillKind::kExactInteger, random.next()),
         draw_environment(random)};
  return c;
}

Case rounding_case(const Chain& chain, std::uint64_t seed) {
  Random random(seed);
  const auto kind =
      pick(random, {FillKind::kUniform, FillKind::kNormal, FillKind::kIllConditioned});
  return Case{chain, fill_operands(chain, kind, random.next()), draw_environment(random)};
}

Environment draw_environment(Random& random) {
  Environment e;
  e.threads = pick(random, {1, 1, 2, 3});
  e.layout = pick(random, {LayoutChoice::kPlain, LayoutChoice::kPreferred});
  e.guard = pick(random, {GuardSide::kAfter, GuardSide::kBefore});
  e.misalignment_bytes = pick(random, {0, 0, 4, 20});
  e.poison = pick<std::uint8_t>(random, {0xFF, 0xFF, 0x00, 0x7F});
  e.prior_calls = pick(random, {0, 0, 0, 1});
  return e;
}

}  // namespace convcheck::properties
