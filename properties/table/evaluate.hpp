// SPDX-License-Identifier: Apache-2.0
// What each statement says, written once over an algebra: exact integers, or the calls of an
// engine.
#pragma once

#include <algorithm>
#include <array>

#include "properties/table/statement.hpp"

namespace convcheck::properties::table {

/// The operands of a case; those that the statement does not have are unused.
template <class Value>
struct Operands {
  Value x, w, v;
  Value twin;  ///< Another x or w.
};

/// The factor of `homogeneous`.
inline constexpr std::int32_t kFactor = 3;

template <class A>
class Evaluation {
 public:
  using V = typename A::Value;

  Evaluation(A& algebra, const Cell& cell, std::int32_t groups, std::int32_t step)
      : a_(algebra),
        cell_(cell),
        product_{cell.setting, cell.orientation, step},
        first_axis_(static_cast<std::size_t>(kMaxRank - rank_of(cell.kind))),
        groups_(groups),
        circular_(cell.setting == Setting::kCircular) {}

  /// Calls check(left, right) for every equation of the statement.
  template <class Check>
  void run(const Operands<V>& o, Check&& check) {
    switch (cell_.statement) {
      case Statement::kCommutative:
        return check(times(o.x, o.w), times(a_.swapped(o.w), a_.swapped(o.x)));
      case Statement::kAssociative:
        return check(times(times(o.x, o.w), o.v), times(o.x, composed(o.w, o.v, product_)));
      case Statement::kDistributiveLeft:
        return check(times(a_.sum(o.x, o.twin), o.w), a_.sum(times(o.x, o.w), times(o.twin, o.w)));
      case Statement::kDistributiveRight:
        return check(times(o.x, a_.sum(o.w, o.twin)), a_.sum(times(o.x, o.w), times(o.x, o.twin)));
      case Statement::kHomogeneous: {
        const V right = a_.scaled(times(o.x, o.w), kFactor);
        check(times(a_.scaled(o.x, kFactor), o.w), right);
        return check(times(o.x, a_.scaled(o.w, kFactor)), right);
      }
      case Statement::kIdentityLeft:
        return check(times(a_.swapped(unit_for(o.w, o.w.columns * groups_)), o.w), a_.swapped(o.w));
      case Statement::kIdentityRight:
        return check(times(o.x, unit_for(o.x, o.x.columns)), o.x);
      case Statement::kShift:
        return check(times(moved(o.x), o.w), moved(times(o.x, o.w)));
      case Statement::kLayersCommute:
        return check(times(times(o.x, o.w), o.v), times(times(o.x, o.v), o.w));
      default:
        return identity(o, check);
    }
  }

 private:
  V times(const V& f, const V& g) { return a_.product(f, g, product_); }
  V full(const V& f, const V& g, Orientation orientation) {
    return a_.product(f, g, {whole(), orientation, 1});
  }
  V convolved(const V& f, const V& g) { return full(f, g, Orientation::kConvolution); }
  V correlated(const V& f, const V& g) { return full(f, g, Orientation::kCrossCorrelation); }
  // The layer that is w and then v: the columns of w as signals through v.
  V composed(const V& w, const V& v, const Product& product) {
    return a_.swapped(a_.product(a_.swapped(w), v, product));
  }
  V moved(const V& f) { return a_.moved(f, circular_); }
  V reversed(const V& f) { return a_.reversed(f, circular_); }
  // All of Z, or all of Z/N.
  Setting whole() const { return circular_ ? Setting::kCircular : Setting::kFull; }
  // The identity kernel of that many channels; on Z/N, N is that of `like`.
  V unit_for(const V& like, std::int32_t channels) {
    std::array<std::int32_t, 3> extent{1, 1, 1};
    for (std::size_t a = first_axis_; a < 3 && circular_; ++a) extent[a] = like.span[a].extent;
    return a_.unit(channels, extent);
  }

  template <class Check>
  void identity(const Operands<V>& o, Check&& check) {
    const Product& p = product_;
    switch (cell_.statement) {
      case Statement::kReversal:
        return check(times(o.x, o.w), reversed(times(a_.swapped(o.w), a_.swapped(o.x))));
      case Statement::kStacking:
        return stacking(o, check);
      case Statement::kStackingStrides: {
        const Product second{p.setting, p.orientation, p.step + 1};
        const Product both{p.setting, p.orientation, p.step * second.step};
        const V kernel =
            composed(o.w, a_.inserted(o.v, p.step), {Setting::kFull, Orientation::kConvolution, 1});
        return check(a_.product(times(o.x, o.w), o.v, second), a_.product(o.x, kernel, both));
      }
      case Statement::kStackingDilations: {
        const Product second{p.setting, p.orientation, p.step + 1};
        const V kernel = composed(a_.inserted(o.w, p.step), a_.inserted(o.v, second.step),
                                  {Setting::kFull, Orientation::kConvolution, 1});
        return check(a_.product(times(o.x, o.w), o.v, second), full(o.x, kernel, p.orientation));
      }
      case Statement::kMixedLeft:
        return check(correlated(o.x, composed(o.w, o.v, correlation())),
                     convolved(correlated(o.x, o.w), o.v));
      case Statement::kMixedRight:
        return check(convolved(o.x, composed(o.w, o.v, correlation())),
                     correlated(convolved(o.x, o.w), o.v));
      case Statement::kUnitReverses:
        return check(times(a_.swapped(unit_for(o.w, o.w.columns * groups_)), o.w),
                     reversed(a_.swapped(o.w)));
      case Statement::kKernelShift: {
        const V back = times(o.x, moved(o.w));
        const V there = times(o.x, o.w);
        if (p.orientation == Orientation::kConvolution) return check(back, moved(there));
        if (circular_) return check(moved(back), there);
        // T^-1: its frame has one position more, a zero.
        const V on = a_.placed(back, 1);
        return check(on, a_.window(there, on.span));
      }
      case Statement::kShiftInside:
        return shift_inside(o, check);
      case Statement::kSums:
        return check(a_.total(times(o.x, o.w)), convolved_sums(o));
      case Statement::kAutocorrelationEven: {
        const V peak = times(o.x, a_.swapped(o.x));
        return check(peak, reversed(peak));
      }
      default:
        return adjoint(o, check);
    }
  }

  Product correlation() const { return {whole(), Orientation::kCrossCorrelation, 1}; }

  template <class Check>
  void stacking(const Operands<V>& o, Check&& check) {
    const Product full_convolution{whole(), Orientation::kConvolution, 1};
    const V first = times(o.x, o.w);
    if (cell_.setting == Setting::kStrided) {
      const V kernel = composed(o.w, a_.inserted(o.v, product_.step), full_convolution);
      return check(full(first, o.v, cell_.orientation), times(o.x, kernel));
    }
    const V left = times(first, o.v);
    const V right = times(o.x, composed(o.w, o.v, full_convolution));
    if (cell_.setting < Setting::kSameUpper || cell_.setting == Setting::kDilated || circular_)
      return check(left, right);
    // What `first` holds whole windows of v for.
    compare_inside(left, right, inside(first, o.v), check);
  }

  template <class Check>
  void shift_inside(const Operands<V>& o, Check&& check) {
    if (cell_.setting == Setting::kStrided) {
      V x = o.x;
      for (std::int32_t i = 0; i < product_.step; ++i) x = moved(x);
      return check(times(x, o.w), moved(times(o.x, o.w)));
    }
    std::array<Span, 3> span = inside(o.x, o.w);
    for (std::size_t a = first_axis_; a < 3; ++a) ++span[a].offset;
    compare_inside(times(moved(o.x), o.w), moved(times(o.x, o.w)), span, check);
  }

  // The positions of f's product with g whose window lies inside f.
  std::array<Span, 3> inside(const V& f, const V& g) const {
    std::array<Span, 3> span;
    for (std::size_t a = first_axis_; a < 3; ++a)
      span[a] = axis_product({Setting::kValid, cell_.orientation, 1}, f.span[a], g.span[a]).y;
    return span;
  }

  template <class Check>
  void compare_inside(const V& left, const V& right, const std::array<Span, 3>& span,
                      Check&& check) {
    check(a_.window(left, span), a_.window(right, span));
  }

  // The sums of x and of w, multiplied as signals of one position.
  V convolved_sums(const Operands<V>& o) {
    return a_.product(a_.total(o.x), a_.total(o.w), {Setting::kFull, cell_.orientation, 1});
  }

  // <x . w, v> = <x, v .' w^T>, with v on the frame of x . w: the products on all of Z that the
  // setting cuts a window out of, or decimates.
  template <class Check>
  void adjoint(const Operands<V>& o, Check&& check) {
    const V y = times(o.x, o.w);
    const V there = a_.on_frame(o.v, y);
    Product back = product_;
    if (!circular_ && cell_.setting != Setting::kDilated) back.setting = Setting::kFull;
    back.orientation = cell_.orientation == Orientation::kConvolution
                           ? Orientation::kCrossCorrelation
                           : Orientation::kConvolution;
    const V wide = cell_.setting == Setting::kStrided ? a_.inserted(there, product_.step) : there;
    check(a_.inner(y, there), a_.inner(o.x, a_.product(wide, a_.transposed(o.w), back)));
  }

  A& a_;
  const Cell cell_;
  const Product product_;
  const std::size_t first_axis_;
  const std::int32_t groups_;
  const bool circular_;
};

}  // namespace convcheck::properties::table
