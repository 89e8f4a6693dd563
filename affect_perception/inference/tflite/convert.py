"""Conversion of a whole TFLite model to ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.inference.tflite import ops, passes
from affect_perception.inference.tflite.branches import merge_branches
from affect_perception.inference.tflite.errors import UnsupportedOperatorError
from affect_perception.inference.tflite.lowering import Layout, Lowering
from affect_perception.inference.tflite.onnx_graph import FLOAT, Port
from affect_perception.inference.tflite.reader import read_tflite
from affect_perception.inference.tflite.signs import turn_signs

__all__ = ["OutputSpec", "PictureInput", "convert"]

assert ops.__all__, "importing it has filled the table of operators"

_BYTE_MAX = 255


@dataclass(frozen=True)
class PictureInput:
    """The one input of a picture network, as the converted model takes it.

    The converted model takes bytes 0 to 255 in the order (1, height, width, channels); the range
    that the original network expects is built into it.

    Attributes:
        name: Name of the converted model's input.
        low: What the original network takes for byte 0.
        high: What the original network takes for byte 255.
    """

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class OutputSpec:
    """One output of the converted model.

    Attributes:
        name: Name in the converted model.
        source: Name of the tensor in the TFLite file.
        shape: Shape of the output, with as many elements as the source tensor.
    """

    name: str
    source: str
    shape: tuple[int, ...]


def convert(
    content: bytes, name: str, picture: PictureInput, outputs: Sequence[OutputSpec]
) -> bytes:
    """Convert a TFLite picture network to ONNX.

    Args:
        content: Bytes of the .tflite file.
        name: Graph name written into the model.
        picture: How the input is given.
        outputs: The outputs in the order wanted.

    Returns:
        Bytes of the ONNX file, the same for the same arguments.

    Raises:
        TfliteReadError: If the file is damaged.
        UnsupportedOperatorError: If the model needs what the converter does not know, or has
            other inputs and outputs than said.
    """
    graph = passes.fold_stored_constants(read_tflite(content))
    if len(graph.inputs) != 1 or len(graph.tensors[graph.inputs[0]].shape) != 4:
        raise UnsupportedOperatorError("the model must have one input of four dimensions")
    graph = passes.share_equal_operators(graph)
    graph = passes.channels_by_convolution(passes.merge_padding(graph))
    graph = merge_branches(turn_signs(graph))
    step = (picture.high - picture.low) / _BYTE_MAX
    graph = passes.scale_input(graph, step)
    lowering = Lowering(graph)
    _emit_input(lowering, picture, zero_byte=-picture.low / step)
    lowering.run()
    for spec in outputs:
        _emit_output(lowering, spec)
    return lowering.onnx.to_model(name).SerializeToString(deterministic=True)


def _emit_input(lowering: Lowering, picture: PictureInput, zero_byte: float) -> None:
    """Bytes to floats, shifted so that the network's zero (its padding value) is zero."""
    onnx = lowering.onnx
    (index,) = lowering.graph.inputs
    onnx.inputs.append(Port(picture.name, np.dtype(np.uint8), lowering.shape(index)))
    value = onnx.add("Cast", [picture.name], to=FLOAT)
    if zero_byte != 0.0:
        value = onnx.add("Sub", [value, onnx.constant(np.float32(zero_byte))])
    lowering.put(index, Layout.NATIVE, value)


def _emit_output(lowering: Lowering, spec: OutputSpec) -> None:
    graph = lowering.graph
    by_name = {graph.tensors[index].name: index for index in graph.outputs}
    if spec.source not in by_name:
        raise UnsupportedOperatorError(
            f"the model has no output '{spec.source}'; it has {', '.join(sorted(by_name))}"
        )
    index = by_name[spec.source]
    if int(np.prod(graph.tensors[index].shape)) != int(np.prod(spec.shape)):
        raise UnsupportedOperatorError(
            f"output '{spec.source}' has shape {graph.tensors[index].shape}, not {spec.shape}"
        )
    onnx = lowering.onnx
    value = lowering.get(index, Layout.NATIVE)
    value = onnx.add("Reshape", [value, onnx.integers(*spec.shape)])
    onnx.add_output(Port(spec.name, np.dtype(np.float32), spec.shape), value)
