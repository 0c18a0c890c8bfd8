// SPDX-License-Identifier: Apache-2.0
// What a sanitized program that serves as a worker asks of the sanitizers.

// The worker's own handlers judge faults, and what a peer leaks is not this program's.
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
         "use_sigaltstack=0:detect_leaks=0";
}
// Only synchronous faults are handled, and a report would end the process with a code of its own.
extern "C" const char* __tsan_default_options() { return "report_signal_unsafe=0"; }
