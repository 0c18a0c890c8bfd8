// SPDX-License-Identifier: Apache-2.0
// A plain, correct convolution with a hook at every step, where a bug can be planted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/engine.hpp"

namespace convcheck::properties {

/// One product of the trilinear form, by the indices that it reads and writes. A bug may change any
/// of them; what then lies outside its tensor contributes nothing.
struct Term {
  std::int64_t image = 0;
  std::int64_t y_channel = 0;
  std::int64_t x_channel = 0;
  std::int64_t w_channel = 0;  ///< Second index of w, in [0, in_channels / groups).
  Axes y{};                    ///< Position in y.
  Axes tap{};                  ///< Position in w.
  Axes x{};                    ///< Position in x.
};

/// One element of the tensor that is written.
struct Element {
  std::int64_t outer = 0;    ///< First index: image, or the channel of y for wgrad.
  std::int64_t channel = 0;  ///< Second index.
  Axes at{};
};

/// Where in the life of its plan a run stands.
struct CallState {
  int threads = 1;
  std::int64_t runs = 0;  ///< Runs of this plan before this one.
};

/// The defaults make a correct engine; a planted bug overrides what it gets wrong.
class Bug {
 public:
  Bug() = default;
  Bug(const Bug&) = delete;
  Bug& operator=(const Bug&) = delete;
  virtual ~Bug() = default;

  /// False drops the term.
  virtual bool visit(const ConvProblem&, const CallState&, Term&) const { return true; }
  virtual float product(float a, float b) const { return a * b; }
  virtual float add(float sum, float term) const { return sum + term; }
  /// What is added to an element before its terms; `bias` is null without one.
  virtual float initial(const ConvProblem&, const Element& element, const float* bias) const {
    return bias == nullptr ? 0.0F : bias[element.channel];
  }
  /// False leaves the element of the output unwritten.
  virtual bool writes(const ConvProblem&, const CallState&, const Element&) const { return true; }
  /// False ignores the weights; `packs` were taken or ignored before.
  virtual bool takes_pack(std::int64_t /*packs*/) const { return true; }
  /// After the output is written; with w of a packed operation as it was packed.
  virtual void after(const ConvProblem&, const CallState&, const Operands&) const {}
};

/// The definition's loops over f32, any operation, one accumulator an output, images and channels
/// in order; claims any-order direct arithmetic, the same bits for every run and any number of
/// threads.
std::unique_ptr<Engine> make_planted_engine(std::string name, std::unique_ptr<Bug> bug);

/// The same without a bug: a second, independent implementation for tests.
std::unique_ptr<Engine> make_plain_engine();

}  // namespace convcheck::properties
