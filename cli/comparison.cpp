// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "benchmarks/judge.hpp"

namespace convcheck::cli {
namespace {

using reports::ComparisonEntry;
using reports::Document;
using reports::TimingEntry;

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", name);
  return text.empty() ? "none" : text;
}

std::vector<std::string> engines_of(const Document& document) {
  std::vector<std::string> names;
  for (const TimingEntry& t : document.timings) {
    if (t.same_as.empty() && std::find(names.begin(), names.end(), t.engine) == names.end())
      names.push_back(t.engine);
  }
  return names;
}

Status check_engine(const std::string& name, const std::vector<std::string>& there,
                    const char* option, const std::string& document) {
  if (std::find(there.begin(), there.end(), name) != there.end()) return {};
  return fail(ErrorCode::kBadInput, "{} '{}': {} has the engines {}", option, name, document,
              quoted_list(there));
}

struct EnginePair {
  std::string base, fresh;
};

Result<std::vector<EnginePair>> pair_engines(const Document& base, const Document& fresh,
                                             const CompareOptions& o) {
  const std::vector<std::string> before = engines_of(base);
  const std::vector<std::string> after = engines_of(fresh);
  if (!o.base_engine.empty() || !o.new_engine.empty()) {
    const EnginePair pair{o.base_engine.empty() ? o.new_engine : o.base_engine,
                          o.new_engine.empty() ? o.base_engine : o.new_engine};
    CONVCHECK_TRY(check_engine(pair.base, before, "--base-engine", o.base_name));
    CONVCHECK_TRY(check_engine(pair.fresh, after, "--new-engine", o.new_name));
    return std::vector<EnginePair>{pair};
  }
  std::vector<EnginePair> pairs;
  for (const std::string& name : before) {
    if (std::find(after.begin(), after.end(), name) != after.end()) pairs.push_back({name, name});
  }
  if (pairs.empty() && before.size() == 1 && after.size() == 1)
    pairs.push_back({before.front(), after.front()});
  if (pairs.empty())
    return fail(ErrorCode::kBadInput,
                "no engine is in both: {} has {}, {} has {}; name one of each by --base-engine and "
                "--new-engine",
                o.base_name, quoted_list(before), o.new_name, quoted_list(after));
  return pairs;
}

Status check_machines(const Document& base, const Document& fresh, const CompareOptions& o,
                      std::vector<std::string>& notes) {
  if (base.kind != fresh.kind)
    return fail(ErrorCode::kBadInput, "{} is of {} and {} of {}: they count different things",
                o.base_name, base.kind, o.new_name, fresh.kind);
  std::string differences;
  const auto compare = [&](const char* field, const std::string& a, const std::string& b) {
    if (a != b)
      differences +=
          fmt::format("{}{} '{}' and '{}'", differences.empty() ? "" : ", ", field, a, b);
  };
  compare(base.kind == "bench" ? "cpu" : "host", base.machine.cpu, fresh.machine.cpu);
  compare("architecture", base.machine.architecture, fresh.machine.architecture);
  compare("cores", fmt::format("{}", base.machine.cores), fmt::format("{}", fresh.machine.cores));
  compare("vector targets", quoted_list(base.machine.vector_targets),
          quoted_list(fresh.machine.vector_targets));
  if (differences.empty()) return {};
  if (!o.across_machines)
    return fail(ErrorCode::kBadInput,
                "{} and {} are of different machines: {}; --across-machines compares all the same",
                o.base_name, o.new_name, differences);
  notes.push_back(fmt::format("different machines: {}", differences));
  return {};
}

void note_surroundings(const Document& base, const Document& fresh, const CompareOptions& o,
                       std::vector<std::string>& notes) {
  if (base.environment != fresh.environment)
    notes.emplace_back("the environment variables that engines read differ");
  if (base.build.type != fresh.build.type)
    notes.push_back(fmt::format("built as '{}' and '{}'", base.build.type, fresh.build.type));
  const std::pair<const Document&, const std::string&> sides[] = {{base, o.base_name},
                                                                  {fresh, o.new_name}};
  for (const auto& [document, name] : sides) {
    if (!document.complete) notes.push_back(fmt::format("{} was interrupted", name));
    const bool twins = std::any_of(document.timings.begin(), document.timings.end(),
                                   [](const TimingEntry& t) { return !t.same_as.empty(); });
    if (!twins)
      notes.push_back(
          fmt::format("{} has no engine timed against itself: its noise is not known", name));
  }
}

bool same_case(const TimingEntry& a, const TimingEntry& b) {
  return a.problem == b.problem && a.threads == b.threads && a.layout == b.layout;
}

// The timing of `engine` on the case of `like`; of several, the one in the same suite.
const TimingEntry* find(const Document& document, const std::string& engine,
                        const TimingEntry& like) {
  const TimingEntry* found = nullptr;
  for (const TimingEntry& t : document.timings) {
    if (!t.same_as.empty() || t.engine != engine || !same_case(t, like)) continue;
    if (found == nullptr || (t.suite == like.suite && t.label == like.label)) found = &t;
  }
  return found;
}

// What a run itself says of its noise.
class RunNoise {
 public:
  explicit RunNoise(const Document& document) {
    for (const TimingEntry& twin : document.timings) {
      if (twin.same_as.empty() || twin.status != "timed") continue;
      const TimingEntry* engine = find(document, twin.same_as, twin);
      if (engine == nullptr || engine->status != "timed") continue;
      const benchmarks::Estimate ratio =
          benchmarks::paired_ratio(samples_of(twin), samples_of(*engine));
      pairs_.push_back({&twin, benchmarks::noise_floor(ratio)});
    }
  }

  [[nodiscard]] double floor(const TimingEntry& timing) const {
    double own = 0;
    double largest = 0;
    for (const Pair& pair : pairs_) {
      if (pair.twin->threads != timing.threads) continue;
      largest = std::max(largest, pair.floor);
      if (same_case(*pair.twin, timing)) own = std::max(own, pair.floor);
    }
    return own > 0 ? own : largest;
  }

 private:
  struct Pair {
    const TimingEntry* twin;
    double floor;
  };
  std::vector<Pair> pairs_;
};

// How far the machine's own speed moved between the runs: the FMA peak, sampled all through both.
double drift(const Document& base, const Document& fresh, int threads) {
  double largest = 0;
  for (const reports::LimitEntry& before : base.limits) {
    if (before.name != "fma-peak" || before.threads != threads) continue;
    for (const reports::LimitEntry& after : fresh.limits) {
      const bool same = after.name == before.name && after.type == before.type &&
                        after.threads == threads && !after.samples.empty() &&
                        !before.samples.empty();
      if (!same) continue;
      const benchmarks::Estimate ratio =
          benchmarks::ratio_of_medians({after.samples, {}, {}}, {before.samples, {}, {}});
      largest = std::max(largest, benchmarks::noise_floor(ratio));
    }
  }
  return largest;
}

ComparisonEntry new_entry(const EnginePair& engines, const TimingEntry& timing) {
  ComparisonEntry entry;
  entry.base_engine = engines.base;
  entry.new_engine = engines.fresh;
  entry.suite = timing.suite;
  entry.family = timing.family;
  entry.problem = timing.problem;
  entry.label = timing.label;
  entry.threads = timing.threads;
  entry.layout = timing.layout;
  return entry;
}

double seconds(const TimingEntry& t) {
  if (t.status == "timed") return benchmarks::median(t.samples_seconds);
  return t.status == "over-budget" ? t.lower_bound_seconds : 0;
}

// One side, or both, have no samples: what can be said all the same.
void decide_without_samples(const TimingEntry& before, const TimingEntry& after, double min_effect,
                            ComparisonEntry& entry) {
  const bool timed_before = before.status == "timed";
  const bool timed_after = after.status == "timed";
  const auto now = [](const TimingEntry& t) { return fmt::format("{}: {}", t.status, t.reason); };
  if (!timed_before && !timed_after) {
    entry.verdict = "not-compared";
    entry.reason = fmt::format("timed in neither: {}", now(after));
  } else if (timed_before && after.status != "over-budget") {
    entry.verdict = "lost";
    entry.reason = now(after);
  } else if (timed_after && before.status != "over-budget") {
    entry.verdict = "gained";
    entry.reason = fmt::format("before: {}", now(before));
  } else {
    entry.time_ratio = entry.new_seconds / entry.base_seconds;
    const bool slower = timed_before && entry.time_ratio >= 1 + min_effect;
    const bool faster = timed_after && entry.time_ratio <= 1 / (1 + min_effect);
    entry.verdict = slower ? "slower" : faster ? "faster" : "inconclusive";
    entry.reason = timed_before ? "over budget now" : "over budget before";
  }
}

// Pairings that have samples, with the entries that they judge.
struct Measured {
  std::vector<benchmarks::Pairing> pairings;
  std::vector<std::size_t> entries;
};

void judge_measured(const Measured& measured, const CompareOptions& o,
                    std::vector<ComparisonEntry>& entries) {
  const std::vector<benchmarks::Judgement> judgements =
      benchmarks::judge(measured.pairings, {.min_effect = o.min_effect, .alpha = o.alpha});
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    const benchmarks::Judgement& j = judgements[i];
    ComparisonEntry& entry = entries[measured.entries[i]];
    entry.verdict = benchmarks::to_string(j.call);
    entry.reason = j.reason;
    entry.time_ratio = j.time_ratio.value;
    entry.ratio_low = j.time_ratio.low;
    entry.ratio_high = j.time_ratio.high;
    entry.confidence = j.time_ratio.confidence;
    entry.noise_floor = j.floor;
    entry.p_value = j.p;
    entry.p_adjusted = j.p_adjusted;
  }
}

}  // namespace

benchmarks::Samples samples_of(const reports::TimingEntry& timing) {
  return {timing.samples_seconds, timing.sample_launches, timing.sample_blocks};
}

Status compare_documents(const Document& base, const Document& fresh, const CompareOptions& o,
                         Document& out) {
  reports::ComparisonTerms terms{o.base_name, o.new_name, o.min_effect, o.alpha, {}};
  CONVCHECK_TRY(check_machines(base, fresh, o, terms.notes));
  CONVCHECK_ASSIGN(const std::vector<EnginePair> engines, pair_engines(base, fresh, o));
  note_surroundings(base, fresh, o, terms.notes);
  const RunNoise base_noise(base);
  const RunNoise new_noise(fresh);
  Measured measured;
  for (const EnginePair& pair : engines) {
    for (const TimingEntry& before : base.timings) {
      if (before.engine != pair.base || !before.same_as.empty()) continue;
      ComparisonEntry entry = new_entry(pair, before);
      const TimingEntry* after = find(fresh, pair.fresh, before);
      entry.base_seconds = seconds(before);
      entry.base_samples = static_cast<int>(before.samples_seconds.size());
      if (after == nullptr) {
        entry.verdict = "not-compared";
        entry.reason = fmt::format("not in {}", o.new_name);
        out.comparisons.push_back(std::move(entry));
        continue;
      }
      entry.new_seconds = seconds(*after);
      entry.new_samples = static_cast<int>(after->samples_seconds.size());
      if (before.status == "timed" && after->status == "timed") {
        const double floor =
            std::max({o.noise_floor, base_noise.floor(before), new_noise.floor(*after),
                      drift(base, fresh, before.threads)});
        measured.pairings.push_back({samples_of(before), samples_of(*after), false, floor});
        measured.entries.push_back(out.comparisons.size());
      } else {
        decide_without_samples(before, *after, o.min_effect, entry);
      }
      out.comparisons.push_back(std::move(entry));
    }
    for (const TimingEntry& after : fresh.timings) {
      if (after.engine != pair.fresh || !after.same_as.empty() ||
          find(base, pair.base, after) != nullptr)
        continue;
      ComparisonEntry entry = new_entry(pair, after);
      entry.new_seconds = seconds(after);
      entry.new_samples = static_cast<int>(after.samples_seconds.size());
      entry.verdict = "not-compared";
      entry.reason = fmt::format("not in {}", o.base_name);
      out.comparisons.push_back(std::move(entry));
    }
  }
  judge_measured(measured, o, out.comparisons);
  out.comparison = std::move(terms);
  return {};
}

void compare_in_run(const CompareOptions& o, Document& document) {
  Measured measured;
  for (const TimingEntry& before : document.timings) {
    if (before.engine != o.base_name || !before.same_as.empty()) continue;
    const TimingEntry* after = find(document, o.new_name, before);
    if (after == nullptr) continue;  // Interrupted between the two.
    ComparisonEntry entry = new_entry({o.base_name, o.new_name}, before);
    entry.base_seconds = seconds(before);
    entry.new_seconds = seconds(*after);
    entry.base_samples = static_cast<int>(before.samples_seconds.size());
    entry.new_samples = static_cast<int>(after->samples_seconds.size());
    if (before.status == "timed" && after->status == "timed") {
      const double floor = std::max(o.noise_floor, before.noise_floor);
      measured.pairings.push_back({samples_of(before), samples_of(*after), true, floor});
      measured.entries.push_back(document.comparisons.size());
    } else {
      decide_without_samples(before, *after, o.min_effect, entry);
    }
    document.comparisons.push_back(std::move(entry));
  }
  judge_measured(measured, o, document.comparisons);
  document.comparison = {o.base_name, o.new_name, o.min_effect, o.alpha, {}};
}

}  // namespace convcheck::cli
