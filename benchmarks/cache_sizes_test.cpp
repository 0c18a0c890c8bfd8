// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/cache_sizes.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace convcheck::benchmarks {
namespace {

class CacheSizes : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder()); }
  void TearDown() override { std::filesystem::remove_all(root_); }
  [[nodiscard]] std::filesystem::path folder() const {
    return root_ / "sys/devices/system/cpu/cpu0/cache";
  }
  [[nodiscard]] std::string root() const { return root_.string() + "/"; }
  void put(int index, const char* level, const char* type, const char* size, const char* shared) {
    const auto at = folder() / ("index" + std::to_string(index));
    std::filesystem::create_directories(at);
    std::ofstream(at / "level") << level << "\n";
    std::ofstream(at / "type") << type << "\n";
    std::ofstream(at / "size") << size << "\n";
    std::ofstream(at / "shared_cpu_list") << shared << "\n";
  }

 private:
  std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / ("caches_" + std::to_string(::getpid()));
};

TEST_F(CacheSizes, AreReadFromSysfs) {
  put(0, "1", "Instruction", "64K", "0");
  put(1, "1", "Data", "48K", "0");
  put(2, "2", "Unified", "2M", "0,4");
  put(3, "3", "Unified", "32768K", "0-3,8-11");
  const auto sizes = cache_sizes(root());
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_EQ(sizes[0].bytes, 48U << 10);
  EXPECT_EQ(sizes[1].bytes, 2U << 20);
  EXPECT_EQ(sizes[1].shared_by, 2);
  EXPECT_EQ(sizes[2].bytes, 32U << 20);
  EXPECT_EQ(sizes[2].shared_by, 8);
  for (const CacheSize& size : sizes) EXPECT_EQ(size.source, "sysfs");
  EXPECT_EQ(flush_bytes(sizes), kMaxFlushBytes);  // 2 (2 + 32) MiB are more.
}

TEST_F(CacheSizes, WhatNobodySaysIsAssumedAndSoSaid) {
  put(0, "1", "Data", "lots", "0");
  put(1, "2", "Unified", "512K", "no list");
  const auto sizes = cache_sizes(root());
  EXPECT_EQ(sizes[0].source, "assumed");
  EXPECT_EQ(sizes[1].bytes, 512U << 10);
  EXPECT_EQ(sizes[1].shared_by, 1);
  EXPECT_EQ(sizes[2].source, "assumed");
}

TEST_F(CacheSizes, OfThisMachineGrowWithTheirLevel) {
  const auto sizes = cache_sizes();
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_LT(sizes[0].bytes, sizes[1].bytes);
  EXPECT_LT(sizes[1].bytes, sizes[2].bytes);
}

TEST(FlushBytes, AreTwiceTheOuterCaches) {
  EXPECT_EQ(flush_bytes({{1, 1000, 1, ""}, {2, 10, 1, ""}, {3, 100, 1, ""}}), 220U);
}

}  // namespace
}  // namespace convcheck::benchmarks
