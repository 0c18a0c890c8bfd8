// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace convcheck::cli {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;

void on_interrupt(int signal) {
  // A second one means it: the default action ends the process.
  interrupt_seen = 1;
  std::signal(signal, SIG_DFL);
}

bool terminal_with_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(descriptor) != 0 && (no_colour == nullptr || *no_colour == '\0') &&
         term != nullptr && std::string_view(term) != "dumb";
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

bool stdout_has_colour() { return terminal_with_colour(STDOUT_FILENO); }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

Progress::Progress(bool quiet) : active_(!quiet && stderr_is_terminal()) {}
Progress::~Progress() { clear(); }

void Progress::show(std::string_view text) {
  if (!active_) return;
  const std::string_view line = text.substr(0, terminal_columns() - 1);
  std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(line.size()), line.data());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

bool interrupted() { return interrupt_seen != 0; }

}  // namespace convcheck::cli
