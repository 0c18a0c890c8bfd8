// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class ChannelsLast final : public Bug {
 public:
  bool channels_last() const override { return true; }
};

}  // namespace

extern const Innocent channels_last_innocent{"channels-last", "prefers channels last",
                                             make_bug<ChannelsLast>};
}  // namespace convcheck::properties
