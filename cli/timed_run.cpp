// SPDX-License-Identifier: Apache-2.0
#include "cli/timed_run.hpp"

#include "properties/bounds.hpp"
#include "properties/compare.hpp"

namespace convcheck::cli {

std::optional<std::string> violation(const Chain& chain, const std::vector<Tensor>& operands,
                                     const reference::ChainResult& exact, const Outcome& outcome) {
  const Result<properties::OutputBounds> bounds =
      properties::chain_output_bounds(outcome.claim, outcome.algorithm, chain, operands, exact);
  if (!bounds) return bounds.error().message;
  const std::optional<properties::Discrepancy> d =
      properties::first_violation(*outcome.output, exact.last, *bounds, "output");
  if (!d) return std::nullopt;
  return fmt::format("output{} is {}, should be {} within {:.3g}; {} elements are off",
                     to_string(d->position), d->found, d->expected, d->bound, d->count);
}

}  // namespace convcheck::cli
