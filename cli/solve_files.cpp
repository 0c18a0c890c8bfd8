// SPDX-License-Identifier: Apache-2.0
#include "cli/solve_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/npy.hpp"
#include "core/problem_text.hpp"

namespace convcheck::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string type_and_shape(const OperandSpec& spec) {
  return fmt::format("{} {}", to_string(spec.type), to_string(spec.shape));
}

// "x f32 [1, 3, 8, 8], w f32 [4, 3, 3, 3]"
std::string operands_read(const Chain& chain) {
  std::string text;
  for (const OperandSpec& spec : operand_specs(chain)) {
    if (!spec.written)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", spec.name, type_and_shape(spec));
  }
  return text;
}

Error not_read(const Chain& chain, const std::string& name) {
  const std::vector<OperandSpec> specs = operand_specs(chain);
  std::string why = "no operand has that name";
  if (specs[written_index(chain)].name == name)
    why = fmt::format("{} is what the problem writes", name);
  else if (name.starts_with("bias"))
    why = "the problem has no such bias (the word 'bias:' before the descriptor gives it one)";
  return {ErrorCode::kBadInput, fmt::format("{}: {}; it reads {}", operand_option(chain, name), why,
                                            operands_read(chain))};
}

Json heading(const Chain& chain) {
  const OperandSpec written = operand_specs(chain)[written_index(chain)];
  Json json;
  json["problem"] = to_string(chain);
  json["output"] = written.name;
  json["type"] = std::string(to_string(written.type));
  json["shape"] = written.shape;
  return json;
}

// What strtod and Python's float.fromhex read back to the last bit.
std::string hex(double value) { return fmt::format("{:a}", value); }

}  // namespace

std::string operand_option(const Chain& chain, const std::string& name) {
  return chain.is_single() ? fmt::format("--{}", name) : fmt::format("--operand {}=", name);
}

Result<std::vector<Tensor>> read_operands(const Chain& chain, const OperandFiles& files) {
  const std::vector<OperandSpec> specs = operand_specs(chain);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& name = files[i].first;
    const bool reads = std::any_of(specs.begin(), specs.end(), [&](const OperandSpec& spec) {
      return spec.name == name && !spec.written;
    });
    if (!reads) return tl::unexpected<Error>(not_read(chain, name));
    for (std::size_t j = 0; j < i; ++j) {
      if (files[j].first == name)
        return fail(ErrorCode::kBadInput, "operand {} is given twice: '{}' and '{}'", name,
                    files[j].second, files[i].second);
    }
  }
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : specs) {
    if (spec.written) continue;
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const auto& f) { return f.first == spec.name; });
    if (file == files.end())
      return fail(ErrorCode::kBadInput, "operand {} is missing: give {}{}FILE.npy with {}",
                  spec.name, operand_option(chain, spec.name), chain.is_single() ? " " : "",
                  type_and_shape(spec));
    CONVCHECK_ASSIGN(Tensor tensor, read_npy(file->second, spec.type));
    if (tensor.shape() != spec.shape)
      return fail(ErrorCode::kBadInput, "'{}': the shape is {}; operand {} of the problem is {}",
                  file->second, to_string(tensor.shape()), spec.name, to_string(spec.shape));
    operands.push_back(std::move(tensor));
  }
  return operands;
}

std::string exact_document(const Chain& chain, const std::vector<reference::Dyadic>& exact) {
  Json json = heading(chain);
  Json& list = json["exact"] = Json::array();
  for (const reference::Dyadic& value : exact) list.push_back(reference::to_decimal(value));
  return json.dump(1) + "\n";
}

std::string bounds_document(const Chain& chain, const reference::OracleResult& result,
                            const std::vector<reference::Enclosure>& enclosures) {
  Json json = heading(chain);
  json["terms"] = result.terms;
  Json value = Json::array();
  Json sum_abs = Json::array();
  Json low = Json::array();
  Json high = Json::array();
  Json tier = Json::array();
  for (std::size_t i = 0; i < enclosures.size(); ++i) {
    value.push_back(hex(result.value.value(static_cast<std::int64_t>(i))));
    sum_abs.push_back(hex(result.sum_abs[i]));
    low.push_back(hex(enclosures[i].low));
    high.push_back(hex(enclosures[i].high));
    tier.push_back(reference::to_string(result.tier[i]));
  }
  json["value"] = std::move(value);
  json["sum_abs"] = std::move(sum_abs);
  json["low"] = std::move(low);
  json["high"] = std::move(high);
  json["tier"] = std::move(tier);
  return json.dump(1) + "\n";
}

}  // namespace convcheck::cli
