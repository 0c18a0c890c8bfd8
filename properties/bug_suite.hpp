// SPDX-License-Identifier: Apache-2.0
// For tests: small problems on which every planted bug shows.
#pragma once

namespace convcheck::properties {

inline constexpr const char* kBugSuite = R"(
# family: plain
mb1ic1ih4oc1oh4kh3ph1n"one channel"
mb2ic6ih6oc4oh6kh3ph1n"channels past a multiple of 4"
mb1ic3ih5iw15oc2oh5ow15kh3kw3ph1pw1n"width 15"
mb1ic3ih6iw7oc2oh6ow7kh3kw4ph1pw1n"uneven padding of the width"
mb5ic2ih5oc3oh5kh3ph1n"batch past a multiple of 4"
mb2ic2ih3iw3oc2oh1ow1kh3kw3ph0pw0n"kernel as large as x"
mb1ic2ih2iw2oc2oh4ow4kh3kw3ph2pw2n"kernel larger than x"
mb1ic40ih4oc2oh4kh3ph1n"many terms"
bias:mb3ic4ih3oc4oh3kh1ph0n"1x1 with bias"
bias:mb2ic2ih4oc3oh4kh3ph1n"3x3 with bias"
# family: strides and dilations
mb1ic2ih9oc2oh5kh5sh2ph2n"stride 2, padding 2"
mb1ic2ih7iw7oc2oh5ow4kh3kw3sh1sw2ph0pw1n"stride of the width"
mb1ic2ih7iw8oc2oh3ow3kh3kw2sh2sw3ph0pw0n"stride past the kernel"
mb1ic4ih7oc4oh4kh1sh2ph0n"1x1, stride 2"
mb1ic2ih9oc2oh5kh3dh1ph0n"dilation 2"
mb1ic2ih7iw9oc2oh7ow9kh3kw3dh0dw1ph1pw2n"dilation of the width"
mb1ic1ih1iw65538oc1oh1ow2kh1kw1sh1sw65537ph0pw0n"stride past 16 bits"
# family: groups
mb1g2ic4ih5oc6oh5kh3ph1n"two groups"
mb1g4ic4ih5iw1oc4oh5ow1kh3kw3ph1pw1n"depthwise, one column"
deconv:mb1g2ic4ih3oc4oh5kh3sh2ph1n"transposed, two groups"
wgrad:mb2g2ic2ih6oc2oh3kh3sh2ph1n"backward weights, depthwise, stride 2"
# family: transposed
deconv:mb1ic3ih4oc2oh8kh3sh2ph1n"output padding"
deconv:mb2ic2ih3oc3oh3kh3sh1ph1n"stride 1"
# family: ranks
mb2ic3iw9oc2ow9kw3pw1n"one axis"
mb1ic2id3ih4iw4oc2od3oh4ow4kd3kh3kw3pd1ph1pw1n"three axes"
)";

}  // namespace convcheck::properties
