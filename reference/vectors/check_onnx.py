#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ONNX's own test data through the oracle: check_onnx.py CONVCHECK [FOLDER].

FOLDER is where Debian's libonnx-testdata has them. Every model that is one Conv, ConvTranspose or
ConvInteger is solved by `convcheck solve`; what the model was recorded with must lie within the bound
of an f32 sum of the same terms in any order, and integers must be the same.
"""

import collections
import json
import math
import pathlib
import subprocess
import sys
import tempfile
from fractions import Fraction

import numpy

import exact
import onnx_problems

FOLDER = "/usr/lib/python3/dist-packages/onnx/backend/test/data"
# What version 1.12.0 has; fewer are a set that has vanished.
COUNTS = {
    ("node", "Conv"): 6,
    ("node", "ConvInteger"): 3,
    ("node", "ConvTranspose"): 10,
    ("pytorch-converted", "Conv"): 26,
    ("pytorch-converted", "ConvTranspose"): 2,
    ("pytorch-operator", "Conv"): 1,
    ("pytorch-operator", "ConvTranspose"): 1,
}
NUMPY = {"f32": "<f4", "s32": "<i4", "u8": "|u1", "s8": "|i1"}
SKIPPED = 77  # CTest's SKIP_RETURN_CODE.
MOST_FRACTIONS = 10000  # Products of a problem that is summed in fractions, too.


def solve(command, case, folder):
    """(outputs, S, terms) by the oracle, the first two flat."""
    arguments = [command, "solve", case.problem]
    for role, tensor in case.operands.items():
        path = folder / f"{role}.npy"
        numpy.save(path, numpy.array(tensor.values, NUMPY[tensor.type]).reshape(tensor.shape))
        arguments += [f"--{role}", path]
    arguments += ["--out", folder / "out.npy", "--bounds", folder / "bounds.json"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"convcheck solve exited with {done.returncode}: {done.stderr}")
    bounds = json.loads((folder / "bounds.json").read_text())
    sum_abs = numpy.array([float.fromhex(s) for s in bounds["sum_abs"]])
    return numpy.load(folder / "out.npy"), sum_abs, bounds["terms"]


def beyond_bound(case, value, sum_abs, terms):
    """How many recorded outputs are wrong, and the greatest error in units of its bound.

    An f32 sum of `terms` products in any order errs by at most terms * 2^-24 * S (Jeannerod and Rump
    2013) and terms * 2^-150 where products underflow; the oracle's own output by half its last bit.
    """
    recorded = numpy.array(case.output.values, NUMPY[case.output.type]).reshape(-1)
    value = value.reshape(-1)
    if case.output.type != "f32":
        return int(numpy.count_nonzero(recorded != value)), 0.0
    half_ulp = numpy.spacing(numpy.abs(value)).astype("f8") / 2
    bound = terms * (2.0**-24 * sum_abs + 2.0**-150) + half_ulp
    error = numpy.abs(recorded.astype("f8") - value.astype("f8"))
    # A few roundings of f64 in the error and the bound.
    wrong = ~(error <= bound * (1 - 2.0**-50))
    return int(numpy.count_nonzero(wrong)), float(numpy.max(error / bound, initial=0))


def differs_from_fractions(case, value, sum_abs):
    """The first output that is not the rounded sum in fractions, as a sentence, or None."""
    p = exact.Problem(case.problem)
    values = {role: [Fraction(v) for v in t.values] for role, t in case.operands.items()}
    for i, (products, bias) in enumerate(exact.terms(p, values)):
        total = exact.total(products, bias)
        right = exact.rounded(total, p.types[p.written])
        given = value.reshape(-1)[i].item()
        if given != right or math.copysign(1, given) != math.copysign(1, right):
            return f"output {i} is {given!r}; in fractions it is {exact.printed(right)}"
        if Fraction(sum_abs[i]) < exact.total_abs(products, bias):
            return f"S of output {i} is {sum_abs[i]!r}, too small"
    return None


def check(command, path):
    """(what is wrong, products, greatest error, summed in fractions) of one model."""
    case = onnx_problems.read_case(path)
    p = exact.Problem(case.problem)
    if p.shape(p.written) != list(case.output.shape):
        return f"the output has shape {case.output.shape}, not {p.shape(p.written)}", 0, 0.0, False
    products = math.prod(p.shape("y")) * math.prod(p.shape("w")[1:])
    with tempfile.TemporaryDirectory() as folder:
        value, sum_abs, terms = solve(command, case, pathlib.Path(folder))
    count, error = beyond_bound(case, value, sum_abs, terms)
    wrong = f"{count} recorded outputs are beyond the bound" if count else None
    small = products <= MOST_FRACTIONS
    if small:
        wrong = differs_from_fractions(case, value, sum_abs) or wrong
    return wrong, products, error, small


def main(command, folder):
    if not folder.is_dir():
        print(f"skipped: {folder} does not exist; scripts/setup installs libonnx-testdata")
        return SKIPPED
    counts, failures, in_fractions = collections.Counter(), [], 0
    for part in sorted({part for part, _ in COUNTS}):
        for path in sorted((folder / part).iterdir()):
            operator = onnx_problems.operator(path)
            if operator is None:
                continue
            wrong, products, error, small = check(command, path)
            counts[part, operator] += 1
            in_fractions += small
            print(f"{part}/{path.name}: {products} products, error {error:.2g} of the bound")
            if wrong:
                failures.append(f"{part}/{path.name}: {wrong}")
    for (part, operator), least in COUNTS.items():
        print(f"{operator} of {part}: {counts[part, operator]} vectors")
        if counts[part, operator] < least:
            failures.append(f"{operator} of {part}: {counts[part, operator]} vectors, not {least}")
    print(f"{sum(counts.values())} vectors, {in_fractions} of them also in exact fractions")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else FOLDER)))
