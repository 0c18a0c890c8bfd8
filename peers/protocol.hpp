// SPDX-License-Identifier: Apache-2.0
// The frame of every message between convcheck and a worker or peer; docs/peers.md has the
// protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace convcheck::peers {

using Json = nlohmann::json;

inline constexpr int kProtocolVersion = 1;
/// Longest JSON text of one message. Tensors travel beside it.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
inline constexpr std::size_t kFrameHeaderBytes = 4;

/// Environment variables that tell an `exec:` peer its descriptors.
inline constexpr const char* kRequestVariable = "CONVCHECK_REQUEST_FD";
inline constexpr const char* kAnswerVariable = "CONVCHECK_ANSWER_FD";

/// Exit codes of convcheck's own worker that say more than the code.
inline constexpr int kExitChannelLost = 120;  ///< Its descriptors were closed under it.
inline constexpr int kExitAfterFault = 121;   ///< It reported a fault before.

/// The message as bytes: length (u32, little-endian) and text. Text that is no UTF-8 is mended, and
/// a message above kMaxMessageBytes is a broken contract: every sender bounds what it sends.
std::string frame(const Json& message);

/// The length that a frame header announces. `header` has kFrameHeaderBytes bytes.
std::uint32_t frame_length(const char* header);

/// One object. kProtocol with the position of the first error and an excerpt.
Result<Json> parse_message(std::string_view text);

/// Blocking, for the worker's side. kIo with errno's text.
Status write_message(int fd, const Json& message);
/// Blocking, for the worker's side; nothing at end of file between messages. kProtocol for a
/// truncated or oversize message or one that is no object, kIo with errno's text.
Result<std::optional<Json>> read_message(int fd);

/// Sets `value` from object[key]. kProtocol if the field is absent (and required) or of another
/// type.
Status read_field(const Json& object, const char* key, std::string& value, bool required = true);
Status read_field(const Json& object, const char* key, std::int64_t& value, bool required = true);
Status read_field(const Json& object, const char* key, double& value, bool required = true);
Status read_field(const Json& object, const char* key, bool& value, bool required = true);

/// `text` cut to a length fit for a message, on one line.
std::string bounded_sentence(std::string_view text);

}  // namespace convcheck::peers
