// SPDX-License-Identifier: Apache-2.0
// A plain, correct convolution with a hook at every step, where a bug can be planted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/engine.hpp"

namespace convcheck::properties {

/// One product of the trilinear form, by the indices that it reads and writes. A bug may change any
/// of them; what then lies outside its tensor contributes nothing.
struct Term {
  std::int64_t image = 0;    ///< Of y.
  std::int64_t x_image = 0;  ///< Of x.
  std::int64_t y_channel = 0;
  std::int64_t x_channel = 0;
  std::int64_t w_outer = 0;    ///< First index of w, in [0, out_channels).
  std::int64_t w_channel = 0;  ///< Second index of w, in [0, in_channels / groups).
  Axes y{};                    ///< Position in y.
  Axes tap{};                  ///< Position in w.
  Axes x{};                    ///< Position in x; an axis on which it lies in the padding is -1.
};

/// Where the tap lies on an axis of x that goes on without end, padding or not.
std::int64_t unpadded_index(const ConvProblem&, const Term&, std::size_t axis);
/// One channel a group, and more than one group.
bool is_depthwise(const ConvProblem&);

/// One element of the tensor that is written.
struct Element {
  std::int64_t outer = 0;    ///< First index: image, or the channel of y for wgrad.
  std::int64_t channel = 0;  ///< Second index.
  Axes at{};
  std::int64_t index = 0;  ///< Flat.
};

/// Where in the life of its plan a run stands.
struct CallState {
  int threads = 1;
  std::int64_t runs = 0;  ///< Runs of this plan before this one.
};

/// The two factors of a product, in the order data, partner.
struct Product {
  float a = 0;
  float b = 0;
};

/// What a plan demands of where its operands lie.
struct OperandDemands {
  std::size_t alignment_bytes = 1;
  std::size_t read_slack_bytes = 0;
};

/// The defaults make a correct engine; a planted bug overrides what it gets wrong, and an innocent
/// what it does otherwise than most.
class Bug {
 public:
  Bug() = default;
  Bug(const Bug&) = delete;
  Bug& operator=(const Bug&) = delete;
  virtual ~Bug() = default;

  [[nodiscard]] virtual Claim claim(const ConvProblem&) const {
    return {AlgorithmClass::kDirect, std::nullopt, true, true, false};
  }
  [[nodiscard]] virtual OperandDemands demands() const { return {}; }
  /// False ignores the weights: `packs` were taken or ignored before, the last of them at the same
  /// address or not.
  virtual bool takes_pack(const ConvProblem&, std::int64_t /*packs*/, bool /*same_address*/,
                          float* /*w*/) const {
    return true;
  }
  /// Before anything is computed.
  virtual Status before(const ConvProblem&, const CallState&, const Operands&) const { return {}; }
  /// Fills `results` by another method and returns true; false leaves them to the loops.
  virtual bool computes(const ConvProblem&, const Operands&, std::span<float> /*results*/) const {
    return false;
  }
  /// False drops the term.
  virtual bool visit(const ConvProblem&, const CallState&, Term&) const { return true; }
  /// x where the padding is zeros; nothing leaves the term out.
  virtual std::optional<float> padding(const ConvProblem&) const { return std::nullopt; }
  /// An element of an operand less its zero point.
  virtual float operand(const ConvProblem& p, Role role, float stored) const;
  virtual float product(float a, float b) const { return a * b; }
  virtual float add(float sum, float term) const { return sum + term; }
  /// True gathers the products of each output for `reduce`, in place of product and add.
  [[nodiscard]] virtual bool gathers() const { return false; }
  virtual float reduce(const CallState&, std::span<const Product>, float /*start*/) const {
    return 0;
  }
  /// What is added to an element before its terms; `bias` is null without one.
  virtual float initial(const ConvProblem&, const Element& element, const float* bias) const {
    return bias == nullptr ? 0.0F : bias[element.channel];
  }
  /// The flat index at which the element is written; outside the tensor, nowhere.
  virtual std::int64_t place(const ConvProblem&, const CallState&, const Element& element) const {
    return element.index;
  }
  /// True prefers channels last for operands of rank 2; `transposes` false then takes the operand
  /// as if it were plain.
  [[nodiscard]] virtual bool channels_last() const { return false; }
  virtual bool transposes(const ConvProblem&, Role) const { return true; }
  /// After the output is written; with w of a packed operation as it was packed.
  virtual void after(const ConvProblem&, const CallState&, const Operands&) const {}
};

/// The significand cut to so many bits, or rounded to them.
float cut_to(int bits, float v);
float round_to(int bits, float v);
/// The products as f32 has them, and their sum by a binary tree.
std::vector<float> rounded_products(std::span<const Product>);
float pairwise_sum(std::span<const Product>);

/// Overwrites an element of what is written, -1 being the last; nothing if there is none.
void spoil(const ConvProblem&, const Operands&, std::int64_t index, float (*change)(float));

/// The definition's loops over f32, any operation, one accumulator an output, images and channels
/// in order; claims any-order direct arithmetic, the same bits for every run and any number of
/// threads. Also u8 and s8 to s32, conv and deconv, while every sum is exact in f32.
std::unique_ptr<Engine> make_planted_engine(std::string name, std::unique_ptr<Bug> bug);

/// The same without a bug: a second, independent implementation for tests.
std::unique_ptr<Engine> make_plain_engine();

}  // namespace convcheck::properties
