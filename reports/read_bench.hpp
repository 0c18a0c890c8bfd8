// SPDX-License-Identifier: Apache-2.0
// Timings read back: from a report of bench, or from what Google Benchmark writes.
#pragma once

#include <string_view>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::reports {

/// What a comparison needs of a JSON report of `bench` (machine, build, environment, limits,
/// timings), or of the JSON of a Google Benchmark program:
///
///   machine.cpu, .cores   context host_name, num_cpus
///   build.type            context library_build_type
///   one timing            one run name and thread count: its repetitions are the samples, in real
///                         time; a benchmark that ended in an error is `failed`
///
/// kParse with the place in the document, what is there and what would be right; `source` (a
/// file's name) stands before it.
Result<Document> read_bench(std::string_view json, std::string_view source);

}  // namespace convcheck::reports
