// SPDX-License-Identifier: Apache-2.0
// The few statistics that raw samples are reported with.
#pragma once

#include <vector>

namespace convcheck::benchmarks {

/// The middle sample, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> samples);

/// (third quartile - first quartile) / median, each quartile interpolated between its neighbours;
/// 0 of fewer than two samples.
double relative_spread(std::vector<double> samples);

}  // namespace convcheck::benchmarks
