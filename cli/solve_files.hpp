// SPDX-License-Identifier: Apache-2.0
// What `convcheck solve` reads and writes: operands by name, documents of exact values and bounds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/chain.hpp"
#include "core/tensor.hpp"
#include "reference/exact_answer.hpp"

namespace convcheck::cli {

/// Operand names and the .npy files that hold them.
using OperandFiles = std::vector<std::pair<std::string, std::string>>;

/// The operands that the chain reads, in the order of operand_specs. kBadInput for an operand that
/// is missing (with its type and shape), given twice, not read, or of another shape; kParse and
/// kIo from read_npy.
Result<std::vector<Tensor>> read_operands(const Chain&, const OperandFiles&);

/// How the command line gives an operand: "--x" of a single problem, "--operand in=" of a chain.
std::string operand_option(const Chain&, const std::string& name);

/// The JSON of --exact: problem, output (name), type, shape, and `exact`, one text an output, the
/// last axis fastest.
std::string exact_document(const Chain&, const std::vector<reference::Dyadic>&);

/// The JSON of --bounds: problem, output, type, shape, terms, and for every output, the last axis
/// fastest, `value`, `sum_abs`, `low` and `high` as hexadecimal floats, and `tier`.
std::string bounds_document(const Chain&, const reference::OracleResult&,
                            const std::vector<reference::Enclosure>&);

}  // namespace convcheck::cli
