// SPDX-License-Identifier: Apache-2.0
#include "peers/worker.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/chain_plan.hpp"
#include "core/problem_text.hpp"
#include "peers/fault_handler.hpp"
#include "peers/guarded_caller.hpp"
#include "peers/protocol.hpp"
#include "peers/shared_tensors.hpp"
#include "peers/so_engine.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {
namespace {

// Tensors of their own of what is read, for a timing that brings its own memory.
std::vector<Tensor> read_tensors(const std::vector<TensorPlace>& places, const std::byte* tensors) {
  std::vector<Tensor> operands;
  for (const TensorPlace& place : places) {
    if (place.spec.written) continue;
    operands.emplace_back(place.spec.type, place.spec.shape, tensors + place.offset);
  }
  return operands;
}

// What the last calls of a timing read; what is packed is the case's, and left empty.
std::vector<Tensor> read_last(const CaseRequest& wanted, const std::byte* tensors) {
  std::vector<Tensor> operands;
  for (const TensorPlace& place : wanted.last_places) {
    if (is_packed(place.spec, wanted.chain))
      operands.emplace_back();
    else
      operands.emplace_back(place.spec.type, place.spec.shape, tensors + place.offset);
  }
  return operands;
}

// Whether those are what is read, so that they need not be copied for every block of a case.
bool holds(const std::vector<Tensor>& operands, const std::vector<TensorPlace>& places,
           const std::byte* tensors) {
  std::size_t next = 0;
  for (const TensorPlace& place : places) {
    if (place.spec.written) continue;
    if (next == operands.size()) return false;
    const Tensor& tensor = operands[next++];
    const bool same =
        tensor.type() == place.spec.type && tensor.shape() == place.spec.shape &&
        (place.bytes == 0 || std::memcmp(tensor.data(), tensors + place.offset, place.bytes) == 0);
    if (!same) return false;
  }
  return next == operands.size();
}

void write_output(const CaseRequest& request, const Tensor& output, std::byte* tensors) {
  for (const TensorPlace& place : request.places) {
    if (!place.spec.written) continue;
    CONVCHECK_CHECK(output.size_bytes() == place.bytes, to_string(request.chain));
    if (place.bytes != 0) std::memcpy(tensors + place.offset, output.data(), place.bytes);
  }
}

class Worker {
 public:
  explicit Worker(const WorkerServices& services) : services_(services) {}

  Result<Json> answer(const std::string& kind, const Json& request) {
    try {
      return dispatch(kind, request);
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kUnsupported, "the case does not fit in memory");
    }
  }

 private:
  Result<Json> dispatch(const std::string& kind, const Json& request) {
    if (kind == "hello") return hello(request);
    if (!engine_) return fail(ErrorCode::kProtocol, "\"{}\" before a hello that succeeded", kind);
    if (kind == "supports") return supports(request);
    if (kind == "run") return run(request);
    if (kind == "time") return time(request);
    return fail(ErrorCode::kProtocol, "field \"request\" is \"{}\"", bounded_sentence(kind));
  }

  // "so:PATH#VARIANT" is loaded here; every other name is the program's.
  Result<std::unique_ptr<Engine>> make_engine(const std::string& engine, const std::string& name) {
    if (!engine.starts_with("so:")) return services_.engine(engine);
    const std::string rest = engine.substr(3);
    const std::size_t hash = rest.rfind('#');
    return load_so_engine(rest.substr(0, hash),
                          hash == std::string::npos ? std::string() : rest.substr(hash + 1), name);
  }

  Result<Json> hello(const Json& request) {
    std::int64_t protocol = 0;
    std::int64_t tensor_fd = -1;
    std::string engine;
    CONVCHECK_TRY(read_field(request, "protocol", protocol));
    CONVCHECK_TRY(read_field(request, "engine", engine));
    CONVCHECK_TRY(read_field(request, "tensor_fd", tensor_fd));
    if (protocol != kProtocolVersion)
      return fail(ErrorCode::kProtocol, "protocol version {}; this worker speaks {}", protocol,
                  kProtocolVersion);
    std::string name;
    CONVCHECK_TRY(read_field(request, "name", name, false));
    CONVCHECK_ASSIGN(engine_, make_engine(engine, name));
    caller_.emplace(*engine_);
    tensors_.emplace(static_cast<int>(tensor_fd));
    return Json{{"protocol", kProtocolVersion}, {"info", info_to_json(engine_->info())}};
  }

  Result<Json> supports(const Json& request) {
    CONVCHECK_ASSIGN(const Chain chain, chain_from_json(request));
    set_fault_phase(Phase::kSupports);
    const Status status = supports_chain(*engine_, chain);
    set_fault_phase(Phase::kNone);
    if (status) return Json{{"supported", true}};
    if (status.error().code != ErrorCode::kUnsupported)
      return tl::unexpected<Error>(status.error());
    return Json{{"supported", false}, {"reason", bounded_sentence(status.error().message)}};
  }

  Result<Json> run(const Json& request) {
    CONVCHECK_ASSIGN(const CaseRequest wanted, case_from_json(request));
    CONVCHECK_ASSIGN(std::byte* const tensors, tensors_->map(wanted.tensor_bytes));
    return outcome_to_json(caller_->run(wanted, tensors));
  }

  Result<Json> time(const Json& request) {
    if (!services_.timing)
      return fail(ErrorCode::kBadInput, "this worker was made without a timer");
    CONVCHECK_ASSIGN(const CaseRequest wanted, case_from_json(request));
    CONVCHECK_ASSIGN(std::byte* const tensors, tensors_->map(wanted.tensor_bytes));
    const auto asked = request.find("timing");
    if (asked == request.end() || !asked->is_object())
      return fail(ErrorCode::kProtocol, "the request needs an object \"timing\"");
    CONVCHECK_ASSIGN(TimingRequest timing_request, timing_request_from_json(*asked));
    const bool held = timing_request.case_id != 0 && timing_request.case_id == timed_id_;
    if (!held) timed_last_.clear();
    if (!held && !holds(timed_.operands, wanted.places, tensors)) {
      timed_.operands.clear();
      timed_.operands = read_tensors(wanted.places, tensors);
    }
    timed_.chain = wanted.chain;
    timed_.environment = wanted.environment;
    timed_id_ = timing_request.case_id;
    if (!wanted.last_places.empty()) {
      if (timed_last_.empty()) timed_last_ = read_last(wanted, tensors);
      timing_request.last_operands = &timed_last_;
    }
    set_fault_phase(Phase::kTime);
    const Result<Timing> timing = services_.timing(*engine_, timed_, timing_request);
    set_fault_phase(Phase::kNone);
    if (!timing) return tl::unexpected<Error>(timing.error());
    if (timing->last_output) write_output(wanted, *timing->last_output, tensors);
    return Json{{"outcome", to_string(OutcomeKind::kCompleted)},
                {"timing", timing_to_json(*timing)}};
  }

  const WorkerServices& services_;
  std::unique_ptr<Engine> engine_;
  std::optional<GuardedCaller> caller_;
  std::optional<MappedTensors> tensors_;
  Case timed_;                      // The last one.
  std::uint64_t timed_id_ = 0;      // Its number.
  std::vector<Tensor> timed_last_;  // What its last calls read, if that was asked for.
};

Result<int> descriptor_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr)
    return fail(ErrorCode::kBadInput, "a worker is started by convcheck: {} is not set", variable);
  int fd = -1;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, fd);
  if (error != std::errc() || stop != end || fd < 0)
    return fail(ErrorCode::kBadInput, "{} is \"{}\"; it must be the number of a descriptor",
                variable, text);
  return fd;
}

}  // namespace

int worker_main(int request_fd, int answer_fd, const WorkerServices& services) {
  // A parent that is gone is seen as an error of write, not as a signal.
  ::signal(SIGPIPE, SIG_IGN);
  Worker worker(services);
  for (;;) {
    install_fault_handlers(answer_fd);
    Result<std::optional<Json>> request = read_message(request_fd);
    if (!request) return kExitChannelLost;
    if (!*request) return 0;
    std::int64_t id = 0;
    std::string kind;
    Status fields = read_field(**request, "id", id);
    if (fields) fields = read_field(**request, "request", kind);
    if (kind == "quit") return 0;
    set_fault_request(id);
    Result<Json> answer = fields ? worker.answer(kind, **request)
                                 : Result<Json>(tl::unexpected<Error>(fields.error()));
    set_fault_phase(Phase::kNone);
    Json message = answer ? *std::move(answer) : error_to_json(answer.error());
    message["id"] = id;
    if (!write_message(answer_fd, message)) return kExitChannelLost;
  }
}

Result<int> worker_main_from_environment(const WorkerServices& services) {
  CONVCHECK_ASSIGN(const int request_fd, descriptor_from(kRequestVariable));
  CONVCHECK_ASSIGN(const int answer_fd, descriptor_from(kAnswerVariable));
  return worker_main(request_fd, answer_fd, services);
}

}  // namespace convcheck::peers
