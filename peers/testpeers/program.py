#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A peer program that speaks the protocol, with the standard library alone, or breaks it.

The argument says how. The result is the input's first element, everywhere, as f32.
"""

import json
import os
import signal
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


def send(message):
    text = json.dumps(message).encode()
    os.write(ANSWER, struct.pack("<I", len(text)) + text)


def send_raw(data):
    os.write(ANSWER, data)


def compute(request):
    x = request["operands"][0]
    y = request["output"]
    value = os.pread(TENSORS, 4, x["offset"])
    data = value * (y["bytes"] // 4)
    if MODE == "zeros":
        data = bytes(y["bytes"])
    if MODE == "leave_element":
        data = data[:-4]
    os.pwrite(TENSORS, data, y["offset"])
    if MODE == "write_gap":
        os.pwrite(TENSORS, b"\0", y["offset"] + y["bytes"])
    if MODE == "write_input":
        os.pwrite(TENSORS, b"\1\2\3\4", x["offset"] + 4)


def run(request):
    """True if the request still wants the usual answer."""
    number = request["id"]
    if MODE == "garbage":
        send_raw(struct.pack("<I", 11) + b"not json {{")
    elif MODE == "no_frame":
        send_raw(b"Traceback (most recent call last): something went wrong\n")
    elif MODE == "array":
        send_raw(struct.pack("<I", 2) + b"[]")
    elif MODE == "deep":
        send_raw(struct.pack("<I", 500000) + b"[" * 500000)
    elif MODE == "oversize":
        send_raw(struct.pack("<I", 0x7FFFFFFF) + b"{")
    elif MODE == "wrong_id":
        send({"id": number + 1, "outcome": "completed"})
    elif MODE == "wrong_type":
        send({"id": number, "outcome": 3})
    elif MODE == "wrong_word":
        send({"id": number, "outcome": "splendid"})
    elif MODE == "two_answers":
        text = json.dumps({"id": number, "outcome": "completed"}).encode()
        send_raw((struct.pack("<I", len(text)) + text) * 2)
    elif MODE == "die_in_message":
        send_raw(struct.pack("<I", 100) + b'{"id"')
        os._exit(3)
    elif MODE == "hang_in_message":
        send_raw(struct.pack("<I", 100) + b'{"id"')
        time.sleep(1000)
    elif MODE == "close_answer":
        os.close(ANSWER)
        os.close(REQUEST)
        time.sleep(1000)
    elif MODE == "child_keeps_socket":
        # A grandchild holds the socket open and ignores everything but SIGKILL.
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(1000)
        os._exit(5)
    elif MODE == "die":
        print("last words")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    elif MODE == "refuse":
        send({"id": number, "outcome": "refused", "reason": "not \ud83d\ude00 this\none"})
    elif MODE == "fail":
        send({"id": number, "outcome": "failed", "reason": "out of registers"})
    elif MODE == "error":
        send({"id": number, "error": {"message": "cudaMalloc"}})
    else:
        return True
    return False


while True:
    (length,) = struct.unpack("<I", read_exactly(4))
    request = json.loads(read_exactly(length))
    kind = request["request"]
    if kind == "quit":
        break
    if kind == "hello":
        TENSORS = request["tensor_fd"]
        if MODE == "no_hello":
            print("cannot import torch", file=sys.stderr)
            sys.exit(1)
        if MODE == "old_protocol":
            send({"id": request["id"], "protocol": 0})
        elif MODE == "silent":
            time.sleep(1000)
        else:
            send({"id": request["id"], "protocol": 1, "info": {"version": "test 1"}})
    elif kind == "supports":
        problem = request["steps"][0]
        if problem["out_channels"] == 7:
            send({"id": request["id"], "supported": False, "reason": "seven"})
        else:
            send({"id": request["id"], "supported": True})
    elif kind == "run":
        # Only the case with five output channels is answered badly; zeros are, always.
        if request["steps"][0]["out_channels"] != 5 and MODE != "zeros":
            MODE, kept = "right", MODE
            compute(request)
            MODE = kept
            send({"id": request["id"], "outcome": "completed"})
        elif run(request):
            compute(request)
            send({"id": request["id"], "outcome": "completed", "claim": {"tree_height": 3.0}})
    elif kind == "time":
        calls = request["timing"]["calls"] or 3
        if "last_operands" in request:
            compute(request | {"operands": request["last_operands"]})
        timing = {"calls": 0 if MODE == "bad_time" else calls, "seconds_per_call": 0.5}
        send({"id": request["id"], "outcome": "completed", "timing": timing})
