// SPDX-License-Identifier: Apache-2.0
// A convolution is local: a box of its outputs is the whole output of a smaller convolution.
#pragma once

#include <cstdint>
#include <vector>

#include "core/problem.hpp"
#include "core/random.hpp"
#include "core/tensor.hpp"

namespace convcheck::benchmarks {

/// A box of a tensor: indices [begin, begin + extent) per axis of its shape.
struct Box {
  Shape begin;
  Shape extent;
};

/// The elements of the box, dense.
Tensor slice(const Tensor&, const Box&);

/// The problem and operands whose whole result is the box `box` of the result of the original.
struct Window {
  Box box;
  ConvProblem problem;
  std::vector<Tensor> operands;  ///< As in Case: the written one left out.
};

/// False for a deconvolution whose padding is not zeros: there an output has terms from everywhere.
bool has_windows(const ConvProblem&);

/// The window of one box of the written tensor, whose channels lie in one group. Every output keeps
/// its terms, their values and term_count, a tap in the padding becoming a product with 0.
Window make_window(const ConvProblem&, const std::vector<Tensor>& operands, const Box& box);

/// `count` boxes of at most `outputs` >= 1 elements each: the first lies at the begin, the second
/// at the end of the written tensor, the others anywhere. They are long along the innermost axes
/// and along the channels in turn.
std::vector<Box> draw_boxes(const ConvProblem&, int count, std::int64_t outputs, Random&);

}  // namespace convcheck::benchmarks
