// SPDX-License-Identifier: Apache-2.0
#include "peers/fault_report.hpp"

#include <csignal>
#include <cstring>
#include <string>

#include "peers/fault_handler.hpp"

namespace convcheck::peers {
namespace {

// The numbers of a fault message; what is missing or no number is 0.
struct FaultNumbers {
  explicit FaultNumbers(const Json& fault) {
    const auto number = [&](const char* key) {
      std::int64_t value = 0;
      return read_field(fault, key, value) ? value : 0;
    };
    signal = static_cast<int>(number("signal"));
    code = static_cast<int>(number("code"));
    phase = static_cast<Phase>(number("phase"));
    access = static_cast<int>(number("access"));
    address = static_cast<std::uint64_t>(number("address"));
    operand = number("operand");
    native = number("native") != 0;
    offset = number("offset");
    bytes = number("bytes");
  }
  int signal, code;
  Phase phase;
  int access;
  std::uint64_t address;
  std::int64_t operand;
  bool native;
  std::int64_t offset, bytes;

  [[nodiscard]] bool writes() const { return access == 2; }
  [[nodiscard]] bool inside() const { return offset >= 0 && offset < bytes; }
  [[nodiscard]] const OperandSpec* spec(const std::vector<TensorPlace>& places) const {
    if (operand < 0 || operand >= static_cast<std::int64_t>(places.size())) return nullptr;
    return &places[static_cast<std::size_t>(operand)].spec;
  }
};

std::string where(const FaultNumbers& fault, const OperandSpec& spec) {
  const std::string name = fault.native ? spec.name + " (in the peer's own layout)" : spec.name;
  if (fault.offset < 0) return fmt::format("{} bytes before the start of {}", -fault.offset, name);
  if (fault.inside()) {
    const char* why = spec.written     ? ""
                      : fault.writes() ? ", an input"
                      : fault.phase == Phase::kRun || fault.phase == Phase::kPriorRun
                          ? ", after it was packed"
                          : "";
    return fmt::format("byte {} of {}{}", fault.offset, name, why);
  }
  return fmt::format("{} bytes past the end of {} ({} bytes)", fault.offset - fault.bytes, name,
                     fault.bytes);
}

std::string sentence(const FaultNumbers& fault, const OperandSpec* spec) {
  const std::string signal = fmt::format("signal {} ({}) {}", fault.signal,
                                         ::strsignal(fault.signal), to_string(fault.phase));
  const char* verb = fault.access == 2 ? "wrote" : fault.access == 1 ? "read" : "touched";
  if (spec != nullptr) return fmt::format("{}: {} {}", signal, verb, where(fault, *spec));
  const bool has_address = (fault.signal == SIGSEGV || fault.signal == SIGBUS) && fault.code > 0;
  if (!has_address) return signal;
  return fmt::format("{}: {} address {:#x}, near no operand", signal, verb, fault.address);
}

}  // namespace

Fault describe_fault(const Json& message, const std::vector<TensorPlace>& places) {
  const FaultNumbers numbers(message);
  const OperandSpec* spec = numbers.spec(places);
  Fault fault;
  fault.signal = numbers.signal;
  fault.detail = sentence(numbers, spec);
  if (spec == nullptr) return fault;
  fault.operand = spec->name;
  fault.offset_bytes = numbers.offset;
  return fault;
}

std::optional<Finding> finding_of_fault(const Json& message,
                                        const std::vector<TensorPlace>& places) {
  const FaultNumbers numbers(message);
  const OperandSpec* spec = numbers.spec(places);
  if (spec == nullptr || !numbers.writes()) return std::nullopt;
  const bool modifies = numbers.inside() && !spec->written;
  return Finding{modifies ? Finding::Kind::kInputModified : Finding::Kind::kStrayWrite, spec->name,
                 numbers.offset, sentence(numbers, spec)};
}

}  // namespace convcheck::peers
