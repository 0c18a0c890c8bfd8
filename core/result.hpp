// SPDX-License-Identifier: Apache-2.0
// Errors as values: what crosses a room's border is a Result, never an exception.
#pragma once

#include <fmt/core.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace convcheck {

enum class ErrorCode {
  kParse,           ///< Text that does not follow its grammar (descriptor, JSON, .npy, suite file).
  kInvalidProblem,  ///< A problem or chain that breaks a rule; the message names the rule.
  kBadInput,        ///< An argument, file or tensor that does not fit what was asked.
  kUnsupported,     ///< A valid problem that an engine declines; the message is its reason.
  kEngineStart,     ///< An engine that could not be found, loaded or started.
  kEngineFailed,    ///< An engine that answered with an error of its own.
  kProtocol,        ///< A worker or peer that broke the protocol.
  kIo,              ///< The operating system refused: the message names the file and errno's text.
};

/// The code's name as reports print it: "parse", "invalid-problem", ...
const char* to_string(ErrorCode);

/// One sentence that names the field, the value and what would be right.
struct Error {
  ErrorCode code = ErrorCode::kBadInput;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// An error to return from a function whose type is Result<T>.
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const std::string& context);

}  // namespace convcheck

/// Ends the function with the error of `expression` (a Status or Result) if it has one.
#define CONVCHECK_TRY(expression)                                                       \
  do {                                                                                  \
    if (auto convcheck_status = (expression); !convcheck_status)                        \
      return ::tl::unexpected<::convcheck::Error>(std::move(convcheck_status).error()); \
  } while (false)

#define CONVCHECK_CONCAT_INNER(a, b) a##b
#define CONVCHECK_CONCAT(a, b) CONVCHECK_CONCAT_INNER(a, b)
#define CONVCHECK_ASSIGN_INNER(result, target, expression)                             \
  auto result = (expression);                                                          \
  if (!result) return ::tl::unexpected<::convcheck::Error>(std::move(result).error()); \
  target = *std::move(result)

/// `CONVCHECK_ASSIGN(auto x, f());` unwraps a Result or ends the function with its error.
#define CONVCHECK_ASSIGN(target, expression) \
  CONVCHECK_ASSIGN_INNER(CONVCHECK_CONCAT(convcheck_result_, __LINE__), target, expression)

/// A broken contract of our own code: prints the context (a canonical problem, where there is one)
/// and aborts. Never used on input from outside.
#define CONVCHECK_CHECK(condition, context) \
  ((condition) ? (void)0 : ::convcheck::check_failed(#condition, __FILE__, __LINE__, (context)))
