// SPDX-License-Identifier: Apache-2.0
// Files read whole and written whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace convcheck {

/// The bytes of the file (or device or pipe), all of them. kIo that names the file and errno's
/// text.
Result<std::string> read_file(const std::string& path);

/// Writes `bytes` to a temporary file beside `path` and renames it onto `path`, so that a reader
/// sees the old file or the new one and a failure leaves no half-written one. Where `path` exists
/// and is no regular file (a device, a pipe) it is written directly. The permissions are those of a
/// new file (0666 less the umask); a symbolic link is followed. kIo that names the file and errno's
/// text.
Status write_file_atomically(const std::string& path, std::string_view bytes);

}  // namespace convcheck
