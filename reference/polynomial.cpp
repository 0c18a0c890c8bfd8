// SPDX-License-Identifier: Apache-2.0
#include "reference/polynomial.hpp"

#include <algorithm>
#include <iterator>

namespace convcheck::reference {
namespace {

using boost::multiprecision::cpp_int;
using List = std::vector<cpp_int>;

constexpr std::int64_t kNowhere = -1;

// The elements of x met by so many steps from element 0 in one direction: turning back at the ends
// (reflect), standing still there (replicate), or starting again at the other end (circular).
std::vector<std::int64_t> walk(std::int64_t extent, PaddingMode mode, std::int64_t direction,
                               std::int64_t steps) {
  std::vector<std::int64_t> path;
  std::int64_t at = 0;
  while (static_cast<std::int64_t>(path.size()) < steps) {
    const bool at_end = direction > 0 ? at == extent - 1 : at == 0;
    if (!at_end) {
      at += direction;
    } else if (mode == PaddingMode::kReflect && extent > 1) {
      direction = -direction;
      at += direction;
    } else if (mode == PaddingMode::kCircular) {
      at = direction > 0 ? 0 : extent - 1;
    }
    path.push_back(at);
  }
  return path;
}

// Which element of x stands at each of the indices low, low + 1, ... of the padded axis.
std::vector<std::int64_t> padded_axis(const ConvProblem& p, std::int64_t low, std::int64_t length) {
  const std::int64_t extent = p.x_extent[2];
  std::vector<std::int64_t> axis;
  if (p.padding_mode == PaddingMode::kZeros) {
    for (std::int64_t e = low; e < low + length; ++e)
      axis.push_back(e >= 0 && e < extent ? e : kNowhere);
    return axis;
  }
  const auto left = walk(extent, p.padding_mode, -1, std::max<std::int64_t>(0, -low));
  const auto right = walk(extent, p.padding_mode, 1, std::max<std::int64_t>(0, low + length - 1));
  axis.assign(left.rbegin(), left.rend());
  axis.push_back(0);
  axis.insert(axis.end(), right.begin(), right.end());
  axis.erase(axis.begin(), axis.begin() + std::max<std::int64_t>(0, low));
  axis.resize(static_cast<std::size_t>(length));
  return axis;
}

unsigned bits(const List& list) {
  unsigned most = 1;
  for (const cpp_int& v : list)
    if (v != 0) most = std::max(most, static_cast<unsigned>(msb(cpp_int(abs(v)))) + 1);
  return most;
}

// The polynomial with these coefficients of z^0, z^step, z^(2 step), ... at z = 2^slot.
cpp_int evaluate(const List& coefficients, std::int64_t step, unsigned slot) {
  cpp_int value = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) {
    value <<= static_cast<unsigned>(step) * slot;
    value += coefficients[i];
  }
  return value;
}

// Its first `count` coefficients back, all of magnitude below 2^(slot - 1).
List interpolate(cpp_int value, std::int64_t count, unsigned slot) {
  const cpp_int half = cpp_int(1) << (slot - 1);
  const cpp_int mask = (cpp_int(1) << slot) - 1;
  // Half a slot more in each makes all digits positive.
  for (std::int64_t i = 0; i < count; ++i) value += half << (static_cast<unsigned>(i) * slot);
  List coefficients;
  for (std::int64_t i = 0; i < count; ++i) {
    coefficients.push_back((value & mask) - half);
    value >>= slot;
  }
  return coefficients;
}

List slice(const List& from, std::int64_t index, std::int64_t length) {
  const auto begin = from.begin() + index * length;
  return {begin, begin + length};
}

List reversed(List list) {
  std::reverse(list.begin(), list.end());
  return list;
}

}  // namespace

List polynomial_product(const ConvProblem& p, const Values<cpp_int>& v) {
  const std::int64_t k = p.w_extent[2];
  const std::int64_t outputs = p.y_extent[2];
  const std::int64_t stride = p.stride[2];
  const std::int64_t dilation = p.dilation[2];
  const std::int64_t channels = p.in_channels / p.groups;
  const std::int64_t rows = p.out_channels / p.groups;
  const bool flipped = p.orientation == Orientation::kConvolution;
  List written(static_cast<std::size_t>(element_count(p.shape(p.written()))), cpp_int(0));
  if (outputs == 0) return written;
  const std::int64_t reach = (outputs - 1) * stride;
  const std::int64_t span = (k - 1) * dilation;
  const std::int64_t length = reach + span + 1;
  const auto axis = padded_axis(p, -p.pad_begin[2], length);
  const List& first = p.operation == Operation::kDeconv ? v.y : v.x;
  const List& second = p.operation == Operation::kWgrad ? v.y : v.w;
  const std::int64_t most_terms = p.batch * (channels + rows) * length;
  const unsigned slot = bits(first) + bits(second) + bits({cpp_int(most_terms)}) + 1;

  const auto data = [&](std::int64_t n, std::int64_t c) {
    List padded;
    const List elements = slice(v.x, n * p.in_channels + c, p.x_extent[2]);
    for (const std::int64_t i : axis)
      padded.push_back(i == kNowhere ? cpp_int(0) : elements[static_cast<std::size_t>(i)]);
    return padded;
  };
  const auto taps = [&](std::int64_t m, std::int64_t c) {
    List list = slice(v.w, m * channels + c, k);
    return flipped ? reversed(std::move(list)) : list;
  };
  const auto seen = [&](std::int64_t n, std::int64_t m) {
    return slice(v.y, n * p.out_channels + m, outputs);
  };
  const auto put = [&](std::int64_t channel_index, std::int64_t extent, std::int64_t at,
                       const cpp_int& value) {
    written[static_cast<std::size_t>(channel_index * extent + at)] += value;
  };

  for (std::int64_t g = 0; g < p.groups; ++g) {
    if (p.operation == Operation::kConv) {
      for (std::int64_t n = 0; n < p.batch; ++n)
        for (std::int64_t m = g * rows; m < (g + 1) * rows; ++m) {
          cpp_int sum = 0;
          for (std::int64_t c = 0; c < channels; ++c)
            sum += evaluate(data(n, g * channels + c), 1, slot) *
                   evaluate(reversed(taps(m, c)), dilation, slot);
          const List product = interpolate(std::move(sum), length + span, slot);
          for (std::int64_t o = 0; o < outputs; ++o)
            put(n * p.out_channels + m, outputs, o,
                product[static_cast<std::size_t>(o * stride + span)]);
        }
    } else if (p.operation == Operation::kDeconv) {
      for (std::int64_t n = 0; n < p.batch; ++n)
        for (std::int64_t c = 0; c < channels; ++c) {
          cpp_int sum = 0;
          for (std::int64_t m = g * rows; m < (g + 1) * rows; ++m)
            sum += evaluate(seen(n, m), stride, slot) * evaluate(taps(m, c), dilation, slot);
          const List product = interpolate(std::move(sum), length, slot);
          for (std::size_t e = 0; e < axis.size(); ++e)
            if (axis[e] != kNowhere)
              put(n * p.in_channels + g * channels + c, p.x_extent[2], axis[e], product[e]);
        }
    } else {
      for (std::int64_t m = g * rows; m < (g + 1) * rows; ++m)
        for (std::int64_t c = 0; c < channels; ++c) {
          cpp_int sum = 0;
          for (std::int64_t n = 0; n < p.batch; ++n)
            sum += evaluate(data(n, g * channels + c), 1, slot) *
                   evaluate(reversed(seen(n, m)), stride, slot);
          const List product = interpolate(std::move(sum), length + reach, slot);
          for (std::int64_t t = 0; t < k; ++t)
            put(m * channels + c, k, flipped ? k - 1 - t : t,
                product[static_cast<std::size_t>(t * dilation + reach)]);
        }
    }
  }
  return written;
}

}  // namespace convcheck::reference
