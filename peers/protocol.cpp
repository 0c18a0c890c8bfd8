// SPDX-License-Identifier: Apache-2.0
#include "peers/protocol.hpp"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

namespace convcheck::peers {
namespace {

constexpr std::size_t kMaxSentenceBytes = 2000;

// Reads up to `bytes`; fewer only at end of file.
Result<std::size_t> read_whole(int fd, char* target, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::read(fd, target + done, bytes - done);
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kIo, "reading a request: {}", std::strerror(errno));
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// The field, or null where it may be absent and is.
Result<const Json*> find_field(const Json& object, const char* key, bool required) {
  const auto found = object.find(key);
  if (found != object.end() && !(found->is_null() && !required)) return &*found;
  if (!required) return nullptr;
  return fail(ErrorCode::kProtocol, "the message has no field \"{}\"", key);
}

tl::unexpected<Error> wrong_type(const char* key, const Json& value, const char* right) {
  return fail(
      ErrorCode::kProtocol, "field \"{}\" is {}; it must be {}", key,
      bounded_sentence(value.dump(-1, ' ', false, Json::error_handler_t::replace)).substr(0, 60),
      right);
}

}  // namespace

std::string frame(const Json& message) {
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  CONVCHECK_CHECK(text.size() <= kMaxMessageBytes, text.substr(0, 200));
  std::string bytes;
  bytes.reserve(kFrameHeaderBytes + text.size());
  for (unsigned i = 0; i < kFrameHeaderBytes; ++i)
    bytes.push_back(static_cast<char>(text.size() >> (8 * i) & 0xff));
  return bytes + text;
}

std::uint32_t frame_length(const char* header) {
  std::uint32_t length = 0;
  for (unsigned i = 0; i < kFrameHeaderBytes; ++i)
    length |= static_cast<std::uint32_t>(static_cast<unsigned char>(header[i])) << (8 * i);
  return length;
}

Result<Json> parse_message(std::string_view text) {
  Json message = Json::parse(text.begin(), text.end(), nullptr, false);
  if (message.is_object()) return message;
  const char* problem = message.is_discarded() ? "no JSON" : "JSON, but no object";
  return fail(ErrorCode::kProtocol, "the message is {}: {}", problem,
              bounded_sentence(text.substr(0, 80)));
}

Status write_message(int fd, const Json& message) {
  const std::string bytes = frame(message);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (put < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kIo, "writing an answer: {}", std::strerror(errno));
    }
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<std::optional<Json>> read_message(int fd) {
  char header[kFrameHeaderBytes];
  CONVCHECK_ASSIGN(const std::size_t got, read_whole(fd, header, kFrameHeaderBytes));
  if (got == 0) return std::optional<Json>();
  if (got < kFrameHeaderBytes)
    return fail(ErrorCode::kProtocol, "the request ends within its length");
  const std::uint32_t length = frame_length(header);
  if (length > kMaxMessageBytes)
    return fail(ErrorCode::kProtocol, "a request of {} bytes; at most {} are allowed", length,
                kMaxMessageBytes);
  std::string text(length, '\0');
  CONVCHECK_ASSIGN(const std::size_t body, read_whole(fd, text.data(), length));
  if (body < length)
    return fail(ErrorCode::kProtocol, "the request ends after {} of {} bytes", body, length);
  CONVCHECK_ASSIGN(Json message, parse_message(text));
  return std::optional<Json>(std::move(message));
}

Status read_field(const Json& object, const char* key, std::string& value, bool required) {
  CONVCHECK_ASSIGN(const Json* field, find_field(object, key, required));
  if (field == nullptr) return {};
  if (!field->is_string()) return wrong_type(key, *field, "a string");
  value = field->get<std::string>();
  return {};
}

Status read_field(const Json& object, const char* key, std::int64_t& value, bool required) {
  CONVCHECK_ASSIGN(const Json* field, find_field(object, key, required));
  if (field == nullptr) return {};
  // Languages whose numbers are all doubles write 3.0 for 3.
  if (field->is_number_float()) {
    const double number = field->get<double>();
    if (std::fabs(number) <= 0x1p53 && std::floor(number) == number) {
      value = static_cast<std::int64_t>(number);
      return {};
    }
    return wrong_type(key, *field, "an integer");
  }
  if (!field->is_number_integer() ||
      (field->is_number_unsigned() && field->get<std::uint64_t>() > INT64_MAX))
    return wrong_type(key, *field, "an integer");
  value = field->get<std::int64_t>();
  return {};
}

Status read_field(const Json& object, const char* key, double& value, bool required) {
  CONVCHECK_ASSIGN(const Json* field, find_field(object, key, required));
  if (field == nullptr) return {};
  if (!field->is_number()) return wrong_type(key, *field, "a number");
  value = field->get<double>();
  return {};
}

Status read_field(const Json& object, const char* key, bool& value, bool required) {
  CONVCHECK_ASSIGN(const Json* field, find_field(object, key, required));
  if (field == nullptr) return {};
  if (!field->is_boolean()) return wrong_type(key, *field, "true or false");
  value = field->get<bool>();
  return {};
}

std::string bounded_sentence(std::string_view text) {
  std::string sentence(text.substr(0, kMaxSentenceBytes));
  for (char& c : sentence) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kMaxSentenceBytes) sentence += "...";
  return sentence;
}

}  // namespace convcheck::peers
