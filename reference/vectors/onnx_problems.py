# SPDX-License-Identifier: Apache-2.0
"""ONNX's Conv, ConvTranspose and ConvInteger as problems by their canonical names."""

from collections import namedtuple

import onnx_reader

# A problem, its operands by role, and the output that the model was recorded with.
Case = namedtuple("Case", "name problem operands output")


def same_padding(auto_pad, total):
    """Padding at the begin of an axis; an odd one has its extra element at the end for SAME_UPPER."""
    total = max(0, total)
    return total // 2 if auto_pad == "SAME_UPPER" else total - total // 2


def geometry(node, x_extent, k_extent):
    """(stride, dilation, padding at the begin, extent of the output), each a list by axis."""
    rank = len(x_extent)
    attributes = node.attributes
    stride = attributes.get("strides", [1] * rank)
    dilation = attributes.get("dilations", [1] * rank)
    pads = attributes.get("pads", [0] * 2 * rank)
    auto_pad = attributes.get("auto_pad", "NOTSET")
    extra = attributes.get("output_padding", [0] * rank)
    begin, out = [], []
    for a, (i, k) in enumerate(zip(x_extent, k_extent)):
        reach = (k - 1) * dilation[a] + 1
        if node.op_type == "ConvTranspose":
            full = (i - 1) * stride[a] + reach
            if "output_shape" in attributes:
                out.append(attributes["output_shape"][a])
                begin.append(same_padding(auto_pad, full + extra[a] - out[a]))
            elif auto_pad.startswith("SAME"):
                out.append(i * stride[a])
                begin.append(same_padding(auto_pad, full + extra[a] - out[a]))
            else:
                begin.append(pads[a])
                out.append(full + extra[a] - pads[a] - pads[rank + a])
        elif auto_pad.startswith("SAME"):
            out.append(-(-i // stride[a]))
            begin.append(same_padding(auto_pad, (out[a] - 1) * stride[a] + reach - i))
        else:
            begin.append(pads[a])
            out.append((i + pads[a] + pads[rank + a] - reach) // stride[a] + 1)
    return stride, dilation, begin, out


def zero_point(tensors, index):
    """The scalar that the operand at that place holds; 0 where there is none."""
    if len(tensors) <= index:
        return 0
    if len(set(tensors[index].values)) != 1:
        raise ValueError("a zero point for each channel, which no problem has")
    return tensors[index].values[0]


def axes(letter, values, rank):
    return "".join(f"{letter}{a}{v}" for a, v in zip("dhw"[-rank:], values))


def read_case(folder):
    """The one convolution of the model in `folder`, with its first set of data."""
    graph = onnx_reader.read_model((folder / "model.onnx").read_bytes())
    (node,) = graph.nodes
    data = folder / "test_data_set_0"
    given = dict(graph.initializers)
    for index, name in enumerate(n for n in graph.inputs if n not in given):
        given[name] = onnx_reader.read_tensor((data / f"input_{index}.pb").read_bytes())[0]
    output = onnx_reader.read_tensor((data / "output_0.pb").read_bytes())[0]
    tensors = [given[name] for name in node.inputs]
    first, second = tensors[:2]
    rank = len(first.shape) - 2
    stride, dilation, begin, out = geometry(node, first.shape[2:], second.shape[2:])
    words, operands = [], {"x": first, "w": second}
    if node.op_type == "ConvTranspose":  # Reads y of the form and writes x.
        words.append("deconv")
        operands = {"y": first, "w": second}
    types = [t.type for t in (first, second, output)]
    if node.op_type == "ConvInteger":
        words.append("-".join(types))
        for letter, index in (("x", 2), ("w", 3)):
            if zero_point(tensors, index) != 0:
                words.append(f"{letter}zp={zero_point(tensors, index)}")
    elif types != ["f32"] * 3:
        raise ValueError(f"types {types}")
    elif len(tensors) == 3:
        words.append("bias")
        operands["bias"] = tensors[2]
    groups = node.attributes.get("group", 1)
    channels = second.shape[1] * groups if node.op_type == "ConvTranspose" else second.shape[0]
    words.append(
        f"g{groups}mb{first.shape[0]}_ic{first.shape[1]}{axes('i', first.shape[2:], rank)}"
        f"_oc{channels}{axes('o', out, rank)}_{axes('k', second.shape[2:], rank)}"
        f"{axes('s', stride, rank)}{axes('p', begin, rank)}{axes('d', [d - 1 for d in dilation], rank)}"
    )
    return Case(folder.name, ":".join(words), operands, output)


def operator(folder):
    """The operator of a model that is one convolution; None for any other model."""
    graph = onnx_reader.read_model((folder / "model.onnx").read_bytes())
    names = [node.op_type for node in graph.nodes]
    return names[0] if names in (["Conv"], ["ConvTranspose"], ["ConvInteger"]) else None
