#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch as an engine: torch.nn.functional's convolutions and the gradient of their weights."""

import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional, grad

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))
import convcheck_peer

__version__ = f"PyTorch {torch.__version__}"
__licence__ = "BSD-3-Clause"

FORWARD = (functional.conv1d, functional.conv2d, functional.conv3d)
TRANSPOSED = (
    functional.conv_transpose1d,
    functional.conv_transpose2d,
    functional.conv_transpose3d,
)
WEIGHT = (grad.conv1d_weight, grad.conv2d_weight, grad.conv3d_weight)
PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def tensor(array):
    # From memory that may be read-only: PyTorch warns of that, and does not write to it.
    return torch.from_numpy(array if array.flags.writeable else array.copy())


@torch.inference_mode()
def conv(a, b, stride, dilation, padding, groups, rank, operation, padding_mode, orientation,
         threads, problem, bias=None):  # fmt: skip
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    first, second = tensor(a), tensor(b)
    bias = None if bias is None else tensor(bias)
    axes = tuple(range(2, 2 + rank))
    flips = orientation == "convolution"
    if operation == "deconv":
        w = second.flip(axes) if flips else second
        begin, end = problem["pad_begin"], problem["pad_end"]
        more = [p - e for p, e in zip(begin, end)]
        x = TRANSPOSED[rank - 1](first, w, bias, stride, begin, more, groups, dilation)
        return x.contiguous().numpy()
    if padding_mode == "zeros" and all(p == q for p, q in padding):
        pads = [p for p, _ in padding]
    else:
        flat = [side for pair in reversed(padding) for side in pair]
        first = functional.pad(first, flat, PAD_MODES[padding_mode])
        pads = [0] * rank
    if operation == "wgrad":
        shape = (problem["out_channels"], problem["in_channels"] // groups, *problem["w_extent"])
        w = WEIGHT[rank - 1](first, shape, second, stride, pads, dilation, groups)
        return (w.flip(axes) if flips else w).contiguous().numpy()
    w = second.flip(axes) if flips else second
    return FORWARD[rank - 1](first, w, bias, stride, pads, dilation, groups).contiguous().numpy()


def reason(problem):
    """What torch.nn.functional has no argument for, or None."""
    if 0 in (problem["batch"], problem["in_channels"], problem["out_channels"]) or 0 in (
        problem["x_extent"] + problem["y_extent"]
    ):
        return "tensors without elements are not offered"
    pairs = convcheck_peer.floor_padding(problem)
    zeros = problem["padding_mode"] == "zeros"
    if problem["operation"] != "conv" and not zeros:
        return "padding but with zeros is offered for conv"
    if any(min(pair) < 0 for pair in pairs):
        return "no negative padding"
    if problem["operation"] == "deconv":
        for begin, end, stride, dilation in zip(
            *(problem[key] for key in ("pad_begin", "pad_end", "stride", "dilation"))
        ):
            if begin < 0 or not 0 <= begin - end < max(stride, dilation, 1):
                return "output padding is below 0, or not below stride or dilation"
    limits = {"reflect": -1, "circular": 0}
    if problem["padding_mode"] in limits and any(
        max(pair) > extent + limits[problem["padding_mode"]]
        for pair, extent in zip(pairs, problem["x_extent"])
    ):
        return "padding wraps more than once"
    return None


conv.convcheck_types = ("f32", "f64")
conv.convcheck_supports = reason

if __name__ == "__main__":
    np.seterr(all="ignore")
    sys.exit(convcheck_peer.serve_variants({"": conv}))
