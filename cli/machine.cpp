// SPDX-License-Identifier: Apache-2.0
#include "cli/machine.hpp"

#include <hwy/targets.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "cli/build_info.hpp"

namespace convcheck::cli {
namespace {

// The value after `key` and a separator in the first line that starts with it; empty if none does.
std::string value_in_file(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t\"", at + 1);
    if (begin == std::string::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t\"") - begin + 1);
  }
  return {};
}

reports::Machine machine() {
  reports::Machine m;
  m.cpu = value_in_file("/proc/cpuinfo", "model name", ':');
  if (m.cpu.empty()) m.cpu = "unknown";
  utsname names{};
  if (uname(&names) == 0) {
    m.architecture = names.machine;
    m.kernel = names.release;
  }
  m.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  m.memory_bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                   static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  m.os = value_in_file("/etc/os-release", "PRETTY_NAME", '=');
  const auto supported = static_cast<std::uint64_t>(hwy::SupportedTargets());
  for (int bit = 0; bit < 63; ++bit) {
    const std::uint64_t target = std::uint64_t{1} << bit;
    if ((supported & target) != 0)
      m.vector_targets.emplace_back(hwy::TargetName(static_cast<std::int64_t>(target)));
  }
  return m;
}

// Variables that change what engines compute or how fast, recorded when they are set.
constexpr const char* kVariables[] = {
    "DNNL_MAX_CPU_ISA", "DNNL_VERBOSE",       "GOMP_CPU_AFFINITY", "KMP_AFFINITY",
    "MKL_NUM_THREADS",  "MALLOC_ARENA_MAX",   "OMP_NUM_THREADS",   "OMP_PROC_BIND",
    "OMP_WAIT_POLICY",  "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS",
};

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

reports::Document new_document(std::string kind, std::vector<std::string> arguments) {
  reports::Document d;
  d.kind = std::move(kind);
  d.arguments = std::move(arguments);
  d.started_at = utc_now();
  d.machine = machine();
  d.build = {kBuildVersion, kBuildCommit, kBuildCompiler, kBuildType, kBuildSanitize};
  for (const char* name : kVariables) {
    if (const char* value = std::getenv(name); value != nullptr)
      d.environment.emplace_back(name, value);
  }
  return d;
}

}  // namespace convcheck::cli
