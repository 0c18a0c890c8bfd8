// SPDX-License-Identifier: Apache-2.0
// Whole results on exact integers against the reference, and against what a mistake would give.
#include "core/random.hpp"
#include "properties/diagnosis_values.hpp"
#include "properties/diagnosis_where.hpp"
#include "reference/oracle.hpp"

namespace convcheck::properties::diagnosis {
namespace {

// Small enough for every type and any order of summation of a few thousand terms.
double integer(const char* name, std::int64_t i) {
  return static_cast<double>(stable_hash(fmt::format("{}{}", name, i)) >> 40U & 3U);
}
double data_value(std::int64_t i) { return integer("data", i); }
double partner_value(std::int64_t i) { return integer("partner", i); }
double bias_value(std::int64_t i) { return integer("bias", i); }

std::optional<Tensor> exact(const Prober& prober, const Fill& partner) {
  const auto operands = prober.operands(data_value, partner, bias_value);
  if (!operands) return std::nullopt;
  auto solved = reference::solve(prober.incidence().problem(), *operands);
  if (!solved) return std::nullopt;
  return std::move(solved->value);
}

bool same(const Reply& found, const Tensor& expected) {
  for (std::int64_t i = 0; i < expected.count(); ++i)
    if (found.values[static_cast<std::size_t>(i)] != expected.value(i)) return false;
  return true;
}

}  // namespace

std::string explain_swapped_channels(Prober& prober) {
  const Incidence& incidence = prober.incidence();
  const ConvProblem& p = incidence.problem();
  if (p.operation == Operation::kWgrad || p.groups != 1 || p.in_channels != p.out_channels)
    return "";
  const auto found = prober.ask(data_value, partner_value, bias_value);
  const auto right = found ? exact(prober, partner_value) : std::nullopt;
  if (!right || same(*found, *right)) return "";
  const auto swapped = exact(prober, [&](std::int64_t i) {
    Meeting m{};
    incidence.put(Role::kW, i, m);
    std::swap(m[kWOuter], m[kWChannel]);
    return partner_value(incidence.index(Role::kW, m));
  });
  return swapped && same(*found, *swapped) ? "the two channels of w are swapped" : "";
}

std::string explain_wrong_outputs(Prober& prober) {
  const Incidence& incidence = prober.incidence();
  const auto found = prober.ask(data_value, partner_value, bias_value);
  const auto right = found ? exact(prober, partner_value) : std::nullopt;
  if (!right || same(*found, *right)) return "";
  Places places(incidence, true);
  for (std::int64_t e = 0; e < right->count(); ++e)
    places.add(incidence.expected(e, 0).at,
               found->values[static_cast<std::size_t>(e)] != right->value(e));
  const Where where = places.where();
  return fmt::format("{}{} wrong on integers whose sums are exact", where.exact ? "" : "some ",
                     where.text.empty() ? "outputs are" : "outputs with " + where.text + " are");
}

}  // namespace convcheck::properties::diagnosis
