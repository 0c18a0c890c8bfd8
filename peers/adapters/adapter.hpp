// SPDX-License-Identifier: Apache-2.0
// What adapters share: refusals, plans with virtual functions, and the C ABI's table over them.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "peers/convcheck_peer.h"

namespace adapters {

using Index = std::int64_t;

// A refusal on its way to `why`.
struct Refusal {
  std::string reason;
};

inline Index volume(const Index (&extent)[3]) { return extent[0] * extent[1] * extent[2]; }

inline bool all_of_type(const convcheck_problem& p, std::int32_t type) {
  return p.x_type == type && p.w_type == type && p.y_type == type;
}

inline std::size_t bytes_of(std::int32_t type) {
  switch (type) {
    case CONVCHECK_F64:
      return 8;
    case CONVCHECK_F32:
    case CONVCHECK_S32:
      return 4;
    case CONVCHECK_BF16:
    case CONVCHECK_F16:
      return 2;
    default:
      return 1;
  }
}

// What the problem needs and the features (CONVCHECK_HAS_...) lack, whatever the element type.
inline void demand_features(convcheck_problem p, std::int32_t features) {
  p.x_type = p.w_type = p.y_type = CONVCHECK_F32;
  if (const char* lacking = convcheck_lacking(&p, features)) throw Refusal{lacking};
}

inline void demand_variant(std::string_view variant, std::initializer_list<const char*> known) {
  if (variant.empty()) return;
  for (const char* name : known)
    if (variant == name) return;
  throw Refusal{"unknown variant " + std::string(variant)};
}

// An adapter whose method would take more than half of the machine's memory refuses.
inline void demand_memory(double bytes, const char* what) {
  const double machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes <= machine / 2) return;
  char text[160];
  std::snprintf(text, sizeof text, "%s of %.1f GB: more than half of this machine's memory", what,
                bytes / 1e9);
  throw Refusal{text};
}

// Where index i of the padded axis lies in [0, extent), or -1 for a zero.
inline Index padded_index(Index i, Index extent, std::int32_t mode) {
  if (i >= 0 && i < extent) return i;
  if (mode == CONVCHECK_PAD_ZEROS) return -1;
  if (mode == CONVCHECK_PAD_REPLICATE || extent == 1) return i < 0 ? 0 : extent - 1;
  const Index period = mode == CONVCHECK_PAD_CIRCULAR ? extent : 2 * (extent - 1);
  const Index folded = (i % period + period) % period;
  return folded < extent ? folded : period - folded;
}

// A padding at the end, not negative, with which the floor formula gives y_extent: that at the
// begin where it does, else the least. Only where no crop is needed.
inline Index floor_pad_end(const convcheck_problem& p, int axis) {
  const Index begin = p.pad_begin[axis], end = p.pad_end[axis];
  return end <= begin && begin < end + p.stride[axis] ? begin : std::max<Index>(end, 0);
}

// The tree height of a convolution by transforms of `elements` numbers, summed over `channels`: two
// transforms there and one back, 7 roundings for each factor of 2 (Higham 2002, theorem 24.2:
// u + 4 sqrt(2) u a level of radix 2; higher radices have fewer) and for what packs real data, the
// product of two complex numbers, the scale, the sum and the bias.
inline Index transform_height(double elements, Index channels) {
  const auto levels = static_cast<Index>(std::ceil(std::log2(std::max(elements, 2.0)))) + 1;
  return 3 * 7 * levels + 4 + channels + 2;
}

inline int written_operand(const convcheck_problem& p) {
  return p.operation == CONVCHECK_CONV     ? CONVCHECK_Y
         : p.operation == CONVCHECK_DECONV ? CONVCHECK_X
                                           : CONVCHECK_W;
}

// Dense, slowest axis first.
inline void plain_layout(const convcheck_problem& p, std::int32_t operand, convcheck_layout& l) {
  const Index(&extent)[3] = operand == CONVCHECK_X   ? p.x_extent
                            : operand == CONVCHECK_W ? p.w_extent
                                                     : p.y_extent;
  const std::int32_t type = operand == CONVCHECK_X   ? p.x_type
                            : operand == CONVCHECK_W ? p.w_type
                                                     : p.y_type;
  const Index outer = operand == CONVCHECK_W ? p.out_channels : p.batch;
  const Index channels = operand == CONVCHECK_X   ? p.in_channels
                         : operand == CONVCHECK_W ? p.in_channels / p.groups
                                                  : p.out_channels;
  const std::size_t size = bytes_of(type);
  l.opaque = 0;
  l.alignment_bytes = size;
  l.read_slack_bytes = 0;
  l.strides[4] = 1;
  l.strides[3] = extent[2];
  l.strides[2] = extent[1] * l.strides[3];
  l.strides[1] = extent[0] * l.strides[2];
  l.strides[0] = channels * l.strides[1];
  l.bytes = static_cast<std::size_t>(outer * l.strides[0]) * size;
  if (operand == CONVCHECK_BIAS) {
    const Index count = p.operation == CONVCHECK_DECONV ? p.in_channels : p.out_channels;
    l.alignment_bytes = bytes_of(p.operation == CONVCHECK_DECONV ? p.x_type : p.y_type);
    l.bytes = static_cast<std::size_t>(count) * l.alignment_bytes;
    for (Index& stride : l.strides) stride = 1;
  }
}

// f(i, thread) for i in [0, count), by at most `threads` threads, which are started for this call.
// f must not throw.
template <typename F>
void parallel_for(Index count, int threads, F f) {
  threads = static_cast<int>(std::min<Index>(threads, count));
  std::atomic<Index> next{0};
  const auto work = [&](int thread) {
    for (Index i = next++; i < count; i = next++) f(i, thread);
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
  work(0);
  for (std::thread& other : others) other.join();
}

}  // namespace adapters

// A plan of an adapter that uses the table below.
struct convcheck_plan {
  explicit convcheck_plan(const convcheck_problem& p) : problem(p) {}
  convcheck_plan(const convcheck_plan&) = delete;
  convcheck_plan& operator=(const convcheck_plan&) = delete;
  virtual ~convcheck_plan() = default;

  virtual void claim(convcheck_claim&) const {}  // All 0 but the class, which is direct.
  virtual void layout(std::int32_t operand, convcheck_layout& l) const {
    adapters::plain_layout(problem, operand, l);
  }
  virtual void import_operand(std::int32_t /*operand*/, const void* /*plain*/,
                              void* /*native*/) const {}
  virtual void export_operand(std::int32_t /*operand*/, const void* /*native*/,
                              void* /*plain*/) const {}
  virtual void pack(const void* /*w*/) {}
  virtual void run(void* const operands[4]) = 0;

  const convcheck_problem problem;
};

namespace adapters {

// A refusal, an error of the library, or neither, as an answer of the ABI.
template <typename F>
std::int32_t answer(char* why, std::size_t why_size, F f) {
  try {
    f();
    return CONVCHECK_OK;
  } catch (const Refusal& refusal) {
    std::snprintf(why, why_size, "%s", refusal.reason.c_str());
    return CONVCHECK_UNSUPPORTED;
  } catch (const std::exception& error) {
    std::snprintf(why, why_size, "%s", error.what());
    return CONVCHECK_FAILED;
  } catch (...) {
    std::snprintf(why, why_size, "an exception of no standard type");
    return CONVCHECK_FAILED;
  }
}

// The table of a Library, a struct of
//   static constexpr const char* kName, kLicence
//   static constexpr const char* const* kVariants      NULL-terminated, or nullptr
//   static constexpr bool kPacks, kOpaque              whether plans have pack, and import/export
//   static const char* version()
//   static void check(const convcheck_problem&, const convcheck_options&)     throws Refusal
//   static std::unique_ptr<convcheck_plan> make(the same)                     after check
template <typename Library>
const convcheck_peer* peer(std::int32_t host_abi_version) {
  static const convcheck_peer table = {
      sizeof(convcheck_peer),
      CONVCHECK_PEER_ABI_VERSION,
      Library::kName,
      Library::version(),
      Library::kLicence,
      Library::kVariants,
      [](const convcheck_problem* p, const convcheck_options* o, char* why, std::size_t why_size) {
        return answer(why, why_size, [&] { Library::check(*p, *o); });
      },
      [](const convcheck_problem* p, const convcheck_options* o, convcheck_plan** plan, char* why,
         std::size_t why_size) {
        return answer(why, why_size, [&] {
          Library::check(*p, *o);
          *plan = Library::make(*p, *o).release();
        });
      },
      [](const convcheck_plan* plan, convcheck_claim* claim) {
        claim->algorithm = CONVCHECK_ALGORITHM_DIRECT;
        plan->claim(*claim);
      },
      [](const convcheck_plan* plan, std::int32_t operand, convcheck_layout* layout) {
        plan->layout(operand, *layout);
      },
      Library::kOpaque ? [](const convcheck_plan* plan, std::int32_t operand, const void* plain,
                            void* native, char* why, std::size_t why_size) {
        return answer(why, why_size, [&] { plan->import_operand(operand, plain, native); });
      } : decltype(convcheck_peer::import_operand){nullptr},
      Library::kOpaque ? [](const convcheck_plan* plan, std::int32_t operand, const void* native,
                            void* plain, char* why, std::size_t why_size) {
        return answer(why, why_size, [&] { plan->export_operand(operand, native, plain); });
      } : decltype(convcheck_peer::export_operand){nullptr},
      Library::kPacks ? [](convcheck_plan* plan, const void* w, char* why, std::size_t why_size) {
        return answer(why, why_size, [&] { plan->pack(w); });
      } : decltype(convcheck_peer::pack){nullptr},
      [](convcheck_plan* plan, void* const operands[4], char* why, std::size_t why_size) {
        return answer(why, why_size, [&] { plan->run(operands); });
      },
      [](convcheck_plan* plan) { delete plan; },
  };
  return host_abi_version == CONVCHECK_PEER_ABI_VERSION ? &table : nullptr;
}

}  // namespace adapters
