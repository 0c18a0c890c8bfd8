// SPDX-License-Identifier: Apache-2.0
#include "properties/diagnosis_map.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace convcheck::properties::diagnosis {
namespace {

const Axes& axes_of(const ConvProblem& p, Role role) {
  return role == Role::kX ? p.x_extent : role == Role::kW ? p.w_extent : p.y_extent;
}

std::int64_t volume(const Axes& a) { return a[0] * a[1] * a[2]; }

// Small, positive, different enough for neighbours: checks what the index says.
std::int64_t hash_code(std::int64_t i, std::int64_t base) {
  // The mean of two codes must not be the code of what lies between, so the mixing is not linear.
  std::uint64_t mixed = static_cast<std::uint64_t>(i + 1) * 0x9E3779B97F4A7C15ULL;
  mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9ULL;  // splitmix64 (Steele et al. 2014).
  mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBULL;
  return 1 + static_cast<std::int64_t>((mixed >> 33U) % static_cast<std::uint64_t>(base - 1));
}

std::int64_t digit(std::int64_t value, std::int64_t base, int place) {
  for (int i = 0; i < place; ++i) value /= base;
  return value % base;
}

// Codes of an index, one a probe: ones, the digits of index + 1, and a hash.
class Codes {
 public:
  Codes(std::int64_t count, std::int64_t base) : base_(base) {
    for (std::int64_t v = count; v > 0; v /= base) ++digits_;
  }
  [[nodiscard]] int probes() const { return digits_ + 2; }
  [[nodiscard]] double code(std::int64_t i, int probe) const {
    if (probe == 0) return 1;
    if (probe <= digits_) return static_cast<double>(digit(i + 1, base_, probe - 1));
    return static_cast<double>(hash_code(i, base_));
  }
  // The index whose codes, times the coefficient, are these sums; nothing if there is none.
  [[nodiscard]] std::optional<std::int64_t> read(const std::vector<double>& sums,
                                                 double coefficient, std::int64_t count) const {
    double value = 0;
    double weight = 1;
    for (int d = 1; d <= digits_; ++d) {
      value += weight * (sums[static_cast<std::size_t>(d)] / coefficient);
      weight *= static_cast<double>(base_);
    }
    if (!(value >= 1) || value > static_cast<double>(count) || value != std::floor(value))
      return std::nullopt;
    const auto i = static_cast<std::int64_t>(value) - 1;
    for (int probe = 0; probe < probes(); ++probe)
      if (sums[static_cast<std::size_t>(probe)] != coefficient * code(i, probe))
        return std::nullopt;
    return i;
  }

 private:
  std::int64_t base_;
  int digits_ = 0;
};

// Bases so that codes and sums of two of them are exact whatever rounds.
std::int64_t base_for(const Incidence& incidence, const Claim& claim) {
  const ConvProblem& p = incidence.problem();
  const bool wide = p.x_type == ElementType::kF32 && p.w_type == ElementType::kF32 &&
                    p.y_type == ElementType::kF32;
  const bool direct =
      claim.algorithm == AlgorithmClass::kDirect || claim.algorithm == AlgorithmClass::kExact;
  return wide && direct ? 4096 : 64;
}

// The middle of the list comes last: loops end wrongly more often than they start so.
std::vector<std::int64_t> ends_first(std::int64_t count) {
  std::vector<std::int64_t> order;
  for (std::int64_t low = 0, high = count - 1; low <= high; ++low, --high) {
    order.push_back(low);
    if (low != high) order.push_back(high);
  }
  return order;
}

Reading decode(const Codes& data, const Codes& free, const Incidence& incidence,
               const Incidence::Expected& expected, std::int64_t expected_free,
               const std::vector<double>& sums, const std::vector<double>& free_sums) {
  Reading reading;
  reading.free = expected_free;
  const auto zero = [](double v) { return v == 0; };
  if (std::all_of(sums.begin(), sums.end(), zero)) return reading;
  const double n = sums[0];
  const std::int64_t count = incidence.count(incidence.data());
  if (n != 0) {
    if (const auto i = data.read(sums, n, count)) {
      const auto f = free.read(free_sums, n, incidence.frees());
      reading.data = *i;
      reading.coefficient = n;
      reading.free = f.value_or(-1);
      reading.unknown = !f;
      return reading;
    }
  }
  if (n == 2 && expected.data >= 0) {
    std::vector<double> rest = sums;
    for (std::size_t probe = 0; probe < rest.size(); ++probe)
      rest[probe] -= data.code(expected.data, static_cast<int>(probe));
    // A carry between digits cannot happen: each is a sum of its own.
    if (const auto other = data.read(rest, 1, count)) {
      reading.data = expected.data;
      reading.second = *other;
      reading.unknown = !free.read(free_sums, 2, incidence.frees());
      return reading;
    }
  }
  // The padding read as a number that it is not.
  reading.constant = n;
  reading.unknown = std::any_of(sums.begin(), sums.end(), [n](double v) { return v != n; });
  return reading;
}

}  // namespace

std::size_t first_place(Role role) {
  return role == Role::kX ? kXImage : role == Role::kW ? kWOuter : kYImage;
}

Incidence::Incidence(const ConvProblem& problem) : p_(problem), taps_(volume(problem.w_extent)) {
  switch (p_.operation) {
    case Operation::kConv:
      reductions_ = p_.in_channels / p_.groups * taps_;
      frees_ = p_.out_channels;
      break;
    case Operation::kDeconv:
      reductions_ = p_.out_channels / p_.groups * taps_;
      frees_ = p_.in_channels;
      break;
    case Operation::kWgrad:
      reductions_ = p_.batch * volume(p_.y_extent);
      frees_ = p_.out_channels;
      break;
  }
}

Role Incidence::partner() const { return p_.operation == Operation::kWgrad ? Role::kY : Role::kW; }

std::int64_t Incidence::count(Role role) const { return element_count(p_.shape(role)); }

std::array<std::int64_t, 5> Incidence::extents(Role role) const {
  const Axes& axes = axes_of(p_, role);
  const Shape shape = p_.shape(role);
  return {shape[0], shape[1], axes[0], axes[1], axes[2]};
}

std::int64_t Incidence::partner_index(std::int64_t reduction, std::int64_t free) const {
  switch (p_.operation) {
    case Operation::kConv:
      return free * reductions_ + reduction;
    case Operation::kDeconv: {
      const std::int64_t inputs = p_.in_channels / p_.groups;
      const std::int64_t outer = free / inputs * (p_.out_channels / p_.groups) + reduction / taps_;
      return (outer * inputs + free % inputs) * taps_ + reduction % taps_;
    }
    case Operation::kWgrad: {
      const std::int64_t area = volume(p_.y_extent);
      return (reduction / area * p_.out_channels + free) * area + reduction % area;
    }
  }
  return 0;
}

void Incidence::put(Role role, std::int64_t index, Meeting& meeting) const {
  const std::array<std::int64_t, 5> extent = extents(role);
  for (std::size_t i = 5; i-- > 0;) {
    meeting[first_place(role) + i] = index % extent[i];
    index /= extent[i];
  }
}

std::int64_t Incidence::index(Role role, const Meeting& meeting) const {
  const std::array<std::int64_t, 5> extent = extents(role);
  std::int64_t index = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::int64_t at = meeting[first_place(role) + i];
    if (at < 0 || at >= extent[i]) return -1;
    index = index * extent[i] + at;
  }
  return index;
}

std::int64_t Incidence::expected_free(std::int64_t output) const {
  Meeting m{};
  put(written(), output, m);
  return m[first_place(written()) + (p_.operation == Operation::kWgrad ? 0 : 1)];
}

Incidence::Expected Incidence::expected(std::int64_t output, std::int64_t reduction) const {
  Expected result;
  Meeting& m = result.at;
  put(written(), output, m);
  put(partner(), partner_index(reduction, expected_free(output)), m);
  if (p_.operation == Operation::kDeconv) {
    m[kGroup] = m[kXChannel] / (p_.in_channels / p_.groups);
    m[kYImage] = m[kXImage];
    m[kYChannel] = m[kWOuter];
  } else {
    if (p_.operation == Operation::kConv) {
      m[kXImage] = m[kYImage];
    } else {
      m[kXImage] = m[kYImage];
      m[kYChannel] = m[kWOuter];
    }
    m[kGroup] = m[kYChannel] / (p_.out_channels / p_.groups);
    m[kXChannel] = m[kGroup] * (p_.in_channels / p_.groups) + m[kWChannel];
  }
  Meeting inside = m;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t stored = m[kTapDepth + a];
    const std::int64_t tap =
        p_.orientation == Orientation::kConvolution ? p_.w_extent[a] - 1 - stored : stored;
    const std::int64_t offset = tap * p_.dilation[a] - p_.pad_begin[a];
    if (p_.operation == Operation::kDeconv) {
      const std::int64_t scaled = m[kXDepth + a] - offset;
      result.possible = result.possible && scaled % p_.stride[a] == 0;
      m[kYDepth + a] = inside[kYDepth + a] =
          scaled >= 0 ? scaled / p_.stride[a] : -((-scaled + p_.stride[a] - 1) / p_.stride[a]);
    } else {
      m[kXDepth + a] = m[kYDepth + a] * p_.stride[a] + offset;
      inside[kXDepth + a] = padded_index(m[kXDepth + a], p_.x_extent[a], p_.padding_mode);
    }
  }
  result.data = result.possible ? index(data(), inside) : -1;
  return result;
}

Meeting Incidence::meeting(std::int64_t output, std::int64_t data_index, std::int64_t reduction,
                           std::int64_t free) const {
  Meeting m = expected(output, reduction).at;
  put(data(), data_index, m);
  put(partner(), partner_index(reduction, free), m);
  return m;
}

std::optional<std::vector<Tensor>> Prober::operands(const Fill& data, const Fill& partner,
                                                    const Fill& bias) const {
  const ConvProblem& p = incidence_.problem();
  std::vector<Tensor> operands;
  for (const OperandSpec& spec : operand_specs(Chain(p))) {
    if (spec.written) continue;
    const Fill& fill = spec.role == incidence_.data()      ? data
                       : spec.role == incidence_.partner() ? partner
                                                           : bias;
    const int zero_point = spec.role == Role::kX   ? p.x_zero_point
                           : spec.role == Role::kW ? p.w_zero_point
                                                   : 0;
    Tensor tensor(spec.type, spec.shape);
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const double v = fill(i) + zero_point;
      if (round_to_type(spec.type, v) != v) return std::nullopt;
      tensor.set_value(i, v);
    }
    operands.push_back(std::move(tensor));
  }
  return operands;
}

std::optional<Reply> Prober::ask(const Fill& data, const Fill& partner, const Fill& bias,
                                 bool round) {
  if (failed_ || !in_time()) return std::nullopt;
  auto values = operands(data, partner, bias);
  failed_ = !values;
  if (failed_) return std::nullopt;
  const Case c{incidence_.problem(), *std::move(values), environment_};
  const Outcome outcome = runner_.run(c);
  if (outcome.kind != OutcomeKind::kCompleted || !outcome.output ||
      outcome.output->count() != incidence_.count(incidence_.written())) {
    failed_ = true;
    return std::nullopt;
  }
  Reply reply;
  reply.claim = outcome.claim;
  const Tensor& output = *outcome.output;
  const std::size_t bytes = size_bytes(output.type());
  const bool direct = outcome.claim.algorithm == AlgorithmClass::kDirect ||
                      outcome.claim.algorithm == AlgorithmClass::kExact;
  for (std::int64_t i = 0; i < output.count(); ++i) {
    const std::byte* element = output.data() + static_cast<std::size_t>(i) * bytes;
    reply.unwritten.push_back(std::all_of(element, element + bytes, [&](std::byte b) {
      return b == std::byte{environment_.poison};
    }));
    const double v = output.value(i);
    const bool near = std::fabs(v - std::nearbyint(v)) < 0.125;
    reply.values.push_back(round && !direct && near ? std::nearbyint(v) : v);
  }
  return reply;
}

Map recover_map(Prober& prober, std::vector<bool> ignored, std::int64_t max_readings) {
  Map map;
  map.ignored = std::move(ignored);
  const Incidence& incidence = prober.incidence();
  const std::int64_t outputs = incidence.count(incidence.written());
  const Fill none = [](std::int64_t) { return 0.0; };
  const auto first = prober.ask(none, none, none);
  if (!first || outputs == 0 || incidence.count(incidence.data()) == 0) return map;
  const std::int64_t base = base_for(incidence, first->claim);
  const Codes data(incidence.count(incidence.data()), base);
  const Codes free(incidence.frees(), base);
  for (const std::int64_t reduction : ends_first(incidence.reductions())) {
    if (static_cast<std::int64_t>(map.readings.size()) + outputs > max_readings) return map;
    std::vector<std::int64_t> impulse(
        static_cast<std::size_t>(incidence.count(incidence.partner())), -1);
    for (std::int64_t f = 0; f < incidence.frees(); ++f)
      impulse[static_cast<std::size_t>(incidence.partner_index(reduction, f))] = f;
    const auto at = [&](std::int64_t j) { return impulse[static_cast<std::size_t>(j)]; };
    std::vector<std::vector<double>> sums;
    for (int probe = 0; probe < data.probes(); ++probe) {
      const auto reply = prober.ask([&](std::int64_t i) { return data.code(i, probe); },
                                    [&](std::int64_t j) { return at(j) < 0 ? 0.0 : 1.0; }, none);
      if (!reply) return map;
      sums.push_back(reply->values);
    }
    std::vector<std::vector<double>> free_sums{sums[0]};
    for (int probe = 1; probe < free.probes(); ++probe) {
      const auto reply = prober.ask(
          [](std::int64_t) { return 1.0; },
          [&](std::int64_t j) { return at(j) < 0 ? 0.0 : free.code(at(j), probe); }, none);
      if (!reply) return map;
      free_sums.push_back(reply->values);
    }
    for (std::int64_t e = 0; e < outputs; ++e) {
      std::vector<double> s;
      std::vector<double> f;
      for (const std::vector<double>& all : sums) s.push_back(all[static_cast<std::size_t>(e)]);
      for (const std::vector<double>& all : free_sums)
        f.push_back(all[static_cast<std::size_t>(e)]);
      map.readings.push_back(decode(data, free, incidence, incidence.expected(e, reduction),
                                    incidence.expected_free(e), s, f));
    }
    map.reductions.push_back(reduction);
  }
  map.complete = true;
  return map;
}

}  // namespace convcheck::properties::diagnosis
