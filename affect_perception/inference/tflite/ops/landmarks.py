"""Custom operators of MediaPipe's attention mesh.

The mesh network refines lips and eyes: from its first 468 points it computes a rotated box around
each region (Landmarks2TransformMatrix), cuts that box out of its own feature map
(TransformTensorBilinear), predicts points in it, and maps them back (TransformLandmarks). Source:
MediaPipe, `mediapipe/util/tflite/operations/{landmarks_to_transform_matrix,
transform_tensor_bilinear,transform_landmarks}.cc` (Apache-2.0); written anew as standard ONNX
operators, and checked against stored outputs of MediaPipe's own interpreter in test/golden.
"""

from __future__ import annotations

import numpy as np

from affect_perception.inference.tflite.lowering import Layout, Lowering, lowers
from affect_perception.inference.tflite.onnx_graph import OnnxGraph
from affect_perception.inference.tflite.schema import Operator

_OUTSIDE = 5.0
"""A grid coordinate so far outside [-1, 1] that GridSample reads only its zero padding."""


@lowers("Landmarks2TransformMatrix")
def landmarks_to_matrix(ctx: Lowering, operator: Operator) -> None:
    """4x4 matrix from output pixels to the rotated box around a subset of the points.

    The x axis of the box runs from the left to the right rotation point. The box spans the subset
    in that rotated frame, enlarged by scale_x and scale_y.
    """
    options, graph = operator.options, ctx.onnx
    if options.get("target_rotation_radians", 0.0) != 0.0:
        raise ctx.unsupported(operator, "target_rotation_radians other than 0")
    dimensions = ctx.shape(operator.inputs[0])[-1]
    flat = graph.add(
        "Reshape", [ctx.get(operator.inputs[0], Layout.NATIVE), graph.integers(-1, dimensions)]
    )
    xy = _columns(graph, flat, 0, 2)
    ends = [options["left_rotation_idx"], options["right_rotation_idx"]]
    left, right = (
        graph.add("Gather", [xy, graph.integers(index)], axis=0) for index in ends
    )
    # Unit vector (cos, sin) from left to right, then the rotation [[cos, -sin], [sin, cos]].
    along = graph.add("Sub", [right, left])
    unit = graph.add("Div", [along, graph.add("ReduceL2", [along], keepdims=1)])
    turn = np.array([[1, 0, 0, 1], [0, -1, 1, 0]], dtype=np.float32)
    rotation = graph.add(
        "Reshape", [graph.add("MatMul", [unit, graph.constant(turn)]), graph.integers(2, 2)]
    )
    subset = graph.add("Gather", [xy, graph.integers(*options["subset_idxs"])], axis=0)
    turned = graph.add("MatMul", [subset, rotation])
    axis = graph.integers(0)
    high = graph.add("ReduceMax", [turned, axis], keepdims=1)
    low = graph.add("ReduceMin", [turned, axis], keepdims=1)
    # Columns of the rotation, scaled so that one output pixel is one step.
    steps = np.array(
        [
            [
                options["scale_x"] / options["output_width"],
                options["scale_y"] / options["output_height"],
            ]
        ],
        dtype=np.float32,
    )
    scale = graph.add("Mul", [graph.add("Sub", [high, low]), graph.constant(steps)])
    linear = graph.add("Mul", [rotation, scale])
    half = np.array([[0.5]], dtype=np.float32)
    centre = graph.add("Mul", [graph.add("Add", [high, low]), graph.constant(half)])
    back = graph.add(
        "MatMul", [rotation, graph.add("Reshape", [centre, graph.integers(2, 1)])]
    )
    middle = np.array(
        [[-options["output_width"] / 2], [-options["output_height"] / 2]], dtype=np.float32
    )
    shift = graph.add(
        "Add", [graph.add("MatMul", [linear, graph.constant(middle)]), back]
    )
    zeros = graph.constant(np.zeros((2, 1), np.float32))
    top = graph.add("Concat", [linear, zeros, shift], axis=1)
    bottom = graph.constant(np.eye(4, dtype=np.float32)[2:])
    matrix = graph.add("Concat", [top, bottom], axis=0)
    result = graph.add("Reshape", [matrix, graph.integers(*ctx.shape(operator.outputs[0]))])
    ctx.put(operator.outputs[0], Layout.NATIVE, result)


@lowers("TransformTensorBilinear")
def transform_tensor(ctx: Lowering, operator: Operator) -> None:
    """Cut a region out of a feature map with bilinear interpolation.

    Output pixel (x, y) reads the input at matrix * (x + 0.5, y + 0.5) - 0.5; a position outside
    the centres of the outermost pixels reads zero.
    """
    graph = ctx.onnx
    source, matrix = operator.inputs[0], operator.inputs[1]
    _, in_height, in_width, _ = ctx.shape(source)
    _, out_height, out_width, _ = ctx.shape(operator.outputs[0])
    y, x = np.mgrid[0:out_height, 0:out_width]
    pixels = np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1).astype(np.float32)
    linear, shift = _affine(ctx, matrix)
    position = graph.add("Add", [graph.add("MatMul", [graph.constant(pixels), linear]), shift])
    # GridSample (align_corners=0) reads pixel ((g + 1) * size - 1) / 2, so g = 2 p / size - 1.
    size = np.array([[in_width, in_height]], dtype=np.float32)
    grid = graph.add(
        "Sub",
        [
            graph.add("Mul", [position, graph.constant(np.float32(2) / size)]),
            graph.constant(np.ones((1, 1), np.float32)),
        ],
    )
    limit = graph.constant(np.float32(1) - np.float32(1) / size)
    inside = graph.add("LessOrEqual", [graph.add("Abs", [grid]), limit])
    far = graph.constant(np.full((1, 1), _OUTSIDE, np.float32))
    grid = graph.add("Where", [inside, grid, far])
    sampled = graph.add(
        "GridSample",
        [
            ctx.get(source, Layout.CHANNELS_FIRST),
            graph.add("Reshape", [grid, graph.integers(1, out_height, out_width, 2)]),
        ],
        mode="bilinear",
        padding_mode="zeros",
        align_corners=0,
    )
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, sampled)


@lowers("TransformLandmarks")
def transform_landmarks(ctx: Lowering, operator: Operator) -> None:
    """Map x and y of every point by the matrix; z, if there is one, stays."""
    graph = ctx.onnx
    dimensions = ctx.shape(operator.inputs[0])[-1]
    value = ctx.get(operator.inputs[0], Layout.NATIVE)
    points = graph.add("Reshape", [value, graph.integers(-1, dimensions)])
    linear, shift = _affine(ctx, operator.inputs[1])
    xy = _columns(graph, points, 0, 2) if dimensions > 2 else points
    result = graph.add("Add", [graph.add("MatMul", [xy, linear]), shift])
    if dimensions > 2:
        rest = _columns(graph, points, 2, dimensions)
        result = graph.add("Concat", [result, rest], axis=1)
    sizes = graph.integers(*ctx.shape(operator.outputs[0]))
    ctx.put(operator.outputs[0], Layout.NATIVE, graph.add("Reshape", [result, sizes]))


def _columns(graph: OnnxGraph, value: str, start: int, end: int) -> str:
    """Columns `start` to `end` of a matrix."""
    bounds = [graph.integers(start), graph.integers(end), graph.integers(1)]
    return graph.add("Slice", [value, *bounds])


def _affine(ctx: Lowering, index: int) -> tuple[str, str]:
    """The part of a 4x4 matrix that acts on row vectors (x, y): linear (2, 2) and shift (1, 2)."""
    graph = ctx.onnx
    square = graph.add("Reshape", [ctx.get(index, Layout.NATIVE), graph.integers(4, 4)])
    columns = graph.add("Transpose", [square], perm=[1, 0])
    steps, axes = graph.integers(1, 1), graph.integers(0, 1)
    linear = graph.add(
        "Slice", [columns, graph.integers(0, 0), graph.integers(2, 2), axes, steps]
    )
    shift = graph.add(
        "Slice", [columns, graph.integers(3, 0), graph.integers(4, 2), axes, steps]
    )
    return linear, shift
