# SPDX-License-Identifier: Apache-2.0
"""`convcheck solve` on files, right and wrong; values checked with Fraction. Run by CTest."""

import itertools
import json
import math
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

import numpy as np

COMMAND = pathlib.Path(sys.argv[1]).resolve()
# numpy's type, significant bits, exponent of the least subnormal, bound 2^e of finite values
FLOATS = {
    "f32": ("<f4", 24, -149, 128),
    "f64": ("<f8", 53, -1074, 1024),
    "bf16": ("<u2", 8, -133, 128),
    "f16": ("<f2", 11, -24, 16),
}
INTEGERS = {"s32": ("<i4", -(2**31), 2**31 - 1), "s8": ("|i1", -128, 127), "u8": ("|u1", 0, 255)}


def numpy_type(kind):
    return (FLOATS.get(kind) or INTEGERS[kind])[0]


def number(kind, element):
    """The finite value of a stored element."""
    if kind == "bf16":
        return Fraction(float(np.array([int(element) << 16], "<u4").view("<f4")[0]))
    return Fraction(int(element)) if kind in INTEGERS else Fraction(float(element))


def rounded(kind, value):
    """`value` rounded once to `kind`, to nearest even; "inf" beyond the largest finite value."""
    if kind in INTEGERS:
        _, low, high = INTEGERS[kind]
        return min(max(Fraction(round(value)), low), high)
    _, bits, least, top = FLOATS[kind]
    if value == 0:
        return value
    exponent = math.floor(math.log2(abs(value))) if abs(value) > 2**-1000 else -1074
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - bits + 1, least)
    result = round(value / unit) * unit
    if abs(result) >= Fraction(2) ** top:
        return "-inf" if value < 0 else "inf"
    return result


def fold(i, n, mode):
    """Where index i of a padded axis lies, or None for a zero."""
    if 0 <= i < n:
        return i
    if mode == "zeros":
        return None
    if mode == "replicate" or n == 1:
        return min(max(i, 0), n - 1)
    if mode == "circular":
        return i % n
    i %= 2 * (n - 1)
    return i if i < n else 2 * (n - 1) - i


class Problem:
    """A two-dimensional convolution of equal extents on both axes, by the trilinear form."""

    def __init__(self, operation="conv", types="f32", mode="zeros", flip=False, bias=False,
                 groups=1, stride=1, dilation=1, zero_points=(0, 0)):  # fmt: skip
        self.operation, self.mode, self.flip, self.bias = operation, mode, flip, bias
        self.types = types.split("-") * (3 if "-" not in types else 1)
        self.groups, self.stride, self.dilation = groups, stride, dilation
        self.zero_points = zero_points
        self.batch, self.in_channels, self.out_channels = 2, 2 * groups, 3 * groups
        self.x_size, self.k_size, self.pad = 4, 2, 1
        reach = (self.k_size - 1) * dilation + 1
        self.y_size = (self.x_size + 2 * self.pad - reach) // stride + 1
        words = ["" if operation == "conv" else operation, "" if types == "f32" else types,
                 "true" if flip else "", "" if mode == "zeros" else mode, "bias" if bias else ""]  # fmt: skip
        words += [f"{w}zp={z}" for w, z in zip("xw", zero_points) if z]
        ic, oc, small, large = self.in_channels, self.out_channels, self.y_size, self.x_size
        if operation == "deconv":  # Its driver names the side that is read first.
            ic, oc, small, large = oc, ic, large, small
        self.name = "".join(w + ":" for w in words if w) + (
            f"g{groups}mb{self.batch}_ic{ic}ih{large}_oc{oc}oh{small}_kh{self.k_size}"
            f"sh{stride}ph{self.pad}dh{dilation - 1}"
        )
        self.shapes = {
            "x": (self.batch, self.in_channels, self.x_size, self.x_size),
            "w": (self.out_channels, self.in_channels // groups, self.k_size, self.k_size),
            "y": (self.batch, self.out_channels, self.y_size, self.y_size),
        }
        self.written = {"conv": "y", "deconv": "x", "wgrad": "w"}[operation]
        if bias:
            self.shapes["bias"] = (self.shapes[self.written][1],)
        self.kinds = dict(zip("xwy", self.types))
        self.kinds["bias"] = self.kinds[self.written]
        self.reads = [name for name in ("x", "w", "bias", "y")
                      if name in self.shapes and name != self.written]  # fmt: skip

    def terms(self):
        """(index of x, of w, of y) of every term."""
        ic, oc = self.in_channels // self.groups, self.out_channels // self.groups
        sizes, taps = range(self.y_size), range(self.k_size)
        for n, m, c in itertools.product(
            range(self.batch), range(self.out_channels), range(ic)
        ):
            for o, t in itertools.product(
                itertools.product(sizes, sizes), itertools.product(taps, taps)
            ):
                i = [fold(a * self.stride + b * self.dilation - self.pad, self.x_size, self.mode)
                     for a, b in zip(o, t)]  # fmt: skip
                if None in i:
                    continue
                tap = [self.k_size - 1 - a for a in t] if self.flip else t
                yield (n, m // oc * ic + c, *i), (m, c, *tap), (n, m, *o)

    def exact(self, operands):
        """Sums and sums of magnitudes of every output, as arrays of Fraction."""
        values = {}
        for name in self.reads:
            zero = self.zero_points["xw".index(name)] if name in "xw" else 0
            flat = [number(self.kinds[name], e) - zero for e in operands[name].flat]
            values[name] = np.array(flat, object).reshape(operands[name].shape)
        shape = self.shapes[self.written]
        total, magnitude = np.full(shape, Fraction(0)), np.full(shape, Fraction(0))
        for position in itertools.product(*map(range, shape)) if self.bias else ():
            total[position] = values["bias"][position[1]]
            magnitude[position] = abs(total[position])
        for x, w, y in self.terms():
            at = {"x": x, "w": w, "y": y}
            term = Fraction(1)
            for name in "xwy":
                if name != self.written:
                    term *= values[name][at[name]]
            total[at[self.written]] += term
            magnitude[at[self.written]] += abs(term)
        return total, magnitude

    def draw(self, seed, cancelling=False):
        """Random operands; `cancelling` makes most sums lose most of their bits."""
        source = random.Random(f"{self.name}{seed}")
        operands = {}
        for name in self.reads:
            kind, shape = self.kinds[name], self.shapes[name]
            count = math.prod(shape)
            if kind in INTEGERS:
                _, low, high = INTEGERS[kind]
                flat = [source.randint(max(low, -1000), min(high, 1000)) for _ in range(count)]
            elif cancelling:
                flat = [source.choice([1, -1]) * (1 + source.choice([0, 2**-7])) for _ in range(count)]
            else:
                flat = [source.gauss(0, 1) * 2 ** source.randint(-6, 6) for _ in range(count)]
            if kind == "bf16":  # The upper half of an f32.
                flat = np.array(flat, "<f4").view("<u4") >> 16
            operands[name] = np.array(flat).astype(numpy_type(kind)).reshape(shape)
        return operands


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_command(self, *arguments, **options):
        return subprocess.run([COMMAND, "solve", *map(str, arguments)], cwd=self.path,
                              capture_output=True, text=True, timeout=240, check=False, **options)  # fmt: skip

    def save(self, name, array):
        np.save(self.path / f"{name}.npy", array)
        return f"{name}.npy"

    def solve(self, problem, operands, *arguments):
        options = []
        for name, array in operands.items():
            options += [f"--{name}", self.save(name, array)]
        return self.run_command(problem.name, *options, *arguments)


class Right(Files):
    def check(self, problem, operands):
        answer = self.solve(problem, operands, "--out", "out.npy", "--exact", "exact.json",
                            "--bounds", "bounds.json", "--threads", "2")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        total, magnitude = problem.exact(operands)
        kind = problem.kinds[problem.written]
        out = np.load(self.path / "out.npy")
        self.assertEqual(out.dtype.str, numpy_type(kind))
        self.assertEqual(out.shape, total.shape)
        exact = json.loads((self.path / "exact.json").read_text(encoding="utf-8"))
        bounds = json.loads((self.path / "bounds.json").read_text(encoding="utf-8"))
        for document in (exact, bounds):
            self.assertEqual(document["shape"], list(total.shape))
            self.assertEqual(document["type"], kind)
            self.assertEqual(document["output"], problem.written)
        self.assertEqual(len(exact["exact"]), total.size)
        n = bounds["terms"]
        for i, (sum_, size) in enumerate(zip(total.flat, magnitude.flat)):
            wanted = rounded(kind, sum_)
            self.assertNotIsInstance(wanted, str)
            self.assertEqual(number(kind, out.flat[i]), wanted, problem.name)
            units, power = exact["exact"][i].split("*2^")
            self.assertEqual(int(units) * Fraction(2) ** int(power), sum_, problem.name)
            self.assertTrue(int(units) % 2 == 1 or exact["exact"][i] == "0*2^0")
            value, low, high, sum_abs = (
                Fraction(float.fromhex(bounds[key][i])) for key in ("value", "low", "high", "sum_abs")
            )
            self.assertEqual(value, wanted)
            self.assertTrue(low <= sum_ <= high, problem.name)
            # Two neighbours of a double at most.
            self.assertLessEqual(high - low, 4 * max(abs(sum_) * Fraction(2) ** -52, Fraction(2) ** -1074))
            self.assertTrue(size <= sum_abs <= size * (1 + 2 * (n + 2) * Fraction(2) ** -53))
        return answer, bounds

    def test_every_operation_padding_and_orientation(self):
        for operation, mode, flip in itertools.product(
            ("conv", "deconv", "wgrad"), ("zeros", "reflect", "replicate", "circular"), (False, True)
        ):  # fmt: skip
            problem = Problem(operation, mode=mode, flip=flip, bias=operation != "wgrad" and flip)
            self.check(problem, problem.draw(1))

    def test_every_type(self):
        for types in ("f64", "bf16", "f16", "bf16-bf16-f32", "f16-f16-f32", "u8-s8-s32",
                      "u8-s8-f32", "s8-s8-s8"):  # fmt: skip
            problem = Problem(types=types, bias=True, groups=2)
            self.check(problem, problem.draw(1))
        for operation in ("deconv", "wgrad"):
            for types in ("f64", "bf16", "f16", "s8"):
                problem = Problem(operation, types=types)
                self.check(problem, problem.draw(1))

    def test_zero_points_strides_and_dilation(self):
        problem = Problem(types="u8-s8-s32", stride=2, dilation=2, zero_points=(7, -3))
        self.check(problem, problem.draw(1))
        problem = Problem("wgrad", types="u8-f32-f32", zero_points=(7, 0))
        self.check(problem, problem.draw(1))

    def test_cancelling_data_need_the_exact_sums(self):
        problem = Problem()
        operands = problem.draw(1, cancelling=True)
        operands["x"][0, 0] += np.float32(2**-23)
        self.check(problem, operands)

    def test_the_summary_counts_outputs_terms_and_tiers(self):
        problem = Problem()
        answer, bounds = self.check(problem, problem.draw(1))
        self.assertIn(f"{math.prod(problem.shapes['y'])} outputs", answer.stdout)
        self.assertIn("terms: at most 8 an output", answer.stdout)
        for tier in set(bounds["tier"]):
            self.assertIn(f"{tier} {bounds['tier'].count(tier)} (", answer.stdout)
        self.assertIn("wrote out.npy", answer.stdout)

    def test_what_is_not_finite(self):
        problem = Problem()
        operands = problem.draw(1)
        operands["x"][0, 0, 0, 0] = np.inf
        operands["x"][1, 1, 3, 3] = np.nan
        operands["w"][:] = np.abs(operands["w"]) + 1
        answer = self.solve(problem, operands, "--out", "out.npy", "--exact", "exact.json",
                            "--bounds", "bounds.json")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        out = np.load(self.path / "out.npy")
        exact = json.loads((self.path / "exact.json").read_text(encoding="utf-8"))["exact"]
        bounds = json.loads((self.path / "bounds.json").read_text(encoding="utf-8"))
        self.assertEqual(int(np.isinf(out).sum()), 3 * 4)
        self.assertEqual(int(np.isnan(out).sum()), 3 * 4)
        for i, value in enumerate(out.flat):
            if not np.isfinite(value):
                self.assertEqual(exact[i], "nan" if np.isnan(value) else "inf")
                self.assertEqual(bounds["tier"][i], "non-finite")
                self.assertEqual(bounds["low"][i], bounds["high"][i])

    def test_overflow_is_a_rounding_and_its_exact_value_is_finite(self):
        problem = Problem(types="f16")
        operands = {name: np.full(problem.shapes[name], 60000, "<f2") for name in "xw"}
        answer = self.solve(problem, operands, "--out", "out.npy", "--exact", "exact.json")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertTrue(np.isposinf(np.load(self.path / "out.npy")).all())
        exact = json.loads((self.path / "exact.json").read_text(encoding="utf-8"))["exact"]
        units, power = exact[0].split("*2^")
        self.assertEqual(int(units) * 2 ** int(power), 2 * 60000 * 60000)

    def test_a_chain_rounds_between_its_steps(self):
        name = "mb1ic4ih3oc4oh3kh1ph0 | shuffle:2 | bias:mb1ic4ih3oc1oh3kh1ph0"
        source = random.Random(1)
        shapes = {"in": (1, 4, 3, 3), "w0": (4, 4, 1, 1), "w1": (1, 4, 1, 1), "bias1": (1,)}
        data = {key: np.array([source.gauss(0, 1) for _ in range(math.prod(shape))], "<f4")
                .reshape(shape) for key, shape in shapes.items()}  # fmt: skip
        options = []
        for key, array in data.items():
            options += ["--operand", f"{key}={self.save(key, array)}"]
        answer = self.run_command(name, *options, "--out", "out.npy", "--exact", "exact.json",
                                  "--bounds", "bounds.json")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        out = np.load(self.path / "out.npy")
        exact = json.loads((self.path / "exact.json").read_text(encoding="utf-8"))["exact"]
        values = {key: [Fraction(float(v)) for v in array.flat] for key, array in data.items()}
        for at in range(9):
            middle = [rounded("f32", sum(values["w0"][4 * m + c] * values["in"][9 * c + at]
                                         for c in range(4))) for m in range(4)]  # fmt: skip
            shuffled = [middle[0], middle[2], middle[1], middle[3]]
            sum_ = values["bias1"][0] + sum(map(Fraction.__mul__, values["w1"], shuffled))
            self.assertEqual(Fraction(float(out.flat[at])), rounded("f32", sum_))
            units, power = exact[at].split("*2^")
            self.assertEqual(int(units) * Fraction(2) ** int(power), sum_)

    def test_an_empty_batch_has_an_empty_result(self):
        name = "bias:mb0ic1ih3oc1oh3kh1ph0"
        self.save("x", np.zeros((0, 1, 3, 3), "f4"))
        self.save("w", np.zeros((1, 1, 1, 1), "f4"))
        self.save("bias", np.zeros((1,), "f4"))
        answer = self.run_command(name, "--x", "x.npy", "--w", "w.npy", "--bias", "bias.npy",
                                  "--out", "out.npy", "--exact", "e", "--bounds", "b")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(np.load(self.path / "out.npy").shape, (0, 1, 3, 3))

    def test_the_example_of_the_help_works(self):
        lines = re.findall(r"^  (python3 .*|convcheck solve .*)$", self.run_command("--help").stdout, re.M)
        self.assertEqual(len(lines), 3)
        script = "\n".join(lines).replace("python3", sys.executable).replace(
            "convcheck", str(COMMAND))  # fmt: skip
        answer = subprocess.run(["sh", "-ec", script], cwd=self.path, capture_output=True, text=True,
                                timeout=240, check=False)  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(np.load(self.path / "y.npy").shape, (1, 3, 5, 5))


class Wrong(Files):
    NAME = "mb1ic2ih4oc3oh4kh3ph1"

    def setUp(self):
        super().setUp()
        self.x = np.ones((1, 2, 4, 4), "<f4")
        self.save("x", self.x)
        self.save("w", np.ones((3, 2, 3, 3), "<f4"))

    def refuse(self, words, *arguments, name=NAME, code=2, lines=1, **options):
        answer = self.run_command(name, *arguments, **options)
        self.assertEqual(answer.returncode, code, answer)
        for word in words:
            self.assertIn(word, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), lines, answer.stderr)
        self.assertEqual(answer.stdout, "")
        left = {path.name for path in self.path.iterdir()}
        self.assertFalse(left & {"y.npy", "e.json"} or [f for f in left if f.endswith(".tmp")], left)

    def refuse_x(self, words, path="x.npy"):
        self.refuse(words, "--x", path, "--w", "w.npy", "--out", "y.npy", "--exact", "e.json")

    def test_operands(self):
        self.refuse(["operand w is missing", "--w FILE.npy", "f32 [3, 2, 3, 3]"],
                    "--x", "x.npy", "--out", "y.npy")  # fmt: skip
        both = ["--x", "x.npy", "--w", "w.npy", "--out", "y.npy"]
        self.refuse(["--y", "is what the problem writes", "x f32"], *both, "--y", "x.npy")
        self.refuse(["--bias", "no such bias", "bias:"], *both, "--bias", "x.npy")
        self.refuse(["--q", "no operand has that name"], *both, "--operand", "q=x.npy")
        self.refuse(["'x.npy' is not NAME=FILE"], *both, "--operand", "x.npy")
        self.refuse(["x is given twice", "w.npy"], *both, "--operand", "x=w.npy")
        self.refuse(["operand bias is missing", "f32 [3]"], *both, name="bias:" + self.NAME)
        chain = f"{self.NAME} | mb1ic3ih4oc1oh4kh1ph0"
        self.refuse(["--operand x=", "in f32", "w1 f32"], *both, name=chain)
        self.refuse(["operand w0 is missing", "--operand w0=FILE.npy"], "--operand", "in=x.npy",
                    "--out", "y.npy", name=chain)  # fmt: skip

    def test_problems_and_options(self):
        both = ["--x", "x.npy", "--w", "w.npy"]
        self.refuse(["unknown key 'zz'"], *both, "--out", "y.npy", name="ic1ih8oc2kh3zz1")
        self.refuse(["--out FILE.npy", "--exact"], *both)
        self.refuse(["--out and --exact are both"], *both, "--out", "e.json", "--exact", "./e.json")
        self.refuse(["--threads", "0", "--help"], *both, "--out", "y.npy", "--threads", "0", lines=2)
        # Refused before the 10^8 outputs take memory.
        self.save("x", np.ones((1, 1, 2), "<f4"))
        self.save("w", np.ones((1, 1, 1), "<f4"))
        self.refuse(["pieces", "axis w", "2^24"], *both, "--out", "y.npy",
                    name="circular:mb1ic1iw2_oc1ow99999999_kw1pw0sw1")  # fmt: skip

    def test_shapes_types_and_orders(self):
        for array, words in (
            (np.ones((1, 2, 4, 5)), ["[1, 2, 4, 5]", "x", "[1, 2, 4, 4]"]),
            (np.ones((2, 4, 4)), ["[2, 4, 4]"]),
            (np.float32(1), ["[]"]),
        ):
            self.save("x", array.astype("<f4"))
            self.refuse_x(["x.npy", *words])
        for kind in ("<f8", "<f2", "<i4", "<u2", "<c8", "|b1", "<U1"):
            self.save("x", self.x.astype(kind))
            self.refuse_x(["x.npy", f"descr is '{kind}'", "f32 are '<f4'"])
        self.save("x", self.x.astype(">f4"))
        self.refuse_x(["x.npy", "'>f4', big endian", "astype('<f4')"])
        self.save("x", np.asfortranarray(self.x * np.arange(4, dtype="<f4")))
        self.refuse_x(["x.npy", "fortran_order is True", "ascontiguousarray"])

    def test_files_that_are_no_arrays(self):
        whole = (self.path / "x.npy").read_bytes()
        for bytes_, words in (
            (b"", ["no .npy file"]),
            (b"1 2 3\n", ["no .npy file"]),
            (whole[:7], ["ends inside its version"]),
            (whole[:60], ["ends inside its header"]),
            (whole[:-1], ["127 bytes of data", "[1, 2, 4, 4]"]),
            (whole + b"\0", ["129 bytes of data"]),
            (whole[:6] + b"\x09" + whole[7:], [".npy version 9.0"]),
            (whole.replace(b"'descr'", b"'desce'"), ["the key 'desce'"]),
            (whole.replace(b"(1, 2, 4, 4)", b"(1, 2, x, 4)"), ["an extent"]),
            (whole.replace(b"(1, 2, 4, 4)", b"(-1, 2,4, 4)"), ["an extent"]),
            (whole.replace(b"False", b"Maybe"), ["True or False"]),
        ):
            (self.path / "x.npy").write_bytes(bytes_)
            self.refuse_x(["x.npy", *words])
        np.savez(self.path / "x.npz", x=self.x)
        self.refuse_x(["x.npz", "zip archive", ".npy"], "x.npz")
        self.refuse_x(["none.npy", "No such file"], "none.npy")
        self.refuse_x(["Is a directory"], ".")

    def test_outputs_that_cannot_be_written(self):
        both = ["--x", "x.npy", "--w", "w.npy"]
        self.refuse(["no/y.npy", "No such file"], *both, "--out", "no/y.npy")
        self.refuse(["'.'", "Is a directory"], *both, "--out", ".")
        self.refuse(["/dev/full", "No space left"], *both, "--out", "/dev/full")
        self.refuse(["/dev/full", "No space left"], *both, "--exact", "/dev/full")
        self.refuse(["y.npy", "too large"], *both, "--out", "y.npy",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))  # fmt: skip
        if os.geteuid() != 0:  # Nothing is forbidden to root.
            (self.path / "locked").mkdir(mode=0o500)
            self.refuse(["locked", "Permission denied"], *both, "--out", "locked/y.npy")

    def test_a_failure_keeps_the_old_file(self):
        (self.path / "old.npy").write_bytes(b"old")
        self.refuse(["too large"], "--x", "x.npy", "--w", "w.npy", "--out", "old.npy",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))  # fmt: skip
        self.assertEqual((self.path / "old.npy").read_bytes(), b"old")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
