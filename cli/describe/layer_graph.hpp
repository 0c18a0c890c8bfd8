// SPDX-License-Identifier: Apache-2.0
// The receptive field as a picture: one output, and every path of taps down to the input.
#pragma once

#include <string>

#include "core/chain.hpp"

namespace convcheck::cli {

/// An SVG document of the chain (of conv and deconv), one panel for every axis that differs. The
/// output is the middle one. A panel of more than 200 positions says so instead.
std::string draw_layers(const Chain& chain);

}  // namespace convcheck::cli
