// SPDX-License-Identifier: Apache-2.0
// convcheck solve: operands in .npy files in, the correctly rounded result out.
#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/solve_files.hpp"
#include "cli/stopwatch.hpp"
#include "core/file.hpp"
#include "core/npy.hpp"
#include "core/problem_text.hpp"
#include "reports/summary.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  std::string problem;
  std::array<std::string, 4> operands;  // Of kSingleNames.
  std::vector<std::string> named;       // "in=FILE"
  std::string out, exact, bounds;
  int threads = 1;
};

constexpr std::array<const char*, 4> kSingleNames = {"x", "w", "bias", "y"};

Result<OperandFiles> operand_files(const Options& o) {
  OperandFiles files;
  for (std::size_t i = 0; i < kSingleNames.size(); ++i) {
    if (!o.operands[i].empty()) files.emplace_back(kSingleNames[i], o.operands[i]);
  }
  for (const std::string& text : o.named) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      return fail(ErrorCode::kBadInput, "--operand '{}' is not NAME=FILE, such as w0=filter.npy",
                  text);
    files.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return files;
}

// Two results in one file would leave one of them.
Status check_outputs(const Options& o) {
  const std::pair<const char*, const std::string&> outputs[] = {
      {"--out", o.out}, {"--exact", o.exact}, {"--bounds", o.bounds}};
  bool any = false;
  for (std::size_t i = 0; i < 3; ++i) {
    any = any || !outputs[i].second.empty();
    for (std::size_t j = 0; j < i; ++j) {
      const std::filesystem::path a = outputs[j].second;
      const std::filesystem::path b = outputs[i].second;
      if (!b.empty() && a.lexically_normal() == b.lexically_normal())
        return fail(ErrorCode::kBadInput, "{} and {} are both '{}'; each needs a file of its own",
                    outputs[j].first, outputs[i].first, outputs[i].second);
    }
  }
  if (!any)
    return fail(
        ErrorCode::kBadInput,
        "nothing is asked for: give --out FILE.npy, --exact FILE.json or --bounds FILE.json");
  return {};
}

// "certified by interval 1018 (99.4 %), exact-sum 6": what is 0 is left out.
std::string tiers(const std::vector<reference::Tier>& list) {
  std::array<std::size_t, reference::kTierCount> counts{};
  for (const reference::Tier tier : list) ++counts[static_cast<std::size_t>(tier)];
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0)
      text +=
          fmt::format("{}{} {} ({:.3g} %)", text.empty() ? "" : ", ",
                      reference::to_string(static_cast<reference::Tier>(i)), counts[i],
                      100.0 * static_cast<double>(counts[i]) / static_cast<double>(list.size()));
  }
  return text.empty() ? "nothing to certify" : text;
}

// The exact values, which are to agree with the rounded ones.
Result<std::vector<reference::Dyadic>> checked_exact(const reference::LastStep& last,
                                                     const Tensor& value) {
  std::vector<reference::Dyadic> exact = reference::exact_values(last.problem, last.operands);
  if (const std::optional<std::int64_t> at = reference::first_misrounded(value, exact))
    return fail(ErrorCode::kEngineFailed,
                "output {} is {:a}, and its exact value {} does not round to that: the reference "
                "is wrong; please report this problem and its operands",
                *at, value.value(*at), reference::to_decimal(exact[static_cast<std::size_t>(*at)]));
  return exact;
}

Status solve_and_write(const Options& o) {
  Result<NamedChain> parsed = parse_chain(o.problem);
  if (!parsed) return fail(parsed.error().code, "PROBLEM: {}", parsed.error().message);
  const Chain& chain = parsed->chain;
  CONVCHECK_TRY(check_outputs(o));
  CONVCHECK_ASSIGN(const OperandFiles files, operand_files(o));
  CONVCHECK_ASSIGN(const std::vector<Tensor> operands, read_operands(chain, files));
  const Stopwatch watch;
  const reference::OracleOptions options{.threads = o.threads};
  CONVCHECK_ASSIGN(const reference::ChainResult result,
                   reference::solve_chain(chain, operands, options));
  const double seconds = watch.seconds();
  const Tensor& value = result.last.value;
  // Everything is computed before anything is written.
  const reference::LastStep last = reference::last_step(chain, operands, result);
  std::string exact_text;
  std::string bounds_text;
  if (!o.exact.empty()) {
    CONVCHECK_ASSIGN(const auto exact, checked_exact(last, value));
    exact_text = exact_document(chain, exact);
  }
  if (!o.bounds.empty()) {
    CONVCHECK_ASSIGN(const auto enclosures,
                     reference::enclosures(last.problem, last.operands, options));
    bounds_text = bounds_document(chain, result.last, enclosures);
  }
  if (!o.out.empty()) CONVCHECK_TRY(write_npy(o.out, value));
  if (!o.exact.empty()) CONVCHECK_TRY(write_file_atomically(o.exact, exact_text));
  if (!o.bounds.empty()) CONVCHECK_TRY(write_file_atomically(o.bounds, bounds_text));

  const OperandSpec written = operand_specs(chain)[written_index(chain)];
  fmt::print("{}\n", to_string(chain));
  fmt::print("{}: {} {}, {} outputs, each the exact value rounded once, in {}\n", written.name,
             to_string(written.type), to_string(written.shape), value.count(),
             reports::format_seconds(seconds));
  fmt::print("terms: at most {} an output{}\n", result.last.terms,
             chain.is_single() ? "" : " of the last step");
  fmt::print("certified by {}\n", tiers(result.last.tier));
  if (!o.exact.empty())
    fmt::print("every output agrees with an independent exact sum, rounded once\n");
  for (const std::string* path : {&o.out, &o.exact, &o.bounds})
    if (!path->empty()) fmt::print("wrote {}\n", *path);
  return {};
}

int solve(const Options& o) {
  const Status status = solve_and_write(o);
  if (status) return kExitOk;
  const int code = report_error(status.error());
  // The reference contradicted by its own check is a finding, not a bad input.
  return status.error().code == ErrorCode::kEngineFailed ? kExitRefuted : code;
}

}  // namespace

void add_solve(CLI::App& app, Action& action) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "solve", "Compute one problem exactly: .npy files in, the correctly rounded result out");
  command->add_option("problem", o->problem, "A problem or chain by its name (docs/solve.md)")
      ->required();
  constexpr std::array<const char*, 4> kHelp = {
      "The .npy file of x; conv and wgrad read it", "The .npy file of w; conv and deconv read it",
      "The .npy file of the bias of a problem with the word bias:",
      "The .npy file of y; deconv and wgrad read it"};
  for (std::size_t i = 0; i < kSingleNames.size(); ++i)
    command->add_option(fmt::format("--{}", kSingleNames[i]), o->operands[i], kHelp[i]);
  command
      ->add_option(
          "--operand", o->named,
          "NAME=FILE, one operand by name; a chain's are in, w0, bias0, w1, ... Repeatable")
      ->take_all()
      ->expected(1);
  command->add_option("--out,-o", o->out, "Write the result here, as .npy");
  command->add_option("--exact", o->exact,
                      "Write the exact values here, as JSON: \"-5*2^-3\", an odd integer times a "
                      "power of two");
  command->add_option("--bounds", o->bounds,
                      "Write for every output S = sum |x||w|, doubles low <= exact <= high and the "
                      "tier that certified it, as JSON");
  command->add_option("--threads", o->threads, "Threads; the result is the same for any number")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->footer(
      "Element types are those of the problem (f32 where it names none): f64 '<f8', f32 '<f4', "
      "f16\n"
      "'<f2', s32 '<i4', s8 '|i1', u8 '|u1', and bf16 as its bits in '<u2', which numpy lacks.\n\n"
      "  python3 -c \"import numpy as np; np.save('x.npy', np.ones((1, 2, 5, 5), 'f4'))\"\n"
      "  python3 -c \"import numpy as np; np.save('w.npy', np.full((3, 2, 3, 3), 0.1, 'f4'))\"\n"
      "  convcheck solve mb1ic2ih5oc3oh5kh3ph1 --x x.npy --w w.npy --out y.npy --exact y.json");
  command->callback([o, &action] { action = [o] { return solve(*o); }; });
}

}  // namespace convcheck::cli
