// SPDX-License-Identifier: Apache-2.0
// The known-answer vectors: made anew, checked by the oracle and by what is independent of it, and
// what they cover. The new files lie in CONVCHECK_VECTORS_GENERATED; accepting them is a copy.
#include "reference/vectors/vectors.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/chain.hpp"
#include "core/file.hpp"
#include "core/problem_text.hpp"
#include "reference/formulations.hpp"
#include "reference/oracle.hpp"
#include "reference/planted_faults.hpp"
#include "reference/vectors/flags.hpp"
#include "reference/vectors/slips.hpp"

namespace convcheck::reference {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json" && entry.path().filename() != "vectors.schema.json")
      names.insert(entry.path().filename());
  return names;
}

TEST(Vectors, TheFilesAreWhatIsMadeAnew) {
  const fs::path generated = CONVCHECK_VECTORS_GENERATED;
  fs::remove_all(generated);
  fs::create_directories(generated);
  // Whatever the CPU: which faults a vector shows is in the files, too.
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const VectorFile& file : make_vector_files()) {
      const std::string text = to_json(file);
      const std::string name = file.name + ".json";
      ASSERT_TRUE(write_file_atomically(generated / name, text));
      const auto committed = read_file(fs::path(CONVCHECK_VECTORS) / name);
      EXPECT_TRUE(committed && *committed == text)
          << name << " is not what is made anew on " << hwy::TargetName(target)
          << "; after reading the differences: cp " << (generated / name).string() << " "
          << CONVCHECK_VECTORS;
    }
    hwy::SetSupportedTargetsForTest(0);
  }
  EXPECT_EQ(names_in(CONVCHECK_VECTORS), names_in(generated));
}

std::vector<std::string> unfolded(const json& items) {
  std::vector<std::string> list;
  for (const json& item : items) {
    if (item.is_string()) {
      list.push_back(item);
      continue;
    }
    const std::vector<std::string> once = unfolded(item["of"]);
    for (int i = 0; i < item["repeat"]; ++i) list.insert(list.end(), once.begin(), once.end());
  }
  return list;
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

// "-0x3p-4", "inf": the inverse of to_string(Dyadic).
Dyadic dyadic(const std::string& text) {
  if (text.find("0x") == std::string::npos) return make_dyadic(number(text));
  const bool negative = text[0] == '-';
  const std::size_t power = text.find('p');
  const boost::multiprecision::cpp_int digits(text.substr(negative ? 1 : 0, power - negative));
  return make_dyadic(negative ? boost::multiprecision::cpp_int(-digits) : digits,
                     std::stoi(text.substr(power + 1)));
}

template <class T>
std::vector<T> parsed(const json& items, T (*parse)(const std::string&)) {
  std::vector<T> list;
  for (const std::string& item : unfolded(items)) list.push_back(parse(item));
  return list;
}

// One vector as it stands in its file.
struct Read : KnownAnswer {
  std::string where;
};

const std::vector<Read>& all_vectors() {
  static const std::vector<Read> all = [] {
    std::vector<Read> list;
    for (const std::string& name : names_in(CONVCHECK_VECTORS)) {
      const auto text = read_file(fs::path(CONVCHECK_VECTORS) / name);
      EXPECT_TRUE(text) << name;
      const json document = json::parse(*text);
      for (const json& v : document["vectors"]) {
        Read read;
        read.comment = v["comment"];
        read.where = fmt::format("{} {}: {}", name, v["id"].get<int>(), read.comment);
        const auto problem = parse_problem(v["problem"].get<std::string>());
        EXPECT_TRUE(problem) << read.where;
        read.problem = *problem;
        for (const OperandSpec& spec : operand_specs(Chain(*problem))) {
          if (spec.written) continue;
          Tensor& tensor = read.operands.emplace_back(spec.type, spec.shape);
          const std::vector<double> values = parsed(v["inputs"][spec.name], number);
          EXPECT_EQ(static_cast<std::int64_t>(values.size()), tensor.count()) << read.where;
          for (std::size_t i = 0; i < values.size(); ++i)
            tensor.set_value(static_cast<std::int64_t>(i), values[i]);
        }
        read.exact = parsed(v["exact"], dyadic);
        read.sum_abs = parsed(v["S"], dyadic);
        read.output = parsed(v["output"], number);
        read.flags = unfolded(v["flags"]);
        read.kills = unfolded(v["kills"]);
        list.push_back(std::move(read));
      }
    }
    return list;
  }();
  return all;
}

TEST(Vectors, TheOracleGivesThemOnEveryTarget) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const Read& v : all_vectors()) {
      const auto result = solve(v.problem, v.operands);
      ASSERT_TRUE(result) << v.where << ": " << result.error().message;
      ASSERT_EQ(static_cast<std::int64_t>(v.output.size()), result->value.count()) << v.where;
      for (std::size_t i = 0; i < v.output.size(); ++i) {
        const double value = result->value.value(static_cast<std::int64_t>(i));
        EXPECT_EQ(to_hex(value), to_hex(v.output[i]))
            << v.where << " on " << hwy::TargetName(target);
      }
      EXPECT_TRUE(agrees(v, *result)) << v.where << ": S";
    }
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST(Vectors, EveryFormulationGivesThem) {
  for (const Formulation& f : formulations()) {
    std::size_t count = 0;
    for (const Read& v : all_vectors()) {
      if (!f.covers(v.problem)) continue;
      ++count;
      const std::vector<Dyadic> exact = f.compute(v.problem, v.operands);
      ASSERT_EQ(exact.size(), v.exact.size()) << v.where;
      for (std::size_t i = 0; i < exact.size(); ++i) {
        EXPECT_EQ(exact[i], v.exact[i]) << v.where << " by " << f.name;
        const double value = rounded(exact[i], v.problem.type(v.problem.written()));
        EXPECT_EQ(to_hex(value), to_hex(v.output[i])) << v.where << " by " << f.name;
      }
    }
    std::cout << f.name << ": " << count << " of " << all_vectors().size() << " vectors\n";
    EXPECT_GT(count, all_vectors().size() / 2) << f.name;
  }
}

// Vectors by what they have, and by operation.
class Table {
 public:
  void count(const std::string& row, Operation operation) {
    ++rows_[row][static_cast<std::size_t>(operation)];
  }
  std::array<int, 3> operator[](const std::string& row) const {
    const auto found = rows_.find(row);
    return found == rows_.end() ? std::array<int, 3>{} : found->second;
  }
  void print(const std::string& row) const {
    const auto [conv, deconv, wgrad] = (*this)[row];
    std::cout << fmt::format("{:48}{:6}{:8}{:7}\n", row, conv, deconv, wgrad);
  }

 private:
  std::map<std::string, std::array<int, 3>> rows_;
};

TEST(Vectors, CoverEveryOperationTypeFlagFaultAndSlip) {
  Table table;
  for (const Read& v : all_vectors()) {
    const ConvProblem& p = v.problem;
    std::set<std::string> rows{"all", fmt::format("to {}", to_string(p.type(p.written())))};
    for (const Role role : {Role::kX, Role::kW, Role::kY})
      if (role != p.written()) rows.insert(fmt::format("from {}", to_string(p.type(role))));
    for (const std::string& flag : v.flags) rows.insert("flag " + flag);
    rows.insert(v.kills.begin(), v.kills.end());
    const auto result = solve(p, v.operands);
    ASSERT_TRUE(result) << v.where;
    for (const Tier tier : result->tier) rows.insert(fmt::format("tier {}", to_string(tier)));
    for (const std::string& row : rows) table.count(row, p.operation);
    EXPECT_FALSE(v.kills.empty()) << v.where;
    EXPECT_FALSE(v.flags.empty()) << v.where;
  }
  EXPECT_GE(all_vectors().size(), 150U);
  std::cout << fmt::format("{:48}{:>6}{:>8}{:>7}\n", "vectors that have", "conv", "deconv",
                           "wgrad");
  table.print("all");
  const auto expect_all_operations = [&](const std::string& row) {
    table.print(row);
    const auto [conv, deconv, wgrad] = table[row];
    EXPECT_GT(conv, 0) << row;
    EXPECT_GT(deconv, 0) << row;
    // No weight gradient has a bias.
    const bool of_bias = row.find("bias") != std::string::npos;
    EXPECT_EQ(wgrad > 0, !of_bias) << row;
  };
  for (const char* direction : {"from", "to"})
    for (const char* type : {"f32", "f64", "bf16", "f16", "s32", "s8", "u8"})
      expect_all_operations(fmt::format("{} {}", direction, type));
  for (int tier = 0; tier < kTierCount; ++tier)
    expect_all_operations(fmt::format("tier {}", to_string(static_cast<Tier>(tier))));
  for (const Flag& flag : flags()) expect_all_operations(fmt::format("flag {}", flag.name));
  for (const Slip& slip : slips()) {
    const std::string row = fmt::format("slip:{}", slip.name);
    table.print(row);
    EXPECT_NE(table[row], (std::array<int, 3>{})) << row;
  }
  for (const PlantedFault& fault : planted_faults()) {
    const std::string row = fmt::format("oracle:{}", fault.name);
    table.print(row);
    EXPECT_EQ(table[row] != (std::array<int, 3>{}), fault.in_vectors) << row;
  }
}

}  // namespace
}  // namespace convcheck::reference
