# SPDX-License-Identifier: Apache-2.0
"""A plain NumPy convolution: what a user already has, without a line for convcheck."""

import numpy as np


def conv(x, w, bias=None, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """Cross-correlation of x [batch, in, height, width] with w [out, in/groups, kernel...]."""
    x = np.pad(x, [(0, 0), (0, 0), *padding])
    out, per_group, *kernel = w.shape
    rows, columns = (
        (x.shape[2 + a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )
    y = np.zeros((x.shape[0], out, rows, columns), x.dtype)
    for g in range(groups):
        x_group = x[:, g * per_group : (g + 1) * per_group]
        of_group = slice(g * out // groups, (g + 1) * out // groups)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                top, left = i * dilation[0], j * dilation[1]
                window = x_group[:, :, top:, left:][
                    :, :, : rows * stride[0] : stride[0], : columns * stride[1] : stride[1]
                ]
                y[:, of_group] += np.einsum("nchw,mc->nmhw", window, w[of_group, :, i, j])
    return y if bias is None else y + bias[:, None, None]
