"""The mean face: the committed table, and the command that learns it, on generated faces."""

from __future__ import annotations

import math

import numpy as np
import pytest
from face_fakes import head_rotation

from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import rotation_from_vector
from affect_perception.training.face_shape import (
    FaceShape,
    choose_points,
    fit_similarity,
    learn_shape,
    make_level,
    make_symmetric,
    mirror_pairs,
    source_text,
)

pytestmark = pytest.mark.unit

TABLE = np.array(FACE_SHAPE)


def test_the_table_is_a_face_of_adult_size():
    assert len(TABLE) == 64
    assert len(set(TABLE[:, 0])) == 64
    corners = {int(row[0]): row[1:4] for row in TABLE}
    assert corners[263][1] - corners[33][1] == pytest.approx(88, abs=6)
    assert np.ptp(TABLE[:, 2]) == pytest.approx(137, abs=10)
    assert (TABLE[:, 4] > 0).all()


def test_the_table_is_symmetric():
    points = TABLE[:, 1:4]
    mirrored = points * [1.0, -1.0, 1.0]
    distances = np.linalg.norm(points[:, None] - mirrored[None], axis=2)
    assert distances.min(axis=1).max() < 0.2


def scatter(count: int, taken: np.ndarray, seed: int) -> np.ndarray:
    """Points right of the mirror plane, far enough apart to be told apart."""
    rng = np.random.default_rng(seed)
    points = taken
    while len(points) < len(taken) + count:
        new = rng.uniform([0.1, -1.5, -1.0], [1.5, 1.5, 1.5])
        if np.linalg.norm(points - new, axis=1).min(initial=9.0) > 0.08:
            points = np.concatenate([points, new[None]])
    return points[len(taken) :]


def symmetric_cloud(count: int = 40) -> np.ndarray:
    half = scatter(count, np.empty((0, 3)), 3)
    return np.concatenate([half, half * [-1.0, 1.0, 1.0]])


def test_a_similarity_is_recovered():
    points = symmetric_cloud()
    rotation = head_rotation(0.4, -0.2, 0.3)
    moved = 2.5 * points @ rotation.T + [1.0, -2.0, 0.5]
    scale, found, shift = fit_similarity(points, moved)
    assert scale == pytest.approx(2.5)
    assert found == pytest.approx(rotation)
    assert shift == pytest.approx([1.0, -2.0, 0.5])


def test_points_find_their_mirror_image():
    pairs = mirror_pairs(symmetric_cloud())
    assert pairs.tolist() == [*range(40, 80), *range(40)]


def test_a_lopsided_face_becomes_symmetric():
    rng = np.random.default_rng(0)
    face = make_symmetric(symmetric_cloud() + rng.normal(0.0, 0.004, (80, 3)))
    assert face[:40] == pytest.approx(face[40:] * [-1.0, 1.0, 1.0])


def test_levelling_turns_the_face_until_both_lines_agree():
    points = np.zeros((478, 3))
    points[[10, 152]] = [[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]]
    rise = math.radians(19.6)
    points[33] = [-0.7, 0.0, 0.0]
    points[234] = [-1.0, math.sin(rise), math.cos(rise)]
    assert make_level(points) == pytest.approx(points, abs=1e-9)
    c, s = math.cos(0.2), math.sin(0.2)
    nodding = points @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    assert make_level(nodding) == pytest.approx(points, abs=1e-9)


def table_face() -> np.ndarray:
    """478 points whose named ones are the table, and mirrored pairs for the rest."""
    points = np.zeros((478, 3))
    named = TABLE[:, 0].astype(int)
    points[named] = TABLE[:, [2, 3, 1]] * [1.0, -1.0, -1.0] / 63.0
    points[[468, 473]] = [[-0.5, 0.0, 0.01], [0.5, 0.0, 0.01]]
    rest = np.setdiff1d(np.arange(478), [*named, 468, 473])
    half = scatter(len(rest) // 2, points[[*named, 468, 473]], 1)
    points[rest[: len(half)]] = half
    points[rest[len(half) :]] = half * [-1.0, 1.0, 1.0]
    return points


def test_the_mean_of_posed_and_noisy_faces_is_learned():
    rng = np.random.default_rng(2)
    face = table_face()
    faces = np.array(
        [
            rng.uniform(20, 80)
            * (face + rng.normal(0.0, 0.004, face.shape))
            @ rotation_from_vector(rng.uniform(-0.02, 0.02, 3)).T
            + rng.uniform(0, 300, 3)
            for _ in range(30)
        ]
    )
    shape = learn_shape(faces)
    assert shape.faces == 30
    assert np.linalg.norm(shape.points[473] - shape.points[468]) == pytest.approx(1.0)
    scale, rotation, shift = fit_similarity(shape.points, face)
    fitted = scale * shape.points @ rotation.T + shift
    assert np.linalg.norm(fitted - face, axis=1).max() < 0.05
    assert np.median(shape.spread) < 0.05


def test_the_written_table_can_be_read_and_keeps_the_eye_corners():
    shape = FaceShape(table_face(), np.full(478, 0.05), 7)
    chosen = choose_points(shape)
    assert {33, 133, 362, 263} <= set(chosen)
    namespace: dict[str, object] = {}
    exec(source_text(shape), namespace)
    assert [row[0] for row in namespace["FACE_SHAPE"]] == chosen
    assert "7 adults" in source_text(shape)
