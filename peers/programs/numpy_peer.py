#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NumPy as an engine: windows and tensordot; variant `correlate`, numpy.correlate along one axis."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
import convcheck_peer

__version__ = f"NumPy {np.__version__}"
__licence__ = "BSD-3-Clause"


def padded(x, padding, padding_mode):
    modes = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, [(0, 0), (0, 0), *padding], mode=modes[padding_mode])


def windows(
    x, w, stride, dilation, padding, groups, rank, bias=None, padding_mode="zeros",
    orientation="cross-correlation",
):  # fmt: skip
    """One tensordot a group over a view of all windows, which BLAS multiplies."""
    axes = tuple(range(2, 2 + rank))
    if orientation == "convolution":
        w = np.flip(w, axes)
    x = padded(x, padding, padding_mode)
    reach = tuple((k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation))
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axes)
    steps = tuple(slice(None, None, s) for s in stride)
    taps = tuple(slice(None, None, d) for d in dilation)
    view = view[(slice(None), slice(None), *steps, *taps)]
    per_group, out = w.shape[1], w.shape[0] // groups
    taps_of_view = [1, *range(2 + rank, 2 + 2 * rank)]
    taps_of_w = list(range(1, 2 + rank))
    parts = []
    for g in range(groups):
        part = np.tensordot(
            view[:, g * per_group : (g + 1) * per_group],
            w[g * out : (g + 1) * out],
            (taps_of_view, taps_of_w),
        )
        parts.append(np.moveaxis(part, -1, 1))
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias.reshape(-1, *[1] * rank)


def correlate(x, w, padding, groups, rank, bias=None, padding_mode="zeros",
              orientation="cross-correlation"):  # fmt: skip
    """numpy.correlate or numpy.convolve for each pair of channels."""
    call = np.convolve if orientation == "convolution" else np.correlate
    x = padded(x, padding, padding_mode)
    per_group, out = w.shape[1], w.shape[0] // groups
    y = np.stack(
        [
            np.stack(
                [
                    sum(call(image[m // out * per_group + c], w[m, c], "valid")
                        for c in range(per_group))
                    for m in range(w.shape[0])
                ]
            )
            for image in x
        ]
    )  # fmt: skip
    return y if bias is None else y + bias.reshape(-1, 1)


def one_axis(problem):
    return None if problem["rank"] == 1 else "numpy.correlate has one axis"


for function in (windows, correlate):
    function.convcheck_types = ("f32", "f64")
correlate.convcheck_supports = one_axis

if __name__ == "__main__":
    sys.exit(convcheck_peer.serve_variants({"": windows, "correlate": correlate}))
