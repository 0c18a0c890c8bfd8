// SPDX-License-Identifier: Apache-2.0
#include "reports/read_bench.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/example_document.hpp"
#include "reports/json.hpp"

namespace convcheck::reports {
namespace {

using nlohmann::json;

Document example_bench() {
  Document document = example_document();
  document.kind = "bench";
  return document;
}

TEST(ReadBench, TimingsComeBackAsTheyWere) {
  const Document written = example_bench();
  const Result<Document> read = read_bench(to_json(written), "r.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->machine.cpu, written.machine.cpu);
  EXPECT_EQ(read->machine.vector_targets, written.machine.vector_targets);
  EXPECT_EQ(read->build.commit, written.build.commit);
  EXPECT_EQ(read->environment, written.environment);
  ASSERT_EQ(read->limits.size(), 1u);
  EXPECT_EQ(read->limits[0].samples, written.limits[0].samples);
  ASSERT_EQ(read->timings.size(), written.timings.size());
  for (std::size_t i = 0; i < written.timings.size(); ++i) {
    EXPECT_EQ(read->timings[i].engine, written.timings[i].engine);
    EXPECT_EQ(read->timings[i].problem, written.timings[i].problem);
    EXPECT_EQ(read->timings[i].status, written.timings[i].status);
    EXPECT_EQ(read->timings[i].samples_seconds, written.timings[i].samples_seconds);
    EXPECT_EQ(read->timings[i].sample_launches, written.timings[i].sample_launches);
    EXPECT_EQ(read->timings[i].sample_blocks, written.timings[i].sample_blocks);
    EXPECT_EQ(read->timings[i].same_as, written.timings[i].same_as);
    EXPECT_EQ(read->timings[i].lower_bound_seconds, written.timings[i].lower_bound_seconds);
  }
}

TEST(ReadBench, TruncatedAtAnyByteIsAnErrorAndNoCrash) {
  const std::string whole = to_json(example_bench());
  for (std::size_t length = 0; length + 2 < whole.size(); length += 11)
    ASSERT_FALSE(read_bench(whole.substr(0, length), "r.json")) << length;
}

struct Damage {
  const char* pointer;
  json value;
  const char* message;
};

TEST(ReadBench, NamesThePlaceTheValueAndWhatWouldBeRight) {
  const json good = json::parse(to_json(example_bench()));
  const Damage list[] = {
      {"/schema_version", 0, "/schema_version is 0; it should be an integer from 1 to 1"},
      {"/kind", "validate", "a report of validate; one of bench has timings"},
      {"/machine/cores", "two", "/machine/cores is \"two\"; it should be an integer from 1"},
      {"/environment/OMP_NUM_THREADS", 2, "/environment/OMP_NUM_THREADS is number"},
      {"/timings/0/status", "fine", "/timings/0/status is 'fine'; it is timed, unsupported"},
      {"/timings/0/samples_seconds", json::array(), "/timings/0/samples_seconds is empty, but"},
      {"/timings/0/samples_seconds/1", 0, "/timings/0/samples_seconds/1 is 0; it should be above"},
      {"/timings/0/samples_seconds/1", "nan", "/timings/0/samples_seconds/1 is nan"},
      {"/timings/3/sample_launches", {0}, "has 1 entries; there are 3 samples"},
      {"/limits/0/samples", 1, "/limits/0/samples is number; it should be an array"},
  };
  for (const Damage& damage : list) {
    json bad = good;
    bad[json::json_pointer(damage.pointer)] = damage.value;
    const Result<Document> read = read_bench(bad.dump(), "r.json");
    ASSERT_FALSE(read) << damage.pointer;
    EXPECT_NE(read.error().message.find(damage.message), std::string::npos) << read.error().message;
    EXPECT_TRUE(read.error().message.starts_with("r.json: "));
  }
  for (const char* foreign : {"[]", "{}", "3", "{\"benchmarks\": []}"}) {
    const Result<Document> read = read_bench(foreign, "r.json");
    ASSERT_FALSE(read) << foreign;
    EXPECT_NE(read.error().message.find("neither a report of convcheck bench"), std::string::npos);
  }
}

// As Google Benchmark 1.7 writes it for two repetitions of one benchmark and an error in another.
json google_benchmark() {
  return json::parse(R"({
    "context": {"date": "2026-01-02T03:04:05+00:00", "host_name": "host", "executable": "./b",
                "num_cpus": 2, "mhz_per_cpu": 3000, "cpu_scaling_enabled": false, "caches": [],
                "load_avg": [0.5], "library_build_type": "release"},
    "benchmarks": [
      {"name": "BM_a/8/threads:2", "family_index": 0, "run_name": "BM_a/8/threads:2",
       "run_type": "iteration", "repetitions": 2, "repetition_index": 0, "threads": 2,
       "iterations": 100, "real_time": 2.5, "cpu_time": 5.0, "time_unit": "us"},
      {"name": "BM_a/8/threads:2", "run_name": "BM_a/8/threads:2", "run_type": "iteration",
       "repetitions": 2, "repetition_index": 1, "threads": 2, "iterations": 50, "real_time": 3.5,
       "cpu_time": 5.0, "time_unit": "us"},
      {"name": "BM_a/8/threads:2_mean", "run_name": "BM_a/8/threads:2", "run_type": "aggregate",
       "aggregate_name": "mean", "threads": 2, "iterations": 2, "real_time": 3.0, "cpu_time": 5.0,
       "time_unit": "us"},
      {"name": "BM_b", "run_name": "BM_b", "run_type": "iteration", "threads": 1,
       "error_occurred": true, "error_message": "no luck", "iterations": 0, "real_time": 0.0,
       "time_unit": "ns"}
    ]})");
}

TEST(ReadGoogleBenchmark, RepetitionsAreSamplesAndAggregatesAreNot) {
  const Result<Document> read = read_bench(google_benchmark().dump(), "b.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, "google-benchmark");
  EXPECT_EQ(read->machine.cpu, "host");
  EXPECT_EQ(read->machine.cores, 2);
  ASSERT_EQ(read->timings.size(), 2u);
  EXPECT_EQ(read->timings[0].problem, "BM_a/8/threads:2");
  EXPECT_EQ(read->timings[0].threads, 2);
  EXPECT_EQ(read->timings[0].samples_seconds, (std::vector<double>{2.5 * 1e-6, 3.5 * 1e-6}));
  EXPECT_EQ(read->timings[0].sample_calls, (std::vector<std::int64_t>{100, 50}));
  EXPECT_EQ(read->timings[1].status, "failed");
  EXPECT_EQ(read->timings[1].reason, "no luck");
}

TEST(ReadGoogleBenchmark, AggregatesAloneAreNoSamples) {
  json only = google_benchmark();
  only["benchmarks"].erase(0);
  only["benchmarks"].erase(0);
  only["benchmarks"].erase(1);
  const Result<Document> read = read_bench(only.dump(), "b.json");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("aggregates only"), std::string::npos);
}

TEST(ReadGoogleBenchmark, NamesThePlaceTheValueAndWhatWouldBeRight) {
  const Damage list[] = {
      {"/context/num_cpus", 0, "/context/num_cpus is 0; it should be an integer from 1"},
      {"/benchmarks/0/time_unit", "h", "/benchmarks/0/time_unit is 'h'; the units are ns, us"},
      {"/benchmarks/0/real_time", -1, "/benchmarks/0/real_time is -1; a time is above 0"},
      {"/benchmarks/0/iterations", 1.5, "/benchmarks/0/iterations is 1.5; it should be an integer"},
      {"/benchmarks/1", 7, "/benchmarks/1 is number; it should be an object"},
  };
  for (const Damage& damage : list) {
    json bad = google_benchmark();
    bad[json::json_pointer(damage.pointer)] = damage.value;
    const Result<Document> read = read_bench(bad.dump(), "b.json");
    ASSERT_FALSE(read) << damage.pointer;
    EXPECT_NE(read.error().message.find(damage.message), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace convcheck::reports
