// SPDX-License-Identifier: Apache-2.0
// The one command.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/build_info.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

int main(int argc, char** argv) {
  using namespace convcheck::cli;  // NOLINT(google-build-using-namespace)
  std::signal(SIGPIPE, SIG_IGN);   // A worker that dies is a verdict, not our end.
  std::signal(SIGXFSZ, SIG_IGN);   // A file that may grow no more is an error of its write.
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  CLI::App app(
      "convcheck says, with proof, whether a convolution implementation is right, how accurate it "
      "is, and how fast it is beside the others.");
  app.set_version_flag("--version", std::string("convcheck ") + kBuildVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer(
      "Exit codes: 0 all demanded laws hold; 1 something is refuted, crashed, timed out, "
      "vacuous or slower;\n"
      "2 usage or bad input; 3 an engine could not be started; 4 inconclusive, with --strict;\n"
      "5 nothing ran; 125 diff cannot judge; 130 interrupted.\n\n"
      "  convcheck validate --engines optimized,onednn --suite edge\n"
      "  convcheck validate --engine so:./libmine.so\n"
      "  convcheck laws --engine optimized\n"
      "  convcheck bench --suite resnet50 --engines optimized,onednn --threads 1,2\n"
      "  convcheck compare old.json new.json\n"
      "  convcheck diff so:./old.so so:./new.so\n"
      "  convcheck solve mb1ic3ih8oc4oh8kh3ph1 --x x.npy --w w.npy --out y.npy");
  Action action;
  add_validate(app, action, arguments);
  add_laws(app, action, arguments);
  add_bench(app, action, arguments);
  add_compare(app, action, arguments);
  add_diff(app, action, arguments);
  add_solve(app, action);
  add_describe(app, action);
  add_engines(app, action);
  add_suites(app, action);
  add_replay(app, action, arguments);
  add_verify(app, action);
  add_worker(app, action);
  const auto is_first_word = [&](CLI::App* command) { return command->get_name() == arguments[0]; };
  if (!arguments.empty() && !arguments[0].starts_with('-') &&
      app.get_subcommands(is_first_word).empty()) {
    std::fprintf(
        stderr,
        "convcheck: no command '%s'; the commands are validate, laws, bench, compare, diff, "
        "solve, describe, engines, suites, replay, verify\n",
        arguments[0].c_str());
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11's own codes are 100 and up; help and version are no errors.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  try {
    const int code = action();
    if (std::fflush(stdout) != 0) {
      std::fprintf(stderr, "convcheck: writing to standard output failed\n");
      return kExitUsage;
    }
    return code;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "convcheck: out of memory\n");
    return kExitUsage;
  }
}
