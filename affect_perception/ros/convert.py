"""Core results <-> messages of this package.

The values come from `io.message_fields`, which replay writes into bags and tables, so that a state
has the same numbers wherever it is read. This module only puts them into ROS messages and reads
them back. It works on anything with the fields of the messages and imports no ROS.
"""

from __future__ import annotations

import array
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import (
    AddwArea,
    AlertLevel,
    AlertReason,
    Availability,
    BlinkKind,
    Distraction,
    Drowsiness,
    ExpressionReason,
    EyesState,
    GazeSource,
    PulseReason,
    Reason,
    TriState,
)
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    MESH_POINTS,
    NAN,
    ZONE_UNKNOWN,
    AttentionState,
    Calibration,
    CameraFrame,
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    PulseObservation,
    RigidTransform,
    VehicleState,
    ZoneEstimate,
)
from affect_perception.core.vision.geometry import direction_angles
from affect_perception.io.message_fields import (
    PLAIN_ATTENTION,
    PLAIN_EXPRESSION,
    PLAIN_PULSE,
    attention_fields,
    face_fields,
    header_fields,
)
from affect_perception.ros.stamps import stamp_to_ns

M = TypeVar("M")

_PICTURE_REASONS = (
    Reason.UNDEREXPOSED,
    Reason.OVEREXPOSED,
    Reason.LOW_CONTRAST,
    Reason.BLURRED,
    Reason.CAMERA_COVERED,
    Reason.FROZEN_PICTURE,
)


def fill(message: M, fields: Mapping[str, Any]) -> M:
    """Writes nested fields into a message and returns it.

    Arrays go in as `array.array`, which rclpy takes over as it is; an ndarray would be checked and
    copied element by element (55 ms for a 640x480 picture).
    """
    for name, value in fields.items():
        if isinstance(value, Mapping):
            fill(getattr(message, name), value)
        else:
            setattr(message, name, _field_value(getattr(message, name), value))
    return message


def byte_array(data: npt.NDArray[np.uint8]) -> array.array[int]:
    """Bytes of an array for a `uint8[]` field, copied once."""
    values = array.array("B")
    values.frombytes(np.ascontiguousarray(data).data.cast("B"))
    return values


def image_message(message: M, image: npt.NDArray[np.uint8], frame: CameraFrame) -> M:
    """Fills a `sensor_msgs/Image` with an RGB or grey picture, stamp and frame of `frame`."""
    height, width = image.shape[:2]
    grey = image.ndim == 2
    header = header_fields(frame.stamp_ns, frame.frame_id)
    fill(message, {"header": header, "width": width, "height": height})
    fill(message, {"encoding": "mono8" if grey else "rgb8", "step": width * (1 if grey else 3)})
    # Into the field's own array: newer messages copy one that is assigned, whatever its type.
    pixels: array.array[int] = message.data  # type: ignore[attr-defined]
    del pixels[:]
    pixels.frombytes(np.ascontiguousarray(image).data.cast("B"))
    return message


def face_to_message(message: M, face: FaceObservation, latency: float, landmarks: bool = True) -> M:
    """Fills a `FaceObservation` message; `latency` in seconds or NaN."""
    return fill(message, face_fields(face, latency, landmarks))


def attention_to_message(message: M, state: AttentionState, latency: float, frame_id: str) -> M:
    """Fills an `AttentionState` message; `frame_id` names the cabin frame."""
    return fill(message, attention_fields(state, latency, frame_id))


def face_from_message(message: Any, camera: RigidTransform) -> FaceObservation:
    """Reads a `FaceObservation` message.

    What the message does not carry comes back unknown: the standard deviations of the head pose and
    the zone (both are in AttentionState).

    Args:
        message: The message.
        camera: Pose of the camera: optical frame -> cabin (from the cabin file).

    Raises:
        InputError: If the landmarks are neither empty nor 478 points, or a word is unknown.
    """
    landmarks = np.array(message.landmarks, dtype=np.float32)
    if landmarks.size not in (0, MESH_POINTS * 3):
        raise InputError(
            f"FaceObservation: {landmarks.size} landmark values, expected 0 or {MESH_POINTS * 3}"
        )
    reasons = tuple(_word(Reason, word) for word in message.degradation_reasons)
    head = _head_in_camera(message, camera)
    return FaceObservation(
        stamp_ns=stamp_to_ns(message.header.stamp),
        frame_id=message.header.frame_id,
        availability=Availability(message.availability),
        reasons=reasons,
        image_size=(message.image_width, message.image_height),
        image_quality=ImageQuality(
            message.brightness,
            message.contrast,
            message.saturated,
            message.sharpness,
            tuple(reason for reason in reasons if reason in _PICTURE_REASONS),
        ),
        track_id=message.track_id,
        faces=message.faces,
        detected=message.detected,
        presence=message.presence,
        box=(message.box_x, message.box_y, message.box_width, message.box_height),
        landmarks=landmarks.reshape(MESH_POINTS, 3) if landmarks.size else None,
        head=head,
        left_eye=_eye(message.left_eye),
        right_eye=_eye(message.right_eye),
        mouth_opening=message.mouth_opening,
        gaze=_gaze_in_camera(message, camera, head),
        calibration=_calibration(message),
        expression=_expression(message.expression),
        pulse=_pulse(message.pulse),
    )


def shown_from_message(message: Any) -> FaceObservation:
    """Reads what fusion needs of a `FaceObservation` message: nothing of points, eyes and gaze.

    Raises:
        InputError: If a word is not one of the documented ones, or a value is out of range.
    """
    quality = (message.brightness, message.contrast, message.saturated, message.sharpness)
    return FaceObservation(
        stamp_ns=stamp_to_ns(message.header.stamp),
        frame_id=message.header.frame_id,
        availability=Availability(message.availability),
        reasons=tuple(_word(Reason, word) for word in message.degradation_reasons),
        image_size=(message.image_width, message.image_height),
        image_quality=ImageQuality(*quality),
        track_id=message.track_id,
        faces=message.faces,
        detected=message.detected,
        presence=message.presence,
        box=(message.box_x, message.box_y, message.box_width, message.box_height),
        mouth_opening=message.mouth_opening,
        calibration=_calibration(message),
        expression=_expression(message.expression),
        pulse=_pulse(message.pulse),
    )


def attention_from_message(message: Any, face: FaceObservation | None = None) -> AttentionState:
    """Reads an `AttentionState` message.

    Args:
        message: The message.
        face: The observation of the same picture, if at hand. Without it one is made of what the
            state repeats (head, gaze and zone in the cabin frame); the rest of it is unknown.

    Raises:
        InputError: If a reason is not one of the documented words.
    """
    reasons = tuple(_word(Reason, word) for word in message.degradation_reasons)
    return AttentionState(
        stamp_ns=stamp_to_ns(message.header.stamp),
        availability=Availability(message.availability),
        degradation_reasons=reasons,
        face=face if face is not None else _face_of_state(message, reasons),
        eyes_on_road=TriState(message.eyes_on_road),
        eyes_state=EyesState(message.eyes_state),
        blink_kind=BlinkKind(message.blink_kind),
        drowsiness=Drowsiness(message.drowsiness),
        distraction=Distraction(message.distraction),
        alert_level=AlertLevel(message.alert_level),
        alert_reasons=tuple(_word(AlertReason, word) for word in message.alert_reasons),
        **{name: getattr(message, name) for name in PLAIN_ATTENTION},
    )


def vehicle_state(message: Any) -> VehicleState:
    """Reads a `geometry_msgs/TwistStamped`: speed is linear.x, forward positive.

    Raises:
        InputError: If the speed is not finite.
    """
    return VehicleState(stamp_to_ns(message.header.stamp), float(message.twist.linear.x))


def _field_value(current: Any, value: Any) -> Any:
    if isinstance(current, np.ndarray):  # an array of fixed length
        return np.asarray(value, current.dtype)
    if isinstance(value, np.ndarray):
        values = array.array(current.typecode)
        values.frombytes(np.ascontiguousarray(value, dtype=current.typecode).tobytes())
        return values
    if isinstance(current, (bool, int, float, str)):
        return type(current)(value)
    return value


def _word(vocabulary: type[Any], word: str) -> Any:
    try:
        return vocabulary(word)
    except ValueError as error:
        raise InputError(f"{word!r} is not a documented {vocabulary.__name__}") from error


def _vector(point: Any) -> npt.NDArray[np.float64]:
    return np.array([point.x, point.y, point.z], dtype=np.float64)


def _pose(pose: Any) -> RigidTransform | None:
    q = pose.orientation
    if not all(math.isfinite(value) for value in (q.x, q.y, q.z, q.w)):
        return None
    # Here: only who reads poses back needs it, and it brings much of scipy into a node's start.
    from scipy.spatial.transform import Rotation

    rotation = Rotation.from_quat([q.x, q.y, q.z, q.w]).as_matrix()
    return RigidTransform(rotation, _vector(pose.position))


def _head_in_camera(message: Any, camera: RigidTransform) -> HeadPose | None:
    in_camera = _pose(message.head_pose)
    if in_camera is None:
        return None
    in_cabin = camera @ in_camera
    yaw, pitch = direction_angles(in_cabin.rotation[:, 0])
    roll = math.atan2(in_cabin.rotation[2, 1], in_cabin.rotation[2, 2])
    return HeadPose(
        in_camera, in_cabin, yaw, pitch, roll, (NAN, NAN, NAN), message.reprojection_error
    )


def _gaze_in_camera(
    message: Any, camera: RigidTransform, head: HeadPose | None
) -> GazeObservation | None:
    direction = camera.rotation @ _vector(message.gaze_direction)
    if message.gaze_source == GazeSource.UNKNOWN or not np.all(np.isfinite(direction)):
        return None
    # The head frame has its origin where gaze starts: midway between the eyes.
    origin = (NAN, NAN, NAN) if head is None else tuple(head.in_cabin.translation.tolist())
    yaw, pitch = direction_angles(direction)
    std = (message.gaze_yaw_std, message.gaze_pitch_std)
    source = GazeSource(message.gaze_source)
    return GazeObservation(source, origin, tuple(direction.tolist()), yaw, pitch, std)


def _eye(message: Any) -> EyeObservation:
    return EyeObservation(
        message.usable,
        message.reason,
        message.lid_gap,
        message.openness,
        message.openness_std,
        (message.iris_x, message.iris_y),
        message.iris_radius,
        message.quality,
        message.closed_probability,
    )


def _expression(message: Any) -> ExpressionObservation:
    return ExpressionObservation(
        Availability(message.availability),
        tuple(_word(ExpressionReason, word) for word in message.reasons),
        tuple(float(value) for value in message.class_probabilities),
        **{core: getattr(message, name) for name, core in PLAIN_EXPRESSION.items()},
    )


def _pulse(message: Any) -> PulseObservation:
    return PulseObservation(
        Availability(message.availability),
        tuple(_word(PulseReason, word) for word in message.reasons),
        **{name: getattr(message, name) for name in PLAIN_PULSE},
    )


def _face_of_state(message: Any, reasons: tuple[Reason, ...]) -> FaceObservation:
    return FaceObservation(
        stamp_ns=stamp_to_ns(message.header.stamp),
        frame_id="",
        availability=Availability(message.availability),
        reasons=reasons,
        image_size=(0, 0),
        image_quality=ImageQuality(NAN, NAN, NAN, NAN),
        head=_head_of_state(message),
        gaze=_gaze_of_state(message),
        zone=_zone_of_state(message),
        calibration=_calibration(message),
    )


def _calibration(message: Any) -> Calibration:
    return Calibration(
        message.calibration_progress,
        message.calibration_progress_eyes,
        message.calibration_progress_gaze,
        message.calibration_progress_head,
        message.driver_number,
    )


def _head_of_state(message: Any) -> HeadPose | None:
    in_cabin = _pose(message.head_pose)
    if in_cabin is None:
        return None
    unknown = RigidTransform(np.full((3, 3), NAN), np.full(3, NAN))
    std = (message.head_yaw_std, message.head_pitch_std, message.head_roll_std)
    angles = (message.head_yaw, message.head_pitch, message.head_roll)
    return HeadPose(unknown, in_cabin, *angles, std, NAN)


def _gaze_of_state(message: Any) -> GazeObservation | None:
    if message.gaze_source == GazeSource.UNKNOWN:
        return None
    return GazeObservation(
        GazeSource(message.gaze_source),
        tuple(_vector(message.gaze_origin).tolist()),
        tuple(_vector(message.gaze_direction).tolist()),
        message.gaze_yaw,
        message.gaze_pitch,
        (message.gaze_yaw_std, message.gaze_pitch_std),
    )


def _zone_of_state(message: Any) -> ZoneEstimate:
    if message.gaze_zone in ("", ZONE_UNKNOWN.name):
        return ZONE_UNKNOWN
    on_road = TriState(message.eyes_on_road)
    shares = zip(message.gaze_zones, message.gaze_zone_probabilities, strict=True)
    return ZoneEstimate(
        message.gaze_zone,
        message.gaze_zone_probability,
        on_road,
        MappingProxyType(dict(shares)),
        AddwArea(message.addw_area),
    )
