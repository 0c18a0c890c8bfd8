// SPDX-License-Identifier: Apache-2.0
// What the user sees while a run goes on: progress on a terminal, nothing in a pipe.
#pragma once

#include <string>
#include <string_view>

namespace convcheck::cli {

/// True for a terminal on stdout (stderr) that wants colour: NO_COLOR unset, TERM not dumb.
bool stdout_has_colour();
bool stderr_is_terminal();

/// One line on stderr that rewrites itself; silent unless stderr is a terminal.
class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::string_view text);
  void clear();

 private:
  bool active_;
  bool shown_ = false;
};

/// Turns SIGINT and SIGTERM into a request that long runs look at between cases.
void catch_interrupts();
bool interrupted();

}  // namespace convcheck::cli
