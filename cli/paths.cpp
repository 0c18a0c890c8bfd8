// SPDX-License-Identifier: Apache-2.0
#include "cli/paths.hpp"

#include <algorithm>
#include <filesystem>

namespace convcheck::cli {
namespace {

namespace fs = std::filesystem;

std::string beside_or_installed(const char* beside, const char* installed) {
  const fs::path directory = fs::path(executable_path()).parent_path();
  std::error_code error;
  if (fs::is_directory(directory / beside, error)) return directory / beside;
  return (directory.parent_path() / installed).string();
}

}  // namespace

std::string executable_path() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string("convcheck") : path.string();
}

std::string peers_directory() { return beside_or_installed("peers", "lib/convcheck/peers"); }
std::string suites_directory() { return beside_or_installed("suites", "share/convcheck/suites"); }

std::vector<std::string> suite_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(suites_directory(), error)) {
    if (entry.path().extension() == ".problems") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace convcheck::cli
