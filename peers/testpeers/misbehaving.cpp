// SPDX-License-Identifier: Apache-2.0
// A right convolution (f32, conv, rank 2, one group) and one way to misbehave a variant. Plain runs
// are right for every variant but on the case that its name describes.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <thread>
#include <vector>

#include "peers/convcheck_peer.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

struct convcheck_plan {
  convcheck_problem problem;
  std::string_view variant;
  std::vector<float> w{};
  const float* given_w = nullptr;
  int runs = 0;
  std::vector<float> kept_y{};
  float seen_x[2] = {};
};

namespace {

using Index = std::int64_t;

constexpr Index kCrashChannels = 7;  // crash_and_hang crashes here ...
constexpr Index kHangChannels = 11;  // ... and hangs here.
constexpr Index kSlackElements = 4;

const char* const kVariants[] = {
    "off_by_one",     "crash_and_hang", "abort",       "exit",           "throw",
    "overflow_stack", "raise_fpe",      "write_past",  "write_before",   "read_past",
    "read_before",    "write_gap",      "write_input", "use_after_pack", "leave_element",
    "print",          "print_much",     "close_all",   "close_log",      "rounding",
    "flush_to_zero",  "signal_mask",    "allocate",    "second_call",    "races",
    "strided",        "opaque",         "slack",       "aligned",        "huge_layout",
    "odd_answer",     "endless_reason", "refuse",      "thrown_handler", "crash_in_supports",
    "keep_last",      "keep_if_alike",  "first_only",  "first_part",     "write_late",
    "print_together", nullptr};

Index count(const convcheck_problem& p, int operand) {
  const Index area_x = p.x_extent[1] * p.x_extent[2];
  const Index area_y = p.y_extent[1] * p.y_extent[2];
  if (operand == CONVCHECK_X) return p.batch * p.in_channels * area_x;
  if (operand == CONVCHECK_W) return p.out_channels * p.in_channels * p.w_extent[1] * p.w_extent[2];
  return p.batch * p.out_channels * area_y;
}

// y[n, m, i, j] with x read by `x_at(flat index)`.
template <typename X>
float output(const convcheck_plan& plan, X x_at, const float* w, Index n, Index m, Index i,
             Index j) {
  const convcheck_problem& p = plan.problem;
  float sum = 0;
  for (Index c = 0; c < p.in_channels; ++c) {
    for (Index u = 0; u < p.w_extent[1]; ++u) {
      for (Index v = 0; v < p.w_extent[2]; ++v) {
        const Index row = i * p.stride[1] + u * p.dilation[1] - p.pad_begin[1];
        const Index column = j * p.stride[2] + v * p.dilation[2] - p.pad_begin[2];
        if (row < 0 || row >= p.x_extent[1] || column < 0 || column >= p.x_extent[2]) continue;
        const Index at = ((n * p.in_channels + c) * p.x_extent[1] + row) * p.x_extent[2] + column;
        sum += x_at(at) * w[((m * p.in_channels + c) * p.w_extent[1] + u) * p.w_extent[2] + v];
      }
    }
  }
  return sum;
}

void convolve(const convcheck_plan& plan, const float* x, const float* w, float* y) {
  const convcheck_problem& p = plan.problem;
  const Index x_count = count(p, CONVCHECK_X);
  const bool reversed = plan.variant == "opaque";
  const bool channels_last = plan.variant == "strided";
  Index flat = 0;
  for (Index n = 0; n < p.batch; ++n) {
    for (Index m = 0; m < p.out_channels; ++m) {
      for (Index i = 0; i < p.y_extent[1]; ++i) {
        for (Index j = 0; j < p.y_extent[2]; ++j, ++flat) {
          const Index last = ((n * p.y_extent[1] + i) * p.y_extent[2] + j) * p.out_channels + m;
          y[channels_last ? last : flat] = output(
              plan, [&](Index at) { return x[reversed ? x_count - at : at]; }, w, n, m, i, j);
        }
      }
    }
  }
}

[[gnu::noinline]] int overflow_stack(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  if (depth < 0) return 0;  // Never: the stack ends before the numbers do.
  return overflow_stack(depth + 1) + frame[0];
}

void flush_to_zero() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040U);
#elif defined(__aarch64__)
  std::uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control | (std::uint64_t{1} << 24)));
#endif
}

void allocate_without_bound() {
  constexpr std::size_t kStep = std::size_t{4} << 20;
  for (;;) {
    void* memory =
        ::mmap(nullptr, kStep, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    std::memset(memory, 1, kStep);
  }
}

void misbehave_before(const convcheck_plan& plan, float* x, float* y) {
  const convcheck_problem& p = plan.problem;
  const std::string_view variant = plan.variant;
  const Index x_count = count(p, CONVCHECK_X);
  volatile float sink = 0;
  if (variant == "crash_and_hang" && p.out_channels == kCrashChannels) {
    volatile std::uintptr_t nowhere = 16;
    *reinterpret_cast<volatile int*>(nowhere) = 1;
  }
  if (variant == "crash_and_hang" && p.out_channels == kHangChannels) {
    for (;;) ::pause();
  }
  if (variant == "abort") std::abort();
  if (variant == "exit") std::exit(0);
  if (variant == "throw") throw std::bad_alloc();
  if (variant == "overflow_stack") sink = static_cast<float>(overflow_stack(0));
  if (variant == "raise_fpe") std::raise(SIGFPE);
  if (variant == "read_past") sink = *const_cast<volatile float*>(x + x_count);
  if (variant == "read_before") sink = *const_cast<volatile float*>(x - 1);
  if (variant == "write_input") *const_cast<volatile float*>(x + 1) = 0.3F;  // No byte is zero.
  if (variant == "write_before") *const_cast<volatile float*>(y - 1) = 3;
  if (variant == "slack") sink = *const_cast<volatile float*>(x + x_count + kSlackElements - 1);
  (void)sink;
}

void misbehave_after(const convcheck_plan& plan, float* y) {
  const convcheck_problem& p = plan.problem;
  const std::string_view variant = plan.variant;
  const Index y_count = count(p, CONVCHECK_Y);
  if (variant == "off_by_one") y[y_count - 1] += 1;
  if (variant == "write_past" || variant == "write_gap")
    *const_cast<volatile float*>(y + y_count) = 3;
  if (variant == "print") std::printf("\x7f\x45 }garbage{ \xff\n"), std::fflush(stdout);
  if (variant == "print_together") {
    const auto print = [](const char* piece) {
      for (int i = 0; i < 1000; ++i) {
        [[maybe_unused]] const auto written = ::write(1, piece, std::strlen(piece));
      }
    };
    std::thread other(print, "{\"outcome\":");
    print("\xff}");
    other.join();
  }
  if (variant == "write_late") {
    std::thread([y] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      *const_cast<volatile float*>(y + 1) = 3;
    }).detach();
  }
  if (variant == "print_much") {
    const std::vector<char> line(1 << 16, '#');
    for (int i = 0; i < 1600; ++i) std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
  }
  if (variant == "close_all") {
    for (int fd = 3; fd < 256; ++fd) ::close(fd);
  }
  if (variant == "close_log") ::close(1);
  if (variant == "rounding") std::fesetround(FE_UPWARD);
  if (variant == "flush_to_zero") flush_to_zero();
  if (variant == "signal_mask") {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  }
  if (variant == "allocate") allocate_without_bound();
  if (variant == "second_call" && plan.runs > 1) y[0] += 1;
  if (variant == "thrown_handler") std::signal(SIGSEGV, SIG_IGN);
  if (variant == "races") {
    // Plans that run at once see each other; one alone does not.
    static std::atomic<int> running{0};
    if (running.fetch_add(1) != 0) y[0] += 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    running.fetch_sub(1);
  }
}

// True if a call may be skipped, as an engine would that does not want to be timed. Right for one
// call of a plan, and for the same call again.
bool skips_work(convcheck_plan& plan, const float* x, float* y) {
  const std::string_view variant = plan.variant;
  if (plan.runs == 1) return false;
  if (variant == "first_only") return true;
  if (variant == "keep_last" ||
      (variant == "keep_if_alike" && std::memcmp(x, plan.seen_x, sizeof plan.seen_x) == 0)) {
    std::memcpy(y, plan.kept_y.data(), plan.kept_y.size() * sizeof(float));
    return true;
  }
  return false;
}

void keep_result(convcheck_plan& plan, const float* x, float* y) {
  const std::string_view variant = plan.variant;
  const auto y_count = static_cast<std::size_t>(count(plan.problem, CONVCHECK_Y));
  if (variant == "keep_last" || variant == "keep_if_alike") {
    plan.kept_y.assign(y, y + y_count);
    std::memcpy(plan.seen_x, x, sizeof plan.seen_x);
  }
  if (variant != "first_part") return;
  // All outputs in the first call, half of them later.
  if (plan.runs == 1) plan.kept_y.assign(y, y + y_count);
  std::memcpy(y + y_count / 2, plan.kept_y.data() + y_count / 2,
              (y_count - y_count / 2) * sizeof(float));
}

std::int32_t supports(const convcheck_problem* p, const convcheck_options* options, char* why,
                      std::size_t why_size) {
  if (options->variant == std::string_view("crash_in_supports")) std::raise(SIGSEGV);
  if (options->variant == std::string_view("odd_answer")) return 17;
  if (options->variant == std::string_view("endless_reason")) {
    std::memset(why, 'a', why_size);  // No NUL.
    return CONVCHECK_UNSUPPORTED;
  }
  return convcheck_supports(
      p,
      CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_DILATION | CONVCHECK_HAS_CROPPING | CONVCHECK_HAS_EMPTY,
      why, why_size);
}

std::int32_t prepare(const convcheck_problem* p, const convcheck_options* options,
                     convcheck_plan** plan, char* why, std::size_t why_size) {
  if (options->variant == std::string_view("refuse")) {
    std::snprintf(why, why_size, "not today");
    return CONVCHECK_UNSUPPORTED;
  }
  std::string_view variant;
  for (int i = 0; kVariants[i] != nullptr; ++i) {
    if (options->variant == std::string_view(kVariants[i])) variant = kVariants[i];
  }
  *plan = new convcheck_plan{*p, variant};
  return CONVCHECK_OK;
}

void claim(const convcheck_plan*, convcheck_claim* claim) {
  claim->algorithm = CONVCHECK_ALGORITHM_DIRECT;
  claim->deterministic = 1;
  claim->thread_invariant = 1;
  claim->algorithm_name = "loops";
}

void layout(const convcheck_plan* plan, std::int32_t operand, convcheck_layout* layout) {
  const convcheck_problem& p = plan->problem;
  const std::string_view variant = plan->variant;
  layout->alignment_bytes = sizeof(float);
  if (operand == CONVCHECK_Y && variant == "strided") {
    const Index c = p.out_channels;
    const Index strides[5] = {p.y_extent[1] * p.y_extent[2] * c, 1, 0, p.y_extent[2] * c, c};
    std::memcpy(layout->strides, strides, sizeof strides);
  }
  if (operand == CONVCHECK_X && variant == "opaque") {
    layout->opaque = 1;
    layout->bytes = static_cast<std::uint64_t>(count(p, CONVCHECK_X) + 1) * sizeof(float);
  }
  if (operand == CONVCHECK_X && variant == "slack")
    layout->read_slack_bytes = kSlackElements * sizeof(float);
  if (operand == CONVCHECK_Y && (variant == "aligned" || variant == "write_gap"))
    layout->alignment_bytes = 64;
  if (operand == CONVCHECK_X && variant == "huge_layout") {
    layout->opaque = 1;
    layout->bytes = ~std::uint64_t{0};
  }
}

// The opaque layout of x: reversed, after one element that is no data.
std::int32_t import_operand(const convcheck_plan* plan, std::int32_t, const void* plain,
                            void* native, char*, std::size_t) {
  const Index n = count(plan->problem, CONVCHECK_X);
  const auto* from = static_cast<const float*>(plain);
  auto* to = static_cast<float*>(native);
  to[0] = 0;
  for (Index i = 0; i < n; ++i) to[n - i] = from[i];
  return CONVCHECK_OK;
}

std::int32_t export_operand(const convcheck_plan*, std::int32_t, const void*, void*, char* why,
                            std::size_t why_size) {
  std::snprintf(why, why_size, "only x is opaque");
  return CONVCHECK_FAILED;
}

std::int32_t pack(convcheck_plan* plan, const void* w, char*, std::size_t) {
  plan->given_w = static_cast<const float*>(w);
  plan->w.assign(plan->given_w, plan->given_w + count(plan->problem, CONVCHECK_W));
  return CONVCHECK_OK;
}

std::int32_t run(convcheck_plan* plan, void* const operands[4], char* why, std::size_t why_size) {
  auto* x = static_cast<float*>(operands[CONVCHECK_X]);
  auto* y = static_cast<float*>(operands[CONVCHECK_Y]);
  if (operands[CONVCHECK_W] != nullptr) {
    std::snprintf(why, why_size, "w came though it was packed");
    return CONVCHECK_FAILED;
  }
  if (plan->variant == "aligned" && reinterpret_cast<std::uintptr_t>(y) % 64 != 0) {
    std::snprintf(why, why_size, "y is not aligned");
    return CONVCHECK_FAILED;
  }
  ++plan->runs;
  if (skips_work(*plan, x, y)) return CONVCHECK_OK;
  misbehave_before(*plan, x, y);
  const Index last = count(plan->problem, CONVCHECK_Y) - 1;
  const float kept = plan->variant == "leave_element" ? y[last] : 0;
  convolve(*plan, x, plan->variant == "use_after_pack" ? plan->given_w : plan->w.data(), y);
  if (plan->variant == "leave_element") y[last] = kept;
  misbehave_after(*plan, y);
  keep_result(*plan, x, y);
  return CONVCHECK_OK;
}

void destroy(convcheck_plan* plan) { delete plan; }

const convcheck_peer kPeer = {
    sizeof(convcheck_peer),
    CONVCHECK_PEER_ABI_VERSION,
    "misbehaving",
    "1",
    "Apache-2.0",
    kVariants,
    supports,
    prepare,
    claim,
    layout,
    import_operand,
    export_operand,
    pack,
    run,
    destroy,
};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t) { return &kPeer; }
