// SPDX-License-Identifier: Apache-2.0
#include "properties/canary_runner.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/chain_plan.hpp"
#include "core/random.hpp"

namespace convcheck::properties {
namespace {

constexpr std::size_t kFieldBytes = 64;
constexpr std::byte kField{0xFF};  // A NaN in every floating type.

// One operand with its fields.
class Placed {
 public:
  explicit Placed(std::size_t bytes) : bytes_(bytes), memory_(bytes + 2 * kFieldBytes, kField) {}
  std::byte* data() { return memory_.data() + kFieldBytes; }
  // Offset of the first changed byte of the fields, from the operand's first byte.
  [[nodiscard]] std::optional<std::int64_t> stray() const {
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      const bool inside = i >= kFieldBytes && i < kFieldBytes + bytes_;
      if (!inside && memory_[i] != kField)
        return static_cast<std::int64_t>(i) - static_cast<std::int64_t>(kFieldBytes);
    }
    return std::nullopt;
  }

 private:
  std::size_t bytes_;
  std::vector<std::byte> memory_;
};

Outcome failure(const Error& error) {
  Outcome outcome;
  outcome.kind =
      error.code == ErrorCode::kUnsupported ? OutcomeKind::kRefused : OutcomeKind::kFailed;
  outcome.reason = error.message;
  return outcome;
}

class CanaryRunner final : public Runner {
 public:
  explicit CanaryRunner(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  [[nodiscard]] const EngineInfo& engine() const override { return engine_->info(); }
  Status supports(const Chain& chain) override { return supports_chain(*engine_, chain); }
  Result<Timing> time(const Case&, const TimingRequest&) override {
    return fail(ErrorCode::kBadInput, "a runner for tests times nothing");
  }

  Outcome run(const Case& c) override {
    Result<ChainPlan> plan =
        prepare_chain(*engine_, c.chain, {c.environment.threads, c.environment.layout});
    if (!plan) return failure(plan.error());
    const std::vector<OperandSpec> specs = operand_specs(c.chain);
    const std::size_t written = written_index(c.chain);
    std::vector<Placed> placed;
    std::vector<void*> addresses;
    for (const OperandSpec& spec : specs)
      placed.emplace_back(static_cast<std::size_t>(element_count(spec.shape)) *
                          size_bytes(spec.type));
    for (Placed& p : placed) addresses.push_back(p.data());

    Outcome outcome;
    outcome.claim = plan->claim();
    outcome.algorithm = plan->algorithm();
    outcome.output.emplace(specs[written].type, specs[written].shape);
    const auto call = [&]() -> Status {
      std::memset(placed[written].data(), c.environment.poison, outcome.output->size_bytes());
      CONVCHECK_TRY(plan->pack(addresses));
      return plan->run(addresses);
    };
    for (int prior = 0; prior < c.environment.prior_calls; ++prior) {
      for (std::size_t i = 0; i < specs.size(); ++i)
        if (i != written) place_other(specs[i], placed[i].data(), prior);
      if (Status s = call(); !s) return failure(s.error());
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (i == written) continue;
      const Tensor& t = c.operands[next++];
      if (t.size_bytes() != 0) std::memcpy(placed[i].data(), t.data(), t.size_bytes());
    }
    if (Status s = call(); !s) return failure(s.error());
    if (outcome.output->size_bytes() != 0)
      std::memcpy(outcome.output->data(), placed[written].data(), outcome.output->size_bytes());
    find(c, specs, written, placed, outcome);
    return outcome;
  }

 private:
  // Small integers: another problem's data, of which nothing may stay.
  static void place_other(const OperandSpec& spec, std::byte* data, int prior) {
    Random random(stable_hash(spec.name) + static_cast<std::uint64_t>(prior));
    Tensor t(spec.type, spec.shape);
    for (std::int64_t i = 0; i < t.count(); ++i)
      t.set_value(i, static_cast<double>(random.between(1, 3)));
    if (t.size_bytes() != 0) std::memcpy(data, t.data(), t.size_bytes());
  }

  static void find(const Case& c, const std::vector<OperandSpec>& specs, std::size_t written,
                   std::vector<Placed>& placed, Outcome& outcome) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (const auto offset = placed[i].stray())
        outcome.findings.push_back(
            {Finding::Kind::kStrayWrite, specs[i].name, *offset,
             fmt::format("byte {} of {} was written", *offset, specs[i].name)});
      if (i == written) continue;
      const Tensor& t = c.operands[next++];
      if (t.size_bytes() != 0 && std::memcmp(placed[i].data(), t.data(), t.size_bytes()) != 0)
        outcome.findings.push_back({Finding::Kind::kInputModified, specs[i].name, 0,
                                    fmt::format("{} was changed", specs[i].name)});
    }
    const std::size_t size = size_bytes(specs[written].type);
    for (std::int64_t i = 0; i < outcome.output->count(); ++i) {
      const std::byte* element = outcome.output->data() + static_cast<std::size_t>(i) * size;
      const bool poisoned = std::all_of(element, element + size, [&](std::byte b) {
        return b == std::byte{c.environment.poison};
      });
      // 0xFF.. is a NaN that no arithmetic makes; other poisons may be results.
      if (!poisoned || c.environment.poison != 0xFF) continue;
      outcome.findings.push_back({Finding::Kind::kPoisonLeft, specs[written].name,
                                  i * static_cast<std::int64_t>(size),
                                  fmt::format("element {} was not written", i)});
      return;
    }
  }

  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<Runner> make_canary_runner(std::unique_ptr<Engine> engine) {
  return std::make_unique<CanaryRunner>(std::move(engine));
}

}  // namespace convcheck::properties
