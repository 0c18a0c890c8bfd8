#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Python peer, spoken to over the pipe protocol as convcheck does."""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest

import numpy as np

import convcheck_peer  # Beside this file.

HERE = pathlib.Path(__file__).resolve().parent
PEER = HERE / "convcheck_peer.py"
EXAMPLE = HERE.parent / "examples" / "numpy_conv.py"

FUNCTIONS = """
import os, sys
import numpy as np
def plain(x, w):
    return np.einsum("nchw,mc->nmhw", x, w[:, :, 0, 0])
def wrong_shape(x, w):
    return plain(x, w)[:, :, 1:]
def double(x, w):
    return plain(x, w).astype(np.float64)
def nothing(x, w):
    plain(x, w)
def raises(x, w):
    raise ValueError("no such luck")
def refuses(x, w):
    raise NotImplementedError("not on Mondays")
def prints(x, w):
    print("noise" * 1000, flush=True)
    os.write(1, b"more noise")
    sys.stderr.write("and more")
    return plain(x, w)
def dies(x, w):
    os._exit(7)
def demands(x, w, colour):
    return plain(x, w)
def anything(a, b, **options):
    problem = options["problem"]
    return np.full(options["out_shape"], problem["pad_begin"][0], np.float32)
def claims(x, w):
    return plain(x, w)
claims.convcheck_claim = {"algorithm": "winograd", "deterministic": True}
claims.convcheck_types = ("f32", "f64")
claims.convcheck_supports = lambda problem: "too many" if problem["batch"] > 3 else None
"""


def problem(**changes):
    """1x1, which `plain` computes; a tuple stands for both axes."""
    p = {
        **dict(operation="conv", rank=2, batch=2, groups=1, in_channels=3, out_channels=4),
        **dict(x_extent=[5, 6], w_extent=[1, 1], y_extent=[5, 6], stride=[1, 1], dilation=[1, 1]),
        **dict(pad_begin=[0, 0], pad_end=[0, 0], padding_mode="zeros"),
        **dict(orientation="cross-correlation", x_type="f32", w_type="f32", y_type="f32"),
        **dict(has_bias=False, x_zero_point=0, w_zero_point=0),
    }
    return p | changes


def correlate(p, x, w, bias=None):
    """Every output on its own, by the definition, in f64."""
    y = np.zeros((p["batch"], p["out_channels"], *p["y_extent"]))
    per_group = p["in_channels"] // p["groups"]
    for n, m, i, j in np.ndindex(*y.shape):
        y[n, m, i, j] = 0 if bias is None else bias[m]
        first = m // (p["out_channels"] // p["groups"]) * per_group
        for c, r, s in np.ndindex(per_group, *p["w_extent"]):
            row = i * p["stride"][0] + r * p["dilation"][0] - p["pad_begin"][0]
            column = j * p["stride"][1] + s * p["dilation"][1] - p["pad_begin"][1]
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                y[n, m, i, j] += float(x[n, first + c, row, column]) * float(w[m, c, r, s])
    return y


class Process:
    """A peer with its descriptors, as convcheck starts it."""

    def __init__(self, target, folder=None):
        self.tensors = os.memfd_create("tensors")
        requests, self.requests = os.pipe()
        self.answers, answers = os.pipe()
        variables = {"CONVCHECK_REQUEST_FD": str(requests), "CONVCHECK_ANSWER_FD": str(answers)}
        self.process = subprocess.Popen(
            [sys.executable, str(PEER), target],
            pass_fds=(requests, answers, self.tensors),
            env=os.environ | variables,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(requests)
        os.close(answers)
        self.id = 0

    def ask(self, request, **fields):
        """The answer, or None where the peer has died."""
        self.id += 1
        body = json.dumps({"id": self.id, "request": request, **fields}).encode()
        os.write(self.requests, struct.pack("<I", len(body)) + body)
        header = os.read(self.answers, 4)
        if not header:
            return None
        (length,) = struct.unpack("<I", header)
        body = b""
        while len(body) < length:
            body += os.read(self.answers, length - len(body))
        answer = json.loads(body)
        assert answer.pop("id") == self.id
        return answer

    def hello(self):
        return self.ask("hello", protocol=1, engine="exec:test", tensor_fd=self.tensors)

    def end(self):
        """(stdout, stderr) after end of file."""
        os.close(self.requests)
        output = self.process.communicate(timeout=60)
        os.close(self.answers)
        os.close(self.tensors)
        return output


class PeerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = pathlib.Path(self.folder.name) / "functions.py"
        path.write_text(textwrap.dedent(FUNCTIONS))

    def start(self, target):
        peer = Process(target, self.folder.name)
        self.addCleanup(peer.process.kill)
        return peer

    def run_steps(self, peer, steps, arrays, shape, request="run", **fields):
        """Lays out `arrays` [(step, role, array)] and the output; the answer, and what was written."""
        entries, offset = [], 64
        output = np.full(shape, np.nan, np.float32)
        for step, role, array in [*arrays, (len(steps) - 1, "y", output)]:
            entry = {"name": role, "role": role, "step": step, "offset": offset}
            entry |= {"type": "f32", "shape": array.shape, "bytes": array.nbytes}
            entries.append(entry)
            os.pwrite(peer.tensors, array.tobytes(), offset)
            offset += array.nbytes + 64
        size = max(offset, os.fstat(peer.tensors).st_size)
        os.ftruncate(peer.tensors, size)
        *operands, written = entries
        answer = peer.ask(
            request, chain="", steps=steps, environment={"threads": 1}, operands=operands,
            output=written, tensor_bytes=size, **fields,
        )
        data = os.pread(peer.tensors, written["bytes"], written["offset"])
        return answer, np.frombuffer(data, np.float32).reshape(shape)

    def run_one(self, peer, p, bias=None, request="run", **fields):
        """(answer, what was written, what is right) on small integers."""
        random = np.random.default_rng(1)
        x_shape = (p["batch"], p["in_channels"], *p["x_extent"])
        w_shape = (p["out_channels"], p["in_channels"] // p["groups"], *p["w_extent"])
        x, w = (random.integers(-4, 5, s).astype(np.float32) for s in (x_shape, w_shape))
        arrays = [(0, "x", x), (0, "w", w)]
        if bias is not None:
            arrays.append((0, "bias", np.asarray(bias, np.float32)))
        right = correlate(p, x, w, bias)
        answer, y = self.run_steps(peer, [p], arrays, right.shape, request, **fields)
        return answer, y, right

    def failure(self, name):
        peer = self.start(f"functions:{name}")
        self.assertEqual(peer.hello()["protocol"], 1)
        answer, *_ = self.run_one(peer, problem())
        peer.end()
        return answer

    def test_a_function_of_two_arrays_is_enough(self):
        peer = self.start("functions:plain")
        self.assertEqual(
            peer.hello(), {"protocol": 1, "info": {"version": f"NumPy {np.__version__}"}}
        )
        for batch in (2, 3, 70):  # The tensor file grows.
            answer, y, right = self.run_one(peer, problem(batch=batch))
            self.assertEqual(answer["outcome"], "completed", answer)
            self.assertEqual((answer["algorithm"], answer["claim"]), ("plain", {"algorithm": "direct"}))
            np.testing.assert_array_equal(y, right)
        peer.end()
        self.assertEqual(peer.process.returncode, 0)

    def test_it_is_only_asked_what_it_declares(self):
        peer = self.start("functions:plain")
        peer.hello()
        asked = {
            "": problem(),
            "stride": problem(stride=[2, 1], y_extent=[3, 6], pad_end=[0, 0]),
            "dilation": problem(dilation=[1, 2], w_extent=[1, 2], y_extent=[5, 4]),
            "padding": problem(pad_begin=[1, 0], pad_end=[1, 0], y_extent=[7, 6]),
            "groups": problem(groups=2, in_channels=4),
            "bias": problem(has_bias=True),
            "rank": problem(rank=1, x_extent=[5], w_extent=[1], y_extent=[5], stride=[1],
                            dilation=[1], pad_begin=[0], pad_end=[0]),
            "operation": problem(operation="deconv"),
            "padding_mode": problem(padding_mode="circular"),
            "orientation": problem(orientation="convolution"),
        }
        for keyword, p in asked.items():
            with self.subTest(keyword):
                answer = peer.ask("supports", chain="", steps=[p])
                reason = f"plain has no argument {keyword}"
                expected = {"supported": False, "reason": reason} if keyword else {"supported": True}
                self.assertEqual(answer, expected)
        types = peer.ask("supports", chain="", steps=[problem(y_type="f64")])
        self.assertEqual(types, {"supported": False, "reason": "plain takes f32, not f64"})
        empty = peer.ask("supports", chain="", steps=[problem(batch=0)])
        self.assertIn("empty tensors", empty["reason"])
        peer.end()

    def test_the_example_does_all_that_it_declares(self):
        peer = self.start(f"{EXAMPLE}:conv")
        peer.hello()
        problems = [
            problem(w_extent=[3, 3], pad_begin=[1, 1], pad_end=[1, 1]),
            problem(w_extent=[3, 2], pad_begin=[2, 0], pad_end=[0, 1]),
            # The derived padding at the end is 0 and -1: the stride steps over the end.
            problem(w_extent=[3, 1], stride=[2, 2], pad_begin=[1, 0], pad_end=[1, -1], y_extent=[3, 3]),
            problem(w_extent=[2, 2], dilation=[2, 3], y_extent=[3, 3]),
            problem(groups=2, in_channels=4, w_extent=[2, 2], y_extent=[4, 5]),
        ]
        for p in problems:
            for bias in (None, [1.0, -2.0, 3.0, 5.0]):
                with self.subTest(p=p, bias=bias):
                    asked = p | {"has_bias": bias is not None}
                    self.assertTrue(peer.ask("supports", chain="", steps=[asked])["supported"])
                    answer, y, right = self.run_one(peer, asked, bias)
                    self.assertEqual(answer["outcome"], "completed", answer)
                    np.testing.assert_array_equal(y, right)
        cropped = problem(pad_begin=[-1, 0], y_extent=[4, 6])
        self.assertIn("negative", peer.ask("supports", chain="", steps=[cropped])["reason"])
        peer.end()

    def test_a_function_with_problem_is_asked_everything(self):
        peer = self.start("functions:anything")
        peer.hello()
        p = problem(pad_begin=[-1, 0], y_extent=[4, 6], orientation="convolution")
        self.assertEqual(peer.ask("supports", chain="", steps=[p]), {"supported": True})
        answer, y, _ = self.run_one(peer, p)
        self.assertEqual(answer["outcome"], "completed", answer)
        np.testing.assert_array_equal(y, -1)
        peer.end()

    def test_chains_pass_results_on(self):
        peer = self.start("functions:plain")
        peer.hello()
        random = np.random.default_rng(2)
        x = random.integers(-4, 5, (2, 3, 5, 6)).astype(np.float32)
        w0 = random.integers(-4, 5, (4, 3, 1, 1)).astype(np.float32)
        w2 = random.integers(-4, 5, (2, 4, 1, 1)).astype(np.float32)
        steps = [problem(), {"shuffle": 2}, problem(in_channels=4, out_channels=2)]
        right = correlate(steps[2], correlate(steps[0], x, w0)[:, [0, 2, 1, 3]], w2)
        arrays = [(0, "x", x), (0, "w", w0), (2, "w", w2)]
        answer, y = self.run_steps(peer, steps, arrays, right.shape)
        self.assertEqual(answer["outcome"], "completed", answer)
        np.testing.assert_array_equal(y, right)
        peer.end()

    def test_what_a_function_does_wrong_is_said(self):
        reasons = {
            "wrong_shape": "wrong_shape returned shape (2, 4, 4, 6), expected (2, 4, 5, 6)",
            "double": "double returned float64, expected float32",
            "nothing": "nothing returned NoneType, expected a NumPy array",
            "raises": "ValueError: no such luck",
        }
        for name, reason in reasons.items():
            with self.subTest(name):
                self.assertEqual(self.failure(name), {"outcome": "failed", "reason": reason})
        refused = {"outcome": "refused", "reason": "not on Mondays"}
        self.assertEqual(self.failure("refuses"), refused)

    def test_what_it_prints_is_no_answer(self):
        peer = self.start("functions:prints")
        peer.hello()
        answer, y, right = self.run_one(peer, problem())
        self.assertEqual(answer["outcome"], "completed")
        np.testing.assert_array_equal(y, right)
        stdout, stderr = peer.end()
        self.assertTrue(stdout.startswith(b"noise") and stdout.endswith(b"more noise"))
        self.assertEqual(stderr, b"and more")

    def test_its_death_is_seen(self):
        peer = self.start("functions:dies")
        peer.hello()
        answer, *_ = self.run_one(peer, problem())
        self.assertIsNone(answer)
        peer.end()
        self.assertEqual(peer.process.returncode, 7)

    def test_claims_types_and_refusals_are_its_own(self):
        peer = self.start("functions:claims")
        peer.hello()
        answer, *_ = self.run_one(peer, problem())
        self.assertEqual(answer["claim"], {"algorithm": "winograd", "deterministic": True})
        doubles = problem(x_type="f64", w_type="f64", y_type="f64")
        self.assertTrue(peer.ask("supports", chain="", steps=[doubles])["supported"])
        many = peer.ask("supports", chain="", steps=[problem(batch=4)])
        self.assertEqual(many, {"supported": False, "reason": "too many"})
        peer.end()

    def test_it_times_itself(self):
        peer = self.start("functions:plain")
        peer.hello()
        limits = {"min_block_seconds": 0.01, "budget_seconds": 60, "with_conversion": False}
        answer, y, right = self.run_one(peer, problem(), request="time", timing=limits)
        np.testing.assert_array_equal(y, right)
        timing = answer["timing"]
        self.assertGreaterEqual(timing["calls"], 1)
        self.assertGreaterEqual(timing["calls"] * timing["seconds_per_call"], 0.0099)
        limits["budget_seconds"] = 0
        answer, *_ = self.run_one(peer, problem(), request="time", timing=limits)
        self.assertTrue(answer["timing"]["over_budget"])
        self.assertGreater(answer["timing"]["lower_bound_seconds"], 0)
        peer.end()

    def test_a_function_that_cannot_be_served_is_explained(self):
        targets = {
            "functions:demands": "demands the argument colour",
            "functions:absent": "no function absent",
            "absent:conv": "No module named 'absent'",
        }
        for target, reason in targets.items():
            with self.subTest(target):
                peer = self.start(target)
                self.assertIn(reason, peer.hello()["error"]["message"])
                peer.end()

    def test_nonsense_is_answered_with_an_error(self):
        peer = self.start("functions:plain")
        self.assertIn("before hello", peer.ask("run")["error"]["message"])
        peer.hello()
        self.assertIn("unknown request", peer.ask("dance")["error"]["message"])
        self.assertIn("steps", peer.ask("supports")["error"]["message"])
        peer.end()
        self.assertEqual(peer.process.returncode, 0)

    def test_by_hand_it_says_how_it_is_used(self):
        done = subprocess.run([sys.executable, PEER, "a:b"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: convcheck validate", done.stderr)
        done = subprocess.run([sys.executable, PEER, "--help"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        for keyword in convcheck_peer.KEYWORDS:
            self.assertRegex(done.stdout, rf"\n    (stride, )?{keyword}\b")

    def test_without_numpy_it_says_so(self):
        # -S and -I leave out the folders in which packages are installed.
        done = subprocess.run(
            [sys.executable, "-S", "-I", PEER, "a:b"], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 3)
        self.assertIn("has no numpy", done.stderr)


if __name__ == "__main__":
    unittest.main()
