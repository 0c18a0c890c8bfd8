// SPDX-License-Identifier: Apache-2.0
// Known-answer vectors: what reference/vectors/*.json hold, and how those files are made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "reference/dyadic.hpp"
#include "reference/oracle.hpp"
#include "reference/vectors/candidates.hpp"

namespace convcheck::reference {

/// A problem with operands, what is exactly right, and which wrong answers show on it.
struct KnownAnswer {
  std::string comment;
  ConvProblem problem;
  std::vector<Tensor> operands;  ///< In the order of operand_specs, the written one left out.
  std::vector<Dyadic> exact;     ///< Of every output.
  std::vector<Dyadic> sum_abs;   ///< S = sum |x||w| + |bias|; infinite where a term is not finite.
  std::vector<double> output;    ///< `exact` rounded once to the written type.
  std::vector<std::string> flags;
  /// "oracle:NAME" (planted_faults) and "slip:NAME" (slips): those that give another output, or for
  /// the oracle an S outside its bounds.
  std::vector<std::string> kills;
};

/// One file, `name`.json.
struct VectorFile {
  std::string name;
  std::string comment;
  std::vector<KnownAnswer> vectors;
};

/// Whether these are the outputs, zeros with their signs.
bool has_values(const KnownAnswer& v, const Tensor& outputs);
/// Whether the oracle's result is the answer: every output, and every S within its bounds.
bool agrees(const KnownAnswer& v, const OracleResult& result);

/// The answer to a candidate.
KnownAnswer answer(const Candidate& candidate);

/// Every file, without the candidates that kill nothing; the same on every machine.
std::vector<VectorFile> make_vector_files();

/// The text of the file; follows reference/vectors/vectors.schema.json.
std::string to_json(const VectorFile& file);

/// A value as the files have it: "-0x3p-4", "0x0p+0", "-0x0p+0", "inf", "-inf", "nan".
std::string to_hex(double value);

}  // namespace convcheck::reference
