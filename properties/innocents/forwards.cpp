// SPDX-License-Identifier: Apache-2.0
#include "properties/innocents.hpp"

namespace convcheck::properties {
namespace {

class Forwards final : public Bug {
 public:
};

}  // namespace

extern const Innocent forwards_innocent{"forwards", "adds rounded products one after the other",
                                        make_bug<Forwards>};
}  // namespace convcheck::properties
