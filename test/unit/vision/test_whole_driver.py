"""Covers the driver network in the face path: its inputs, frames, missing senses, both eyes.

The network is a fake that answers by what it is given; how good the weights are is left to
docs/driver_network.md.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from face_fakes import CAMERA, head_points, head_rotation, project

from affect_perception.core.errors import InputError
from affect_perception.core.types import RigidTransform
from affect_perception.core.vision import whole_driver
from affect_perception.core.vision.driver_network import DriverNetwork
from affect_perception.core.vision.eye_network import LARGEST_STD
from affect_perception.core.vision.eye_reader import EyeReader
from affect_perception.core.vision.gaze_map import CELLS, cell_middles
from affect_perception.core.vision.geometry import HeadFrame, direction_angles
from affect_perception.core.vision.whole_driver import WholeDriver

pytestmark = pytest.mark.unit

PICTURE = np.random.default_rng(0).integers(0, 256, (480, 640), dtype=np.uint8)


STD = math.radians(4.0)


class FakeDriver:
    """Sees a gaze; the first eye is open and the second shut. Keeps what it was given."""

    name = "fake_driver"

    def __init__(self, yaw=0.0, pitch=0.0, std=STD):
        away = (cell_middles() - (yaw, pitch)) / std
        peak = np.exp(-0.5 * (away**2).sum(axis=1))
        self.map = (peak / peak.sum()).astype(np.float32)
        self.given = []

    def run(self, eyes, face, head, there):
        assert eyes.dtype == face.dtype == np.uint8
        assert head.dtype == there.dtype == np.float32
        shapes = (1, 2, 36, 60), (1, 1, 40, 40), (1, 6), (1, 4)
        assert (eyes.shape, face.shape, head.shape, there.shape) == shapes
        self.given.append((eyes[0], face[0, 0], head[0], there[0].tolist()))
        lid = np.array([[[0.6, math.log(0.1)], [0.02, math.log(0.05)]]], np.float32)
        state = np.array([[[-6.0, 6.0], [6.0, 5.0]]], np.float32)
        return self.map[None], lid, state


@pytest.fixture(autouse=True)
def without_habits_of_the_weights(monkeypatch):
    """Zero and gain belong to the weights; here the map says what it means."""
    for name in ("ZERO_YAW", "ZERO_PITCH", "HEAD_YAW_MISSING", "HEAD_PITCH_MISSING"):
        monkeypatch.setattr(whole_driver, name, 0.0)


def read(network, yaw=0.0, pitch=0.0, place=(0.0, 0.0, 0.6)):
    rotation = head_rotation(yaw, pitch)
    landmarks = project(head_points(), rotation, np.asarray(place))
    head = RigidTransform(rotation, np.asarray(place))
    return EyeReader(WholeDriver(network)).read(PICTURE, landmarks, head, CAMERA), head


def test_both_eyes_have_one_direction_and_each_its_own_lids():
    network = FakeDriver(yaw=0.2, pitch=0.1)
    (right, left), pose = read(network)
    assert len(network.given) == 1
    assert right.direction == left.direction
    yaw, pitch = direction_angles(HeadFrame(pose).into_head(left.direction))
    # The middle of an eye is seen 3 degrees off the axis of a head at 0.6 m.
    assert (yaw, pitch) == pytest.approx((0.2, 0.1), abs=math.radians(4.0))
    assert left.reading.opening == pytest.approx(0.6)
    assert left.reading.closed < 0.01 < 0.99 < right.reading.closed
    # In its own patch the mirrored eye looks the other way.
    assert left.reading.yaw == pytest.approx(0.2, abs=0.01)
    assert right.reading.yaw == pytest.approx(-0.2, abs=math.radians(7.0))


def test_two_looks_from_one_map_count_as_one():
    (right, left), _ = read(FakeDriver(std=STD))
    one = 1.0 / (1.0 / right.reading.yaw_std**2 + 1.0 / left.reading.yaw_std**2)
    assert math.sqrt(one) == pytest.approx(STD, rel=0.05)


def test_an_eye_outside_of_the_picture_is_told_missing_and_the_other_stands_first():
    network = FakeDriver()
    (right, left), _ = read(network, place=(0.33, 0.0, 0.6))
    _, _, head, there = network.given[0]
    assert left is None
    assert there == [1.0, 0.0, 0.0, 1.0]
    # The first one is open: the right eye stands there, and nothing halves its weight.
    assert right.reading.closed < 0.01
    assert right.reading.yaw_std == pytest.approx(STD, rel=0.05)
    assert head[2] > 0.5  # forward, to the camera


def test_no_eye_in_the_picture_asks_nothing():
    network = FakeDriver()
    assert read(network, place=(3.0, 0.0, 0.6))[0] == (None, None)
    assert network.given == []


def test_the_head_is_told_in_the_frame_of_the_patch():
    network = FakeDriver()
    read(network, yaw=0.3)
    turned = network.given[0][2]
    # Forward: x to the patch's right (the person's left), z to the camera; up is up.
    assert turned[0] == pytest.approx(math.sin(0.3), abs=math.radians(5.0))
    assert turned[2] == pytest.approx(math.cos(0.3), abs=math.radians(5.0))
    assert turned[4] == pytest.approx(1.0, abs=0.01)
    assert np.linalg.norm(turned[:3]) == pytest.approx(1.0, abs=1e-5)


def test_a_map_that_is_not_a_number_has_no_weight():
    network = FakeDriver()
    network.map[:] = np.nan
    (_, left), _ = read(network)
    assert left.reading.yaw_std == left.reading.pitch_std == LARGEST_STD
    assert all(map(math.isfinite, left.direction))


@pytest.mark.parametrize(
    ("eyes", "face"),
    [
        (np.zeros((2, 36, 61), np.uint8), None),
        (np.zeros((2, 36, 60), np.float32), None),
        (np.zeros((2, 36, 60), np.uint8), np.zeros((40, 41), np.uint8)),
    ],
)
def test_pictures_of_another_size_are_refused(eyes, face):
    with pytest.raises(InputError, match="must be uint8"):
        DriverNetwork(FakeDriver()).read(eyes, face, np.zeros(6, np.float32), (True, True))


def test_a_missing_face_is_told():
    network = FakeDriver()
    found = DriverNetwork(network).read(
        np.zeros((2, 36, 60), np.uint8), None, np.zeros(6, np.float32), (True, False)
    )
    assert network.given[0][3] == [1.0, 0.0, 0.0, 1.0]
    assert found.gaze_map.shape == (CELLS,)
