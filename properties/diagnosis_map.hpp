// SPDX-License-Identifier: Apache-2.0
// The products that an engine really adds, read from impulse probes: a convolution is trilinear.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/case.hpp"

namespace convcheck::properties::diagnosis {

using Deadline = std::chrono::steady_clock::time_point;

/// Coordinates of the elements of y, x and w that meet in one product, and their group.
enum Place : std::size_t {
  kYImage,
  kYChannel,
  kYDepth,
  kYHeight,
  kYWidth,
  kXImage,
  kXChannel,
  kXDepth,
  kXHeight,
  kXWidth,
  kWOuter,
  kWChannel,
  kTapDepth,
  kTapHeight,
  kTapWidth,
  kGroup,
};
inline constexpr std::size_t kPlaces = 16;
using Meeting = std::array<std::int64_t, kPlaces>;

/// The place of the first of the role's five coordinates (x, w, y).
std::size_t first_place(Role);

/// The definition seen from the tensor that is written. Of the operands that are read, *data* is x
/// (y for deconv) and *partner* is w (y for wgrad). An index of the partner is a *free* coordinate,
/// which the output decides, and a *reduction*, over which it sums: with both, one element of the
/// data is met, or none.
class Incidence {
 public:
  explicit Incidence(const ConvProblem&);

  [[nodiscard]] const ConvProblem& problem() const { return p_; }
  [[nodiscard]] Role written() const { return p_.written(); }
  [[nodiscard]] Role data() const { return p_.data_input(); }
  [[nodiscard]] Role partner() const;
  [[nodiscard]] std::int64_t count(Role) const;
  [[nodiscard]] std::int64_t reductions() const { return reductions_; }
  [[nodiscard]] std::int64_t frees() const { return frees_; }
  [[nodiscard]] std::int64_t partner_index(std::int64_t reduction, std::int64_t free) const;
  [[nodiscard]] std::array<std::int64_t, 5> extents(Role) const;

  /// The coordinates of element `index`, written into the meeting.
  void put(Role, std::int64_t index, Meeting&) const;
  /// The flat index of the role's coordinates; -1 outside the tensor.
  [[nodiscard]] std::int64_t index(Role, const Meeting&) const;
  /// The channel, or for wgrad the first index, of an output.
  [[nodiscard]] std::int64_t expected_free(std::int64_t output) const;

  struct Expected {
    Meeting at{};           ///< Data coordinates as if its axes had no end, padding or not.
    std::int64_t data = 0;  ///< Flat index; -1 where nothing is met.
    bool possible = true;   ///< False: the strides skip it (deconv).
  };
  [[nodiscard]] Expected expected(std::int64_t output, std::int64_t reduction) const;
  /// The meeting of an output with these elements.
  [[nodiscard]] Meeting meeting(std::int64_t output, std::int64_t data, std::int64_t reduction,
                                std::int64_t free) const;

 private:
  ConvProblem p_;
  std::int64_t taps_ = 1;
  std::int64_t reductions_ = 1;
  std::int64_t frees_ = 1;
};

/// Operand values by flat index, zero points not included.
using Fill = std::function<double(std::int64_t)>;

struct Reply {
  std::vector<double> values;
  std::vector<bool> unwritten;  ///< The element still has the bytes that filled it before.
  Claim claim;
};

/// Asks the engine, in the surroundings of one case. The first call that does not complete, or does
/// not fit the types, ends it: `failed`.
class Prober {
 public:
  Prober(Runner& runner, const ConvProblem& problem, const Environment& environment,
         Deadline deadline)
      : runner_(runner), incidence_(problem), environment_(environment), deadline_(deadline) {}

  /// Nothing after a failure or past the deadline. Results of an engine that does not claim direct
  /// sums are rounded to integers where they are near one; `round` false leaves them.
  std::optional<Reply> ask(const Fill& data, const Fill& partner, const Fill& bias,
                           bool round = true);
  /// The operands that `ask` runs; nothing where a type does not hold a value.
  [[nodiscard]] std::optional<std::vector<Tensor>> operands(const Fill& data, const Fill& partner,
                                                            const Fill& bias) const;
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool in_time() const { return std::chrono::steady_clock::now() < deadline_; }
  [[nodiscard]] const Incidence& incidence() const { return incidence_; }
  Environment& environment() { return environment_; }

 private:
  Runner& runner_;
  Incidence incidence_;
  Environment environment_;
  Deadline deadline_;
  bool failed_ = false;
};

/// What an output made of one reduction's partners.
struct Reading {
  std::int64_t data = -1;    ///< The element of the data that was met; -1: none.
  std::int64_t second = -1;  ///< One more of them, beside the expected one.
  std::int64_t free = 0;     ///< Which partner met it.
  double coefficient = 1;    ///< How often.
  double constant = 0;       ///< Met in its place, whatever the data.
  bool unknown = false;      ///< More than can be read.
};

struct Map {
  std::vector<std::int64_t> reductions;  ///< Those probed, of all.
  bool complete = false;                 ///< All were.
  std::vector<Reading> readings;         ///< [reduction, output].
  std::vector<bool> ignored;             ///< [output]: explained otherwise, and not to be read.
};

/// For every reduction (as many as time and `max_readings` allow, the ends of every axis first),
/// impulses in the partner meet codes in the data: how often, at which index, with which partner.
Map recover_map(Prober&, std::vector<bool> ignored, std::int64_t max_readings = 1 << 17);

}  // namespace convcheck::properties::diagnosis
