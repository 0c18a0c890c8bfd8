// SPDX-License-Identifier: Apache-2.0
// The certificate of the oracle: two f64 passes, exactness test, interval test, exact integers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/thread_pool.hpp"
#include "reference/exact_sum.hpp"
#include "reference/lowering.hpp"
#include "reference/oracle.hpp"
#include "reference/tile.hpp"

namespace convcheck::reference {

/// Products that one output may sum in f64 (bias not counted): the proof needs sum_height <= 2^25.
/// Longer sums are summed in integers.
inline constexpr std::int64_t kMaxProducts = std::int64_t{1} << 31;
static_assert(sum_height(kMaxProducts) <= std::int64_t{1} << 25);

/// Pieces of one axis that are held in memory (Lowering); only padding far longer than x has more.
inline constexpr std::int64_t kMaxPieces = std::int64_t{1} << 24;

/// What tests plant in the oracle to see that the tests of the oracle notice. The default is none.
struct Faults {
  double interval_scale = 1;        ///< The half-width of the interval is multiplied by this.
  double exact_limit_scale = 1;     ///< The limit of the exactness test is multiplied by this.
  bool fallback = true;             ///< false: an uncertified f64 sum is rounded as it is.
  bool bias_in_unit = true;         ///< false: the exactness test forgets the bias.
  bool count_depth = true;          ///< false: wgrad counts the terms of conv.
  bool zero_needs_integers = true;  ///< false: an interval that rounds to zero is certified.
  bool skip_padding = true;         ///< false: a non-finite weight on a tap in the padding counts.
  bool zero_points = true;          ///< false: zero points are not subtracted.
  bool probe_environment = true;    ///< false: rounding mode and FTZ/DAZ are not looked at.
  Rounding rounding = Rounding::kNearestEven;
};

/// kBadInput unless additions round to nearest even and subnormals are neither flushed nor taken
/// for zero in the calling thread (its children inherit that).
Status check_floating_point();

/// kUnsupported with the reason if the certificate does not cover the (valid) problem: too many
/// pieces into which padding cuts an axis. Every element type and number of terms is covered.
Status check_supported(const ConvProblem&);

/// Whether x and y have elements; without, only the bias is left.
bool has_terms(const ConvProblem&);

/// A problem made ready for the oracle. One run at a time.
class Solver {
 public:
  /// Dense tensors of the problem's types; the written one and an absent bias are null.
  struct Inputs {
    const void* x = nullptr;
    const void* w = nullptr;
    const void* bias = nullptr;
    const void* y = nullptr;
  };
  struct Outputs {
    void* value = nullptr;      ///< Of the written type.
    double* sum_abs = nullptr;  ///< May be null.
    Tier* tier = nullptr;       ///< May be null.
  };

  /// Requires check_supported(problem).
  Solver(const ConvProblem& problem, int threads, const Faults& faults = {});
  ~Solver();

  /// Allocates nothing.
  void run(const Inputs& inputs, const Outputs& outputs);

  [[nodiscard]] std::int64_t terms() const { return contraction_.terms; }
  [[nodiscard]] std::size_t scratch_bytes() const;

 private:
  struct Term {
    std::int64_t tap;      // Stored tap of the axis; position of y for wgrad.
    std::int64_t element;  // Index in data.
  };
  struct Worker {
    TileScratch tile;
    std::unique_ptr<ExactSum<float>> narrow_sum;  // The one that the types need.
    std::unique_ptr<ExactSum<double>> wide_sum;
    std::array<std::vector<Term>, 3> terms;
    std::vector<std::int64_t> columns;
  };
  struct Answer {
    double value;
    double sum_abs;
    Tier tier;
  };
  struct Certificate {
    double exact_limit = 0;   // Below this S the f64 sums are exact.
    double error_factor = 0;  // Times S: half the width of the interval.
  };

  void plan_tiles(int threads);
  Tile tile(std::int64_t index) const;
  TileOperands sources(const Inputs&) const;
  void write_bias(const TileOperands&, const Outputs&) const;
  Certificate certificate(const TileOperands&);
  void find_columns(const Tile&, Worker&) const;
  void certify(const TileOperands&, const Outputs&, const Tile&, const Certificate&, Worker&) const;
  Answer resolve(const TileOperands&, const Tile&, std::int64_t row, std::int64_t column,
                 double sum_abs, Worker&) const;
  template <class Sum>
  Answer sum_in_integers(Sum&, const TileOperands&, const Tile&, std::int64_t row,
                         std::int64_t column, double sum_abs, Worker&) const;
  template <class Body>
  void for_each_term(const TileOperands&, const Tile&, std::int64_t row, std::int64_t column,
                     Worker&, Body&&) const;

  Faults faults_;
  Contraction contraction_;
  ElementType written_ = ElementType::kF32;
  bool has_terms_ = false;
  bool in_floating_point_ = true;  // false: every output is summed in integers.
  std::int64_t row_stride_ = 0;    // From a row to the next in the written tensor.
  std::int64_t row_tiles_ = 1, max_columns_ = 1;
  std::vector<std::int64_t> phase_tiles_;  // Column tiles before each combination of residues.
  ThreadPool pool_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace convcheck::reference
