// SPDX-License-Identifier: Apache-2.0
#include "peers/guarded_caller.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "core/chain_plan.hpp"
#include "peers/call_checks.hpp"
#include "peers/call_environment.hpp"
#include "peers/fault_handler.hpp"
#include "peers/heap.hpp"
#include "peers/other_plan.hpp"
#include "peers/so_engine.hpp"

namespace convcheck::peers {
namespace {

constexpr std::size_t kMaxAlignment = 4096;

// Threads of this process, by the links of their folder; 0 where that is not to be had.
std::size_t thread_count() {
  struct stat folder {};
  if (::stat("/proc/self/task", &folder) != 0 || folder.st_nlink < 2) return 0;
  return folder.st_nlink - 2;
}

// A plan over the operands of a case: one problem's, whose layouts are honoured in guarded memory,
// or a chain's, which takes plain operands.
class CasePlan {
 public:
  static Result<CasePlan> prepare(Engine& engine, const Chain& chain, const PlanOptions& options) {
    CasePlan plan;
    if (!chain.is_single()) {
      CONVCHECK_ASSIGN(ChainPlan chain_plan, prepare_chain(engine, chain, options));
      plan.chain_.emplace(std::move(chain_plan));
      return plan;
    }
    set_fault_phase(Phase::kSupports);
    CONVCHECK_TRY(engine.supports(chain.front()));
    set_fault_phase(Phase::kPrepare);
    CONVCHECK_ASSIGN(plan.single_, engine.prepare(chain.front(), options));
    plan.packs_ = chain.front().operation != Operation::kWgrad;
    const auto* direct = dynamic_cast<const WeightsInRun*>(plan.single_.get());
    plan.reads_weights_ = direct != nullptr && direct->weights_in_run();
    return plan;
  }

  [[nodiscard]] OperandLayout layout(const Chain& chain, const OperandSpec& spec) const {
    if (single_) return single_->layout(spec.role);
    return plain_layout(std::get<ConvProblem>(chain.steps[static_cast<std::size_t>(spec.step)]),
                        spec.role);
  }

  Status import_operand(Role role, const void* plain, void* native) {
    return single_->import_operand(role, plain, native);
  }
  Status export_operand(Role role, const void* native, void* plain) {
    return single_->export_operand(role, native, plain);
  }

  Status pack(const std::vector<OperandSpec>& specs, const std::vector<void*>& addresses) {
    if (chain_) return chain_->pack(addresses);
    if (!packs_) return {};
    return single_->pack(addresses[index_of(specs, Role::kW)]);
  }

  Status run(const std::vector<OperandSpec>& specs, const std::vector<void*>& addresses) {
    if (chain_) return chain_->run(addresses);
    Operands operands;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (specs[i].role != Role::kW || !weights_are_packed())
        operands.set(specs[i].role, addresses[i]);
    }
    return single_->run(operands);
  }

  /// Weights may vanish once they are packed.
  [[nodiscard]] bool weights_are_packed() const { return chain_ || (packs_ && !reads_weights_); }
  [[nodiscard]] Claim claim() const { return chain_ ? chain_->claim() : single_->claim(); }
  [[nodiscard]] std::string algorithm() const {
    return chain_ ? chain_->algorithm() : single_->algorithm();
  }

 private:
  static std::size_t index_of(const std::vector<OperandSpec>& specs, Role role) {
    std::size_t i = 0;
    while (specs[i].role != role) ++i;
    return i;
  }

  std::unique_ptr<Plan> single_;
  std::optional<ChainPlan> chain_;
  bool packs_ = false;
  bool reads_weights_ = false;
};

}  // namespace

// The memory of one operand. Where the plan's layout is not the plain one, the plain operand has
// guards too, since the peer converts it.
struct GuardedCaller::Slot {
  GuardedBuffer plain;
  GuardedBuffer native;
  bool uses_native = false;
  std::vector<std::byte> snapshot;  // Of what the peer reads, where it is not read-only.

  GuardedBuffer& used() { return uses_native ? native : plain; }
};

class GuardedCaller::Call {
 public:
  Call(GuardedCaller& caller, const CaseRequest& request, std::byte* tensors)
      : caller_(caller),
        request_(request),
        environment_(request.environment),
        tensors_(tensors),
        surroundings_(CallEnvironment::capture()) {
    for (const TensorPlace& place : request.places) specs_.push_back(place.spec);
    written_ = written_index(request.chain);
  }

  Status run(Outcome& outcome) {
    const PlanOptions options{environment_.threads, environment_.layout};
    set_fault_phase(Phase::kPrepare);
    Result<CasePlan> plan = CasePlan::prepare(caller_.engine_, request_.chain, options);
    note_environment(outcome, "prepare");
    if (!plan) return tl::unexpected<Error>(plan.error());
    plan_.emplace(*std::move(plan));
    outcome.claim = plan_->claim();
    outcome.algorithm = plan_->algorithm();
    CONVCHECK_TRY(place_operands());

    HeapGrowth growth(environment_.prior_calls);
    for (int call = 0; call < environment_.prior_calls; ++call) {
      CONVCHECK_TRY(call_once(outcome, call, environment_.poison, Phase::kPriorRun));
      growth.note(call);
    }
    if (auto finding = growth.finding()) outcome.findings.push_back(*std::move(finding));
    if (environment_.prior_calls >= kOtherPlanFromPriorCalls) {
      CONVCHECK_ASSIGN(OtherPlan other,
                       OtherPlan::prepare(caller_.engine_, request_.chain, options));
      other_.emplace(std::move(other));
    }
    CONVCHECK_TRY(call_once(outcome, kRealData, environment_.poison, Phase::kRun));
    CONVCHECK_TRY(check_inputs(outcome));
    CONVCHECK_TRY(take_output(outcome));
    if (environment_.concurrent_calls > 1) CONVCHECK_TRY(run_together(outcome, options));
    set_fault_phase(Phase::kDestroy);
    other_.reset();
    plan_.reset();
    note_environment(outcome, "destroy");
    return {};
  }

 private:
  static constexpr int kRealData = -1;

  Slot& slot(std::size_t i) { return *caller_.slots_[i]; }
  [[nodiscard]] std::byte* source(std::size_t i) const {
    return tensors_ + request_.places[i].offset;
  }

  void note_environment(Outcome& outcome, const char* function) {
    const std::vector<std::string> changes = surroundings_.changes();
    if (changes.empty()) return;
    for (const std::string& change : changes)
      outcome.findings.push_back(
          {Finding::Kind::kEnvironmentChanged, {}, 0, fmt::format("{} ({})", change, function)});
    // Later calls start from the same surroundings; what stays closed is said once.
    surroundings_.restore();
    surroundings_ = CallEnvironment::capture();
  }

  Status place_operands() {
    std::vector<WatchedOperand> watched;
    while (caller_.slots_.size() < specs_.size())
      caller_.slots_.push_back(std::make_unique<Slot>());
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      const OperandLayout layout = plan_->layout(request_.chain, specs_[i]);
      const OperandLayout plain = plain_layout(
          std::get<ConvProblem>(request_.chain.steps[static_cast<std::size_t>(specs_[i].step)]),
          specs_[i].role);
      const std::size_t alignment = std::max(layout.alignment_bytes, plain.alignment_bytes);
      if (!std::has_single_bit(alignment) || alignment > kMaxAlignment)
        return fail(ErrorCode::kEngineFailed,
                    "the layout of {} asks for alignment {}; it must be a power of two up to {}",
                    specs_[i].name, layout.alignment_bytes, kMaxAlignment);
      Slot& s = slot(i);
      s.uses_native = layout.opaque || layout.strides != plain.strides;
      const Placement wanted{layout.bytes, alignment, layout.read_slack_bytes, environment_.guard,
                             environment_.misalignment_bytes};
      Placement plain_wanted = wanted;
      if (s.uses_native) {
        plain_wanted.bytes = plain.bytes;
        plain_wanted.alignment_bytes = plain.alignment_bytes;
        plain_wanted.read_slack_bytes = 0;
        CONVCHECK_TRY(placed(s.native, wanted, i, true, watched));
      }
      CONVCHECK_TRY(placed(s.plain, plain_wanted, i, false, watched));
    }
    watch_operands(watched.data(), static_cast<int>(watched.size()));
    return {};
  }

  static Status placed(GuardedBuffer& buffer, const Placement& wanted, std::size_t operand,
                       bool native, std::vector<WatchedOperand>& watched) {
    if (Status s = buffer.place(wanted); !s)
      return fail(ErrorCode::kUnsupported, "the case does not fit in memory: {}",
                  s.error().message);
    buffer.fill_gaps();
    watched.push_back({buffer.zone_begin(), buffer.zone_end(),
                       reinterpret_cast<std::uintptr_t>(buffer.data()), buffer.bytes(),
                       static_cast<int>(operand), native});
    return {};
  }

  // Fills every input and lets the peer convert it; the output is poison.
  Status load(int call, std::uint8_t poison) {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      Slot& s = slot(i);
      CONVCHECK_TRY(s.plain.protect(GuardedBuffer::Access::kReadWrite));
      if (s.uses_native) CONVCHECK_TRY(s.native.protect(GuardedBuffer::Access::kReadWrite));
      if (i == written_) {
        std::memset(s.used().data(), poison, s.used().bytes());
        continue;
      }
      if (call == kRealData) {
        std::memcpy(s.plain.data(), source(i), s.plain.bytes());
      } else {
        fill_other_data(s.plain.data(), specs_[i].type, element_count(specs_[i].shape), call);
      }
      if (s.uses_native) {
        CONVCHECK_TRY(s.plain.protect(GuardedBuffer::Access::kReadOnly));
        set_fault_phase(Phase::kImport);
        // What an import leaves unwritten is padding, which it has to define itself.
        std::memset(s.native.data(), environment_.poison, s.native.bytes());
        CONVCHECK_TRY(plan_->import_operand(specs_[i].role, s.plain.data(), s.native.data()));
      }
      if (environment_.read_only_inputs) {
        CONVCHECK_TRY(s.used().protect(GuardedBuffer::Access::kReadOnly));
      } else {
        s.snapshot.assign(s.used().data(), s.used().data() + s.used().bytes());
      }
    }
    return {};
  }

  Status call_once(Outcome& outcome, int call, std::uint8_t poison, Phase phase) {
    CONVCHECK_TRY(load(call, poison));
    std::vector<void*> addresses;
    for (std::size_t i = 0; i < specs_.size(); ++i) addresses.push_back(slot(i).used().data());
    set_fault_phase(Phase::kPack);
    Status done = plan_->pack(specs_, addresses);
    note_environment(outcome, "pack");
    CONVCHECK_TRY(done);
    for (std::size_t i = 0; plan_->weights_are_packed() && i < specs_.size(); ++i) {
      if (specs_[i].role == Role::kW && i != written_)
        CONVCHECK_TRY(slot(i).used().protect(GuardedBuffer::Access::kNone));
    }
    set_fault_phase(phase);
    if (other_ && phase == Phase::kRun) CONVCHECK_TRY(other_->call());
    done = plan_->run(specs_, addresses);
    note_environment(outcome, "run");
    return done;
  }

  Status check_inputs(Outcome& outcome) {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      GuardedBuffer& used = slot(i).used();
      if (i != written_) CONVCHECK_TRY(used.protect(GuardedBuffer::Access::kReadOnly));
      if (const auto at = used.changed_gap_byte()) {
        const auto end = static_cast<std::int64_t>(used.bytes());
        outcome.findings.push_back(
            {Finding::Kind::kStrayWrite, specs_[i].name, *at,
             *at < 0
                 ? fmt::format("{} bytes before the start of {} were written", -*at, specs_[i].name)
                 : fmt::format("byte {} past the end of {} was written (it has {} bytes)",
                               *at - end + 1, specs_[i].name, end)});
      }
      if (i == written_ || environment_.read_only_inputs) continue;
      const std::vector<std::byte>& before = slot(i).snapshot;
      const auto* changed =
          std::mismatch(used.data(), used.data() + used.bytes(), before.begin()).first;
      if (changed == used.data() + used.bytes()) continue;
      outcome.findings.push_back({Finding::Kind::kInputModified, specs_[i].name,
                                  changed - used.data(),
                                  fmt::format("the call changed its input {} at byte {}",
                                              specs_[i].name, changed - used.data())});
    }
    return {};
  }

  Status export_output() {
    Slot& s = slot(written_);
    if (!s.uses_native) return {};
    set_fault_phase(Phase::kExport);
    CONVCHECK_TRY(s.native.protect(GuardedBuffer::Access::kReadOnly));
    return plan_->export_operand(specs_[written_].role, s.native.data(), s.plain.data());
  }

  // The output into the tensor bytes. Elements that look like poison are settled by a second call
  // over another poison.
  Status take_output(Outcome& outcome) {
    Slot& s = slot(written_);
    const OperandSpec& spec = specs_[written_];
    const std::int64_t count = element_count(spec.shape);
    if (s.uses_native) std::memset(s.plain.data(), environment_.poison, s.plain.bytes());
    CONVCHECK_TRY(export_output());
    std::memcpy(source(written_), s.plain.data(), s.plain.bytes());
    const std::size_t element_bytes = size_bytes(spec.type);
    if (find_poison(source(written_), count, element_bytes, environment_.poison).count == 0)
      return {};
    const std::uint8_t other = other_poison(environment_.poison);
    Outcome unused;
    CONVCHECK_TRY(call_once(unused, kRealData, other, Phase::kRun));
    if (s.uses_native) std::memset(s.plain.data(), other, s.plain.bytes());
    CONVCHECK_TRY(export_output());
    const Poisoned unwritten =
        find_unwritten(source(written_), s.plain.data(), count, element_bytes, environment_.poison);
    if (unwritten.count != 0) outcome.findings.push_back(unwritten_finding(spec, unwritten));
    return {};
  }

  Status run_together(Outcome& outcome, const PlanOptions& options) {
    set_fault_phase(Phase::kConcurrentRun);
    std::vector<const std::byte*> operands;
    for (std::size_t i = 0; i < specs_.size(); ++i) operands.push_back(source(i));
    CONVCHECK_ASSIGN(const ConcurrentResult together,
                     run_concurrently(caller_.engine_, request_.chain, options,
                                      environment_.concurrent_calls, operands));
    if (together.finding) outcome.findings.push_back(*together.finding);
    if (together.output)
      std::memcpy(source(written_), together.output->data(), together.output->size_bytes());
    return {};
  }

  GuardedCaller& caller_;
  const CaseRequest& request_;
  const Environment& environment_;
  std::byte* tensors_;
  CallEnvironment surroundings_;
  std::vector<OperandSpec> specs_;
  std::size_t written_ = 0;
  std::optional<CasePlan> plan_;
  std::optional<OtherPlan> other_;
};

GuardedCaller::GuardedCaller(Engine& engine) : engine_(engine) {}
GuardedCaller::~GuardedCaller() = default;

Outcome GuardedCaller::run(const CaseRequest& request, std::byte* tensors) {
  Outcome outcome;
  const DirtyHeap dirty;
  try {
    Call call(*this, request, tensors);
    if (Status done = call.run(outcome); !done) {
      Outcome failed = outcome_of(done.error());
      failed.findings = std::move(outcome.findings);
      outcome = std::move(failed);
    }
  } catch (const std::bad_alloc&) {
    outcome = outcome_of({ErrorCode::kUnsupported, "the case does not fit in memory"});
  }
  seal();
  return outcome;
}

// The operands stay watched: until the next case whoever touches them is named.
void GuardedCaller::seal() {
  set_fault_phase(Phase::kAfterCall);
  for (const std::unique_ptr<Slot>& s : slots_) {
    // Buffers whose protection cannot be changed only see less.
    static_cast<void>(s->plain.protect(GuardedBuffer::Access::kNone));
    static_cast<void>(s->native.protect(GuardedBuffer::Access::kNone));
  }
  const std::size_t threads = thread_count();
  if (threads > known_threads_) {
    ::usleep(kSettleMilliseconds * 1000);
    known_threads_ = thread_count();
  }
}

}  // namespace convcheck::peers
