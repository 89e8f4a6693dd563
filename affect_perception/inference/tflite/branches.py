"""Merging of branches that run side by side.

The attention mesh has five branches of the same shape (lips, two eyes, two irises) with weights of
their own. Each is a chain of some forty tiny operators, whose fixed cost outweighs their
arithmetic. Operators that stand at the same depth and look alike are replaced by one that works on
the channels of all branches side by side: a depthwise operator stays what it is with more
channels, a convolution becomes one with as many groups. The arithmetic is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

import numpy as np

from affect_perception.inference.tflite.schema import Operator, Tensor, TfliteGraph

SELECT_CHANNELS = "SELECT_CHANNELS"
"""Internal operator: the channels of its input listed in the option `indices`."""

CROP = "TransformTensorBilinear"
"""Custom operator of the attention mesh; merged, it takes several matrices."""

_DATA_INPUTS = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 1,
    "PRELU": 1,
    "TWO_SLOPES": 1,
    "RELU": 1,
    "MAX_POOL_2D": 1,
    "ADD": 2,
}
"""Operators that can be merged, and how many of their inputs are computed."""
# Axis along which the constants of branches are joined: (kernel or slopes, bias).
_CONSTANT_AXES = {
    "CONV_2D": (0, 0),
    "DEPTHWISE_CONV_2D": (-1, 0),
    "PRELU": (-1,),
    "TWO_SLOPES": (0, 0),
}


def merge_branches(graph: TfliteGraph) -> TfliteGraph:
    """Merge operators of the same depth and shape.

    Args:
        graph: Any graph; what cannot be merged stays as it is.

    Returns:
        A graph with the same inputs, outputs and results.
    """
    merger = _Merger(graph)
    for row in _levels(graph):
        merger.add_level(row)
    merger.finish()
    return graph.with_operators(tuple(merger.operators), merger.tensors)


def _levels(graph: TfliteGraph) -> list[list[Operator]]:
    """Operators by the length of the longest path that leads to them."""
    depth: dict[int, int] = {}
    levels: list[list[Operator]] = []
    for operator in graph.operators:
        level = max((depth.get(index, 0) for index in operator.inputs), default=0)
        for index in operator.outputs:
            depth[index] = level + 1
        while len(levels) <= level:
            levels.append([])
        levels[level].append(operator)
    return levels


class _Merger:
    """Builds the merged graph level by level."""

    def __init__(self, graph: TfliteGraph) -> None:
        self._graph = graph
        self.tensors: dict[int, Tensor] = dict(graph.tensors)
        self.operators: list[Operator] = []
        self._joined: dict[tuple[int, ...], int] = {}  # members -> tensor with their channels
        self._home: dict[int, tuple[int, int]] = {}  # member -> (joined tensor, first channel)

    def add_level(self, operators: list[Operator]) -> None:
        """Add the operators of one depth, merged where possible."""
        rows: dict[Hashable, list[Operator]] = {}
        for position, operator in enumerate(operators):
            rows.setdefault(self._signature(operator) or position, []).append(operator)
        for row in rows.values():
            if len(row) > 1 and row[0].kind == CROP:
                self._add_merged_crops(row)
            elif len(row) > 1 and len({op.inputs[0] for op in row}) > 1:
                self._add_merged(row)
            else:
                for operator in row:
                    self._add_single(operator)

    def finish(self) -> None:
        """Take out those channels that are outputs of the graph."""
        for index in self._graph.outputs:
            self._separate(index)

    def _signature(self, operator: Operator) -> Hashable:
        """What operators must have in common to be merged; None if the kind cannot be."""
        if operator.kind == CROP:
            shape = self.tensors[operator.outputs[0]].shape
            return operator.kind, operator.inputs[0], shape
        count = _DATA_INPUTS.get(operator.kind)
        if count is None or any(len(self.tensors[i].shape) != 4 for i in operator.inputs[:count]):
            return None
        data, constants = operator.inputs[:count], operator.inputs[count:]
        if any(self.tensors[i].data is not None for i in data):
            return None
        if any(i < 0 or self.tensors[i].data is None for i in constants):
            return None
        shapes = tuple(self.tensors[i].shape for i in operator.inputs)
        if operator.kind == "CONV_2D" and shapes[0][3] != shapes[1][3]:
            return None  # grouped already
        options = tuple(sorted(operator.options.items()))
        return operator.kind, shapes, options

    def _add_single(self, operator: Operator) -> None:
        for index in operator.inputs:
            self._separate(index)
        self.operators.append(operator)

    def _add_merged(self, row: list[Operator]) -> None:
        count = _DATA_INPUTS[row[0].kind]
        inputs = [self._join(tuple(op.inputs[k] for op in row)) for k in range(count)]
        for axis, k in zip(
            _CONSTANT_AXES.get(row[0].kind, ()), range(count, len(row[0].inputs)), strict=False
        ):
            parts = [self.tensors[op.inputs[k]].data for op in row]
            values = np.concatenate([part for part in parts if part is not None], axis=axis)
            inputs.append(self._new(Tensor("merged constant", values.shape, values.dtype, values)))
        members = tuple(op.outputs[0] for op in row)
        joined = self._record(members)
        self.operators.append(replace(row[0], inputs=tuple(inputs), outputs=(joined,)))

    def _add_merged_crops(self, row: list[Operator]) -> None:
        """One operator that cuts several regions out of the same feature map."""
        for index in {index for op in row for index in op.inputs}:
            self._separate(index)
        matrices = [op.inputs[1] for op in row]
        joined = self._record(tuple(op.outputs[0] for op in row))
        inputs = (row[0].inputs[0], *matrices)
        self.operators.append(replace(row[0], inputs=inputs, outputs=(joined,)))

    def _record(self, members: tuple[int, ...]) -> int:
        """Make the tensor that holds the channels of all members, and remember where each is."""
        first = self.tensors[members[0]]
        channels = [self.tensors[member].shape[3] for member in members]
        joined = self._new(replace(first, shape=(*first.shape[:3], sum(channels))))
        self._joined[members] = joined
        for member, start in zip(members, _starts(channels), strict=True):
            self._home.setdefault(member, (joined, start))
        return joined

    def _join(self, members: tuple[int, ...]) -> int:
        """The tensor that holds the channels of all members in this order."""
        if members in self._joined:
            return self._joined[members]
        homes = {self._home[member][0] for member in members if member in self._home}
        if len(homes) == 1 and all(member in self._home for member in members):
            starts = [self._home[member][1] for member in members]
            width = self.tensors[members[0]].shape[3]
            indices = tuple(int(s) + k for s in starts for k in range(width))
            joined = self._record(members)
            operator = Operator(SELECT_CHANNELS, (homes.pop(),), (joined,), {"indices": indices})
        else:
            for member in members:
                self._separate(member)
            joined = self._record(members)
            options = {"axis": 3, "activation": 0}
            operator = Operator("CONCATENATION", members, (joined,), options)
        self.operators.append(operator)
        return joined

    def _separate(self, member: int) -> None:
        """Make sure that a tensor of the original graph exists on its own."""
        if member not in self._home or any(member in op.outputs for op in self.operators):
            return
        joined, start = self._home[member]
        indices = tuple(start + k for k in range(self.tensors[member].shape[3]))
        self.operators.append(Operator(SELECT_CHANNELS, (joined,), (member,), {"indices": indices}))

    def _new(self, tensor: Tensor) -> int:
        index = max(self.tensors) + 1
        self.tensors[index] = tensor
        return index


def _starts(widths: list[int]) -> Iterator[int]:
    """Where each of several pieces begins when they are put one behind the other."""
    start = 0
    for width in widths:
        yield start
        start += width
