"""Custom operators of MediaPipe's attention mesh.

The mesh network refines lips and eyes: from its first 468 points it computes a rotated box around
each region (Landmarks2TransformMatrix), cuts that box out of its own feature map
(TransformTensorBilinear), predicts points in it, and maps them back (TransformLandmarks). Source:
MediaPipe, `mediapipe/util/tflite/operations/{landmarks_to_transform_matrix,
transform_tensor_bilinear,transform_landmarks}.cc` (Apache-2.0); written anew as standard ONNX
operators, and checked against stored outputs of MediaPipe's own interpreter in test/golden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from affect_perception.inference.tflite.lowering import AffineRow, Layout, Lowering, lowers
from affect_perception.inference.tflite.ops.blocks import into_blocks
from affect_perception.inference.tflite.schema import Array, Operator

_OUTSIDE = 5.0
"""A grid coordinate so far outside [-1, 1] that GridSample reads only its zero padding."""


@lowers("Landmarks2TransformMatrix")
def landmarks_to_matrix(ctx: Lowering, operator: Operator) -> None:
    """Affine map from output pixels to the rotated box around a subset of the points.

    The x axis of the box runs from the left to the right rotation point. The box spans the subset
    in that rotated frame, enlarged by scale_x and scale_y. All operators that read the same points
    are computed at once.
    """
    if operator.outputs[0] in ctx.affines:
        return
    siblings = [
        other
        for other in ctx.graph.operators
        if other.kind == operator.kind and other.inputs == operator.inputs
    ]
    for other in siblings:
        if other.options.get("target_rotation_radians", 0.0) != 0.0:
            raise ctx.unsupported(other, "target_rotation_radians other than 0")
    value = _box_maps(ctx, siblings)
    for row, other in enumerate(siblings):
        ctx.affines[other.outputs[0]] = AffineRow(value, row, len(siblings))


def _box_maps(ctx: Lowering, operators: list[Operator]) -> str:
    """Maps of several boxes around the same points, (count, 3, 2)."""
    graph, count = ctx.onnx, len(operators)
    dimensions = ctx.shape(operators[0].inputs[0])[-1]
    value = ctx.get(operators[0].inputs[0], Layout.NATIVE)
    points = graph.add("Reshape", [value, graph.integers(-1, dimensions)])
    if dimensions > 2:
        bounds = [graph.integers(k) for k in (0, 2, 1)]
        points = graph.add("Slice", [points, *bounds])
    table, subset_size = _point_table([op.options for op in operators])
    chosen = graph.add("Gather", [points, graph.constant(table)], axis=0)
    subset, left, right = graph.add_many(
        "Split", [chosen, graph.integers(subset_size, 1, 1)], 3, axis=1
    )
    # Unit vector (cos, sin) from left to right. As row vectors, points times
    # [[cos, -sin], [sin, cos]] lie in the frame of the box, and its transpose turns them back.
    along = graph.add("Sub", [right, left])
    length = graph.add("ReduceL2", [along, graph.integers(2)], keepdims=1)
    unit = graph.add("Div", [along, length])
    spread = np.array([[1, 0, 0, 1], [0, -1, 1, 0]], dtype=np.float32)
    turn = graph.add(
        "Reshape",
        [graph.add("MatMul", [unit, graph.constant(spread)]), graph.integers(count, 2, 2)],
    )
    turned = graph.add("MatMul", [subset, turn])
    axis = graph.integers(1)
    high = graph.add("ReduceMax", [turned, axis], keepdims=1)
    low = graph.add("ReduceMin", [turned, axis], keepdims=1)
    extremes = graph.add("Concat", [high, low], axis=2)
    mixed = graph.add("MatMul", [extremes, graph.constant(_mixing(operators))])
    upright = graph.add("Reshape", [mixed, graph.integers(count, 3, 2)])
    return graph.add("MatMul", [upright, graph.add("Transpose", [turn], perm=[0, 2, 1])])


def _point_table(options: list[Mapping[str, Any]]) -> tuple[Array, int]:
    """Indices (count, n + 2): the subset, filled up by repetition, then left and right end."""
    size = max(len(option["subset_idxs"]) for option in options)
    rows = [
        [
            *np.resize(option["subset_idxs"], size).tolist(),
            option["left_rotation_idx"],
            option["right_rotation_idx"],
        ]
        for option in options
    ]
    return np.asarray(rows, dtype=np.int64), size


def _mixing(operators: list[Operator]) -> Array:
    """Matrices (count, 4, 6) from the box (x1, y1, x0, y0) to the upright map, row by row.

    The map's rows are one step along x, one step along y, and the corner where pixel (0, 0)
    begins: the box's centre less half of the enlarged box.
    """
    matrices = np.zeros((len(operators), 4, 6), dtype=np.float64)
    for matrix, operator in zip(matrices, operators, strict=True):
        options = operator.options
        for axis, (scale, size) in enumerate(
            (
                (options["scale_x"], options["output_width"]),
                (options["scale_y"], options["output_height"]),
            )
        ):
            high, low, step, corner = axis, 2 + axis, 3 * axis, 4 + axis
            matrix[high, step], matrix[low, step] = scale / size, -scale / size
            matrix[high, corner], matrix[low, corner] = 0.5 - scale / 2, 0.5 + scale / 2
    return matrices.astype(np.float32)


def scale_matrix(ctx: Lowering, operator: Operator) -> None:
    """Multiply a 4x4 matrix element by element with a constant.

    The network does so to go from pixels of its feature map to pixels of the picture. All
    matrices that were computed together are scaled together.
    """
    source = next(index for index in operator.inputs if index in ctx.affines)
    batch = ctx.affines[source]
    if operator.outputs[0] in ctx.affines:
        return
    factors = np.ones((batch.count, 3, 2), dtype=np.float32)
    scaled: dict[int, int] = {}
    for other in ctx.graph.operators:
        row = ctx.affines.get(other.inputs[0])
        if other.kind != "MUL" or row is None or row.value != batch.value or row.row in scaled:
            continue
        data = ctx.require_constant(other, 1).reshape(4, 4)
        factors[row.row] = data[np.ix_((0, 1), (0, 1, 3))].T
        scaled[row.row] = other.outputs[0]
    value = ctx.onnx.add("Mul", [batch.value, ctx.onnx.constant(factors)])
    for row_number, index in scaled.items():
        ctx.affines[index] = AffineRow(value, row_number, batch.count)


@lowers("TransformTensorBilinear")
def transform_tensor(ctx: Lowering, operator: Operator) -> None:
    """Cut regions out of a feature map with bilinear interpolation.

    Output pixel (x, y) reads the input at map(x + 0.5, y + 0.5) - 0.5; a position outside the
    centres of the outermost pixels reads zero. With several matrices the regions' channels stand
    one behind the other.
    """
    graph = ctx.onnx
    source, *matrices = operator.inputs
    count = len(matrices)
    _, in_height, in_width, channels = ctx.shape(source)
    _, out_height, out_width, _ = ctx.shape(operator.outputs[0])
    # GridSample (align_corners=0) reads pixel ((g + 1) * size - 1) / 2, so g = 2 p / size - 1.
    size = np.array([[[in_width, in_height]]], dtype=np.float32)
    origin = np.array([[[0, 0], [0, 0], [1, 1]]], dtype=np.float32)
    maps = graph.add("Mul", [_maps(ctx, matrices), graph.constant(np.float32(2) / size)])
    maps = graph.add("Sub", [maps, graph.constant(origin)])
    y, x = np.mgrid[0:out_height, 0:out_width]
    pixels = np.stack([x.ravel() + 0.5, y.ravel() + 0.5, np.ones(x.size)], axis=1)
    grid = graph.add("MatMul", [graph.constant(pixels.astype(np.float32)), maps])
    limit = np.float32(1) - np.float32(1) / size
    if in_height == in_width:
        limit = limit[0, 0, :1]  # ONNX Runtime compares faster with a single number
    inside = graph.add("LessOrEqual", [graph.add("Abs", [grid]), graph.constant(limit)])
    far = graph.constant(np.full((1, 1, 1), _OUTSIDE, np.float32))
    grid = graph.add("Where", [inside, grid, far])
    # The regions are sampled as one tall picture.
    tall = graph.integers(1, count * out_height, out_width, 2)
    result = graph.add(
        "GridSample",
        [ctx.get(source, Layout.CHANNELS_FIRST), graph.add("Reshape", [grid, tall])],
        mode="bilinear",
        padding_mode="zeros",
        align_corners=0,
    )
    if count > 1:
        parts = graph.integers(channels, count, out_height * out_width)
        result = graph.add("Reshape", [result, parts])
        result = graph.add("Transpose", [result], perm=[1, 0, 2])
        sizes = graph.integers(1, count * channels, out_height, out_width)
        result = graph.add("Reshape", [result, sizes])
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, into_blocks(ctx, result, count * channels))


@lowers("TransformLandmarks")
def transform_landmarks(ctx: Lowering, operator: Operator) -> None:
    """Map x and y of every point; z, if there is one, stays."""
    graph = ctx.onnx
    dimensions = ctx.shape(operator.inputs[0])[-1]
    value = ctx.get(operator.inputs[0], Layout.NATIVE)
    points = graph.add("Reshape", [value, graph.integers(-1, dimensions)])
    rest: list[str] = []
    if dimensions > 2:
        sizes = graph.integers(2, dimensions - 2)
        points, *rest = graph.add_many("Split", [points, sizes], 2, axis=1)
    linear, shift = _linear_and_shift(ctx, operator.inputs[1])
    result = graph.add("Gemm", [points, linear, shift])
    if rest:
        result = graph.add("Concat", [result, *rest], axis=1)
    shape = graph.integers(*ctx.shape(operator.outputs[0]))
    ctx.put(operator.outputs[0], Layout.NATIVE, graph.add("Reshape", [result, shape]))


def _maps(ctx: Lowering, matrices: Sequence[int]) -> str:
    """The maps of several matrix tensors as one value (count, 3, 2)."""
    rows = [_affine(ctx, index) for index in matrices]
    batch = rows[0]
    if all(row == AffineRow(batch.value, k, len(rows)) for k, row in enumerate(rows)):
        return batch.value
    chosen = [
        ctx.onnx.add("Gather", [row.value, ctx.onnx.integers(row.row)], axis=0) for row in rows
    ]
    return ctx.onnx.add("Concat", chosen, axis=0)


def _linear_and_shift(ctx: Lowering, index: int) -> tuple[str, str]:
    """The parts of one map: linear (2, 2) and shift (1, 2)."""
    graph = ctx.onnx
    row = _affine(ctx, index)
    flat = graph.add("Reshape", [row.value, graph.integers(row.count * 3, 2)])
    bounds = [row.row * 3, row.row * 3 + 2, row.row * 3 + 3]
    pieces = [
        graph.add("Slice", [flat, graph.integers(start), graph.integers(end), graph.integers(0)])
        for start, end in pairwise(bounds)
    ]
    return pieces[0], pieces[1]


def _affine(ctx: Lowering, index: int) -> AffineRow:
    """Where the map of a matrix tensor is; a matrix that is an input is brought into that form."""
    if index not in ctx.affines:
        graph = ctx.onnx
        square = graph.add("Reshape", [ctx.get(index, Layout.NATIVE), graph.integers(1, 4, 4)])
        top = graph.add("Slice", [square, graph.integers(0), graph.integers(2), graph.integers(1)])
        wanted = graph.add("Gather", [top, graph.integers(0, 1, 3)], axis=2)
        value = graph.add("Transpose", [wanted], perm=[0, 2, 1])
        ctx.affines[index] = AffineRow(value, 0, 1)
    return ctx.affines[index]
