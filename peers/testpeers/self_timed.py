#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A peer program, with the standard library alone, that times itself: honestly, or as told.

Right for dense two-dimensional convolutions with stride 1 and zeros around, in f32.
"""

import array
import json
import os
import struct
import sys
import time

REQUEST = int(os.environ["CONVCHECK_REQUEST_FD"])
ANSWER = int(os.environ["CONVCHECK_ANSWER_FD"])
MODE = sys.argv[1]


def read_exactly(count):
    data = b""
    while len(data) < count:
        part = os.read(REQUEST, count - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data


def values(entry):
    return array.array("f", os.pread(TENSORS, entry["bytes"], entry["offset"]))


def compute(request, operands):
    x, w = (values(entry) for entry in operands)
    p = request["steps"][0]
    batch, c_in, c_out = p["batch"], p["in_channels"], p["out_channels"]
    (xh, xw), (kh, kw), (yh, yw) = p["x_extent"], p["w_extent"], p["y_extent"]
    top, left = p["pad_begin"]
    y = array.array("f")
    for n in range(batch):
        for m in range(c_out):
            for i in range(yh):
                for j in range(yw):
                    total = 0.0
                    for c in range(c_in):
                        for u in range(max(0, top - i), min(kh, xh + top - i)):
                            for v in range(max(0, left - j), min(kw, xw + left - j)):
                                at = ((n * c_in + c) * xh + i + u - top) * xw + j + v - left
                                total += x[at] * w[((m * c_in + c) * kh + u) * kw + v]
                    y.append(total)
    os.pwrite(TENSORS, y.tobytes(), request["output"]["offset"])


def timed(request):
    wanted = request["timing"]
    last = request.get("last_operands", request["operands"])
    start = time.perf_counter()
    compute(request, request["operands"])
    calls = wanted["calls"] or 1 + int(
        wanted["min_block_seconds"] / (time.perf_counter() - start)
    )
    start = time.perf_counter()
    if MODE == "first_only":
        time.sleep(wanted["min_block_seconds"])
    else:
        for _ in range(calls - 1):
            compute(request, request["operands"])
        compute(request, last)
    seconds = time.perf_counter() - start
    if MODE == "slow_clock":
        seconds /= 4
    if MODE == "fast_clock":
        seconds *= 4
    if MODE == "many_calls":
        calls *= 4
    return {"calls": calls, "seconds_per_call": seconds / calls}


while True:
    (length,) = struct.unpack("<I", read_exactly(4))
    request = json.loads(read_exactly(length))
    kind = request["request"]
    if kind == "quit":
        break
    answer = {"id": request["id"]}
    if kind == "hello":
        TENSORS = request["tensor_fd"]
        answer |= {"protocol": 1, "info": {"version": "test 1"}}
    elif kind == "supports":
        answer |= {"supported": True}
    elif kind == "run":
        compute(request, request["operands"])
        answer |= {"outcome": "completed"}
    else:
        answer |= {"outcome": "completed", "timing": timed(request)}
    text = json.dumps(answer).encode()
    os.write(ANSWER, struct.pack("<I", len(text)) + text)
