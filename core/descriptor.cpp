// SPDX-License-Identifier: Apache-2.0
// Facts of the grammar: oneDNN, tests/benchdnn/{conv,deconv}/*_aux.cpp, str2desc.
#include "core/descriptor.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/geometry.hpp"
#include "core/wide.hpp"

namespace convcheck {
namespace {

// One axis as written: only what is there.
struct AxisFields {
  std::optional<std::int64_t> i, k, o, s, p, d;

  // benchdnn's own test: an axis that says nothing but defaults is not there.
  [[nodiscard]] bool absent() const {
    return i.value_or(0) == 0 && k.value_or(0) == 0 && o.value_or(0) == 0 && d.value_or(0) == 0 &&
           s.value_or(1) == 1 && p.value_or(0) == 0;
  }
};

struct Fields {
  std::optional<std::int64_t> g, mb, ic, oc;
  std::array<AxisFields, 3> axes;

  std::optional<std::int64_t>* find(std::string_view key) {
    if (key == "g") return &g;
    if (key == "mb") return &mb;
    if (key == "ic") return &ic;
    if (key == "oc") return &oc;
    if (key.size() != 2) return nullptr;
    const auto letter = std::find(kAxisLetters.begin(), kAxisLetters.end(), key[1]);
    if (letter == kAxisLetters.end()) return nullptr;
    AxisFields& axis = axes[static_cast<std::size_t>(letter - kAxisLetters.begin())];
    switch (key[0]) {
      case 'i':
        return &axis.i;
      case 'k':
        return &axis.k;
      case 'o':
        return &axis.o;
      case 's':
        return &axis.s;
      case 'p':
        return &axis.p;
      case 'd':
        return &axis.d;
      default:
        return nullptr;
    }
  }
};

// No valid problem has larger values, and sums of a few of them stay inside 64 bits.
constexpr std::int64_t kLargest = std::int64_t{1} << 60;

Result<Fields> read_fields(std::string_view text) {
  Fields fields;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '_') {
      ++at;
      continue;
    }
    if (text[at] == 'n')
      return fail(ErrorCode::kParse,
                  "'{}': the label at position {} is not quoted; a label looks like n\"name\"",
                  text, at + 1);
    const std::size_t key_end =
        std::min(text.size(), text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at));
    const std::string_view key = text.substr(at, key_end - at);
    std::optional<std::int64_t>* field = fields.find(key);
    if (field == nullptr)
      return fail(
          ErrorCode::kParse,
          "'{}': unknown key '{}' at position {}; keys are g, mb, ic, oc and i, k, o, s, p, "
          "d with an axis d, h or w",
          text, key.empty() ? text.substr(at, 1) : key, at + 1);
    std::int64_t value = 0;
    const char* begin = text.data() + key_end;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    if (error == std::errc::invalid_argument)
      return fail(ErrorCode::kParse, "'{}': '{}' at position {} has no number after it", text, key,
                  at + 1);
    if (error != std::errc{} || value > kLargest || value < -kLargest)
      return fail(ErrorCode::kParse, "'{}': the value of '{}' at position {} is past 2^60", text,
                  key, at + 1);
    if (value < 0 && key[0] != 'p')
      return fail(ErrorCode::kParse, "'{}': '{}' is {}; only a padding may be negative", text, key,
                  value);
    if (field->has_value()) return fail(ErrorCode::kParse, "'{}': '{}' is given twice", text, key);
    *field = value;
    at = static_cast<std::size_t>(end - text.data());
  }
  return fields;
}

// a / b where benchdnn truncates and the formula of the field takes the floor; refused where they
// differ, because the same line would then mean two problems.
Result<std::int64_t> divide(std::string_view text, std::string_view what, std::int64_t a,
                            std::int64_t b, std::int64_t plus) {
  if (a / b != floor_div(a, b))
    return fail(ErrorCode::kParse,
                "'{}': {} deduced as {}/{}{} is {} by benchdnn's truncating division and {} by the "
                "floor formula; give it explicitly",
                text, what, a, b, plus == 0 ? "" : " + 1", a / b + plus, floor_div(a, b) + plus);
  return a / b + plus;
}

Result<std::int64_t> multiply(std::string_view text, char letter, std::int64_t a, std::int64_t b) {
  const Int128 product = static_cast<Int128>(a) * b;
  if (product > kLargest || product < -kLargest)
    return fail(ErrorCode::kParse, "'{}': axis {} reaches past 2^60", text, letter);
  return static_cast<std::int64_t>(product);
}

// Input, kernel, stride, dilation and what was given of output and padding, completed.
Status complete_axis(std::string_view text, bool deconv, char letter, AxisFields& axis) {
  if (!axis.i)
    return fail(ErrorCode::kParse, "'{}': axis {} lacks its input extent i{}", text, letter,
                letter);
  if (axis.k.value_or(0) == 0)
    return fail(ErrorCode::kParse, "'{}': axis {} lacks its kernel extent k{}", text, letter,
                letter);
  if (axis.s.value_or(1) == 0)
    return fail(ErrorCode::kParse, "'{}': s{} is 0; a stride is at least 1", text, letter);
  const std::int64_t s = axis.s.value_or(1);
  CONVCHECK_ASSIGN(const std::int64_t span,
                   multiply(text, letter, *axis.k - 1, axis.d.value_or(0) + 1));
  const std::int64_t k_eff = span + 1;
  if (!axis.o) {
    const std::int64_t p = axis.p.value_or(0);
    if (deconv) {
      CONVCHECK_ASSIGN(const std::int64_t last, multiply(text, letter, *axis.i - 1, s));
      axis.o = last + k_eff - 2 * p;
    } else {
      CONVCHECK_ASSIGN(axis.o,
                       divide(text, fmt::format("o{}", letter), *axis.i - k_eff + 2 * p, s, 1));
    }
    if (*axis.o < 1)
      return fail(ErrorCode::kParse,
                  "'{}': the kernel does not fit axis {} (o{} would be {}); write o{}0 for an "
                  "empty output",
                  text, letter, letter, *axis.o, letter);
    axis.p = p;
  } else if (!axis.p) {
    const std::int64_t windows = deconv ? *axis.i : *axis.o;
    const std::int64_t extent = deconv ? *axis.o : *axis.i;
    CONVCHECK_ASSIGN(const std::int64_t last, multiply(text, letter, windows - 1, s));
    CONVCHECK_ASSIGN(axis.p, divide(text, fmt::format("p{}", letter), last - extent + k_eff, 2, 0));
  }
  return {};
}

// The first axis in use. Lower ones copy it if all of them are missing; to give some is an error.
Result<int> resolve_axes(std::string_view text, std::array<AxisFields, 3>& axes) {
  std::size_t first = 0;
  while (first < 3 && axes[first].absent()) ++first;
  if (first == 3)
    return fail(ErrorCode::kParse, "'{}' has no spatial axis; give at least iw and kw", text);
  std::size_t missing = 0;
  for (std::size_t a = first + 1; a < 3; ++a) {
    if (axes[a].absent()) ++missing;
  }
  if (missing != 0 && missing != 2 - first)
    return fail(ErrorCode::kParse,
                "'{}' has axis d and one of h and w; give both, or neither for a cube", text);
  if (missing != 0)
    std::fill(axes.begin() + static_cast<std::ptrdiff_t>(first), axes.end(), axes[first]);
  return static_cast<int>(first);
}

}  // namespace

Status read_descriptor(std::string_view text, ConvProblem& p) {
  CONVCHECK_ASSIGN(Fields fields, read_fields(text));
  if (!fields.ic) return fail(ErrorCode::kParse, "'{}' lacks ic, the input channels", text);
  if (!fields.oc) return fail(ErrorCode::kParse, "'{}' lacks oc, the output channels", text);
  CONVCHECK_ASSIGN(const int first, resolve_axes(text, fields.axes));
  const bool deconv = p.operation == Operation::kDeconv;
  p.rank = kMaxRank - first;
  p.groups = fields.g.value_or(1);
  p.batch = fields.mb.value_or(2);
  p.in_channels = deconv ? *fields.oc : *fields.ic;
  p.out_channels = deconv ? *fields.ic : *fields.oc;
  for (auto a = static_cast<std::size_t>(first); a < 3; ++a) {
    AxisFields& axis = fields.axes[a];
    CONVCHECK_TRY(complete_axis(text, deconv, kAxisLetters[a], axis));
    p.x_extent[a] = deconv ? *axis.o : *axis.i;
    p.y_extent[a] = deconv ? *axis.i : *axis.o;
    p.w_extent[a] = *axis.k;
    p.stride[a] = axis.s.value_or(1);
    p.dilation[a] = axis.d.value_or(0) + 1;
    p.pad_begin[a] = *axis.p;
  }
  return {};
}

}  // namespace convcheck
