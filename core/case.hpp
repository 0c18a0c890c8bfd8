// SPDX-License-Identifier: Apache-2.0
// A case is a value: what is asked of an engine, with data and surroundings. An outcome answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/chain.hpp"
#include "core/engine.hpp"
#include "core/tensor.hpp"
#include "core/timing.hpp"

namespace convcheck {

/// On which side of an operand the unreadable page stands, flush with it.
enum class GuardSide { kAfter, kBefore };

/// The surroundings of one case. Placement is the runner's work; a runner in this process honours
/// threads, prior_calls and layout, and places no guards.
struct Environment {
  int threads = 1;
  LayoutChoice layout = LayoutChoice::kPlain;
  GuardSide guard = GuardSide::kAfter;
  /// Operand addresses are this many bytes past a multiple of 64, raised to what the plan's layout
  /// and the element type demand. With guards after, the tail flush with the page decides instead.
  int misalignment_bytes = 0;
  bool read_only_inputs = true;
  std::uint8_t poison = 0xFF;  ///< Byte that fills the output before each call (0xFF: a NaN).
  int prior_calls = 0;         ///< Calls on other data before the one that counts.
  int concurrent_calls = 1;    ///< Plans run at the same time, each on its own copy.

  friend bool operator==(const Environment&, const Environment&) = default;
};

/// Operands in the order of operand_specs(chain), the written one left out. A law may define a list
/// of its own instead (Law::operands), with which it builds the cases that it runs.
struct Case {
  Chain chain;
  std::vector<Tensor> operands;
  Environment environment;
};

enum class OutcomeKind {
  kCompleted,
  kRefused,  ///< Not supported; `reason` says why. Never counted as passed.
  kFailed,   ///< The engine returned an error.
  kCrashed,  ///< A signal, an abort or an exit in the middle of the case.
  kTimedOut,
  kOverMemory,     ///< The memory watch stopped it.
  kProtocolError,  ///< The peer's answer was no answer.
};
const char* to_string(OutcomeKind);

/// Something wrong beside the values.
struct Finding {
  enum class Kind {
    kStrayWrite,  ///< Bytes around an operand changed.
    kInputModified,
    kPoisonLeft,           ///< An element of the output was not written.
    kEnvironmentChanged,   ///< Rounding mode, FTZ/DAZ, signal mask, descriptors, threads.
    kConcurrencyMismatch,  ///< Plans run at once gave other bits than one alone.
    kMemoryGrowth,         ///< Every call of a plan leaves more memory allocated.
  };
  Kind kind = Kind::kStrayWrite;
  std::string operand;            ///< Name from operand_specs; empty for the environment.
  std::int64_t offset_bytes = 0;  ///< From the operand's first byte.
  std::string detail;             ///< One sentence.
};
const char* to_string(Finding::Kind);

/// A fault address, named by operand where it lies near one.
struct Fault {
  int signal = 0;
  std::string operand;  ///< Empty if the address is near no operand.
  /// From the operand's first byte; the operand's size is the first byte past it.
  std::int64_t offset_bytes = 0;
  std::string detail;  ///< One sentence.
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::kCompleted;
  std::string reason;            ///< For every kind but kCompleted.
  std::optional<Tensor> output;  ///< What was written, plain layout.
  std::optional<Fault> fault;
  std::vector<Finding> findings;
  Claim claim;
  std::string algorithm;
  std::string log;  ///< The tail of what the peer printed.
};

/// A problem kept ready for many calls in the default environment, on operands that stay where they
/// are: for data of a few numbers, where a Case and its Outcome cost more than the convolution.
class HeldProblem {
 public:
  HeldProblem() = default;
  HeldProblem(const HeldProblem&) = delete;
  HeldProblem& operator=(const HeldProblem&) = delete;
  virtual ~HeldProblem() = default;

  [[nodiscard]] virtual const Claim& claim() const = 0;
  /// In plain layout, at one address for ever; the caller fills those that are read before each
  /// call. Not for an absent bias.
  virtual Tensor& operand(Role) = 0;
  /// Packs and runs. False if anything went wrong that Runner::run looks for: an error, an element
  /// left unwritten, an input changed; what, `run` says of the same data.
  virtual bool call() = 0;
};

/// Executes cases on one engine, in this process or in a worker. All that laws and timings see.
class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  [[nodiscard]] virtual const EngineInfo& engine() const = 0;
  /// As Engine::supports, for every step of the chain.
  virtual Status supports(const Chain&) = 0;
  /// Never throws, never ends the process, whatever the engine does (a runner in this process can
  /// only promise that for engines that keep their contract).
  virtual Outcome run(const Case&) = 0;
  /// The (valid) problem on a plan that may have served before and will again; null if the engine
  /// declines it, and from a runner that has no way shorter than `run`.
  virtual std::shared_ptr<HeldProblem> hold(const ConvProblem&) { return nullptr; }
  /// Times one block of calls on the case, in the process where the engine lives. A runner keeps
  /// the plan of its last timed case, so that blocks of several engines can alternate.
  virtual Result<Timing> time(const Case&, const TimingRequest&) = 0;
  /// Stops and continues the engine's process, so that no spinning neighbour is measured; nothing
  /// for a runner in this process.
  virtual void pause() {}
  virtual void resume() {}
};

}  // namespace convcheck
