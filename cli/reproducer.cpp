// SPDX-License-Identifier: Apache-2.0
#include "cli/reproducer.hpp"

#include <unistd.h>

#include <filesystem>
#include <map>

#include "cli/convert.hpp"
#include "cli/reproducer_sources.hpp"
#include "core/file.hpp"
#include "core/npy.hpp"
#include "core/problem_text.hpp"
#include "peers/engine_spec.hpp"
#include "properties/passes.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "reports/read.hpp"

namespace convcheck::cli {
namespace {

namespace fs = std::filesystem;

// Of one pass, engine and kind of verdict.
constexpr int kReproducersAWay = 3;

std::string numbers(const Axes& axes) {
  return fmt::format("{{{}, {}, {}}}", axes[0], axes[1], axes[2]);
}

std::string c_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// The case as the C program includes it.
std::string case_header(const ConvProblem& p, const Environment& e, const peers::EngineSpec& spec) {
  std::string out =
      "/* The failing case, for reproduce.c. */\n"
      "#ifndef CASE_H_\n#define CASE_H_\n#include \"convcheck_peer.h\"\n";
  const std::string library = fs::absolute(spec.path).lexically_normal().string();
  out += fmt::format("#define CASE_LIBRARY {}\n#define CASE_VARIANT {}\n", c_string(library),
                     c_string(spec.variant));
  out += fmt::format(
      "#define CASE_THREADS {}\n#define CASE_LAYOUT {}\n#define CASE_GUARD_BEFORE {}\n"
      "#define CASE_MISALIGNMENT {}\n#define CASE_POISON {}\n#define CASE_PRIOR_CALLS {}\n"
      "#define CASE_WRITTEN {}\n",
      e.threads,
      e.layout == LayoutChoice::kPreferred ? "CONVCHECK_LAYOUT_PREFERRED"
                                           : "CONVCHECK_LAYOUT_PLAIN",
      e.guard == GuardSide::kBefore ? 1 : 0, e.misalignment_bytes, static_cast<int>(e.poison),
      e.prior_calls, static_cast<int>(p.written()));
  std::string counts;
  std::string types;
  for (const Role role : {Role::kX, Role::kW, Role::kBias, Role::kY}) {
    const bool absent = role == Role::kBias && !p.has_bias;
    const std::string comma = counts.empty() ? "" : ", ";
    counts += fmt::format("{}{}", comma, absent ? -1 : element_count(p.shape(role)));
    types += fmt::format("{}{}", comma, static_cast<int>(p.type(role)));
  }
  out += fmt::format(
      "static const int64_t case_counts[4] = {{{}}}; /* x, w, bias, y; -1: none */\n"
      "static const int32_t case_types[4] = {{{}}};\n",
      counts, types);
  out += fmt::format(
      "static const convcheck_problem case_problem = {{\n"
      "    sizeof(convcheck_problem), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 0,\n"
      "    {}, {}, {}, {},\n    {},\n    {},\n    {},\n    {},\n    {},\n    {},\n    "
      "{}}};\n#endif\n",
      static_cast<int>(p.operation), p.rank, static_cast<int>(p.padding_mode),
      static_cast<int>(p.orientation), static_cast<int>(p.x_type), static_cast<int>(p.w_type),
      static_cast<int>(p.y_type), p.has_bias ? 1 : 0, p.x_zero_point, p.w_zero_point, p.batch,
      p.groups, p.in_channels, p.out_channels, numbers(p.x_extent), numbers(p.w_extent),
      numbers(p.y_extent), numbers(p.stride), numbers(p.dilation), numbers(p.pad_begin),
      numbers(p.pad_end()));
  return out;
}

// A directory that becomes what it is called only when all is in it.
class Folder {
 public:
  explicit Folder(const std::string& target)
      : target_(target), temporary_(fmt::format("{}.{}.tmp", target, ::getpid())) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
  }

  Status create() {
    std::error_code error;
    fs::remove_all(temporary_, error);
    fs::create_directories(temporary_, error);
    return done("create", error);
  }
  Status text(const char* name, const std::string& bytes) {
    return write_file_atomically(path(name), bytes);
  }
  Status tensor(const std::string& name, const Tensor& t) {
    return write_npy(path(name + ".npy"), t);
  }
  Status keep() {
    std::error_code error;
    fs::remove_all(target_, error);
    if (!error) fs::rename(temporary_, target_, error);
    return done("rename", error);
  }

 private:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (fs::path(temporary_) / name).string();
  }
  [[nodiscard]] Status done(const char* step, const std::error_code& error) const {
    if (!error) return {};
    return fail(ErrorCode::kIo, "cannot {} {}: {}", step, temporary_, error.message());
  }

  std::string target_;
  std::string temporary_;
};

constexpr const char* kProgramText =
    "\n`reproduce.c` shows it without convcheck (values, faults at guard pages, changed inputs; "
    "not "
    "what takes\nconcurrent plans or the environment). Here:\n\n"
    "    cc -std=c99 -I . reproduce.c -ldl -lm -o reproduce && ./reproduce\n\n"
    "It exits with 1 while the result is wrong, with 0 when it is right; `./reproduce LIBRARY` "
    "asks "
    "another\nbuild of the library.\n";

std::string readme(const reports::VerdictEntry& entry, bool program) {
  std::string out = fmt::format("# {} {} by {}\n\n", entry.check, entry.verdict, entry.engine);
  out += fmt::format("{}\n\n", entry.detail);
  if (!entry.diagnosis.empty()) out += fmt::format("Cause: {}.\n\n", entry.diagnosis);
  out += fmt::format("```\n{}```\n\n", reports::failure_text(entry));
  out +=
      "`case.json` is the verdict; the .npy files are the operands, `expected` the exact result "
      "rounded once,\n`allowed` how far from it a result may be, `found` what the engine answered "
      "(bf16 is stored as bits in <u2).\n\n"
      "    convcheck replay .\n\n"
      "exits with 1 while the case still fails and with 0 when it does not.\n";
  return program ? out + kProgramText : out;
}

Status write_results(Folder& folder, const Case& c, bool asks, Runner& runner) {
  Outcome outcome;
  if (asks) outcome = runner.run(c);
  if (outcome.output) CONVCHECK_TRY(folder.tensor("found", *outcome.output));
  Result<properties::Expectation> expectation =
      properties::Expectation::solve(c.chain, c.operands, {});
  if (!expectation) return {};
  const Tensor& expected = expectation->oracle().value;
  CONVCHECK_TRY(folder.tensor("expected", expected));
  Tensor allowed(ElementType::kF64, expected.shape());
  const Result<const properties::OutputBounds*> bounds =
      expectation->bounds(outcome.claim, outcome.algorithm);
  for (std::int64_t i = 0; bounds && i < allowed.count(); ++i)
    allowed.set_value(i, (*bounds)->absolute[static_cast<std::size_t>(i)]);
  return folder.tensor("allowed", allowed);
}

}  // namespace

const properties::Law* find_check(const std::string& id) {
  if (const auto pass = properties::parse_pass(id)) return &properties::pass_law(*pass);
  return properties::find_law(id);
}

Status write_reproducer(const std::string& directory, const reports::VerdictEntry& entry,
                        const properties::Law& law, const Case& c, Runner& runner) {
  Folder folder(directory);
  CONVCHECK_TRY(folder.create());
  const properties::LawOperands specs = law.operands(c.chain);
  std::size_t next = 0;
  for (const OperandSpec& spec : specs)
    if (!spec.written) CONVCHECK_TRY(folder.tensor(spec.name, c.operands[next++]));
  CONVCHECK_TRY(write_results(folder, c, entry.verdict != "timed-out", runner));
  reports::VerdictEntry bare = entry;
  bare.counterexample->operands.clear();
  CONVCHECK_TRY(folder.text("case.json", reports::to_json(bare)));
  const Result<peers::EngineSpec> spec = peers::parse_engine_spec(entry.engine);
  const bool program = spec && spec->kind == peers::EngineSpec::Kind::kSo && c.chain.is_single();
  if (program) {
    CONVCHECK_TRY(folder.text("case.h", case_header(c.chain.front(), c.environment, *spec)));
    CONVCHECK_TRY(folder.text("convcheck_peer.h", kPeerHeader));
    CONVCHECK_TRY(folder.text("reproduce.c", kReproduceProgram));
  }
  CONVCHECK_TRY(folder.text("README.md", readme(entry, program)));
  return folder.keep();
}

Status write_reproducers(const std::string& folder, properties::Level asked, Runner& runner,
                         properties::ValidationResult& result, int& count) {
  std::map<std::pair<properties::Pass, properties::VerdictKind>, int> written;
  for (properties::ProblemValidation& problem : result.problems) {
    for (properties::PassVerdict& pass : problem.passes) {
      properties::Verdict& verdict = pass.verdict;
      if (!properties::is_failure(pass, asked) || !verdict.counterexample) continue;
      if (written[{pass.pass, verdict.kind}]++ == kReproducersAWay) continue;
      const properties::Law& law = properties::pass_law(pass.pass);
      const std::string directory =
          (fs::path(folder) / fmt::format("{:03}-{}", ++count, verdict.law)).string();
      reports::VerdictEntry entry = verdict_entry(law, verdict, asked);
      entry.label = problem.label;
      CONVCHECK_TRY(write_reproducer(directory, entry, law, *verdict.counterexample, runner));
      verdict.reproducer = fmt::format("convcheck replay '{}'", directory);
    }
  }
  return {};
}

Result<ReadReproducer> read_reproducer(const std::string& directory) {
  const std::string path = (fs::path(directory) / "case.json").string();
  CONVCHECK_ASSIGN(const std::string text, read_file(path));
  CONVCHECK_ASSIGN(reports::VerdictEntry entry, reports::read_counterexample(text, path));
  const properties::Law* law = find_check(entry.check);
  if (law == nullptr)
    return fail(ErrorCode::kBadInput, "{}: there is no law or pass '{}'", path, entry.check);
  const Result<NamedChain> chain = parse_chain(entry.counterexample->problem);
  if (!chain) return fail(chain.error().code, "{}: {}", path, chain.error().message);
  Case c{chain->chain, {}, entry.counterexample->environment};
  for (const OperandSpec& spec : law->operands(c.chain)) {
    if (spec.written) continue;
    const std::string file = (fs::path(directory) / (spec.name + ".npy")).string();
    CONVCHECK_ASSIGN(Tensor tensor, read_npy(file, spec.type));
    if (tensor.shape() != spec.shape)
      return fail(ErrorCode::kBadInput, "{} has shape {}; {} asks for {}", file,
                  to_string(tensor.shape()), entry.counterexample->problem, to_string(spec.shape));
    c.operands.push_back(std::move(tensor));
  }
  return ReadReproducer{std::move(entry), std::move(c)};
}

}  // namespace convcheck::cli
