// SPDX-License-Identifier: Apache-2.0
#include "properties/analysis/output_size.hpp"

#include <algorithm>

namespace convcheck::properties {
namespace {

constexpr SizeMode kModes[] = {SizeMode::kValid, SizeMode::kFull, SizeMode::kSameUpper,
                               SizeMode::kSameLower};

// A number inside a formula.
std::string term(std::int64_t v) { return v < 0 ? fmt::format("({})", v) : fmt::format("{}", v); }

// "kh" or, dilated, "kh'", which is explained after the formula.
std::string kernel_name(char letter, bool dilated) {
  return fmt::format("k{}{}", letter, dilated ? "'" : "");
}

std::string padding_names(char letter, bool symmetric, char sign) {
  return symmetric ? fmt::format("{} 2*p{}", sign, letter)
                   : fmt::format("{} p{} {} p{}_end", sign, letter, sign, letter);
}

std::string padding_terms(const AxisSize& size, bool symmetric, char sign) {
  return symmetric
             ? fmt::format("{} 2*{}", sign, term(size.pad_begin))
             : fmt::format("{} {} {} {}", sign, term(size.pad_begin), sign, term(size.pad_end));
}

std::string conv_formula(const ConvProblem& p, const AxisSize& size, char letter) {
  const bool symmetric = size.output_padding.has_value();
  const std::int64_t i = p.x_extent[size.axis];
  const std::int64_t s = p.stride[size.axis];
  const std::int64_t end = symmetric ? size.pad_begin : size.pad_end;
  const std::int64_t o = floor_div(i + size.pad_begin + end - size.effective_kernel, s) + 1;
  return fmt::format(
      "o{0} = floor((i{0} {1} - {2}) / s{0}) + 1 = floor(({3} {4} - {5}) / {6}) + 1 "
      "= {7}{8}",
      letter, padding_names(letter, symmetric, '+'),
      kernel_name(letter, p.dilation[size.axis] != 1), i, padding_terms(size, symmetric, '+'),
      size.effective_kernel, s, o, o < 0 ? ", so 0" : "");
}

std::string deconv_formula(const ConvProblem& p, const AxisSize& size, char letter) {
  const bool symmetric = size.output_padding.has_value();
  const bool added = symmetric && *size.output_padding != 0;
  return fmt::format("o{0} = (i{0} - 1)*s{0} {1} + {2}{3} = ({4} - 1)*{5} {6} + {7}{8} = {9}",
                     letter, padding_names(letter, symmetric, '-'),
                     kernel_name(letter, p.dilation[size.axis] != 1),
                     added ? " + output padding" : "", p.y_extent[size.axis], p.stride[size.axis],
                     padding_terms(size, symmetric, '-'), size.effective_kernel,
                     added ? fmt::format(" + {}", *size.output_padding) : "", size.written);
}

std::string wgrad_formula(const ConvProblem& p, const AxisSize& size, char letter) {
  return fmt::format(
      "k{0} = (i{0} + p{0} + p{0}_end - (o{0} - 1)*s{0} - 1) / dilation + 1 = "
      "({1} + {2} + {3} - ({4} - 1)*{5} - 1) / {6} + 1 = {7}",
      letter, p.x_extent[size.axis], term(size.pad_begin), term(size.pad_end),
      p.y_extent[size.axis], p.stride[size.axis], p.dilation[size.axis], size.written);
}

// The output padding that leads from y to x if both ends are padded alike.
std::optional<std::int64_t> output_padding(const ConvProblem& p, const AxisSize& size) {
  const std::int64_t rest = size.pad_begin - size.pad_end;
  // A conv of this padding has this size for any rest below the stride (or has none at all);
  // frameworks let a deconv add up to the dilation, too.
  const std::int64_t s = p.stride[size.axis];
  if (p.operation == Operation::kDeconv)
    return rest >= 0 && rest < std::max(s, p.dilation[size.axis]) ? std::optional(rest)
                                                                  : std::nullopt;
  const std::int64_t o = output_extent(p.x_extent[size.axis], size.effective_kernel, s,
                                       size.pad_begin, size.pad_begin);
  return o == p.y_extent[size.axis] ? std::optional(rest) : std::nullopt;
}

}  // namespace

const char* mode_name(SizeMode mode) {
  switch (mode) {
    case SizeMode::kValid:
      return "valid";
    case SizeMode::kFull:
      return "full";
    case SizeMode::kSameUpper:
      return "same-upper";
    case SizeMode::kSameLower:
      return "same-lower";
  }
  return "?";
}

std::vector<AxisSize> output_sizes(const ConvProblem& p) {
  std::vector<AxisSize> sizes;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    AxisSize size;
    size.axis = a;
    size.effective_kernel = p.effective_kernel()[a];
    size.pad_begin = p.pad_begin[a];
    size.pad_end = p.pad_end()[a];
    const char letter = kAxisLetters[a];
    if (p.operation != Operation::kWgrad) size.output_padding = output_padding(p, size);
    switch (p.operation) {
      case Operation::kConv:
        size.written = p.y_extent[a];
        size.formula = conv_formula(p, size, letter);
        break;
      case Operation::kDeconv:
        size.written = p.x_extent[a];
        size.formula = deconv_formula(p, size, letter);
        break;
      case Operation::kWgrad:
        size.written = p.w_extent[a];
        size.formula = wgrad_formula(p, size, letter);
        break;
    }
    if (p.dilation[a] != 1 && p.operation != Operation::kWgrad)
      size.formula += fmt::format("; k{0}' = (k{0} - 1)*dilation + 1 = ({1} - 1)*{2} + 1 = {3}",
                                  letter, p.w_extent[a], p.dilation[a], size.effective_kernel);
    for (const SizeMode mode : kModes) {
      const auto same = with_size_mode(p, mode);
      if (same && same->y_extent[a] == p.y_extent[a] && same->pad_begin[a] == p.pad_begin[a])
        size.modes.push_back(mode);
    }
    sizes.push_back(std::move(size));
  }
  return sizes;
}

}  // namespace convcheck::properties
