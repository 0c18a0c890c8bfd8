// SPDX-License-Identifier: Apache-2.0
#include "peers/so_engine.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "peers/convcheck_peer.h"
#include "peers/protocol.hpp"
#include "peers/so_layout.hpp"

namespace convcheck::peers {
namespace {

// The sentence that a peer leaves in `why`, whatever it does with the buffer.
class Why {
 public:
  char* data() { return text_.data(); }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::string sentence() const {
    const std::string_view whole(text_.data(), text_.size());
    const std::string_view text = whole.substr(0, whole.find('\0'));
    return text.empty() ? "the peer gave no reason" : bounded_sentence(text);
  }

 private:
  std::array<char, 512> text_{};
};

// Calls into the peer. An exception that leaves a C function is a crash of the peer, even one that
// somebody above would take for a lack of memory of ours.
template <typename Call>
auto peer_call(Call call) noexcept {
  return call();
}

Status status_of(std::int32_t answer, const Why& why, const char* function) {
  switch (answer) {
    case CONVCHECK_OK:
      return {};
    case CONVCHECK_UNSUPPORTED:
      return fail(ErrorCode::kUnsupported, "{}", why.sentence());
    case CONVCHECK_FAILED:
      return fail(ErrorCode::kEngineFailed, "{}: {}", function, why.sentence());
    default:
      return fail(ErrorCode::kEngineFailed,
                  "{} answered {}, which is none of CONVCHECK_OK, CONVCHECK_UNSUPPORTED and "
                  "CONVCHECK_FAILED",
                  function, answer);
  }
}

convcheck_problem to_c(const ConvProblem& p) {
  convcheck_problem c{};
  c.struct_size = sizeof c;
  c.operation = static_cast<std::int32_t>(p.operation);
  c.rank = p.rank;
  c.padding_mode = static_cast<std::int32_t>(p.padding_mode);
  c.orientation = static_cast<std::int32_t>(p.orientation);
  c.x_type = static_cast<std::int32_t>(p.x_type);
  c.w_type = static_cast<std::int32_t>(p.w_type);
  c.y_type = static_cast<std::int32_t>(p.y_type);
  c.has_bias = p.has_bias ? 1 : 0;
  c.x_zero_point = p.x_zero_point;
  c.w_zero_point = p.w_zero_point;
  c.batch = p.batch;
  c.groups = p.groups;
  c.in_channels = p.in_channels;
  c.out_channels = p.out_channels;
  std::copy(p.x_extent.begin(), p.x_extent.end(), c.x_extent);
  std::copy(p.w_extent.begin(), p.w_extent.end(), c.w_extent);
  std::copy(p.y_extent.begin(), p.y_extent.end(), c.y_extent);
  std::copy(p.stride.begin(), p.stride.end(), c.stride);
  std::copy(p.dilation.begin(), p.dilation.end(), c.dilation);
  std::copy(p.pad_begin.begin(), p.pad_begin.end(), c.pad_begin);
  const Axes pad_end = p.pad_end();
  std::copy(pad_end.begin(), pad_end.end(), c.pad_end);
  return c;
}
static_assert(static_cast<int>(Operation::kConv) == CONVCHECK_CONV);
static_assert(static_cast<int>(Operation::kDeconv) == CONVCHECK_DECONV);
static_assert(static_cast<int>(Operation::kWgrad) == CONVCHECK_WGRAD);
static_assert(static_cast<int>(PaddingMode::kZeros) == CONVCHECK_PAD_ZEROS);
static_assert(static_cast<int>(PaddingMode::kReflect) == CONVCHECK_PAD_REFLECT);
static_assert(static_cast<int>(PaddingMode::kReplicate) == CONVCHECK_PAD_REPLICATE);
static_assert(static_cast<int>(PaddingMode::kCircular) == CONVCHECK_PAD_CIRCULAR);
static_assert(static_cast<int>(Orientation::kConvolution) == CONVCHECK_CONVOLUTION);
static_assert(static_cast<int>(Role::kX) == CONVCHECK_X);
static_assert(static_cast<int>(Role::kW) == CONVCHECK_W);
static_assert(static_cast<int>(Role::kBias) == CONVCHECK_BIAS);
static_assert(static_cast<int>(Role::kY) == CONVCHECK_Y);
static_assert(static_cast<int>(ElementType::kU8) == CONVCHECK_U8);
static_assert(static_cast<int>(AlgorithmClass::kBf16) == CONVCHECK_ALGORITHM_BF16);

convcheck_options to_c(const PlanOptions& options, const std::string& variant) {
  convcheck_options c{};
  c.struct_size = sizeof c;
  c.threads = options.threads;
  c.layout = options.layout == LayoutChoice::kPreferred ? CONVCHECK_LAYOUT_PREFERRED
                                                        : CONVCHECK_LAYOUT_PLAIN;
  c.variant = variant.c_str();
  return c;
}

constexpr std::array kRoles = {Role::kX, Role::kW, Role::kBias, Role::kY};

struct FreeBytes {
  void operator()(std::byte* p) const { std::free(p); }
};

class SoPlan final : public Plan, public WeightsInRun {
 public:
  SoPlan(const convcheck_peer& peer, const ConvProblem& problem, PlanOptions options,
         const std::string& variant)
      : peer_(peer),
        problem_(problem),
        variant_(variant),
        c_problem_(to_c(problem)),
        c_options_(to_c(options, variant_)) {}

  ~SoPlan() override {
    if (plan_ != nullptr && peer_.destroy != nullptr) peer_.destroy(plan_);
  }

  Status prepare() {
    if (peer_.prepare == nullptr) {
      // The problem stands for the plan; peers that do so only read it.
      problem_is_plan_ = reinterpret_cast<convcheck_plan*>(&c_problem_);
    } else {
      Why why;
      const std::int32_t answer = peer_call(
          [&] { return peer_.prepare(&c_problem_, &c_options_, &plan_, why.data(), why.size()); });
      CONVCHECK_TRY(status_of(answer, why, "prepare"));
      if (plan_ == nullptr)
        return fail(ErrorCode::kEngineFailed, "prepare answered CONVCHECK_OK and gave no plan");
    }
    CONVCHECK_TRY(read_claim());
    return read_layouts();
  }

  Status pack(const void* w) override {
    if (problem_.operation == Operation::kWgrad) return {};
    if (peer_.pack != nullptr) {
      Why why;
      return status_of(peer_call([&] { return peer_.pack(handle(), w, why.data(), why.size()); }),
                       why, "pack");
    }
    const OperandLayout& layout = layouts_[static_cast<std::size_t>(Role::kW)];
    if (!own_w_) {
      const std::size_t alignment = std::max<std::size_t>(layout.alignment_bytes, 64);
      const std::size_t bytes = layout.bytes + layout.read_slack_bytes + 1;
      own_w_.reset(static_cast<std::byte*>(
          std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)));
      if (!own_w_)
        return fail(ErrorCode::kEngineFailed, "no memory for a copy of {} bytes of w", bytes);
    }
    if (layout.bytes != 0) std::memcpy(own_w_.get(), w, layout.bytes);
    return {};
  }

  Status run(const Operands& operands) override {
    void* addresses[4] = {operands.x, operands.w, operands.bias, operands.y};
    if (problem_.operation != Operation::kWgrad) {
      if (peer_.pack != nullptr) {
        addresses[CONVCHECK_W] = nullptr;
      } else if (operands.w == nullptr) {
        addresses[CONVCHECK_W] = own_w_.get();
      }
    }
    Why why;
    return status_of(
        peer_call([&] { return peer_.run(handle(), addresses, why.data(), why.size()); }), why,
        "run");
  }

  [[nodiscard]] Claim claim() const override { return claim_; }
  [[nodiscard]] OperandLayout layout(Role role) const override {
    return layouts_[static_cast<std::size_t>(role)];
  }

  Status import_operand(Role role, const void* plain, void* dst) override {
    return convert(role, plain, dst, true);
  }
  Status export_operand(Role role, const void* src, void* plain) override {
    return convert(role, src, plain, false);
  }

  [[nodiscard]] std::size_t workspace_bytes() const override { return workspace_bytes_; }
  [[nodiscard]] std::string algorithm() const override { return algorithm_; }
  [[nodiscard]] bool weights_in_run() const override { return peer_.pack == nullptr; }

 private:
  [[nodiscard]] convcheck_plan* handle() const {
    return plan_ != nullptr ? plan_ : problem_is_plan_;
  }

  Status read_claim() {
    convcheck_claim c{};
    c.struct_size = sizeof c;
    c.algorithm = CONVCHECK_ALGORITHM_DIRECT;
    if (peer_.claim != nullptr) peer_.claim(handle(), &c);
    if (c.algorithm < CONVCHECK_ALGORITHM_EXACT || c.algorithm > CONVCHECK_ALGORITHM_BF16)
      return fail(
          ErrorCode::kEngineFailed,
          "claim: algorithm is {}; it must be one of the CONVCHECK_ALGORITHM_ codes 0 to {}",
          c.algorithm, CONVCHECK_ALGORITHM_BF16);
    claim_.algorithm = static_cast<AlgorithmClass>(c.algorithm);
    if (c.tree_height > 0) claim_.tree_height = c.tree_height;
    claim_.thread_invariant = c.thread_invariant != 0;
    claim_.deterministic = c.deterministic != 0;
    claim_.flushes_subnormals = c.flushes_subnormals != 0;
    workspace_bytes_ = c.workspace_bytes;
    constexpr std::size_t kMaxName = 200;
    if (c.algorithm_name != nullptr)
      algorithm_ = bounded_sentence({c.algorithm_name, ::strnlen(c.algorithm_name, kMaxName)});
    return {};
  }

  Status read_layouts() {
    for (const Role role : kRoles) {
      OperandLayout& layout = layouts_[static_cast<std::size_t>(role)];
      if (role == Role::kBias && !problem_.has_bias) continue;
      layout = plain_layout(problem_, role);
      if (peer_.layout == nullptr) continue;
      convcheck_layout c{};
      c.struct_size = sizeof c;
      peer_.layout(handle(), static_cast<std::int32_t>(role), &c);
      CONVCHECK_ASSIGN(layout, layout_from_c(c, problem_, role));
      if (layout.opaque && (peer_.import_operand == nullptr || peer_.export_operand == nullptr))
        return fail(ErrorCode::kEngineFailed,
                    "layout of {} is opaque, and import_operand or export_operand is NULL",
                    to_string(role));
    }
    return {};
  }

  Status convert(Role role, const void* src, void* dst, bool import) {
    const OperandLayout& layout = layouts_[static_cast<std::size_t>(role)];
    if (!layout.opaque) {
      copy_strided(problem_.shape(role), layout.strides, size_bytes(problem_.type(role)),
                   static_cast<const std::byte*>(src), static_cast<std::byte*>(dst), import);
      return {};
    }
    Why why;
    const auto function = import ? peer_.import_operand : peer_.export_operand;
    return status_of(peer_call([&] {
                       return function(handle(), static_cast<std::int32_t>(role), src, dst,
                                       why.data(), why.size());
                     }),
                     why, import ? "import_operand" : "export_operand");
  }

  const convcheck_peer& peer_;
  ConvProblem problem_;
  std::string variant_;
  convcheck_problem c_problem_;
  convcheck_options c_options_;
  convcheck_plan* plan_ = nullptr;             // The peer's, to be destroyed.
  convcheck_plan* problem_is_plan_ = nullptr;  // Where the peer has no `prepare`.
  Claim claim_;
  std::size_t workspace_bytes_ = 0;
  std::string algorithm_;
  std::array<OperandLayout, kRoles.size()> layouts_;
  std::unique_ptr<std::byte, FreeBytes> own_w_;
};

class SoEngine final : public Engine {
 public:
  SoEngine(const convcheck_peer& peer, std::string variant, EngineInfo info)
      : peer_(peer), variant_(std::move(variant)), info_(std::move(info)) {}

  [[nodiscard]] const EngineInfo& info() const override { return info_; }

  [[nodiscard]] Status supports(const ConvProblem& problem) const override {
    const convcheck_problem c_problem = to_c(problem);
    const convcheck_options c_options = to_c(PlanOptions{}, variant_);
    Why why;
    return status_of(
        peer_call([&] { return peer_.supports(&c_problem, &c_options, why.data(), why.size()); }),
        why, "supports");
  }

  Result<std::unique_ptr<Plan>> prepare(const ConvProblem& problem,
                                        const PlanOptions& options) override {
    auto plan = std::make_unique<SoPlan>(peer_, problem, options, variant_);
    CONVCHECK_TRY(plan->prepare());
    return std::unique_ptr<Plan>(std::move(plan));
  }

 private:
  const convcheck_peer& peer_;
  std::string variant_;
  EngineInfo info_;
};

// Text of the peer's table, bounded.
std::string table_text(const char* text) {
  constexpr std::size_t kMaxText = 200;
  return text == nullptr ? std::string() : bounded_sentence({text, ::strnlen(text, kMaxText)});
}

Status check_variant(const convcheck_peer& peer, const std::string& variant,
                     const std::string& path) {
  if (variant.empty()) return {};
  constexpr int kMaxVariants = 100;
  std::string known;
  for (int i = 0; peer.variants != nullptr && peer.variants[i] != nullptr && i < kMaxVariants;
       ++i) {
    if (variant == peer.variants[i]) return {};
    known += (known.empty() ? "" : ", ") + table_text(peer.variants[i]);
  }
  return fail(ErrorCode::kEngineStart, "{} has no variant \"{}\"; {}", path, variant,
              known.empty() ? "it has none" : "it has " + known);
}

Status check_table(const convcheck_peer& peer, const std::string& path) {
  if (peer.abi_version != CONVCHECK_PEER_ABI_VERSION)
    return fail(ErrorCode::kEngineStart,
                "{} was built for version {} of the peer ABI; this convcheck speaks version {}",
                path, peer.abi_version, CONVCHECK_PEER_ABI_VERSION);
  if (peer.struct_size < sizeof(convcheck_peer))
    return fail(ErrorCode::kEngineStart,
                "{}: convcheck_peer.struct_size is {}; version {} of the ABI has at least {} bytes",
                path, peer.struct_size, CONVCHECK_PEER_ABI_VERSION, sizeof(convcheck_peer));
  std::string missing;
  const auto demand = [&](bool there, const char* field) {
    if (there) return;
    missing += (missing.empty() ? "" : ", ");
    missing += field;
  };
  demand(peer.name != nullptr, "name");
  demand(peer.supports != nullptr, "supports");
  demand(peer.run != nullptr, "run");
  demand((peer.prepare == nullptr) == (peer.destroy == nullptr),
         peer.prepare == nullptr ? "prepare (though it has destroy)"
                                 : "destroy (though it has prepare)");
  if (missing.empty()) return {};
  return fail(ErrorCode::kEngineStart,
              "{}: NULL in convcheck_peer, where the ABI demands a value: {}", path, missing);
}

}  // namespace

Result<std::unique_ptr<Engine>> load_so_engine(const std::string& path, const std::string& variant,
                                               std::string display_name) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0)
    return fail(ErrorCode::kEngineStart, "cannot load {}: {}", path, std::strerror(errno));
  if (!S_ISREG(file.st_mode))
    return fail(ErrorCode::kEngineStart, "cannot load {}: it is no file", path);
  // A name without a slash would be searched on the library path instead.
  const std::string file_path = path.find('/') == std::string::npos ? "./" + path : path;
  // Never unloaded: libraries leave threads and destructors behind.
  void* library = ::dlopen(file_path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return fail(ErrorCode::kEngineStart, "cannot load {}: {}", path,
                bounded_sentence(reason != nullptr ? reason : "no reason given"));
  }
  const auto entry =
      reinterpret_cast<decltype(&convcheck_peer_v1)>(::dlsym(library, "convcheck_peer_v1"));
  if (entry == nullptr)
    return fail(ErrorCode::kEngineStart,
                "{} is a shared library but no peer: it exports no function convcheck_peer_v1 "
                "(peers/convcheck_peer.h)",
                path);
  const convcheck_peer* peer = entry(CONVCHECK_PEER_ABI_VERSION);
  if (peer == nullptr)
    return fail(ErrorCode::kEngineStart,
                "{} cannot serve version {} of the peer ABI: convcheck_peer_v1 answered NULL", path,
                CONVCHECK_PEER_ABI_VERSION);
  CONVCHECK_TRY(check_table(*peer, path));
  CONVCHECK_TRY(check_variant(*peer, variant, path));

  EngineInfo info;
  info.name = std::move(display_name);
  if (info.name.empty()) info.name = "so:" + path + (variant.empty() ? "" : "#" + variant);
  info.version = table_text(peer->version);
  info.licence = table_text(peer->licence);
  info.loaded = path;
  return std::unique_ptr<Engine>(std::make_unique<SoEngine>(*peer, variant, std::move(info)));
}

}  // namespace convcheck::peers
