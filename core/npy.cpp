// SPDX-License-Identifier: Apache-2.0
#include "core/npy.hpp"

#include <charconv>
#include <new>
#include <optional>

#include "core/file.hpp"
#include "core/wide.hpp"

namespace convcheck {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kDataAlignment = 64;

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

// The Python literal of a header: a dictionary of a string, a bool and a tuple.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Header> read() {
    Header header;
    CONVCHECK_TRY(expect('{', "a dictionary"));
    while (!accept('}')) {
      CONVCHECK_ASSIGN(const std::string key, string());
      CONVCHECK_TRY(expect(':', "':' after a key"));
      if (key == "descr" && !header.descr) {
        CONVCHECK_ASSIGN(header.descr, string());
      } else if (key == "fortran_order" && !header.fortran_order) {
        CONVCHECK_ASSIGN(header.fortran_order, boolean());
      } else if (key == "shape" && !header.shape) {
        CONVCHECK_ASSIGN(header.shape, tuple());
      } else {
        return fail(
            ErrorCode::kParse,
            "'{}': the .npy header has the key '{}'; it has descr, fortran_order and shape, "
            "each once",
            name_, key);
      }
      if (!accept(',')) {
        CONVCHECK_TRY(expect('}', "',' or '}'"));
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) return error("the end of the header");
    if (!header.descr) return error("the key descr");
    if (!header.fortran_order) return error("the key fortran_order");
    if (!header.shape) return error("the key shape");
    return header;
  }

 private:
  tl::unexpected<Error> error(std::string_view wanted) const {
    return fail(ErrorCode::kParse, "'{}': the .npy header lacks {} at position {}", name_, wanted,
                at_ + 1);
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Status expect(char c, std::string_view wanted) { return accept(c) ? Status{} : error(wanted); }
  bool accept_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  Result<std::string> string() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') return error("a string");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return error("the end of a string");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  Result<bool> boolean() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    return error("True or False");
  }
  Result<Shape> tuple() {
    CONVCHECK_TRY(expect('(', "a tuple"));
    Shape shape;
    while (!accept(')')) {
      skip_spaces();
      std::int64_t extent = 0;
      const char* const begin = text_.data() + at_;
      const auto [end, problem] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (problem != std::errc{} || extent < 0) return error("an extent of at least 0");
      at_ += static_cast<std::size_t>(end - begin);
      shape.push_back(extent);
      if (accept(',')) continue;
      CONVCHECK_TRY(expect(')', "',' or ')'"));
      break;
    }
    return shape;
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
};

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The header's text, and in `data` what follows it.
Result<std::string_view> split(std::string_view bytes, std::string_view name,
                               std::string_view& data) {
  if (bytes.starts_with("PK\x03\x04"))
    return fail(ErrorCode::kParse,
                "'{}' is a zip archive, as .npz files are; save the one array as .npy", name);
  if (!bytes.starts_with(kMagic))
    return fail(ErrorCode::kParse, "'{}' is no .npy file: it does not begin with the magic of one",
                name);
  const std::string_view rest = bytes.substr(kMagic.size());
  if (rest.size() < 2) return fail(ErrorCode::kParse, "'{}' ends inside its version", name);
  const int major = static_cast<unsigned char>(rest[0]);
  const int minor = static_cast<unsigned char>(rest[1]);
  if (major < 1 || major > 3 || minor != 0)
    return fail(ErrorCode::kParse, "'{}' is .npy version {}.{}; 1.0, 2.0 and 3.0 are read", name,
                major, minor);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (rest.size() < 2 + length_bytes)
    return fail(ErrorCode::kParse, "'{}' ends inside the length of its header", name);
  const std::size_t length = little_endian(rest.substr(2, length_bytes));
  const std::string_view body = rest.substr(2 + length_bytes);
  if (body.size() < length)
    return fail(ErrorCode::kParse, "'{}' ends inside its header: {} bytes of {}", name, body.size(),
                length);
  data = body.substr(length);
  return body.substr(0, length);
}

Status check_dtype(const std::string& descr, ElementType type, std::string_view name) {
  const std::string_view wanted = traits(type).npy;
  if (descr == wanted) return {};
  if (descr.size() == wanted.size() && descr.substr(1) == wanted.substr(1)) {
    if (traits(type).size_bytes == 1) return {};  // One byte has no order.
    if (descr[0] == '>')
      return fail(ErrorCode::kParse,
                  "'{}': descr is '{}', big endian; '{}' is read (numpy: a.astype('{}'))", name,
                  descr, wanted, wanted);
  }
  return fail(ErrorCode::kParse, "'{}': descr is '{}'; elements of type {} are '{}'", name, descr,
              to_string(type), wanted);
}

}  // namespace

std::string to_npy(const Tensor& tensor) {
  std::string shape;
  for (const std::int64_t extent : tensor.shape()) shape += fmt::format("{}, ", extent);
  // One extent keeps its comma, which makes it a tuple.
  if (tensor.shape().size() == 1)
    shape.pop_back();
  else if (!shape.empty())
    shape.resize(shape.size() - 2);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   traits(tensor.type()).npy, shape);
  const bool long_header = header.size() + kDataAlignment > 0xffff;
  const std::size_t length_bytes = long_header ? 4 : 2;
  const std::size_t before = kMagic.size() + 2 + length_bytes;
  const std::size_t unpadded = before + header.size() + 1;
  header.append((kDataAlignment - unpadded % kDataAlignment) % kDataAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += static_cast<char>(long_header ? 2 : 1);
  bytes += '\0';
  for (std::size_t i = 0; i < length_bytes; ++i)
    bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(tensor.data()), tensor.size_bytes());
  return bytes;
}

Result<Tensor> parse_npy(std::string_view bytes, ElementType type, std::string_view name) {
  std::string_view data;
  CONVCHECK_ASSIGN(const std::string_view text, split(bytes, name, data));
  CONVCHECK_ASSIGN(const Header header, HeaderReader(text, name).read());
  CONVCHECK_TRY(check_dtype(*header.descr, type, name));
  if (*header.fortran_order)
    return fail(ErrorCode::kParse,
                "'{}': fortran_order is True; C order is read (numpy: numpy.ascontiguousarray(a))",
                name);
  Int128 wanted = static_cast<Int128>(size_bytes(type));
  bool empty = false;
  for (const std::int64_t extent : *header.shape) empty = empty || extent == 0;
  for (const std::int64_t extent : *header.shape) {
    // Longer than any file, and the next product could overflow.
    if (!empty && wanted <= static_cast<Int128>(data.size())) wanted *= extent;
  }
  if (empty) wanted = 0;
  if (wanted != static_cast<Int128>(data.size()))
    return fail(
        ErrorCode::kParse,
        "'{}': {} bytes of data follow the header; shape {} of type {} does not have as many", name,
        data.size(), to_string(*header.shape), to_string(type));
  Tensor tensor;
  try {
    tensor = Tensor(type, *header.shape);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kBadInput, "'{}': {} bytes do not fit in memory", name, data.size());
  }
  if (!data.empty()) std::memcpy(tensor.data(), data.data(), data.size());
  return tensor;
}

Result<Tensor> read_npy(const std::string& path, ElementType type) {
  CONVCHECK_ASSIGN(const std::string bytes, read_file(path));
  return parse_npy(bytes, type, path);
}

Status write_npy(const std::string& path, const Tensor& tensor) {
  return write_file_atomically(path, to_npy(tensor));
}

}  // namespace convcheck
