// SPDX-License-Identifier: Apache-2.0
#include "properties/table/shape.hpp"

#include <algorithm>
#include <tuple>

namespace convcheck::properties::table {
namespace {

constexpr Extents kOne = {1, 1, 1};

bool is_grouped(Kind kind) { return kind == Kind::kGrouped || kind == Kind::kDepthwise; }

// Whether the statement's operands have the i-th number of channels.
bool has_channels(const Cell& cell, std::size_t i) {
  const StatementInfo& s = info(cell.statement);
  if (i == 0) return true;
  if (i == 1) return s.w;
  return s.v && cell.statement != Statement::kAdjoint;
}

bool channels_fit(const Cell& cell, const CaseShape& shape) {
  const auto& channels = shape.channels;
  const bool ones = channels == std::array<std::int32_t, 3>{1, 1, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!has_channels(cell, i) && channels[i] != 1) return false;
  }
  if (info(cell.statement).square && (channels[0] != channels[1] || channels[1] != channels[2]))
    return false;
  if (is_grouped(cell.kind) != (shape.groups > 1)) return false;
  return ones != (cell.kind == Kind::kMultiChannel || cell.kind == Kind::kGrouped);
}

bool extents_fit(const Cell& cell, const CaseShape& shape) {
  const StatementInfo& s = info(cell.statement);
  if ((!s.x && shape.x != kOne) || (!s.w && shape.w != kOne) || (!s.v && shape.v != kOne))
    return false;
  for (const Extents* extent : {&shape.x, &shape.w, &shape.v}) {
    for (std::size_t a = 0; a < 3; ++a) {
      const bool used = a >= static_cast<std::size_t>(kMaxRank - rank_of(cell.kind));
      if ((*extent)[a] < 1 || (!used && (*extent)[a] != 1)) return false;
    }
  }
  if (cell.setting != Setting::kCircular) return true;
  const Extents& n = s.x ? shape.x : shape.w;
  return (!s.w || shape.w == n) && (!s.v || shape.v == n);
}

// Extents of the rank whose product is `count`, in lexicographic order.
std::vector<Extents> extents_of(int rank, std::int32_t count) {
  std::vector<Extents> list;
  for (std::int32_t d = 1; d <= (rank == 3 ? count : 1); ++d) {
    if (count % d != 0) continue;
    for (std::int32_t h = 1; h <= (rank >= 2 ? count / d : 1); ++h) {
      if (count / d % h == 0) list.push_back({d, h, count / d / h});
    }
  }
  return list;
}

// Elements of x (or w, or v) of one position, twins included; 0 without that operand.
std::array<std::int32_t, 3> factors(const Cell& cell, const CaseShape& shape) {
  std::array<std::int32_t, 3> result{0, 0, 0};
  CaseShape one = shape;
  one.x = one.w = one.v = kOne;
  const OperandShapes operands = operand_shapes(cell, one);
  for (std::size_t i = 0; i < operands.size; ++i)
    result[static_cast<std::size_t>(operands.list[i].name == 'x'   ? 0
                                    : operands.list[i].name == 'w' ? 1
                                                                   : 2)] +=
        operands.list[i].count();
  return result;
}

// Every choice of positions for the operands with `total` elements in all.
void split(const std::array<std::int32_t, 3>& factor, std::size_t at, std::int32_t total,
           std::array<std::int32_t, 3>& positions,
           const std::function<void(const std::array<std::int32_t, 3>&)>& visit) {
  if (at == 3) {
    if (total == 0) visit(positions);
    return;
  }
  if (factor[at] == 0) {
    positions[at] = 1;
    return split(factor, at + 1, total, positions, visit);
  }
  for (std::int32_t n = 1; n * factor[at] <= total; ++n) {
    positions[at] = n;
    split(factor, at + 1, total - n * factor[at], positions, visit);
  }
}

void add_shapes(const Cell& cell, CaseShape shape, std::int32_t total,
                std::vector<CaseShape>& list) {
  const int rank = rank_of(cell.kind);
  std::array<std::int32_t, 3> positions{};
  split(factors(cell, shape), 0, total, positions, [&](const std::array<std::int32_t, 3>& n) {
    for (const Extents& x : extents_of(rank, n[0])) {
      for (const Extents& w : extents_of(rank, n[1])) {
        for (const Extents& v : extents_of(rank, n[2])) {
          shape.x = x;
          shape.w = w;
          shape.v = v;
          if (in_domain(cell, shape)) list.push_back(shape);
        }
      }
    }
  });
}

auto order_key(const Cell& cell, const CaseShape& shape) {
  std::array<std::int32_t, 3> counts{};
  const OperandShapes operands = operand_shapes(cell, shape);
  for (std::size_t i = 0; i < operands.size; ++i) counts[i] = operands.list[i].count();
  return std::make_tuple(counts, shape.x, shape.w, shape.v, shape.channels);
}

Extents draw_extents(int rank, std::int32_t largest, Random& random) {
  Extents extent = kOne;
  for (auto a = static_cast<std::size_t>(kMaxRank - rank); a < 3; ++a)
    extent[a] = static_cast<std::int32_t>(random.between(1, largest));
  return extent;
}

// Under valid, x holds whole windows of all kernels, and under `associative` w of v.
void make_room(const Cell& cell, Random& random, CaseShape& shape) {
  const StatementInfo& s = info(cell.statement);
  for (auto a = static_cast<std::size_t>(kMaxRank - rank_of(cell.kind)); a < 3; ++a) {
    if (s.v && cell.statement == Statement::kAssociative)
      shape.w[a] = std::max(shape.w[a], shape.v[a]);
    const std::int32_t both =
        s.v && cell.statement != Statement::kAdjoint ? shape.w[a] + shape.v[a] - 1 : shape.w[a];
    if (s.x && shape.x[a] < both) shape.x[a] = both + static_cast<std::int32_t>(random.below(3));
  }
}

bool fill_from(std::size_t at, std::int32_t sum, std::vector<std::int64_t>& values,
               const std::function<bool()>& visit) {
  if (at == values.size()) return visit();
  const auto left = static_cast<std::int32_t>(values.size() - at);
  for (const std::int64_t v : {0, 1, -1}) {
    const std::int32_t rest = sum - (v == 0 ? 0 : 1);
    if (rest < 0 || rest > left - 1) continue;
    values[at] = v;
    if (!fill_from(at + 1, rest, values, visit)) return false;
  }
  return true;
}

}  // namespace

std::int32_t OperandShapes::count() const {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += list[i].count();
  return sum;
}

OperandShapes operand_shapes(const Cell& cell, const CaseShape& shape) {
  const StatementInfo& s = info(cell.statement);
  const auto [c, m, p] = shape.channels;
  OperandShapes result;
  const auto add = [&](char name, bool twin, std::int32_t rows, std::int32_t columns,
                       const Extents& extent) {
    result.list[result.size++] = {name, twin, rows, columns, extent};
  };
  for (int i = 0; i < (s.x ? 1 : 0) + (s.twin_x ? 1 : 0); ++i)
    add('x', i > 0, 1, shape.groups * c, shape.x);
  for (int i = 0; i < (s.w ? 1 : 0) + (s.twin_w ? 1 : 0); ++i)
    add('w', i > 0, shape.groups * m, c, shape.w);
  if (s.v && cell.statement == Statement::kAdjoint)
    add('v', false, 1, shape.groups * m, shape.v);
  else if (s.v)
    add('v', false, shape.groups * p, m, shape.v);
  return result;
}

bool in_domain(const Cell& cell, const CaseShape& shape) {
  return shape.step >= 2 && channels_fit(cell, shape) && extents_fit(cell, shape);
}

CaseShape smallest_shape(const Cell& cell) {
  CaseShape shape;
  if (is_grouped(cell.kind)) shape.groups = 2;
  if (cell.kind != Kind::kMultiChannel && cell.kind != Kind::kGrouped) return shape;
  if (info(cell.statement).square) {
    shape.channels = {2, 2, 2};
  } else {
    std::size_t last = 2;
    while (!has_channels(cell, last)) --last;
    shape.channels[last] = 2;
  }
  return shape;
}

Operands<Block> blocks(const OperandShapes& shapes, const std::int64_t* values) {
  Operands<Block> result;
  for (std::size_t i = 0; i < shapes.size; ++i) {
    const OperandShape& shape = shapes.list[i];
    Block& block = shape.twin          ? result.twin
                   : shape.name == 'x' ? result.x
                   : shape.name == 'w' ? result.w
                                       : result.v;
    block.rows = shape.rows;
    block.columns = shape.columns;
    for (std::size_t a = 0; a < 3; ++a) block.span[a].extent = shape.extent[a];
    block.values = values;
    values += shape.count();
  }
  return result;
}

std::vector<CaseShape> shapes_of_total(const Cell& cell, std::int32_t total) {
  std::vector<CaseShape> list;
  const bool channels = cell.kind == Kind::kMultiChannel || cell.kind == Kind::kGrouped;
  const std::int32_t most = channels ? 2 : 1;
  CaseShape shape;
  shape.groups = is_grouped(cell.kind) ? 2 : 1;
  for (std::int32_t c = 1; c <= most; ++c) {
    for (std::int32_t m = 1; m <= most; ++m) {
      for (std::int32_t p = 1; p <= most; ++p) {
        shape.channels = {c, m, p};
        if (channels_fit(cell, shape)) add_shapes(cell, shape, total, list);
      }
    }
  }
  std::sort(list.begin(), list.end(), [&](const CaseShape& a, const CaseShape& b) {
    return order_key(cell, a) < order_key(cell, b);
  });
  return list;
}

CaseShape draw_shape(const Cell& cell, Random& random) {
  const StatementInfo& s = info(cell.statement);
  const int rank = rank_of(cell.kind);
  const std::int32_t largest = rank == 1 ? 7 : rank == 2 ? 4 : 3;
  // Zeros between taps make images large.
  const std::int32_t kernel = rank > 1 && cell.setting == Setting::kDilated ? largest - 1 : largest;
  for (;;) {
    CaseShape shape;
    shape.step = static_cast<std::int32_t>(random.between(2, 3));
    if (is_grouped(cell.kind)) shape.groups = static_cast<std::int32_t>(random.between(2, 3));
    if (cell.kind == Kind::kMultiChannel || cell.kind == Kind::kGrouped) {
      for (std::size_t i = 0; i < 3; ++i) {
        if (has_channels(cell, i))
          shape.channels[i] = static_cast<std::int32_t>(random.between(1, 3));
      }
      if (s.square) shape.channels = {shape.channels[0], shape.channels[0], shape.channels[0]};
    }
    if (s.x) shape.x = draw_extents(rank, largest, random);
    if (s.w) shape.w = draw_extents(rank, kernel, random);
    if (s.v) shape.v = draw_extents(rank, kernel, random);
    const bool one_size =
        cell.setting == Setting::kCircular ||
        (cell.setting == Setting::kValid &&
         (cell.statement == Statement::kCommutative || cell.statement == Statement::kReversal));
    if (cell.setting == Setting::kValid) make_room(cell, random, shape);
    if (one_size && s.x && s.w) shape.w = shape.x;
    if (cell.setting == Setting::kCircular && s.v) shape.v = s.x ? shape.x : shape.w;
    if (cell.setting == Setting::kValid && cell.statement == Statement::kIdentityLeft)
      shape.w = kOne;
    if (in_domain(cell, shape)) return shape;
  }
}

bool for_each_array(std::int32_t count, std::int32_t sum, std::vector<std::int64_t>& values,
                    const std::function<bool()>& visit) {
  values.assign(static_cast<std::size_t>(count), 0);
  return fill_from(0, sum, values, visit);
}

}  // namespace convcheck::properties::table
