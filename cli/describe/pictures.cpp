// SPDX-License-Identifier: Apache-2.0
#include "cli/describe/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/describe/heat_map.hpp"
#include "cli/describe/layer_graph.hpp"
#include "core/file.hpp"

namespace convcheck::cli {
namespace {

struct Picture {
  std::string name;
  std::string svg;
};

std::string axis_name(std::size_t axis) { return fmt::format("{}", kAxisLetters[axis]); }

// The values of the last two axes (one row for a single axis), times the middle one of depth.
HeatMap plane(const std::vector<std::vector<std::int64_t>>& axes,
              const std::vector<std::size_t>& letters) {
  HeatMap map;
  const std::vector<std::int64_t>& across = axes.back();
  const std::vector<std::int64_t> one{1};
  const std::vector<std::int64_t>& down = axes.size() > 1 ? axes[axes.size() - 2] : one;
  std::int64_t factor = 1;
  if (axes.size() == 3 && !axes[0].empty()) {
    // The middle position that is reached at all.
    std::size_t middle = axes[0].size() / 2;
    while (middle > 0 && axes[0][middle] == 0) --middle;
    factor = axes[0][middle];
    map.note = fmt::format("Plane d = {} of {}.", middle, axes[0].size());
  }
  map.rows = down.size();
  map.columns = across.size();
  map.column_axis = axis_name(letters.back());
  if (axes.size() > 1) map.row_axis = axis_name(letters[letters.size() - 2]);
  map.crop();
  for (std::size_t i = 0; i < map.rows; ++i)
    for (std::size_t j = 0; j < map.columns; ++j)
      map.values.push_back(static_cast<double>(down[i]) * static_cast<double>(across[j]) *
                           static_cast<double>(factor));
  return map;
}

Picture overlap_picture(const Description& d, const Overlap& overlap, bool backward) {
  std::vector<std::size_t> letters;
  std::string reasons;
  for (std::size_t i = 0; i < overlap.axes.size(); ++i) {
    const auto& [axis, value] = overlap.axes[i];
    letters.push_back(axis);
    std::string sums;
    for (std::size_t r = 0; r < std::min<std::size_t>(8, value.phase_sums.size()); ++r)
      sums += fmt::format(" {}", value.phase_sums[r]);
    reasons += fmt::format(" {}: phase sums{}{}, {}.", kAxisLetters[axis], sums,
                           value.phase_sums.size() > 8 ? " ..." : "", overlap.reasons[i]);
  }
  HeatMap map = plane(overlap.counts, letters);
  map.title = backward ? "Overlap of the gradient" : "Overlap of what is written";
  map.name = to_string(d.chain->chain);
  map.caption =
      fmt::format("{} Number of taps that reach each position, borders included. {}{}", map.note,
                  overlap.even() ? "Even away from the borders."
                                 : fmt::format("Uneven: index {:.4g}.", overlap.index),
                  reasons);
  map.legend = "taps";
  return {backward ? "gradient-overlap.svg" : "overlap.svg", draw(map)};
}

Picture taps_picture(const Description& d) {
  std::vector<std::vector<std::int64_t>> axes;
  std::vector<std::size_t> letters;
  std::string spans;
  std::string read;
  double holes = 1;
  double all = 1;
  for (const auto& [axis, grid] : **d.gridding) {
    std::vector<std::int64_t> paths(
        static_cast<std::size_t>(std::min<std::int64_t>(grid.span, 4096)), 0);
    for (const properties::Reached& at : grid.reached) {
      if (at.position < static_cast<std::int64_t>(paths.size()))
        paths[static_cast<std::size_t>(at.position)] = at.paths;
    }
    axes.push_back(std::move(paths));
    letters.push_back(axis);
    spans += fmt::format("{}{}", spans.empty() ? "" : " x ", grid.span);
    read += fmt::format("{}{}", read.empty() ? "" : " x ", grid.span - grid.holes);
    all *= static_cast<double>(grid.span);
    holes *= static_cast<double>(grid.span - grid.holes);
  }
  HeatMap map = plane(axes, letters);
  map.title = "Taps of the receptive field";
  map.name = to_string(d.chain->chain);
  map.caption = fmt::format(
      "Number of paths from each input position to one output. {} {} positions, {} read: {:.3g} % "
      "are holes.",
      map.note, spans, read, 100 * (1 - holes / all));
  map.legend = "paths";
  return {"taps.svg", draw(map)};
}

Picture artefact_picture(const Description& d, const KernelDescription& k) {
  const properties::PhaseSums& sums = **k.phase_sums;
  const ConvProblem& p = d.problems[*k.problem];
  const std::size_t phases = sums.sums.size() / static_cast<std::size_t>(sums.channels);
  const auto rows = static_cast<std::size_t>(sums.period[1]);
  const auto columns = static_cast<std::size_t>(sums.period[2]);
  const auto worst = static_cast<std::size_t>(sums.worst);
  HeatMap map;
  // Two periods show how the pattern goes on; depth stays at phase 0.
  map.rows = p.rank > 1 ? 2 * rows : 1;
  map.columns = 2 * columns;
  map.column_axis = "w mod s";
  if (p.rank > 1) map.row_axis = "h mod s";
  map.row_period = rows;
  map.column_period = columns;
  map.cell = 56;
  map.crop();
  for (std::size_t i = 0; i < map.rows; ++i)
    for (std::size_t j = 0; j < map.columns; ++j)
      map.values.push_back(sums.sums[worst * phases + i % rows * columns + j % columns]);
  map.title = "Response to a constant";
  map.name = to_string(p);
  map.caption = fmt::format(
      "Weights {}, channel {}{}: what a constant 1 becomes away from the borders, two periods. {} "
      "{} {:.4g} ({}).",
      k.source, worst, p.rank == 3 ? ", phase 0 of d" : "", map.note,
      sums.even[worst] ? "Even; index" : "Uneven; index", sums.index[worst],
      sums.mean_is_zero[worst] ? "max - min, the mean is 0" : "(max - min) / |mean|");
  map.legend = "sum of weights";
  map.holes = false;
  return {d.kernels.size() > 1 ? fmt::format("artefact-{}.svg", *k.problem + 1) : "artefact.svg",
          draw(map)};
}

std::vector<Picture> pictures(const Description& d) {
  std::vector<Picture> list;
  if (d.chain && d.wants("checkerboard")) {
    if (*d.forward) list.push_back(overlap_picture(d, **d.forward, false));
    if (*d.backward) list.push_back(overlap_picture(d, **d.backward, true));
    for (const KernelDescription& k : d.kernels) {
      if (k.phase_sums && *k.phase_sums) list.push_back(artefact_picture(d, k));
    }
  }
  if (d.chain && d.wants("gridding") && *d.gridding) list.push_back(taps_picture(d));
  if (d.chain && d.wants("field") && *d.field)
    list.push_back({"receptive-field.svg", draw_layers(d.chain->chain)});
  return list;
}

}  // namespace

Result<std::vector<std::string>> write_pictures(const Description& d,
                                                const std::string& directory) {
  const std::vector<Picture> list = pictures(d);
  if (list.empty())
    return fail(ErrorCode::kBadInput,
                "--svg {}: there is nothing to draw; pictures are of conv and deconv problems and "
                "chains",
                directory);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error && !std::filesystem::is_directory(directory))
    return fail(ErrorCode::kIo, "--svg {}: the directory cannot be made: {}", directory,
                error.message());
  std::vector<std::string> names;
  for (const Picture& picture : list) {
    const std::string path = (std::filesystem::path(directory) / picture.name).string();
    CONVCHECK_TRY(write_file_atomically(path, picture.svg));
    names.push_back(path);
  }
  return names;
}

}  // namespace convcheck::cli
