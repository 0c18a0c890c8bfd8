// SPDX-License-Identifier: Apache-2.0
// The JSON that a Google Benchmark program writes; read_bench.hpp says what becomes of it.
#pragma once

#include "core/result.hpp"
#include "reports/document.hpp"
#include "reports/json_node.hpp"

namespace convcheck::reports {

/// Whether a document is one of Google Benchmark's: it has "context" and "benchmarks".
bool is_google_benchmark(const Json& json);

/// kParse as in read_bench; also for a file that holds aggregates only.
Result<Document> read_google_benchmark(const Node& root);

}  // namespace convcheck::reports
