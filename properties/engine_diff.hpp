// SPDX-License-Identifier: Apache-2.0
// Two engines on one case: the first bit that differs, and whose error is larger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/case.hpp"
#include "properties/compare.hpp"

namespace convcheck::properties {

/// What one engine made of the case.
struct DiffSide {
  bool ran = false;
  bool declined = false;    ///< It does not support the problem; `reason` says why.
  std::string reason;       ///< Why it has no result.
  bool repeatable = false;  ///< Two runs gave the same bits.
  std::string algorithm;
  /// Against the exact result; without it the case was too large, or the reference declined it.
  std::optional<AccuracyStats> accuracy;
  /// Beyond the bound of its own claim: one sentence. Nothing where no bound is derived.
  std::optional<std::string> wrong;
};

/// The first element whose bits are not the same.
struct BitDifference {
  std::int64_t index = 0;
  Shape position;
  std::uint64_t a_bits = 0;  ///< As stored, in the low bytes.
  std::uint64_t b_bits = 0;
  double a = 0;
  double b = 0;
  double ulps = 0;             ///< See ulps_between.
  double max_ulps = 0;         ///< Of all elements.
  std::int64_t differing = 0;  ///< Elements, of all.
};

enum class BitsChange { kSame, kDiffer, kUnknown };
/// kSame: to the last bit of max |error| / (u S); kWrong: b breaks its bound where a keeps its own.
enum class ErrorChange { kSame, kSmaller, kLarger, kWrong, kUnknown };
const char* to_string(BitsChange);   ///< same, differ, unknown.
const char* to_string(ErrorChange);  ///< same, smaller, larger, wrong, unknown.

struct EngineDiff {
  DiffSide a;
  DiffSide b;
  std::int64_t outputs = 0;
  ElementType type = ElementType::kF32;  ///< Of the outputs.
  BitsChange bits = BitsChange::kUnknown;
  std::optional<BitDifference> first;  ///< For kDiffer.
  ErrorChange error = ErrorChange::kUnknown;
  std::string reason;  ///< One sentence for what is unknown.
};

struct EngineDiffOptions {
  bool solve = true;  ///< False: errors are unknown.
  /// Problems of more nominal multiply-adds are not solved exactly; their error is unknown unless
  /// the bits are the same.
  double exact_macs = 1e10;
  /// An error is larger if it is more than this many times the other.
  double error_factor = 1;
  int oracle_threads = 1;
};

/// Runs the case twice on both engines. Bits are unknown where an engine does not repeat its own,
/// or has no result; a result with a stray write or an unwritten element is none.
///
/// Errors are compared by max |found - exact| / (u S), whose denominator is the same for both; each
/// is judged by the bound of its own claim as well.
EngineDiff diff_engines(Runner& a, Runner& b, const Case& c, const EngineDiffOptions& options);

/// Numbers of the type between two of its elements, -0 and +0 being one: an infinity if one of them
/// is a NaN or an Inf and they are not the same.
double ulps_between(const Tensor& a, const Tensor& b, std::int64_t index);

/// The first difference of two tensors of one type and shape; nothing if every bit is the same.
std::optional<BitDifference> bit_difference(const Tensor& a, const Tensor& b);

}  // namespace convcheck::properties
