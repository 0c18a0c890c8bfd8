// SPDX-License-Identifier: Apache-2.0
#include "peers/wire.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/problem_text.hpp"

namespace convcheck::peers {
namespace {

constexpr std::array kOutcomeKinds = {
    OutcomeKind::kCompleted,     OutcomeKind::kRefused,  OutcomeKind::kFailed,
    OutcomeKind::kCrashed,       OutcomeKind::kTimedOut, OutcomeKind::kOverMemory,
    OutcomeKind::kProtocolError,
};
constexpr std::array kFindingKinds = {
    Finding::Kind::kStrayWrite,          Finding::Kind::kInputModified,
    Finding::Kind::kPoisonLeft,          Finding::Kind::kEnvironmentChanged,
    Finding::Kind::kConcurrencyMismatch, Finding::Kind::kMemoryGrowth,
};
constexpr std::array kErrorCodes = {
    ErrorCode::kParse,       ErrorCode::kInvalidProblem,
    ErrorCode::kBadInput,    ErrorCode::kUnsupported,
    ErrorCode::kEngineStart, ErrorCode::kEngineFailed,
    ErrorCode::kProtocol,    ErrorCode::kIo,
};

// The enumerator whose to_string is `name`.
template <typename Values>
Result<typename Values::value_type> named(const Values& values, const std::string& name,
                                          const char* field) {
  std::string known;
  for (const auto value : values) {
    if (name == to_string(value)) return value;
    known += known.empty() ? "" : ", ";
    known += to_string(value);
  }
  return fail(ErrorCode::kProtocol, "field \"{}\" is \"{}\"; it must be one of {}", field,
              bounded_sentence(name).substr(0, 60), known);
}

Json axes_to_json(const Axes& axes, const ConvProblem& p) {
  return Json(std::vector<std::int64_t>(axes.begin() + p.first_axis(), axes.end()));
}

Json problem_to_json(const ConvProblem& p) {
  return {
      {"operation", to_string(p.operation)},
      {"rank", p.rank},
      {"batch", p.batch},
      {"groups", p.groups},
      {"in_channels", p.in_channels},
      {"out_channels", p.out_channels},
      {"x_extent", axes_to_json(p.x_extent, p)},
      {"w_extent", axes_to_json(p.w_extent, p)},
      {"y_extent", axes_to_json(p.y_extent, p)},
      {"stride", axes_to_json(p.stride, p)},
      {"dilation", axes_to_json(p.dilation, p)},
      {"pad_begin", axes_to_json(p.pad_begin, p)},
      {"pad_end", axes_to_json(p.pad_end(), p)},
      {"padding_mode", to_string(p.padding_mode)},
      {"orientation",
       p.orientation == Orientation::kConvolution ? "convolution" : "cross-correlation"},
      {"x_type", to_string(p.x_type)},
      {"w_type", to_string(p.w_type)},
      {"y_type", to_string(p.y_type)},
      {"has_bias", p.has_bias},
      {"x_zero_point", p.x_zero_point},
      {"w_zero_point", p.w_zero_point},
  };
}

Json place_to_json(const TensorPlace& place) {
  return {
      {"name", place.spec.name},   {"role", to_string(place.spec.role)},
      {"step", place.spec.step},   {"type", to_string(place.spec.type)},
      {"shape", place.spec.shape}, {"offset", place.offset},
      {"bytes", place.bytes},
  };
}

Status read_place(const Json& entry, std::uint64_t tensor_bytes, TensorPlace& place) {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
  CONVCHECK_TRY(read_field(entry, "name", name));
  CONVCHECK_TRY(read_field(entry, "offset", offset));
  CONVCHECK_TRY(read_field(entry, "bytes", bytes));
  const auto right = static_cast<std::int64_t>(element_count(place.spec.shape)) *
                     static_cast<std::int64_t>(size_bytes(place.spec.type));
  if (name != place.spec.name || bytes != right)
    return fail(ErrorCode::kProtocol, "operand \"{}\" of {} bytes where the chain has \"{}\" of {}",
                bounded_sentence(name), bytes, place.spec.name, right);
  if (offset < 0 || static_cast<std::uint64_t>(offset) > tensor_bytes ||
      static_cast<std::uint64_t>(bytes) > tensor_bytes - static_cast<std::uint64_t>(offset))
    return fail(ErrorCode::kProtocol, "operand \"{}\" at {} does not lie in the {} tensor bytes",
                name, offset, tensor_bytes);
  place.offset = static_cast<std::uint64_t>(offset);
  place.bytes = static_cast<std::uint64_t>(bytes);
  return {};
}

// The places of what the chain reads, and of what it writes unless `output` is null.
Result<std::vector<TensorPlace>> read_places(const Chain& chain, const Json& operands,
                                             const Json* output, std::uint64_t tensor_bytes) {
  const std::vector<OperandSpec> specs = operand_specs(chain);
  if (operands.size() + 1 != specs.size())
    return fail(ErrorCode::kProtocol, "{} operands where the chain reads {}", operands.size(),
                specs.size() - 1);
  std::vector<TensorPlace> places;
  std::size_t next = 0;
  for (const OperandSpec& spec : specs) {
    if (spec.written && output == nullptr) continue;
    const Json& entry = spec.written ? *output : operands[next++];
    if (!entry.is_object()) return fail(ErrorCode::kProtocol, "an operand is no object");
    TensorPlace place{spec, 0, 0};
    CONVCHECK_TRY(read_place(entry, tensor_bytes, place));
    places.push_back(std::move(place));
  }
  return places;
}

Status read_int(const Json& object, const char* key, int& value, std::int64_t low,
                std::int64_t high) {
  std::int64_t wide = value;
  CONVCHECK_TRY(read_field(object, key, wide, false));
  if (wide < low || wide > high)
    return fail(ErrorCode::kProtocol, "field \"{}\" is {}; it must be from {} to {}", key, wide,
                low, high);
  value = static_cast<int>(wide);
  return {};
}

Json environment_to_json(const Environment& environment) {
  return {
      {"threads", environment.threads},
      {"layout", environment.layout == LayoutChoice::kPreferred ? "preferred" : "plain"},
      {"guard", environment.guard == GuardSide::kBefore ? "before" : "after"},
      {"misalignment_bytes", environment.misalignment_bytes},
      {"read_only_inputs", environment.read_only_inputs},
      {"poison", environment.poison},
      {"prior_calls", environment.prior_calls},
      {"concurrent_calls", environment.concurrent_calls},
  };
}

Result<Environment> environment_from_json(const Json& json) {
  Environment environment;
  std::string layout = "plain";
  std::string guard = "after";
  int poison = environment.poison;
  constexpr int kMany = 1'000'000;
  CONVCHECK_TRY(read_int(json, "threads", environment.threads, 1, kMany));
  CONVCHECK_TRY(read_field(json, "layout", layout, false));
  CONVCHECK_TRY(read_field(json, "guard", guard, false));
  CONVCHECK_TRY(read_int(json, "misalignment_bytes", environment.misalignment_bytes, 0, kMany));
  CONVCHECK_TRY(read_field(json, "read_only_inputs", environment.read_only_inputs, false));
  CONVCHECK_TRY(read_int(json, "poison", poison, 0, 255));
  CONVCHECK_TRY(read_int(json, "prior_calls", environment.prior_calls, 0, kMany));
  CONVCHECK_TRY(read_int(json, "concurrent_calls", environment.concurrent_calls, 1, kMany));
  environment.layout = layout == "preferred" ? LayoutChoice::kPreferred : LayoutChoice::kPlain;
  environment.guard = guard == "before" ? GuardSide::kBefore : GuardSide::kAfter;
  environment.poison = static_cast<std::uint8_t>(poison);
  return environment;
}

Json claim_to_json(const Claim& claim) {
  Json json = {
      {"algorithm", to_string(claim.algorithm)},
      {"thread_invariant", claim.thread_invariant},
      {"deterministic", claim.deterministic},
      {"flushes_subnormals", claim.flushes_subnormals},
  };
  if (claim.tree_height) json["tree_height"] = *claim.tree_height;
  return json;
}

Result<Claim> claim_from_json(const Json& json) {
  Claim claim;
  std::string algorithm = to_string(claim.algorithm);
  CONVCHECK_TRY(read_field(json, "algorithm", algorithm, false));
  const auto known = parse_algorithm_class(algorithm);
  if (!known)
    return fail(ErrorCode::kProtocol,
                "field \"claim.algorithm\" is \"{}\"; it must be one of exact, direct, winograd, "
                "fft, tf32, bf16",
                bounded_sentence(algorithm).substr(0, 60));
  claim.algorithm = *known;
  std::int64_t tree_height = 0;
  CONVCHECK_TRY(read_field(json, "tree_height", tree_height, false));
  if (tree_height > 0) claim.tree_height = tree_height;
  CONVCHECK_TRY(read_field(json, "thread_invariant", claim.thread_invariant, false));
  CONVCHECK_TRY(read_field(json, "deterministic", claim.deterministic, false));
  CONVCHECK_TRY(read_field(json, "flushes_subnormals", claim.flushes_subnormals, false));
  return claim;
}

}  // namespace

Json chain_to_json(const Chain& chain) {
  Json steps = Json::array();
  for (const Step& step : chain.steps) {
    if (const auto* problem = std::get_if<ConvProblem>(&step))
      steps.push_back(problem_to_json(*problem));
    else
      steps.push_back({{"shuffle", std::get<Shuffle>(step).groups}});
  }
  return {{"chain", to_string(chain)}, {"steps", std::move(steps)}};
}

Json case_to_json(const Chain& chain, const Environment& environment,
                  const std::vector<TensorPlace>& places, std::uint64_t tensor_bytes) {
  Json json = chain_to_json(chain);
  json["environment"] = environment_to_json(environment);
  json["operands"] = Json::array();
  for (const TensorPlace& place : places) {
    if (place.spec.written)
      json["output"] = place_to_json(place);
    else
      json["operands"].push_back(place_to_json(place));
  }
  json["tensor_bytes"] = tensor_bytes;
  return json;
}

Json operands_to_json(const std::vector<TensorPlace>& places) {
  Json list = Json::array();
  for (const TensorPlace& place : places) list.push_back(place_to_json(place));
  return list;
}

Result<Chain> chain_from_json(const Json& json) {
  std::string text;
  CONVCHECK_TRY(read_field(json, "chain", text));
  CONVCHECK_ASSIGN(NamedChain named_chain, parse_chain(text));
  return std::move(named_chain.chain);
}

Result<CaseRequest> case_from_json(const Json& json) {
  CaseRequest request;
  CONVCHECK_ASSIGN(request.chain, chain_from_json(json));
  std::int64_t tensor_bytes = 0;
  CONVCHECK_TRY(read_field(json, "tensor_bytes", tensor_bytes));
  if (tensor_bytes < 0) return fail(ErrorCode::kProtocol, "field \"tensor_bytes\" is negative");
  request.tensor_bytes = static_cast<std::uint64_t>(tensor_bytes);
  const auto environment = json.find("environment");
  if (environment != json.end() && environment->is_object()) {
    CONVCHECK_ASSIGN(request.environment, environment_from_json(*environment));
  }

  const auto operands = json.find("operands");
  const auto output = json.find("output");
  if (operands == json.end() || !operands->is_array() || output == json.end() ||
      !output->is_object())
    return fail(ErrorCode::kProtocol, "the request needs an array \"operands\" and an \"output\"");
  CONVCHECK_ASSIGN(request.places,
                   read_places(request.chain, *operands, &*output, request.tensor_bytes));
  const auto last = json.find("last_operands");
  if (last == json.end() || last->is_null()) return request;
  if (!last->is_array()) return fail(ErrorCode::kProtocol, "field \"last_operands\" is no array");
  CONVCHECK_ASSIGN(request.last_places,
                   read_places(request.chain, *last, nullptr, request.tensor_bytes));
  return request;
}

Json outcome_to_json(const Outcome& outcome) {
  Json json = {
      {"outcome", to_string(outcome.kind)},
      {"algorithm", bounded_sentence(outcome.algorithm)},
      {"claim", claim_to_json(outcome.claim)},
  };
  if (!outcome.reason.empty()) json["reason"] = bounded_sentence(outcome.reason);
  for (const Finding& finding : outcome.findings) {
    json["findings"].push_back({
        {"kind", to_string(finding.kind)},
        {"operand", finding.operand},
        {"offset_bytes", finding.offset_bytes},
        {"detail", bounded_sentence(finding.detail)},
    });
  }
  return json;
}

Result<Outcome> outcome_from_json(const Json& json) {
  Outcome outcome;
  std::string kind;
  CONVCHECK_TRY(read_field(json, "outcome", kind));
  CONVCHECK_ASSIGN(outcome.kind, named(kOutcomeKinds, kind, "outcome"));
  CONVCHECK_TRY(
      read_field(json, "reason", outcome.reason, outcome.kind != OutcomeKind::kCompleted));
  CONVCHECK_TRY(read_field(json, "algorithm", outcome.algorithm, false));
  const auto claim = json.find("claim");
  if (claim != json.end() && !claim->is_null()) {
    if (!claim->is_object()) return fail(ErrorCode::kProtocol, "field \"claim\" is no object");
    CONVCHECK_ASSIGN(outcome.claim, claim_from_json(*claim));
  }
  const auto findings = json.find("findings");
  if (findings == json.end() || findings->is_null()) return outcome;
  if (!findings->is_array()) return fail(ErrorCode::kProtocol, "field \"findings\" is no array");
  for (const Json& entry : *findings) {
    if (!entry.is_object()) return fail(ErrorCode::kProtocol, "a finding is no object");
    Finding finding;
    std::string finding_kind;
    CONVCHECK_TRY(read_field(entry, "kind", finding_kind));
    CONVCHECK_ASSIGN(finding.kind, named(kFindingKinds, finding_kind, "kind"));
    CONVCHECK_TRY(read_field(entry, "operand", finding.operand, false));
    CONVCHECK_TRY(read_field(entry, "offset_bytes", finding.offset_bytes, false));
    CONVCHECK_TRY(read_field(entry, "detail", finding.detail));
    outcome.findings.push_back(std::move(finding));
  }
  return outcome;
}

Json info_to_json(const EngineInfo& info) {
  return {
      {"name", bounded_sentence(info.name)},
      {"version", bounded_sentence(info.version)},
      {"loaded", bounded_sentence(info.loaded)},
      {"licence", bounded_sentence(info.licence)},
  };
}

Status info_from_json(const Json& json, EngineInfo& info) {
  CONVCHECK_TRY(read_field(json, "name", info.name, false));
  CONVCHECK_TRY(read_field(json, "version", info.version, false));
  CONVCHECK_TRY(read_field(json, "loaded", info.loaded, false));
  return read_field(json, "licence", info.licence, false);
}

Json error_to_json(const Error& error) {
  return {
      {"error", {{"code", to_string(error.code)}, {"message", bounded_sentence(error.message)}}}};
}

Result<Error> error_from_json(const Json& json, ErrorCode fallback) {
  if (!json.is_object()) return fail(ErrorCode::kProtocol, "field \"error\" is no object");
  Error error{fallback, {}};
  std::string code;
  CONVCHECK_TRY(read_field(json, "message", error.message));
  CONVCHECK_TRY(read_field(json, "code", code, false));
  for (const ErrorCode known : kErrorCodes) {
    if (code == to_string(known)) error.code = known;
  }
  error.message = bounded_sentence(error.message);
  return error;
}

}  // namespace convcheck::peers
