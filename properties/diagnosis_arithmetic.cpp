// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "properties/diagnosis_values.hpp"

namespace convcheck::properties::diagnosis {
namespace {

constexpr int kBits = std::numeric_limits<float>::digits;

double rounded(double v, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(v, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)), exponent - bits);
}

double cut(double v, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(v, &exponent);
  return std::ldexp(std::trunc(std::ldexp(fraction, bits)), exponent - bits);
}

bool is_direct(const Claim& claim) {
  return claim.algorithm == AlgorithmClass::kDirect || claim.algorithm == AlgorithmClass::kExact;
}

// Products of one output.
struct Spot {
  std::int64_t output = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> elements;  // Data, partner.
};

// The output that meets the most distinct elements of the data, up to two.
std::optional<Spot> find_spot(const Incidence& incidence) {
  std::optional<Spot> best;
  const std::int64_t outputs =
      std::min<std::int64_t>(incidence.count(incidence.written()), 1 << 12);
  const std::int64_t reductions = std::min<std::int64_t>(incidence.reductions(), 64);
  for (std::int64_t e = 0; e < outputs; ++e) {
    Spot spot{e, {}};
    for (std::int64_t r = 0; r < reductions && spot.elements.size() < 2; ++r) {
      const std::int64_t data = incidence.expected(e, r).data;
      if (data < 0 || (!spot.elements.empty() && spot.elements[0].first == data)) continue;
      spot.elements.emplace_back(data, incidence.partner_index(r, incidence.expected_free(e)));
    }
    if (!spot.elements.empty() && (!best || spot.elements.size() > best->elements.size()))
      best = spot;
    if (best && best->elements.size() == 2) break;
  }
  return best;
}

// "8 significant bits (bf16)".
std::string precision_text(int bits) {
  const char* known = bits == 8 ? " (bf16)" : bits == 11 ? " (tf32 or f16)" : "";
  return fmt::format("{} significant bits{}", bits, known);
}

class Arithmetic {
 public:
  Arithmetic(Prober& prober, Spot spot) : prober_(prober), spot_(std::move(spot)) {}

  std::vector<std::string> all() {
    const Incidence& incidence = prober_.incidence();
    if (!on_grid()) {
      operand(to_string(incidence.data()), true);
      operand(to_string(incidence.partner()), false);
    }
    if (sentences_.empty()) products();
    if (sentences_.empty()) single_products();
    if (sentences_.empty()) small_products();
    if (sentences_.empty() && spot_.elements.size() == 2) sums();
    return std::move(sentences_);
  }

 private:
  // a1 b1, plus a2 b2 where the spot has two.
  std::optional<double> answer(double a1, double b1, double a2 = 0, double b2 = 0) {
    const auto value = [&](bool data, double first, double second) {
      return [this, data, first, second](std::int64_t i) {
        const auto of = [&](std::size_t k) {
          return data ? spot_.elements[k].first : spot_.elements[k].second;
        };
        if (i == of(0)) return first;
        return spot_.elements.size() > 1 && i == of(1) ? second : 0.0;
      };
    };
    const auto reply = prober_.ask(
        value(true, a1, a2), value(false, b1, b2), [](std::int64_t) { return 0.0; }, false);
    if (!reply || !is_direct(reply->claim)) return std::nullopt;
    return reply->values[static_cast<std::size_t>(spot_.output)];
  }

  // Full mantissas, of which rounding to any number of bits goes up for one and down for another.
  static constexpr std::array<float, 3> kFull = {0x1.555557p0F, 0x1.aaaaabp0F, 0x1.cb2d35p0F};

  void operand(const char* name, bool data) {
    std::array<double, kFull.size()> found{};
    bool whole = true;
    for (std::size_t i = 0; i < kFull.size(); ++i) {
      const auto v = data ? answer(kFull[i], 1) : answer(1, kFull[i]);
      if (!v) return;
      found[i] = *v;
      whole = whole && *v == kFull[i];
    }
    for (int bits = 4; !whole && bits < kBits; ++bits) {
      bool rounds = true;
      bool cuts = true;
      for (std::size_t i = 0; i < kFull.size(); ++i) {
        rounds = rounds && found[i] == rounded(kFull[i], bits);
        cuts = cuts && found[i] == cut(kFull[i], bits);
      }
      if (!rounds && !cuts) continue;
      const char* how = rounds ? "rounded" : "cut";
      // Both factors fit; does the product?
      const double factor = 1 + std::ldexp(1, 1 - bits);
      const auto product = data ? answer(factor, 1.5) : answer(1.5, factor);
      if (product && *product != factor * 1.5) {
        if (data) sentences_.push_back(fmt::format("sums are {} to {}", how, precision_text(bits)));
      } else {
        sentences_.push_back(
            fmt::format("{} is {} to {} before it is multiplied", name, how, precision_text(bits)));
      }
      return;
    }
  }

  // Whether small products lose more bits than large ones do.
  bool on_grid() {
    const auto large = answer(kFull[0], 1);
    const auto small = answer(kFull[0] * 0x1p-8F, 1);
    if (!large || !small || *small == *large * 0x1p-8 || *large == kFull[0]) return false;
    const double off = std::fabs(*large - kFull[0]);
    sentences_.push_back(fmt::format("sums lie on a grid of about 2^{}",
                                     static_cast<int>(std::ceil(std::log2(2 * off)))));
    return true;
  }

  // One element of the data alone is not zero: every output that meets it is one product, rounded
  // once, whatever the order of summation.
  void single_products() {
    const Incidence& incidence = prober_.incidence();
    if (incidence.reductions() * incidence.count(incidence.written()) > 1 << 22) return;
    const std::int64_t data = spot_.elements.back().first;
    const auto partner = [](std::int64_t i) {
      return static_cast<double>(kFull[static_cast<std::size_t>(i) % kFull.size()] +
                                 static_cast<float>(i % 61) * 0x1p-9F);
    };
    const auto reply = prober_.ask([&](std::int64_t i) { return i == data ? kFull[1] : 0.0; },
                                   partner, [](std::int64_t) { return 0.0; }, false);
    if (!reply || !is_direct(reply->claim)) return;
    std::map<std::int64_t, std::vector<double>> products;  // By output, exact.
    for (std::int64_t r = 0; r < incidence.reductions(); ++r) {
      for (std::int64_t e = 0; e < incidence.count(incidence.written()); ++e) {
        if (incidence.expected(e, r).data == data)
          products[e].push_back(kFull[1] *
                                partner(incidence.partner_index(r, incidence.expected_free(e))));
      }
    }
    std::int64_t met = 0;
    std::vector<std::pair<double, double>> wrong;  // Exact, found.
    for (const auto& [e, exact] : products) {
      if (exact.size() != 1) continue;  // Padding that folds meets an element more than once.
      const double found = reply->values[static_cast<std::size_t>(e)];
      ++met;
      if (found != static_cast<double>(static_cast<float>(exact[0])))
        wrong.emplace_back(exact[0], found);
    }
    if (wrong.empty()) return;
    for (int bits = 4; bits < kBits - 2; ++bits) {
      if (!std::all_of(wrong.begin(), wrong.end(), [bits](const auto& pair) {
            return pair.second == cut(pair.first, bits) || pair.second == rounded(pair.first, bits);
          }))
        continue;
      sentences_.push_back(fmt::format("partial sums of {} of {} outputs keep {}", wrong.size(),
                                       met, precision_text(bits)));
      return;
    }
    sentences_.push_back(
        fmt::format("{} of {} outputs that are one single product are not that product rounded: "
                    "they go through a transform (Winograd, FFT), which a direct sum does not",
                    wrong.size(), met));
  }

  void products() {
    bool truncated = true;
    bool right = true;
    double low = HUGE_VAL;
    double high = -HUGE_VAL;
    for (const float a : kFull) {
      for (const float b : kFull) {
        const auto found = answer(a, b);
        if (!found) return;
        const double exact = static_cast<double>(a) * b;
        right = right && *found == static_cast<double>(static_cast<float>(exact));
        truncated = truncated && *found == cut(exact, kBits);
        low = std::min(low, *found / exact - 1);
        high = std::max(high, *found / exact - 1);
      }
    }
    if (right) return;
    if (truncated) {
      sentences_.emplace_back("products are cut where they should be rounded to nearest");
    } else if (high - low < 4 * std::ldexp(1, -kBits) && low * high > 0) {
      sentences_.push_back(fmt::format("every product is too {} by {:.2g} of itself",
                                       low > 0 ? "large" : "small", std::fabs(low + high) / 2));
    } else {
      const double worst = std::max(std::fabs(low), std::fabs(high));
      sentences_.push_back(fmt::format("products have about {} correct bits of {}",
                                       static_cast<int>(-std::log2(worst)), kBits));
    }
  }

  // Products that are whole near 1 may lie on a grid, or vanish.
  void small_products() {
    for (int k = 4; k <= 60; k += 4) {
      const double b = std::ldexp(1, -k);
      const auto found = answer(kFull[0], b);
      if (!found) return;
      if (*found == kFull[0] * b) continue;
      sentences_.push_back(
          *found == 0 ? fmt::format("products as small as 2^-{} vanish", k)
                      : fmt::format("products as small as 2^-{} lose bits: sums lie on a grid", k));
      return;
    }
  }

  void sums() {
    for (int k = 2; k < kBits; ++k) {
      const double small = std::ldexp(1, -k);
      const auto late = answer(1, 1, small, 1);
      const auto early = answer(small, 1, 1, 1);
      if (!late || !early) return;
      if (*late == 1 + small && *early == 1 + small) continue;
      sentences_.push_back(fmt::format("sums keep {}: 1 + 2^-{} becomes {}", precision_text(k), k,
                                       *late == 1 + small ? *early : *late));
      return;
    }
  }

  Prober& prober_;
  Spot spot_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> explain_arithmetic(Prober& prober) {
  const ConvProblem& p = prober.incidence().problem();
  for (const ElementType type : {p.x_type, p.w_type, p.y_type})
    if (type != ElementType::kF32) return {};
  std::optional<Spot> spot = find_spot(prober.incidence());
  return spot ? Arithmetic(prober, *std::move(spot)).all() : std::vector<std::string>{};
}

}  // namespace convcheck::properties::diagnosis
