// SPDX-License-Identifier: Apache-2.0
// Every row of testdata/shapes.csv is a problem with a name, and a line of a suite.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/problem_text.hpp"

namespace convcheck {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  EXPECT_TRUE(error == std::errc{} && end == text.data() + text.size()) << text;
  return value;
}

struct Row {
  std::map<std::string, std::string> fields;

  [[nodiscard]] std::int64_t value(const char* column) const { return number(fields.at(column)); }
  // The values of a column like "3x3", at the axes in use; `unused` elsewhere.
  [[nodiscard]] Axes axes(const char* column, std::int64_t unused) const {
    const std::vector<std::string> parts = split(fields.at(column), 'x');
    Axes axes{unused, unused, unused};
    for (std::size_t i = 0; i < parts.size(); ++i) axes[3 - parts.size() + i] = number(parts[i]);
    return axes;
  }

  [[nodiscard]] ConvProblem problem() const {
    ConvProblem p;
    const bool deconv = fields.at("op") == "deconv";
    p.operation = deconv ? Operation::kDeconv : Operation::kConv;
    p.rank = static_cast<int>(value("ndim"));
    p.batch = value("N");
    p.groups = value("G");
    p.in_channels = value(deconv ? "OC" : "IC");
    p.out_channels = value(deconv ? "IC" : "OC");
    p.x_extent = axes(deconv ? "out" : "in", 1);
    p.y_extent = axes(deconv ? "in" : "out", 1);
    p.w_extent = axes("kernel", 1);
    p.stride = axes("stride", 1);
    p.dilation = axes("dilation", 1);
    p.pad_begin = axes("pad_lo", 0);
    return p;
  }

  // As benchdnn writes it, without any prefix of ours.
  [[nodiscard]] std::string descriptor() const {
    const auto print = [this](const char* key, const char* column, std::int64_t offset) {
      std::string text;
      const Axes values = axes(column, 0);
      for (std::size_t a = 3 - static_cast<std::size_t>(value("ndim")); a < 3; ++a)
        text += fmt::format("{}{}{}", key, kAxisLetters[a], values[a] + offset);
      return text;
    };
    return fmt::format("g{}mb{}_ic{}{}_oc{}{}_{}{}{}{}n\"{}\"", value("G"), value("N"), value("IC"),
                       print("i", "in", 0), value("OC"), print("o", "out", 0),
                       print("k", "kernel", 0), print("s", "stride", 0), print("p", "pad_lo", 0),
                       print("d", "dilation", -1), fields.at("name"));
  }
};

std::vector<Row> load_rows() {
  const Result<std::string> text = read_file(CONVCHECK_TESTDATA "/shapes.csv");
  EXPECT_TRUE(text) << text.error().message;
  const std::vector<std::string> lines = split(*text, '\n');
  const std::vector<std::string> header = split(lines.front(), ',');
  std::vector<Row> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string> parts = split(lines[i], ',');
    EXPECT_EQ(parts.size(), header.size()) << lines[i];
    Row row;
    for (std::size_t k = 0; k < header.size(); ++k) row.fields[header[k]] = parts[k];
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Shapes, EveryRowIsAProblemThatRoundTrips) {
  const std::vector<Row> rows = load_rows();
  ASSERT_EQ(rows.size(), 2178u);
  int with_remainder = 0;
  for (const Row& row : rows) {
    const ConvProblem p = row.problem();
    const Status valid = validate(p);
    ASSERT_TRUE(valid) << valid.error().message << " in " << row.fields.at("name");
    const std::string name = to_string(p);
    const Result<ConvProblem> parsed = parse_problem(name);
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(*parsed, p) << name;
    ASSERT_EQ(to_string(*parsed), name);
    // The row's end padding is the derived one, or leaves a remainder that fills no window.
    const Axes derived = p.pad_end();
    const Axes stated = row.axes("pad_hi", 0);
    bool remainder = false;
    for (std::size_t a = 0; a < 3; ++a) {
      ASSERT_GE(stated[a], derived[a]) << name;
      ASSERT_LT(stated[a], derived[a] + p.stride[a]) << name;
      remainder = remainder || stated[a] != derived[a];
    }
    with_remainder += remainder ? 1 : 0;
  }
  EXPECT_EQ(with_remainder, 149);
}

TEST(Shapes, EveryDescriptorReadsAsItIs) {
  int conv = 0;
  int deconv = 0;
  for (const Row& row : load_rows()) {
    const ConvProblem p = row.problem();
    const bool is_deconv = p.operation == Operation::kDeconv;
    const std::string line = (is_deconv ? "deconv:" : "") + row.descriptor();
    const Result<NamedChain> parsed = parse_chain(line);
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(parsed->chain, Chain(p)) << line;
    ASSERT_EQ(parsed->name, row.fields.at("name"));
    ++(is_deconv ? deconv : conv);
  }
  EXPECT_EQ(conv, 1960);
  EXPECT_EQ(deconv, 218);
}

// Without repeats, in the order of the table, with labels that a repeat of theirs follows as #2.
TEST(Shapes, EverySuiteOfTheTableIsAFile) {
  std::map<std::string, std::vector<NamedChain>> suites;
  std::map<std::string, int> labels;
  for (const Row& row : load_rows()) {
    const std::string& suite = row.fields.at("suite");
    std::vector<NamedChain>& problems = suites[suite];
    const Chain chain(row.problem());
    const auto repeats = [&](const NamedChain& p) { return p.chain == chain; };
    if (std::any_of(problems.begin(), problems.end(), repeats)) continue;
    const std::string& label = row.fields.at("name");
    const int use = ++labels[fmt::format("{} {}", suite, label)];
    problems.push_back(
        {chain, label.empty() || use == 1 ? label : fmt::format("{}#{}", label, use)});
  }
  std::size_t problems = 0;
  for (const auto& [suite, expected] : suites) {
    const std::size_t colon = suite.find(':');
    const Result<std::string> text = read_file(fmt::format(
        "{}/{}/{}.problems", CONVCHECK_SUITES, suite.substr(0, colon), suite.substr(colon + 1)));
    ASSERT_TRUE(text) << text.error().message;
    const Result<std::vector<SuiteLine>> lines = parse_suite(*text);
    ASSERT_TRUE(lines) << suite << ": " << lines.error().message;
    ASSERT_EQ(lines->size(), expected.size()) << suite;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const SuiteLine& line = (*lines)[i];
      EXPECT_EQ(line.problem, expected[i]) << suite << ":" << line.line;
      EXPECT_EQ(line.family, suite);
      EXPECT_NE(text->find(fmt::format("\n{}", to_string(line.problem.chain))), std::string::npos)
          << suite << ":" << line.line << " is not canonical";
    }
    problems += expected.size();
  }
  EXPECT_EQ(suites.size(), 80u);
  EXPECT_EQ(problems, 2165u);  // 13 rows repeat another of their suite.
}

}  // namespace
}  // namespace convcheck
