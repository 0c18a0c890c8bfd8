// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/geometry.hpp"
#include "properties/table/exact.hpp"
#include "properties/textbook/checks.hpp"

namespace convcheck::properties::textbook {
namespace {

using table::Block;
using table::ExactAlgebra;
using table::Setting;
using Signal = std::vector<std::int64_t>;

constexpr auto kConv = Orientation::kConvolution;
constexpr auto kCorr = Orientation::kCrossCorrelation;

Block block(const Signal& f) {
  Block b;
  b.span[2].extent = static_cast<std::int32_t>(f.size());
  b.values = f.data();
  return b;
}

Signal values(const Block& f) { return {f.values, f.values + f.count()}; }

// f[n] for n on Z.
std::int64_t at(const Block& f, std::int32_t n) {
  const std::int32_t i = n - f.span[2].offset;
  return i >= 0 && i < f.span[2].extent ? f.values[i] : 0;
}

std::int64_t inner(const Signal& f, const Signal& g) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < std::min(f.size(), g.size()); ++i) sum += f[i] * g[i];
  return sum;
}

std::string text(const Signal& f) { return fmt::format("[{}]", fmt::join(f, ", ")); }

Signal unit(std::int32_t length, std::int32_t position) {
  Signal f(static_cast<std::size_t>(length), 0);
  f[static_cast<std::size_t>(position)] = 1;
  return f;
}

// Every signal of 1 to `longest` values in {-1, 0, 1}.
template <typename Visit>
void for_each_signal(std::size_t longest, Visit&& visit) {
  for (std::size_t n = 1; n <= longest; ++n) {
    Signal f(n, -1);
    for (std::size_t i = 0; i < n;) {
      visit(f);
      for (i = 0; i < n && f[i] == 1; ++i) f[i] = -1;
      if (i < n) ++f[i];
    }
  }
}

}  // namespace

CheckResult even_origin() {
  CheckResult result;
  ExactAlgebra algebra(1, 1);
  const Signal x = {3, 1, 4, 15, 9, 2, 6, 5, 35};
  for (std::int32_t k = 1; k <= 8; ++k) {
    std::int32_t copies[2] = {-1, -1};
    for (std::int32_t t = 0; t < k; ++t) {
      const Signal w = unit(k, t);
      for (const Orientation orientation : {kCorr, kConv}) {
        algebra.reset();
        const Block y = algebra.product(block(x), block(w), {Setting::kSameUpper, orientation, 1});
        if (values(y) == x) copies[orientation == kConv ? 1 : 0] = t;
        ++result.cases;
      }
    }
    result.holds = result.holds && copies[0] == (k - 1) / 2 && copies[1] == k / 2 &&
                   (copies[0] == copies[1]) == (k % 2 == 1);
    if (k == 2)
      result.detail = fmt::format("k = 2: tap {} for corr, tap {} for *", copies[0], copies[1]);
  }
  return result;
}

CheckResult inner_product() {
  CheckResult result;
  ExactAlgebra algebra(1, 1);
  for_each_signal(3, [&](const Signal& f) {
    for_each_signal(3, [&](const Signal& g) {
      algebra.reset();
      const Block there = block(g);
      const Block once = algebra.product(block(f), there, {Setting::kFull, kCorr, 1});
      const Block twice =
          algebra.product(block(f), algebra.scaled(there, 2), {Setting::kFull, kCorr, 1});
      result.holds = result.holds && at(once, 0) == inner(f, g) && at(twice, 0) == 2 * inner(f, g);
      ++result.cases;
    });
  });
  result.detail = "corr([1], [2])[0] = 2, where the projection onto [2] has coefficient 1/2";
  return result;
}

CheckResult peak_at_shift() {
  CheckResult result;
  ExactAlgebra algebra(1, 1);
  for_each_signal(4, [&](const Signal& g) {
    const std::int64_t energy = inner(g, g);
    if (energy == 0) return;
    for (std::int32_t a = 0; a <= 3; ++a) {
      algebra.reset();
      const Block moved = algebra.placed(block(g), a);
      const Block r = algebra.product(moved, block(g), {Setting::kFull, kCorr, 1});
      for (std::int32_t n = r.span[2].offset; n < r.span[2].offset + r.span[2].extent; ++n)
        result.holds = result.holds && (n == a ? at(r, n) == energy : std::abs(at(r, n)) < energy);
      ++result.cases;
    }
  });
  result.detail = "every signal of length 1 to 4 over {-1, 0, 1} but 0, moved by 0 to 3";
  return result;
}

CheckResult not_invariant() {
  CheckResult result;
  result.holds = false;
  ExactAlgebra algebra(1, 1);
  for (std::int32_t total = 2; total <= 4 && !result.holds; ++total) {
    for (std::int32_t n = 1; n < total && !result.holds; ++n) {
      for (std::int32_t i = n; i-- > 0 && !result.holds;) {
        algebra.reset();
        ++result.cases;
        const Signal x = unit(n, i);
        const Signal w = unit(total - n, total - n - 1);
        const Block moved = algebra.moved(block(x), false);
        const Block there = algebra.product(moved, block(w), {Setting::kFull, kConv, 1});
        const Block here = algebra.product(block(x), block(w), {Setting::kFull, kConv, 1});
        for (std::int32_t z = 0; z < there.span[2].extent; ++z)
          result.holds = result.holds || at(there, z) != at(here, z);
        if (result.holds)
          result.detail = fmt::format("x = {}, w = {}: {} and {}", text(x), text(w),
                                      text(values(there)), text(values(here)));
      }
    }
  }
  return result;
}

CheckResult same_padding() {
  CheckResult result;
  // Windows of k inside n with p more at either end, one by one.
  const auto windows = [](std::int64_t n, std::int64_t k, std::int64_t p) {
    std::int64_t count = 0;
    for (std::int64_t begin = -p; begin + k <= n + p; ++begin) ++count;
    return count;
  };
  for (std::int64_t k = 1; k <= 9; ++k) {
    for (std::int64_t n = 1; n <= 9; ++n) {
      bool some = false;
      for (std::int64_t p = 0; p <= k; ++p) {
        some = some || windows(n, k, p) == n;
        result.holds = result.holds && (windows(n, k, p) == n) == (2 * p == k - 1);
        ++result.cases;
      }
      result.holds = result.holds && some == (k % 2 == 1) && windows(n, k, k - 1) == n + k - 1 &&
                     windows(n, k, 0) == std::max<std::int64_t>(n - k + 1, 0);
    }
  }
  result.detail = fmt::format("k = 2, n = 4: p = 0 gives {}, p = 1 gives {} positions",
                              windows(4, 2, 0), windows(4, 2, 1));
  return result;
}

CheckResult size_formula() {
  CheckResult result;
  for (std::int64_t i = 1; i <= 7; ++i)
    for (std::int64_t k = 1; k <= 4; ++k)
      for (std::int64_t s = 1; s <= 4; ++s)
        for (std::int64_t d = 1; d <= 3; ++d)
          for (std::int64_t begin = -1; begin <= 3; ++begin)
            for (std::int64_t end = -1; end <= 3; ++end) {
              const std::int64_t k_eff = (k - 1) * d + 1;
              std::int64_t windows = 0;
              for (std::int64_t o = 0; o * s + k_eff <= i + begin + end; ++o) ++windows;
              const std::int64_t formula = output_extent(i, k_eff, s, begin, end);
              result.holds = result.holds && formula == windows;
              ++result.cases;
              const std::int64_t truncated = (i + begin + end - k_eff) / s + 1;
              if (truncated != windows && begin == 0 && end == 0 && d == 1 && result.detail.empty())
                result.detail = fmt::format(
                    "i = {}, k = {}, s = {}, p = 0: {} windows, with C's "
                    "division ({}) / {} + 1 = {}",
                    i, k, s, windows, i - k, s, truncated);
            }
  result.holds = result.holds && !result.detail.empty();
  return result;
}

CheckResult not_inverse() {
  CheckResult result;
  result.holds = false;
  ExactAlgebra algebra(1, 1);
  const Signal x = {1};
  // By magnitude; 0 has no inverse of any kind.
  for (const std::int64_t a : {1, -1, 2, -2}) {
    algebra.reset();
    const Signal w = {a};
    const Block y = algebra.product(block(x), block(w), {Setting::kFull, kCorr, 1});
    const Block back = algebra.product(y, block(w), {Setting::kFull, kConv, 1});
    ++result.cases;
    if (values(back) == x) continue;
    result.holds = true;
    result.detail = fmt::format("x = {}, w = {}: there and back gives {}", text(x), text(w),
                                text(values(back)));
    break;
  }
  return result;
}

}  // namespace convcheck::properties::textbook
