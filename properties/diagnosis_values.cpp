// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_values.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "properties/diagnosis_terms.hpp"
#include "properties/diagnosis_where.hpp"

namespace convcheck::properties::diagnosis {
namespace {

double zero(std::int64_t /*i*/) { return 0; }
double one(std::int64_t /*i*/) { return 1; }

class Values {
 public:
  explicit Values(Prober& prober)
      : prober_(prober),
        incidence_(prober.incidence()),
        outputs_(incidence_.count(incidence_.written())),
        explained_(static_cast<std::size_t>(outputs_)) {}

  std::vector<std::string> all() {
    const auto nothing = ask_twice();
    if (!nothing || outputs_ == 0) return {};
    unwritten(*nothing);
    if (prober_.environment().prior_calls > 0 && earlier_calls(*nothing)) return sentences_;
    constants(*nothing);
    if (incidence_.problem().has_bias) bias();
    if (sentences_.empty()) {
      std::string swapped = explain_swapped_channels(prober_);
      if (!swapped.empty()) return {std::move(swapped)};
    }
    const Map map = recover_map(prober_, explained_);
    for (std::string& text : explain_products(incidence_, map))
      sentences_.push_back(std::move(text));
    return std::move(sentences_);
  }

 private:
  // Zeros, on outputs filled with two patterns: what keeps both is not written.
  std::optional<Reply> ask_twice() {
    Environment& environment = prober_.environment();
    const std::uint8_t poison = environment.poison;
    environment.poison = 0x55;
    auto first = prober_.ask(zero, zero, zero);
    environment.poison = poison;
    const auto second = first ? prober_.ask(zero, zero, zero) : std::nullopt;
    if (!second) return std::nullopt;
    for (std::size_t e = 0; e < first->unwritten.size(); ++e)
      first->unwritten[e] = first->unwritten[e] && second->unwritten[e];
    first->values = second->values;
    return first;
  }

  template <typename F>
  std::string where(F&& happened) {
    Places places(incidence_, true);
    for (std::int64_t e = 0; e < outputs_; ++e)
      places.add(incidence_.expected(e, 0).at, happened(static_cast<std::size_t>(e)));
    if (places.happened() == 0) return "";
    const Where where = places.where();
    const std::string subject =
        where.text.empty() ? "all outputs" : fmt::format("outputs with {}", where.text);
    return where.exact ? subject : "some " + subject.substr(where.text.empty() ? 4 : 0);
  }
  // "outputs with ow = 3 (the last) are not written", if there are such outputs.
  template <typename F>
  bool say(F&& happened, const std::string& what) {
    const std::string subject = where(happened);
    if (!subject.empty()) sentences_.push_back(fmt::format("{} {}", subject, what));
    return !subject.empty();
  }

  void unwritten(const Reply& nothing) {
    say([&](std::size_t e) { return bool{nothing.unwritten[e]}; }, "are not written");
    for (std::size_t e = 0; e < explained_.size(); ++e)
      explained_[e] = explained_[e] || nothing.unwritten[e];
  }

  // What every call writes there, with zeros in every operand and with ones in the data.
  bool earlier_calls(const Reply& nothing) {
    const auto data = prober_.ask(one, zero, zero);
    const auto partner = prober_.ask(zero, one, zero);
    const auto both = prober_.ask(one, one, one);
    if (!data || !partner || !both) return false;
    const auto kept = [&](std::size_t e) {
      return !explained_[e] && nothing.values[e] != 0 && both->values[e] == nothing.values[e] &&
             data->values[e] == nothing.values[e];
    };
    const auto differs = [&](const Reply& reply) {
      return [&, this](std::size_t e) {
        return !explained_[e] && nothing.values[e] == 0 && reply.values[e] != 0;
      };
    };
    bool said = say(kept, "hold what an earlier call computed");
    const char* partner_name = to_string(incidence_.partner());
    said = say(differs(*data),
               fmt::format("use the {} of an earlier call",
                           incidence_.partner() == Role::kW ? "weights" : partner_name)) ||
           said;
    return say(differs(*partner), "use the data of an earlier call") || said;
  }

  void constants(const Reply& nothing) {
    std::map<double, std::vector<bool>> by_value;
    for (std::size_t e = 0; e < explained_.size(); ++e) {
      if (explained_[e] || nothing.values[e] == 0) continue;
      const double v = nothing.values[e];
      std::vector<bool>& at = by_value[std::isnan(v) ? HUGE_VAL : v];
      at.resize(explained_.size());
      at[e] = explained_[e] = true;
    }
    if (by_value.size() > 3) {
      say([&](std::size_t e) { return !nothing.unwritten[e] && nothing.values[e] != 0; },
          "are not 0 where all operands are 0");
      return;
    }
    for (const auto& [value, at] : by_value)
      say([&, &at = at](std::size_t e) { return bool{at[e]}; },
          fmt::format("are {} where all operands are 0",
                      std::isinf(value) ? "not finite" : fmt::format("{}", value)));
  }

  void bias() {
    const auto reply =
        prober_.ask(zero, zero, [](std::int64_t i) { return static_cast<double>(i + 1); });
    if (!reply) return;
    const std::int64_t channels = incidence_.problem().bias_shape()[0];
    std::map<std::int64_t, std::vector<bool>> borrowed;  // Found less expected channel.
    bool by_image = true;
    bool by_group_channel = true;
    std::vector<bool> wrong(explained_.size());
    std::vector<bool> none(explained_.size());
    std::vector<bool> twice(explained_.size());
    const std::int64_t in_group = channels / incidence_.problem().groups;
    for (std::size_t e = 0; e < explained_.size(); ++e) {
      if (explained_[e]) continue;
      const double found = reply->values[e];
      Meeting m{};
      incidence_.put(incidence_.written(), static_cast<std::int64_t>(e), m);
      const std::size_t first = first_place(incidence_.written());
      const std::int64_t channel = m[first + 1];
      const auto expected = static_cast<double>(channel + 1);
      if (found == expected) continue;
      none[e] = found == 0;
      twice[e] = found == 2 * expected;
      if (none[e] || twice[e]) continue;
      wrong[e] = true;
      const auto code = static_cast<std::int64_t>(found);
      by_image = by_image && code == m[first] % channels + 1;
      by_group_channel = by_group_channel && code == channel % in_group + 1;
      std::vector<bool>& at = borrowed[code - (channel + 1)];
      at.resize(explained_.size());
      at[e] = true;
    }
    say([&](std::size_t e) { return bool{none[e]}; }, "get no bias");
    // A bias that is twice another's may be that one: the other outputs decide.
    say([&](std::size_t e) { return bool{twice[e]} && borrowed.empty(); }, "get the bias twice");
    if (borrowed.empty()) return;
    const auto any = [&](std::size_t e) { return wrong[e] || twice[e]; };
    if (by_image) {
      sentences_.emplace_back("the bias is taken by the number of the image, not of the channel");
    } else if (by_group_channel) {
      sentences_.emplace_back(
          "the bias is taken by the number of the channel in its group, not of the channel");
    } else if (borrowed.size() <= 3) {
      for (const auto& [shift, at] : borrowed)
        say([&, &at = at](std::size_t e) { return bool{at[e]}; },
            fmt::format("get the bias of channel oc{:+}", shift));
    } else {
      say(any, "get another bias than their channel's");
    }
  }

  Prober& prober_;
  const Incidence& incidence_;
  std::int64_t outputs_;
  std::vector<bool> explained_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> explain_values(Prober& prober) { return Values(prober).all(); }

}  // namespace convcheck::properties::diagnosis
