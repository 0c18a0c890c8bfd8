// SPDX-License-Identifier: Apache-2.0
// Where the command finds what was built or installed with it.
#pragma once

#include <string>
#include <vector>

namespace convcheck::cli {

/// The running executable.
std::string executable_path();
/// peers/ beside the executable, or ../lib/convcheck/peers of an installed one.
std::string peers_directory();
/// suites/ beside the executable, or ../share/convcheck/suites of an installed one.
std::string suites_directory();
/// Names of the suites there: "edge" for edge.problems, "onednn:unet" for onednn/unet.problems;
/// those of no folder first, each kind sorted.
std::vector<std::string> suite_names();
/// The file of a suite of that name.
std::string suite_path(const std::string& name);

}  // namespace convcheck::cli
