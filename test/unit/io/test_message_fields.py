"""Covers the one conversion from core types to message values, and their bytes and table columns.

Leaves to others: ROS message objects (test/ros).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from affect_perception.core.types import AttentionState, FaceObservation
from affect_perception.io.message_fields import attention_fields, face_fields, quaternion
from affect_perception.io.message_types import (
    ATTENTION_STATE,
    FACE_OBSERVATION,
    serialize,
    to_fields,
    typestore,
)
from affect_perception.io.table import columns_of

pytestmark = pytest.mark.unit


def names(fields: object, prefix: str = "") -> set[str]:
    if not isinstance(fields, dict):
        return {prefix}
    return {leaf for key, value in fields.items() for leaf in names(value, f"{prefix}.{key}")}


def definition_names(message_type: str, prefix: str = "") -> set[str]:
    leaves = set()
    for name, (kind, detail) in typestore().fielddefs[message_type][1]:
        if int(kind) == 2:
            leaves |= definition_names(detail, f"{prefix}.{name}")
        else:
            leaves.add(f"{prefix}.{name}")
    return leaves


def test_fields_are_exactly_those_of_the_messages(full_state: AttentionState) -> None:
    assert names(attention_fields(full_state)) == definition_names(ATTENTION_STATE)
    assert names(face_fields(full_state.face)) == definition_names(FACE_OBSERVATION)


@pytest.mark.parametrize("which", ["full_state", "unknown_state"])
def test_bytes_and_back(which: str, request: pytest.FixtureRequest) -> None:
    state = request.getfixturevalue(which)
    for fields, kind in (
        (attention_fields(state), ATTENTION_STATE),
        (face_fields(state.face), FACE_OBSERVATION),
    ):
        back = to_fields(typestore().deserialize_cdr(serialize(fields, kind), kind))
        _assert_same(back, fields)


def _assert_same(back: object, fields: object) -> None:
    if isinstance(fields, dict):
        assert set(back) == set(fields)
        for key, value in fields.items():
            _assert_same(back[key], value)
    elif isinstance(fields, np.ndarray):
        np.testing.assert_array_equal(back, fields)
    elif isinstance(fields, float):
        np.testing.assert_allclose(back, fields, rtol=1e-6)
    else:
        assert back == fields


def test_what_is_unknown_is_nan_and_zero_enums(unknown_state: AttentionState) -> None:
    fields = attention_fields(unknown_state)
    for name in ("head_yaw", "gaze_pitch", "left_eye_openness", "perclos", "latency"):
        assert math.isnan(fields[name]), name
    assert all(math.isnan(v) for v in fields["head_pose"]["orientation"].values())
    assert fields["gaze_source"] == fields["eyes_on_road"] == fields["eyes_state"] == 0
    assert fields["gaze_zone"] == "unknown"
    assert fields["degradation_reasons"] == ["no_face"]
    face = face_fields(unknown_state.face)
    assert face["landmarks"].size == 0
    assert not face["left_eye"]["usable"]
    assert math.isnan(face["left_eye"]["lid_gap"])


def test_stamp_and_frames(full_state: AttentionState) -> None:
    header = attention_fields(full_state)["header"]
    assert header["stamp"] == {"sec": 1_700_000_000, "nanosec": 123_456_789}
    assert header["frame_id"] == "cabin"
    assert face_fields(full_state.face)["header"]["frame_id"] == "camera_optical"


def test_face_has_its_gaze_in_the_camera_frame(full_face: FaceObservation) -> None:
    # Cabin (0.8, 0.6, 0) towards a camera that looks back: image right is the driver's left, and
    # forward in the cabin is towards the camera, so against its optical axis.
    assert face_fields(full_face)["gaze_direction"] == pytest.approx({"x": 0.6, "y": 0, "z": -0.8})


def test_landmarks_can_be_left_out(full_face: FaceObservation) -> None:
    assert face_fields(full_face)["landmarks"].size == 478 * 3
    assert face_fields(full_face, landmarks=False)["landmarks"].size == 0


def test_quaternion_is_that_of_scipy_with_one_sign() -> None:
    rotations = Rotation.random(500, random_state=3)
    half_turns = Rotation.from_euler("xyz", [[np.pi, 0, 0], [0, np.pi, 0], [0, 0, np.pi]])
    for rotation in [*rotations, *half_turns, Rotation.identity()]:
        expected = rotation.as_quat()
        found = np.array(quaternion(rotation.as_matrix()))
        assert found[3] >= 0
        assert min(abs(found - expected).max(), abs(found + expected).max()) < 1e-9


def test_unknown_and_missing_fields_are_errors(full_state: AttentionState) -> None:
    fields = attention_fields(full_state)
    with pytest.raises(KeyError, match="has no field mood"):
        serialize({**fields, "mood": 1}, ATTENTION_STATE)
    del fields["head_yaw"]
    with pytest.raises(KeyError, match="head_yaw"):
        serialize(fields, ATTENTION_STATE)


def test_columns_have_the_types_of_the_message(
    full_state: AttentionState, unknown_state: AttentionState
) -> None:
    columns = columns_of([attention_fields(full_state), attention_fields(unknown_state)])
    assert columns["stamp_ns"].tolist() == [full_state.stamp_ns, unknown_state.stamp_ns]
    assert columns["head_yaw"].dtype == np.float32
    assert columns["head_pose.position.x"].dtype == np.float64
    assert columns["blink"].dtype == bool
    assert columns["gaze_zone"] == ["mirror_interior", "unknown"]
    assert columns["alert_reasons"] == [["long_distraction"], []]
    assert columns["alert_level"].tolist() == [3, 0]
