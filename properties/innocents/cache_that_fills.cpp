// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <string>
#include <vector>

#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class CacheThatFills final : public Bug {
 public:
  void after(const ConvProblem& p, const CallState& /*call*/,
             const Operands& operands) const override {
    const std::size_t bytes =
        static_cast<std::size_t>(element_count(p.shape(p.written()))) * sizeof(float);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (cache_.size() < 64 && bytes < 65536)
      cache_.emplace_back(static_cast<const char*>(operands.get(p.written())), bytes);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::string> cache_;
};

}  // namespace

extern const Innocent cache_that_fills_innocent{
    "cache-that-fills", "keeps the first 64 results that it computed", make_bug<CacheThatFills>};
}  // namespace convcheck::properties
