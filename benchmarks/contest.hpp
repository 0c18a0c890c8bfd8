// SPDX-License-Identifier: Apache-2.0
// One problem with one number of threads: its engines verified, timed in turns, verified again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "benchmarks/bench.hpp"
#include "benchmarks/changed_case.hpp"
#include "benchmarks/self_timing.hpp"
#include "benchmarks/verify.hpp"
#include "core/case.hpp"

namespace convcheck::benchmarks {

/// Lets one engine's process run while it lives; all others stand.
class Running {
 public:
  explicit Running(Runner& runner) : runner_(runner) { runner_.resume(); }
  ~Running() { runner_.pause(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Runner& runner_;
};

/// An engine in a contest; or its twin, which is verified after its last calls only.
struct Contestant {
  BenchEntry entry;
  std::vector<Runner*> launches;
  bool is_twin = false;

  double spent_seconds = 0;
  double last_block_seconds = 0;  ///< Of the parent's clock, everything included.
  Claim claim;
  /// Launches whose last timed call so far has not been verified.
  std::vector<bool> unverified;
  /// By poison of the output: a last call that wrote over it was verified.
  std::array<bool, 2> verified_poisons{};
  std::vector<SelfTiming> self_timings;
};

/// All on one case, whose environment holds the number of threads.
class Contest {
 public:
  /// `show` is told what is being done on which contestant. Every argument must outlive this.
  Contest(const Case& c, Verifier& verifier, ChangedCase& changed, const BenchOptions& options,
          std::uint64_t flush_bytes, const std::function<bool()>& stop,
          const std::function<void(const BenchEntry&, const char* stage)>& show)
      : case_(c),
        verifier_(verifier),
        changed_(changed),
        options_(options),
        flush_bytes_(flush_bytes),
        stop_(stop),
        show_(show) {
    static std::atomic<std::uint64_t> contests{0};
    case_id_ = ++contests;
  }

  /// Runs the case once; what is not right ends its contestant.
  void verify(Contestant&);
  /// Times all that are still in. Twins come after the engine whose twin they are.
  void time(std::vector<Contestant>&);

 private:
  void verify_result(BenchEntry&, const Outcome&);
  void time_turn(Contestant&, int turn);
  void time_block(Contestant&, std::size_t launch, int turn, bool last);
  void verify_last_call(Contestant&, const Timing&);
  void verify_unverified(Contestant&);
  void verify_one_more(Contestant&, std::size_t launch, std::size_t poison);
  [[nodiscard]] TimingRequest last_request(std::size_t poison) const;
  void audit(Contestant&);
  SelfTiming self_timing_of(Contestant&, std::int64_t calls);
  void time_conversion(Contestant&);
  void time_cold(Contestant&, CacheState, std::vector<double>& samples);
  [[nodiscard]] TimingRequest request() const;
  [[nodiscard]] bool is_spent(const Contestant&, double more_seconds = 0) const;
  void end_over_budget(BenchEntry&, double lower_bound_seconds) const;

  const Case& case_;
  Verifier& verifier_;
  ChangedCase& changed_;
  const BenchOptions& options_;
  std::uint64_t flush_bytes_;
  std::uint64_t case_id_ = 0;
  const std::function<bool()>& stop_;
  const std::function<void(const BenchEntry&, const char*)>& show_;
};

}  // namespace convcheck::benchmarks
