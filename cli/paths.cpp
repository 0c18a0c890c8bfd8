// SPDX-License-Identifier: Apache-2.0
#include "cli/paths.hpp"

#include <fmt/core.h>

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
  const fs::path root = suites_directory();
  std::error_code error;
  fs::recursive_directory_iterator entry(root, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != ".problems") continue;
    std::string name = entry->path().lexically_relative(root).replace_extension().generic_string();
    std::replace(name.begin(), name.end(), '/', ':');
    names.push_back(std::move(name));
  }
  // Those of no group first.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    const bool a_grouped = a.find(':') != std::string::npos;
    const bool b_grouped = b.find(':') != std::string::npos;
    return a_grouped != b_grouped ? b_grouped : a < b;
  });
  return names;
}

std::string suite_path(const std::string& name) {
  std::string relative = name;
  std::replace(relative.begin(), relative.end(), ':', '/');
  return fmt::format("{}/{}.problems", suites_directory(), relative);
}

}  // namespace convcheck::cli
