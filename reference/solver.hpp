// SPDX-License-Identifier: Apache-2.0
// The certificate of the oracle: two f64 passes, exactness test, interval test, exact integers.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/thread_pool.hpp"
#include "reference/exact_sum.hpp"
#include "reference/faults.hpp"
#include "reference/lowering.hpp"
#include "reference/oracle.hpp"
#include "reference/settle.hpp"
#include "reference/tile.hpp"

namespace convcheck::reference {

/// Pieces of one axis that are held in memory (Lowering); only padding far longer than x has more.
inline constexpr std::int64_t kMaxPieces = std::int64_t{1} << 24;

/// kBadInput unless additions round to nearest even and subnormals are neither flushed nor taken
/// for zero in the calling thread (its children inherit that).
Status check_floating_point();

/// kUnsupported with the reason if the certificate does not cover the (valid) problem: too many
/// pieces into which padding cuts an axis. Every element type and number of terms is covered.
Status check_supported(const ConvProblem&);

/// Flushes subnormal numbers to zero while it lives, if asked to: a fault for tests to plant.
class FlushedSubnormals {
 public:
  explicit FlushedSubnormals(bool flush);
  ~FlushedSubnormals();
  FlushedSubnormals(const FlushedSubnormals&) = delete;
  FlushedSubnormals& operator=(const FlushedSubnormals&) = delete;

 private:
  std::uint64_t saved_ = 0;
  bool set_ = false;
};

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

  /// The f64 sums alone, converted to f32: what the certificate costs is measured against this. Of
  /// narrow operands (is_narrow) and a written f32 only; S and tiers are not written.
  void run_uncertified(const Inputs& inputs, void* value);

  [[nodiscard]] std::int64_t terms() const { return contraction_.terms; }
  [[nodiscard]] std::size_t scratch_bytes() const;

 private:
  // The sums that a run begins with.
  enum class First { kPlain, kBins, kTerms, kOnlyPlain };
  // The operands of a run and what the proof makes of them.
  struct Job {
    TileOperands operands;
    Certificate certificate;
    First first = First::kTerms;
    bool fixed_finite = true;
  };
  // Columns of a tile whose elements of the written tensor are `step` apart, for its row 0.
  struct Segment {
    std::int64_t column, count, to, step;
  };
  struct Worker {
    explicit Worker(const TileLimits& limits) : tile(limits) {}
    TileScratch tile;  // `plain` becomes the results.
    std::vector<Tier> tier;
    std::vector<std::int32_t> unsettled;  // Row * columns + column, within the tile.
    std::vector<Tier> bins_tier;
    std::vector<std::int32_t> open;  // What two bins leave open.
    std::vector<Segment> segments;
    std::unique_ptr<ExactSum> sum;
    std::vector<double> factors;  // Terms on their way to it.
  };
  // One output's place among the results.
  struct Slot {
    double& value;
    double& sum_abs;
    Tier& tier;
  };

  static constexpr std::int64_t kTermsAtOnce = 512;

  std::int64_t phase_columns(const AxisView& d, const AxisView& h, const AxisView& w) const;
  TileLimits plan_tiles(int threads);
  Tile tile(std::int64_t index) const;
  void write_bias(const TileOperands&, const Outputs&) const;
  TileOperands sources(const Inputs&) const;
  Survey survey_all(const Source&, std::int64_t count);
  Job prepare(const Inputs&);
  void run_tiles(const Job&, const Outputs&);
  static bool choose_scale(const Survey& data, const Survey& fixed, const Survey& bias,
                           std::int64_t products, Job&);

  void settle_tile(const Job&, const Tile&, Worker&) const;
  double special_value(const Job&, double v) const;
  void settle_special(const Job&, const Tile&, Worker&) const;
  void settle_in_bins(const Job&, const Tile&, Worker&) const;
  void settle_in_integers(const Job&, const Tile&, Worker&) const;
  void settle_by_terms(const Job&, const Tile&, std::int64_t index, Worker&) const;
  void take_bins(const Job&, const Tile&, Worker&) const;
  bool settle_by_bins(const Job&, const TileSums& bins, std::size_t at, const Slot&) const;
  static void list_all(const Tile&, Worker&);
  static Slot slot(const Tile&, std::int64_t index, Worker&);
  template <class Settle>
  static void keep_unsettled(Worker&, Settle&&);
  void write_tile(const Outputs&, const Tile&, Worker&) const;

  void find_segments(const Tile&, Worker&) const;
  using Body = void (*)(void* context, double a, double b);
  template <class Callable>
  void for_each_term(const TileOperands& operands, const Tile& t, std::int64_t row,
                     std::int64_t column, Worker& worker, Callable&& body) const {
    visit_terms(
        operands, t, row, column, worker,
        [](void* context, double a, double b) {
          (*static_cast<std::remove_reference_t<Callable>*>(context))(a, b);
        },
        &body);
  }
  void visit_terms(const TileOperands&, const Tile&, std::int64_t row, std::int64_t column, Worker&,
                   Body, void* context) const;

  Faults faults_;
  Contraction contraction_;
  ElementType written_ = ElementType::kF32;
  bool has_terms_ = false;
  std::int64_t row_stride_ = 0;  // From a row to the next in the written tensor.
  std::int64_t row_tiles_ = 1;
  std::vector<std::int64_t> phase_tiles_;  // Column tiles before each combination of residues.
  ThreadPool pool_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace convcheck::reference
