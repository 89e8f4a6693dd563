"""The core's data: what cannot be constructed, and that numbers agree with the messages.

Leaves the conversion to messages to the tests of ros and io.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
import pytest
from observations import observe

from affect_perception.cli.messages_doc import parse_message, shipped_messages
from affect_perception.core import enums
from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    CameraFrame,
    CameraIntrinsics,
    EyeObservation,
    FaceObservation,
    RigidTransform,
    VehicleState,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint16),
    ],
    ids=lambda image: f"{image.dtype}{image.shape}",
)
def test_a_picture_of_the_wrong_kind_is_refused(image):
    with pytest.raises(InputError):
        CameraFrame(0, image)


def test_grey_and_colour_pictures_are_accepted():
    assert CameraFrame(0, np.zeros((4, 6), np.uint8)).width == 6
    assert CameraFrame(0, np.zeros((4, 6, 3), np.uint8)).height == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fx", math.nan),
        ("fy", 0.0),
        ("fx", -500.0),
        ("cx", math.inf),
        ("width", 0),
        ("distortion", (0.1, math.nan)),
    ],
)
def test_intrinsics_that_cannot_be_are_refused(field, value):
    good = {"width": 640, "height": 480, "fx": 500.0, "fy": 500.0, "cx": 320.0, "cy": 240.0}
    CameraIntrinsics(**good)
    with pytest.raises(InputError):
        CameraIntrinsics(**{**good, field: value})


def test_field_of_view_and_scaling():
    camera = CameraIntrinsics.from_fov(640, 480, math.radians(60))
    assert camera.fx == pytest.approx(320 / math.tan(math.radians(30)))
    half = camera.scaled_to(320, 240)
    assert half.fx == pytest.approx(camera.fx / 2)
    assert half.matrix[0, 2] == pytest.approx(camera.cx / 2)


def test_transforms_compose_and_invert():
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    one = RigidTransform(quarter, np.array([1.0, 2.0, 3.0]))
    other = RigidTransform(quarter.T, np.array([-1.0, 0.0, 0.5]))
    points = np.array([[0.1, 0.2, 0.3], [4.0, 5.0, 6.0]])
    np.testing.assert_allclose((one @ other).apply(points), one.apply(other.apply(points)))
    np.testing.assert_allclose(one.inverse().apply(one.apply(points)), points, atol=1e-12)
    with pytest.raises(InputError):
        RigidTransform(np.eye(2), np.zeros(3))


def test_a_speed_that_is_not_finite_is_refused():
    with pytest.raises(InputError):
        VehicleState(0, math.nan)


def test_landmarks_have_one_shape():
    face = observe(0.0)
    fields = {**vars(face), "landmarks": np.zeros((468, 3), np.float32)}
    with pytest.raises(InputError, match="478"):
        FaceObservation(**fields)


def test_of_an_unusable_eye_nothing_is_known():
    eye = EyeObservation.unusable("glare")
    assert not eye.usable
    assert eye.quality == 0.0
    numbers = (eye.lid_gap, eye.openness, eye.openness_std, eye.iris_radius_px, *eye.iris_px)
    assert all(math.isnan(n) for n in numbers)


VOCABULARIES = {
    "AVAILABILITY": enums.Availability,
    "TRISTATE": enums.TriState,
    "EYES": enums.EyesState,
    "GAZE_SOURCE": enums.GazeSource,
    "ALERT": enums.AlertLevel,
    "DISTRACTION": enums.Distraction,
    "DROWSINESS": enums.Drowsiness,
    "BLINK": enums.BlinkKind,
    "ADDW": enums.AddwArea,
    "CHANNEL": enums.BiosignalChannel,
    "MODALITY": enums.Modality,
}
# Places in a list of probabilities, of which none is unknown.
PLACES = {"CLASS": IntEnum("Class", [name.upper() for name in AFFECT_CLASSES], start=0)}


def constants_of(text: str) -> dict[str, int]:
    items = [item for block in parse_message(text) for item in block.items]
    return {item.name: int(item.value) for item in items if item.value is not None}


def test_every_constant_of_every_message_is_a_member_of_its_vocabulary():
    found = set()
    known = VOCABULARIES | PLACES
    for text in shipped_messages().values():
        for name, value in constants_of(text).items():
            prefix = next(p for p in known if name.startswith(p + "_"))
            assert known[prefix][name.removeprefix(prefix + "_")] == value
            found.add((prefix, value))
    expected = {(p, member.value) for p, members in known.items() for member in members}
    assert found == expected


def test_unknown_is_zero_everywhere():
    for members in VOCABULARIES.values():
        assert members(0).name == "UNKNOWN"
