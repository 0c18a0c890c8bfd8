#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes every known-answer vector in exact fractions: check_vectors.py DIRECTORY.

Exact sums, S, rounded outputs and flags, from the names and inputs in the files alone; also that the
files follow their schema.
"""

import collections
import json
import math
import pathlib
import sys
from fractions import Fraction

import jsonschema

import exact


def unfolded(items):
    values = []
    for item in items:
        values += [item] if isinstance(item, str) else unfolded(item["of"]) * item["repeat"]
    return values


def is_negative(v):
    return math.copysign(1, v) < 0 if isinstance(v, float) else v < 0


def is_subnormal(v, type_):
    return (
        type_.low is None
        and exact.is_finite(v)
        and 0 < abs(v) < Fraction(2) ** (type_.least + type_.bits - 1)
    )


def rounding_flags(sum_, magnitudes, type_):
    flags = set()
    value = exact.rounded(sum_, type_)
    if abs(sum_) * 2**20 <= magnitudes:
        flags.add("cancellation")
    last = 0
    if type_.low is not None:
        if not type_.low <= sum_ <= type_.high:
            flags.add("clamp")
    else:
        wider = {8: (24, -149), 11: (24, -149), 24: (53, -1074), 53: (64, -16445)}[type_.bits]
        twice = exact.rounded(exact.nearest(sum_, *wider), type_)
        if twice != value:
            flags.add("double-rounding")
        if value in (math.inf, -math.inf):
            flags.add("overflow")
        if value == 0:
            flags.add("underflow")
        if is_subnormal(value, type_):
            flags.add("subnormal")
        last = max(exact.exponent(sum_) - type_.bits + 1, type_.least)
    halves = abs(sum_) / Fraction(2) ** (last - 1)
    distance = min(abs(halves - n) for n in range(int(halves) - 1, int(halves) + 3) if n % 2 == 1)
    if distance == 0:
        flags.add("tie")
    elif distance * 2**19 <= 1:
        flags.add("near-tie")
    return flags


def output_flags(products, bias, type_):
    flags = set()
    if not products:
        flags.add("no-terms")
    if len(products) >= 1000:
        flags.add("many-terms")
    sum_ = exact.total(products, bias)
    magnitudes = exact.total_abs(products, bias)
    if not exact.is_finite(sum_):
        if sum_ == sum_:
            return flags | {"inf"}
        factors = [f for p in products for f in p] + ([] if bias is None else [bias])
        return flags | ({"nan"} if any(f != f for f in factors) else {"nan", "invalid"})
    if type_.low is None and exact.rounded(sum_, type_) == 0:
        zero_terms = [a * b == 0 and is_negative(a) != is_negative(b) for a, b in products]
        minus_bias = bias is not None and bias == 0 and is_negative(bias)
        if any(zero_terms) or minus_bias or sum_ < 0:
            flags.add("zero-sign")
    if sum_ != 0:
        return flags | rounding_flags(sum_, magnitudes, type_)
    return flags | ({"exact-zero"} if magnitudes != 0 else set())


def problem_flags(p, values):
    flags = {f"rank-{p.rank}"}
    if p.mode != "zeros":
        flags.add(p.mode)
    for name, holds in (
        ("true-convolution", p.flipped),
        ("bias", p.bias),
        ("zero-point", p.x_zero_point != 0 or p.w_zero_point != 0),
        ("groups", 1 < p.groups != p.in_channels),
        ("depthwise", 1 < p.groups == p.in_channels),
        ("batch", p.batch > 1),
        ("mixed-types", len(set(p.types.values())) > 1),
        ("stride", max(p.stride) > 1),
        ("dilation", max(p.dilation) > 1),
        ("crop", min(p.pad_begin + p.pad_end()) < 0),
        ("padding", max(p.pad_begin + p.pad_end()) > 0),
        ("subnormal-operand", any(is_subnormal(v, p.type(r)) for r in values for v in values[r])),
    ):
        if holds:
            flags.add(name)
    return flags


def check_vector(vector):
    """What is wrong with one vector, as sentences."""
    p = exact.Problem(vector["problem"])
    if list(vector["inputs"]) != p.inputs():
        return [f"inputs are {list(vector['inputs'])}; the problem reads {p.inputs()}"]
    values = {role: [exact.parse(t) for t in unfolded(v)] for role, v in vector["inputs"].items()}
    wrong = []
    for role, list_ in values.items():
        if len(list_) != math.prod(p.shape(role)):
            return [f"{role} has {len(list_)} elements; the problem needs {p.shape(role)}"]
        for v in list_:
            if exact.is_finite(v) and v != 0 and exact.rounded(v, p.type(role)) != v:
                wrong.append(f"{role}: {exact.printed(v)} is no {p.type(role).name}")
    type_ = p.types[p.written]
    flags = problem_flags(p, values)
    computed = {"exact": [], "S": [], "output": []}
    for products, bias in exact.terms(p, values):
        sum_ = exact.total(products, bias)
        computed["exact"].append(exact.printed(sum_))
        computed["S"].append(exact.printed(exact.total_abs(products, bias)))
        computed["output"].append(exact.printed(exact.rounded(sum_, type_)))
        flags |= output_flags(products, bias, type_)
    for field, right in computed.items():
        given = unfolded(vector[field])
        if given != right:
            wrong.append(f"{field} is {given}; in exact fractions it is {right}")
    if set(vector["flags"]) != flags:
        wrong.append(f"flags differ: {sorted(set(vector['flags']) ^ flags)}")
    return wrong


def main(directory):
    schema = json.loads((directory / "vectors.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    files = sorted(set(directory.glob("*.json")) - {directory / "vectors.schema.json"})
    failures, outputs, vectors = [], 0, 0
    by_file = collections.Counter()
    for path in files:
        document = json.loads(path.read_text())
        jsonschema.Draft202012Validator(schema).validate(document)
        if document["number_of_vectors"] != len(document["vectors"]):
            failures.append(f"{path.name}: number_of_vectors is {document['number_of_vectors']}")
        if [v["id"] for v in document["vectors"]] != list(range(1, len(document["vectors"]) + 1)):
            failures.append(f"{path.name}: ids are not 1, 2, 3, ...")
        for vector in document["vectors"]:
            unknown = set(vector["flags"]) - set(document["flags"])
            unknown |= {k for k in vector["kills"] if k.startswith("slip:")} - set(document["slips"])
            wrong = check_vector(vector) + [f"{name} is not explained" for name in sorted(unknown)]
            failures += [f"{path.name} {vector['id']} ({vector['problem']}): {w}" for w in wrong]
            outputs += len(unfolded(vector["output"]))
            vectors += 1
            by_file[path.name] += 1
    for name, count in by_file.items():
        print(f"{name}: {count} vectors")
    print(f"{vectors} vectors, {outputs} outputs recomputed in exact fractions")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures or vectors == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
