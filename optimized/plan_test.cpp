// SPDX-License-Identifier: Apache-2.0
// What a plan owes its caller beside the values: threads, repeats, neighbours, memory.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "optimized/definition_test.hpp"
#include "optimized/engine.hpp"
#include "optimized/kernel.hpp"

namespace {
std::atomic<std::int64_t> allocations{0};
}  // namespace

// Not inlined: g++ takes new paired with free for a mismatch where it sees through both.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace convcheck::optimized {
namespace {

constexpr LayoutChoice kLayouts[] = {LayoutChoice::kPlain, LayoutChoice::kPreferred};

std::unique_ptr<Engine> engine_named(std::string_view variant) {
  auto engine = make_engine(variant);
  CONVCHECK_CHECK(engine.has_value(), engine ? std::string() : engine.error().message);
  return *std::move(engine);
}

std::unique_ptr<Plan> plan_of(std::string_view variant, const ConvProblem& p, PlanOptions options) {
  auto plan = engine_named(variant)->prepare(p, options);
  CONVCHECK_CHECK(plan.has_value(), plan ? std::string() : plan.error().message);
  return *std::move(plan);
}

ConvProblem problem(std::string_view descriptor) {
  const auto p = parse_problem(descriptor);
  CONVCHECK_CHECK(p.has_value(), p ? std::string() : p.error().message);
  return *p;
}

// Worth seven threads to every kernel: see worthwhile_threads. Rows, channels or images to share.
const char* const kLarge[] = {
    "bias:mb1ic48oc80ih31oh31kh3ph1",
    "mb5g2ic32oc72ih28oh14kh5sh2ph2",
    "mb1ic1oc1iw200000ow200000kw200pw100",
    "mb1ic700oc900ih7oh7kh1ph0",
    "mb2g200ic200oc200ih60oh60kh7ph3",
    "bias:mb2g40ic160oc160ih40oh40kh3ph1",
    "mb3g50ic100oc100ih90oh45kh5sh2ph2",
    "mb1ic1oc3ih300oh300kh9ph4",
    "reflect:mb1g120ic120oc240ih51oh26kh9sh2ph4",
};

// What one kernel, or the engine, supports of kLarge.
std::vector<ConvProblem> large_problems(std::string_view variant) {
  std::vector<ConvProblem> problems;
  for (const char* descriptor : kLarge)
    if (engine_named(variant)->supports(problem(descriptor)))
      problems.push_back(problem(descriptor));
  CONVCHECK_CHECK(problems.size() >= 2, std::string(variant));
  return problems;
}

TEST(Plan, HasTheSameBitsForAnyNumberOfThreads) {
  for (const std::string_view variant : variants()) {
    for (const ConvProblem& p : large_problems(variant)) {
      for (const Kernel* kernel : kernels()) {
        if (kernel->supports(p)) {
          ASSERT_EQ(worthwhile_threads(kernel->cost(p), 7), 7) << kernel->name << to_string(p);
        }
      }
      const auto operands = operands_of(p, FillKind::kNormal, 1);
      for (const LayoutChoice layout : kLayouts) {
        const auto one = plan_of(variant, p, {.threads = 1, .layout = layout});
        const Tensor expected = run_plan(*one, p, operands);
        ASSERT_TRUE(one->claim().thread_invariant);
        for (const int threads : {2, 3, 7}) {
          const auto plan = plan_of(variant, p, {.threads = threads, .layout = layout});
          EXPECT_EQ(run_plan(*plan, p, operands), expected) << to_string(p) << " " << threads;
        }
      }
    }
  }
}

TEST(Plan, ForgetsEarlierRuns) {
  for (const std::string_view variant : variants()) {
    for (const char* descriptor :
         {"bias:mb2ic17oc33ih6oh6kh3ph1", "circular:mb1ic5oc3ih9oh9kh3ph1",
          "bias:g17mb2ic17oc17ih6oh6kh3ph1", "circular:g5mb1ic5oc10ih9oh9kh3ph1",
          "bias:g5mb2ic20oc20ih6oh6kh3ph1", "circular:g5mb1ic10oc10ih9oh9kh3ph1",
          "circular:mb1ic1oc3ih9oh9kh3ph1"}) {
      const ConvProblem p = problem(descriptor);
      if (!engine_named(variant)->supports(p)) continue;
      const auto operands = operands_of(p, FillKind::kUniform, 1);
      for (const LayoutChoice layout : kLayouts) {
        const auto plan = plan_of(variant, p, {.layout = layout});
        const Tensor first = run_plan(*plan, p, operands);
        run_plan(*plan, p, operands_of(p, FillKind::kSpecial, 2));  // NaN and Inf among them.
        EXPECT_EQ(run_plan(*plan, p, operands), first) << variant << " " << descriptor;
      }
    }
  }
}

TEST(Plan, RunsBesideAnother) {
  for (const std::string_view variant : variants()) {
    const ConvProblem p = large_problems(variant).front();
    const auto operands = operands_of(p, FillKind::kNormal, 1);
    const auto other_operands = operands_of(p, FillKind::kNormal, 2);
    const auto plan = plan_of(variant, p, {.threads = 2});
    const auto other = plan_of(variant, p, {.threads = 2});
    const Tensor alone = run_plan(*plan, p, operands);
    const Tensor other_alone = run_plan(*other, p, other_operands);
    ASSERT_FALSE(alone == other_alone);
    Tensor beside;
    std::thread neighbour([&] { beside = run_plan(*other, p, other_operands); });
    EXPECT_EQ(run_plan(*plan, p, operands), alone);
    neighbour.join();
    EXPECT_EQ(beside, other_alone);
  }
}

TEST(Plan, AllocatesNothingInRun) {
  for (const std::string_view variant : variants()) {
    for (const ConvProblem& p : large_problems(variant)) {
      auto operands = operands_of(p, FillKind::kUniform, 1);
      const auto plan = plan_of(variant, p, {.threads = 2});
      Tensor y(ElementType::kF32, p.shape(p.written()));
      Operands addresses;
      addresses.set(p.data_input(), operands[0].data());
      addresses.bias = p.has_bias ? operands[2].data() : nullptr;
      addresses.set(p.written(), y.data());
      ASSERT_TRUE(plan->pack(operands[1].data()));
      const std::int64_t before = allocations;
      const Status status = plan->run(addresses);
      EXPECT_EQ(allocations, before) << variant << " " << to_string(p);
      EXPECT_TRUE(status);
    }
  }
}

TEST(Plan, KeepsNoAddressOfThePackedOperand) {
  for (const std::string_view variant : variants()) {
    ConvProblem p = problem("g5mb1ic5oc5ih9oh9kh3ph1");
    if (!engine_named(variant)->supports(p)) p = problem("g5mb1ic10oc10ih9oh9kh3ph1");
    auto operands = operands_of(p, FillKind::kExactInteger, 1);
    const auto plan = plan_of(variant, p, {});
    const Tensor expected = run_plan(*plan, p, operands);
    Tensor w = operands[1];
    ASSERT_TRUE(plan->pack(w.data()));
    std::fill_n(w.data(), w.size_bytes(), std::byte{0xFF});
    Tensor y(ElementType::kF32, p.shape(p.written()));
    Operands addresses;
    addresses.set(p.data_input(), operands[0].data());
    addresses.set(p.written(), y.data());
    ASSERT_TRUE(plan->run(addresses));
    EXPECT_EQ(y, expected);
  }
}

// An operand between two pages that fault, flush with one of them as far as its alignment allows.
class Guarded {
 public:
  Guarded(std::size_t bytes, std::size_t alignment, bool guard_after) : bytes_(bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    inner_ = (bytes + page - 1) / page * page + page;
    memory_ = static_cast<std::byte*>(
        mmap(nullptr, inner_ + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CONVCHECK_CHECK(memory_ != MAP_FAILED, "mmap");
    total_ = inner_ + 2 * page;
    first_ = memory_ + page;
    CONVCHECK_CHECK(mprotect(first_, inner_, PROT_READ | PROT_WRITE) == 0, "mprotect");
    data_ = guard_after ? first_ + (inner_ - bytes) / alignment * alignment : first_;
    std::fill_n(first_, inner_, kCanary);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { munmap(memory_, total_); }

  [[nodiscard]] std::byte* data() const { return data_; }
  void make_read_only() const {
    CONVCHECK_CHECK(mprotect(first_, inner_, PROT_READ) == 0, "mprotect");
  }
  [[nodiscard]] bool surroundings_untouched() const {
    const auto untouched = [](std::byte b) { return b == kCanary; };
    return std::all_of(first_, data_, untouched) &&
           std::all_of(data_ + bytes_, first_ + inner_, untouched);
  }

 private:
  static constexpr std::byte kCanary{0xA5};
  std::size_t bytes_, inner_ = 0, total_ = 0;
  std::byte *memory_ = nullptr, *first_ = nullptr, *data_ = nullptr;
};

TEST(Plan, StaysInsideItsOperands) {
  for (const Kernel* kernel : kernels()) {
    const auto engine = engine_named(kernel->name);
    for (const ConvProblem& p : small_problems()) {
      if (!engine->supports(p)) continue;
      const auto operands = operands_of(p, FillKind::kExactInteger, 5);
      const Defined expected = by_definition(p, operands);
      for (const LayoutChoice layout : kLayouts) {
        const auto plan = plan_of(kernel->name, p, {.layout = layout});
        for (const bool guard_after : {true, false}) {
          SCOPED_TRACE(to_string(p));
          const auto placed = [&](Role role) {
            const OperandLayout l = plan->layout(role);
            EXPECT_EQ(l.read_slack_bytes, 0u);
            return std::make_unique<Guarded>(l.bytes, l.alignment_bytes, guard_after);
          };
          const auto x = placed(p.data_input());
          const auto w = placed(Role::kW);
          const auto bias = placed(Role::kBias);
          const auto y = placed(p.written());
          ASSERT_TRUE(plan->import_operand(p.data_input(), operands[0].data(), x->data()));
          ASSERT_TRUE(plan->import_operand(Role::kW, operands[1].data(), w->data()));
          if (p.has_bias) {
            ASSERT_TRUE(plan->import_operand(Role::kBias, operands[2].data(), bias->data()));
          }
          x->make_read_only();
          w->make_read_only();
          bias->make_read_only();
          ASSERT_TRUE(plan->pack(w->data()));
          Operands addresses;
          addresses.set(p.data_input(), x->data());
          addresses.bias = p.has_bias ? bias->data() : nullptr;
          addresses.set(p.written(), y->data());
          ASSERT_TRUE(plan->run(addresses));
          EXPECT_TRUE(y->surroundings_untouched());
          Tensor plain(ElementType::kF32, p.shape(p.written()));
          ASSERT_TRUE(plan->export_operand(p.written(), y->data(), plain.data()));
          for (std::size_t i = 0; i < expected.value.size(); ++i)
            ASSERT_EQ(plain.values<float>()[i], expected.value[i]) << "output " << i;
        }
      }
    }
  }
}

TEST(Plan, DemandsNoMoreThanTheElementsAlignmentOfPlainOperands) {
  for (const std::string_view variant : variants()) {
    ConvProblem p = problem("bias:mb1ic17oc33ih9oh9kh3ph1");
    for (const char* other : {"bias:g17mb1ic17oc17ih9oh9kh3ph1", "bias:g5mb1ic20oc20ih9oh9kh3ph1"})
      if (!engine_named(variant)->supports(p)) p = problem(other);
    const auto operands = operands_of(p, FillKind::kExactInteger, 6);
    const auto plan = plan_of(variant, p, {});
    const Tensor expected = run_plan(*plan, p, operands);
    std::vector<std::vector<float>> shifted;  // Each operand 4 bytes past its allocation's start.
    for (const Tensor& t : operands) {
      shifted.emplace_back(1, 0.0f);
      shifted.back().insert(shifted.back().end(), t.values<float>().begin(),
                            t.values<float>().end());
    }
    std::vector<float> y(static_cast<std::size_t>(expected.count()) + 1);
    Operands addresses;
    addresses.set(p.data_input(), shifted[0].data() + 1);
    addresses.bias = shifted[2].data() + 1;
    addresses.set(p.written(), y.data() + 1);
    ASSERT_TRUE(plan->pack(shifted[1].data() + 1));
    ASSERT_TRUE(plan->run(addresses));
    for (std::int64_t i = 0; i < expected.count(); ++i)
      ASSERT_EQ(y[static_cast<std::size_t>(i) + 1],
                expected.values<float>()[static_cast<std::size_t>(i)]);
  }
}

TEST(Engine, NamesItsVariants) {
  EXPECT_EQ(variants().front(), "auto");
  EXPECT_EQ(engine_named("")->info().name, "optimized");
  for (const std::string_view variant : variants())
    EXPECT_EQ(engine_named(variant)->info().name, "optimized:" + std::string(variant));
  const auto unknown = make_engine("fast");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(
      unknown.error().message,
      "optimized has no kernel 'fast'; it has auto, depthwise, grouped, direct, image, generic");
}

TEST(Engine, SaysWhyItDeclines) {
  ConvProblem p = problem("mb1ic5oc3ih9oh9kh3ph1");
  p.y_type = ElementType::kF64;
  for (const std::string_view variant : variants()) {
    const Status status = engine_named(variant)->supports(p);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(status.error().message, "y is f64; only f32 is supported");
    EXPECT_FALSE(engine_named(variant)->prepare(p, {}));
  }
}

TEST(Engine, TakesVectorsOverChannelsWhereThereAreMany) {
  const auto algorithm = [](const char* descriptor) {
    return plan_of("auto", problem(descriptor), {})->algorithm();
  };
  EXPECT_TRUE(algorithm("mb1ic64oc64ih56oh56kh3ph1").starts_with("direct"));
  EXPECT_TRUE(algorithm("mb1ic3oc64ih224oh112kh7sh2ph3").starts_with("direct"));
  EXPECT_TRUE(algorithm("mb1g32ic32oc32ih112oh112kh3ph1").starts_with("depthwise"));
  EXPECT_TRUE(algorithm("mb1g32ic128oc128ih56oh56kh3ph1").starts_with("grouped"));
  EXPECT_TRUE(algorithm("mb1ic1oc1iw65536ow65537kw16pw8").starts_with("image"));
  EXPECT_TRUE(algorithm("mb1ic1oc1ih1080oh1080kh3ph1").starts_with("image"));
  EXPECT_TRUE(algorithm("mb1ic1oc1ih1000oh1000kh3ph16dh15").starts_with("generic"));
}

}  // namespace
}  // namespace convcheck::optimized
