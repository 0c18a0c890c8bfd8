// SPDX-License-Identifier: Apache-2.0
#include "cli/capabilities.hpp"

#include <string_view>
#include <utility>

#include "core/chain.hpp"
#include "core/problem.hpp"

namespace convcheck::cli {
namespace {

ConvProblem base(int rank) {
  ConvProblem p;
  p.rank = rank;
  for (int a = 3 - rank; a < 3; ++a) {
    const auto i = static_cast<std::size_t>(a);
    p.x_extent[i] = 8;
    p.w_extent[i] = 3;
    p.y_extent[i] = 6;
  }
  return p;
}

ConvProblem with_types(ConvProblem p, ElementType x, ElementType w, ElementType y) {
  p.x_type = x;
  p.w_type = w;
  p.y_type = y;
  return p;
}

class Words {
 public:
  explicit Words(Runner& runner) : runner_(runner) {}

  // The first of the problems that is a problem and is taken adds the word.
  template <typename... Problems>
  void add(std::string_view word, const Problems&... problems) {
    if ((takes(problems) || ...)) text_ += (text_.empty() ? "" : " ") + std::string(word);
  }

  [[nodiscard]] std::string text() const { return text_.empty() ? "-" : text_; }

 private:
  bool takes(const ConvProblem& p) {
    return validate(p).has_value() && runner_.supports(Chain(p)).has_value();
  }

  Runner& runner_;
  std::string text_;
};

// A copy of `p` that `change` has changed.
template <typename Change>
ConvProblem changed(ConvProblem p, Change change) {
  change(p);
  return p;
}

std::string features(Runner& runner, const ConvProblem& p) {
  const auto with = [&p](auto change) { return changed(p, change); };
  Words words(runner);
  words.add("batch", with([](ConvProblem& q) { q.batch = 2; }));
  words.add("channels", with([](ConvProblem& q) { q.in_channels = 3, q.out_channels = 2; }));
  words.add("groups",
            with([](ConvProblem& q) { q.groups = 2, q.in_channels = 4, q.out_channels = 4; }),
            with([](ConvProblem& q) { q.groups = 2, q.in_channels = 2, q.out_channels = 2; }));
  words.add("bias", with([](ConvProblem& q) { q.has_bias = true; }));
  words.add("stride", with([](ConvProblem& q) { q.stride[2] = 2, q.y_extent[2] = 3; }));
  words.add("dilation", with([](ConvProblem& q) { q.dilation[2] = 2, q.y_extent[2] = 4; }));
  words.add("padding", with([](ConvProblem& q) { q.pad_begin[2] = 1, q.y_extent[2] = 8; }));
  words.add("asymmetric", with([](ConvProblem& q) { q.pad_begin[2] = 1, q.y_extent[2] = 7; }));
  words.add("cropping", with([](ConvProblem& q) { q.pad_begin[2] = -1, q.y_extent[2] = 5; }));
  for (const PaddingMode mode :
       {PaddingMode::kReflect, PaddingMode::kReplicate, PaddingMode::kCircular})
    words.add(to_string(mode), with([mode](ConvProblem& q) {
                q.padding_mode = mode, q.pad_begin[2] = 1, q.y_extent[2] = 8;
              }));
  words.add("true", with([](ConvProblem& q) { q.orientation = Orientation::kConvolution; }));
  return words.text();
}

}  // namespace

Capabilities capabilities(Runner& runner) {
  Capabilities found;
  Words operations(runner);
  for (const Operation operation : {Operation::kConv, Operation::kDeconv, Operation::kWgrad}) {
    const auto with = [operation](int rank) {
      return changed(base(rank), [operation](ConvProblem& q) { q.operation = operation; });
    };
    operations.add(to_string(operation), with(2), with(1), with(3));
  }
  found.operations = operations.text();
  Words ranks(runner);
  const char* const names[] = {"1", "2", "3"};
  for (int rank = 1; rank <= 3; ++rank) ranks.add(names[rank - 1], base(rank));
  found.ranks = ranks.text();

  // An engine of one axis is asked about that.
  const ConvProblem two = base(2), one = base(1);
  const ConvProblem& p = runner.supports(Chain(two)).has_value() ? two : one;
  Words types(runner);
  for (const ElementType type :
       {ElementType::kF32, ElementType::kF64, ElementType::kBf16, ElementType::kF16})
    types.add(to_string(type), with_types(p, type, type, type));
  types.add("int8", with_types(p, ElementType::kU8, ElementType::kS8, ElementType::kS32),
            with_types(p, ElementType::kS8, ElementType::kS8, ElementType::kS32),
            with_types(p, ElementType::kU8, ElementType::kU8, ElementType::kS32));
  found.types = types.text();
  found.features = features(runner, p);
  return found;
}

}  // namespace convcheck::cli
