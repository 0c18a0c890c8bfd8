// SPDX-License-Identifier: Apache-2.0
// For tests: small problems on which every planted bug shows; not more of them than it takes.
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
# family: remainders
mb1ic3ih3oc9oh3kh3ph1n"one output channel past a vector"
mb1ic3ih2iw17oc2oh2ow17kh3kw3ph1pw1n"one column past a vector"
mb1ic257ih2oc2oh2kh1ph0n"channels past 8 bits"
mb1ic2ih2oc257oh2kh1ph0n"output channels past 8 bits"
mb1ic1ih17oc1oh1kh17ph0n"taps past 8 bits"
mb1ic1ih1iw140oc1oh1ow4kh1kw2dh0dw129ph0pw0n"dilation past 7 bits"
mb2ic1ih4oc3oh4kh3ph1n"one channel of x"
# family: padding
mb1ic2ih5oc2oh3kh3ph0n"valid"
mb1ic2ih3iw6oc2oh3ow12kh1kw7ph0pw6n"padding past a vector"
mb1ic2ih6iw6oc2oh6ow6kh3kw3ph1pw-1n"cropped at the begin"
mb1ic2ih3oc2oh8kh3ph3n"windows in the padding"
mb1ic2id4ih5iw4oc2od2oh5ow4kd3kh3kw3pd0ph1pw1n"paddings of three axes"
reflect:mb1ic2ih5oc2oh5kh3ph1n"reflect"
circular:mb1ic1ih3oc2oh7kh3ph5dh2n"circular, twice round"
true:mb1ic2ih5oc2oh5kh3ph1n"true convolution"
# family: more strides and dilations
mb1ic2ih8oc2oh3kh3sh2ph0n"stops short"
mb1ic2ih7oc2oh3kh3sh3ph2n"patches"
mb1ic2ih9oc2oh4kh3sh2dh1ph1n"stride and dilation"
mb1ic2ih8oc2oh4kh3dh2ph1n"dilation 3"
wgrad:mb1ic2id5ih4iw4oc2od2oh4ow4kd2kh1kw1sd3sh1sw1pd0ph0pw0n"backward weights, stride of the depth"
# family: more groups
mb1g3ic3ih4oc6oh4kh3ph1n"depthwise, times two"
mb1g17ic17ih3oc17oh3kh3ph1n"17 groups"
mb1g4ic4ih1iw6oc4oh1ow6kh3kw3ph1pw1n"depthwise, one row"
mb1g3ic3ih6oc3oh6kh3dh1ph2n"depthwise, dilation 2"
wgrad:mb2g2ic4ih4oc6oh4kh3ph1n"backward weights, two groups"
bias:mb1g2ic4ih3oc4oh3kh3ph1n"bias of groups"
# family: more transposed
deconv:mb1ic2ih3oc2oh9kh4sh3ph0n"transposed, stride 3"
deconv:mb1ic3ih4oc3oh4kh3ph1n"transposed, as many channels"
deconv:mb1ic2iw4oc3ow8kw3sw2pw1n"transposed, one axis"
deconv:mb2ic2ih3oc2oh7kh3sh2ph1dh1n"transposed, dilation 2"
deconv:mb1ic3ih3oc2oh5kh1sh2ph0n"transposed, 1x1"
deconv:mb1ic2ih3oc2oh8kh2sh3ph0n"transposed, stride past the kernel"
# family: shapes that crash
mb1ic2ih5oc3oh5kh5ph2n"three output channels"
bias:mb1ic2iw6oc2ow6kw3pw1n"one axis with bias"
mb1ic2ih2oc34oh2kh1ph0n"34 output channels"
# family: integers
u8-s8-s32:mb1ic4ih4oc3oh4kh3ph1n"u8 and s8"
u8-s8-s32:xzp=3:wzp=-2:mb1ic4ih4oc3oh4kh3ph1n"zero points"
)";

}  // namespace convcheck::properties
