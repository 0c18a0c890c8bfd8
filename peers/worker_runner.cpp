// SPDX-License-Identifier: Apache-2.0
#include "peers/worker_runner.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "peers/call_checks.hpp"
#include "peers/fault_report.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {

Result<std::unique_ptr<WorkerRunner>> WorkerRunner::start(WorkerOptions options) {
  std::unique_ptr<WorkerRunner> runner(new WorkerRunner);
  CONVCHECK_TRY(runner->tensors_.open());
  runner->link_.emplace(std::move(options), runner->tensors_.fd());
  CONVCHECK_TRY(runner->link_->start());
  return runner;
}

Status WorkerRunner::supports(const Chain& chain) {
  Json request = chain_to_json(chain);
  request["request"] = "supports";
  const Exchange result =
      link_->exchange(std::move(request), link_->options().case_timeout_seconds, kTickMilliseconds);
  if (result.kind != OutcomeKind::kCompleted) {
    const std::string sentence =
        result.fault ? describe_fault(*result.fault, {}).detail : result.sentence;
    return fail(result.kind == OutcomeKind::kProtocolError ? ErrorCode::kProtocol
                                                           : ErrorCode::kEngineFailed,
                "{} when asked whether it supports the problem: {}", link_->options().name,
                sentence);
  }
  if (const auto error = result.answer.find("error"); error != result.answer.end()) {
    CONVCHECK_ASSIGN(const Error said, error_from_json(*error, ErrorCode::kEngineFailed));
    return tl::unexpected<Error>(said);
  }
  bool supported = false;
  std::string reason;
  CONVCHECK_TRY(read_field(result.answer, "supported", supported));
  if (supported) return {};
  CONVCHECK_TRY(read_field(result.answer, "reason", reason));
  return fail(ErrorCode::kUnsupported, "{}", bounded_sentence(reason));
}

Status WorkerRunner::place(const Case& c, const std::vector<OperandSpec>& specs) {
  CONVCHECK_TRY(check_operands(c, specs));
  return tensors_.place(specs);
}

void WorkerRunner::load_inputs(const Case& c) {
  std::size_t next = 0;
  for (const TensorPlace& place : tensors_.places()) {
    if (place.spec.written) continue;
    if (next == c.operands.size()) return;  // Places of other operands follow.
    const Tensor& tensor = c.operands[next++];
    if (place.bytes != 0) std::memcpy(tensors_.at(place), tensor.data(), place.bytes);
  }
}

void WorkerRunner::load_other_data(int call) {
  for (const TensorPlace& place : tensors_.places()) {
    if (!place.spec.written)
      fill_other_data(tensors_.at(place), place.spec.type, element_count(place.spec.shape), call);
  }
}

Outcome WorkerRunner::outcome_of_exchange(const Exchange& result) const {
  Outcome outcome;
  if (result.kind == OutcomeKind::kCompleted) {
    const auto error = result.answer.find("error");
    if (error != result.answer.end()) {
      const Result<Error> said = error_from_json(*error, ErrorCode::kEngineFailed);
      outcome.kind = said ? outcome_of(*said).kind : OutcomeKind::kProtocolError;
      outcome.reason = said ? said->message : said.error().message;
    } else {
      Result<Outcome> answered = outcome_from_json(result.answer);
      if (answered) {
        outcome = *std::move(answered);
      } else {
        outcome.kind = OutcomeKind::kProtocolError;
        outcome.reason = answered.error().message;
      }
    }
  } else {
    outcome.kind = result.kind;
    outcome.reason = result.sentence;
    if (result.fault) {
      outcome.fault = describe_fault(*result.fault, tensors_.places());
      outcome.reason = outcome.fault->detail;
      if (auto finding = finding_of_fault(*result.fault, tensors_.places()))
        outcome.findings.push_back(*std::move(finding));
    }
  }
  outcome.log = result.log;
  return outcome;
}

void WorkerRunner::poison_output(std::uint8_t poison) {
  tensors_.fill_gaps();
  for (const TensorPlace& place : tensors_.places()) {
    if (place.spec.written) std::memset(tensors_.at(place), poison, place.bytes);
  }
}

Tensor WorkerRunner::read_output() {
  for (const TensorPlace& place : tensors_.places()) {
    if (!place.spec.written) continue;
    return {place.spec.type, place.spec.shape, tensors_.at(place)};
  }
  return {};
}

Outcome WorkerRunner::run_once(const Case& c, std::uint8_t poison) {
  const std::vector<TensorPlace>& places = tensors_.places();
  if (link_->options().is_program) poison_output(poison);
  Json request = case_to_json(c.chain, c.environment, places, tensors_.used_bytes());
  request["request"] = "run";
  const Exchange result =
      link_->exchange(std::move(request), link_->options().case_timeout_seconds, kTickMilliseconds);
  Outcome outcome = outcome_of_exchange(result);
  // What answers nonsense once is not trusted with the next case.
  if (outcome.kind == OutcomeKind::kProtocolError) link_->end();
  return outcome;
}

Outcome WorkerRunner::run(const Case& c) {
  timed_ = {};
  try {
    const std::vector<OperandSpec> specs = operand_specs(c.chain);
    if (Status placed = place(c, specs); !placed)
      return outcome_of({ErrorCode::kUnsupported, placed.error().message});
    for (int call = 0; link_->options().is_program && call < c.environment.prior_calls; ++call) {
      load_other_data(call);
      Outcome outcome = run_once(c, c.environment.poison);
      if (outcome.kind != OutcomeKind::kCompleted) return outcome;
    }
    load_inputs(c);
    Outcome outcome = run_once(c, c.environment.poison);
    if (outcome.kind != OutcomeKind::kCompleted) return outcome;
    outcome.output = read_output();
    if (link_->options().is_program) check_program(c, outcome);
    return outcome;
  } catch (const std::bad_alloc&) {
    return outcome_of({ErrorCode::kUnsupported, "the case does not fit in memory"});
  }
}

// What convcheck's own worker checks inside, seen from outside.
void WorkerRunner::check_program(const Case& c, Outcome& outcome) {
  const std::vector<TensorPlace>& places = tensors_.places();
  if (const auto gap = tensors_.changed_gap()) {
    const std::string& name = places[gap->place].spec.name;
    outcome.findings.push_back(
        {Finding::Kind::kStrayWrite, name, gap->offset_bytes,
         fmt::format("byte {} of the tensor file was written, beside {} ({} bytes)",
                     static_cast<std::int64_t>(places[gap->place].offset) + gap->offset_bytes, name,
                     places[gap->place].bytes)});
  }
  std::size_t next = 0;
  const TensorPlace* written = nullptr;
  for (const TensorPlace& place : places) {
    if (place.spec.written) {
      written = &place;
      continue;
    }
    const std::byte* now = tensors_.at(place);
    const std::byte* before = c.operands[next++].data();
    const auto changed = std::mismatch(now, now + place.bytes, before).first - now;
    if (changed == static_cast<std::ptrdiff_t>(place.bytes)) continue;
    outcome.findings.push_back(
        {Finding::Kind::kInputModified, place.spec.name, changed,
         fmt::format("the call changed its input {} at byte {}", place.spec.name, changed)});
  }
  const std::int64_t count = element_count(written->spec.shape);
  const std::size_t element_bytes = size_bytes(written->spec.type);
  const std::uint8_t poison = c.environment.poison;
  if (find_poison(outcome.output->data(), count, element_bytes, poison).count == 0) return;
  // Elements that look like poison are settled by a second call over another poison.
  const OperandSpec spec = written->spec;
  load_inputs(c);
  Outcome again = run_once(c, other_poison(poison));
  if (again.kind != OutcomeKind::kCompleted) {
    outcome = std::move(again);
    return;
  }
  const Poisoned unwritten =
      find_unwritten(outcome.output->data(), tensors_.at(*written), count, element_bytes, poison);
  if (unwritten.count != 0) outcome.findings.push_back(unwritten_finding(spec, unwritten));
}

// Where the operands of the last call lie: those that differ from the case's in places of their
// own, which follow the `count` places of the case.
std::vector<TensorPlace> WorkerRunner::load_last_inputs(const std::vector<Tensor>& last,
                                                        std::size_t count) {
  const std::vector<TensorPlace>& places = tensors_.places();
  std::vector<TensorPlace> read;
  std::size_t next = 0;
  std::size_t extra = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (places[i].spec.written) continue;
    const Tensor& tensor = last[next];
    const bool changed = timed_.changed[next++];
    read.push_back(changed ? places[extra++] : places[i]);
    if (changed && !timed_.has_last && read.back().bytes != 0)
      std::memcpy(tensors_.at(read.back()), tensor.data(), read.back().bytes);
  }
  timed_.has_last = true;
  return read;
}

Result<Timing> WorkerRunner::time(const Case& c, const TimingRequest& timing_request) {
  const std::vector<OperandSpec> specs = operand_specs(c.chain);
  CONVCHECK_TRY(check_operands(c, specs));
  const std::vector<Tensor>* last = timing_request.last_operands;
  // A program may write into what it was to read.
  const bool held = timing_request.case_id != 0 && timing_request.case_id == timed_.case_id &&
                    !link_->options().is_program;
  if (!held) timed_ = {};
  std::vector<OperandSpec> all = specs;
  if (last != nullptr) {
    CONVCHECK_TRY(check_operands({c.chain, *last, c.environment}, specs));
    if (timed_.changed.empty()) {
      for (const OperandSpec& spec : specs) {
        if (spec.written) continue;
        const std::size_t i = timed_.changed.size();
        timed_.changed.push_back(!is_packed(spec, c.chain) && !((*last)[i] == c.operands[i]));
      }
    }
    std::size_t next = 0;
    for (const OperandSpec& spec : specs) {
      if (!spec.written && timed_.changed[next++]) all.push_back(spec);
    }
  }
  CONVCHECK_TRY(tensors_.place(all));
  if (!held) load_inputs(c);
  timed_.case_id = timing_request.case_id;
  const auto end = tensors_.places().begin() + static_cast<std::ptrdiff_t>(specs.size());
  Json request =
      case_to_json(c.chain, c.environment, {tensors_.places().begin(), end}, tensors_.used_bytes());
  request["request"] = "time";
  request["timing"] = timing_request_to_json(timing_request);
  if (last != nullptr)
    request["last_operands"] = operands_to_json(load_last_inputs(*last, specs.size()));
  if (link_->options().is_program) poison_output(timing_request.poison);
  // Whoever times stops by itself after one call above the budget; what lasts longer is stopped
  // here: beyond preparation, of two calls one was at least as long as the budget.
  const double timeout = link_->options().case_timeout_seconds + timing_request.min_block_seconds +
                         2 * timing_request.budget_seconds;
  const auto start = std::chrono::steady_clock::now();
  const Exchange result = link_->exchange(std::move(request), timeout, kTimedTickMilliseconds);
  const double wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (result.kind == OutcomeKind::kTimedOut && timing_request.calls <= 1) {
    Timing timing;
    timing.over_budget = true;
    timing.lower_bound_seconds = timing_request.budget_seconds;
    return timing;
  }
  if (result.kind == OutcomeKind::kCompleted) {
    if (const auto timing = result.answer.find("timing");
        timing != result.answer.end() && timing->is_object()) {
      CONVCHECK_ASSIGN(Timing answered, timing_from_json(*timing));
      if (last != nullptr && !answered.over_budget) answered.last_output = read_output();
      answered.self_timed = link_->options().is_program;
      answered.wall_seconds = wall_seconds;
      return answered;
    }
  }
  const Outcome outcome = outcome_of_exchange(result);
  const ErrorCode code = outcome.kind == OutcomeKind::kRefused         ? ErrorCode::kUnsupported
                         : outcome.kind == OutcomeKind::kProtocolError ? ErrorCode::kProtocol
                                                                       : ErrorCode::kEngineFailed;
  if (outcome.kind == OutcomeKind::kCompleted)
    return fail(ErrorCode::kProtocol, "{}: the answer to \"time\" has no object \"timing\"",
                link_->options().name);
  return fail(code, "{} while it was timed: {}", link_->options().name, outcome.reason);
}

}  // namespace convcheck::peers
