// SPDX-License-Identifier: Apache-2.0
// oneDNN 2 in f32: forward, deconvolution and backward weights, in the layouts that it prefers.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peers/adapters/onednn_description.hpp"
#include "peers/convcheck_peer.h"

// libgomp's, the runtime of Debian's libdnnl; the compiler at hand may bring another omp.h.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}

namespace {

using namespace onednn_peer;

// oneDNN reads the number of threads from the OpenMP setting of the calling thread, both when it
// describes a primitive and when it executes one.
class Threads {
 public:
  explicit Threads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { omp_set_num_threads(before_); }

 private:
  int before_;
};

// A primitive with its arguments and a scratchpad of its own.
class Step {
 public:
  Step(const dnnl::primitive_desc_base& pd, const dnnl::engine& engine,
       const std::vector<std::pair<int, memory>>& arguments)
      : primitive_(pd.get()), scratchpad_(pd.scratchpad_desc(), engine) {
    for (const auto& [name, m] : arguments) arguments_.push_back({name, m.get()});
    arguments_.push_back({DNNL_ARG_SCRATCHPAD, scratchpad_.get()});
  }

  void run(const dnnl::stream& stream) const {
    // The C function takes the array as it is; the C++ one builds it from a map in every call.
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(arguments_.size()),
                               arguments_.data()),
        "could not execute a primitive");
    dnnl::error::wrap_c_api(dnnl_stream_wait(stream.get()), "could not wait for a primitive");
  }

 private:
  dnnl::primitive primitive_;
  memory scratchpad_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

// A reorder between two addresses that are given with every call.
class Conversion {
 public:
  Conversion(const dnnl::reorder::primitive_desc& pd, const dnnl::engine& engine)
      : from_(pd.src_desc(), engine, DNNL_MEMORY_NONE),
        to_(pd.dst_desc(), engine, DNNL_MEMORY_NONE),
        step_(pd, engine, {{DNNL_ARG_FROM, from_}, {DNNL_ARG_TO, to_}}) {}

  void run(const dnnl::stream& stream, const void* from, void* to) const {
    from_.set_data_handle(const_cast<void*>(from));
    to_.set_data_handle(to);
    step_.run(stream);
  }

 private:
  memory from_;
  memory to_;
  Step step_;
};

// What oneDNN says of this problem, as an answer of the ABI.
template <typename F>
std::int32_t answer(char* why, std::size_t why_size, F f) {
  try {
    f();
    return CONVCHECK_OK;
  } catch (const Refusal& refusal) {
    std::snprintf(why, why_size, "%s", refusal.reason.c_str());
    return CONVCHECK_UNSUPPORTED;
  } catch (const dnnl::error& error) {
    const bool unimplemented = error.status == dnnl_unimplemented;
    std::snprintf(why, why_size, "oneDNN %s",
                  unimplemented ? "has no such implementation for this problem" : error.what());
    return unimplemented ? CONVCHECK_UNSUPPORTED : CONVCHECK_FAILED;
  } catch (const std::exception& error) {
    std::snprintf(why, why_size, "%s", error.what());
    return CONVCHECK_FAILED;
  }
}

}  // namespace

struct convcheck_plan {
  convcheck_plan(const convcheck_problem& p, const convcheck_options& options)
      : problem(p),
        threads(options.threads),
        preferred(options.layout == CONVCHECK_LAYOUT_PREFERRED),
        winograd(std::string_view(options.variant) == "winograd"),
        description(describe(p, options.variant, engine)) {
    std::vector<std::pair<int, memory>> arguments;
    for (int i = 0; i < kOperands; ++i) {
      const Operand& operand = description.operands[i];
      if (operand.argument == 0) continue;
      if (operand.conversion) conversion[i].emplace(*operand.conversion, engine);
      native[i] = staged(i) || packed(i) ? memory(operand.native, engine)
                                         : memory(operand.native, engine, DNNL_MEMORY_NONE);
      arguments.emplace_back(operand.argument, native[i]);
    }
    primitive.emplace(description.primitive, engine, arguments);
    // "wino" is in the name of each of the library's Winograd implementations.
    winograd = winograd || algorithm().find("wino") != std::string_view::npos;
  }

  // w is taken over by pack.
  [[nodiscard]] bool packed(int operand) const {
    return operand == CONVCHECK_W && problem.operation != CONVCHECK_WGRAD;
  }
  // The caller keeps the operand in the layout of the primitive.
  [[nodiscard]] bool opaque(int operand) const {
    return preferred && conversion[operand].has_value() && !packed(operand);
  }
  // Converted within run.
  [[nodiscard]] bool staged(int operand) const {
    return conversion[operand].has_value() && !opaque(operand) && !packed(operand);
  }
  [[nodiscard]] std::string_view algorithm() const { return description.primitive.impl_info_str(); }

  // oneDNN only knows cross-correlation: true convolution has the taps of each filter reversed.
  void reverse_taps(float* w) const {
    if (problem.orientation != CONVCHECK_CONVOLUTION) return;
    const Index taps = volume(problem.w_extent);
    const Index filters = problem.out_channels * (problem.in_channels / problem.groups);
    for (Index f = 0; f < filters; ++f) std::reverse(w + f * taps, w + (f + 1) * taps);
  }

  void pack(const float* w) {
    std::vector<float> reversed;
    if (problem.orientation == CONVCHECK_CONVOLUTION) {
      reversed.assign(w, w + description.operands[CONVCHECK_W].plain.get_size() / sizeof(float));
      reverse_taps(reversed.data());
      w = reversed.data();
    }
    void* const to = native[CONVCHECK_W].get_data_handle();
    if (conversion[CONVCHECK_W])
      conversion[CONVCHECK_W]->run(stream, w, to);
    else
      std::memcpy(to, w, description.operands[CONVCHECK_W].plain.get_size());
  }

  void run(void* const operands[kOperands]) {
    const int written = problem.operation == CONVCHECK_CONV     ? CONVCHECK_Y
                        : problem.operation == CONVCHECK_DECONV ? CONVCHECK_X
                                                                : CONVCHECK_W;
    for (int i = 0; i < kOperands; ++i) {
      if (description.operands[i].argument == 0 || packed(i)) continue;
      if (!staged(i))
        native[i].set_data_handle(operands[i]);
      else if (i != written)
        conversion[i]->run(stream, operands[i], native[i].get_data_handle());
    }
    primitive->run(stream);
    if (staged(written))
      conversion[written]->run(stream, native[written].get_data_handle(), operands[written]);
    if (written == CONVCHECK_W && !opaque(written))
      reverse_taps(static_cast<float*>(operands[written]));
  }

  [[nodiscard]] std::size_t workspace_bytes() const {
    std::size_t bytes = description.primitive.scratchpad_desc().get_size();
    for (int i = 0; i < kOperands; ++i)
      if (staged(i)) bytes += description.operands[i].native.get_size();
    return bytes;
  }

  convcheck_problem problem;
  int threads;
  bool preferred;
  bool winograd;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Description description;
  std::array<std::optional<Conversion>, kOperands> conversion;
  std::array<memory, kOperands> native;
  std::optional<Step> primitive;
};

namespace {

std::int32_t supports(const convcheck_problem* p, const convcheck_options* options, char* why,
                      std::size_t why_size) {
  const Threads threads(options->threads);
  return answer(why, why_size, [&] {
    describe(*p, options->variant, {dnnl::engine::kind::cpu, 0});
  });
}

std::int32_t prepare(const convcheck_problem* p, const convcheck_options* options,
                     convcheck_plan** plan, char* why, std::size_t why_size) {
  const Threads threads(options->threads);
  return answer(why, why_size, [&] { *plan = new convcheck_plan(*p, *options); });
}

// The library documents no order of its additions and promises no bits.
void claim(const convcheck_plan* plan, convcheck_claim* claim) {
  claim->algorithm = plan->winograd ? CONVCHECK_ALGORITHM_WINOGRAD : CONVCHECK_ALGORITHM_DIRECT;
  claim->tree_height = 0;
  claim->thread_invariant = 0;
  claim->deterministic = 0;
  claim->flushes_subnormals = 0;
  claim->workspace_bytes = plan->workspace_bytes();
  claim->algorithm_name = plan->algorithm().data();
}

void layout(const convcheck_plan* plan, std::int32_t operand, convcheck_layout* layout) {
  const Operand& o = plan->description.operands[operand];
  layout->opaque = plan->opaque(operand) ? 1 : 0;
  layout->bytes = (plan->opaque(operand) ? o.native : o.plain).get_size();
  // Its own allocations are aligned to more; blocked formats hold vectors of 64 bytes.
  layout->alignment_bytes = plan->opaque(operand) ? 64 : sizeof(float);
  layout->read_slack_bytes = 0;
  const convcheck_problem& p = plan->problem;
  const Index(&extent)[3] = operand == CONVCHECK_X   ? p.x_extent
                            : operand == CONVCHECK_W ? p.w_extent
                                                     : p.y_extent;
  const Index channels = operand == CONVCHECK_X   ? p.in_channels
                         : operand == CONVCHECK_W ? p.in_channels / p.groups
                                                  : p.out_channels;
  layout->strides[4] = 1;
  layout->strides[3] = extent[2];
  layout->strides[2] = extent[1] * layout->strides[3];
  layout->strides[1] = operand == CONVCHECK_BIAS ? 1 : extent[0] * layout->strides[2];
  layout->strides[0] = channels * layout->strides[1];
}

std::int32_t import_operand(const convcheck_plan* plan, std::int32_t operand, const void* plain,
                            void* native, char* why, std::size_t why_size) {
  const Threads threads(plan->threads);
  return answer(why, why_size,
                [&] { plan->conversion[operand]->run(plan->stream, plain, native); });
}

std::int32_t export_operand(const convcheck_plan* plan, std::int32_t operand, const void* native,
                            void* plain, char* why, std::size_t why_size) {
  const Threads threads(plan->threads);
  return answer(why, why_size, [&] {
    plan->conversion[operand]->run(plan->stream, native, plain);
    if (operand == CONVCHECK_W) plan->reverse_taps(static_cast<float*>(plain));
  });
}

std::int32_t pack(convcheck_plan* plan, const void* w, char* why, std::size_t why_size) {
  const Threads threads(plan->threads);
  return answer(why, why_size, [&] { plan->pack(static_cast<const float*>(w)); });
}

std::int32_t run(convcheck_plan* plan, void* const operands[4], char* why, std::size_t why_size) {
  const Threads threads(plan->threads);
  return answer(why, why_size, [&] { plan->run(operands); });
}

void destroy(convcheck_plan* plan) { delete plan; }

const char* version() {
  static const std::string text = [] {
    const dnnl_version_t* v = dnnl::version();
    return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." +
           std::to_string(v->patch) + " (libdnnl)";
  }();
  return text.c_str();
}

const char* const kVariants[] = {"winograd", "auto", nullptr};

}  // namespace

const convcheck_peer* convcheck_peer_v1(std::int32_t host_abi_version) {
  static const convcheck_peer peer = {
      sizeof(convcheck_peer),
      CONVCHECK_PEER_ABI_VERSION,
      "onednn",
      version(),
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
  return host_abi_version == CONVCHECK_PEER_ABI_VERSION ? &peer : nullptr;
}
