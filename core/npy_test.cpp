// SPDX-License-Identifier: Apache-2.0
#include "core/npy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "core/file.hpp"
#include "core/random.hpp"

namespace convcheck {
namespace {

using std::string_literals::operator""s;

constexpr ElementType kTypes[] = {ElementType::kF32, ElementType::kF64, ElementType::kBf16,
                                  ElementType::kF16, ElementType::kS32, ElementType::kS8,
                                  ElementType::kU8};

Tensor filled(ElementType type, Shape shape) {
  Tensor t(type, std::move(shape));
  Random random(1);
  for (std::int64_t i = 0; i < t.count(); ++i) t.set_rounded(i, 100 * random.normal());
  return t;
}

// A file whose header is `dictionary` as it stands.
std::string file_of(const std::string& dictionary, const std::string& data, char major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += major;
  bytes += '\0';
  const std::size_t length = dictionary.size();
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes + dictionary + data;
}

std::string error_of(const std::string& bytes, ElementType type = ElementType::kF32) {
  const Result<Tensor> tensor = parse_npy(bytes, type, "x.npy");
  if (tensor) return "no error";
  EXPECT_TRUE(tensor.error().message.starts_with("'x.npy'")) << tensor.error().message;
  return tensor.error().message;
}

TEST(Npy, RoundTripsEveryTypeAndShape) {
  for (const ElementType type : kTypes) {
    for (const Shape& shape : {Shape{2, 3, 4}, Shape{7}, Shape{}, Shape{3, 0, 2}, Shape{1, 1}}) {
      const Tensor t = filled(type, shape);
      const Result<Tensor> back = parse_npy(to_npy(t), type, "x.npy");
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_TRUE(*back == t) << to_string(type) << to_string(shape);
    }
  }
}

TEST(Npy, IsWhatNumpyWrites) {
  // numpy.save(file, numpy.array([[1.5], [-2.0]], "<f4")), byte for byte.
  Tensor t(ElementType::kF32, {2, 1});
  t.set_value(0, 1.5);
  t.set_value(1, -2);
  const std::string expected =
      "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"s +
      std::string(58, ' ') + "\n"s + "\x00\x00\xc0\x3f\x00\x00\x00\xc0"s;
  EXPECT_EQ(to_npy(t), expected);
  EXPECT_NE(to_npy(filled(ElementType::kS8, {5})).find("'shape': (5,), }"), std::string::npos);
  EXPECT_NE(to_npy(filled(ElementType::kBf16, {})).find("'descr': '<u2', "), std::string::npos);
  EXPECT_NE(to_npy(filled(ElementType::kBf16, {})).find("'shape': (), }"), std::string::npos);
}

TEST(Npy, DataBeginAtAMultipleOf64) {
  for (std::int64_t extent = 1; extent < 1'000'000'000'000; extent *= 7) {
    const Tensor t(ElementType::kU8, {0, extent});
    EXPECT_EQ(to_npy(t).size() % 64, 0u);
  }
}

TEST(Npy, LongHeadersAreVersionTwo) {
  const Tensor t = filled(ElementType::kF32, Shape(30000, 1));
  const std::string bytes = to_npy(t);
  EXPECT_EQ(bytes[6], 2);
  const Result<Tensor> back = parse_npy(bytes, ElementType::kF32, "x.npy");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(*back == t);
}

TEST(Npy, ReadsOtherSpellings) {
  const std::string data = "\x00\x00\xc0\x3f"s;
  for (const char* header : {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
                             "{\"shape\": (1), \"descr\": \"<f4\", \"fortran_order\": False}   \n",
                             "{'fortran_order':False,'shape':(1,1,1),'descr':'<f4'}"}) {
    for (const char version : {1, 2, 3}) {
      const Result<Tensor> t =
          parse_npy(file_of(header, data, version), ElementType::kF32, "x.npy");
      ASSERT_TRUE(t) << t.error().message;
      EXPECT_EQ(t->value(0), 1.5);
    }
  }
  EXPECT_EQ(error_of(file_of("{'descr': '<i1', 'fortran_order': False, 'shape': (1,), }", "a"),
                     ElementType::kS8),
            "no error");
}

TEST(Npy, ErrorsNameWhatIsWrong) {
  const std::string good = to_npy(filled(ElementType::kF32, {2, 3}));
  EXPECT_EQ(error_of("PK\x03\x04"),
            "'x.npy' is a zip archive, as .npz files are; save the one array as .npy");
  EXPECT_EQ(error_of(""), "'x.npy' is no .npy file: it does not begin with the magic of one");
  std::string version = good;
  version[6] = 4;
  EXPECT_EQ(error_of(version), "'x.npy' is .npy version 4.0; 1.0, 2.0 and 3.0 are read");
  EXPECT_EQ(error_of(good.substr(0, 7)), "'x.npy' ends inside its version");
  EXPECT_EQ(error_of(good.substr(0, 9)), "'x.npy' ends inside the length of its header");
  EXPECT_EQ(error_of(good.substr(0, 60)), "'x.npy' ends inside its header: 50 bytes of 118");
  EXPECT_EQ(error_of(good.substr(0, good.size() - 1)),
            "'x.npy': 23 bytes of data follow the header; shape [2, 3] of type f32 does not have "
            "as many");
  EXPECT_EQ(error_of(good + "x"),
            "'x.npy': 25 bytes of data follow the header; shape [2, 3] of type f32 does not have "
            "as many");
  EXPECT_EQ(error_of(good, ElementType::kF64),
            "'x.npy': descr is '<f4'; elements of type f64 are '<f8'");
  EXPECT_EQ(error_of(good, ElementType::kBf16),
            "'x.npy': descr is '<f4'; elements of type bf16 are '<u2'");
  const auto header = [](const char* descr, const char* order, const char* shape) {
    return file_of(
        fmt::format("{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}", descr, order, shape),
        "abcd");
  };
  EXPECT_EQ(error_of(header("'>f4'", "False", "(1,)")),
            "'x.npy': descr is '>f4', big endian; '<f4' is read (numpy: a.astype('<f4'))");
  EXPECT_EQ(error_of(header("'<f4'", "True", "(1,)")),
            "'x.npy': fortran_order is True; C order is read (numpy: numpy.ascontiguousarray(a))");
  EXPECT_EQ(error_of(header("'<f4'", "Maybe", "(1,)")),
            "'x.npy': the .npy header lacks True or False at position 35");
  EXPECT_EQ(error_of(header("[('a', '<f4')]", "False", "(1,)")),
            "'x.npy': the .npy header lacks a string at position 11");
  EXPECT_EQ(error_of(header("'<f4'", "False", "(-1,)")),
            "'x.npy': the .npy header lacks an extent of at least 0 at position 52");
  EXPECT_EQ(error_of(header("'<f4'", "False", "(99999999999999999999,)")),
            "'x.npy': the .npy header lacks an extent of at least 0 at position 52");
  EXPECT_EQ(error_of(file_of("{'descr': '<f4', 'shape': (1,)}", "abcd")),
            "'x.npy': the .npy header lacks the key fortran_order at position 32");
  EXPECT_EQ(error_of(file_of("{'descr': '<f4', 'descr': '<f4'}", "abcd")),
            "'x.npy': the .npy header has the key 'descr'; it has descr, fortran_order and shape, "
            "each once");
  EXPECT_EQ(error_of(file_of("{'order': 'C'}", "abcd")),
            "'x.npy': the .npy header has the key 'order'; it has descr, fortran_order and shape, "
            "each once");
  EXPECT_EQ(error_of(file_of("{'descr': '<f4", "abcd")),
            "'x.npy': the .npy header lacks the end of a string at position 11");
  // Extents whose product overflows any integer, or hides behind a zero.
  EXPECT_NE(error_of(header("'<f4'", "False", "(9223372036854775807, 9223372036854775807, 4)")),
            "no error");
  EXPECT_NE(error_of(header("'<f4'", "False", "(9223372036854775807, 0)")), "no error");
}

TEST(Npy, DamagedFilesNeverCrash) {
  const std::string good = to_npy(filled(ElementType::kF32, {2, 3}));
  Random random(9);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good.substr(0, static_cast<std::size_t>(random.between(0, 152)));
    for (std::int64_t k = random.below(4); k > 0 && !bytes.empty(); --k)
      bytes[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size())))] =
          static_cast<char>(random.below(256));
    const Result<Tensor> t = parse_npy(bytes, ElementType::kF32, "x.npy");
    if (!t) {
      EXPECT_FALSE(t.error().message.empty());
    }
  }
}

TEST(Npy, FilesRoundTrip) {
  const std::string path = testing::TempDir() + fmt::format("convcheck-{}.npy", ::getpid());
  const Tensor t = filled(ElementType::kF16, {3, 5});
  ASSERT_TRUE(write_npy(path, t));
  const Result<Tensor> back = read_npy(path, ElementType::kF16);
  ASSERT_TRUE(back);
  EXPECT_TRUE(*back == t);
  std::filesystem::remove(path);
  const Result<Tensor> missing = read_npy(path, ElementType::kF16);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            fmt::format("cannot open '{}': No such file or directory", path));
}

}  // namespace
}  // namespace convcheck
