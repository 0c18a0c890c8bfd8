// SPDX-License-Identifier: Apache-2.0
// Requests for times, and times, as JSON.
#include <algorithm>
#include <cmath>
#include <string>

#include "peers/wire.hpp"

namespace convcheck::peers {
namespace {

Result<CacheState> cache_state(const std::string& name) {
  for (const CacheState state :
       {CacheState::kHot, CacheState::kColdWeights, CacheState::kColdEverything}) {
    if (name == to_string(state)) return state;
  }
  return fail(ErrorCode::kProtocol,
              "field \"caches\" is \"{}\"; it must be one of hot, cold-weights, cold-everything",
              bounded_sentence(name).substr(0, 60));
}

// Nothing where the field is absent; kProtocol unless it is finite and not negative.
Result<std::optional<double>> optional_number(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  double value = 0;
  CONVCHECK_TRY(read_field(json, key, value));
  if (!(value >= 0) || value > 1e18)
    return fail(ErrorCode::kProtocol, "field \"{}\" is {}; it must be from 0 to 1e18", key, value);
  return value;
}

Status read_call_seconds(const Json& json, std::vector<double>& seconds) {
  const auto list = json.find("call_seconds");
  if (list == json.end()) return {};
  if (!list->is_array()) return fail(ErrorCode::kProtocol, "field \"call_seconds\" is no array");
  for (const Json& entry : *list) {
    if (!entry.is_number() || !(entry.get<double>() > 0))
      return fail(ErrorCode::kProtocol, "field \"call_seconds\" has an entry that is no time");
    seconds.push_back(entry.get<double>());
  }
  return {};
}

}  // namespace

Json timing_request_to_json(const TimingRequest& request) {
  return {
      {"min_block_seconds", request.min_block_seconds},
      {"budget_seconds", request.budget_seconds},
      {"with_conversion", request.with_conversion},
      {"calls", request.calls},
      {"caches", to_string(request.caches)},
      {"flush_bytes", request.flush_bytes},
      {"poison", request.poison},
      {"case_id", request.case_id},
  };
}

Result<TimingRequest> timing_request_from_json(const Json& json) {
  TimingRequest request;
  CONVCHECK_TRY(read_field(json, "min_block_seconds", request.min_block_seconds));
  CONVCHECK_TRY(read_field(json, "budget_seconds", request.budget_seconds));
  CONVCHECK_TRY(read_field(json, "with_conversion", request.with_conversion, false));
  CONVCHECK_TRY(read_field(json, "calls", request.calls, false));
  std::string caches = to_string(request.caches);
  CONVCHECK_TRY(read_field(json, "caches", caches, false));
  CONVCHECK_ASSIGN(request.caches, cache_state(caches));
  std::int64_t flush_bytes = 0;
  CONVCHECK_TRY(read_field(json, "flush_bytes", flush_bytes, false));
  if (flush_bytes < 0)
    return fail(ErrorCode::kProtocol, "field \"flush_bytes\" is {}; it must not be negative",
                flush_bytes);
  request.flush_bytes = static_cast<std::uint64_t>(flush_bytes);
  std::int64_t poison = request.poison;
  CONVCHECK_TRY(read_field(json, "poison", poison, false));
  if (poison < 0 || poison > 255)
    return fail(ErrorCode::kProtocol, "field \"poison\" is {}; it must be from 0 to 255", poison);
  request.poison = static_cast<std::uint8_t>(poison);
  std::int64_t case_id = 0;
  CONVCHECK_TRY(read_field(json, "case_id", case_id, false));
  if (case_id < 0)
    return fail(ErrorCode::kProtocol, "field \"case_id\" is {}; it must not be negative", case_id);
  request.case_id = static_cast<std::uint64_t>(case_id);
  return request;
}

Json timing_to_json(const Timing& timing) {
  Json json = {
      {"prepare_seconds", timing.prepare_seconds},
      {"pack_seconds", timing.pack_seconds},
      {"calls", timing.calls},
      {"seconds_per_call", timing.seconds_per_call},
      {"workspace_bytes", timing.workspace_bytes},
      {"over_budget", timing.over_budget},
      {"lower_bound_seconds", timing.lower_bound_seconds},
      {"algorithm", bounded_sentence(timing.algorithm)},
  };
  if (!timing.call_seconds.empty()) json["call_seconds"] = timing.call_seconds;
  const auto put = [&](const char* key, const auto& value) {
    if (value) json[key] = *value;
  };
  put("allocations", timing.allocations);
  put("peak_memory_bytes", timing.peak_memory_bytes);
  put("instructions", timing.counters.instructions);
  put("cycles", timing.counters.cycles);
  put("cache_misses", timing.counters.cache_misses);
  return json;
}

Result<Timing> timing_from_json(const Json& json) {
  Timing timing;
  CONVCHECK_TRY(read_field(json, "over_budget", timing.over_budget, false));
  CONVCHECK_TRY(read_field(json, "calls", timing.calls, !timing.over_budget));
  CONVCHECK_TRY(read_field(json, "seconds_per_call", timing.seconds_per_call, !timing.over_budget));
  CONVCHECK_TRY(
      read_field(json, "lower_bound_seconds", timing.lower_bound_seconds, timing.over_budget));
  CONVCHECK_TRY(read_field(json, "prepare_seconds", timing.prepare_seconds, false));
  CONVCHECK_TRY(read_field(json, "pack_seconds", timing.pack_seconds, false));
  CONVCHECK_TRY(read_field(json, "algorithm", timing.algorithm, false));
  std::int64_t workspace = 0;
  CONVCHECK_TRY(read_field(json, "workspace_bytes", workspace, false));
  timing.workspace_bytes = static_cast<std::size_t>(std::max<std::int64_t>(workspace, 0));
  CONVCHECK_TRY(read_call_seconds(json, timing.call_seconds));
  CONVCHECK_ASSIGN(timing.allocations, optional_number(json, "allocations"));
  CONVCHECK_ASSIGN(timing.counters.instructions, optional_number(json, "instructions"));
  CONVCHECK_ASSIGN(timing.counters.cycles, optional_number(json, "cycles"));
  CONVCHECK_ASSIGN(timing.counters.cache_misses, optional_number(json, "cache_misses"));
  CONVCHECK_ASSIGN(const std::optional<double> peak, optional_number(json, "peak_memory_bytes"));
  if (peak) timing.peak_memory_bytes = static_cast<std::uint64_t>(*peak);
  if (!timing.over_budget && (timing.calls < 1 || !(timing.seconds_per_call > 0) ||
                              !std::isfinite(timing.seconds_per_call)))
    return fail(ErrorCode::kProtocol,
                "a timing of {} calls of {} seconds; both must be positive and finite",
                timing.calls, timing.seconds_per_call);
  return timing;
}

}  // namespace convcheck::peers
