// SPDX-License-Identifier: Apache-2.0
#include "properties/table/types.hpp"

#include "properties/table/shape.hpp"

namespace convcheck::properties::table {
namespace {

// The size of a matrix of signals; `valid` is lost by the first product of what does not fit.
struct Type {
  std::int32_t rows = 1, columns = 1;
  bool valid = true;
  std::array<Span, 3> span;
};

class TypeAlgebra {
 public:
  using Value = Type;
  explicit TypeAlgebra(std::int32_t groups) : groups_(groups) {}

  Type product(const Type& f, const Type& g, const Product& /*product*/) const {
    const bool fits = f.columns == groups_ * g.columns && g.rows % groups_ == 0;
    return {f.rows, g.rows, f.valid && g.valid && fits, {}};
  }
  Type swapped(Type f) const {
    std::swap(f.rows, f.columns);
    return f;
  }
  Type transposed(const Type& f) const {
    return {groups_ * f.columns, f.rows / groups_, f.valid, {}};
  }
  Type sum(const Type& f, const Type& g) const { return {f.rows, f.columns, same(f, g), {}}; }
  Type scaled(const Type& f, std::int32_t /*factor*/) const { return f; }
  Type moved(const Type& f, bool /*circular*/) const { return f; }
  Type reversed(const Type& f, bool /*circular*/) const { return f; }
  Type placed(const Type& f, std::int32_t /*by*/) const { return f; }
  Type inserted(const Type& f, std::int32_t /*d*/) const { return f; }
  Type window(const Type& f, const std::array<Span, 3>& /*span*/) const { return f; }
  Type on_frame(const Type& f, const Type& /*like*/) const { return f; }
  Type inner(const Type& f, const Type& g) const { return {1, 1, same(f, g), {}}; }
  Type total(const Type& f) const { return f; }
  Type unit(std::int32_t channels, const std::array<std::int32_t, 3>& /*extent*/) const {
    return {channels, channels / groups_, true, {}};
  }

  static bool same(const Type& f, const Type& g) {
    return f.valid && g.valid && f.rows == g.rows && f.columns == g.columns;
  }

 private:
  const std::int32_t groups_;
};

bool is_typed(const Cell& cell, const CaseShape& shape) {
  Operands<Type> operands;
  const OperandShapes shapes = operand_shapes(cell, shape);
  for (std::size_t i = 0; i < shapes.size; ++i) {
    const OperandShape& o = shapes.list[i];
    Type& type = o.twin          ? operands.twin
                 : o.name == 'x' ? operands.x
                 : o.name == 'w' ? operands.w
                                 : operands.v;
    type = {o.rows, o.columns, true, {}};
  }
  TypeAlgebra algebra(shape.groups);
  bool typed = true;
  Evaluation<TypeAlgebra>(algebra, cell, shape.groups, shape.step)
      .run(operands, [&](const Type& left, const Type& right) {
        typed = typed && TypeAlgebra::same(left, right);
      });
  return typed;
}

}  // namespace

bool is_typed(const Cell& cell) {
  for (std::int32_t groups = 1; groups <= 3; ++groups) {
    for (std::int32_t c = 1; c <= 3; ++c) {
      for (std::int32_t m = 1; m <= 3; ++m) {
        for (std::int32_t p = 1; p <= 3; ++p) {
          CaseShape shape;
          shape.groups = groups;
          shape.channels = {c, m, p};
          if (in_domain(cell, shape) && !is_typed(cell, shape)) return false;
        }
      }
    }
  }
  return true;
}

}  // namespace convcheck::properties::table
