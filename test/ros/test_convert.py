"""Core results -> real messages -> core results, and cameras' messages both ways.

Which values stand in the fields is tested with io/message_fields; here, that ROS takes them and
that nothing is lost on the way that the messages can carry.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

from scipy.spatial.transform import Rotation
from sensor_msgs.msg import Image

from affect_perception.core import enums
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    NAN,
    AttentionState,
    Calibration,
    CameraFrame,
    CameraIntrinsics,
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
    ZoneEstimate,
)
from affect_perception.msg import AttentionState as AttentionStateMessage
from affect_perception.msg import FaceObservation as FaceObservationMessage
from affect_perception.ros import convert
from affect_perception.ros.camera_output import encode_jpeg, info_message
from affect_perception.ros.image_convert import (
    BuiltinDecoder,
    camera_frame,
    camera_intrinsics,
)
from affect_perception.ros.stamps import set_stamp

pytestmark = pytest.mark.ros

STAMP = 1_700_000_000_123_456_789
# A camera on the steering column: looks back and up at the driver.
CAMERA = RigidTransform(
    Rotation.from_euler("xyz", [100.0, 3.0, 92.0], degrees=True).as_matrix(),
    np.array([0.65, 0.02, -0.12]),
)


def full_face() -> FaceObservation:
    """An observation in which everything is known."""
    in_cabin = RigidTransform(
        Rotation.from_euler("ZYX", [20.0, -10.0, 5.0], degrees=True).as_matrix(),
        np.array([0.01, -0.03, 0.02]),
    )
    in_camera = CAMERA.inverse() @ in_cabin
    head = HeadPose(
        in_camera,
        in_cabin,
        math.radians(20.0),
        math.radians(10.0),
        math.radians(5.0),
        (NAN, NAN, NAN),
        0.031,
    )
    yaw, pitch = 0.3, -0.1
    direction = (
        math.cos(pitch) * math.cos(yaw),
        math.cos(pitch) * math.sin(yaw),
        math.sin(pitch),
    )
    origin = tuple(in_cabin.translation.tolist())
    eye = EyeObservation(True, "", 0.6, 0.95, 0.05, (301.5, 222.25), 6.5, 0.9, 0.125)
    return FaceObservation(
        stamp_ns=STAMP,
        frame_id="driver_camera_optical",
        availability=enums.Availability.DEGRADED,
        reasons=(enums.Reason.LOW_CONTRAST, enums.Reason.RIGHT_EYE_UNUSABLE),
        image_size=(640, 480),
        image_quality=ImageQuality(0.4, 0.1, 0.01, 55.5, (enums.Reason.LOW_CONTRAST,)),
        track_id=7,
        faces=2,
        detected=True,
        presence=0.875,
        box=(100.5, 80.25, 200.0, 210.0),
        landmarks=np.random.default_rng(2).normal(200.0, 50.0, (478, 3)).astype(np.float32),
        head=head,
        left_eye=eye,
        right_eye=EyeObservation.unusable("glare"),
        mouth_opening=0.125,
        expression=ExpressionObservation(
            enums.Availability.DEGRADED,
            (enums.ExpressionReason.TURNED_AWAY, enums.ExpressionReason.BLURRED),
            (0.5, 0.25, 0.125, 0.125, 0.0, 0.0, 0.0, 0.0),
            entropy=0.5,
            valence=0.25,
            valence_std=0.375,
            arousal=-0.125,
            arousal_std=0.0625,
            age_s=0.75,
            usual_progress=0.875,
        ),
        gaze=GazeObservation(enums.GazeSource.EYES, origin, direction, yaw, pitch, (0.05, 0.06)),
        calibration=Calibration(0.25, 0.75, 0.5, 0.25, 2),
    )


def full_state() -> AttentionState:
    """A state in which no field has its default."""
    shares = {"mirror_interior": 0.75, "elsewhere": 0.25}
    area = enums.AddwArea.AREA_1
    zone = ZoneEstimate("mirror_interior", 0.75, enums.TriState.NO, shares, area)
    head = dataclasses.replace(full_face().head, std=(0.02, 0.03, 0.01))  # type: ignore[type-var]
    face = dataclasses.replace(full_face(), zone=zone, head=head)
    values: dict[str, Any] = {}
    for index, field in enumerate(dataclasses.fields(AttentionState)):
        if isinstance(field.default, float):
            values[field.name] = 0.5 + 0.25 * index
        elif field.default is False:
            values[field.name] = True
        elif field.default == 0 and isinstance(field.default, int):
            values[field.name] = index
    return AttentionState(
        **values
        | {
            "stamp_ns": STAMP,
            "availability": enums.Availability.DEGRADED,
            "degradation_reasons": (enums.Reason.LOW_FRAME_RATE,),
            "face": face,
            "profile": "euro_ncap_2026",
            "eyes_on_road": enums.TriState.NO,
            "eyes_state": enums.EyesState.OPEN,
            "blink_kind": enums.BlinkKind.SLOW,
            "drowsiness": enums.Drowsiness.ALERT,
            "distraction": enums.Distraction.LONG,
            "alert_level": enums.AlertLevel.WARNING,
            "alert_reasons": (enums.AlertReason.LONG_DISTRACTION,),
        }
    )


def assert_same(actual: Any, expected: Any, path: str = "") -> None:
    """Equal to the precision of float32, NaN being equal to NaN."""
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            name = field.name
            assert_same(getattr(actual, name), getattr(expected, name), f"{path}.{name}")
    elif isinstance(np.ravel(expected)[:1].dtype.type(), np.floating):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6, err_msg=path)
    else:
        assert actual == expected, path


def test_face_goes_there_and_back() -> None:
    face = full_face()
    message = convert.face_to_message(FaceObservationMessage(), face, 0.0125)
    assert message.latency == pytest.approx(0.0125)
    assert_same(convert.face_from_message(message, CAMERA), face)


def test_face_without_face_goes_there_and_back() -> None:
    face = FaceObservation(
        STAMP,
        "cam",
        enums.Availability.UNAVAILABLE,
        (enums.Reason.NO_FACE,),
        (640, 480),
        ImageQuality(0.5, 0.2, 0.0, 9.0),
    )
    message = convert.face_to_message(FaceObservationMessage(), face, NAN)
    assert math.isnan(message.latency)
    assert len(message.landmarks) == 0
    assert_same(convert.face_from_message(message, CAMERA), face)


def test_landmarks_can_be_left_out() -> None:
    message = convert.face_to_message(FaceObservationMessage(), full_face(), NAN, landmarks=False)
    assert len(message.landmarks) == 0


def test_wrong_number_of_landmarks_is_named() -> None:
    message = convert.face_to_message(FaceObservationMessage(), full_face(), NAN)
    message.landmarks = [1.0, 2.0]
    with pytest.raises(InputError, match="2 landmark values"):
        convert.face_from_message(message, CAMERA)


def test_state_goes_there_and_back_with_its_face() -> None:
    state = full_state()
    message = convert.attention_to_message(AttentionStateMessage(), state, 0.02, "cabin_2")
    assert message.header.frame_id == "cabin_2"
    assert_same(convert.attention_from_message(message, state.face), state)


def test_state_alone_repeats_head_gaze_and_zone() -> None:
    state = full_state()
    message = convert.attention_to_message(AttentionStateMessage(), state, 0.02, "cabin")
    face = convert.attention_from_message(message).face
    assert face.head is not None
    assert state.face.head is not None
    assert_same(face.head.in_cabin, state.face.head.in_cabin)
    assert face.head.std == pytest.approx(state.face.head.std)
    assert_same(face.gaze, state.face.gaze)
    assert (face.zone.name, face.zone.on_road) == ("mirror_interior", enums.TriState.NO)
    assert face.zone.probability == pytest.approx(0.75)


def test_unknown_stays_unknown() -> None:
    state = AttentionState(
        STAMP,
        enums.Availability.UNAVAILABLE,
        (enums.Reason.NO_FACE,),
        dataclasses.replace(full_face(), head=None, gaze=None),
        profile="p",
    )
    message = convert.attention_to_message(AttentionStateMessage(), state, NAN, "cabin")
    for value in (
        message.head_yaw,
        message.head_pose.orientation.w,
        message.gaze_direction.x,
        message.left_eye_openness,
        message.perclos,
        message.off_road_duration,
        message.latency,
    ):
        assert math.isnan(value)
    back = convert.attention_from_message(message)
    assert back.face.head is None
    assert back.face.gaze is None
    assert back.eyes_on_road == enums.TriState.UNKNOWN


def test_undocumented_word_is_named() -> None:
    message = AttentionStateMessage(degradation_reasons=["tired_of_this"])
    with pytest.raises(InputError, match="tired_of_this"):
        convert.attention_from_message(message)


@pytest.mark.parametrize("shape", [(48, 64, 3), (48, 64)], ids=["colour", "infrared"])
def test_pictures_go_out_and_come_back(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8)
    frame = CameraFrame(STAMP, pixels, "cam")
    message = convert.image_message(Image(), pixels, frame)
    back = camera_frame(message, BuiltinDecoder())
    np.testing.assert_array_equal(back.image, pixels)
    assert (back.stamp_ns, back.frame_id) == (STAMP, "cam")


@pytest.mark.parametrize("grey", [False, True], ids=["colour", "infrared"])
def test_jpeg_keeps_colours_and_says_so_in_the_words_of_image_transport(grey: bool) -> None:
    flat = np.full((32, 32, 3), (200, 30, 60), np.uint8)
    frame = CameraFrame(STAMP, flat[:, :, 0].copy() if grey else flat)
    image_format, data = encode_jpeg(frame, 95)
    assert image_format == ("mono8; jpeg compressed " if grey else "rgb8; jpeg compressed bgr8")
    from sensor_msgs.msg import CompressedImage

    message = CompressedImage(format=image_format)
    set_stamp(message.header.stamp, STAMP)
    message.data = convert.byte_array(data)
    back = camera_frame(message, BuiltinDecoder())
    np.testing.assert_allclose(back.image, frame.image, atol=3)


@pytest.mark.parametrize("distortion", [(), (0.1, -0.05, 0.001, 0.002, 0.03)])
def test_calibration_goes_out_and_comes_back(distortion: tuple[float, ...]) -> None:
    intrinsics = CameraIntrinsics(64, 48, 50.0, 51.0, 31.5, 23.5, distortion)
    frame = CameraFrame(STAMP, np.zeros((48, 64, 3), np.uint8), "cam", intrinsics)
    assert camera_intrinsics(info_message(frame)) == intrinsics


def test_camera_without_calibration_says_so() -> None:
    message = info_message(CameraFrame(STAMP, np.zeros((48, 64, 3), np.uint8)))
    assert not any(message.k)
    assert camera_intrinsics(message) is None


def test_frame_buffers_are_copied_fast() -> None:
    """A picture must cost well below a millisecond; an ndarray in the field costs 55 ms."""
    import time

    pixels = np.zeros((480, 640, 3), np.uint8)
    frame = CameraFrame(STAMP, pixels)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        convert.image_message(Image(), pixels, frame)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.010
