// SPDX-License-Identifier: Apache-2.0
// The pictures of a description: SVG files that need nothing but themselves.
#pragma once

#include <string>
#include <vector>

#include "cli/describe/description.hpp"

namespace convcheck::cli {

/// Draws what the description has and was asked for:
///
/// - overlap.svg: paths to every position of what is written, borders included;
/// - gradient-overlap.svg: the same of the gradient of what is read;
/// - artefact.svg: the response to a constant by phase, of the worst channel (with weights);
/// - taps.svg: positions of the receptive field, with the number of paths to each;
/// - receptive-field.svg: one output's paths through every step, an axis at a time;
///
/// and gives their names. kBadInput if there is nothing to draw; kIo that names the directory or
/// file that cannot be written.
Result<std::vector<std::string>> write_pictures(const Description& description,
                                                const std::string& directory);

}  // namespace convcheck::cli
