// SPDX-License-Identifier: Apache-2.0
// What a report says of the machine, the build and the environment.
#pragma once

#include "reports/document.hpp"

namespace convcheck::cli {

/// A document with everything but the findings: kind, arguments, time, machine, build, environment.
reports::Document new_document(std::string kind, std::vector<std::string> arguments);

}  // namespace convcheck::cli
