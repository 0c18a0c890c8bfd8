#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SciPy as an engine: signal.correlate, direct; variants `fftconvolve`, `oaconvolve`, `ndimage`."""

import math
import pathlib
import sys

import numpy as np
import scipy
from scipy import ndimage, signal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
import convcheck_peer

__version__ = f"SciPy {scipy.__version__}"
__licence__ = "BSD-3-Clause"


def inflated(w, dilation):
    """w with zeros between its taps."""
    extent = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation)]
    wide = np.zeros((*w.shape[:2], *extent), w.dtype)
    wide[(slice(None), slice(None), *(slice(None, None, d) for d in dilation))] = w
    return wide


def over_all_axes(correlate):
    """`correlate(image, kernel)`, both with channels as the first axis, for every output channel."""

    def conv(x, w, stride, dilation, padding, groups, rank, bias=None,
             orientation="cross-correlation"):  # fmt: skip
        axes = tuple(range(2, 2 + rank))
        w = inflated(np.flip(w, axes) if orientation == "convolution" else w, dilation)
        x = np.pad(x, [(0, 0), (0, 0), *padding])
        per_group, out = w.shape[1], w.shape[0] // groups
        steps = tuple(slice(None, None, s) for s in stride)
        images = []
        for image in x:
            planes = []
            for m in range(w.shape[0]):
                first = m // out * per_group
                planes.append(correlate(image[first : first + per_group], w[m])[0][steps])
            images.append(np.stack(planes))
        y = np.ascontiguousarray(np.stack(images))
        return y if bias is None else y + bias.reshape(-1, *[1] * rank)

    return conv


def transformed(function):
    """Channel by channel, so that errors are bounded by norms of single channels."""

    def correlate(image, kernel):
        pairs = zip(image, kernel)
        return sum(function(plane, np.flip(taps), mode="valid") for plane, taps in pairs)[np.newaxis]

    return over_all_axes(correlate)


def filtered(x, w, padding, rank, out_shape, padding_mode="zeros", bias=None, groups=1,
             orientation="cross-correlation"):  # fmt: skip
    """ndimage.correlate or .convolve of one channel; its output is as large as its input."""
    modes = {"zeros": "constant", "reflect": "mirror", "replicate": "nearest", "circular": "wrap"}
    flipped = orientation == "convolution"
    call = ndimage.convolve if flipped else ndimage.correlate
    kernel = w.shape[2:]
    # The origin counts from the middle, from the other side where the kernel is reversed.
    origin = [
        (k - 1) // 2 - b if flipped else b - k // 2 for k, (b, _) in zip(kernel, padding)
    ]
    out = w.shape[0] // groups
    y = np.empty(out_shape, x.dtype)
    for n in range(x.shape[0]):
        for m in range(w.shape[0]):
            call(x[n, m // out], w[m, 0], y[n, m], modes[padding_mode], origin=origin)
    return y if bias is None else y + bias.reshape(-1, *[1] * rank)


def same_size(problem):
    if problem["in_channels"] != problem["groups"]:
        return "ndimage filters one channel"
    if problem["x_extent"] != problem["y_extent"]:
        return "ndimage writes as much as it reads"
    if any(b >= k for b, k in zip(problem["pad_begin"], problem["w_extent"])):
        return "ndimage's origin lies within the kernel"
    return None


def transform_claim(problem):
    """Roundings of two transforms there and one back, 7 for each factor of 2 (Higham 2002, theorem
    24.2, radix 2) and for what packs real data, of the product and the sums."""
    channels = problem["in_channels"] // problem["groups"]
    extents = zip(*(problem[key] for key in ("x_extent", "y_extent", "w_extent", "dilation", "stride")))
    elements = 1
    for x, y, k, d, s in extents:
        elements *= 2 * (max(x, (y + 1) * s + k * d) + k * d)
    levels = math.ceil(math.log2(elements)) + 1
    return {"algorithm": "fft", "tree_height": 3 * 7 * levels + 6 + channels}


direct = over_all_axes(
    lambda image, kernel: signal.correlate(image, kernel, mode="valid", method="direct")
)
VARIANTS = {
    "": direct,
    "fftconvolve": transformed(signal.fftconvolve),
    "oaconvolve": transformed(signal.oaconvolve),
    "ndimage": filtered,
}
for name, function in VARIANTS.items():
    function.convcheck_types = ("f32", "f64")
    if name.endswith("convolve"):
        function.convcheck_claim = transform_claim
filtered.convcheck_supports = same_size

if __name__ == "__main__":
    sys.exit(convcheck_peer.serve_variants(VARIANTS))
