// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_terms.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "properties/diagnosis_axes.hpp"
#include "properties/diagnosis_change.hpp"
#include "properties/diagnosis_where.hpp"

namespace convcheck::properties::diagnosis {
namespace {

// One product, by what is in it.
struct Product {
  std::int64_t output = 0;
  std::int64_t reduction = 0;
  std::int64_t data = 0;
  std::int64_t free = 0;
  double coefficient = 1;
};

std::string subject(const Where& where, bool of_products = true) {
  std::string out;
  if (where.text.empty())
    out = of_products ? "all products" : "all outputs";
  else
    out = fmt::format("{} with {}", where.outputs ? "outputs" : "products", where.text);
  return where.exact ? out : "some " + (out.starts_with("all ") ? out.substr(4) : out);
}

class Explanation {
 public:
  Explanation(const Incidence& incidence, const Map& map)
      : incidence_(incidence), map_(map), outputs_(incidence.count(incidence.written())) {
    classify();
  }

  std::vector<std::string> all() {
    if (!surplus_.empty()) sentences_ = explain_axes(incidence_, map_);
    if (sentences_.empty()) {
      whole_outputs();
      moved();
      padding();
      left_out();
    }
    other_weights();
    scaled();
    constants();
    return std::move(sentences_);
  }

 private:
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < map_.readings.size(); ++i) {
      const auto output = static_cast<std::int64_t>(i) % outputs_;
      const std::int64_t reduction = map_.reductions[i / static_cast<std::size_t>(outputs_)];
      if (map_.ignored[static_cast<std::size_t>(output)]) continue;
      f(output, reduction, incidence_.expected(output, reduction), map_.readings[i]);
    }
  }

  void classify() {
    const auto n = static_cast<std::size_t>(outputs_);
    expected_count_.resize(n);
    lost_count_.resize(n);
    touched_.resize(n);
    for_each([&](std::int64_t e, std::int64_t r, const Incidence::Expected& expected,
                 const Reading& reading) {
      const auto at = static_cast<std::size_t>(e);
      const std::int64_t free = incidence_.expected_free(e);
      if (expected.data >= 0) ++expected_count_[at];
      if (reading.unknown) {
        touched_[at] = true;
        return;
      }
      if (reading.constant != 0) {
        (expected.data < 0 ? constant_[reading.constant] : replaced_).insert({e, r});
        touched_[at] = true;
        return;
      }
      if (expected.data >= 0 && reading.data != expected.data) {
        lost_.push_back({e, r, expected.data, free});
        ++lost_count_[at];
      }
      if (reading.second >= 0) surplus_.push_back({e, r, reading.second, reading.free});
      if (reading.data >= 0 && reading.data != expected.data)
        surplus_.push_back({e, r, reading.data, reading.free, reading.coefficient});
      if (reading.data < 0 || reading.data != expected.data) return;
      if (reading.free != free) others_.push_back({e, r, reading.data, reading.free});
      if (reading.coefficient != 1)
        scaled_.push_back({e, r, reading.data, reading.free, reading.coefficient});
    });
    for (const Product& p : surplus_) touched_[static_cast<std::size_t>(p.output)] = true;
  }

  using Key = std::pair<std::int64_t, std::int64_t>;  // Output, reduction.
  static std::set<Key> keys(const std::vector<Product>& products) {
    std::set<Key> keys;
    for (const Product& p : products) keys.insert({p.output, p.reduction});
    return keys;
  }

  // Where products of the definition are touched; of the padding, where it is read.
  [[nodiscard]] Where where(const std::set<Key>& touched, bool in_padding = false) const {
    Places places(incidence_, false);
    for_each(
        [&](std::int64_t e, std::int64_t r, const Incidence::Expected& expected, const Reading&) {
          if (in_padding ? expected.data < 0 : expected.data >= 0)
            places.add(expected.at, touched.contains({e, r}));
        });
    return places.where();
  }

  void whole_outputs() {
    Places places(incidence_, true);
    std::int64_t products = 0;
    for (std::int64_t e = 0; e < outputs_; ++e) {
      const auto at = static_cast<std::size_t>(e);
      if (expected_count_[at] == 0) continue;
      const bool none = lost_count_[at] == expected_count_[at] && !touched_[at];
      if (none) products += lost_count_[at];
      places.add(incidence_.expected(e, 0).at, none);
    }
    if (products == 0 || products != static_cast<std::int64_t>(lost_.size())) return;
    sentences_.push_back(
        fmt::format("{} get none of their products", subject(places.where(), false)));
    lost_.clear();
  }

  enum class By { kWeight, kData, kBoth };  // What the two of a pair have in common.
  // A lost product and one in its place.
  struct Pairing {
    std::vector<Change> changes;
    std::set<Key> touched;  // Of the definition's products.
    std::vector<Product> lost;
    std::vector<Product> surplus;  // Unpaired, as are those before.
    std::optional<std::string> phrase;
    Where where;
  };

  [[nodiscard]] Meeting inside(const Product& p) const {
    return incidence_.meeting(p.output, p.data, p.reduction, p.free);
  }

  [[nodiscard]] Key key(const Product& p, By by) const {
    if (by == By::kBoth) return {p.data, incidence_.partner_index(p.reduction, p.free)};
    return {p.output, by == By::kWeight ? p.reduction : p.data};
  }

  [[nodiscard]] Pairing pair_by(By by) const {
    Pairing pairing;
    std::multimap<Key, std::size_t> open;
    for (std::size_t i = 0; i < surplus_.size(); ++i) open.insert({key(surplus_[i], by), i});
    std::vector<bool> used(surplus_.size());
    for (const Product& lost : lost_) {
      const auto at = open.find(key(lost, by));
      if (at == open.end()) {
        pairing.lost.push_back(lost);
        continue;
      }
      used[at->second] = true;
      pairing.touched.insert({lost.output, lost.reduction});
      pairing.changes.push_back({inside(lost), inside(surplus_[at->second])});
      open.erase(at);
    }
    for (std::size_t i = 0; i < surplus_.size(); ++i)
      if (!used[i]) pairing.surplus.push_back(surplus_[i]);
    if (pairing.changes.empty()) return pairing;
    const Role role = by == By::kWeight ? incidence_.data()
                      : by == By::kData ? incidence_.partner()
                                        : incidence_.written();
    pairing.phrase = change_text(incidence_, role, pairing.changes);
    if (by != By::kData && pairing.phrase) absorb_outside(role, pairing);
    pairing.where = where(pairing.touched);
    return pairing;
  }

  // Of a constant shift, products that it takes out of the tensor, or into it from the padding.
  void absorb_outside(Role role, Pairing& pairing) const {
    const std::size_t first = first_place(role);
    const std::optional<Meeting> shift = constant_shift(first, pairing.changes);
    if (!shift) return;
    const auto shifted = [&](Meeting m) {
      for (std::size_t i = 0; i < 5; ++i) m[first + i] += (*shift)[first + i];
      return incidence_.index(role, m);
    };
    std::erase_if(pairing.lost, [&](const Product& p) {
      if (shifted(inside(p)) >= 0) return false;
      pairing.touched.insert({p.output, p.reduction});
      return true;
    });
    if (role != incidence_.data()) return;
    std::erase_if(pairing.surplus, [&](const Product& p) {
      const Incidence::Expected expected = incidence_.expected(p.output, p.reduction);
      return expected.data < 0 && shifted(expected.at) == p.data;
    });
  }

  void moved() {
    if (surplus_.empty() || lost_.empty()) return;
    const auto badness = [](const Pairing& p) {
      return std::tuple(!p.phrase.has_value(), p.lost.size() + p.surplus.size(), !p.where.exact);
    };
    Pairing best = pair_by(By::kWeight);
    const char* verb = "read";
    const auto try_pairing = [&](By by, const char* its_verb) {
      Pairing other = pair_by(by);
      if (badness(best) <= badness(other)) return;
      best = std::move(other);
      verb = its_verb;
    };
    try_pairing(By::kData, "use");
    // A transposed convolution scatters: there a product may land elsewhere.
    if (incidence_.problem().operation == Operation::kDeconv)
      try_pairing(By::kBoth, "are added to");
    if (best.changes.empty()) return;
    if (!best.phrase || !best.where.exact) {
      if (auto text = displaced_outputs(incidence_, map_)) {
        sentences_.push_back(*text);
        lost_.clear();
        surplus_.clear();
        return;
      }
    }
    sentences_.push_back(
        fmt::format("{} {} {}", subject(best.where), verb,
                    best.phrase ? *best.phrase : example_text(incidence_, best.changes)));
    lost_ = std::move(best.lost);
    surplus_ = std::move(best.surplus);
  }

  [[nodiscard]] int axes_outside(const Meeting& m) const {
    int count = 0;
    const std::size_t first = first_place(incidence_.data());
    for (std::size_t i = first + 2; i < first + 5; ++i)
      count += m[i] < 0 || m[i] >= extent_of(incidence_, static_cast<Place>(i)) ? 1 : 0;
    return count;
  }

  void padding() {
    std::set<Key> touched;
    std::vector<Change> changes;
    std::vector<Product> twice;
    for (const Product& p : surplus_) {
      const Incidence::Expected expected = incidence_.expected(p.output, p.reduction);
      if (expected.data >= 0) {
        twice.push_back(p);
        continue;
      }
      touched.insert({p.output, p.reduction});
      changes.push_back({expected.at, inside(p)});
    }
    // Corners lie in two paddings, of which either may decide.
    std::vector<Change> edges;
    for (const Change& c : changes)
      if (axes_outside(c.expected) == 1) edges.push_back(c);
    if (!edges.empty()) changes = std::move(edges);
    if (!changes.empty()) {
      const Where place = where(touched, true);
      const auto phrase = change_text(incidence_, incidence_.data(), changes);
      const bool said = place.text.find("(the padding)") != std::string::npos;
      sentences_.push_back(fmt::format("{}{} read {}", subject(place),
                                       said ? "" : " in the padding",
                                       phrase ? *phrase : example_text(incidence_, changes)));
    }
    if (twice.empty()) return;
    changes.clear();
    for (const Product& p : twice)
      changes.push_back(
          {incidence_.meeting(p.output, incidence_.expected(p.output, p.reduction).data,
                              p.reduction, p.free),
           inside(p)});
    const auto phrase = change_text(incidence_, incidence_.data(), changes);
    sentences_.push_back(fmt::format("{} read {} as well", subject(where(keys(twice)), false),
                                     phrase ? *phrase : example_text(incidence_, changes)));
  }

  void left_out() {
    if (lost_.empty()) return;
    sentences_.push_back(fmt::format("{} are left out", subject(where(keys(lost_)))));
  }

  void other_weights() {
    if (others_.empty()) return;
    std::vector<Change> changes;
    for (const Product& p : others_)
      changes.push_back(
          {incidence_.meeting(p.output, p.data, p.reduction, incidence_.expected_free(p.output)),
           inside(p)});
    const auto phrase = change_text(incidence_, incidence_.partner(), changes);
    sentences_.push_back(fmt::format("{} use {}", subject(where(keys(others_))),
                                     phrase ? *phrase : example_text(incidence_, changes)));
  }

  void scaled() {
    std::map<double, std::set<Key>> by_factor;
    for (const Product& p : scaled_) by_factor[p.coefficient].insert({p.output, p.reduction});
    if (by_factor.size() > 4) return;
    for (const auto& [factor, touched] : by_factor) {
      const Where place = where(touched);
      const std::string what = place.outputs
                                   ? fmt::format("are {} times what they should be", factor)
                               : factor == 2 ? std::string("are added twice")
                                             : fmt::format("are added {} times", factor);
      sentences_.push_back(fmt::format("{} {}", subject(place, !place.outputs), what));
    }
  }

  // What is met in the place of data, whatever those are.
  void constants() {
    for (const auto& [value, touched] : constant_)
      sentences_.push_back(fmt::format("{} in the padding take {} for its value",
                                       subject(where(touched, true)), value));
    if (!replaced_.empty())
      sentences_.push_back(
          fmt::format("{} meet a constant in place of the data", subject(where(replaced_))));
  }

  const Incidence& incidence_;
  const Map& map_;
  std::int64_t outputs_;
  std::vector<std::int64_t> expected_count_;
  std::vector<std::int64_t> lost_count_;
  std::vector<bool> touched_;  // Outputs with products that the definition lacks.
  std::vector<Product> lost_;
  std::vector<Product> surplus_;
  std::vector<Product> others_;  // The right data with the weights of another output.
  std::vector<Product> scaled_;
  std::map<double, std::set<Key>> constant_;  // The padding taken for a number.
  std::set<Key> replaced_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> explain_products(const Incidence& incidence, const Map& map) {
  if (map.readings.empty()) return {};
  return Explanation(incidence, map).all();
}

}  // namespace convcheck::properties::diagnosis
