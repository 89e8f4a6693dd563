"""State of a conversion, and the table of operators.

TFLite tensors are channels-last (NHWC), ONNX convolutions want channels first (NCHW). Every value
is kept in the layout in which it was computed and converted to the other one only when an operator
asks for it, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from affect_perception.inference.tflite.errors import UnsupportedOperatorError
from affect_perception.inference.tflite.onnx_graph import OnnxGraph
from affect_perception.inference.tflite.schema import Array, Operator, TfliteGraph

_NO_ACTIVATION = 0
"""Value of `ActivationFunctionType.NONE` in the TFLite schema."""


class Layout(Enum):
    """Order of the dimensions of a value in the ONNX graph."""

    NATIVE = "as in TFLite"
    CHANNELS_FIRST = "NCHW, four dimensions only"


LoweringFunction = Callable[["Lowering", Operator], None]

OPERATORS: dict[str, LoweringFunction] = {}
"""Operator kind -> function that emits its ONNX nodes. Filled by `lowers`."""


def lowers(*kinds: str) -> Callable[[LoweringFunction], LoweringFunction]:
    """Register a function for operator kinds."""

    def register(function: LoweringFunction) -> LoweringFunction:
        for kind in kinds:
            OPERATORS[kind] = function
        return function

    return register


@dataclass(frozen=True)
class AffineRow:
    """Where the affine map that a 4x4 matrix tensor stands for is kept.

    Matrices that are computed together are kept together, as one ONNX value of shape
    (count, 3, 2): a point (x, y, 1) as row vector times entry `row` is the mapped point.
    """

    value: str
    row: int
    count: int


class Lowering:
    """Emits ONNX nodes for a TFLite graph and tracks the layout of every value."""

    def __init__(self, graph: TfliteGraph) -> None:
        self.graph = graph
        self.onnx = OnnxGraph()
        self.affines: dict[int, AffineRow] = {}
        self._values: dict[tuple[int, Layout], str] = {}

    def run(self) -> None:
        """Lower all operators.

        Raises:
            UnsupportedOperatorError: On an operator that is not in the table, or an option of it.
        """
        for operator in self.graph.operators:
            function = OPERATORS.get(operator.kind)
            if function is None:
                raise UnsupportedOperatorError(
                    f"unknown operator {self.graph.describe(operator)}; known are "
                    f"{', '.join(sorted(OPERATORS))}"
                )
            function(self, operator)

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape in TFLite's order."""
        return self.graph.tensors[index].shape

    def constant(self, index: int) -> Array | None:
        """Values of a constant tensor in TFLite's order, half floats as float32; else None."""
        data = self.graph.tensors[index].data
        return data.astype(np.float32) if data is not None and data.dtype == np.float16 else data

    def require_constant(self, operator: Operator, position: int) -> Array:
        """Values of an operator's constant input.

        Raises:
            UnsupportedOperatorError: If it is computed at run time.
        """
        data = self.constant(operator.inputs[position])
        if data is None:
            raise self.unsupported(operator, f"input {position} must be constant")
        return data

    def unsupported(self, operator: Operator, what: str) -> UnsupportedOperatorError:
        """An error that names the operator, its tensor and what is not supported."""
        return UnsupportedOperatorError(f"{self.graph.describe(operator)}: {what}")

    def put(self, index: int, layout: Layout, value: str) -> None:
        """Record the ONNX value of a TFLite tensor."""
        self._values[(index, self._normal(index, layout))] = value

    def has(self, index: int, layout: Layout) -> bool:
        """True if the tensor is already there in this layout."""
        return (index, self._normal(index, layout)) in self._values

    def preferred(self, indices: Sequence[int]) -> Layout:
        """The layout in which an elementwise operator should run: channels first if one is."""
        first = any((i, Layout.CHANNELS_FIRST) in self._values for i in indices)
        return Layout.CHANNELS_FIRST if first else Layout.NATIVE

    def get(self, index: int, layout: Layout, rank: int = 0) -> str:
        """Name of the ONNX value of a tensor in a layout.

        Args:
            index: Tensor index.
            layout: Wanted layout; tensors without four dimensions have only the native one.
            rank: For a constant that broadcasts: number of dimensions to extend it to, on the left.
        """
        data = self.constant(index)
        if data is not None:
            extended = data.reshape((1,) * (rank - data.ndim) + data.shape)
            if layout is Layout.CHANNELS_FIRST and extended.ndim == 4:
                extended = extended.transpose(0, 3, 1, 2)
            return self.onnx.constant(extended)
        wanted = self._normal(index, layout)
        if (index, wanted) not in self._values:
            other = Layout.NATIVE if wanted is Layout.CHANNELS_FIRST else Layout.CHANNELS_FIRST
            if (index, other) not in self._values:
                raise UnsupportedOperatorError(
                    f"tensor {index} '{self.graph.tensors[index].name}' is read, but no operator "
                    "wrote it, or it is a transform matrix used other than to transform"
                )
            source = self._values[(index, other)]
            self._values[(index, wanted)] = self._relayout(index, source, wanted)
        return self._values[(index, wanted)]

    def activation(self, operator: Operator, value: str) -> str:
        """Append the operator's fused activation (TFLite schema, ActivationFunctionType)."""
        kind = operator.options.get("activation", _NO_ACTIVATION)
        if kind == _NO_ACTIVATION:
            return value
        emit = _ACTIVATIONS.get(kind)
        if emit is None:
            raise self.unsupported(operator, f"fused activation {kind}")
        return emit(self.onnx, value)

    def _normal(self, index: int, layout: Layout) -> Layout:
        return layout if len(self.shape(index)) == 4 else Layout.NATIVE

    def _relayout(self, index: int, source: str, wanted: Layout) -> str:
        batch, height, width, channels = self.shape(index)
        first = wanted is Layout.CHANNELS_FIRST
        if height == width == 1 or channels == 1:
            # Nothing moves in memory, so a reshape does.
            target = (batch, channels, height, width) if first else self.shape(index)
            return self.onnx.add("Reshape", [source, self.onnx.integers(*target)])
        return self.onnx.add("Transpose", [source], perm=[0, 3, 1, 2] if first else [0, 2, 3, 1])


def _relu(graph: OnnxGraph, value: str) -> str:
    return graph.add("Relu", [value])


def _relu6(graph: OnnxGraph, value: str) -> str:
    low, high = graph.constant(np.float32(0)), graph.constant(np.float32(6))
    return graph.add("Clip", [value, low, high])


_ACTIVATIONS: Mapping[int, Callable[[OnnxGraph, str], str]] = {1: _relu, 3: _relu6}
