// SPDX-License-Identifier: Apache-2.0
// A few elements of an input that change from call to call, so that no call repeats the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/tensor.hpp"

namespace convcheck::benchmarks {

/// A few elements of an operand, each with two values.
///
/// `next` gives one of them its other value, in the order of a Gray code: with n elements the
/// operand returns to a state only after 2^n calls. One store a call, of some nanoseconds.
class Toggles {
 public:
  /// Elements of a plain operand at `memory` that holds `tensor`, at most kCount of them, with the
  /// values that other elements of the tensor have. None if the tensor's elements are all alike.
  static Toggles in_plain(void* memory, const Tensor& tensor);
  /// Where a layout of the plan's own has them: the units of an element's size in which `bytes`
  /// bytes at `memory` and at `changed`, which were imported from the two plain states, differ.
  /// None unless they are as many as the elements of `plain`: then this layout does not keep each
  /// element in a place of its own.
  static Toggles in_layout(void* memory, const void* changed, std::size_t bytes,
                           const Toggles& plain);

  static constexpr int kCount = 16;

  /// Gives one element its other value.
  void next();
  /// Gives all elements their first values, or their others.
  void set_all(bool other);
  [[nodiscard]] std::size_t count() const { return places_.size(); }

 private:
  struct Place {
    std::byte* at;
    std::uint64_t bits[2];
    int now = 0;
  };
  void store(const Place&) const;

  std::vector<Place> places_;
  std::size_t element_bytes_ = 1;
  std::uint64_t calls_ = 0;
};

}  // namespace convcheck::benchmarks
