"""Turning the signs of channels keeps every result, and leaves alone what cannot take it."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_tflite import CONV, POOL, GraphBuilder, run_graph

from affect_perception.inference.tflite.branches import merge_branches
from affect_perception.inference.tflite.schema import TfliteGraph
from affect_perception.inference.tflite.signs import TWO_SLOPES, turn_signs

pytestmark = pytest.mark.unit

CHANNELS = 4
SHAPE = (1, 6, 6, CHANNELS)
LARGE = [0.25, 1.5, -0.5, 3.0]
SMALL = [0.25, -1.5, 0.0, 1.0]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


class NetBuilder(GraphBuilder):
    """Adds the pieces that the mesh is made of."""

    def prelu(self, source: int, slopes: list[float]) -> int:
        return self.op("PRELU", [source, self.constant(slopes)], SHAPE)

    def convolution(self, source: int, seed: int, **options: int) -> int:
        kernel = self.constant(random(CHANNELS, 1, 1, CHANNELS, seed=seed))
        inputs = [source, kernel, self.constant(random(CHANNELS, seed=seed + 1))]
        return self.op("CONV_2D", inputs, SHAPE, **{**CONV, **options})

    def depthwise(self, source: int, seed: int) -> int:
        inputs = [source, self.constant(random(1, 3, 3, CHANNELS, seed=seed))]
        return self.op("DEPTHWISE_CONV_2D", inputs, SHAPE, **CONV)

    def add(self, *terms: int, **options: int) -> int:
        return self.op("ADD", terms, SHAPE, **{"activation": 0, **options})

    def block(self, source: int, slopes: list[float], seed: int) -> int:
        inner = self.convolution(self.depthwise(source, seed), seed + 1)
        return self.prelu(self.add(source, inner), slopes)


def rising(graph: TfliteGraph) -> list[bool]:
    """For each piecewise linear operator: does it have the cheap form in all channels?"""
    return [
        bool((graph.tensors[op.inputs[2]].data >= graph.tensors[op.inputs[1]].data).all())
        for op in graph.operators
        if op.kind == TWO_SLOPES
    ]


def turned(before: TfliteGraph) -> TfliteGraph:
    """The graph with signs turned, checked to give the same."""
    after = turn_signs(before)
    inputs = [
        random(*before.tensors[index].shape, seed=100 + number)
        for number, index in enumerate(before.inputs)
    ]
    wanted = run_graph(before, *inputs)
    for graph in (after, merge_branches(after)):
        for found, expected in zip(run_graph(graph, *inputs), wanted, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    return after


@pytest.mark.parametrize("slopes", [LARGE, SMALL, [2.0] * CHANNELS])
def test_chain_of_residual_blocks_gets_the_cheap_form(slopes):
    build = NetBuilder()
    value = build.prelu(build.convolution(build.input(*SHAPE), 1), slopes)
    for seed in (10, 20, 30):
        value = build.block(value, slopes, seed)
    target = build.convolution(value, 40)
    assert rising(turned(build.graph(target))) == [True] * 4


def test_crops_hand_the_sign_on():
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    crops = [
        build.op("TransformTensorBilinear", [value, build.input(1, 4, 4)], SHAPE) for _ in range(2)
    ]
    ends = [build.block(crop, LARGE, 10 * number) for number, crop in enumerate(crops)]
    targets = [build.convolution(end, 70 + number) for number, end in enumerate(ends)]
    assert rising(turned(build.graph(*targets))) == [True] * 3


def cannot_take_it():
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    yield "graph output", build, [value, build.convolution(value, 1)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    yield "maximum", build, [build.op("MAX_POOL_2D", [value], (1, 3, 3, CHANNELS), **POOL)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    total = build.add(value, build.input(*SHAPE))
    yield "sum with another value", build, [build.prelu(total, SMALL)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    yield "sum with itself", build, [build.prelu(build.add(value, value), SMALL)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    inner = build.convolution(value, 1)
    yield "partner is an output", build, [build.prelu(build.add(value, inner), SMALL), inner]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    inner = build.convolution(value, 1)
    seen = build.op("RELU", [inner], SHAPE)
    yield "partner read by another", build, [build.prelu(build.add(value, inner), SMALL), seen]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    inner = build.convolution(value, 1, activation=1)
    yield "partner with activation", build, [build.prelu(build.add(value, inner), SMALL)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    total = build.add(value, build.convolution(value, 1), activation=1)
    yield "sum with activation", build, [build.prelu(total, SMALL)]
    build = NetBuilder()
    value = build.prelu(build.input(*SHAPE), LARGE)
    total = build.add(value, build.convolution(value, 1))
    yield "sum into a convolution", build, [build.convolution(total, 5)]


@pytest.mark.parametrize(
    ("build", "targets"), [pytest.param(*case[1:], id=case[0]) for case in cannot_take_it()]
)
def test_signs_stay_where_a_reader_cannot_take_them(build, targets):
    after = turned(build.graph(*targets))
    assert rising(after)[0] is False


def test_slopes_shared_by_positions_only_are_left_to_the_operator():
    build = NetBuilder()
    slopes = build.constant(random(6, 6, CHANNELS))
    target = build.op("PRELU", [build.input(*SHAPE), slopes], SHAPE)
    assert [op.kind for op in turn_signs(build.graph(target)).operators] == ["PRELU"]
