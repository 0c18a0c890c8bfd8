// SPDX-License-Identifier: Apache-2.0
// What `convcheck describe` prints of a problem or chain.
#include <algorithm>

#include "cli/describe/description.hpp"

namespace convcheck::cli {
namespace {

using properties::Rate;

std::string axes_text(const ConvProblem& p, const Axes& axes) {
  return to_string(Shape(axes.begin() + p.first_axis(), axes.end()));
}

// Exact below 2^53, as the counts are.
std::string count_text(double count) {
  return count < 0x1p53 ? fmt::format("{}", static_cast<std::int64_t>(count))
                        : fmt::format("{:.6g}", count);
}

std::string plural(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "h, w: ..." where axes say the same.
template <typename T, typename Text>
std::string by_axis(const std::vector<OnAxis<T>>& axes, const Text& text) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& axis : axes) {
    const std::string line = text(axis.value);
    const std::string letter(1, kAxisLetters[axis.axis]);
    if (!lines.empty() && lines.back().second == line)
      lines.back().first += fmt::format(", {}", letter);
    else
      lines.emplace_back(letter, line);
  }
  std::string all;
  for (const auto& [letters, line] : lines) all += fmt::format("  {}: {}\n", letters, line);
  return all;
}

// "1 2 1 2 ... 1": long lists keep their ends.
std::string list_text(const std::vector<std::int64_t>& values) {
  constexpr std::size_t kShown = 24;
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values.size() > 2 * kShown && i == kShown) {
      text += " ...";
      i = values.size() - kShown;
    }
    text += fmt::format("{}{}", text.empty() ? "" : " ", values[i]);
  }
  return text;
}

std::string problem_text(const ConvProblem& p) {
  std::string text = to_string(p) + "\n";
  text += fmt::format("  {} of rank {}, {}, padding with {}; writes {} from {}\n",
                      to_string(p.operation), p.rank,
                      p.orientation == Orientation::kConvolution ? "true convolution (flips w)"
                                                                 : "cross-correlation",
                      to_string(p.padding_mode), to_string(p.written()),
                      p.operation == Operation::kConv     ? "x, w"
                      : p.operation == Operation::kDeconv ? "y, w"
                                                          : "x, y");
  text += fmt::format("  x {} {}   w {} {}   y {} {}{}\n", to_string(p.x_type),
                      to_string(p.x_shape()), to_string(p.w_type), to_string(p.w_shape()),
                      to_string(p.y_type), to_string(p.y_shape()), p.has_bias ? "   bias" : "");
  text +=
      fmt::format("  padding begin {}, end {}; effective kernel {}\n", axes_text(p, p.pad_begin),
                  axes_text(p, p.pad_end()), axes_text(p, p.effective_kernel()));
  return text;
}

std::string size_text(const ConvProblem& p) {
  std::string text;
  for (const properties::AxisSize& size : properties::output_sizes(p)) {
    text += "  " + size.formula;
    std::string modes;
    for (const SizeMode mode : size.modes)
      modes += fmt::format("{}{}", modes.empty() ? "" : ", ", properties::mode_name(mode));
    if (!modes.empty())
      text += fmt::format("   [{}{}]", p.operation == Operation::kConv ? "" : "its conv: ", modes);
    text += "\n";
    if (p.operation == Operation::kConv && size.output_padding.value_or(0) > 0)
      text += fmt::format(
          "    {} at the end of the padded input in no window; a transposed convolution needs "
          "output padding {} to come back\n",
          plural(*size.output_padding, "position", "positions"), *size.output_padding);
  }
  return text;
}

std::string work_line(const std::string& what, const properties::Work& work) {
  return fmt::format(
      "  {}: {} MACs, {} of them on data; {} weights{}, {} bytes of weights, {} bytes of data\n",
      what, count_text(work.macs), count_text(work.macs_inside), count_text(work.weights),
      work.biases > 0 ? fmt::format(" and {} biases", count_text(work.biases)) : "",
      count_text(work.weight_bytes), count_text(work.data_bytes));
}

std::string work_text(const Description& d) {
  const Chain& chain = d.chain->chain;
  std::string text = "work\n";
  for (std::size_t i = 0; i < d.problems.size(); ++i) {
    const std::string kind = properties::kind(d.problems[i]);
    text += work_line(chain.is_single() ? kind : fmt::format("problem {}, {}", i + 1, kind),
                      properties::work(d.problems[i]));
  }
  const properties::Work total = properties::work(chain);
  if (!chain.is_single()) text += work_line("together", total);
  if (const std::string pattern = properties::pattern(chain); !pattern.empty())
    text += fmt::format("  pattern: {}\n", pattern);
  if (*d.dense) {
    const properties::DenseEquivalent& dense = **d.dense;
    // An ordinary convolution is its own equivalent.
    if (dense.macs != total.macs || dense.weights != total.weights)
      text += fmt::format(
          "  dense equivalent, {} taps from every channel to every channel: {} MACs, {} "
          "weights\n",
          count_text(dense.taps), count_text(dense.macs), count_text(dense.weights));
    if (dense.macs > 0 && dense.weights > 0 &&
        (dense.macs != total.macs || dense.weights != total.weights))
      text += fmt::format("    this is {:.4g} of its MACs and {:.4g} of its weights\n",
                          total.macs / dense.macs, total.weights / dense.weights);
  } else {
    text += fmt::format("  dense equivalent: {}\n", d.dense->error().message);
  }
  if (*d.channels) {
    const properties::ChannelReach& reach = **d.channels;
    text +=
        fmt::format("  channels: every output channel depends on {} of {} input channels{}\n",
                    reach.fewest == reach.most ? fmt::format("{}", reach.fewest)
                                               : fmt::format("{} to {}", reach.fewest, reach.most),
                    reach.in_channels, reach.complete() ? ": all mix" : "");
  }
  return text;
}

std::string field_line(const Field& f) {
  const properties::ReceptiveField& field = f.field;
  std::string text;
  if (field.period == 1) {
    text = fmt::format("{}, step {}; output 0 sees from {} and is centred at {:g}",
                       plural(field.size, "position", "positions"), field.shift, field.begins[0],
                       field.centre(0));
  } else {
    std::string phases;
    constexpr std::size_t kShown = 8;
    for (std::size_t r = 0; r < std::min(kShown, field.sizes.size()); ++r) {
      phases += fmt::format("{}{}", r == 0 ? "" : "; ", field.sizes[r]);
      if (field.sizes[r] > 0)
        phases += fmt::format(" from {} (centre {:g})", field.begins[r], field.centre(r));
    }
    if (field.sizes.size() > kShown) phases += "; ...";
    text =
        fmt::format("{} at most, step {}/{}; by phase: {}",
                    plural(field.size, "position", "positions"), field.shift, field.period, phases);
  }
  if (!f.interior) return fmt::format("{}; {}", text, f.interior.error().message);
  if (f.interior->count == 0) return text + "; every output meets padding";
  return fmt::format("{}; {} without padding, first {}, last {}", text,
                     plural(f.interior->count, "output", "outputs"), f.interior->first,
                     f.interior->last);
}

std::string rates_text(const std::vector<Rate>& rates) {
  std::string text;
  for (const Rate& r : rates)
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", r.taps, r.rate);
  return text.empty() ? "none" : text;
}

std::string histogram_text(const std::map<std::int64_t, std::int64_t>& histogram) {
  constexpr std::size_t kShown = 12;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [paths, positions] : histogram) {
    if (shown++ == kShown) return text + ", ...";
    text += fmt::format("{}{} at {}", text.empty() ? "" : ", ", paths, positions);
  }
  return text;
}

std::string gridding_line(const properties::Gridding& grid) {
  std::string text = fmt::format("taps x rate {}: {} of {} positions read, {}",
                                 rates_text(grid.rates), grid.span - grid.holes, grid.span,
                                 grid.holes == 0 ? "no hole" : plural(grid.holes, "hole", "holes"));
  if (grid.lattice > 1) text += fmt::format(", all on a lattice of {}", grid.lattice);
  if (grid.gap)
    text += fmt::format(
        "\n     exact rule: broken, rate {} > 1 + {}, what the smaller rates fill: position {} is "
        "a hole",
        grid.gap->step.rate, grid.gap->filled, grid.gap->filled + 1);
  else
    text += "\n     exact rule: kept, every rate is at most 1 + what the smaller ones fill";
  if (grid.published)
    text += fmt::format("\n     published rule (Wang et al. 2018): M_2 = {} {} {}, so {}: {}",
                        *grid.published, grid.published_says_dense() ? "<=" : ">",
                        grid.rates.front().taps, grid.published_says_dense() ? "no holes" : "holes",
                        !grid.published_errs() ? "right here"
                        : grid.gap ? fmt::format("wrong, position {} is one", grid.gap->filled + 1)
                                   : "wrong, there is none");
  else if (grid.rates.size() > 1)
    text += "\n     published rule (Wang et al. 2018): says nothing of kernels of different sizes";
  return text + "\n     paths to a position: " + histogram_text(grid.histogram);
}

std::string overlap_text(const char* what, const Result<Overlap>& result) {
  if (!result) return fmt::format("  {}: {}\n", what, result.error().message);
  const Overlap& overlap = *result;
  std::string text = fmt::format(
      "  {}: {}\n", what,
      overlap.even() ? "even, every phase meets as many taps"
                     : fmt::format("uneven, index {:.4g} = (max - min) / mean over the phases",
                                   overlap.index));
  for (std::size_t i = 0; i < overlap.axes.size(); ++i) {
    const properties::AxisOverlap& axis = overlap.axes[i].value;
    text += fmt::format("    {}: {}, phase sums {}: {}\n", kAxisLetters[overlap.axes[i].axis],
                        axis.even() ? "even" : "uneven", list_text(axis.phase_sums),
                        overlap.reasons[i]);
    constexpr std::size_t kLines = 8;
    if (!axis.even()) {
      text += "       spectrum";
      for (std::size_t j = 0; j < std::min(kLines, axis.spectrum.size()); ++j)
        text += fmt::format("{} {}/{}: {:.4g}", j == 0 ? "" : ",", j + 1, axis.period,
                            axis.spectrum[j]);
      text += axis.spectrum.size() > kLines ? ", ...\n" : "\n";
    }
    text += fmt::format("       map {}\n", list_text(overlap.counts[i]));
  }
  return text;
}

}  // namespace

std::string describe_text(const Description& d) {
  std::string text;
  if (d.chain) {
    for (const Step& step : d.chain->chain.steps) {
      if (const auto* shuffle = std::get_if<Shuffle>(&step)) {
        text += fmt::format("shuffle:{}\n", shuffle->groups);
        continue;
      }
      const auto& p = std::get<ConvProblem>(step);
      text += problem_text(p);
      if (d.wants("size")) text += size_text(p);
    }
    if (d.wants("work")) text += work_text(d);
    if (d.wants("field"))
      text += "receptive field\n" + (*d.field ? by_axis(**d.field, field_line)
                                              : fmt::format("  {}\n", d.field->error().message));
    if (d.problems[0].operation == Operation::kWgrad) return text;
    if (d.wants("gridding"))
      text += "gridding\n" + (*d.gridding ? by_axis(**d.gridding, gridding_line)
                                          : fmt::format("  {}\n", d.gridding->error().message));
    if (d.wants("checkerboard"))
      text += "checkerboard\n" + overlap_text("what is written", *d.forward) +
              overlap_text("gradient of what is read", *d.backward);
  }
  return text + describe_kernel_text(d);
}

}  // namespace convcheck::cli
