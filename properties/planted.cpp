// SPDX-License-Identifier: Apache-2.0
#include "properties/planted.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

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

// How an element reaches memory: the operands of integer problems hold other types than f32.
float load(ElementType type, const void* data, std::int64_t i) {
  switch (type) {
    case ElementType::kU8:
      return static_cast<const std::uint8_t*>(data)[i];
    case ElementType::kS8:
      return static_cast<const std::int8_t*>(data)[i];
    default:
      return static_cast<const float*>(data)[i];
  }
}

class PlantedPlan final : public Plan {
 public:
  PlantedPlan(const Bug& bug, const ConvProblem& p, const PlanOptions& options)
      : bug_(bug),
        p_(p),
        preferred_(options.layout == LayoutChoice::kPreferred && bug.channels_last() &&
                   p.rank == 2 && p.y_type == ElementType::kF32),
        packed_(static_cast<std::size_t>(element_count(p.w_shape())) * size_bytes(p.w_type)),
        sums_(static_cast<std::size_t>(element_count(p.shape(p.written())))) {
    call_.threads = options.threads;
    if (bug.gathers()) products_.resize(sums_.size());
  }

  Status pack(const void* w) override {
    if (p_.operation == Operation::kWgrad) return {};
    const bool same = w == last_pack_;
    last_pack_ = w;
    // A bug may write what it must not.
    auto* writable = static_cast<float*>(const_cast<void*>(w));
    if (bug_.takes_pack(p_, packs_++, same, writable) && !packed_.empty())
      std::memcpy(packed_.data(), w, packed_.size());
    return {};
  }

  Status run(const Operands& given) override {
    Operands operands = given;
    if (p_.operation != Operation::kWgrad) operands.w = packed_.data();
    CONVCHECK_TRY(bug_.before(p_, call_, operands));
    if (preferred_) plain_operands(operands);
    if (!bug_.computes(p_, operands, sums_)) add_terms(operands);
    write(operands.get(p_.written()));
    if (preferred_) {
      const Role role = p_.written();
      if (bug_.transposes(p_, role))
        transpose(role, operands.get(role), given.get(role), true);
      else if (bytes(role) != 0)
        std::memcpy(given.get(role), operands.get(role), bytes(role));
    }
    bug_.after(p_, call_, operands);
    ++call_.runs;
    return {};
  }

  [[nodiscard]] Claim claim() const override { return bug_.claim(p_); }
  [[nodiscard]] OperandLayout layout(Role role) const override {
    OperandLayout layout = plain_layout(p_, role);
    layout.alignment_bytes = std::max(layout.alignment_bytes, bug_.demands().alignment_bytes);
    layout.read_slack_bytes = bug_.demands().read_slack_bytes;
    if (preferred_ && role != Role::kBias) {
      layout.opaque = true;
      layout.strides.clear();
    }
    return layout;
  }
  Status import_operand(Role role, const void* plain, void* native) override {
    if (!preferred_) return Plan::import_operand(role, plain, native);
    transpose(role, plain, native, true);
    return {};
  }
  Status export_operand(Role role, const void* native, void* plain) override {
    if (!preferred_) return Plan::export_operand(role, native, plain);
    transpose(role, native, plain, false);
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const override {
    return packed_.size() + sums_.size() * sizeof(float);
  }
  [[nodiscard]] std::string algorithm() const override { return "plain-loops"; }

 private:
  // Between [outer, channel, position] and [outer, position, channel]. Everything of rank 2.
  void transpose(Role role, const void* from, void* to, bool to_last) const {
    const Shape shape = p_.shape(role);
    if (role == Role::kBias) return static_cast<void>(std::memcpy(to, from, bytes(role)));
    const auto* in = static_cast<const float*>(from);
    auto* out = static_cast<float*>(to);
    const std::int64_t area = shape[2] * shape[3];
    for (std::int64_t o = 0; o < shape[0]; ++o)
      for (std::int64_t c = 0; c < shape[1]; ++c)
        for (std::int64_t i = 0; i < area; ++i) {
          const std::int64_t plain = (o * shape[1] + c) * area + i;
          const std::int64_t last = (o * area + i) * shape[1] + c;
          out[to_last ? last : plain] = in[to_last ? plain : last];
        }
  }
  [[nodiscard]] std::size_t bytes(Role role) const {
    return static_cast<std::size_t>(element_count(p_.shape(role))) * size_bytes(p_.type(role));
  }

  // Copies of the operands in plain layout; a copy for the result, too.
  void plain_operands(Operands& operands) {
    for (const Role role : {Role::kX, Role::kW, Role::kY}) {
      std::vector<std::byte>& copy = copies_[static_cast<std::size_t>(role)];
      copy.resize(bytes(role));
      if (copy.empty()) continue;
      if (role != p_.written()) {
        if (bug_.transposes(p_, role))
          transpose(role, operands.get(role), copy.data(), false);
        else
          std::memcpy(copy.data(), operands.get(role), copy.size());
      }
      operands.set(role, copy.data());
    }
  }

  template <typename F>
  void for_each_element(F&& f) const {
    const Shape shape = p_.shape(p_.written());
    std::int64_t i = 0;
    for (std::int64_t outer = 0; outer < shape[0]; ++outer)
      for (std::int64_t channel = 0; channel < shape[1]; ++channel)
        for_each_position(extent_of(p_, p_.written()), [&](const Axes& at) {
          f(Element{outer, channel, at, i++});
        });
  }

  void write(void* written) const {
    for_each_element([&](const Element& e) {
      const std::int64_t i = bug_.place(p_, call_, e);
      if (i < 0 || i >= static_cast<std::int64_t>(sums_.size())) return;
      const float sum = sums_[static_cast<std::size_t>(e.index)];
      if (p_.y_type == ElementType::kF32)
        static_cast<float*>(written)[i] = sum;
      else
        static_cast<std::int32_t*>(written)[i] = static_cast<std::int32_t>(std::lrint(sum));
    });
  }

  // The terms of all outputs, image by image and channel by channel.
  void add_terms(const Operands& operands) {
    for (std::vector<Product>& products : products_) products.clear();
    for_each_element([&](const Element& e) {
      sums_[static_cast<std::size_t>(e.index)] =
          bug_.initial(p_, e, static_cast<const float*>(operands.bias));
    });
    const std::int64_t group_inputs = p_.in_channels / p_.groups;
    const std::int64_t group_outputs = p_.out_channels / p_.groups;
    for (std::int64_t n = 0; n < p_.batch; ++n) {
      for (std::int64_t m = 0; m < p_.out_channels; ++m) {
        for_each_position(p_.y_extent, [&](const Axes& o) {
          for (std::int64_t c = 0; c < group_inputs; ++c)
            for_each_position(p_.w_extent, [&](const Axes& t) {
              add_term({.image = n,
                        .x_image = n,
                        .y_channel = m,
                        .x_channel = m / group_outputs * group_inputs + c,
                        .w_outer = m,
                        .w_channel = c,
                        .y = o,
                        .tap = t,
                        .x = {}},
                       operands);
            });
        });
      }
    }
    for (std::size_t i = 0; i < products_.size(); ++i)
      sums_[i] = bug_.reduce(call_, products_[i], sums_[i]);
  }

  void add_term(Term term, const Operands& operands) {
    bool padded = false;
    for (std::size_t a = 0; a < 3; ++a) {
      if (p_.orientation == Orientation::kConvolution)
        term.tap[a] = p_.w_extent[a] - 1 - term.tap[a];
      term.x[a] = padded_index(unpadded_index(p_, term, a), p_.x_extent[a], p_.padding_mode);
      padded = padded || term.x[a] < 0;
    }
    if (!bug_.visit(p_, call_, term)) return;
    const std::int64_t x =
        index_in(term.x_image, p_.batch, term.x_channel, p_.in_channels, term.x, p_.x_extent);
    const std::int64_t w = index_in(term.w_outer, p_.out_channels, term.w_channel,
                                    p_.in_channels / p_.groups, term.tap, p_.w_extent);
    const std::int64_t y =
        index_in(term.image, p_.batch, term.y_channel, p_.out_channels, term.y, p_.y_extent);
    if (w < 0 || y < 0) return;
    const auto value = [&](Role role, std::int64_t i) {
      return bug_.operand(p_, role, load(p_.type(role), operands.get(role), i));
    };
    if (x < 0) {
      const std::optional<float> filler = padded ? bug_.padding(p_) : std::nullopt;
      if (filler && p_.operation == Operation::kConv) add(y, *filler, value(Role::kW, w));
      return;
    }
    switch (p_.operation) {
      case Operation::kConv:
        return add(y, value(Role::kX, x), value(Role::kW, w));
      case Operation::kDeconv:
        return add(x, value(Role::kY, y), value(Role::kW, w));
      case Operation::kWgrad:
        return add(w, value(Role::kX, x), value(Role::kY, y));
    }
  }

  void add(std::int64_t i, float a, float b) {
    const auto at = static_cast<std::size_t>(i);
    if (bug_.gathers()) return products_[at].push_back({a, b});
    sums_[at] = bug_.add(sums_[at], bug_.product(a, b));
  }

  const Bug& bug_;
  ConvProblem p_;
  bool preferred_;
  std::vector<std::byte> packed_;
  std::vector<float> sums_;
  std::vector<std::vector<Product>> products_;
  std::array<std::vector<std::byte>, 4> copies_;
  const void* last_pack_ = nullptr;
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
    // A gathered product takes eight bytes.
    if (bug_->gathers() && p.nominal_macs() > 0x1p24)
      return fail(ErrorCode::kUnsupported, "{} gathers 2^24 products at most", info_.name);
    if (p.x_type == ElementType::kF32 && p.w_type == ElementType::kF32 &&
        p.y_type == ElementType::kF32)
      return {};
    const auto narrow = [](ElementType t) {
      return t == ElementType::kU8 || t == ElementType::kS8;
    };
    if (narrow(p.x_type) && narrow(p.w_type) && p.y_type == ElementType::kS32 &&
        p.operation == Operation::kConv && !p.has_bias && p.term_count() * 255 * 255 < 1 << 24)
      return {};
    return fail(ErrorCode::kUnsupported,
                "{} computes f32, and u8 and s8 to s32 (conv, no bias) with 257 terms at most",
                info_.name);
  }
  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& p, const PlanOptions& options) override {
    CONVCHECK_TRY(supports(p));
    return std::make_unique<PlantedPlan>(*bug_, p, options);
  }

 private:
  EngineInfo info_;
  std::unique_ptr<Bug> bug_;
};

}  // namespace

std::int64_t unpadded_index(const ConvProblem& p, const Term& t, std::size_t axis) {
  const std::int64_t tap =
      p.orientation == Orientation::kConvolution ? p.w_extent[axis] - 1 - t.tap[axis] : t.tap[axis];
  return t.y[axis] * p.stride[axis] + tap * p.dilation[axis] - p.pad_begin[axis];
}

bool is_depthwise(const ConvProblem& p) { return p.groups > 1 && p.groups == p.in_channels; }

float Bug::operand(const ConvProblem& p, Role role, float stored) const {
  if (p.y_type == ElementType::kF32 || role == Role::kY) return stored;
  return stored - static_cast<float>(role == Role::kX ? p.x_zero_point : p.w_zero_point);
}

float cut_to(int bits, float v) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(v) & ~((1U << (24 - bits)) - 1));
}

float round_to(int bits, float v) {
  if (!std::isfinite(v)) return v;
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(v), &exponent);
  return static_cast<float>(
      std::ldexp(std::nearbyint(std::ldexp(fraction, bits)), exponent - bits));
}

std::vector<float> rounded_products(std::span<const Product> products) {
  std::vector<float> terms;
  terms.reserve(products.size());
  for (const Product& p : products) terms.push_back(p.a * p.b);
  return terms;
}

float pairwise_sum(std::span<const Product> products) {
  if (products.size() <= 1) return products.empty() ? 0.0F : products[0].a * products[0].b;
  const std::size_t half = products.size() / 2;
  return pairwise_sum(products.first(half)) + pairwise_sum(products.subspan(half));
}

void spoil(const ConvProblem& p, const Operands& operands, std::int64_t index,
           float (*change)(float)) {
  const std::int64_t count = element_count(p.shape(p.written()));
  if (index < 0) index += count;
  if (index < 0 || index >= count || p.y_type != ElementType::kF32) return;
  float& element = static_cast<float*>(operands.get(p.written()))[index];
  element = change(element);
}

std::unique_ptr<Engine> make_planted_engine(std::string name, std::unique_ptr<Bug> bug) {
  return std::make_unique<PlantedEngine>(std::move(name), std::move(bug));
}

std::unique_ptr<Engine> make_plain_engine() {
  return make_planted_engine("plain", std::make_unique<Bug>());
}

}  // namespace convcheck::properties
