// SPDX-License-Identifier: Apache-2.0
#include "properties/engine_diff.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/wide.hpp"

namespace convcheck::properties {
namespace {

std::uint64_t bits_of(const Tensor& t, std::int64_t i) {
  const std::size_t size = size_bytes(t.type());
  std::uint64_t bits = 0;
  std::memcpy(&bits, t.data() + static_cast<std::size_t>(i) * size, size);
  return bits;
}

// Of sign and magnitude: the place of a number in the order of its type, both zeros at 0.
std::int64_t rank_of(const Tensor& t, std::int64_t i) {
  const std::uint64_t bits = bits_of(t, i);
  const std::uint64_t sign = std::uint64_t{1} << (8 * size_bytes(t.type()) - 1);
  const auto magnitude = static_cast<std::int64_t>(bits & (sign - 1));
  return (bits & sign) != 0 ? -magnitude : magnitude;
}

// Why a completed outcome is no result all the same.
std::string disqualified(const Outcome& outcome) {
  for (const Finding& f : outcome.findings) {
    if (f.kind != Finding::Kind::kEnvironmentChanged)
      return fmt::format("{}: {}", to_string(f.kind), f.detail);
  }
  return outcome.output ? "" : "it returned no result";
}

struct TwoRuns {
  DiffSide side;
  std::optional<Outcome> outcome;
};

TwoRuns run_twice(Runner& runner, const Case& c) {
  TwoRuns result;
  DiffSide& side = result.side;
  if (const Status supported = runner.supports(c.chain); !supported) {
    side.declined = true;
    side.reason = supported.error().message;
    return result;
  }
  Outcome first = runner.run(c);
  side.algorithm = first.algorithm;
  if (first.kind != OutcomeKind::kCompleted) {
    side.declined = first.kind == OutcomeKind::kRefused;
    side.reason = fmt::format("{}: {}", to_string(first.kind), first.reason);
    return result;
  }
  side.reason = disqualified(first);
  if (!side.reason.empty()) return result;
  side.ran = true;
  const Outcome second = runner.run(c);
  side.repeatable = second.kind == OutcomeKind::kCompleted && second.output == first.output;
  result.outcome = std::move(first);
  return result;
}

Result<reference::ChainResult> solve(const Case& c, const EngineDiffOptions& options) {
  const double macs = c.chain.nominal_macs();
  if (macs > options.exact_macs)
    return fail(ErrorCode::kUnsupported, "{:.3g} multiply-adds are not solved exactly", macs);
  return reference::solve_chain(c.chain, c.operands, {options.oracle_threads});
}

void judge_side(DiffSide& side, const Case& c, const Outcome& outcome,
                const reference::ChainResult& exact) {
  Result<OutputBounds> bounds =
      chain_output_bounds(outcome.claim, outcome.algorithm, c.chain, c.operands, exact);
  if (bounds) {
    if (const auto d = first_violation(*outcome.output, exact.last, *bounds, "output"))
      side.wrong = fmt::format("output{} is {}, should be {} within {:.3g}; {} elements are off",
                               to_string(d->position), d->found, d->expected, d->bound, d->count);
  } else {
    bounds = OutputBounds{};
    bounds->absolute.assign(static_cast<std::size_t>(outcome.output->count()), 0);
  }
  side.accuracy = accuracy(*outcome.output, exact.last, *bounds);
}

ErrorChange error_change(const DiffSide& a, const DiffSide& b, double factor) {
  if (a.wrong.has_value() != b.wrong.has_value())
    return b.wrong ? ErrorChange::kWrong : ErrorChange::kSmaller;
  const double error_a = a.accuracy->max_error_over_us;
  const double error_b = b.accuracy->max_error_over_us;
  if (error_b > factor * error_a) return ErrorChange::kLarger;
  if (error_a > factor * error_b) return ErrorChange::kSmaller;
  return ErrorChange::kSame;
}

}  // namespace

const char* to_string(BitsChange change) {
  switch (change) {
    case BitsChange::kSame:
      return "same";
    case BitsChange::kDiffer:
      return "differ";
    case BitsChange::kUnknown:
      return "unknown";
  }
  return "?";
}

const char* to_string(ErrorChange change) {
  switch (change) {
    case ErrorChange::kSame:
      return "same";
    case ErrorChange::kSmaller:
      return "smaller";
    case ErrorChange::kLarger:
      return "larger";
    case ErrorChange::kWrong:
      return "wrong";
    case ErrorChange::kUnknown:
      return "unknown";
  }
  return "?";
}

double ulps_between(const Tensor& a, const Tensor& b, std::int64_t index) {
  if (bits_of(a, index) == bits_of(b, index)) return 0;
  const double value_a = a.value(index);
  const double value_b = b.value(index);
  if (traits(a.type()).is_integer) return std::fabs(value_a - value_b);
  if (!std::isfinite(value_a) || !std::isfinite(value_b))
    return std::numeric_limits<double>::infinity();
  const Int128 distance = static_cast<Int128>(rank_of(a, index)) - rank_of(b, index);
  return std::fabs(static_cast<double>(distance));
}

std::optional<BitDifference> bit_difference(const Tensor& a, const Tensor& b) {
  const std::optional<Discrepancy> found = first_bit_difference(a, b, "output");
  if (!found) return std::nullopt;
  BitDifference d;
  d.index = found->index;
  d.position = found->position;
  d.a_bits = bits_of(a, d.index);
  d.b_bits = bits_of(b, d.index);
  d.a = a.value(d.index);
  d.b = b.value(d.index);
  d.ulps = ulps_between(a, b, d.index);
  for (std::int64_t i = 0; i < a.count(); ++i)
    d.max_ulps = std::max(d.max_ulps, ulps_between(a, b, i));
  d.differing = found->count;
  return d;
}

EngineDiff diff_engines(Runner& a, Runner& b, const Case& c, const EngineDiffOptions& options) {
  TwoRuns on_a = run_twice(a, c);
  TwoRuns on_b = run_twice(b, c);
  EngineDiff diff;
  const auto finish = [&](std::string reason) {
    diff.a = std::move(on_a.side);
    diff.b = std::move(on_b.side);
    diff.reason = std::move(reason);
    return diff;
  };
  if (!on_a.side.ran || !on_b.side.ran) return finish("");
  const Tensor& result_a = *on_a.outcome->output;
  const Tensor& result_b = *on_b.outcome->output;
  if (result_a.type() != result_b.type() || result_a.shape() != result_b.shape())
    return finish("the results have different types or shapes");
  diff.outputs = result_a.count();
  diff.type = result_a.type();
  std::string reason;
  if (!on_a.side.repeatable || !on_b.side.repeatable) {
    reason = fmt::format("{} does not repeat its own bits", on_a.side.repeatable ? "B" : "A");
  } else {
    diff.first = bit_difference(result_a, result_b);
    diff.bits = diff.first ? BitsChange::kDiffer : BitsChange::kSame;
  }
  if (!options.solve) return finish(std::move(reason));
  if (const Result<reference::ChainResult> exact = solve(c, options); exact) {
    judge_side(on_a.side, c, *on_a.outcome, *exact);
    judge_side(on_b.side, c, *on_b.outcome, *exact);
    diff.error = error_change(on_a.side, on_b.side, options.error_factor);
  } else if (diff.bits == BitsChange::kSame) {
    diff.error = ErrorChange::kSame;
  } else {
    reason += fmt::format("{}{}", reason.empty() ? "" : "; ", exact.error().message);
  }
  return finish(std::move(reason));
}

}  // namespace convcheck::properties
