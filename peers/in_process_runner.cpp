// SPDX-License-Identifier: Apache-2.0
#include "peers/in_process_runner.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "peers/call_checks.hpp"

namespace convcheck::peers {
namespace {

// A law runs few chains on one engine in turn: a problem and its transformed twins.
constexpr std::size_t kCachedPlans = 8;

}  // namespace

// A plan with what every case on its chain needs to know, worked out once.
struct InProcessRunner::Prepared {
  Chain chain;
  PlanOptions options;
  std::vector<OperandSpec> specs;
  std::size_t written = 0;
  std::int64_t written_count = 0;
  Claim claim;
  std::string algorithm;
  ChainPlan plan;
  std::vector<void*> addresses;
  std::vector<Tensor> other;  // Operands of prior calls, made by the first case that asks.
};

InProcessRunner::InProcessRunner(std::unique_ptr<Engine> engine, TimingHook timing)
    : engine_(std::move(engine)), timing_(std::move(timing)), held_(*engine_) {}
InProcessRunner::~InProcessRunner() = default;

Status InProcessRunner::supports(const Chain& chain) { return supports_chain(*engine_, chain); }

Result<InProcessRunner::Prepared*> InProcessRunner::prepared(const Chain& chain,
                                                             const Environment& environment) {
  const auto found = std::find_if(cache_.begin(), cache_.end(), [&](const auto& entry) {
    return entry->options.threads == environment.threads &&
           entry->options.layout == environment.layout && entry->chain == chain;
  });
  if (found != cache_.end()) {
    std::rotate(cache_.begin(), found, found + 1);
    return cache_.front().get();
  }
  const PlanOptions options{environment.threads, environment.layout};
  CONVCHECK_ASSIGN(ChainPlan plan, prepare_chain(*engine_, chain, options));
  auto entry = std::make_unique<Prepared>(Prepared{chain,
                                                   options,
                                                   operand_specs(chain),
                                                   written_index(chain),
                                                   0,
                                                   plan.claim(),
                                                   plan.algorithm(),
                                                   std::move(plan),
                                                   {},
                                                   {}});
  entry->written_count = element_count(entry->specs[entry->written].shape);
  entry->addresses.resize(entry->specs.size());
  if (cache_.size() == kCachedPlans) cache_.pop_back();
  cache_.insert(cache_.begin(), std::move(entry));
  return cache_.front().get();
}

Outcome InProcessRunner::run(const Case& c) {
  try {
    Result<Prepared*> entry = prepared(c.chain, c.environment);
    if (!entry) return outcome_of(entry.error());
    if (Status fits = check_operands(c, (*entry)->specs); !fits)
      return outcome_of({ErrorCode::kUnsupported, fits.error().message});
    return run_prepared(**entry, c);
  } catch (const std::bad_alloc&) {
    return outcome_of({ErrorCode::kUnsupported, "the case does not fit in memory"});
  }
}

std::shared_ptr<HeldProblem> InProcessRunner::hold(const ConvProblem& problem) {
  return held_.hold(problem);
}

Outcome InProcessRunner::run_prepared(Prepared& entry, const Case& c) {
  const std::size_t written = entry.written;
  const OperandSpec& output_spec = entry.specs[written];

  if (c.environment.prior_calls > 0) {
    if (entry.other.empty()) {
      for (const OperandSpec& spec : entry.specs) entry.other.emplace_back(spec.type, spec.shape);
    }
    for (int call = 0; call < c.environment.prior_calls; ++call) {
      for (std::size_t i = 0; i < entry.specs.size(); ++i) {
        Tensor& tensor = entry.other[i];
        if (i != written) fill_other_data(tensor.data(), tensor.type(), tensor.count(), call);
        entry.addresses[i] = tensor.data();
      }
      if (Status s = entry.plan.pack(entry.addresses); !s) return outcome_of(s.error());
      if (Status s = entry.plan.run(entry.addresses); !s) return outcome_of(s.error());
    }
  }

  // Engines take operands as void*; that they leave inputs alone is checked, not trusted.
  std::size_t input_bytes = 0;
  for (const Tensor& tensor : c.operands) input_bytes += tensor.size_bytes();
  if (input_copies_.size() < input_bytes) input_copies_.resize(input_bytes);
  std::byte* copy = input_copies_.data();
  std::size_t next = 0;
  for (std::size_t i = 0; i < entry.specs.size(); ++i) {
    if (i == written) continue;
    const Tensor& tensor = c.operands[next++];
    entry.addresses[i] = const_cast<std::byte*>(tensor.data());
    if (tensor.size_bytes() == 0) continue;
    std::memcpy(copy, tensor.data(), tensor.size_bytes());
    copy += tensor.size_bytes();
  }
  Outcome outcome;
  outcome.claim = entry.claim;
  outcome.algorithm = entry.algorithm;
  outcome.output.emplace(output_spec.type, output_spec.shape);
  Tensor& output = *outcome.output;
  entry.addresses[written] = output.data();
  const std::uint8_t poison = c.environment.poison;
  if (output.size_bytes() != 0) std::memset(output.data(), poison, output.size_bytes());

  if (Status s = entry.plan.pack(entry.addresses); !s) return outcome_of(s.error());
  if (Status s = entry.plan.run(entry.addresses); !s) return outcome_of(s.error());

  const std::byte* original = input_copies_.data();
  next = 0;
  for (std::size_t i = 0; i < entry.specs.size(); ++i) {
    if (i == written) continue;
    const Tensor& tensor = c.operands[next++];
    const std::size_t bytes = tensor.size_bytes();
    if (bytes != 0 && std::memcmp(tensor.data(), original, bytes) != 0) {
      std::size_t at = 0;
      while (tensor.data()[at] == original[at]) ++at;
      outcome.findings.push_back(
          {Finding::Kind::kInputModified, entry.specs[i].name, static_cast<std::int64_t>(at),
           fmt::format("the call changed its input {} at byte {}", entry.specs[i].name, at)});
    }
    original += bytes;
  }

  const std::size_t element_bytes = size_bytes(output_spec.type);
  if (find_poison(output.data(), entry.written_count, element_bytes, poison).count != 0) {
    Tensor again(output_spec.type, output_spec.shape);
    std::memset(again.data(), other_poison(poison), again.size_bytes());
    entry.addresses[written] = again.data();
    if (Status s = entry.plan.run(entry.addresses); !s) return outcome_of(s.error());
    const Poisoned unwritten =
        find_unwritten(output.data(), again.data(), entry.written_count, element_bytes, poison);
    if (unwritten.count != 0) outcome.findings.push_back(unwritten_finding(output_spec, unwritten));
  }

  if (c.environment.concurrent_calls > 1) {
    entry.addresses[written] = output.data();
    const std::vector<const std::byte*> operands = [&] {
      std::vector<const std::byte*> list;
      for (void* address : entry.addresses) list.push_back(static_cast<const std::byte*>(address));
      return list;
    }();
    Result<ConcurrentResult> together = run_concurrently(*engine_, entry.chain, entry.options,
                                                         c.environment.concurrent_calls, operands);
    if (!together) return outcome_of(together.error());
    if (together->finding) outcome.findings.push_back(*together->finding);
    if (together->output) outcome.output = std::move(together->output);
  }
  return outcome;
}

Result<Timing> InProcessRunner::time(const Case& c, const TimingRequest& request) {
  if (!timing_) return fail(ErrorCode::kBadInput, "this runner was made without a timer");
  return timing_(*engine_, c, request);
}

}  // namespace convcheck::peers
