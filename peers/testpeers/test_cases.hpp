// SPDX-License-Identifier: Apache-2.0
// Cases, and what is right for them, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/case.hpp"
#include "core/fill.hpp"
#include "core/problem_text.hpp"
#include "peers/in_process_runner.hpp"
#include "peers/so_engine.hpp"

namespace convcheck::peers {

inline std::string module_path(const std::string& name) {
  return std::string(CONVCHECK_TEST_PEERS) + "/convcheck_peer_" + name + ".so";
}
inline std::string textbook_path() {
  return std::string(CONVCHECK_PEERS) + "/convcheck_peer_textbook.so";
}

inline Case make_case(const std::string& text, std::uint64_t seed = 1) {
  const Result<NamedChain> chain = parse_chain(text);
  if (!chain) throw std::runtime_error(chain.error().message);
  return {chain->chain, fill_operands(chain->chain, FillKind::kExactInteger, seed), {}};
}

/// A small problem with `channels` output channels, whose operands fill no page exactly.
inline Case small_case(int channels = 3) {
  return make_case("mb1ic2ih5iw6oc" + std::to_string(channels) + "oh4ow5kh2kw2ph0pw0");
}

inline std::unique_ptr<InProcessRunner> in_process(const std::string& path,
                                                   const std::string& variant = {}) {
  Result<std::unique_ptr<Engine>> engine = load_so_engine(path, variant);
  if (!engine) throw std::runtime_error(engine.error().message);
  return std::make_unique<InProcessRunner>(*std::move(engine));
}

/// The textbook peer's result, exact on exact-integer data.
inline Tensor right_output(const Case& c) {
  Case plain{c.chain, c.operands, {}};
  Outcome outcome = in_process(textbook_path())->run(plain);
  EXPECT_EQ(outcome.kind, OutcomeKind::kCompleted) << outcome.reason;
  return outcome.output.value();
}

inline void expect_right(const Outcome& outcome, const Case& c) {
  ASSERT_EQ(outcome.kind, OutcomeKind::kCompleted) << outcome.reason << "\n" << outcome.log;
  ASSERT_TRUE(outcome.output.has_value());
  EXPECT_TRUE(*outcome.output == right_output(c));
  EXPECT_TRUE(outcome.findings.empty()) << outcome.findings.front().detail;
}

inline void expect_finding(const Outcome& outcome, Finding::Kind kind, const std::string& operand) {
  ASSERT_FALSE(outcome.findings.empty()) << to_string(outcome.kind) << " " << outcome.reason;
  EXPECT_STREQ(to_string(outcome.findings.front().kind), to_string(kind));
  EXPECT_EQ(outcome.findings.front().operand, operand) << outcome.findings.front().detail;
}

}  // namespace convcheck::peers
