"""Rewrites of a TFLite graph that keep its result.

They run before lowering, so each can be tested on small graphs and none needs to know ONNX.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from affect_perception.inference.tflite.errors import UnsupportedOperatorError
from affect_perception.inference.tflite.schema import Operator, Tensor, TfliteGraph

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_VALID = 1
"""Value of `Padding.VALID` in the TFLite schema."""


def fold_stored_constants(graph: TfliteGraph) -> TfliteGraph:
    """Replace DEQUANTIZE (half to single floats) and DENSIFY of constants by their values.

    Raises:
        UnsupportedOperatorError: If such an operator works on a computed or an integer tensor.
    """
    tensors = dict(graph.tensors)
    kept = []
    for operator in graph.operators:
        if operator.kind not in ("DEQUANTIZE", "DENSIFY"):
            kept.append(operator)
            continue
        source = tensors[operator.inputs[0]]
        if source.data is None or source.dtype.kind != "f":
            raise UnsupportedOperatorError(
                f"{graph.describe(operator)}: input must be constant and floating point"
            )
        target = operator.outputs[0]
        data = source.data.astype(tensors[target].dtype)
        tensors[target] = replace(tensors[target], data=data)
    return graph.with_operators(tuple(kept), tensors)


def share_equal_operators(graph: TfliteGraph) -> TfliteGraph:
    """Let operators that compute the same from the same inputs be computed once.

    Constants are compared by value. Outputs of the graph keep operators of their own.
    """
    same: dict[int, int] = {}
    known: dict[Hashable, Operator] = {}
    kept = []
    for operator in graph.operators:
        inputs = tuple(same.get(index, index) for index in operator.inputs)
        shared = replace(operator, inputs=inputs)
        key = (
            operator.kind,
            tuple(_content(graph, index) for index in inputs),
            repr(sorted(operator.options.items())),
            tuple(graph.tensors[index].shape for index in operator.outputs),
        )
        if key in known and not set(operator.outputs) & set(graph.outputs):
            same.update(zip(operator.outputs, known[key].outputs, strict=True))
        else:
            known.setdefault(key, shared)
            kept.append(shared)
    return graph.with_operators(tuple(kept), graph.tensors)


def _content(graph: TfliteGraph, index: int) -> Hashable:
    """What identifies a tensor: its values if it is constant, else its index."""
    data = graph.tensors[index].data if index >= 0 else None
    return index if data is None else (data.dtype.str, data.shape, data.tobytes())


def merge_padding(graph: TfliteGraph) -> TfliteGraph:
    """Move zero padding of height and width into the convolutions that read it.

    A PAD is merged if all its readers are convolutions without padding of their own.
    """
    readers = graph.consumers()
    merged: dict[int, tuple[int, np.ndarray]] = {}
    for operator in graph.operators:
        target = operator.outputs[0]
        if operator.kind != "PAD" or target in graph.outputs:
            continue
        amounts = graph.tensors[operator.inputs[1]].data
        if amounts is None or amounts.shape != (4, 2) or amounts[[0, 3]].any():
            continue
        if all(_takes_padding(reader, target) for reader in readers.get(target, [])):
            merged[target] = operator.inputs[0], amounts
    operators = [_with_padding(op, merged) for op in graph.operators if op.outputs[0] not in merged]
    return graph.with_operators(tuple(operators), graph.tensors)


def _takes_padding(reader: Operator, index: int) -> bool:
    return (
        reader.kind in _CONVOLUTIONS
        and reader.inputs[0] == index
        and reader.options["padding"] == _VALID
    )


def _with_padding(operator: Operator, merged: dict[int, tuple[int, np.ndarray]]) -> Operator:
    if operator.inputs[0] not in merged:
        return operator
    source, amounts = merged[operator.inputs[0]]
    (top, bottom), (left, right) = amounts[1:3].tolist()
    pads = (top, bottom), (left, right)
    return replace(
        operator,
        inputs=(source, *operator.inputs[1:]),
        options={**operator.options, "pads": pads},
    )


def scale_input(graph: TfliteGraph, factor: float) -> TfliteGraph:
    """Multiply the graph's input by a factor, inside the kernels of the first convolutions.

    Zero padding is unaffected by a factor, so this holds at the borders too.

    Args:
        graph: A graph with one input.
        factor: What the given input must be multiplied by to be what the network expects.

    Raises:
        UnsupportedOperatorError: If anything but a CONV_2D reads the input.
    """
    (source,) = graph.inputs
    tensors = dict(graph.tensors)
    operators = []
    for operator in graph.operators:
        if source not in operator.inputs:
            operators.append(operator)
            continue
        kernel = tensors[operator.inputs[1]] if operator.kind == "CONV_2D" else None
        if kernel is None or kernel.data is None:
            raise UnsupportedOperatorError(
                f"{graph.describe(operator)} reads the input; only CONV_2D with a constant kernel "
                "can take up its scale"
            )
        index = max(tensors) + 1
        scaled = (kernel.data.astype(np.float64) * factor).astype(np.float32)
        tensors[index] = Tensor(f"{kernel.name} (scaled)", kernel.shape, scaled.dtype, scaled)
        inputs = (operator.inputs[0], index, *operator.inputs[2:])
        operators.append(replace(operator, inputs=inputs))
    return graph.with_operators(tuple(operators), tensors)


def channels_by_convolution(graph: TfliteGraph) -> TfliteGraph:
    """Replace PAD operators that only append channels by 1x1 convolutions with the identity.

    The products are exact (times one, plus zeros). ONNX Runtime's Pad leaves the blocked memory
    layout of the convolutions around it, which costs more than this multiplication, and the
    addition that follows is fused into this convolution.
    """
    tensors = dict(graph.tensors)
    operators = []
    for operator in graph.operators:
        appended = _appended_channels(operator, graph) if operator.kind == "PAD" else 0
        if not appended:
            operators.append(operator)
            continue
        channels = tensors[operator.inputs[0]].shape[3]
        kernel = np.eye(channels + appended, channels, dtype=np.float32)[:, None, None, :]
        index = max(tensors) + 1
        tensors[index] = Tensor("identity", kernel.shape, kernel.dtype, kernel)
        inputs = (operator.inputs[0], index)
        operators.append(replace(operator, kind="CONV_2D", inputs=inputs, options=_POINTWISE))
    return graph.with_operators(tuple(operators), tensors)


_POINTWISE = {
    "padding": _VALID,
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h": 1,
    "dilation_w": 1,
    "activation": 0,
}


def _appended_channels(operator: Operator, graph: TfliteGraph) -> int:
    """How many zero channels a PAD appends if that is all it does, else 0."""
    amounts = graph.tensors[operator.inputs[1]].data
    if amounts is None or amounts.shape != (4, 2) or amounts[:3].any() or amounts[3, 0]:
        return 0
    return int(amounts[3, 1])
