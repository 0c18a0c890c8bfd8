// SPDX-License-Identifier: Apache-2.0
#include "properties/planted.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "core/problem_text.hpp"

namespace convcheck::properties {
namespace {

// The index of a[outer, channel, at] in a tensor of these extents, or -1 outside it.
std::int64_t index_in(std::int64_t outer, std::int64_t outers, std::int64_t channel,
                      std::int64_t channels, const Axes& at, const Axes& extent) {
  if (outer < 0 || outer >= outers || channel < 0 || channel >= channels) return -1;
  std::int64_t index = outer * channels + channel;
  for (std::size_t a = 0; a < 3; ++a) {
    if (at[a] < 0 || at[a] >= extent[a]) return -1;
    index = index * extent[a] + at[a];
  }
  return index;
}

const Axes& extent_of(const ConvProblem& p, Role role) {
  return role == Role::kX ? p.x_extent : role == Role::kW ? p.w_extent : p.y_extent;
}

// Calls f(axes) for every position of a box, last axis fastest.
template <typename F>
void for_each_position(const Axes& extent, F&& f) {
  Axes at{};
  for (at[0] = 0; at[0] < extent[0]; ++at[0])
    for (at[1] = 0; at[1] < extent[1]; ++at[1])
      for (at[2] = 0; at[2] < extent[2]; ++at[2]) f(at);
}

class PlantedPlan final : public Plan {
 public:
  PlantedPlan(const Bug& bug, const ConvProblem& p, int threads)
      : bug_(bug),
        p_(p),
        packed_(static_cast<std::size_t>(element_count(p.w_shape()))),
        sums_(static_cast<std::size_t>(element_count(p.shape(p.written())))) {
    call_.threads = threads;
  }

  Status pack(const void* w) override {
    if (p_.operation == Operation::kWgrad) return {};
    if (bug_.takes_pack(packs_++) && !packed_.empty())
      std::memcpy(packed_.data(), w, packed_.size() * sizeof(float));
    return {};
  }

  Status run(const Operands& given) override {
    Operands operands = given;
    if (p_.operation != Operation::kWgrad) operands.w = packed_.data();
    for_each_element([&](const Element& e, std::size_t i) {
      sums_[i] = bug_.initial(p_, e, static_cast<const float*>(operands.bias));
    });
    add_terms(operands);
    auto* written = static_cast<float*>(operands.get(p_.written()));
    for_each_element([&](const Element& e, std::size_t i) {
      if (bug_.writes(p_, call_, e)) written[i] = sums_[i];
    });
    bug_.after(p_, call_, operands);
    ++call_.runs;
    return {};
  }

  [[nodiscard]] Claim claim() const override {
    return {.algorithm = AlgorithmClass::kDirect,
            .tree_height = std::nullopt,
            .thread_invariant = true,
            .deterministic = true,
            .flushes_subnormals = false};
  }
  [[nodiscard]] OperandLayout layout(Role role) const override { return plain_layout(p_, role); }
  [[nodiscard]] std::size_t workspace_bytes() const override {
    return (packed_.size() + sums_.size()) * sizeof(float);
  }
  [[nodiscard]] std::string algorithm() const override { return "plain-loops"; }

 private:
  template <typename F>
  void for_each_element(F&& f) const {
    const Shape shape = p_.shape(p_.written());
    std::size_t i = 0;
    for (std::int64_t outer = 0; outer < shape[0]; ++outer)
      for (std::int64_t channel = 0; channel < shape[1]; ++channel)
        for_each_position(extent_of(p_, p_.written()), [&](const Axes& at) {
          f(Element{outer, channel, at}, i++);
        });
  }

  void add_terms(const Operands& operands) {
    const std::int64_t group_inputs = p_.in_channels / p_.groups;
    const std::int64_t group_outputs = p_.out_channels / p_.groups;
    for (std::int64_t n = 0; n < p_.batch; ++n) {
      for (std::int64_t m = 0; m < p_.out_channels; ++m) {
        for_each_position(p_.y_extent, [&](const Axes& o) {
          for (std::int64_t c = 0; c < group_inputs; ++c) {
            for_each_position(p_.w_extent, [&](const Axes& t) {
              Term term{.image = n,
                        .y_channel = m,
                        .x_channel = m / group_outputs * group_inputs + c,
                        .w_channel = c,
                        .y = o,
                        .tap = t,
                        .x = {}};
              for (std::size_t a = 0; a < 3; ++a) {
                term.x[a] =
                    padded_index(o[a] * p_.stride[a] + t[a] * p_.dilation[a] - p_.pad_begin[a],
                                 p_.x_extent[a], p_.padding_mode);
                if (p_.orientation == Orientation::kConvolution)
                  term.tap[a] = p_.w_extent[a] - 1 - t[a];
              }
              if (bug_.visit(p_, call_, term)) add_term(term, operands);
            });
          }
        });
      }
    }
  }

  void add_term(const Term& term, const Operands& operands) {
    const std::int64_t x =
        index_in(term.image, p_.batch, term.x_channel, p_.in_channels, term.x, p_.x_extent);
    const std::int64_t w = index_in(term.y_channel, p_.out_channels, term.w_channel,
                                    p_.in_channels / p_.groups, term.tap, p_.w_extent);
    const std::int64_t y =
        index_in(term.image, p_.batch, term.y_channel, p_.out_channels, term.y, p_.y_extent);
    if (x < 0 || w < 0 || y < 0) return;
    const auto value = [&](Role role, std::int64_t i) {
      return static_cast<const float*>(operands.get(role))[i];
    };
    const auto add = [&](std::int64_t i, float a, float b) {
      float& sum = sums_[static_cast<std::size_t>(i)];
      sum = bug_.add(sum, bug_.product(a, b));
    };
    switch (p_.operation) {
      case Operation::kConv:
        return add(y, value(Role::kX, x), value(Role::kW, w));
      case Operation::kDeconv:
        return add(x, value(Role::kY, y), value(Role::kW, w));
      case Operation::kWgrad:
        return add(w, value(Role::kX, x), value(Role::kY, y));
    }
  }

  const Bug& bug_;
  ConvProblem p_;
  std::vector<float> packed_;
  std::vector<float> sums_;
  std::int64_t packs_ = 0;
  CallState call_;
};

class PlantedEngine final : public Engine {
 public:
  PlantedEngine(std::string name, std::unique_ptr<Bug> bug) : bug_(std::move(bug)) {
    info_.name = std::move(name);
    info_.version = "planted";
    info_.loaded = "built in";
    info_.licence = "Apache-2.0";
  }

  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status supports(const ConvProblem& p) const override {
    if (p.x_type == ElementType::kF32 && p.w_type == ElementType::kF32 &&
        p.y_type == ElementType::kF32)
      return {};
    return fail(ErrorCode::kUnsupported, "{} computes f32 only", info_.name);
  }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) override {
    CONVCHECK_TRY(supports(p));
    return std::make_unique<PlantedPlan>(*bug_, p, options.threads);
  }

 private:
  EngineInfo info_;
  std::unique_ptr<Bug> bug_;
};

}  // namespace

std::unique_ptr<Engine> make_planted_engine(std::string name, std::unique_ptr<Bug> bug) {
  return std::make_unique<PlantedEngine>(std::move(name), std::move(bug));
}

std::unique_ptr<Engine> make_plain_engine() {
  return make_planted_engine("plain", std::make_unique<Bug>());
}

}  // namespace convcheck::properties
