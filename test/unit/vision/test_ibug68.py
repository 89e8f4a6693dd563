"""Covers the mapping of the mesh onto the 68 iBUG points: shape, mirror symmetry, jaw steps.

Leaves how well it fits real faces to test/data/test_scorecard.py.
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.ibug68 import INNER_POINTS, to_ibug68

pytestmark = pytest.mark.unit


def test_inner_points_are_the_named_vertices() -> None:
    mesh = np.zeros((478, 3))
    mesh[:, 0] = np.arange(478)
    points = to_ibug68(mesh)
    assert points.shape == (68, 2)
    assert points[17:, 0].tolist() == list(INNER_POINTS)
    assert points[[36, 45], 0].tolist() == [33, 263], "outer eye corners"
    assert points[[48, 54], 0].tolist() == [61, 291], "mouth corners"
    assert points[8, 0] == 152, "chin"
    assert len(set(INNER_POINTS)) == 51


def test_jaw_has_equal_steps_on_each_side_of_the_chin() -> None:
    angle = np.linspace(0.0, np.pi, 23)
    path = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
    path += (377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356)
    mesh = np.zeros((468, 2))
    mesh[list(path)] = np.stack([-np.cos(angle), np.sin(angle)], axis=1)
    jaw = to_ibug68(mesh)[:17]
    steps = np.linalg.norm(np.diff(jaw, axis=0), axis=1)
    assert steps == pytest.approx(np.full(16, np.pi / 16), rel=0.01)
    assert jaw[:, 0] == pytest.approx(-jaw[::-1, 0], abs=1e-9), "mirror symmetry"


def test_other_shapes_are_refused() -> None:
    with pytest.raises(InputError, match="478"):
        to_ibug68(np.zeros((68, 2)))
