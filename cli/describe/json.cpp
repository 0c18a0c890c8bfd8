// SPDX-License-Identifier: Apache-2.0
// The description as JSON: docs/describe.md has its fields, describe.schema.json its form.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/describe/description.hpp"

namespace convcheck::cli {
namespace {

using Json = nlohmann::ordered_json;

// Lists longer than this are left out; their key is not there.
constexpr std::size_t kMaxListed = 4096;

// JSON has no word for what is not finite; counts are integers as long as a double holds them.
Json number(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return v;
}
Json count(double v) { return v < 0x1p53 ? Json(static_cast<std::int64_t>(v)) : Json(v); }

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number(v));
  return list;
}

std::string letter(std::size_t axis) { return std::string(1, kAxisLetters[axis]); }

// The analysis, or why it is not there.
template <typename T, typename Convert>
Json or_reason(const Result<T>& result, const Convert& convert) {
  if (!result) return {{"omitted", result.error().message}};
  return convert(*result);
}

template <typename T>
void put_list(Json& json, const char* key, const std::vector<T>& values) {
  if (values.size() <= kMaxListed) json[key] = values;
}

Json tensor_json(const ConvProblem& p, Role role) {
  return {{"type", to_string(p.type(role))}, {"shape", p.shape(role)}};
}

Json size_json(const properties::AxisSize& size) {
  Json modes = Json::array();
  for (const SizeMode mode : size.modes) modes.push_back(properties::mode_name(mode));
  Json json = {{"axis", letter(size.axis)},
               {"written", size.written},
               {"effective_kernel", size.effective_kernel},
               {"pad_begin", size.pad_begin},
               {"pad_end", size.pad_end},
               {"modes", std::move(modes)},
               {"formula", size.formula}};
  if (size.output_padding) json["output_padding"] = *size.output_padding;
  return json;
}

Json work_json(const properties::Work& w) {
  return {{"macs", count(w.macs)},
          {"macs_inside", count(w.macs_inside)},
          {"weights", count(w.weights)},
          {"biases", count(w.biases)},
          {"weight_bytes", count(w.weight_bytes)},
          {"data_bytes", count(w.data_bytes)}};
}

Json problem_json(const Description& d, const ConvProblem& p) {
  Json json = {{"name", to_string(p)},
               {"operation", to_string(p.operation)},
               {"writes", to_string(p.written())},
               {"rank", p.rank},
               {"orientation",
                p.orientation == Orientation::kConvolution ? "convolution" : "cross-correlation"},
               {"padding_mode", to_string(p.padding_mode)},
               {"bias", p.has_bias},
               {"x", tensor_json(p, Role::kX)},
               {"w", tensor_json(p, Role::kW)},
               {"y", tensor_json(p, Role::kY)},
               {"terms", p.term_count()}};
  if (d.wants("size")) {
    Json sizes = Json::array();
    for (const auto& size : properties::output_sizes(p)) sizes.push_back(size_json(size));
    json["size"] = std::move(sizes);
  }
  if (d.wants("work")) {
    json["kind"] = properties::kind(p);
    json["work"] = work_json(properties::work(p));
  }
  return json;
}

Json total_work_json(const Description& d) {
  Json json = work_json(properties::work(d.chain->chain));
  json["pattern"] = properties::pattern(d.chain->chain);
  json["dense_equivalent"] = or_reason(*d.dense, [](const properties::DenseEquivalent& e) -> Json {
    return {{"taps", count(e.taps)}, {"macs", count(e.macs)}, {"weights", count(e.weights)}};
  });
  json["channels"] = or_reason(*d.channels, [](const properties::ChannelReach& r) -> Json {
    return {{"in", r.in_channels},
            {"out", r.out_channels},
            {"fewest", r.fewest},
            {"most", r.most},
            {"complete", r.complete()}};
  });
  return json;
}

Json field_json(const OnAxis<Field>& axis) {
  const properties::ReceptiveField& f = axis.value.field;
  Json json = {
      {"axis", letter(axis.axis)}, {"size", f.size}, {"period", f.period}, {"shift", f.shift}};
  put_list(json, "begins", f.begins);
  put_list(json, "sizes", f.sizes);
  json["interior"] = or_reason(axis.value.interior, [](const properties::Interior& inside) -> Json {
    Json result = {{"count", inside.count}};
    if (inside.count > 0) {
      result["first"] = inside.first;
      result["last"] = inside.last;
    }
    return result;
  });
  return json;
}

Json gridding_json(const OnAxis<properties::Gridding>& axis) {
  const properties::Gridding& g = axis.value;
  Json rates = Json::array();
  for (const auto& rate : g.rates) rates.push_back({{"taps", rate.taps}, {"rate", rate.rate}});
  Json histogram = Json::array();
  for (const auto& [paths, positions] : g.histogram) {
    if (histogram.size() < kMaxListed)
      histogram.push_back({{"paths", paths}, {"positions", positions}});
  }
  Json json = {{"axis", letter(axis.axis)},
               {"rates", std::move(rates)},
               {"span", g.span},
               {"holes", g.holes},
               {"lattice", g.lattice},
               {"histogram", std::move(histogram)}};
  if (g.reached.size() <= kMaxListed) {
    Json reached = Json::array();
    for (const auto& at : g.reached)
      reached.push_back({{"position", at.position}, {"paths", at.paths}});
    json["reached"] = std::move(reached);
  }
  json["dense"] = !g.gap.has_value();
  if (g.gap)
    json["gap"] = {{"taps", g.gap->step.taps},
                   {"rate", g.gap->step.rate},
                   {"filled", g.gap->filled},
                   {"hole", g.gap->filled + 1}};
  if (g.published)
    json["published_rule"] = {{"bound", *g.published},
                              {"taps", g.rates.front().taps},
                              {"says_dense", g.published_says_dense()},
                              {"errs", g.published_errs()}};
  return json;
}

Json overlap_json(const Overlap& overlap) {
  Json axes = Json::array();
  for (std::size_t i = 0; i < overlap.axes.size(); ++i) {
    const properties::AxisOverlap& axis = overlap.axes[i].value;
    Json json = {{"axis", letter(overlap.axes[i].axis)},
                 {"period", axis.period},
                 {"even", axis.even()},
                 {"phase_sums", axis.phase_sums},
                 {"spectrum", axis.spectrum}};
    json["reason"] = overlap.reasons[i];
    put_list(json, "counts", overlap.counts[i]);
    axes.push_back(std::move(json));
  }
  return {{"even", overlap.even()}, {"index", overlap.index}, {"axes", std::move(axes)}};
}

Json fractions_json(const properties::RationalMatrix& m, bool columns) {
  Json list = Json::array();
  for (std::size_t k = 0; k < (columns ? m.columns : m.rows); ++k) {
    Json one = Json::array();
    for (std::size_t i = 0; i < (columns ? m.rows : m.columns); ++i)
      one.push_back(properties::fraction_text(columns ? m.at(i, k) : m.at(k, i)));
    list.push_back(std::move(one));
  }
  return list;
}

Json ranks_json(const std::map<std::size_t, std::int64_t>& ranks) {
  Json list = Json::array();
  for (const auto& [rank, kernels] : ranks) list.push_back({{"rank", rank}, {"kernels", kernels}});
  return list;
}

Json matrix_json(const properties::MatrixRank& m) {
  Json json = {
      {"rows", m.matrix.rows}, {"columns", m.matrix.columns}, {"exact_rank", m.factors.rank()}};
  if (m.matrix.entries.size() <= kMaxListed) {
    json["column_factors"] = fractions_json(m.factors.columns, true);
    json["row_factors"] = fractions_json(m.factors.rows, false);
  }
  json["reproduced"] = m.reproduced;
  json["singular_values"] = numbers(m.numerical.svd.values);
  json["radii"] = numbers(m.numerical.svd.radii);
  json["tolerance"] = number(m.numerical.tolerance);
  json["numerical_rank"] = m.numerical.possible;
  json["certain_rank"] = m.numerical.certain;
  return json;
}

Json separability_json(const properties::Separability& s) {
  Json shown = Json::array();
  for (const auto& m : s.shown) shown.push_back(matrix_json(m));
  Json json = {{"axes", s.rank},
               {"kernels", s.slices},
               {"exact_ranks", ranks_json(s.exact_ranks)},
               {"numerical_ranks", ranks_json(s.numerical_ranks)},
               {"undecided", s.undecided},
               {"shown_kernel", s.shown_slice},
               {"shown", std::move(shown)},
               {"filters", s.filters}};
  if (s.flattened_filters) json["flattened_filters"] = *s.flattened_filters;
  if (s.depthwise_multiplier) json["depthwise_multiplier"] = *s.depthwise_multiplier;
  return json;
}

Json phase_sums_json(const properties::PhaseSums& p) {
  const std::size_t phases = p.sums.size() / static_cast<std::size_t>(p.channels);
  const auto worst = static_cast<std::size_t>(p.worst);
  const auto begin = p.sums.begin() + static_cast<std::ptrdiff_t>(worst * phases);
  Json json = {{"period", p.period},
               {"channels", p.channels},
               {"even_channels", std::count(p.even.begin(), p.even.end(), true)},
               {"worst_channel", p.worst},
               {"worst_index", number(p.index[worst])},
               {"worst_mean_is_zero", static_cast<bool>(p.mean_is_zero[worst])}};
  if (phases <= kMaxListed)
    json["worst_sums"] =
        numbers(std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(phases)));
  if (p.index.size() <= kMaxListed) json["index"] = numbers(p.index);
  return json;
}

Json kernel_json(const Description& d, const KernelDescription& k) {
  Json json = {{"source", k.source}, {"shape", k.kernel.shape}};
  if (k.problem) json["problem"] = *k.problem;
  if (k.phase_sums && d.wants("checkerboard"))
    json["phase_sums"] = or_reason(*k.phase_sums, phase_sums_json);
  if (!d.wants("separability")) return json;
  json["separability"] = or_reason(k.separability, separability_json);
  if (k.cascade) json["cascade"] = properties::to_text(*k.cascade);
  return json;
}

template <typename T, typename Convert>
Json each_axis(const AxesResult<T>& result, const Convert& convert) {
  return or_reason(result, [&](const std::vector<OnAxis<T>>& axes) {
    Json list = Json::array();
    for (const auto& axis : axes) list.push_back(convert(axis));
    return Json{{"axes", std::move(list)}};
  });
}

}  // namespace

std::string describe_json(const Description& d) {
  Json json = {{"schema_version", 1}, {"tool", "convcheck"}, {"kind", "describe"}};
  if (d.chain) {
    json["name"] = to_string(d.chain->chain);
    json["label"] = d.chain->name;
    Json steps = Json::array();
    for (const Step& step : d.chain->chain.steps) {
      if (const auto* shuffle = std::get_if<Shuffle>(&step))
        steps.push_back({{"shuffle", shuffle->groups}});
      else
        steps.push_back(problem_json(d, std::get<ConvProblem>(step)));
    }
    json["steps"] = std::move(steps);
    if (d.wants("work")) json["work"] = total_work_json(d);
    if (d.wants("field")) json["receptive_field"] = each_axis(*d.field, field_json);
    if (d.wants("gridding")) json["gridding"] = each_axis(*d.gridding, gridding_json);
    if (d.wants("checkerboard"))
      json["checkerboard"] = {{"forward", or_reason(*d.forward, overlap_json)},
                              {"backward", or_reason(*d.backward, overlap_json)}};
  }
  Json kernels = Json::array();
  for (const KernelDescription& k : d.kernels) kernels.push_back(kernel_json(d, k));
  json["kernels"] = std::move(kernels);
  // A label may hold bytes that are no UTF-8.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace convcheck::cli
