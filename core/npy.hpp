// SPDX-License-Identifier: Apache-2.0
// numpy's .npy files, in which operands and results leave and enter.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/tensor.hpp"

namespace convcheck {

/// The tensor as a .npy file: version 1.0 (2.0 if the header needs it), little endian, C order,
/// data at a multiple of 64 bytes. bf16, which numpy lacks, is stored as its bits in "<u2". Format:
/// NEP 1 and numpy.lib.format.
std::string to_npy(const Tensor&);

/// The tensor in `bytes`, versions 1.0, 2.0 and 3.0, whose elements must be of `type`. `name`
/// stands for the file in errors. kParse that names the field, its value and what would be right:
/// no .npy magic, another version, a malformed header, another dtype, big endian, Fortran order, a
/// length that is not that of the shape.
Result<Tensor> parse_npy(std::string_view bytes, ElementType type, std::string_view name);

/// parse_npy of a file; kIo if it cannot be read.
Result<Tensor> read_npy(const std::string& path, ElementType type);

/// to_npy into a file, whole or not at all; kIo if it cannot be written.
Status write_npy(const std::string& path, const Tensor&);

}  // namespace convcheck
