// SPDX-License-Identifier: Apache-2.0
#include "peers/protocol.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "core/problem_text.hpp"
#include "peers/wire.hpp"

namespace convcheck::peers {
namespace {

// What read_message makes of bytes on a pipe.
Result<std::optional<Json>> read_bytes(const std::string& bytes) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  if (::write(ends[1], bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("write");
  ::close(ends[1]);
  auto message = read_message(ends[0]);
  ::close(ends[0]);
  return message;
}

TEST(Protocol, FramesGoThereAndBack) {
  const Json message = {{"id", 3}, {"text", "\xc3\xbc"}};
  const std::string bytes = frame(message);
  EXPECT_EQ(frame_length(bytes.data()), bytes.size() - kFrameHeaderBytes);
  EXPECT_EQ(**read_bytes(bytes), message);
  EXPECT_FALSE(read_bytes("")->has_value());
}

TEST(Protocol, BadFramesAreSentences) {
  const std::string bytes = frame({{"id", 3}});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const auto message = read_bytes(bytes.substr(0, cut));
    ASSERT_FALSE(message.has_value());
    EXPECT_EQ(message.error().code, ErrorCode::kProtocol);
  }
  EXPECT_FALSE(read_bytes(std::string("\xff\xff\xff\x7f{}", 6)).has_value());
  EXPECT_FALSE(read_bytes(std::string("\x02\0\0\0[]", 6)).has_value());
}

TEST(Protocol, InvalidUtf8IsMended) {
  EXPECT_TRUE(parse_message(frame({{"reason", "\xff\xfe"}}).substr(kFrameHeaderBytes)).has_value());
}

TEST(Protocol, FieldsHaveTypes) {
  const Json message = {{"n", 3},   {"f", 3.0},     {"half", 0.5},
                        {"s", "x"}, {"big", 1e300}, {"no", nullptr}};
  std::int64_t integer = 0;
  EXPECT_TRUE(read_field(message, "n", integer).has_value());
  EXPECT_TRUE(read_field(message, "f", integer).has_value());
  EXPECT_EQ(integer, 3);
  EXPECT_EQ(read_field(message, "half", integer).error().message,
            "field \"half\" is 0.5; it must be an integer");
  EXPECT_FALSE(read_field(message, "big", integer).has_value());
  EXPECT_FALSE(read_field(message, "s", integer).has_value());
  EXPECT_FALSE(read_field(message, "absent", integer).has_value());
  EXPECT_TRUE(read_field(message, "absent", integer, false).has_value());
  EXPECT_TRUE(read_field(message, "no", integer, false).has_value());
}

TEST(Wire, CasesGoThereAndBack) {
  for (const char* text :
       {"g2mb1ic4id3ih5iw6oc4od3oh5ow6kd3kh3kw3pd1ph1pw1",
        "deconv:f64:true:bias:mb1ic4ih3oc2oh7kh3sh2ph0", "u8-s8-s32:xzp=3:mb1ic4ih4oc6oh4kh1ph0",
        "mb1ic4ih4oc6oh4kh1ph0 | shuffle:2 | mb1ic6ih4oc2oh4kh3ph1"}) {
    const Result<NamedChain> parsed = parse_chain(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    const Chain& chain = parsed->chain;
    Environment environment;
    environment.threads = 3;
    environment.layout = LayoutChoice::kPreferred;
    environment.guard = GuardSide::kBefore;
    environment.misalignment_bytes = 12;
    environment.read_only_inputs = false;
    environment.poison = 17;
    environment.prior_calls = 2;
    environment.concurrent_calls = 4;
    std::vector<TensorPlace> places;
    std::uint64_t end = 0;
    for (const OperandSpec& spec : operand_specs(chain)) {
      const std::uint64_t bytes =
          static_cast<std::uint64_t>(element_count(spec.shape)) * size_bytes(spec.type);
      places.push_back({spec, end, bytes});
      end += bytes;
    }
    Json json = case_to_json(chain, environment, places, end);
    const Result<CaseRequest> back = case_from_json(Json::parse(json.dump()));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(back->chain, chain);
    EXPECT_EQ(back->environment, environment);
    ASSERT_EQ(back->places.size(), places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      EXPECT_EQ(back->places[i].spec, places[i].spec);
      EXPECT_EQ(back->places[i].offset, places[i].offset);
    }
    json["tensor_bytes"] = end - 1;
    EXPECT_EQ(case_from_json(json).error().code, ErrorCode::kProtocol);
  }
}

TEST(Wire, OutcomesGoThereAndBack) {
  Outcome outcome;
  outcome.kind = OutcomeKind::kRefused;
  outcome.reason = "no";
  outcome.algorithm = "gemm";
  outcome.claim.algorithm = AlgorithmClass::kWinograd;
  outcome.claim.tree_height = 12;
  outcome.claim.deterministic = true;
  outcome.findings.push_back({Finding::Kind::kStrayWrite, "y", -4, "wrote"});
  const Result<Outcome> back = outcome_from_json(outcome_to_json(outcome));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->kind, outcome.kind);
  EXPECT_EQ(back->reason, "no");
  EXPECT_EQ(back->algorithm, "gemm");
  EXPECT_EQ(back->claim.algorithm, AlgorithmClass::kWinograd);
  EXPECT_EQ(back->claim.tree_height, 12);
  EXPECT_TRUE(back->claim.deterministic);
  ASSERT_EQ(back->findings.size(), 1U);
  EXPECT_EQ(back->findings[0].offset_bytes, -4);
}

TEST(Wire, TimingRequestsGoThereAndBack) {
  TimingRequest request;
  request.calls = 7;
  request.caches = CacheState::kColdWeights;
  request.flush_bytes = 1 << 26;
  request.poison = 0xAA;
  request.with_conversion = true;
  request.case_id = 3;
  const Json json = timing_request_to_json(request);
  const auto back = timing_request_from_json(json);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(timing_request_to_json(*back), json);
  const auto refused = [&](const char* field, const Json& value) {
    Json bad = json;
    bad[field] = value;
    const auto read = timing_request_from_json(bad);
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(refused("caches", "lukewarm"),
            "field \"caches\" is \"lukewarm\"; it must be one of hot, cold-weights, "
            "cold-everything");
  EXPECT_EQ(refused("flush_bytes", -1), "field \"flush_bytes\" is -1; it must not be negative");
  EXPECT_EQ(refused("poison", 256), "field \"poison\" is 256; it must be from 0 to 255");
  EXPECT_EQ(refused("case_id", -1), "field \"case_id\" is -1; it must not be negative");
}

TEST(Wire, TimingsGoThereAndBack) {
  Timing timing;
  timing.calls = 3;
  timing.seconds_per_call = 0.25;
  timing.call_seconds = {0.5, 0.125, 0.125};
  timing.allocations = 0;
  timing.peak_memory_bytes = 1 << 30;
  timing.counters.instructions = 1e9;
  const Json json = timing_to_json(timing);
  EXPECT_FALSE(json.contains("cycles"));
  const auto back = timing_from_json(json);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(timing_to_json(*back), json);
  EXPECT_EQ(back->allocations, 0);
  EXPECT_EQ(back->counters.cycles, std::nullopt);
  for (const auto& [field, value] : std::vector<std::pair<const char*, Json>>{
           {"allocations", -1}, {"cycles", "many"}, {"call_seconds", 1}, {"call_seconds", {0}}}) {
    Json bad = json;
    bad[field] = value;
    EXPECT_FALSE(timing_from_json(bad).has_value()) << field << value;
  }
}

TEST(Wire, TimingsMustBeTimes) {
  EXPECT_TRUE(timing_from_json({{"calls", 2}, {"seconds_per_call", 0.5}}).has_value());
  EXPECT_TRUE(timing_from_json({{"over_budget", true}, {"lower_bound_seconds", 11}}).has_value());
  EXPECT_FALSE(timing_from_json({{"calls", 0}, {"seconds_per_call", 0.5}}).has_value());
  EXPECT_FALSE(timing_from_json({{"calls", 2}, {"seconds_per_call", -1}}).has_value());
  EXPECT_FALSE(timing_from_json({{"calls", 2}}).has_value());
}

}  // namespace
}  // namespace convcheck::peers
