// SPDX-License-Identifier: Apache-2.0
// The lemmas that the law table rests on: statement and proof, as docs/laws.md prints them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace convcheck::properties::table {

enum class Lemma : std::uint8_t {
  kBilinear,
  kRing,
  kReversal,
  kTranslation,
  kUnit,
  kWindow,
  kOneLength,
  kDecimation,
  kInsertion,
  kCircle,
  kBorder,
  kAdjoint,
  kAxes,
  kDiagonal,
  kMatrices,
};

struct LemmaText {
  Lemma lemma;
  std::string_view name;  ///< "reversal": what cells cite.
  std::string_view statement;
  std::string_view proof;
};
/// In the order of the enumerators.
std::span<const LemmaText> lemmas();
const LemmaText& text(Lemma);

}  // namespace convcheck::properties::table
