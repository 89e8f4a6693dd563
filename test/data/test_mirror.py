"""Covers left and right: a mirrored face gives mirrored angles, and the other eye.

Leaves the size of the errors to test_scorecard.py.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.types import FaceObservation
from affect_perception.evaluation.tools import Tools, read_picture

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("face_models")]


def angles(face: FaceObservation) -> list[float]:
    """Yaw, pitch, roll in degrees and both openings; NaN if unknown."""
    head = face.head
    if head is None:
        return [math.nan] * 5
    turned = [math.degrees(v) for v in (head.yaw, head.pitch, head.roll)]
    return [*turned, face.left_eye.openness, face.right_eye.openness]


def test_mirrored_faces_give_mirrored_angles(data_root: Path) -> None:
    folder = data_root / "vision" / "helen_afw_landmarks" / "faces"
    if not folder.is_dir():
        pytest.skip("no vision/helen_afw_landmarks in the data folder")
    tools = Tools()
    pictures = [read_picture(p) for p in sorted(folder.glob("helen*"))[::12]]
    plain = np.array([angles(tools.observe(p)) for p in pictures])
    mirrored = np.array([angles(tools.observe(np.ascontiguousarray(p[:, ::-1]))) for p in pictures])
    yaw, pitch, roll = np.nanmedian(plain[:, :3] * [1, -1, 1] + mirrored[:, :3], axis=0)
    assert abs(yaw) < 2.0
    assert abs(pitch) < 1.0
    assert abs(roll) < 1.0
    assert abs(np.nanmedian(plain[:, 3] - mirrored[:, 4])) < 0.05, "the left eye becomes the right"
    assert np.nanstd(plain[:, 0]) > 5.0, "the pictures do hold turned heads"
