// SPDX-License-Identifier: Apache-2.0
#include "properties/table/problem.hpp"

namespace convcheck::properties::table {

ConvProblem product_problem(const Product& product, int rank, std::int32_t groups, const Block& f,
                            const Block& g) {
  ConvProblem p;
  p.rank = rank;
  p.batch = f.rows;
  p.groups = groups;
  p.in_channels = f.columns;
  p.out_channels = g.rows;
  p.padding_mode = padding_mode(product.setting);
  p.orientation = product.orientation;
  for (auto a = static_cast<std::size_t>(p.first_axis()); a < 3; ++a) {
    const AxisProduct axis = axis_product(product, f.span[a], g.span[a]);
    p.x_extent[a] = f.span[a].extent;
    p.w_extent[a] = g.span[a].extent;
    p.y_extent[a] = axis.y.extent;
    p.stride[a] = axis.stride;
    p.dilation[a] = axis.dilation;
    p.pad_begin[a] = axis.pad;
  }
  return p;
}

}  // namespace convcheck::properties::table
