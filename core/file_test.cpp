// SPDX-License-Identifier: Apache-2.0
#include "core/file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace convcheck {
namespace {

namespace fs = std::filesystem;

// A folder of its own for every test, empty at its end but for what the test names.
class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("convcheck-{}-{}", test.name(), ::getpid());
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }
  [[nodiscard]] static std::string content(const std::string& path) {
    const Result<std::string> bytes = read_file(path);
    return bytes ? *bytes : bytes.error().message;
  }

  fs::path folder_;
};

TEST_F(FileTest, WritesAndReplaces) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(write_file_atomically(path("a"), bytes));
  EXPECT_EQ(content(path("a")), bytes);
  ASSERT_TRUE(write_file_atomically(path("a"), ""));
  EXPECT_EQ(content(path("a")), "");
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(write_file_atomically(path("a"), large));
  EXPECT_EQ(content(path("a")), large);
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, GivesTheModeOfANewFile) {
  const mode_t mask = ::umask(027);
  ASSERT_TRUE(write_file_atomically(path("a"), "a"));
  ::umask(mask);
  struct stat status {};
  ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(FileTest, FollowsALink) {
  ASSERT_TRUE(write_file_atomically(path("target"), "old"));
  fs::create_symlink(path("target"), path("link"));
  ASSERT_TRUE(write_file_atomically(path("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("target")), "new");
  EXPECT_EQ(files(), 2);
}

TEST_F(FileTest, AFullDeviceIsASentence) {
  const Status full = write_file_atomically("/dev/full", "text");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error(),
            (Error{ErrorCode::kIo, "cannot write '/dev/full': No space left on device"}));
}

TEST_F(FileTest, WritesIntoDevices) {
  EXPECT_TRUE(write_file_atomically("/dev/null", "text"));
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

TEST_F(FileTest, AFailedWriteLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(write_file_atomically(path("a"), "old"));
  // A limit on file sizes stands for a full disk.
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = before;
  limit.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const Status written = write_file_atomically(path("a"), std::string(5000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, fmt::format("cannot write '{}': File too large", path("a")));
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, MissingFoldersAndFoldersAreSentences) {
  const Status written = write_file_atomically(path("none/a"), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_NE(written.error().message.find("No such file or directory"), std::string::npos);
  const Status folder = write_file_atomically(folder_.string(), "x");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message,
            fmt::format("cannot open '{}': Is a directory", folder_.string()));
  EXPECT_EQ(content(path("none")),
            fmt::format("cannot open '{}': No such file or directory", path("none")));
  EXPECT_EQ(content(folder_.string()),
            fmt::format("cannot read '{}': Is a directory", folder_.string()));
  EXPECT_EQ(files(), 0);
}

}  // namespace
}  // namespace convcheck
