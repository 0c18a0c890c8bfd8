// SPDX-License-Identifier: Apache-2.0
// Values of core as the JSON of the protocol, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "core/case.hpp"
#include "core/chain.hpp"
#include "core/engine.hpp"
#include "core/timing.hpp"
#include "peers/protocol.hpp"

namespace convcheck::peers {

/// Where one operand lies in the tensor file.
struct TensorPlace {
  OperandSpec spec;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// "chain", "steps", "environment", "operands", "output" and "tensor_bytes" of run and time.
Json case_to_json(const Chain&, const Environment&, const std::vector<TensorPlace>&,
                  std::uint64_t tensor_bytes);
/// "chain" and "steps" of supports.
Json chain_to_json(const Chain&);

/// "last_operands" of a timing: the operands of its last call, in the order of "operands", and
/// where they lie. Packed ones lie where they lay before.
Json operands_to_json(const std::vector<TensorPlace>&);

struct CaseRequest {
  Chain chain;
  Environment environment;
  std::vector<TensorPlace> places;       ///< As operand_specs(chain), the written one included.
  std::vector<TensorPlace> last_places;  ///< Of "last_operands"; empty without.
  std::uint64_t tensor_bytes = 0;
};
/// kProtocol with the field that does not fit the chain.
Result<CaseRequest> case_from_json(const Json&);
Result<Chain> chain_from_json(const Json&);

/// Kind, reason, findings, claim and algorithm; the output travels in the tensor file, and a crash
/// is put together by the parent.
Json outcome_to_json(const Outcome&);
Result<Outcome> outcome_from_json(const Json&);

Json timing_request_to_json(const TimingRequest&);
Result<TimingRequest> timing_request_from_json(const Json&);
/// Without `last_output`, which travels in the tensor file.
Json timing_to_json(const Timing&);
Result<Timing> timing_from_json(const Json&);

Json info_to_json(const EngineInfo&);
/// Absent fields keep what `info` has.
Status info_from_json(const Json&, EngineInfo& info);

/// {"error": {"code": ..., "message": ...}}.
Json error_to_json(const Error&);
/// The error of an answer that has one; `fallback` is its code if it names none that is known.
Result<Error> error_from_json(const Json& error, ErrorCode fallback);

}  // namespace convcheck::peers
