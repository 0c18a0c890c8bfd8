// SPDX-License-Identifier: Apache-2.0
#include "peers/call_checks.hpp"

#include <array>
#include <cstring>
#include <latch>
#include <memory>
#include <thread>

#include "core/chain_plan.hpp"

namespace convcheck::peers {
namespace {

// The poison repeated over one element.
template <typename T>
T pattern(std::uint8_t poison) {
  T value;
  std::memset(&value, poison, sizeof value);
  return value;
}

template <typename T>
T load(const std::byte* data, std::int64_t i) {
  T value;
  std::memcpy(&value, data + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

// Elements i with bad(i). The count is a plain sum so that the compiler vectorises it: it is nearly
// always zero, and this pass runs over every output of every case.
template <typename Predicate>
Poisoned find(std::int64_t count, Predicate bad) {
  Poisoned found;
  for (std::int64_t i = 0; i < count; ++i) found.count += bad(i) ? 1 : 0;
  if (found.count == 0) return found;
  found.first = 0;
  while (!bad(found.first)) ++found.first;
  return found;
}

template <typename T>
Poisoned find_poison_of(const std::byte* data, std::int64_t count, std::uint8_t poison) {
  const T bad = pattern<T>(poison);
  return find(count, [=](std::int64_t i) { return load<T>(data, i) == bad; });
}

template <typename T>
Poisoned find_unwritten_of(const std::byte* a, const std::byte* b, std::int64_t count,
                           std::uint8_t poison) {
  const T bad_a = pattern<T>(poison);
  const T bad_b = pattern<T>(other_poison(poison));
  return find(count,
              [=](std::int64_t i) { return load<T>(a, i) == bad_a && load<T>(b, i) == bad_b; });
}

// One plan with its own operands.
struct Contestant {
  std::optional<ChainPlan> plan;
  std::vector<Tensor> tensors;
  std::vector<void*> addresses;
  Status status;
};

}  // namespace

Status check_operands(const Case& c, const std::vector<OperandSpec>& specs) {
  if (c.operands.size() + 1 != specs.size())
    return fail(ErrorCode::kBadInput, "the case brings {} operands where the chain reads {}",
                c.operands.size(), specs.size() - 1);
  std::size_t next = 0;
  for (const OperandSpec& spec : specs) {
    if (spec.written) continue;
    const Tensor& tensor = c.operands[next++];
    if (tensor.type() != spec.type || tensor.shape() != spec.shape)
      return fail(ErrorCode::kBadInput, "operand {} is {} {} where the chain reads {} {}",
                  spec.name, to_string(tensor.type()), to_string(tensor.shape()),
                  to_string(spec.type), to_string(spec.shape));
  }
  return {};
}

Outcome outcome_of(const Error& error) {
  Outcome outcome;
  outcome.kind =
      error.code == ErrorCode::kUnsupported ? OutcomeKind::kRefused : OutcomeKind::kFailed;
  outcome.reason = error.message;
  return outcome;
}

Poisoned find_poison(const std::byte* data, std::int64_t count, std::size_t element_bytes,
                     std::uint8_t poison) {
  switch (element_bytes) {
    case 1:
      return find_poison_of<std::uint8_t>(data, count, poison);
    case 2:
      return find_poison_of<std::uint16_t>(data, count, poison);
    case 4:
      return find_poison_of<std::uint32_t>(data, count, poison);
    default:
      return find_poison_of<std::uint64_t>(data, count, poison);
  }
}

Poisoned find_unwritten(const std::byte* after_poison, const std::byte* after_other,
                        std::int64_t count, std::size_t element_bytes, std::uint8_t poison) {
  switch (element_bytes) {
    case 1:
      return find_unwritten_of<std::uint8_t>(after_poison, after_other, count, poison);
    case 2:
      return find_unwritten_of<std::uint16_t>(after_poison, after_other, count, poison);
    case 4:
      return find_unwritten_of<std::uint32_t>(after_poison, after_other, count, poison);
    default:
      return find_unwritten_of<std::uint64_t>(after_poison, after_other, count, poison);
  }
}

Finding unwritten_finding(const OperandSpec& spec, const Poisoned& poisoned) {
  return {Finding::Kind::kPoisonLeft, spec.name,
          poisoned.first * static_cast<std::int64_t>(size_bytes(spec.type)),
          fmt::format("{} of {} elements of {} were not written, the first at flat index {}",
                      poisoned.count, element_count(spec.shape), spec.name, poisoned.first)};
}

void fill_other_data(std::byte* data, ElementType type, std::int64_t count, int call) {
  constexpr int kValues = 5;
  Tensor values(type, {kValues});
  for (int v = 0; v < kValues; ++v) values.set_value(v, type == ElementType::kU8 ? v : v - 2);
  const std::size_t bytes = size_bytes(type);
  for (std::int64_t i = 0; i < count; ++i) {
    // 7 and 3 are no multiples of 5: neighbours differ, and so does one element from call to call.
    const auto v = static_cast<std::size_t>((7 * i + 3 * (call + 1)) % kValues);
    std::memcpy(data + static_cast<std::size_t>(i) * bytes, values.data() + v * bytes, bytes);
  }
}

Result<ConcurrentResult> run_concurrently(Engine& engine, const Chain& chain,
                                          const PlanOptions& options, int calls,
                                          const std::vector<const std::byte*>& operands) {
  const std::vector<OperandSpec> specs = operand_specs(chain);
  const std::size_t written = written_index(chain);
  std::vector<Contestant> contestants(static_cast<std::size_t>(calls));
  for (Contestant& contestant : contestants) {
    CONVCHECK_ASSIGN(ChainPlan plan, prepare_chain(engine, chain, options));
    contestant.plan.emplace(std::move(plan));
    for (std::size_t i = 0; i < specs.size(); ++i) {
      Tensor tensor(specs[i].type, specs[i].shape);
      if (i != written && tensor.size_bytes() != 0)
        std::memcpy(tensor.data(), operands[i], tensor.size_bytes());
      contestant.addresses.push_back(tensor.data());
      contestant.tensors.push_back(std::move(tensor));
    }
  }
  std::latch start(calls);
  std::vector<std::thread> threads;
  threads.reserve(contestants.size());
  for (Contestant& contestant : contestants) {
    threads.emplace_back([&contestant, &start] {
      start.arrive_and_wait();
      contestant.status = contestant.plan->pack(contestant.addresses);
      if (contestant.status) contestant.status = contestant.plan->run(contestant.addresses);
    });
  }
  for (std::thread& thread : threads) thread.join();

  ConcurrentResult result;
  for (Contestant& contestant : contestants) {
    if (!contestant.status) return tl::unexpected<Error>(contestant.status.error());
    Tensor& output = contestant.tensors[written];
    if (output.size_bytes() == 0 ||
        std::memcmp(output.data(), operands[written], output.size_bytes()) == 0)
      continue;
    if (!contestant.plan->claim().deterministic) {
      result.output = std::move(output);
      return result;
    }
    std::int64_t offset = 0;
    while (output.data()[offset] == operands[written][offset]) ++offset;
    result.finding =
        Finding{Finding::Kind::kConcurrencyMismatch, specs[written].name, offset,
                fmt::format("{} plans at once gave other bits of {} than one alone, first at byte "
                            "{}, and the plan promises determinism",
                            calls, specs[written].name, offset)};
    return result;
  }
  return result;
}

}  // namespace convcheck::peers
