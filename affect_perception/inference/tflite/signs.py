"""Turns PReLU with slopes above one into a form that costs one pass less.

A piecewise linear function with slope n below zero and p above is n x + relu((p - n) x) if
p >= n. Both terms are then depthwise convolutions, one with its relu built in. PReLU (n = a, p = 1)
has this form for a <= 1. Where a channel has a > 1, the negated output has it: (-a, -1). So the
sign of such channels is turned around, and what reads them turned back inside its kernels. All of
this is exact, as a sign costs no precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from affect_perception.inference.tflite.branches import CROP
from affect_perception.inference.tflite.schema import Array, Operator, Tensor, TfliteGraph

TWO_SLOPES = "TWO_SLOPES"
"""Internal operator: input, slopes below zero and slopes above zero, one per channel."""

_KERNELS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def turn_signs(graph: TfliteGraph) -> TfliteGraph:
    """Replace every PRELU with one slope per channel by TWO_SLOPES, with signs turned.

    Args:
        graph: Any graph. Signs are turned only where every reader can take it.

    Returns:
        A graph with the same inputs, outputs and results.
    """
    return _Turner(graph).run()


class _Turner:
    def __init__(self, graph: TfliteGraph) -> None:
        self._graph = graph
        self._readers = graph.consumers()
        self._writers = {op.outputs[0]: op for op in graph.operators}
        self._tensors = dict(graph.tensors)
        self._signs = self._choose()

    def run(self) -> TfliteGraph:
        """Rewrite all operators with the chosen signs."""
        operators = tuple(self._rewrite(operator) for operator in self._graph.operators)
        return self._graph.with_operators(operators, self._tensors)

    def _choose(self) -> Mapping[int, Array]:
        """Sign per channel of every tensor whose sign is turned in some channel."""
        signs: dict[int, Array] = {}
        for operator in self._graph.operators:
            slopes = self._slopes(operator)
            if slopes is None or not (slopes > 1).any():
                continue
            target = operator.outputs[0]
            if self._can_turn(target):
                self._spread(signs, target, np.where(slopes > 1, -1.0, 1.0).astype(np.float32))
        return signs

    def _slopes(self, operator: Operator) -> Array | None:
        """Slopes of a PRELU, if it has one for every channel."""
        if operator.kind != "PRELU" or len(self._tensors[operator.inputs[0]].shape) != 4:
            return None
        slopes = self._tensors[operator.inputs[1]].data
        if slopes is None or slopes.size != self._tensors[operator.inputs[0]].shape[3]:
            return None
        return slopes.reshape(-1)

    def _can_turn(self, index: int) -> bool:
        """True if every reader of a tensor can undo a sign, or hand it on to one that can."""
        if index in self._graph.outputs:
            return False
        return all(self._takes_sign(reader, index) for reader in self._readers.get(index, []))

    def _takes_sign(self, reader: Operator, index: int) -> bool:
        if reader.kind == CROP:
            return reader.inputs[0] == index and self._can_turn(reader.outputs[0])
        if reader.kind in _KERNELS:
            return self._plain_kernel(reader)
        return reader.kind == "ADD" and self._sum_takes_sign(reader, index)

    def _plain_kernel(self, operator: Operator) -> bool:
        """True for a constant kernel with as many channels as its input."""
        kernel = self._tensors[operator.inputs[1]]
        channels = self._tensors[operator.inputs[0]].shape[3]
        return kernel.data is not None and kernel.shape[3] == channels

    def _sum_takes_sign(self, addition: Operator, index: int) -> bool:
        """True for a residual: the other term is a convolution's that nothing else reads.

        The sum then has the sign too, so it must go into PReLUs only.
        """
        total = addition.outputs[0]
        others = [other for other in addition.inputs if other != index]
        writer = self._writers.get(others[0]) if len(others) == 1 else None
        if addition.options["activation"] != 0 or total in self._graph.outputs or writer is None:
            return False
        return (
            writer.kind == "CONV_2D"
            and self._plain_kernel(writer)
            and writer.options["activation"] == 0
            and len(self._readers[others[0]]) == 1
            and others[0] not in self._graph.outputs
            and all(self._slopes(reader) is not None for reader in self._readers.get(total, []))
        )

    def _spread(self, signs: dict[int, Array], index: int, sign: Array) -> None:
        """Note the sign for a tensor and for those that take it over from it."""
        signs[index] = sign
        for reader in self._readers.get(index, []):
            if reader.kind == CROP:
                self._spread(signs, reader.outputs[0], sign)
            elif reader.kind == "ADD":
                for other in (*reader.inputs, *reader.outputs):
                    signs[other] = sign

    def _rewrite(self, operator: Operator) -> Operator:
        if operator.kind in _KERNELS:
            return self._turned_kernel(operator)
        slopes = self._slopes(operator)
        return operator if slopes is None else self._two_slopes(operator, slopes)

    def _turned_kernel(self, operator: Operator) -> Operator:
        """Undo the input's sign and apply the output's."""
        before = self._signs.get(operator.inputs[0])
        after = self._signs.get(operator.outputs[0])
        if before is None and after is None:
            return operator
        source, kernel, *bias = operator.inputs
        values = self._tensors[kernel].data
        assert values is not None  # _plain_kernel looked
        if before is not None:
            values = values * before
        if after is not None:
            values = values * after[:, None, None, None]
            bias = [self._times(index, after) for index in bias]
        return replace(operator, inputs=(source, self._constant(values), *bias))

    def _times(self, index: int, sign: Array) -> int:
        data = self._tensors[index].data if index >= 0 else None
        return index if data is None else self._constant(data * sign)

    def _two_slopes(self, operator: Operator, slopes: Array) -> Operator:
        source, target = operator.inputs[0], operator.outputs[0]
        one = np.ones_like(slopes)
        before = self._signs.get(source, one)
        after = self._signs.get(target, one)
        # Where the input is turned, its positive side is the PReLU's negative one.
        below = after * before * np.where(before > 0, slopes, one)
        above = after * before * np.where(before > 0, one, slopes)
        inputs = (source, self._constant(below), self._constant(above))
        return Operator(TWO_SLOPES, inputs, operator.outputs)

    def _constant(self, values: Array) -> int:
        index = max(self._tensors) + 1
        data = values.astype(np.float32)
        self._tensors[index] = Tensor("turned constant", data.shape, data.dtype, data)
        return index
