// SPDX-License-Identifier: Apache-2.0
// A shared library behind the C ABI (peers/convcheck_peer.h) as an engine in this process.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/engine.hpp"

namespace convcheck::peers {

/// A plan of a peer without `pack`: it reads w in every run. Plan::run takes operands.w if it is
/// not null (so that the worker can guard it), and the copy that pack made otherwise.
class WeightsInRun {
 public:
  WeightsInRun() = default;
  WeightsInRun(const WeightsInRun&) = delete;
  WeightsInRun& operator=(const WeightsInRun&) = delete;
  virtual ~WeightsInRun() = default;
  [[nodiscard]] virtual bool weights_in_run() const = 0;
};

/// Loads the library (which stays loaded) and checks what it says of itself. `display_name` is
/// EngineInfo::name; empty: "so:PATH#VARIANT". kEngineStart with a sentence: no such file, no
/// shared library, no peer, another ABI version, an incomplete table, a variant that it does not
/// have.
Result<std::unique_ptr<Engine>> load_so_engine(const std::string& path, const std::string& variant,
                                               std::string display_name = {});

}  // namespace convcheck::peers
