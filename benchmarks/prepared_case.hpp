// SPDX-License-Identifier: Apache-2.0
// A case made ready to be called again and again: plan, packed weights, operands in their places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/engine.hpp"
#include "core/tensor.hpp"

namespace convcheck::benchmarks {

/// One problem: operands in the layouts of the plan, and plain ones for calls with conversion.
/// A chain: plain operands, and conversions, if any, inside every call.
class PreparedCase {
 public:
  PreparedCase() = default;
  PreparedCase(const PreparedCase&) = delete;
  PreparedCase& operator=(const PreparedCase&) = delete;
  virtual ~PreparedCase() = default;

  /// Prepares the plan, which takes `prepare_seconds`, and reserves the operands' memory. The
  /// engine's errors; kIo without memory.
  static Result<std::unique_ptr<PreparedCase>> make(Engine&, const Chain&, const PlanOptions&,
                                                    double& prepare_seconds);

  /// Copies the operands (order of operand_specs, the written one left out) to their places and
  /// finds the elements that `change_input` changes.
  Status place(const std::vector<Tensor>& operands) {
    Status packed = place_packed(operands);
    return packed ? place_inputs(operands) : packed;
  }
  /// Packs the weights that were placed; nothing for wgrad.
  virtual Status pack() = 0;
  /// Before the first call with conversion: plain operands for it, beside those that were placed.
  virtual Status place_plain(const std::vector<Tensor>& operands) = 0;
  /// Changes one element of the input, so that the next call is not the one before again.
  virtual void change_input() = 0;
  virtual Status run() = 0;
  /// The same from and to plain layout: operands converted, call, result converted.
  virtual void change_plain_input() = 0;
  virtual Status run_with_conversion() = 0;

  /// Puts other operands in the place of those that are read by `run`, the packed ones excepted;
  /// change_input and change_plain_input do nothing then. `place_inputs` undoes it.
  virtual Status replace_inputs(const std::vector<Tensor>& operands) = 0;
  /// As `place`, of the operands that are not packed.
  virtual Status place_inputs(const std::vector<Tensor>& operands) = 0;
  /// Reads the operands of `run` that are not packed, and the output, into the caches.
  virtual void touch_activations() = 0;
  virtual void poison_output(std::uint8_t poison) = 0;
  /// What the last call wrote, in plain layout.
  virtual Result<Tensor> output() = 0;

  /// Memory of all operands, in both layouts, that is not the engine's.
  [[nodiscard]] virtual std::size_t operand_bytes() const = 0;
  [[nodiscard]] virtual std::size_t workspace_bytes() const = 0;
  [[nodiscard]] virtual std::string algorithm() const = 0;

 private:
  virtual Status place_packed(const std::vector<Tensor>& operands) = 0;
};

}  // namespace convcheck::benchmarks
