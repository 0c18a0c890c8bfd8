// SPDX-License-Identifier: Apache-2.0
// What every implementation is: the reference, one of our kernels, a peer, a planted bug.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/chain.hpp"
#include "core/result.hpp"

namespace convcheck {

/// How an engine computes, which decides the bound it is held to. Values are the C ABI's codes.
enum class AlgorithmClass : std::int32_t {
  kExact = 0,     ///< Every output correctly rounded.
  kDirect = 1,    ///< Sums the definition's products in some order, fused or not.
  kWinograd = 2,  ///< Winograd or Toom-Cook tiles.
  kFft = 3,
  kTf32 = 4,  ///< Direct on operands rounded to 11 significant bits.
  kBf16 = 5,  ///< Direct on operands rounded to 8 significant bits.
};
const char* to_string(AlgorithmClass);
std::optional<AlgorithmClass> parse_algorithm_class(std::string_view);

/// What one plan promises; laws, tests and timings hold it to this.
struct Claim {
  AlgorithmClass algorithm = AlgorithmClass::kDirect;
  /// Height of the tree of additions over one output, where the plan knows it: |y - exact| <=
  /// gamma(tree_height) * S, S = sum |x||w| (numerics: Higham 2002, 4.2). Absent: any order.
  std::optional<std::int64_t> tree_height;
  bool thread_invariant = false;  ///< The same bits for any number of threads.
  bool deterministic = false;     ///< The same bits for every run of one plan.
  bool flushes_subnormals = false;

  bool operator==(const Claim&) const = default;
};

/// How memory of an operand is laid out for a plan.
struct OperandLayout {
  bool opaque = false;  ///< A blocked or private format, reached by import_operand/export_operand.
  std::size_t bytes = 0;              ///< Size of the operand in this layout.
  std::size_t alignment_bytes = 1;    ///< What the address must be a multiple of.
  std::size_t read_slack_bytes = 0;   ///< How far past the end the plan may read (never write).
  std::vector<std::int64_t> strides;  ///< In elements per axis of the shape; empty if opaque. Not
                                      ///< dense: the plan converts it itself, as an opaque one.
};

/// Dense, slowest axis first, no demands.
OperandLayout plain_layout(const ConvProblem&, Role);

enum class LayoutChoice {
  kPlain,      ///< Every operand dense; conversions, if any, happen inside run.
  kPreferred,  ///< Whatever the engine is fastest with; see Plan::layout.
};

struct PlanOptions {
  int threads = 1;
  LayoutChoice layout = LayoutChoice::kPlain;
};

/// Addresses of one run, each in the plan's layout of that operand. The written one is written
/// whole and nothing else is; a packed or absent operand is null.
struct Operands {
  void* x = nullptr;
  void* w = nullptr;
  void* bias = nullptr;
  void* y = nullptr;

  [[nodiscard]] void* get(Role role) const;
  void set(Role role, void* address);
};

/// A problem made ready: algorithm chosen, workspace allocated. Used by one thread at a time.
class Plan {
 public:
  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  virtual ~Plan() = default;

  /// Takes over the constant operand (w for conv and deconv; nothing for wgrad), which may be freed
  /// or changed afterwards; later runs use it until the next pack. `w` is in layout(Role::kW).
  virtual Status pack(const void* w) = 0;
  /// Computes. Our own engines allocate nothing here. For conv and deconv, operands.w is ignored
  /// and pack must have come before.
  virtual Status run(const Operands&) = 0;
  [[nodiscard]] virtual Claim claim() const = 0;
  [[nodiscard]] virtual OperandLayout layout(Role) const = 0;
  /// Converts a plain operand to the plan's layout (dst: layout(role).bytes) and back.
  virtual Status import_operand(Role, const void* plain, void* dst);
  virtual Status export_operand(Role, const void* src, void* plain);
  [[nodiscard]] virtual std::size_t workspace_bytes() const = 0;
  /// The algorithm chosen, for reports: "direct-nchw16c", "gemm".
  [[nodiscard]] virtual std::string algorithm() const { return {}; }
};

struct EngineInfo {
  std::string name;     ///< As on the command line: "optimized:direct".
  std::string version;  ///< "oneDNN 2.6.3 (libdnnl)"; for our own, the project's version.
  std::string loaded;   ///< "built in", or the library's path.
  std::string licence;
};

/// Anything that convolves. Safe to share between threads.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  [[nodiscard]] virtual const EngineInfo& info() const = 0;
  /// Ok if prepare will accept the (valid) problem; kUnsupported with the reason otherwise.
  [[nodiscard]] virtual Status supports(const ConvProblem&) const = 0;
  virtual Result<std::unique_ptr<Plan>> prepare(const ConvProblem&, const PlanOptions&) = 0;
};

}  // namespace convcheck
