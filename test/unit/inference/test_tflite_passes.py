"""Rewrites of graphs keep the result and do what they are for; merging of branches too.

Each test runs the graph before and after and compares. Single operators are left to
test_tflite_operators.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from tiny_tflite import CONV, POOL, GraphBuilder, run_graph

from affect_perception.inference.tflite import passes
from affect_perception.inference.tflite.branches import merge_branches
from affect_perception.inference.tflite.errors import UnsupportedOperatorError
from affect_perception.inference.tflite.schema import TfliteGraph

pytestmark = pytest.mark.unit

VALID = {**CONV, "padding": 1}


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def kinds(graph: TfliteGraph) -> list[str]:
    return [operator.kind for operator in graph.operators]


def assert_same_result(before: TfliteGraph, after: TfliteGraph) -> None:
    inputs = [
        random(*before.tensors[index].shape, seed=number)
        for number, index in enumerate(before.inputs)
    ]
    for found, wanted in zip(run_graph(after, *inputs), run_graph(before, *inputs), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_stored_half_floats_become_constants():
    build = GraphBuilder()
    stored = build.constant([1.5, -2.25], np.float16)
    single = build.op("DEQUANTIZE", [stored], (2,))
    target = build.op("ADD", [build.input(3, 2), single], (3, 2), activation=0)

    graph = passes.fold_stored_constants(build.graph(target))

    assert kinds(graph) == ["ADD"]
    x = random(3, 2)
    np.testing.assert_allclose(run_graph(graph, x)[0], x + [1.5, -2.25], rtol=1e-6)


def test_dequantize_of_integers_is_refused():
    build = GraphBuilder()
    stored = build.constant([1, 2], np.int8)
    single = build.op("DEQUANTIZE", [stored], (2,), name="weights")
    with pytest.raises(UnsupportedOperatorError, match="weights"):
        passes.fold_stored_constants(build.graph(single))


def padded_convolution(own_padding: int, also_read: bool) -> TfliteGraph:
    build = GraphBuilder()
    source = build.input(1, 5, 5, 2)
    amounts = build.constant([[0, 0], [1, 0], [2, 1], [0, 0]], np.int32)
    padded = build.op("PAD", [source, amounts], (1, 6, 8, 2))
    options = {**CONV, "padding": own_padding}
    size = (1, 6, 8, 3) if own_padding == 0 else (1, 4, 6, 3)
    kernel = build.constant(random(3, 3, 3, 2, seed=5))
    target = build.op("CONV_2D", [padded, kernel], size, **options)
    if not also_read:
        return build.graph(target)
    return build.graph(target, build.op("RELU", [padded], (1, 6, 8, 2)))


def test_padding_moves_into_the_convolution():
    before = padded_convolution(own_padding=1, also_read=False)
    after = passes.merge_padding(before)
    assert kinds(after) == ["CONV_2D"]
    assert_same_result(before, after)


@pytest.mark.parametrize(("own_padding", "also_read"), [(0, False), (1, True)])
def test_padding_stays_where_it_cannot_move(own_padding, also_read):
    before = padded_convolution(own_padding, also_read)
    after = passes.merge_padding(before)
    assert "PAD" in kinds(after)
    assert_same_result(before, after)


def test_padding_of_channels_does_not_move_into_the_convolution():
    build = GraphBuilder()
    amounts = build.constant([[0, 0], [1, 1], [1, 1], [0, 2]], np.int32)
    padded = build.op("PAD", [build.input(1, 3, 3, 2), amounts], (1, 5, 5, 4))
    kernel = build.constant(random(2, 3, 3, 4))
    target = build.op("CONV_2D", [padded, kernel], (1, 3, 3, 2), **VALID)
    before = build.graph(target)
    after = passes.channels_by_convolution(passes.merge_padding(before))
    assert kinds(after) == ["PAD", "CONV_2D"]
    assert_same_result(before, after)


def test_appended_channels_become_a_convolution():
    build = GraphBuilder()
    amounts = build.constant([[0, 0], [0, 0], [0, 0], [0, 3]], np.int32)
    target = build.op("PAD", [build.input(1, 4, 4, 2), amounts], (1, 4, 4, 5))
    before = build.graph(target)
    after = passes.channels_by_convolution(before)
    assert kinds(after) == ["CONV_2D"]
    assert_same_result(before, after)


def test_input_scale_goes_into_all_first_kernels():
    build = GraphBuilder()
    source = build.input(1, 6, 6, 3)
    first = build.op("CONV_2D", [source, build.constant(random(2, 3, 3, 3))], (1, 6, 6, 2), **CONV)
    second = build.op("CONV_2D", [source, build.constant(random(4, 1, 1, 3))], (1, 6, 6, 4), **CONV)
    before = build.graph(first, second)
    after = passes.scale_input(before, 0.5)
    x = random(1, 6, 6, 3, seed=9)
    for found, wanted in zip(run_graph(after, 2 * x), run_graph(before, x), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_input_scale_needs_convolutions():
    build = GraphBuilder()
    target = build.op("RELU", [build.input(1, 2, 2, 3)], (1, 2, 2, 3), name="clipped")
    with pytest.raises(UnsupportedOperatorError, match="clipped"):
        passes.scale_input(build.graph(target), 0.5)


def test_equal_operators_are_shared():
    build = GraphBuilder()
    source = build.input(1, 6)
    targets = []
    for factor in (0.25, 0.25, 0.5):
        shaped = build.op("RESHAPE", [source], (2, 3))
        scaled = build.op("MUL", [shaped, build.constant([factor])], (2, 3), activation=0)
        targets.append(build.op("LOGISTIC", [scaled], (2, 3)))
    before = build.graph(*targets)

    after = passes.share_equal_operators(before)

    # One reshape, the two unlike factors, and the graph's outputs, which stay apart.
    assert sorted(kinds(after)) == ["LOGISTIC"] * 3 + ["MUL"] * 2 + ["RESHAPE"]
    assert_same_result(before, after)


def block(build: GraphBuilder, source: int, channels: int, seed: int) -> int:
    """Depthwise and pointwise convolution, residual addition, PReLU."""
    shape = build.tensors[source].shape
    depthwise = build.op(
        "DEPTHWISE_CONV_2D",
        [
            source,
            build.constant(random(1, 3, 3, channels, seed=seed)),
            build.constant(random(channels, seed=seed + 1)),
        ],
        shape,
        **CONV,
    )
    pointwise = build.op(
        "CONV_2D",
        [
            depthwise,
            build.constant(random(channels, 1, 1, channels, seed=seed + 2)),
            build.constant(random(channels, seed=seed + 3)),
        ],
        shape,
        **CONV,
    )
    total = build.op("ADD", [source, pointwise], shape, activation=0)
    slopes = build.constant(random(1, 1, channels, seed=seed + 4))
    return build.op("PRELU", [total, slopes], shape)


def test_branches_are_merged_split_again_and_read_one_by_one():
    build = GraphBuilder()
    first, second = (block(build, build.input(1, 6, 6, 4), 4, seed) for seed in (10, 20))
    # The second branch forks, so that three stand beside each other.
    ends = [
        block(build, source, 4, seed) for source, seed in ((first, 30), (second, 40), (second, 50))
    ]
    pooled = [build.op("MAX_POOL_2D", [end], (1, 3, 3, 4), **POOL) for end in ends]
    # The last convolutions differ in size and stay apart.
    targets = [
        build.op(
            "CONV_2D",
            [end, build.constant(random(size, 3, 3, 4, seed=size))],
            (1, 1, 1, size),
            **VALID,
        )
        for end, size in zip(pooled, (2, 3, 5), strict=True)
    ]
    before = build.graph(*targets)

    after = merge_branches(before)

    count = {kind: kinds(after).count(kind) for kind in kinds(after)}
    assert count["DEPTHWISE_CONV_2D"] == count["PRELU"] == count["ADD"] == 2
    assert count["CONV_2D"] == 2 + 3
    assert count["MAX_POOL_2D"] == 1
    assert len(after.operators) < len(before.operators)
    assert_same_result(before, after)


def test_crops_of_one_map_are_merged():
    build = GraphBuilder()
    source = build.input(1, 6, 6, 2)
    crops = [
        build.op("TransformTensorBilinear", [source, build.input(1, 4, 4)], (1, 4, 4, 2))
        for _ in range(2)
    ]
    targets = [block(build, crop, 2, seed) for crop, seed in zip(crops, (60, 70), strict=True)]
    before = build.graph(*targets)
    after = merge_branches(before)
    assert kinds(after).count("TransformTensorBilinear") == 1
    assert_same_result(before, after)


def test_unlike_operators_stay_apart():
    build = GraphBuilder()
    source = build.input(1, 6, 6, 4)
    one = build.op("RELU", [source], (1, 6, 6, 4))
    other = build.op("LOGISTIC", [source], (1, 6, 6, 4))
    wide = build.op("CONV_2D", [one, build.constant(random(6, 1, 1, 4))], (1, 6, 6, 6), **CONV)
    slim = build.op("CONV_2D", [other, build.constant(random(2, 1, 1, 4))], (1, 6, 6, 2), **CONV)
    before = build.graph(wide, slim)
    after = merge_branches(before)
    assert sorted(kinds(after)) == sorted(kinds(before))
    assert_same_result(before, after)
