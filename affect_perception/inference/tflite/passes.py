"""Rewrites of a TFLite graph that keep its result.

They run before lowering, so each can be tested on small graphs and none needs to know ONNX.
"""

from __future__ import annotations

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
    operators = [
        _with_padding(op, merged) for op in graph.operators if op.outputs[0] not in merged
    ]
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
