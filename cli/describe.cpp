// SPDX-License-Identifier: Apache-2.0
// convcheck describe: what a problem, a chain or a kernel is, with its formulas filled in.
#include <fmt/core.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/describe/description.hpp"
#include "cli/describe/pictures.hpp"
#include "cli/options.hpp"
#include "core/file.hpp"

namespace convcheck::cli {
namespace {

struct Options {
  DescribeRequest request;
  std::string json;
  std::string svg;
};

int run(const Options& options) {
  const Result<Description> description = describe(options.request);
  if (!description) return report_error(description.error());
  // Files first: what is printed was also written.
  if (!options.svg.empty()) {
    const Result<std::vector<std::string>> written = write_pictures(*description, options.svg);
    if (!written) return report_error(written.error());
  }
  if (!options.json.empty()) {
    const Status written = write_file_atomically(options.json, describe_json(*description));
    if (!written) return report_error(written.error());
  }
  fmt::print("{}", describe_text(*description));
  return kExitOk;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  DescribeRequest& request = options->request;
  CLI::App* command = app.add_subcommand(
      "describe",
      "Say what a problem, chain or kernel is: sizes with the formula filled in, work, receptive "
      "field, gridding, checkerboard, separability");
  command->add_option("problem", request.problem,
                      "A problem or chain: ic16ih8oc32kh3ph1, 'g1mb1_... | shuffle:3 | g1mb1_...'");
  command
      ->add_option("--weights", request.weights,
                   "The problem's weights, .npy of shape [oc, ic/g, taps...]: their response to a "
                   "constant, ranks, factors. Once for each problem of a chain, in order")
      ->take_all()
      ->expected(1);
  command->add_option("--kernel", request.kernel,
                      "One kernel of one channel: '1,4,6,4,1' or rows '1,2,1; 2,4,2; 1,2,1'; "
                      "integers, decimals, fractions. Needs no problem");
  command
      ->add_option("--only", request.only,
                   "Only this analysis: size, work, field, gridding, checkerboard, separability; "
                   "refused where it makes no sense. Repeatable")
      ->take_all()
      ->expected(1);
  command->add_option("--json", options->json, "Write it here as JSON, too");
  command->add_option(
      "--svg", options->svg,
      "Draw overlap, taps and receptive field into this directory, made if need be");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace convcheck::cli
