"""The mesh's custom operators against their definition in plain numpy loops.

That the definition is MediaPipe's is checked in test/golden/face_models with its own outputs.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from tiny_tflite import GraphBuilder, run_graph

from affect_perception.inference.tflite.errors import UnsupportedOperatorError

pytestmark = pytest.mark.unit

BOX = {
    "left_rotation_idx": 0,
    "right_rotation_idx": 1,
    "subset_idxs": [0, 1, 2, 3, 4],
    "scale_x": 1.5,
    "scale_y": 1.2,
    "output_width": 8,
    "output_height": 6,
    "target_rotation_radians": 0.0,
}


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def box_matrix(points: np.ndarray, options: dict) -> np.ndarray:
    """4x4 matrix of the rotated box, from angle and trigonometry."""
    left, right = points[options["left_rotation_idx"]], points[options["right_rotation_idx"]]
    angle = math.atan2(right[1] - left[1], right[0] - left[0])
    forth = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = points[options["subset_idxs"], :2] @ forth.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    width, height = (high - low) * (options["scale_x"], options["scale_y"])
    steps = width / options["output_width"], height / options["output_height"]
    matrix = np.eye(4)
    matrix[:2, :2] = forth.T @ np.diag(steps)
    half = np.array([options["output_width"], options["output_height"]]) / 2
    matrix[:2, 3] = forth.T @ ((low + high) / 2) - matrix[:2, :2] @ half
    return matrix


def crop(x: np.ndarray, matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear sampling by definition; positions beyond the outermost centres give zero."""
    rows, columns, channels = x.shape[1:]
    result = np.zeros((1, height, width, channels))
    for i in range(height):
        for j in range(width):
            px, py = (matrix @ [j + 0.5, i + 0.5, 0, 1])[:2] - 0.5
            if not (0 <= px <= columns - 1 and 0 <= py <= rows - 1):
                continue
            x0, y0 = min(int(px), columns - 2), min(int(py), rows - 2)
            dx, dy = px - x0, py - y0
            result[0, i, j] = (
                x[0, y0, x0] * (1 - dx) * (1 - dy)
                + x[0, y0, x0 + 1] * dx * (1 - dy)
                + x[0, y0 + 1, x0] * (1 - dx) * dy
                + x[0, y0 + 1, x0 + 1] * dx * dy
            )
    return result


def mapped(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    result = points.copy().astype(np.float64)
    result[..., :2] = points[..., :2] @ matrix[:2, :2].T + matrix[:2, 3]
    return result


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dimensions", [2, 3])
def test_box_around_points_maps_pixels(seed, dimensions):
    points = random(1, 7, dimensions, seed=seed)
    pixels = random(1, 4, dimensions, seed=seed + 100)
    build = GraphBuilder()
    source, given = build.input(*points.shape), build.input(*pixels.shape)
    matrix = build.op("Landmarks2TransformMatrix", [source], (1, 4, 4), **BOX)
    target = build.op("TransformLandmarks", [given, matrix], pixels.shape)

    (found,) = run_graph(build.graph(target), points, pixels)

    wanted = mapped(pixels[0], box_matrix(points[0].astype(np.float64), BOX))[None]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_boxes_of_unlike_size_are_computed_together_and_scaled():
    points, pixels = random(1, 9, 3), random(1, 6, 2, seed=1)
    small = {**BOX, "subset_idxs": [5, 6, 7], "left_rotation_idx": 8, "scale_x": 2.0}
    factors = np.ones((4, 4), np.float32)
    factors[:2, 3] = 4
    build = GraphBuilder()
    source, given = build.input(*points.shape), build.input(*pixels.shape)
    targets = []
    for options in (BOX, small):
        matrix = build.op("Landmarks2TransformMatrix", [source], (1, 4, 4), **options)
        inputs = [matrix, build.constant(factors[None])]
        scaled = build.op("MUL", inputs, (1, 4, 4), activation=0)
        targets.append(build.op("TransformLandmarks", [given, scaled], pixels.shape))

    results = run_graph(build.graph(*targets), points, pixels)

    for found, options in zip(results, (BOX, small), strict=True):
        matrix = box_matrix(points[0].astype(np.float64), options) * factors
        np.testing.assert_allclose(found[0], mapped(pixels[0], matrix), rtol=1e-4, atol=1e-4)


def matrices(count: int) -> np.ndarray:
    """Rotations and scales that leave a 10x12 picture in part."""
    result = np.tile(np.eye(4, dtype=np.float32), (count, 1, 1))
    for number, matrix in enumerate(result):
        angle = 0.3 * number
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix[:2, :2] = 1.3 * turn
        matrix[:2, 3] = (-1.5 + 2 * number, 0.7)
    return result


@pytest.mark.parametrize("count", [1, 3])
def test_crops_of_a_feature_map(count):
    x, given = random(1, 10, 12, 4), matrices(count)
    build = GraphBuilder()
    source = build.input(*x.shape)
    inputs = [source, *(build.input(1, 4, 4) for _ in range(count))]
    shape = (1, 8, 6, 4 * count)
    target = build.op("TransformTensorBilinear", inputs, shape)

    (found,) = run_graph(build.graph(target), x, *(m[None] for m in given))

    wanted = np.concatenate([crop(x, m, 8, 6) for m in given.astype(np.float64)], axis=3)
    assert (wanted == 0).any()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_other_target_rotation_is_refused():
    build = GraphBuilder()
    options = {**BOX, "target_rotation_radians": 0.1}
    matrix = build.op("Landmarks2TransformMatrix", [build.input(1, 7, 2)], (1, 4, 4), **options)
    target = build.op("TransformLandmarks", [build.input(1, 2, 2), matrix], (1, 2, 2))
    with pytest.raises(UnsupportedOperatorError, match="target_rotation_radians"):
        run_graph(build.graph(target), random(1, 7, 2), random(1, 2, 2))


def test_matrix_used_as_plain_data_is_refused():
    build = GraphBuilder()
    matrix = build.op("Landmarks2TransformMatrix", [build.input(1, 7, 2)], (1, 4, 4), **BOX)
    target = build.op("RELU", [matrix], (1, 4, 4))
    with pytest.raises(UnsupportedOperatorError, match="transform matrix"):
        run_graph(build.graph(target), random(1, 7, 2))
