// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/changed_case.hpp"

#include <utility>

#include "core/chain.hpp"

namespace convcheck::benchmarks {
namespace {

bool changes_sign_with_its_input(const Chain& chain) {
  for (const ConvProblem& p : chain.problems()) {
    for (const Role role : {Role::kX, Role::kW, Role::kY}) {
      if (traits(p.type(role)).is_integer) return false;
    }
    if (p.x_zero_point != 0 || p.w_zero_point != 0) return false;
  }
  return true;
}

// The sign is the highest bit of every floating type.
void negate(Tensor& tensor) {
  const std::size_t bytes = size_bytes(tensor.type());
  for (std::size_t at = bytes - 1; at < tensor.size_bytes(); at += bytes)
    tensor.data()[at] ^= std::byte{0x80};
}

}  // namespace

ChangedCase::ChangedCase(const Case& c, Verifier& verifier, const Check& check, FillKind fill,
                         const VerifyOptions& options)
    : before_(verifier), changed_(c), negated_(changes_sign_with_its_input(c.chain)) {
  std::vector<Tensor> others;
  if (!negated_) others = fill_operands(c.chain, fill, options.seed ^ 1);
  const bool packs = c.chain.front().operation != Operation::kWgrad;
  std::size_t next = 0;
  bool first_input = true;
  for (const OperandSpec& spec : operand_specs(c.chain)) {
    if (spec.written) continue;
    const std::size_t i = next++;
    if (packs && spec.role == Role::kW) continue;
    const bool is_bias = spec.role == Role::kBias;
    if (!negated_) {
      changed_.operands[i] = std::move(others[i]);
    } else if (is_bias || std::exchange(first_input, false)) {
      negate(changed_.operands[i]);
    }
  }
  if (!negated_) after_ = std::make_unique<Verifier>(changed_, check, options);
}

Result<Verification> ChangedCase::verify(Outcome outcome) {
  if (!negated_) return after_->verify(outcome);
  if (outcome.output) negate(*outcome.output);
  return before_.verify(outcome);
}

bool ChangedCase::is_result_before(const Outcome& outcome) {
  const Result<Verification> verification = before_.verify(outcome);
  return verification && !verification->wrong;
}

}  // namespace convcheck::benchmarks
