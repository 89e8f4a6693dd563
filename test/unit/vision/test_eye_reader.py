"""Covers the eye reader: one run for both eyes, gaze turned back into the picture, edges.

The network is a fake that answers by the patch; leaves the patches to test_eye_patch.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from face_fakes import CAMERA, FakeEyes, head_points, head_rotation, project

from affect_perception.core.types import RigidTransform
from affect_perception.core.vision.eye_reader import (
    HEAD_PITCH_MISSING,
    HEAD_YAW_MISSING,
    NOT_LOOKED,
    ZERO_PITCH,
    ZERO_YAW,
    EachEye,
    EyeReader,
)
from affect_perception.core.vision.geometry import HeadFrame, direction_angles

pytestmark = pytest.mark.unit

PICTURE = np.full((480, 640), 128, np.uint8)


def read(network, yaw=0.0, pitch=0.0, place=(0.0, 0.0, 0.6)):
    rotation = head_rotation(yaw, pitch)
    landmarks = project(head_points(), rotation, np.asarray(place))
    head = RigidTransform(rotation, np.asarray(place))
    judge = None if network is None else EachEye(network)
    return EyeReader(judge).read(PICTURE, landmarks, head, CAMERA), head


def test_without_a_network_nothing_is_said():
    looks, _ = read(None)
    assert looks is NOT_LOOKED


def test_both_eyes_go_through_the_network_in_one_run():
    network = FakeEyes()
    looks, _ = read(network)
    assert network.runs == 1
    assert [look.reading.opening for look in looks] == pytest.approx([network.opening] * 2)


class FakeFirstLook:
    """Says that the first eye of a pair is shut and the second open."""

    name = "fake_first_look"

    def __init__(self):
        self.asked = []

    def run(self, patches):
        self.asked.append((patches.dtype, patches.shape))
        return (np.array([[2.0], [-2.0]], np.float32),)


def test_the_first_look_counts_in_the_first_picture_of_a_face_alone():
    first_look, network = FakeFirstLook(), FakeEyes()
    reader = EyeReader(EachEye(network), first_look)
    place = np.array([0.0, 0.0, 0.6])
    landmarks = project(head_points(), head_rotation(0.0, 0.0), place)
    head = RigidTransform(head_rotation(0.0, 0.0), place)
    first = reader.read(PICTURE, landmarks, head, CAMERA, first=True)
    later = reader.read(PICTURE, landmarks, head, CAMERA)
    assert first_look.asked == [(np.dtype(np.uint8), (2, 1, 36, 60))]
    shut = 1.0 / (1.0 + math.exp(-2.0))
    assert [look.reading.closed for look in first] == pytest.approx([shut, 1.0 - shut])
    for a, b in zip(first, later, strict=True):
        assert replace(a.reading, closed=b.reading.closed) == b.reading
        assert a.direction == b.direction
    without = EyeReader(EachEye(network)).read(PICTURE, landmarks, head, CAMERA, first=True)
    assert [look.reading for look in without] == [look.reading for look in later]


def test_the_networks_zero_looks_into_the_camera():
    looks, pose = read(FakeEyes(yaw=ZERO_YAW, pitch=ZERO_PITCH))
    for side, look in zip((-1, 1), looks, strict=True):
        eye = np.array(HeadFrame(pose).place(0.0, side * 0.0315, 0.0))
        to_camera = -eye / np.linalg.norm(eye)
        # The middle of an eye is seen 3 degrees off the axis of a head at 0.6 m.
        assert np.dot(look.direction, to_camera) > math.cos(math.radians(3.0))


@pytest.mark.parametrize("head", [(0.3, 0.0), (-0.2, 0.15)])
def test_the_part_of_the_heads_turn_that_the_network_does_not_say_is_added(head):
    """Straight eyes: the network says the rest of the head's turn, and the gaze is the face's."""
    yaw = ZERO_YAW + (1.0 - HEAD_YAW_MISSING) * head[0]
    pitch = ZERO_PITCH + (1.0 - HEAD_PITCH_MISSING) * head[1]
    (_, left), pose = read(FakeEyes(yaw=yaw, pitch=pitch), *head)
    found = direction_angles(HeadFrame(pose).into_head(left.direction))
    assert found == pytest.approx((0.0, 0.0), abs=0.05)


def test_patch_angles_become_the_persons_own_left_for_the_left_eye_and_mirrored_for_the_right():
    (right, left), pose = read(FakeEyes(yaw=ZERO_YAW + 0.2, pitch=ZERO_PITCH + 0.1))
    frame = HeadFrame(pose)
    yaw_left, pitch_left = direction_angles(frame.into_head(left.direction))
    yaw_right, pitch_right = direction_angles(frame.into_head(right.direction))
    assert yaw_left > 0.1
    assert yaw_right < -0.1
    assert (pitch_left, pitch_right) == pytest.approx((0.1, 0.1), abs=0.03)


def test_an_eye_outside_of_the_picture_is_not_read():
    (right, left), _ = read(FakeEyes(), place=(0.33, 0.0, 0.6))
    assert right is not None
    assert left is None
