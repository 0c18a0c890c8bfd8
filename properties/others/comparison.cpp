// SPDX-License-Identifier: Apache-2.0
#include "properties/others/comparison.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/random.hpp"
#include "properties/innocents.hpp"

namespace convcheck::properties::others {
namespace {

constexpr std::size_t kFieldBytes = 4096;
constexpr std::size_t kAlignment = 64;
constexpr std::array<Role, 4> kRoles = {Role::kX, Role::kW, Role::kBias, Role::kY};

// One operand between two fields of known bytes.
class Placed {
 public:
  Placed(std::size_t bytes, const Surroundings& s)
      : bytes_(bytes), memory_(bytes + 2 * kFieldBytes + kAlignment), surroundings_(s) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data() + kFieldBytes);
    begin_ = kFieldBytes + (kAlignment - address % kAlignment) % kAlignment;
    std::fill_n(memory_.begin(), begin_, std::byte{s.before});
    std::fill_n(memory_.begin() + static_cast<std::ptrdiff_t>(begin_), bytes_, std::byte{s.poison});
    std::fill(memory_.begin() + static_cast<std::ptrdiff_t>(begin_ + bytes_), memory_.end(),
              std::byte{s.after});
  }
  std::byte* data() { return memory_.data() + begin_; }
  [[nodiscard]] bool changed() const {
    const auto differs = [&](std::size_t from, std::size_t count, std::uint8_t field) {
      const auto at = memory_.begin() + static_cast<std::ptrdiff_t>(from);
      return std::any_of(at, at + static_cast<std::ptrdiff_t>(count),
                         [&](std::byte b) { return b != std::byte{field}; });
    };
    return differs(begin_ - surroundings_.checked_before_bytes, surroundings_.checked_before_bytes,
                   surroundings_.before) ||
           differs(begin_ + bytes_, surroundings_.checked_after_bytes, surroundings_.after);
  }

 private:
  std::size_t bytes_;
  std::vector<std::byte> memory_;
  const Surroundings& surroundings_;
  std::size_t begin_ = 0;
};

bool takes_part(const ConvProblem& p, Role role) { return role != Role::kBias || p.has_bias; }

// Operands by role; the written one and an absent bias are left empty.
using Data = std::array<Tensor, 4>;

Data draw(const AcceptanceRule& rule, const ConvProblem& p, const Claim& claim, int set) {
  Data data;
  for (const Role role : kRoles) {
    if (!takes_part(p, role) || role == p.written()) continue;
    Tensor& t = data[static_cast<std::size_t>(role)];
    t = Tensor(p.type(role), p.shape(role));
    Random random(stable_hash(
        fmt::format("{} {} {} {}", rule.name, to_string(p), convcheck::to_string(role), set)));
    if (t.count() > 0) rule.fill({p, claim, role, set}, random, t);
  }
  return data;
}

struct Called {
  Tensor output;
  bool stray_write = false;
};

// Packs and runs once.
Result<Called> call(Plan& plan, const ConvProblem& p, const Data& data, const Surroundings& s) {
  std::vector<Placed> placed;
  placed.reserve(kRoles.size());
  Operands operands;
  for (const Role role : kRoles) {
    const Tensor& t = data[static_cast<std::size_t>(role)];
    const bool written = role == p.written();
    const std::size_t bytes =
        written ? static_cast<std::size_t>(element_count(p.shape(role))) * size_bytes(p.type(role))
                : t.size_bytes();
    placed.emplace_back(bytes, s);
    if (!takes_part(p, role)) continue;
    if (!written && bytes != 0) std::memcpy(placed.back().data(), t.data(), bytes);
    operands.set(role, placed.back().data());
  }
  CONVCHECK_TRY(plan.pack(operands.w));
  CONVCHECK_TRY(plan.run(operands));
  Called called;
  called.output = Tensor(p.type(p.written()), p.shape(p.written()),
                         placed[static_cast<std::size_t>(p.written())].data());
  called.stray_write =
      std::any_of(placed.begin(), placed.end(), [](const Placed& one) { return one.changed(); });
  return called;
}

// The tester's own result.
Result<Tensor> expected(Reference reference, const ConvProblem& p, const Data& data) {
  std::unique_ptr<Engine> engine = make_plain_engine();
  if (reference == Reference::kF64Loops) {
    CONVCHECK_ASSIGN(engine, make_innocent("f64-accumulator"));
  }
  CONVCHECK_ASSIGN(const std::unique_ptr<Plan> plan, engine->prepare(p, {}));
  CONVCHECK_ASSIGN(Called called, call(*plan, p, data, {}));
  return std::move(called.output);
}

// True if the rule rejects the engine on the problem.
Result<bool> rejects(const AcceptanceRule& rule, Engine& engine, const ConvProblem& p) {
  for (int set = 0; set < rule.data_sets; ++set) {
    for (const int threads : rule.threads) {
      CONVCHECK_ASSIGN(const std::unique_ptr<Plan> plan,
                       engine.prepare(p, {threads, LayoutChoice::kPlain}));
      const Claim claim = plan->claim();
      const Data data = draw(rule, p, claim, set);
      CONVCHECK_ASSIGN(const Tensor reference, expected(rule.reference, p, data));
      const Result<Called> called = call(*plan, p, data, rule.surroundings);
      if (!called || called->stray_write) return true;
      if (!rule.accepted({p, claim, reference, called->output})) return true;
    }
  }
  return false;
}

// What a child tells of its work, in memory that it shares with its parent.
struct Told {
  std::size_t line = 0;  // The problem at hand, or past the last one.
  bool rejected = false;
  bool failed = false;  // Not the engine: the rule could not be asked.
  bool done = false;    // Else the process ended at the problem at hand.
};

// What lies past the end of an engine's own memory is a number here, not chance.
void fill_heap_with_numbers() {
#if defined(__GLIBC__)
  mallopt(M_PERTURB, 0xC0);  // Fresh memory holds its complement, 0x3F.
#endif
}

Error failure(const AcceptanceRule& rule) {
  return {ErrorCode::kEngineFailed, fmt::format("the rule of {} could not be asked", rule.name)};
}

void ask(const AcceptanceRule& rule, const MakeEngine& make, std::span<const SuiteLine> lines,
         Told& told) {
  const Result<std::unique_ptr<Engine>> engine = make();
  told.failed = !engine;
  if (told.failed) return;
  for (; told.line < lines.size(); ++told.line) {
    const ConvProblem& p = lines[told.line].problem.chain.front();
    if (!(*engine)->supports(p)) continue;
    const Result<bool> rejected = rejects(rule, **engine, p);
    told.failed = !rejected;
    told.rejected = rejected && *rejected;
    if (told.failed || told.rejected) return;
  }
}

}  // namespace

Result<std::string> RuleJudge::first_rejection(const AcceptanceRule& rule, const MakeEngine& make,
                                               bool separate_process) {
  Told told;
  if (!separate_process) {
    ask(rule, make, lines_, told);
  } else {
    void* const memory =
        mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return tl::unexpected(failure(rule));
    Told* const shared = new (memory) Told;
    const pid_t child = fork();
    if (child == 0) {
      fill_heap_with_numbers();
      ask(rule, make, lines_, *shared);
      shared->done = true;
      _exit(0);
    }
    if (child > 0) {
      while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
      }
      told = *shared;
      told.rejected = told.rejected || !told.done;
    }
    munmap(memory, sizeof(Told));
    if (child < 0) return tl::unexpected(failure(rule));
  }
  if (told.failed) return tl::unexpected(failure(rule));
  if (!told.rejected) return std::string();
  return to_string(lines_[told.line].problem.chain);
}

namespace {

Result<RuleRow> judge(std::span<const SuiteLine> lines, std::string_view name,
                      std::string_view kind, const MakeEngine& make, bool separate_process) {
  RuleRow row{name, kind, {}};
  RuleJudge rules(lines);
  for (const AcceptanceRule& rule : acceptance_rules()) {
    CONVCHECK_ASSIGN(std::string problem, rules.first_rejection(rule, make, separate_process));
    row.rejected.push_back(std::move(problem));
  }
  return row;
}

}  // namespace

Result<std::vector<RuleRow>> judge_bugs(std::span<const SuiteLine> lines,
                                        bool (*takes)(const Mutant&)) {
  std::vector<RuleRow> rows;
  for (const Mutant* mutant : mutants()) {
    if (takes != nullptr && !takes(*mutant)) continue;
    const MakeEngine make = [&] { return make_mutant(mutant->name); };
    CONVCHECK_ASSIGN(RuleRow row,
                     judge(lines, mutant->name, mutant->kind, make, mutant->needs_worker));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<RuleRow>> judge_innocents(std::span<const SuiteLine> lines) {
  std::vector<RuleRow> rows;
  for (const Innocent* innocent : innocents()) {
    const MakeEngine make = [&] { return make_innocent(innocent->name); };
    CONVCHECK_ASSIGN(RuleRow row, judge(lines, innocent->name, {}, make, false));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace convcheck::properties::others
