# SPDX-License-Identifier: Apache-2.0
"""Reads what ONNX's test data need of ONNX: a graph's nodes and attributes, and tensors.

Protocol buffers' wire format is https://protobuf.dev/programming-guides/encoding; the numbers of the
fields are those of onnx.proto (ONNX 1.12).
"""

import struct
from collections import namedtuple

Node = namedtuple("Node", "op_type inputs outputs attributes")
Graph = namedtuple("Graph", "nodes inputs outputs initializers")
Tensor = namedtuple("Tensor", "type shape values")

# TensorProto.DataType: our name of the type, struct's letter of one element.
TYPES = {1: ("f32", "f"), 2: ("u8", "B"), 3: ("s8", "b"), 6: ("s32", "i"), 7: ("s64", "q"),
         10: ("f16", "e"), 11: ("f64", "d")}


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a varint does not end")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
        shift += 7


def fields(data):
    """{field number: list of raw values} of one message: int for numbers, bytes for the rest."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire in (1, 2, 5):
            size, at = varint(data, at) if wire == 2 else (8 if wire == 1 else 4, at)
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise ValueError(f"field {number} reaches beyond the end of its message")
        else:
            raise ValueError(f"field {number} has wire type {wire}")
        found.setdefault(number, []).append(value)
    return found


def signed(value):
    """An int32 or int64 field; negative numbers are 64 bits of two's complement."""
    return value - (1 << 64) if value >> 63 else value


def integers(values):
    """A repeated integer field, packed or not."""
    found = []
    for value in values:
        if isinstance(value, int):
            found.append(signed(value))
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            found.append(signed(number))
    return found


def text(message, number):
    return [value.decode() for value in message.get(number, [])]


def read_tensor(data):
    """TensorProto, and its name."""
    message = fields(data)
    shape = integers(message.get(1, []))
    kind, letter = TYPES[message[2][0]]
    raw = b"".join(message.get(9, []))
    if raw:
        values = [v for (v,) in struct.iter_unpack(f"<{letter}", raw)]
    elif letter in "fd":
        packed = b"".join(message.get(4 if letter == "f" else 10, []))
        values = [v for (v,) in struct.iter_unpack(f"<{letter}", packed)]
    else:
        values = integers(message.get(7 if letter == "q" else 5, []))
        if letter == "e":  # int32_data holds the bits.
            values = [struct.unpack("<e", struct.pack("<H", bits))[0] for bits in values]
    count = 1
    for extent in shape:
        count *= extent
    if len(values) != count:
        raise ValueError(f"a tensor of shape {shape} has {len(values)} elements")
    return Tensor(kind, shape, values), "".join(text(message, 8))


def read_attribute(data):
    """The name and value of an AttributeProto: int, bytes, or a list of ints."""
    message = fields(data)
    name = "".join(text(message, 1))
    kind = message.get(20, [0])[0]  # AttributeProto.AttributeType.
    if kind == 2:
        return name, signed(message.get(3, [0])[0])
    if kind == 3:
        return name, message.get(4, [b""])[0].decode()
    if kind == 7:
        return name, integers(message.get(8, []))
    raise ValueError(f"attribute {name} is of type {kind}, which no convolution has")


def read_model(data):
    """The graph of a ModelProto; attributes of nodes that are no convolutions are left out."""
    graph = fields(fields(data)[7][0])
    nodes = []
    for node in graph.get(1, []):
        message = fields(node)
        op_type = "".join(text(message, 4))
        attributes = [read_attribute(a) for a in message.get(5, [])] if "Conv" in op_type else []
        nodes.append(Node(op_type, text(message, 1), text(message, 2), dict(attributes)))
    initializers = {name: tensor for tensor, name in map(read_tensor, graph.get(5, []))}
    names = [["".join(text(fields(v), 1)) for v in graph.get(n, [])] for n in (11, 12)]
    return Graph(nodes, *names, initializers)
