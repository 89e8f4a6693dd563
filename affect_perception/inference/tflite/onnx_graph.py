"""A small ONNX graph under construction, and its deterministic serialisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from affect_perception.inference.tflite.schema import Array

FLOAT = int(onnx.TensorProto.FLOAT)
"""ONNX's number for single floats, as Cast wants it."""
OPSET = 18
"""ONNX operator set: the first with ReduceMin/ReduceMax axes as input, known to ONNX Runtime from
1.14 on and to TensorRT 10."""
IR_VERSION = 9
"""ONNX file format version that came with opset 18 and 19 (ONNX's Versioning.md)."""
PRODUCER = "affect_perception.inference.tflite"
PRODUCER_VERSION = "1"
"""Raised when the converter's output changes, together with the hashes in the manifest."""


@dataclass
class Node:
    """One ONNX node; an empty input name is an optional input left out."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Port:
    """An input or output of the whole graph."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


class OnnxGraph:
    """Collects nodes and constants, and hands out names.

    Names are numbers in order of creation, so that the same calls give the same file.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.inputs: list[Port] = []
        self.outputs: list[Port] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._count = 0

    def constant(self, values: Any, dtype: Any = None) -> str:
        """Store a constant once and return its name."""
        array = np.ascontiguousarray(np.asarray(values, dtype=dtype))
        array = array.reshape(np.shape(values))  # ascontiguousarray makes scalars one-dimensional
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._name("c")
            self.constants[self._known[key]] = array
        return self._known[key]

    def integers(self, *values: int) -> str:
        """Store a vector of int64 (shapes, axes, bounds)."""
        return self.constant(np.asarray(values, dtype=np.int64))

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        return self.add_many(op, inputs, 1, **attributes)[0]

    def add_many(
        self, op: str, inputs: Sequence[str], outputs: int, **attributes: Any
    ) -> list[str]:
        """Append a node with several outputs and return their names."""
        names = [self._name("t") for _ in range(outputs)]
        self.nodes.append(Node(op, list(inputs), names, attributes))
        return names

    def add_output(self, port: Port, value: str) -> None:
        """Declare a value as output of the graph."""
        self.nodes.append(Node("Identity", [value], [port.name]))
        self.outputs.append(port)

    def to_model(self, name: str) -> onnx.ModelProto:
        """Build and check the ONNX model.

        Args:
            name: Graph name.

        Returns:
            A model that passed ONNX's full checker.
        """
        used = {value for node in self.nodes for value in node.inputs}
        graph = helper.make_graph(
            [
                helper.make_node(n.op, n.inputs, n.outputs, name=f"n{i}", **n.attributes)
                for i, n in enumerate(self.nodes)
            ],
            name,
            [_value_info(port) for port in self.inputs],
            [_value_info(port) for port in self.outputs],
            [numpy_helper.from_array(v, k) for k, v in self.constants.items() if k in used],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name=PRODUCER,
            producer_version=PRODUCER_VERSION,
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"


def _value_info(port: Port) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(
        port.name, helper.np_dtype_to_tensor_dtype(port.dtype), port.shape
    )
