"""How far the camera is turned, from gaze, head and place together, and where the eyes are then.

Covers `camera_mount.py` alone; what it does to zones is measured by
`evaluate synthetic --split calibration`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.driver_baseline.camera_mount import (
    camera_turn,
    gaze_evidence,
    head_evidence,
    place_evidence,
    unturned,
)
from affect_perception.core.driver_baseline.rotate import turn_to, turned_back

pytestmark = pytest.mark.unit

CAMERA = np.array([0.65, 0.0, -0.12])
MOUNT = math.radians(4.0)


def moved(turn: tuple[float, float], eyes=(0.0, 0.0, 0.0)):
    """Where the eyes seem to be to a camera that is turned."""
    return turn_to(*turn) @ (np.array(eyes) - CAMERA) + CAMERA


def found(turn, *, gaze=(0.0, 0.0), trust=1.0):
    """The estimate for a turned camera and a person whose gaze is off besides."""
    both = (turn[0] + gaze[0], turn[1] + gaze[1])
    place = place_evidence(moved(turn), CAMERA, trust)
    evidence = [gaze_evidence(both, trust), head_evidence(turn, trust), place]
    return camera_turn(evidence, MOUNT)


@pytest.mark.parametrize("degrees", [(5.0, 0.0), (-6.0, 0.0), (0.0, 5.0), (0.0, -8.0), (4.0, -4.0)])
def test_a_turned_camera_is_mostly_found(degrees):
    turn = tuple(map(math.radians, degrees))
    for true, estimate in zip(turn, found(turn), strict=True):
        assert 0.55 * abs(true) <= abs(estimate) <= 1.1 * abs(true)
        assert true * estimate >= 0.0


def test_a_gaze_that_is_off_alone_is_mostly_the_persons():
    yaw, pitch = found((0.0, 0.0), gaze=(math.radians(5.0), math.radians(-5.0)))
    assert abs(math.degrees(yaw)) < 2.0
    assert abs(math.degrees(pitch)) < 2.0


def test_what_is_not_known_says_nothing():
    assert found((0.1, 0.1), trust=0.0) == (0.0, 0.0)
    half, full = found((0.1, 0.1), trust=0.3), found((0.1, 0.1))
    assert 0.0 < half[0] < full[0]


def test_a_camera_as_in_the_file_is_never_turned():
    assert camera_turn([gaze_evidence((0.2, 0.2), 1.0)], 0.0) == (0.0, 0.0)


def test_the_place_shows_a_turn_only_of_a_camera_in_front():
    beside = np.array([0.1, 0.6, 0.1])
    assert place_evidence(np.zeros(3), beside, 1.0) is None
    assert place_evidence(None, CAMERA, 1.0) is None


def test_the_eyes_are_brought_back_to_where_they_are():
    turn = (math.radians(5.0), math.radians(-4.0))
    eyes = (0.03, -0.02, 0.04)
    seen = tuple(moved(turn, eyes).tolist())
    assert math.dist(seen, eyes) > 0.05
    assert unturned(seen, CAMERA, turn) == pytest.approx(eyes)


def test_turning_back_undoes_a_turned_camera_everywhere():
    true, offset = (0.0, math.radians(-1.0)), (math.radians(6.0), math.radians(5.0))
    turn = turn_to(true[0] + offset[0], true[1] + offset[1]) @ turn_to(*true).T
    for yaw, pitch in ((0.0, -0.02), (0.8, 0.1), (-1.2, -0.5)):
        flat = math.cos(pitch)
        real = np.array([flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch)])
        x, y, z = (turn @ real).tolist()
        back, *angles = turned_back(math.atan2(y, x), math.asin(z), offset, true)
        assert back == pytest.approx(real.tolist())
        assert angles == pytest.approx([yaw, pitch])
