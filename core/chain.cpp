// SPDX-License-Identifier: Apache-2.0
#include "core/chain.hpp"

namespace convcheck {
namespace {

// The tensor that travels between two steps.
struct Travelling {
  std::int64_t batch, channels;
  int rank;
  Axes extent;
  ElementType type;
};

Travelling read_by(const ConvProblem& p) {
  if (p.operation == Operation::kDeconv)
    return {p.batch, p.out_channels, p.rank, p.y_extent, p.y_type};
  return {p.batch, p.in_channels, p.rank, p.x_extent, p.x_type};
}

Travelling written_by(const ConvProblem& p) {
  if (p.operation == Operation::kDeconv)
    return {p.batch, p.in_channels, p.rank, p.x_extent, p.x_type};
  return {p.batch, p.out_channels, p.rank, p.y_extent, p.y_type};
}

template <typename T>
Status same(std::size_t step, const char* what, const T& written, const T& read) {
  if (written == read) return {};
  return fail(ErrorCode::kInvalidProblem, "chain step {}: {} is {}, the step before writes {}",
              step + 1, what, read, written);
}

std::string extent_text(const Travelling& t) {
  return to_string(Shape(t.extent.begin() + kMaxRank - t.rank, t.extent.end()));
}

Status check_joint(std::size_t step, const Travelling& from, const Travelling& to) {
  CONVCHECK_TRY(same(step, "rank", from.rank, to.rank));
  CONVCHECK_TRY(same(step, "batch", from.batch, to.batch));
  CONVCHECK_TRY(same(step, "channel count", from.channels, to.channels));
  CONVCHECK_TRY(same(step, "extent", extent_text(from), extent_text(to)));
  return same(step, "element type", to_string(from.type), to_string(to.type));
}

}  // namespace

const ConvProblem& Chain::front() const { return std::get<ConvProblem>(steps.front()); }
const ConvProblem& Chain::back() const { return std::get<ConvProblem>(steps.back()); }

std::vector<ConvProblem> Chain::problems() const {
  std::vector<ConvProblem> list;
  for (const Step& step : steps) {
    if (const auto* problem = std::get_if<ConvProblem>(&step)) list.push_back(*problem);
  }
  return list;
}

double Chain::nominal_macs() const {
  double macs = 0;
  for (const ConvProblem& problem : problems()) macs += problem.nominal_macs();
  return macs;
}

double Chain::valid_macs() const {
  double macs = 0;
  for (const ConvProblem& problem : problems()) macs += problem.valid_macs();
  return macs;
}

Status validate(const Chain& chain) {
  if (chain.steps.empty()) return fail(ErrorCode::kInvalidProblem, "a chain has at least one step");
  if (!std::holds_alternative<ConvProblem>(chain.steps.front()) ||
      !std::holds_alternative<ConvProblem>(chain.steps.back()))
    return fail(ErrorCode::kInvalidProblem,
                "a chain starts and ends with a problem; a shuffle stands between two");
  const std::size_t problems = chain.problems().size();
  if (problems > kMaxChainProblems)
    return fail(ErrorCode::kInvalidProblem, "the chain has {} problems; at most {} are allowed",
                problems, kMaxChainProblems);
  const ConvProblem* previous = nullptr;
  for (std::size_t i = 0; i < chain.steps.size(); ++i) {
    if (const auto* shuffle = std::get_if<Shuffle>(&chain.steps[i])) {
      const std::int64_t channels = written_by(*previous).channels;
      if (shuffle->groups < 1 || channels % shuffle->groups != 0)
        return fail(ErrorCode::kInvalidProblem,
                    "chain step {}: shuffle:{} does not divide the {} channels it is given", i + 1,
                    shuffle->groups, channels);
      continue;
    }
    const auto& problem = std::get<ConvProblem>(chain.steps[i]);
    if (Status valid = validate(problem); !valid) {
      if (chain.is_single()) return valid;
      return fail(valid.error().code, "chain step {}: {}", i + 1, valid.error().message);
    }
    if (!chain.is_single() && problem.operation == Operation::kWgrad)
      return fail(ErrorCode::kInvalidProblem,
                  "chain step {}: wgrad writes weights, which no other step reads", i + 1);
    if (previous != nullptr) CONVCHECK_TRY(check_joint(i, written_by(*previous), read_by(problem)));
    previous = &problem;
  }
  return {};
}

std::vector<OperandSpec> operand_specs(const Chain& chain) {
  std::vector<OperandSpec> specs;
  const auto add = [&](std::string name, const ConvProblem& p, Role role, int step) {
    specs.push_back({std::move(name), role, step, p.type(role), p.shape(role),
                     role == p.written() && step + 1 == static_cast<int>(chain.steps.size())});
  };
  if (chain.is_single()) {
    const ConvProblem& p = chain.front();
    add("x", p, Role::kX, 0);
    add("w", p, Role::kW, 0);
    if (p.has_bias) add("bias", p, Role::kBias, 0);
    add("y", p, Role::kY, 0);
    return specs;
  }
  add("in", chain.front(), chain.front().data_input(), 0);
  int index = 0;
  for (std::size_t i = 0; i < chain.steps.size(); ++i) {
    const auto* p = std::get_if<ConvProblem>(&chain.steps[i]);
    if (p == nullptr) continue;
    add(fmt::format("w{}", index), *p, Role::kW, static_cast<int>(i));
    if (p->has_bias) add(fmt::format("bias{}", index), *p, Role::kBias, static_cast<int>(i));
    ++index;
  }
  add("out", chain.back(), chain.back().written(), static_cast<int>(chain.steps.size()) - 1);
  return specs;
}

bool is_packed(const OperandSpec& spec, const Chain& chain) {
  return spec.role == Role::kW && chain.front().operation != Operation::kWgrad;
}

std::size_t written_index(const Chain& chain) {
  const std::vector<OperandSpec> specs = operand_specs(chain);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].written) return i;
  }
  check_failed("a chain writes one operand", __FILE__, __LINE__, "operand_specs");
}

}  // namespace convcheck
