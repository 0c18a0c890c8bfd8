// SPDX-License-Identifier: Apache-2.0
#include "reference/vectors/vectors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "core/chain.hpp"
#include "core/problem_text.hpp"
#include "reference/planted_faults.hpp"
#include "reference/solve_with_faults.hpp"
#include "reference/vectors/flags.hpp"
#include "reference/vectors/slips.hpp"
#include "reference/vectors/terms.hpp"

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;

// NaNs are one value; zeros are two.
bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace

bool has_values(const KnownAnswer& v, const Tensor& outputs) {
  for (std::size_t i = 0; i < v.output.size(); ++i)
    if (!same(outputs.value(static_cast<std::int64_t>(i)), v.output[i])) return false;
  return true;
}

bool agrees(const KnownAnswer& v, const OracleResult& result) {
  if (!has_values(v, result.value)) return false;
  for (std::size_t i = 0; i < v.output.size(); ++i) {
    const Dyadic said = make_dyadic(result.sum_abs[i]);
    const Dyadic& exact = v.sum_abs[i];
    if (exact.kind != Kind::kFinite) {
      if (said.kind != Kind::kPlusInfinity) return false;
      continue;
    }
    // Not below S, nor above it by more than oracle.hpp says.
    const Dyadic slack =
        make_dyadic(cpp_int(exact.units * (result.terms + 2)), exact.exponent - 52);
    const Dyadic most = add(add(exact, slack), make_dyadic(0x1p-1073));
    if (said.kind == Kind::kPlusInfinity) {
      if (!is_smaller(make_dyadic(std::numeric_limits<double>::max()), most)) return false;
      continue;
    }
    if (said.kind != Kind::kFinite) return false;
    if (is_smaller(said, exact) || is_smaller(most, said)) return false;
  }
  return true;
}

std::string to_hex(double value) {
  if (value == 0 && std::signbit(value)) return "-0x0p+0";
  return to_string(make_dyadic(value));
}

KnownAnswer answer(const Candidate& candidate) {
  KnownAnswer v;
  v.comment = candidate.comment;
  v.problem = candidate.problem;
  v.operands = candidate.operands;
  const ElementType type = v.problem.type(v.problem.written());
  for (const OutputTerms& terms : terms_of(v.problem, v.operands)) {
    v.exact.push_back(exact_sum(terms));
    v.sum_abs.push_back(exact_sum_abs(terms));
    v.output.push_back(rounded(v.exact.back(), type));
  }
  for (const std::string_view flag : flags_of(v.problem, v.operands)) v.flags.emplace_back(flag);
  for (const PlantedFault& fault : planted_faults()) {
    if (!fault.in_vectors) continue;
    const auto result = solve_with_faults(v.problem, v.operands, {}, fault.faults);
    if (!result || !agrees(v, *result)) v.kills.push_back(fmt::format("oracle:{}", fault.name));
  }
  for (const Slip& slip : slips()) {
    const std::vector<double> wrong = slip.answer(v.problem, v.operands);
    if (!std::equal(wrong.begin(), wrong.end(), v.output.begin(), v.output.end(), same))
      v.kills.push_back(fmt::format("slip:{}", slip.name));
  }
  return v;
}

std::vector<VectorFile> make_vector_files() {
  using enum ElementType;
  std::set<std::string> of_arithmetic;
  for (const PlantedFault& fault : planted_faults())
    of_arithmetic.insert(fmt::format("oracle:{}", fault.name));
  for (const Slip& slip : slips())
    if (!slip.of_indices) of_arithmetic.insert(fmt::format("slip:{}", slip.name));
  const auto file = [&](std::string name, std::string comment,
                        const std::vector<Candidate>& candidates) {
    VectorFile f{std::move(name), std::move(comment), {}};
    for (const Candidate& candidate : candidates) {
      KnownAnswer v = answer(candidate);
      // A slip of indices is no reason for a sum of few terms, most of which it changes.
      const bool kept = f.name == "geometry"
                            ? !v.kills.empty()
                            : std::any_of(v.kills.begin(), v.kills.end(), [&](const auto& kill) {
                                return of_arithmetic.contains(kill);
                              });
      if (kept) f.vectors.push_back(std::move(v));
    }
    return f;
  };
  std::vector<VectorFile> files;
  for (const ElementType type : {kF32, kF64, kBf16, kF16})
    files.push_back(file(std::string(to_string(type)),
                         fmt::format("Sums of few terms in {}.", to_string(type)),
                         float_candidates({type, type, type})));
  files.push_back(
      file("mixed", "Operands of one floating type, results of another.", mixed_candidates()));
  files.push_back(file("integer", "Operands of integer types, with zero points and ends of ranges.",
                       integer_candidates()));
  files.push_back(
      file("geometry", "Small integers where an index is got wrong.", geometry_candidates()));
  return files;
}

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string joined(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items)
    out += fmt::format("{}{}", out.size() > 1 ? ", " : "", item);
  return out + "]";
}

// Replaces at least four copies of `period` items in a row by one item that says so.
std::vector<std::string> folded(const std::vector<std::string>& items, std::size_t period) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < items.size();) {
    std::size_t same = period;  // Items from i on that repeat the first `period`.
    while (i + same < items.size() && items[i + same] == items[i + same - period]) ++same;
    const std::size_t copies = same / period;
    if (copies < 4 || i + period > items.size()) {
      out.push_back(items[i++]);
      continue;
    }
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(i);
    const std::vector<std::string> once(begin, begin + static_cast<std::ptrdiff_t>(period));
    out.push_back(fmt::format("{{\"repeat\": {}, \"of\": {}}}", copies, joined(once)));
    i += copies * period;
  }
  return out;
}

template <class List, class Print>
std::string printed(const List& list, Print&& print) {
  std::vector<std::string> items;
  for (const auto& value : list) items.push_back(in_quotes(print(value)));
  return joined(folded(folded(items, 1), 2));
}

std::string named(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = "{\n";
  for (std::size_t i = 0; i < entries.size(); ++i)
    out += fmt::format("    {}: {}{}\n", in_quotes(entries[i].first), in_quotes(entries[i].second),
                       i + 1 < entries.size() ? "," : "");
  return out + "  }";
}

std::string to_json(const KnownAnswer& v, std::size_t id) {
  const auto text = [](const std::string& s) { return s; };
  std::string inputs;
  std::size_t next = 0;
  for (const OperandSpec& spec : operand_specs(Chain(v.problem))) {
    if (spec.written) continue;
    const Tensor& tensor = v.operands[next++];
    std::vector<double> values;
    for (std::int64_t i = 0; i < tensor.count(); ++i) values.push_back(tensor.value(i));
    inputs += fmt::format("{}{}: {}", inputs.empty() ? "" : ", ", in_quotes(spec.name),
                          printed(values, to_hex));
  }
  const auto dyadic = [](const Dyadic& d) { return to_string(d); };
  // One line, so that a difference between two versions of a file names the vectors that changed.
  std::string out = fmt::format("    {{\"id\": {}, \"comment\": {}, ", id, in_quotes(v.comment));
  out += fmt::format("\"problem\": {}, ", in_quotes(to_string(v.problem)));
  out += fmt::format("\"inputs\": {{{}}}, ", inputs);
  out += fmt::format("\"exact\": {}, ", printed(v.exact, dyadic));
  out += fmt::format("\"S\": {}, ", printed(v.sum_abs, dyadic));
  out += fmt::format("\"output\": {}, ", printed(v.output, to_hex));
  out += fmt::format("\"flags\": {}, ", printed(v.flags, text));
  out += fmt::format("\"kills\": {}}}", printed(v.kills, text));
  return out;
}

}  // namespace

std::string to_json(const VectorFile& file) {
  std::set<std::string> used;
  for (const KnownAnswer& v : file.vectors) {
    used.insert(v.flags.begin(), v.flags.end());
    used.insert(v.kills.begin(), v.kills.end());
  }
  std::vector<std::pair<std::string, std::string>> meanings;
  for (const Flag& flag : flags())
    if (used.contains(std::string(flag.name))) meanings.emplace_back(flag.name, flag.meaning);
  std::vector<std::pair<std::string, std::string>> wrong;
  for (const Slip& slip : slips())
    if (const std::string name = fmt::format("slip:{}", slip.name); used.contains(name))
      wrong.emplace_back(name, slip.wrong);
  std::string out = "{\n  \"schema\": \"vectors.schema.json\",\n";
  out += fmt::format("  \"comment\": {},\n  \"number_of_vectors\": {},\n", in_quotes(file.comment),
                     file.vectors.size());
  out += fmt::format("  \"flags\": {},\n  \"slips\": {},\n  \"vectors\": [\n", named(meanings),
                     named(wrong));
  for (std::size_t i = 0; i < file.vectors.size(); ++i)
    out += to_json(file.vectors[i], i + 1) + (i + 1 < file.vectors.size() ? ",\n" : "\n");
  return out + "  ]\n}\n";
}

}  // namespace convcheck::reference
