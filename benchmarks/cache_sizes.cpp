// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/cache_sizes.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

namespace convcheck::benchmarks {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "48K", "1024K", "32M"; 0 for what is none.
std::uint64_t bytes_of(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  const std::string unit(end, text.data() + text.size());
  if (unit == "K") return value << 10;
  if (unit == "M") return value << 20;
  return unit.empty() ? value : 0;
}

// How many processors "0-3,8" names; 1 for what is no list.
int processors_of(const std::string& list) {
  int count = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    int low = 0;
    auto [after, error] = std::from_chars(at, end, low);
    if (error != std::errc()) break;
    int high = low;
    if (after < end && *after == '-') {
      const auto [after_high, high_error] = std::from_chars(after + 1, end, high);
      if (high_error != std::errc() || high < low) break;
      after = after_high;
    }
    count += high - low + 1;
    at = after < end && *after == ',' ? after + 1 : end;
  }
  return std::max(count, 1);
}

std::optional<CacheSize> from_sysfs(const std::string& root, int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder =
        root + "sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    if (first_line(folder + "level") != std::to_string(level)) continue;
    if (first_line(folder + "type") == "Instruction") continue;
    const std::uint64_t bytes = bytes_of(first_line(folder + "size"));
    if (bytes == 0) continue;
    return CacheSize{level, bytes, processors_of(first_line(folder + "shared_cpu_list")), "sysfs"};
  }
  return std::nullopt;
}

std::optional<CacheSize> from_sysconf([[maybe_unused]] int level) {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  constexpr int kNames[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  const long bytes = sysconf(kNames[level - 1]);
  if (bytes > 0) return CacheSize{level, static_cast<std::uint64_t>(bytes), 1, "sysconf"};
#endif
  return std::nullopt;
}

}  // namespace

std::vector<CacheSize> cache_sizes(const std::string& root) {
  constexpr std::uint64_t kAssumed[] = {std::uint64_t{1} << 15, std::uint64_t{1} << 20,
                                        std::uint64_t{1} << 25};
  std::vector<CacheSize> sizes;
  for (int level = 1; level <= 3; ++level) {
    std::optional<CacheSize> size = from_sysfs(root, level);
    if (!size && root == "/") size = from_sysconf(level);
    sizes.push_back(size.value_or(CacheSize{level, kAssumed[level - 1], 1, "assumed"}));
  }
  return sizes;
}

std::uint64_t flush_bytes(const std::vector<CacheSize>& sizes) {
  std::uint64_t outer = 0;
  for (const CacheSize& size : sizes) outer += size.level >= 2 ? size.bytes : 0;
  return std::min(2 * outer, kMaxFlushBytes);
}

}  // namespace convcheck::benchmarks
