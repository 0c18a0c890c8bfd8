// SPDX-License-Identifier: Apache-2.0
// Products of tiny integer signals in exact arithmetic, without a call of any engine: what the law
// table is proved with. exact_test.cpp holds it to the definition.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "properties/table/setting.hpp"

namespace convcheck::properties::table {

/// A matrix of signals [rows, columns, extents...], slowest axis first. As a signal: rows images of
/// `columns` channels. As a kernel: rows outputs of `columns` inputs a group. Axes before the first
/// of the rank have extent 1.
struct Block {
  std::int32_t rows = 1;
  std::int32_t columns = 1;
  std::array<Span, 3> span;
  const std::int64_t* values = nullptr;

  [[nodiscard]] std::int32_t positions() const {
    return span[0].extent * span[1].extent * span[2].extent;
  }
  [[nodiscard]] std::int32_t count() const { return rows * columns * positions(); }
  [[nodiscard]] bool empty() const { return count() == 0; }
};

/// Memory for the blocks of one case, kept from case to case.
class Arena {
 public:
  /// Not initialised; valid until reset.
  std::int64_t* take(std::size_t count);
  void reset();

 private:
  static constexpr std::size_t kChunk = 1 << 14;
  std::vector<std::unique_ptr<std::int64_t[]>> chunks_;
  std::vector<std::unique_ptr<std::int64_t[]>> large_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

/// The operations that statements are made of, on blocks of integers. Sums must stay within 63
/// bits. Blocks are valid until `reset`.
class ExactAlgebra {
 public:
  using Value = Block;

  ExactAlgebra(int rank, std::int32_t groups)
      : first_axis_(static_cast<std::size_t>(kMaxRank - rank)), groups_(groups) {}
  void set_groups(std::int32_t groups) { groups_ = groups; }
  void reset() {
    arena_.reset();
    next_sources_ = 0;
  }

  /// f in the place of the signal, g in that of the kernel, group by group:
  /// result[r, m] = sum over the columns c of g of product(f[r, group(m)*C + c], g[m, c]).
  Block product(const Block& f, const Block& g, const Product& product);
  /// A signal as a kernel and a kernel as a signal: rows and columns exchanged.
  Block swapped(const Block& f);
  /// The transpose of a kernel, group by group: what its adjoint multiplies with.
  Block transposed(const Block& f);
  /// Of one shape and place.
  Block sum(const Block& f, const Block& g);
  Block scaled(const Block& f, std::int32_t factor);
  /// T: one position on along every axis of the rank; a zero in front of what was there, or around
  /// the circle.
  Block moved(const Block& f, bool circular);
  /// R, the mirror image at 0 along every axis of the rank.
  Block reversed(const Block& f, bool circular);
  /// The same values `by` positions on, along every axis of the rank.
  Block placed(Block f, std::int32_t by);
  /// U_d: d-1 zeros between neighbours.
  Block inserted(const Block& f, std::int32_t d);
  /// The sum of f[i] g[i] over all of Z: one number.
  Block inner(const Block& f, const Block& g);
  /// The values of f on the frame of `like`, from its first position on; zeros where f ends.
  Block on_frame(Block f, const Block& like);
  /// The sum over the positions of each signal of the matrix.
  Block total(const Block& f);
  /// The values at `span`, zeros where f has none.
  Block window(const Block& f, const std::array<Span, 3>& span);
  /// The identity of the product: a kernel [channels, channels/groups, 1] that copies each channel;
  /// on Z/N of N positions, the first of which is 1.
  Block unit(std::int32_t channels, const std::array<std::int32_t, 3>& extent);

 protected:
  /// Values of a block; not initialised.
  std::int64_t* take(std::int32_t count) { return arena_.take(static_cast<std::size_t>(count)); }
  [[nodiscard]] std::size_t first_axis() const { return first_axis_; }
  [[nodiscard]] std::int32_t groups() const { return groups_; }

 private:
  template <typename Of>
  Block gathered(const Block& f, const std::array<Span, 3>& to, const Of& of);
  void product_on_axis(const Block& f, const Block& g, const AxisProduct& axis, bool flip,
                       std::int64_t* y);
  void product_in_space(const Block& f, const Block& g, const Block& y, const Product& product,
                        const std::array<AxisProduct, 3>& axes, std::int64_t* out);

  // Which element of f meets tap t at output o: of[o, t], both flat, or -1. Those of the i-th
  // product of a case serve that of the next case, if it is of the same spans.
  struct Sources {
    Product product;
    std::array<Span, 3> f, g;
    std::vector<std::int32_t> of;
  };
  const std::int32_t* sources(const Block& f, const Block& g, const Block& y,
                              const Product& product, const std::array<AxisProduct, 3>& axes);

  Arena arena_;
  std::vector<Sources> sources_;
  std::size_t next_sources_ = 0;
  std::size_t first_axis_;
  std::int32_t groups_;
};

}  // namespace convcheck::properties::table
