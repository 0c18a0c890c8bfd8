// SPDX-License-Identifier: Apache-2.0
// Printing of problems and chains, and the outer grammar: prefixes, chains, labels, suites.
#include "core/problem_text.hpp"

#include <charconv>
#include <optional>

#include "core/descriptor.hpp"

namespace convcheck {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void print_axes(std::string& out, const ConvProblem& p, char letter, const Axes& values,
                std::int64_t offset) {
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    out += fmt::format("{}{}{}", letter, kAxisLetters[a], values[a] + offset);
}

std::string types_word(const ConvProblem& p) {
  if (p.x_type == p.w_type && p.w_type == p.y_type)
    return p.x_type == ElementType::kF32 ? "" : fmt::format("{}:", to_string(p.x_type));
  return fmt::format("{}-{}-{}:", to_string(p.x_type), to_string(p.w_type), to_string(p.y_type));
}

// What the prefixes of a descriptor say; each at most once.
struct Prefixes {
  std::optional<Operation> operation;
  bool has_types = false;
  bool has_orientation = false;
  bool has_mode = false;
  bool has_x_zero_point = false;
  bool has_w_zero_point = false;
};

Result<bool> read_types(std::string_view word, ConvProblem& p) {
  std::vector<ElementType> types;
  for (std::string_view rest = word;;) {
    const std::size_t dash = rest.find('-');
    const std::optional<ElementType> type = parse_element_type(rest.substr(0, dash));
    if (!type) {
      if (types.empty()) return false;
      return fail(ErrorCode::kParse, "types '{}': '{}' is no element type; they are {}", word,
                  rest.substr(0, dash), element_type_names());
    }
    types.push_back(*type);
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 1);
  }
  if (types.size() == 1) types.assign(3, types[0]);
  if (types.size() != 3)
    return fail(ErrorCode::kParse, "types '{}' names {} types; give one, or those of x, w and y",
                word, types.size());
  p.x_type = types[0];
  p.w_type = types[1];
  p.y_type = types[2];
  return true;
}

Status read_zero_point(std::string_view word, std::int32_t& target) {
  const std::string_view digits = word.substr(4);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), target);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail(ErrorCode::kParse, "'{}': '{}' is no 32-bit integer", word, digits);
  return {};
}

Status once(bool& seen, std::string_view word, const char* what) {
  if (seen) return fail(ErrorCode::kParse, "'{}': {} is given twice", word, what);
  seen = true;
  return {};
}

Status read_word(std::string_view word, Prefixes& seen, ConvProblem& p) {
  for (const Operation operation : {Operation::kConv, Operation::kDeconv, Operation::kWgrad}) {
    if (word != to_string(operation)) continue;
    if (seen.operation) return fail(ErrorCode::kParse, "'{}': the operation is given twice", word);
    seen.operation = operation;
    p.operation = operation;
    return {};
  }
  for (const PaddingMode mode :
       {PaddingMode::kReflect, PaddingMode::kReplicate, PaddingMode::kCircular}) {
    if (word != to_string(mode)) continue;
    p.padding_mode = mode;
    return once(seen.has_mode, word, "the padding mode");
  }
  if (word == "true") {
    p.orientation = Orientation::kConvolution;
    return once(seen.has_orientation, word, "the orientation");
  }
  if (word == "bias") return once(p.has_bias, word, "bias");
  if (word.starts_with("xzp=")) {
    CONVCHECK_TRY(once(seen.has_x_zero_point, word, "the zero point of x"));
    return read_zero_point(word, p.x_zero_point);
  }
  if (word.starts_with("wzp=")) {
    CONVCHECK_TRY(once(seen.has_w_zero_point, word, "the zero point of w"));
    return read_zero_point(word, p.w_zero_point);
  }
  CONVCHECK_ASSIGN(const bool is_types, read_types(word, p));
  if (is_types) return once(seen.has_types, word, "the list of element types");
  return fail(ErrorCode::kParse,
              "'{}:' is no prefix; before the descriptor stand an operation (conv, deconv, wgrad), "
              "element types ({}), true, reflect, replicate, circular, bias, xzp=N, wzp=N",
              word, element_type_names());
}

Result<ConvProblem> parse_problem_part(std::string_view text) {
  ConvProblem p;
  Prefixes seen;
  std::string_view rest = trim(text);
  for (std::size_t colon = rest.find(':'); colon != std::string_view::npos;
       colon = rest.find(':')) {
    CONVCHECK_TRY(read_word(rest.substr(0, colon), seen, p));
    rest.remove_prefix(colon + 1);
  }
  if (rest.empty())
    return fail(ErrorCode::kParse, "'{}' has no descriptor; one looks like ic16ih8oc32kh3ph1",
                trim(text));
  CONVCHECK_TRY(read_descriptor(rest, p));
  CONVCHECK_TRY(validate(p));
  return p;
}

Result<Step> parse_step(std::string_view text) {
  const std::string_view step = trim(text);
  constexpr std::string_view kShuffle = "shuffle:";
  if (!step.starts_with(kShuffle)) {
    CONVCHECK_ASSIGN(const ConvProblem problem, parse_problem_part(step));
    return Step{problem};
  }
  const std::string_view digits = step.substr(kShuffle.size());
  Shuffle shuffle;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), shuffle.groups);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail(ErrorCode::kParse, "'{}': '{}' is no number of groups", step, digits);
  return Step{shuffle};
}

}  // namespace

std::string to_string(const ConvProblem& p) {
  std::string out;
  if (p.operation != Operation::kConv) out += fmt::format("{}:", to_string(p.operation));
  out += types_word(p);
  if (p.orientation == Orientation::kConvolution) out += "true:";
  if (p.padding_mode != PaddingMode::kZeros) out += fmt::format("{}:", to_string(p.padding_mode));
  if (p.has_bias) out += "bias:";
  if (p.x_zero_point != 0) out += fmt::format("xzp={}:", p.x_zero_point);
  if (p.w_zero_point != 0) out += fmt::format("wzp={}:", p.w_zero_point);
  // benchdnn's deconv driver calls what is read the input, so x and y change names.
  const bool swapped = p.operation == Operation::kDeconv;
  out += fmt::format("g{}mb{}_ic{}", p.groups, p.batch, swapped ? p.out_channels : p.in_channels);
  print_axes(out, p, 'i', swapped ? p.y_extent : p.x_extent, 0);
  out += fmt::format("_oc{}", swapped ? p.in_channels : p.out_channels);
  print_axes(out, p, 'o', swapped ? p.x_extent : p.y_extent, 0);
  out += '_';
  print_axes(out, p, 'k', p.w_extent, 0);
  print_axes(out, p, 's', p.stride, 0);
  print_axes(out, p, 'p', p.pad_begin, 0);
  print_axes(out, p, 'd', p.dilation, -1);
  return out;
}

std::string to_string(const Chain& chain) {
  std::string out;
  for (const Step& step : chain.steps) {
    if (!out.empty()) out += " | ";
    if (const auto* shuffle = std::get_if<Shuffle>(&step))
      out += fmt::format("shuffle:{}", shuffle->groups);
    else
      out += to_string(std::get<ConvProblem>(step));
  }
  return out;
}

Result<ConvProblem> parse_problem(std::string_view text) {
  CONVCHECK_ASSIGN(const NamedChain named, parse_chain(text));
  if (!named.chain.is_single())
    return fail(ErrorCode::kParse, "'{}' is a chain where one problem is asked for", trim(text));
  return named.chain.front();
}

Result<NamedChain> parse_chain(std::string_view text) {
  NamedChain named;
  std::string_view problem = trim(text);
  if (const std::size_t label = problem.find("n\""); label != std::string_view::npos) {
    std::string_view name = trim(problem.substr(label + 2));
    if (name.ends_with('"')) name.remove_suffix(1);
    named.name = std::string(name);
    problem = problem.substr(0, label);
  }
  constexpr std::string_view kBar = " | ";
  for (;;) {
    const std::size_t bar = problem.find(kBar);
    CONVCHECK_ASSIGN(Step step, parse_step(problem.substr(0, bar)));
    named.chain.steps.push_back(step);
    if (bar == std::string_view::npos) break;
    problem.remove_prefix(bar + kBar.size());
  }
  CONVCHECK_TRY(validate(named.chain));
  return named;
}

Result<std::vector<SuiteLine>> parse_suite(std::string_view text) {
  std::vector<SuiteLine> lines;
  std::string family;
  int number = 0;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = trim(text.substr(0, newline));
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    ++number;
    constexpr std::string_view kFamily = "# family:";
    if (line.starts_with(kFamily)) {
      const std::string_view rest = trim(line.substr(kFamily.size()));
      family = std::string(rest.substr(0, rest.find_first_of(" \t")));
    }
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("--"))
      return fail(ErrorCode::kParse,
                  "line {}: '{}' is a benchdnn option; a suite holds descriptors only", number,
                  line);
    Result<NamedChain> parsed = parse_chain(line);
    if (!parsed) return fail(parsed.error().code, "line {}: {}", number, parsed.error().message);
    lines.push_back({*std::move(parsed), family, number});
  }
  return lines;
}

}  // namespace convcheck
