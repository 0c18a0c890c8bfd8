// SPDX-License-Identifier: Apache-2.0
#include "cli/timed_run.hpp"

#include "properties/bounds.hpp"
#include "properties/compare.hpp"

namespace convcheck::cli {

namespace {

// Engines that claim the same are held to the same bounds, which take longer to find than to use.
class BoundsCheck {
 public:
  BoundsCheck(const Chain& chain, const std::vector<Tensor>& operands,
              const reference::ChainResult& exact)
      : chain_(chain), operands_(operands), exact_(exact) {}

  std::optional<std::string> operator()(const Outcome& outcome) {
    const Result<properties::OutputBounds>& bounds = bounds_of(outcome);
    if (!bounds) return bounds.error().message;
    const std::optional<properties::Discrepancy> d =
        properties::first_violation(*outcome.output, exact_.last, *bounds, "output");
    if (!d) return std::nullopt;
    return fmt::format("output{} is {}, should be {} within {:.3g}; {} elements are off",
                       to_string(d->position), d->found, d->expected, d->bound, d->count);
  }

 private:
  struct Known {
    Claim claim;
    std::string algorithm;
    Result<properties::OutputBounds> bounds;
  };

  const Result<properties::OutputBounds>& bounds_of(const Outcome& outcome) {
    for (const Known& known : known_) {
      if (known.claim == outcome.claim && known.algorithm == outcome.algorithm) return known.bounds;
    }
    known_.push_back({outcome.claim, outcome.algorithm,
                      properties::chain_output_bounds(outcome.claim, outcome.algorithm, chain_,
                                                      operands_, exact_)});
    return known_.back().bounds;
  }

  const Chain& chain_;
  const std::vector<Tensor>& operands_;
  const reference::ChainResult& exact_;
  std::vector<Known> known_;
};

}  // namespace

benchmarks::OutputCheck demand_claim(const Chain& chain, const std::vector<Tensor>& operands,
                                     const reference::ChainResult& exact) {
  return BoundsCheck(chain, operands, exact);
}

}  // namespace convcheck::cli
