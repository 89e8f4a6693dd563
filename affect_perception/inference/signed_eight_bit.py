"""An 8-bit network in the form that TensorRT takes, made from the one made for processors.

Processors compute fastest with unsigned activations around a zero point and biases in 32-bit whole
numbers; TensorRT takes only signed values around zero ("TRT only supports symmetric quantization -
zeroPt must be all zeros", its ONNX parser) and no quantised biases. The largest magnitude that an
activation could have stays representable; what lies in [0, a] then has 127 steps instead of 255.
Where unsigned values begin at zero, rounding to them has also cut negative values off, and ONNX
Runtime's quantiser leaves the Relu before it out: here it comes back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from affect_perception.core.errors import ModelError

Array = npt.NDArray[Any]

_QUANTISING = ("QuantizeLinear", "DequantizeLinear")
_LARGEST = 127.0
_INPUTS = 3


def with_signed_activations(name: str, content: bytes) -> bytes:
    """Rewrites a quantised network (QDQ form).

    Args:
        name: Name of the model, for messages.
        content: The ONNX file with QuantizeLinear and DequantizeLinear.

    Raises:
        ModelError: If scales or zero points are not constants, or unsigned constants are there
            that are no weights around a zero point.
    """
    model = onnx.load_from_string(content)
    constants = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}
    made: dict[str, Array] = {}
    kept = []
    for node in model.graph.node:
        if node.op_type not in _QUANTISING:
            kept.append(node)
            continue
        stored, scale, zero = _parts(name, node, constants)
        if stored is not None and stored.dtype != np.int8:
            # Biases in 32 bits, and single numbers in 8: as they are, in floating point.
            made[node.output[0]] = _real(node, stored, scale, zero)
            continue
        if zero.dtype == np.uint8:
            if node.op_type == "QuantizeLinear" and not zero.any():
                positive = f"{node.output[0]}_positive"
                kept.append(helper.make_node("Relu", [node.input[0]], [positive]))
                node.input[0] = positive
            scale_name, zero_name = f"{node.output[0]}_scale", f"{node.output[0]}_zero"
            made[scale_name] = _symmetric(scale, zero)
            made[zero_name] = np.zeros(zero.shape, np.int8)
            node.input[1], node.input[2] = scale_name, zero_name
        kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in made.items())
    _drop_unused(model.graph)
    return bytes(model.SerializeToString())


def _parts(
    name: str, node: onnx.NodeProto, constants: dict[str, Array]
) -> tuple[Array | None, Array, Array]:
    """What a node quantises if that is a constant, its scale and its zero point."""
    if len(node.input) < _INPUTS or not set(node.input[1:]) <= set(constants):
        raise ModelError(f"{name}: {node.name or node.op_type} has no constant scale and zero")
    return constants.get(node.input[0]), constants[node.input[1]], constants[node.input[2]]


def _real(node: onnx.NodeProto, stored: Array, scale: Array, zero: Array) -> Array:
    """The numbers that a DequantizeLinear gives for a constant (ONNX operator's definition)."""
    if scale.ndim:
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1) % stored.ndim
        shape = [-1 if i == axis else 1 for i in range(stored.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    whole = stored.astype(np.int64) - zero.astype(np.int64)
    return np.asarray(whole * scale, np.float32)


def _symmetric(scale: Array, zero: Array) -> Array:
    """The scale with which -127 to 127 cover what 0 to 255 did around the zero point."""
    below, above = zero.astype(np.float64), 255.0 - zero
    return np.asarray(scale * np.maximum(below, above) / _LARGEST, np.float32)


def _drop_unused(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input} | {o.name for o in graph.output}
    left = [constant for constant in graph.initializer if constant.name in used]
    del graph.initializer[:]
    graph.initializer.extend(left)
