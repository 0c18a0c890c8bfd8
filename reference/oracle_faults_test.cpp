// SPDX-License-Identifier: Apache-2.0
// Which check of the oracle notices which planted fault: a table, in which no row is empty.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cfenv>
#include <iostream>

#include "reference/planted_faults.hpp"
#include "reference/proof_data.hpp"
#include "reference/solve_with_faults.hpp"
#include "reference/solver.hpp"
#include "reference/test_geometries.hpp"
#include "reference/vectors/terms.hpp"
#include "reference/vectors/vectors.hpp"
#include "reference/wide_sums.hpp"

namespace convcheck::reference {
namespace {

enum Check { kValues, kMagnitudes, kTerms, kRandom, kEnvironment, kChecks };
constexpr std::array<const char*, kChecks> kNames{"values", "S", "terms", "random", "environment"};
// How many vectors, random problems or environments refute an oracle.
using Refuted = std::array<int, kChecks>;

const std::vector<KnownAnswer>& known_answers() {
  static const std::vector<KnownAnswer> all = [] {
    std::vector<KnownAnswer> list;
    for (VectorFile& file : make_vector_files())
      for (KnownAnswer& v : file.vectors) list.push_back(std::move(v));
    return list;
  }();
  return all;
}

// Terms of the output that has most.
std::int64_t most_terms(const KnownAnswer& v) {
  std::int64_t most = 0;
  for (const OutputTerms& terms : terms_of(v.problem, v.operands))
    most = std::max(most, static_cast<std::int64_t>(terms.products.size()) + (terms.bias ? 1 : 0));
  return most;
}

void check_vectors(const Faults& faults, Refuted& refuted) {
  static const std::vector<std::int64_t> terms = [] {
    std::vector<std::int64_t> list;
    for (const KnownAnswer& v : known_answers()) list.push_back(most_terms(v));
    return list;
  }();
  for (std::size_t n = 0; n < known_answers().size(); ++n) {
    const KnownAnswer& v = known_answers()[n];
    const auto result = solve_with_faults(v.problem, v.operands, {}, faults);
    ASSERT_TRUE(result) << result.error().message;
    const bool right = has_values(v, result->value);
    refuted[kValues] += right ? 0 : 1;
    refuted[kMagnitudes] += right && !agrees(v, *result) ? 1 : 0;
    refuted[kTerms] += result->terms >= terms[n] ? 0 : 1;
  }
}

// A random problem on hostile data.
struct Drawn {
  ConvProblem problem;
  std::vector<Tensor> operands;
  WideSums sums;
};

const std::vector<Drawn>& random_problems() {
  static const std::vector<Drawn> all = [] {
    constexpr int kTurns = 400;
    std::vector<Drawn> list;
    Random random(1);
    const auto mixtures = proof_mixtures();
    for (int turn = 0; turn < kTurns; ++turn) {
      const Operation operation = kOperations[static_cast<std::size_t>(turn % 3)];
      const Mixture& m = mixtures[static_cast<std::size_t>(turn / 3) % mixtures.size()];
      const int kind = turn / 39 % (kDataCount + 1);
      ConvProblem p = with_zero_points(with_types(random_problem(operation, random), m), random);
      if (kind == kDataCount) p = with_types(dot_problem(operation, 16, 40), m);
      if (!validate(p)) continue;
      std::vector<Tensor> operands = kind == kDataCount
                                         ? ill_conditioned_operands(p, 10 + turn % 60, random)
                                         : proof_operands(p, static_cast<Data>(kind), random);
      WideSums sums = wide_sums(p, operands);
      list.push_back({p, std::move(operands), std::move(sums)});
    }
    return list;
  }();
  return all;
}

void check_random(const Faults& faults, Refuted& refuted) {
  for (const Drawn& drawn : random_problems()) {
    const auto result = solve_with_faults(drawn.problem, drawn.operands, {}, faults);
    ASSERT_TRUE(result) << result.error().message;
    const ElementType type = drawn.problem.type(drawn.problem.written());
    bool right = true;
    for (std::size_t i = 0; right && i < drawn.sums.count(); ++i)
      right = is_rounded(drawn.sums, i, result->value.value(static_cast<std::int64_t>(i)), type);
    refuted[kRandom] += right ? 0 : 1;
  }
}

// A floating-point environment outside the proof must be refused.
void check_environment(const Faults& faults, Refuted& refuted) {
  const KnownAnswer& v = known_answers().front();
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const auto result = solve_with_faults(v.problem, v.operands, {}, faults);
    std::fesetround(FE_TONEAREST);
    refuted[kEnvironment] += !result && result.error().code == ErrorCode::kBadInput ? 0 : 1;
  }
  const FlushedSubnormals flushed(true);
  const auto result = solve_with_faults(v.problem, v.operands, {}, faults);
  refuted[kEnvironment] += !result && result.error().code == ErrorCode::kBadInput ? 0 : 1;
}

Refuted refute(const Faults& faults) {
  Refuted refuted{};
  check_vectors(faults, refuted);
  check_random(faults, refuted);
  check_environment(faults, refuted);
  return refuted;
}

void print(std::string_view name, const Refuted& refuted) {
  std::cout << fmt::format("{:36}", name);
  for (const int count : refuted) std::cout << fmt::format("{:>12}", count);
  std::cout << "\n";
}

TEST(OracleFaults, EachIsNoticedByACheckAndEachCheckNoticesOne) {
  std::cout << fmt::format("{} vectors, {} random problems\n{:36}", known_answers().size(),
                           random_problems().size(), "refuted by");
  for (const char* name : kNames) std::cout << fmt::format("{:>12}", name);
  std::cout << "\n";
  const Refuted right = refute({});
  print("(no fault)", right);
  EXPECT_EQ(right, Refuted{});
  Refuted faults_noticed{};
  for (const PlantedFault& fault : planted_faults()) {
    const Refuted refuted = refute(fault.faults);
    print(fault.name, refuted);
    EXPECT_NE(refuted, Refuted{}) << fault.name << " survives";
    for (std::size_t i = 0; i < kChecks; ++i) faults_noticed[i] += refuted[i] > 0 ? 1 : 0;
  }
  print("faults noticed", faults_noticed);
  for (std::size_t i = 0; i < kChecks; ++i) EXPECT_GT(faults_noticed[i], 0) << kNames[i];
  EXPECT_GE(planted_faults().size(), 15U);
}

}  // namespace
}  // namespace convcheck::reference
