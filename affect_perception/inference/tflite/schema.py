"""A TFLite model as plain Python data.

The reader fills these classes from the flatbuffer; passes rewrite them; the converter turns them
into ONNX. Tensors are channels-last (NHWC) as in TFLite throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Tensor:
    """One tensor of the graph.

    Attributes:
        name: Name in the file, for messages.
        shape: Static shape; convertible models have batch 1 and no unknown dimension.
        dtype: Element type.
        data: The values if the tensor is constant, else None.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: Array | None = None


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        kind: Builtin name in capitals (`CONV_2D`) or the custom operator's own name.
        inputs: Tensor indices; -1 stands for an optional input that is left out.
        outputs: Tensor indices.
        options: Decoded options by their name in the TFLite schema, in snake case.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TfliteGraph:
    """The one subgraph of a model.

    Attributes:
        tensors: Tensors by index. Passes add indices beyond those of the file.
        operators: Operators in an order in which they can run.
        inputs: Indices of the graph's inputs.
        outputs: Indices of the graph's outputs.
    """

    tensors: Mapping[int, Tensor]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def describe(self, operator: Operator) -> str:
        """Name an operator for an error message, by its kind and the first tensor it writes."""
        index = operator.outputs[0]
        return f"{operator.kind} (writes tensor {index} '{self.tensors[index].name}')"

    def consumers(self) -> dict[int, list[Operator]]:
        """For every tensor that is read: the operators that read it."""
        readers: dict[int, list[Operator]] = {}
        for operator in self.operators:
            for index in operator.inputs:
                readers.setdefault(index, []).append(operator)
        return readers

    def with_operators(
        self, operators: tuple[Operator, ...], tensors: Mapping[int, Tensor]
    ) -> TfliteGraph:
        """The same graph with other operators and tensors."""
        return replace(self, operators=operators, tensors=tensors)
