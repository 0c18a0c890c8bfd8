// SPDX-License-Identifier: Apache-2.0
#include "cli/problem_filter.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <regex>
#include <vector>

#include "cli/options.hpp"

namespace convcheck::cli {
namespace {

constexpr Operation kOperations[] = {Operation::kConv, Operation::kDeconv, Operation::kWgrad};

Result<std::vector<Operation>> parse_operations(const std::string& text) {
  std::vector<Operation> operations;
  for (const std::string& item : split(text, ',')) {
    const auto* const at =
        std::find_if(std::begin(kOperations), std::end(kOperations),
                     [&](Operation operation) { return item == to_string(operation); });
    if (at == std::end(kOperations))
      return fail(ErrorCode::kBadInput,
                  "--op '{}': '{}' is no operation; they are conv, deconv and wgrad", text, item);
    operations.push_back(*at);
  }
  return operations;
}

Result<std::regex> parse_regex(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::kBadInput, "--match '{}' is no regular expression: {}", text,
                error.what());
  }
}

// A number with an optional K, M, G or T.
std::optional<double> parse_count(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || !(value >= 0)) return std::nullopt;
  if (rest == end) return value;
  const std::size_t unit = std::string("KMGT").find(*rest);
  if (unit == std::string::npos || rest + 1 != end) return std::nullopt;
  for (std::size_t i = 0; i <= unit; ++i) value *= 1000;
  return value;
}

bool has_operation(const Chain& chain, const std::vector<Operation>& operations) {
  const std::vector<ConvProblem> problems = chain.problems();
  return std::any_of(problems.begin(), problems.end(), [&](const ConvProblem& p) {
    return std::find(operations.begin(), operations.end(), p.operation) != operations.end();
  });
}

}  // namespace

Result<FlopRange> parse_flop_range(const std::string& text) {
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::kBadInput,
                "--flops '{}': {}; it is MIN..MAX, one of which may be missing, such as "
                "1e6..2.5G or ..100M",
                text, why);
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return bad("there is no '..'");
  FlopRange range{0, std::numeric_limits<double>::infinity()};
  const std::string ends[] = {text.substr(0, dots), text.substr(dots + 2)};
  if (ends[0].empty() && ends[1].empty()) return bad("both ends are missing");
  double* const values[] = {&range.least, &range.most};
  for (int i = 0; i < 2; ++i) {
    if (ends[i].empty()) continue;
    const std::optional<double> value = parse_count(ends[i]);
    if (!value) return bad(fmt::format("'{}' is no number of flops", ends[i]));
    *values[i] = *value;
  }
  if (range.least > range.most) return bad("the least is above the most");
  return range;
}

void ProblemFilter::add_to(CLI::App& app) {
  app.add_option("--match", match,
                 "Only problems whose name, label or family has a match of this regular "
                 "expression: 'kh3kw3', '^rn50:'");
  app.add_option("--op", op,
                 "Only these operations, comma-separated: conv, deconv, wgrad. A chain is taken "
                 "if one of its steps is");
  app.add_option("--flops", flops,
                 "Only problems of so many flops, 2 per multiply-add of the definition: MIN..MAX, "
                 "with K, M, G or T; one end may be missing: 1M..2.5G, ..100M");
}

Result<std::function<bool(const SuiteLine&)>> ProblemFilter::compile() const {
  std::optional<std::regex> name;
  std::vector<Operation> operations;
  std::optional<FlopRange> range;
  if (!match.empty()) {
    CONVCHECK_ASSIGN(name, parse_regex(match));
  }
  if (!op.empty()) {
    CONVCHECK_ASSIGN(operations, parse_operations(op));
  }
  if (!flops.empty()) {
    CONVCHECK_ASSIGN(range, parse_flop_range(flops));
  }
  return [name, operations, range](const SuiteLine& line) {
    const Chain& chain = line.problem.chain;
    if (name && !std::regex_search(to_string(chain), *name) &&
        !std::regex_search(line.problem.name, *name) && !std::regex_search(line.family, *name))
      return false;
    if (!operations.empty() && !has_operation(chain, operations)) return false;
    const double work = 2 * chain.nominal_macs();
    return !range || (work >= range->least && work <= range->most);
  };
}

std::string ProblemFilter::text() const {
  std::string out;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{} '{}'", out.empty() ? "" : " ", option, value);
  };
  add("--match", match);
  add("--op", op);
  add("--flops", flops);
  return out;
}

}  // namespace convcheck::cli
