# SPDX-License-Identifier: Apache-2.0
"""Convolutions in exact fractions, by the standard library alone: names, sums, rounding."""

import math
import re
from collections import namedtuple
from fractions import Fraction

# Significant bits, exponent of the least subnormal number, exponent that all numbers stay below.
Type = namedtuple("Type", "name bits least limit low high")
TYPES = {
    t.name: t
    for t in (
        Type("f32", 24, -149, 128, None, None),
        Type("f64", 53, -1074, 1024, None, None),
        Type("bf16", 8, -133, 128, None, None),
        Type("f16", 11, -24, 16, None, None),
        Type("s32", 31, 0, 31, -(2**31), 2**31 - 1),
        Type("s8", 7, 0, 7, -128, 127),
        Type("u8", 8, 0, 8, 0, 255),
    )
}
MODES = ("reflect", "replicate", "circular")
NUMBER = r"(-?\d+)"


class Problem:
    """A problem by its canonical name; axes as lists, slowest first, of its rank."""

    def __init__(self, name):
        words = name.split(":")
        self.operation, self.flipped, self.mode, self.bias = "conv", False, "zeros", False
        self.x_zero_point = self.w_zero_point = 0
        types = ["f32"] * 3
        for word in words[:-1]:
            if word in ("conv", "deconv", "wgrad"):
                self.operation = word
            elif word == "true":
                self.flipped = True
            elif word in MODES:
                self.mode = word
            elif word == "bias":
                self.bias = True
            elif word.startswith("xzp="):
                self.x_zero_point = int(word[4:])
            elif word.startswith("wzp="):
                self.w_zero_point = int(word[4:])
            else:
                types = word.split("-") if "-" in word else [word] * 3
        self.types = dict(zip(("x", "w", "y"), (TYPES[t] for t in types)))
        head, first, second, rest = words[-1].split("_")
        self.groups, self.batch = (int(n) for n in re.fullmatch(f"g{NUMBER}mb{NUMBER}", head).groups())
        self.rank = len(re.findall("i[dhw]", first))
        letters = "dhw"[-self.rank :]

        def axes(text, letter):
            return [int(re.search(f"{letter}{a}{NUMBER}", text)[1]) for a in letters]

        read = int(re.match(f"ic{NUMBER}", first)[1]), axes(first, "i")
        written = int(re.match(f"oc{NUMBER}", second)[1]), axes(second, "o")
        if self.operation == "deconv":  # Its name calls what it reads the input: that is y.
            read, written = written, read
        self.in_channels, self.x_extent = read
        self.out_channels, self.y_extent = written
        self.w_extent, self.stride, self.pad_begin = axes(rest, "k"), axes(rest, "s"), axes(rest, "p")
        self.dilation = [d + 1 for d in axes(rest, "d")]
        self.written = {"conv": "y", "deconv": "x", "wgrad": "w"}[self.operation]

    def shape(self, role):
        if role == "x":
            return [self.batch, self.in_channels, *self.x_extent]
        if role == "w":
            return [self.out_channels, self.in_channels // self.groups, *self.w_extent]
        if role == "y":
            return [self.batch, self.out_channels, *self.y_extent]
        return [self.in_channels if self.operation == "deconv" else self.out_channels]

    def inputs(self):
        """Roles that are read, in order."""
        return [r for r in ("x", "w", "bias", "y") if r != self.written and (r != "bias" or self.bias)]

    def type(self, role):
        return self.types[self.written if role == "bias" else role]

    def pad_end(self):
        return [
            (o - 1) * s + (k - 1) * d + 1 - i - p
            for o, s, k, d, i, p in zip(self.y_extent, self.stride, self.w_extent, self.dilation,
                                        self.x_extent, self.pad_begin)
        ]


def source(i, extent, mode):
    """The element of an axis that stands at index i of the padded axis, or None."""
    if 0 <= i < extent:
        return i
    if mode == "zeros":
        return None
    if mode == "circular":
        return i % extent
    if mode == "replicate":
        return min(max(i, 0), extent - 1)
    while not 0 <= i < extent:  # Reflected at one end after the other.
        if extent == 1:
            return 0
        i = -i if i < 0 else 2 * (extent - 1) - i
    return i


def flat(index, shape):
    at = 0
    for i, n in zip(index, shape):
        at = at * n + i
    return at


def positions(extents):
    """Every index of a box, the last axis fastest."""
    found = [()]
    for n in extents:
        found = [index + (i,) for index in found for i in range(n)]
    return found


def terms(problem, values):
    """For every output its list of products (a, b), and its bias or None.

    values: by role the numbers (Fraction, or float for what is no finite number), row by row.
    """
    p = problem
    outputs = [[] for _ in range(math.prod(p.shape(p.written)))]
    x_shape, w_shape, y_shape = p.shape("x"), p.shape("w"), p.shape("y")

    def shifted(role, zero_point):
        return [v - zero_point for v in values[role]] if role in values else None

    x, w, y = shifted("x", p.x_zero_point), shifted("w", p.w_zero_point), values.get("y")
    # Of every axis the triples (position in y, stored tap, position in x).
    axes = []
    for a in range(p.rank):
        triples = []
        for o in range(p.y_extent[a]):
            for t in range(p.w_extent[a]):
                i = source(o * p.stride[a] + t * p.dilation[a] - p.pad_begin[a], p.x_extent[a], p.mode)
                if i is not None:
                    triples.append((o, p.w_extent[a] - 1 - t if p.flipped else t, i))
        axes.append(triples)
    combinations = [()]
    for triples in axes:
        combinations = [c + (t,) for c in combinations for t in triples]
    per_group, rows = p.in_channels // p.groups, p.out_channels // p.groups
    for n in range(p.batch):
        for m in range(p.out_channels):
            for c in range(per_group):
                channel = m // rows * per_group + c
                for combination in combinations:
                    o, t, i = zip(*combination)
                    xi = flat((n, channel, *i), x_shape)
                    wi = flat((m, c, *t), w_shape)
                    yi = flat((n, m, *o), y_shape)
                    if p.operation == "conv":
                        outputs[yi].append((x[xi], w[wi]))
                    elif p.operation == "deconv":
                        outputs[xi].append((y[yi], w[wi]))
                    else:
                        outputs[wi].append((x[xi], y[yi]))
    biases = [None] * len(outputs)
    if p.bias:
        shape = p.shape(p.written)
        for index, at in enumerate(positions(shape)):
            biases[index] = values["bias"][at[1]]
    return list(zip(outputs, biases))


def is_finite(v):
    """-0 is a float, 0 a Fraction."""
    return not isinstance(v, float) or v == 0


def product(a, b):
    """Of finite numbers; a zero of either sign is 0."""
    return Fraction(0) if a == 0 or b == 0 else a * b


def sign(v):
    return (v > 0) - (v < 0)


def total(products, bias):
    """The exact sum: a Fraction, or an infinity or NaN as float, by the rules of IEEE 754."""
    kinds = set()
    exact = Fraction(0)
    for a, b in products + ([] if bias is None else [(bias, Fraction(1))]):
        if is_finite(a) and is_finite(b):
            exact += product(a, b)
        elif a != a or b != b or a == 0 or b == 0:
            kinds.add(math.nan)
        else:
            kinds.add(math.inf * sign(a) * sign(b))
    if not kinds:
        return exact
    return kinds.pop() if len(kinds) == 1 else math.nan


def total_abs(products, bias):
    finite = all(is_finite(a) and is_finite(b) for a, b in products)
    if not finite or (bias is not None and not is_finite(bias)):
        return math.inf
    start = Fraction(0) if bias is None else abs(product(bias, 1))
    return sum((abs(product(a, b)) for a, b in products), start)


def exponent(q):
    """floor(log2 |q|)."""
    n, d = abs(q.numerator), q.denominator
    e = n.bit_length() - d.bit_length()
    return e if Fraction(n, d) >= Fraction(2) ** e else e - 1


def nearest(q, bits, least):
    """q to so many significant bits, none below 2^least, ties to even."""
    if q == 0:
        return q
    unit = Fraction(2) ** max(exponent(q) - bits + 1, least)
    return round(q / unit) * unit  # round() of a Fraction takes ties to even.


def rounded(exact, type_):
    """What the type has for an exact sum: a Fraction, or a float that is -0.0, infinite or NaN."""
    if type_.low is not None:
        if not is_finite(exact):
            return Fraction(0) if exact != exact else Fraction(type_.high if exact > 0 else type_.low)
        return Fraction(min(max(round(exact), type_.low), type_.high))
    if not is_finite(exact):
        return exact
    q = nearest(exact, type_.bits, type_.least)
    if abs(q) >= Fraction(2) ** type_.limit:
        return math.inf * sign(q)
    return -0.0 if q == 0 and exact < 0 else q


HEX = re.compile(r"(-?)0x([0-9a-f]+)p([+-]\d+)")


def parse(text):
    """"-0x3p-4" -> Fraction(-3, 16); "nan", "inf", "-inf", "-0x0p+0" -> float."""
    if text in ("nan", "inf", "-inf"):
        return float(text)
    minus, digits, power = HEX.fullmatch(text).groups()
    if minus and digits == "0":
        return -0.0
    q = Fraction(int(digits, 16)) * Fraction(2) ** int(power)
    return -q if minus else q


def printed(v):
    """The inverse of parse: odd digits, or zero with exponent 0."""
    if isinstance(v, float):
        return "-0x0p+0" if v == 0 else str(v)
    if v == 0:
        return "0x0p+0"
    power = 1 - v.denominator.bit_length()
    digits = abs(v.numerator)
    zeros = (digits & -digits).bit_length() - 1
    return f"{'-' if v < 0 else ''}0x{digits >> zeros:x}p{power + zeros:+d}"
