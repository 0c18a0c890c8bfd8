// SPDX-License-Identifier: Apache-2.0
// convcheck describe: what a problem or chain is, with its formulas filled in.
#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "core/file.hpp"
#include "core/geometry.hpp"

namespace convcheck::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string axes_text(const ConvProblem& p, const Axes& axes) {
  return to_string(Shape(axes.begin() + p.first_axis(), axes.end()));
}

// How far back each output of the chain sees, and with which step, per axis: (r, j) -> (r +
// (k-1)*d*j, j*s).
struct Reach {
  Axes extent{1, 1, 1};
  Axes jump{1, 1, 1};
};

void widen(Reach& reach, const ConvProblem& p) {
  for (std::size_t a = 0; a < 3; ++a) {
    reach.extent[a] += (p.w_extent[a] - 1) * p.dilation[a] * reach.jump[a];
    reach.jump[a] *= p.stride[a];
  }
}

bool all_conv(const Chain& chain) {
  for (const ConvProblem& p : chain.problems()) {
    if (p.operation != Operation::kConv) return false;
  }
  return true;
}

// "ow = floor((8 + 1 + 1 - 3) / 1) + 1 = 8"; for a deconvolution the size it writes.
std::string size_formula(const ConvProblem& p, std::size_t axis) {
  const char letter = kAxisLetters[axis];
  const std::int64_t k = p.effective_kernel()[axis];
  const std::int64_t begin = p.pad_begin[axis];
  const std::int64_t end = p.pad_end()[axis];
  if (p.operation == Operation::kDeconv)
    return fmt::format("o{} = ({} - 1) * {} + {} - ({}) - ({}) = {}", letter, p.y_extent[axis],
                       p.stride[axis], k, begin, end, p.x_extent[axis]);
  return fmt::format("o{} = floor(({} + ({}) + ({}) - {}) / {}) + 1 = {}", letter, p.x_extent[axis],
                     begin, end, k, p.stride[axis],
                     floor_div(p.x_extent[axis] + begin + end - k, p.stride[axis]) + 1);
}

std::int64_t parameters(const ConvProblem& p) {
  return element_count(p.w_shape()) + (p.has_bias ? element_count(p.bias_shape()) : 0);
}

Json problem_json(const ConvProblem& p) {
  Json sizes = Json::array();
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    sizes.push_back(size_formula(p, a));
  return {{"name", to_string(p)},
          {"operation", to_string(p.operation)},
          {"writes", to_string(p.written())},
          {"rank", p.rank},
          {"x", p.x_shape()},
          {"w", p.w_shape()},
          {"y", p.y_shape()},
          {"effective_kernel", p.effective_kernel()},
          {"pad_begin", p.pad_begin},
          {"pad_end", p.pad_end()},
          {"size", std::move(sizes)},
          {"terms", p.term_count()},
          {"macs", p.nominal_macs()},
          {"macs_inside", p.valid_macs()},
          {"parameters", parameters(p)}};
}

std::string problem_text(const ConvProblem& p) {
  std::string out = to_string(p) + "\n";
  out += fmt::format("  {} of rank {}, {}, padding with {}; writes {} from {}\n",
                     to_string(p.operation), p.rank,
                     p.orientation == Orientation::kConvolution ? "true convolution (flips w)"
                                                                : "cross-correlation",
                     to_string(p.padding_mode), to_string(p.written()),
                     p.operation == Operation::kConv     ? "x, w"
                     : p.operation == Operation::kDeconv ? "y, w"
                                                         : "x, y");
  out += fmt::format("  x {} {}   w {} {}   y {} {}{}\n", to_string(p.x_type),
                     to_string(p.x_shape()), to_string(p.w_type), to_string(p.w_shape()),
                     to_string(p.y_type), to_string(p.y_shape()), p.has_bias ? "   bias" : "");
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a)
    out += "  " + size_formula(p, a) + "\n";
  out += fmt::format("  padding begin {}, end {}; effective kernel {}\n", axes_text(p, p.pad_begin),
                     axes_text(p, p.pad_end()), axes_text(p, p.effective_kernel()));
  out +=
      fmt::format("  {} terms an output{}; {:.6g} MACs, {:.6g} of them inside x; {} parameters\n",
                  p.term_count(), p.has_bias ? " (bias included)" : "", p.nominal_macs(),
                  p.valid_macs(), parameters(p));
  return out;
}

int describe(const std::string& text, const std::string& json_path) {
  const Result<NamedChain> parsed = parse_chain(text);
  if (!parsed) return report_error(parsed.error());
  const Chain& chain = parsed->chain;
  std::int64_t total_parameters = 0;
  Reach reach;
  Json steps = Json::array();
  for (const Step& step : chain.steps) {
    if (const auto* shuffle = std::get_if<Shuffle>(&step)) {
      fmt::print("shuffle:{}\n", shuffle->groups);
      steps.push_back({{"shuffle", shuffle->groups}});
      continue;
    }
    const auto& p = std::get<ConvProblem>(step);
    total_parameters += parameters(p);
    widen(reach, p);
    fmt::print("{}", problem_text(p));
    steps.push_back(problem_json(p));
  }
  Json json = {{"name", to_string(chain)},
               {"steps", std::move(steps)},
               {"macs", chain.nominal_macs()},
               {"macs_inside", chain.valid_macs()},
               {"parameters", total_parameters}};
  if (!chain.is_single())
    fmt::print("chain: {:.6g} MACs, {:.6g} inside; {} parameters\n", chain.nominal_macs(),
               chain.valid_macs(), total_parameters);
  if (all_conv(chain)) {
    fmt::print("receptive field {}, step {}\n", axes_text(chain.front(), reach.extent),
               axes_text(chain.front(), reach.jump));
    json["receptive_field"] = reach.extent;
    json["step"] = reach.jump;
  }
  if (json_path.empty()) return kExitOk;
  const Status written = write_file_atomically(json_path, json.dump(1) + "\n");
  return written ? kExitOk : report_error(written.error());
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  struct Options {
    std::string problem;
    std::string json;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "describe", "Say what a problem or chain is: shapes, sizes with the formula filled in, work");
  command
      ->add_option("problem", options->problem,
                   "A problem or chain: ic16ih8oc32kh3ph1, 'g1mb1_... | shuffle:3 | g1mb1_...'")
      ->required();
  command->add_option("--json", options->json, "Write it here as JSON, too");
  command->callback([options, &action] {
    action = [options] { return describe(options->problem, options->json); };
  });
}

}  // namespace convcheck::cli
