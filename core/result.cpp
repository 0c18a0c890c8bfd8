// SPDX-License-Identifier: Apache-2.0
#include "core/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace convcheck {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kParse:
      return "parse";
    case ErrorCode::kInvalidProblem:
      return "invalid-problem";
    case ErrorCode::kBadInput:
      return "bad-input";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kEngineStart:
      return "engine-start";
    case ErrorCode::kEngineFailed:
      return "engine-failed";
    case ErrorCode::kProtocol:
      return "protocol";
    case ErrorCode::kIo:
      return "io";
  }
  return "unknown";
}

void check_failed(const char* condition, const char* file, int line, const std::string& context) {
  std::fprintf(stderr, "convcheck: broken contract at %s:%d: %s\n  with %s\n", file, line,
               condition, context.c_str());
  std::abort();
}

}  // namespace convcheck
