#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves a plain Python function as a convolution that convcheck judges and times.

    convcheck validate --engine 'exec:python3 convcheck_peer.py my_module:conv'

The function gets NumPy arrays, slowest axis first, and returns a new one:

    conv    (x, w) -> y      x [batch, in_channels, ...]   w [out_channels, in_channels/groups, ...]
    deconv  (y, w) -> x      y [batch, out_channels, ...]
    wgrad   (x, y) -> w

`def conv(x, w)` is enough. What else a problem has is passed by keyword to a function that declares
it, and a function is only asked problems for which it declares enough:

    stride, dilation    tuples, one entry an axis; dense is dilation 1
    padding             list of (begin, end), one pair an axis, never negative; the output has
                        floor((x + begin + end - dilation * (w - 1) - 1) / stride) + 1 elements
    groups              int
    bias                array [channels of what is written], or None
    rank                1, 2 or 3; a function without it is asked rank 2 only
    operation           "conv", "deconv" or "wgrad"; without it, conv only
    padding_mode        "zeros", "reflect", "replicate" or "circular"; without it, zeros only
    orientation         "cross-correlation" or "convolution"; without it, cross-correlation only
    out_shape           the shape that is expected
    threads             how many to use
    problem             the whole problem as a dict (docs/peers.md): asked everything

Attributes of the function say more: convcheck_claim, a dict as in docs/peers.md, or a function of the
problem that returns one; convcheck_types,
the element types that it takes (default: ("f32",)); convcheck_supports, a function of the problem
that returns None or the reason for a refusal. Raising NotImplementedError refuses, too.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import mmap
import os
import pathlib
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

try:
    import numpy as np
except ImportError:
    print(
        f"convcheck_peer.py: {sys.executable} has no numpy; "
        "install it (Debian: python3-numpy) or name another python3",
        file=sys.stderr,
    )
    sys.exit(3)

Problem = dict[str, Any]
Message = dict[str, Any]

PROTOCOL = 1
MAX_MESSAGE_BYTES = 1 << 20
MAX_REASON_CHARACTERS = 2000
DTYPES = {"f32": "<f4", "f64": "<f8", "f16": "<f2", "s32": "<i4", "s8": "i1", "u8": "u1"}
KEYWORDS = (
    *("stride", "dilation", "padding", "groups", "bias", "rank", "operation", "padding_mode"),
    *("orientation", "out_shape", "threads", "problem"),
)
OPERANDS = {"conv": ("x", "w", "y"), "deconv": ("y", "w", "x"), "wgrad": ("x", "y", "w")}


class Wrong(Exception):
    """What the function did is no convolution of its operands' shapes and types."""


def floor_padding(problem: Problem) -> list[tuple[int, int]]:
    """The same windows with padding at the end as users write it.

    pad_end is exact: where the stride steps over the end of x it is lower than the padding that the
    floor formula started from. Anything in [pad_end, pad_end + stride - 1] gives the same output;
    taken is the padding at the begin where that is in it, else the least that is not negative.
    """
    pairs = []
    for begin, end, stride in zip(problem["pad_begin"], problem["pad_end"], problem["stride"]):
        loosest = end + stride - 1
        pairs.append((begin, begin if end <= begin <= loosest else min(max(end, 0), loosest)))
    return pairs


class Function:
    """The user's function and what its signature says that it can do."""

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        self.call = call
        self.name = name
        self.claim = getattr(call, "convcheck_claim", {})
        self.types = tuple(getattr(call, "convcheck_types", ("f32",)))
        self.refusal = getattr(call, "convcheck_supports", lambda problem: None)
        self.keywords = self._declared()

    def _declared(self) -> frozenset[str]:
        try:
            parameters = list(inspect.signature(self.call).parameters.values())
        except (TypeError, ValueError):  # Written in C, without a signature.
            return frozenset()
        kinds = inspect.Parameter
        if any(p.kind is kinds.VAR_KEYWORD for p in parameters):
            return frozenset(KEYWORDS)
        named = [p for p in parameters[2:] if p.kind is not kinds.VAR_POSITIONAL]
        for p in named:
            if p.name not in KEYWORDS and p.default is kinds.empty:
                raise Wrong(
                    f"{self.name} demands the argument {p.name}; it may demand two operands and "
                    f"{', '.join(KEYWORDS)}"
                )
        return frozenset(p.name for p in named if p.name in KEYWORDS)

    def lacking(self, problem: Problem) -> str | None:
        """Why the function is not asked this problem, or None."""
        types = [problem[f"{role}_type"] for role in "xwy"]
        for name in types:
            if name not in self.types:
                return f"{self.name} takes {', '.join(self.types)}, not {name}"
            if name not in DTYPES:
                return f"NumPy has no {name}"
        if "problem" not in self.keywords:
            needs = {
                "operation": problem["operation"] != "conv",
                "rank": problem["rank"] != 2,
                "groups": problem["groups"] != 1,
                "bias": problem["has_bias"],
                "stride": any(s != 1 for s in problem["stride"]),
                "dilation": any(d != 1 for d in problem["dilation"]),
                "padding": any(pair != (0, 0) for pair in floor_padding(problem)),
                "padding_mode": problem["padding_mode"] != "zeros",
                "orientation": problem["orientation"] != "cross-correlation",
            }
            for keyword, needed in needs.items():
                if needed and keyword not in self.keywords:
                    return f"{self.name} has no argument {keyword}"
            if any(min(pair) < 0 for pair in floor_padding(problem)):
                return f"negative padding is asked of functions with an argument problem; {self.name} has none"
            sizes = [problem[key] for key in ("batch", "in_channels", "out_channels")]
            if 0 in sizes + problem["x_extent"] + problem["y_extent"]:
                return f"empty tensors are asked of functions with an argument problem; {self.name} has none"
        return self.refusal(problem)

    def __call__(
        self, problem: Problem, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, threads: int
    ) -> np.ndarray:
        shape, dtype = written(problem)
        values = {
            **{key: tuple(problem[key]) for key in ("stride", "dilation")},
            **{key: problem[key] for key in ("groups", "rank", "operation", "padding_mode")},
            "orientation": problem["orientation"],
            "padding": floor_padding(problem),
            "bias": bias,
            "out_shape": shape,
            "threads": threads,
            "problem": problem,
        }
        result = self.call(a, b, **{key: values[key] for key in KEYWORDS if key in self.keywords})
        if not isinstance(result, np.ndarray):
            raise Wrong(f"{self.name} returned {type(result).__name__}, expected a NumPy array")
        if result.shape != shape:
            raise Wrong(f"{self.name} returned shape {result.shape}, expected {shape}")
        if result.dtype != dtype:
            raise Wrong(f"{self.name} returned {result.dtype}, expected {dtype.name}")
        return result


def written(problem: Problem) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of what the problem's operation writes."""
    role = OPERANDS[problem["operation"]][2]
    outer = {"x": "batch", "y": "batch", "w": "out_channels"}[role]
    channels = problem["out_channels" if role == "y" else "in_channels"]
    if role == "w":
        channels //= problem["groups"]
    shape = (problem[outer], channels, *problem[f"{role}_extent"])
    return shape, np.dtype(DTYPES[problem[f"{role}_type"]])


def shuffled(x: np.ndarray, groups: int) -> np.ndarray:
    """Of C channels, channel g*(C/G) + j moves to j*G + g."""
    batch, channels, *extent = x.shape
    split = x.reshape(batch, groups, channels // groups, *extent)
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(x.shape)


class Tensors:
    """The file in memory that holds the operands and the output."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.mapping: mmap.mmap | None = None

    def array(self, entry: Message, tensor_bytes: int) -> np.ndarray:
        dtype = np.dtype(DTYPES[entry["type"]])
        if entry["bytes"] == 0:
            return np.empty(entry["shape"], dtype)
        if self.mapping is None or len(self.mapping) < tensor_bytes:
            self.mapping = mmap.mmap(self.descriptor, tensor_bytes)
        count = entry["bytes"] // dtype.itemsize
        return np.frombuffer(self.mapping, dtype, count, entry["offset"]).reshape(entry["shape"])


class Peer:
    """Answers requests; what a function does wrong becomes an answer, never the end."""

    def __init__(self, load: Callable[[], Function]) -> None:
        self.load = load
        self.function: Function | None = None
        self.tensors: Tensors | None = None

    def answer(self, request: Message) -> Message:
        kind = request.get("request")
        if kind == "hello":
            return self.hello(request)
        if self.function is None or self.tensors is None:
            raise ValueError(f"request {kind} before hello")
        if kind == "supports":
            reason = self.lacking(request["steps"])
            return {"supported": True} if reason is None else {"supported": False, "reason": reason}
        if kind in ("run", "time"):
            return self.outcome(request)
        raise ValueError(f"unknown request {kind!r}")

    def hello(self, request: Message) -> Message:
        if request["protocol"] != PROTOCOL:
            raise ValueError(f"protocol {request['protocol']} is not spoken here, {PROTOCOL} is")
        self.function = self.load()
        self.tensors = Tensors(request["tensor_fd"])
        module = sys.modules.get(self.function.call.__module__)
        own_version = getattr(module, "__version__", None)
        version = f"NumPy {np.__version__}" if own_version is None else str(own_version)
        info = {"version": version, "licence": getattr(module, "__licence__", "")}
        return {"protocol": PROTOCOL, "info": {key: text for key, text in info.items() if text}}

    def lacking(self, steps: list[Problem]) -> str | None:
        problems = (step for step in steps if "shuffle" not in step)
        return next((r for r in map(self.function.lacking, problems) if r is not None), None)

    def outcome(self, request: Message) -> Message:
        reason = self.lacking(request["steps"])
        if reason is not None:
            return {"outcome": "refused", "reason": reason}
        tensors = self.tensors
        tensor_bytes = request["tensor_bytes"]

        def read(key: str) -> dict:
            return {
                (entry["step"], entry["role"]): tensors.array(entry, tensor_bytes)
                for entry in request[key]
            }

        output = tensors.array(request["output"], tensor_bytes)
        threads = request.get("environment", {}).get("threads", 1)

        def call(arrays: dict) -> None:
            output[...] = self.chain(request["steps"], arrays, threads)

        arrays = read("operands")
        try:
            if request["request"] == "time":
                last = read("last_operands") if "last_operands" in request else arrays
                timing = self.time(lambda: call(arrays), lambda: call(last), request["timing"])
                return {"outcome": "completed", "timing": timing}
            call(arrays)
        except NotImplementedError as error:
            return {"outcome": "refused", "reason": str(error) or f"{self.function.name} refuses"}
        except Wrong as error:
            return {"outcome": "failed", "reason": str(error)}
        except Exception as error:
            traceback.print_exc()
            return {"outcome": "failed", "reason": f"{type(error).__name__}: {error}"}
        problems = [step for step in request["steps"] if "shuffle" not in step]
        of = self.function.claim
        claim = {"algorithm": "direct", **(of(problems[0]) if callable(of) else of)}
        return {"outcome": "completed", "algorithm": self.function.name, "claim": claim}

    def chain(self, steps: list[Problem], arrays: dict, threads: int) -> np.ndarray:
        """Each step reads what the one before wrote, in place of its x (of y for a deconvolution)."""
        result = None
        for index, step in enumerate(steps):
            if "shuffle" in step:
                result = shuffled(result, step["shuffle"])
                continue
            first, second, _ = OPERANDS[step["operation"]]
            data = arrays[index, first] if result is None else result
            bias = arrays.get((index, "bias"))
            result = self.function(step, data, arrays[index, second], bias, threads)
        return result

    def time(
        self, call: Callable[[], None], last: Callable[[], None], timing: Message
    ) -> Message:
        """Times calls of which the last one is `last`."""

        def seconds(calls: int) -> float:
            start = time.perf_counter()
            for _ in range(calls - 1):
                call()
            last()
            return time.perf_counter() - start

        start = time.perf_counter()
        call()
        first = time.perf_counter() - start
        if first > timing["budget_seconds"]:
            return {"over_budget": True, "lower_bound_seconds": first}
        calls, enough = timing.get("calls", 0), timing["min_block_seconds"]
        if calls > 0:
            elapsed = seconds(calls)
        else:
            calls, elapsed = 1, 0.0
            while (elapsed := seconds(calls)) < enough:  # One block, long enough as a whole.
                calls = max(2 * calls, min(100 * calls, int(calls * 1.1 * enough / elapsed)))
        return {
            "calls": calls,
            "seconds_per_call": elapsed / calls,
            "algorithm": self.function.name,
        }


def load_function(target: str) -> Function:
    """`module:function`, the module on the path or in this folder, or `folder/file.py:function`."""
    module_name, _, function_name = target.partition(":")
    sys.path.insert(0, os.getcwd())
    if module_name.endswith(".py"):
        path = pathlib.Path(module_name)
        sys.path.insert(0, str(path.parent))
        module_name = path.stem
    module = importlib.import_module(module_name)
    call = getattr(module, function_name, None)
    if not callable(call):
        raise Wrong(f"module {module_name} has no function {function_name}")
    return Function(call, function_name)


def read_exactly(descriptor: int, count: int) -> bytes:
    """`count` bytes, or fewer at the end of the file."""
    data = b""
    while len(data) < count:
        piece = os.read(descriptor, count - len(data))
        if not piece:
            break
        data += piece
    return data


def send(descriptor: int, message: Message) -> None:
    body = json.dumps(message).encode()
    data = struct.pack("<I", len(body)) + body
    while data:
        data = data[os.write(descriptor, data) :]


def serve(peer: Peer, requests: int, answers: int) -> int:
    while True:
        header = read_exactly(requests, 4)
        if not header:
            return 0
        (length,) = struct.unpack("<I", header.ljust(4, b"\0"))
        body = read_exactly(requests, length) if length <= MAX_MESSAGE_BYTES else b""
        if len(header) < 4 or len(body) < length:
            print("convcheck_peer.py: a request ended early or is too long", file=sys.stderr)
            return 2
        request = json.loads(body)
        if request.get("request") == "quit":
            return 0
        try:
            answer = peer.answer(request)
        except Wrong as error:
            answer = {"error": {"message": str(error)}}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": {"message": f"{type(error).__name__}: {error}"}}
        for part in (answer, answer.get("error", {})):
            for key in part.keys() & {"reason", "message"}:
                part[key] = str(part[key])[:MAX_REASON_CHARACTERS]
        sys.stdout.flush()
        send(answers, {"id": request.get("id"), **answer})


def descriptors() -> tuple[int, int] | None:
    """Where requests come from and answers go; None if convcheck has not started this program."""
    variables = [os.environ.get(f"CONVCHECK_{side}_FD") for side in ("REQUEST", "ANSWER")]
    if None in variables:
        print("This program is started by convcheck, which gives it its descriptors.", file=sys.stderr)
        return None
    return int(variables[0]), int(variables[1])


def serve_variants(functions: dict[str, Callable[..., Any]]) -> int:
    """For programs that are engines of their own: serves the function that the first argument names."""
    variant = sys.argv[1] if len(sys.argv) > 1 else ""
    if variant not in functions:
        known = ", ".join(name for name in functions if name) or "none"
        print(f"{sys.argv[0]}: no variant {variant}; there are: {known}", file=sys.stderr)
        return 2
    channel = descriptors()
    function = functions[variant]
    return 2 if channel is None else serve(Peer(lambda: Function(function, variant or "conv")), *channel)


def main() -> int:
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    named = len(sys.argv) == 2 and ":" in sys.argv[1]
    channel = descriptors() if named else None
    if channel is None:
        print(
            "usage: convcheck validate --engine 'exec:python3 convcheck_peer.py MODULE:FUNCTION'",
            file=sys.stderr,
        )
        return 2
    return serve(Peer(lambda: load_function(sys.argv[1])), *channel)


if __name__ == "__main__":
    sys.exit(main())
