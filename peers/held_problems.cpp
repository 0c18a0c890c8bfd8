// SPDX-License-Identifier: Apache-2.0
#include "peers/held_problems.hpp"

#include <array>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "core/chain_plan.hpp"
#include "peers/call_checks.hpp"

namespace convcheck::peers {
namespace {

// The products of one statement about signals of up to 7 positions are some 200 problems.
constexpr std::size_t kKept = 512;

class HeldPlan final : public HeldProblem {
 public:
  HeldPlan(const ConvProblem& p, ChainPlan plan)
      : specs_(operand_specs(p)), plan_(std::move(plan)), claim_(plan_.claim()) {
    std::size_t input_bytes = 0;
    for (const OperandSpec& spec : specs_) {
      Tensor& tensor = operand(spec.role);
      tensor = Tensor(spec.type, spec.shape);
      addresses_.push_back(tensor.data());
      if (spec.written)
        written_ = &tensor;
      else
        input_bytes += tensor.size_bytes();
    }
    copies_.resize(input_bytes);
  }

  [[nodiscard]] const Claim& claim() const override { return claim_; }
  Tensor& operand(Role role) override { return operands_[static_cast<std::size_t>(role)]; }

  bool call() override {
    const std::uint8_t poison = Environment{}.poison;
    for_each_input([](const Tensor& input, std::byte* copy) {
      std::memcpy(copy, input.data(), input.size_bytes());
      return true;
    });
    if (written_->size_bytes() != 0) std::memset(written_->data(), poison, written_->size_bytes());
    if (!plan_.pack(addresses_) || !plan_.run(addresses_)) return false;
    const bool kept = for_each_input([](const Tensor& input, const std::byte* copy) {
      return std::memcmp(copy, input.data(), input.size_bytes()) == 0;
    });
    return kept &&
           find_poison(written_->data(), written_->count(), size_bytes(written_->type()), poison)
                   .count == 0;
  }

 private:
  // Until f says false.
  template <typename F>
  bool for_each_input(const F& f) {
    std::byte* copy = copies_.data();
    for (const OperandSpec& spec : specs_) {
      const Tensor& input = operand(spec.role);
      if (spec.written || input.size_bytes() == 0) continue;
      if (!f(input, copy)) return false;
      copy += input.size_bytes();
    }
    return true;
  }

  const std::vector<OperandSpec> specs_;
  ChainPlan plan_;
  const Claim claim_;
  std::array<Tensor, 4> operands_;
  Tensor* written_ = nullptr;
  std::vector<void*> addresses_;
  std::vector<std::byte> copies_;  // Of the inputs, one after the other.
};

}  // namespace

std::size_t HeldProblems::Hash::operator()(const ConvProblem& p) const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&](std::int64_t v) {
    hash = (hash ^ static_cast<std::uint64_t>(v)) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 32;
  };
  add(static_cast<std::int64_t>(p.operation) * 4 + static_cast<std::int64_t>(p.padding_mode));
  add(static_cast<std::int64_t>(p.orientation));
  add(p.batch);
  add(p.groups);
  add(p.in_channels);
  add(p.out_channels);
  for (const Axes* axes :
       {&p.x_extent, &p.w_extent, &p.y_extent, &p.stride, &p.dilation, &p.pad_begin}) {
    for (const std::int64_t v : *axes) add(v);
  }
  return hash;
}

std::shared_ptr<HeldProblem> HeldProblems::prepare(const ConvProblem& problem) {
  try {
    Result<ChainPlan> plan = prepare_chain(engine_, problem, PlanOptions{});
    if (!plan) return nullptr;
    return std::make_shared<HeldPlan>(problem, *std::move(plan));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

std::shared_ptr<HeldProblem> HeldProblems::hold(const ConvProblem& problem) {
  if (const auto found = places_.find(problem); found != places_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().held;
  }
  if (entries_.size() == kKept) {
    places_.erase(entries_.back().problem);
    entries_.pop_back();
  }
  entries_.push_front({problem, prepare(problem)});
  places_.emplace(problem, entries_.begin());
  return entries_.front().held;
}

}  // namespace convcheck::peers
