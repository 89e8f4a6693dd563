"""Turns core types into the fields of the messages of the same name: plain values, no ROS.

The nodes copy these fields into ROS messages, the replay writes them into bags and tables, so that
a state has the same value wherever it is read. Keys and nesting are those of `msg/*.msg`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from affect_perception.core.types import (
    NAN,
    AttentionState,
    Calibration,
    CameraIntrinsics,
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    FloatArray,
    HeadPose,
    PulseObservation,
    RigidTransform,
)

Fields = dict[str, Any]

CABIN_FRAME = "cabin"
"""`header.frame_id` of AttentionState (see docs/frames.md)."""

_NO_DIRECTION = (NAN, NAN, NAN)


def header_fields(stamp_ns: int, frame_id: str) -> Fields:
    """Fields of `std_msgs/Header`."""
    return {"stamp": stamp_fields(stamp_ns), "frame_id": frame_id}


def stamp_fields(stamp_ns: int) -> Fields:
    """Fields of `builtin_interfaces/Time`."""
    return {"sec": stamp_ns // 1_000_000_000, "nanosec": stamp_ns % 1_000_000_000}


def stamp_to_ns(stamp: Any) -> int:
    """Nanoseconds of a Time message, or of anything with `sec` and `nanosec`."""
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def stamp_of(header: Mapping[str, Any]) -> int:
    """Nanoseconds of the stamp in the fields of a header."""
    stamp = header["stamp"]
    return int(stamp["sec"]) * 1_000_000_000 + int(stamp["nanosec"])


def camera_info_fields(stamp_ns: int, frame_id: str, camera: CameraIntrinsics) -> Fields:
    """Fields of `sensor_msgs/CameraInfo` of an unrectified camera."""
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    roi = {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False}
    return {
        "header": header_fields(stamp_ns, frame_id),
        "height": camera.height,
        "width": camera.width,
        "distortion_model": "plumb_bob",
        "d": [*camera.distortion] or [0.0] * 5,
        "k": [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        "r": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "p": [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        "binning_x": 0,
        "binning_y": 0,
        "roi": roi,
    }


def compressed_image_fields(stamp_ns: int, frame_id: str, data: bytes, *, colour: bool) -> Fields:
    """Fields of `sensor_msgs/CompressedImage` with a JPEG, as image_transport writes them."""
    kind = "rgb8; jpeg compressed bgr8" if colour else "mono8; jpeg compressed mono8"
    return {"header": header_fields(stamp_ns, frame_id), "format": kind, "data": data}


def attention_fields(
    state: AttentionState, latency: float = NAN, frame_id: str = CABIN_FRAME
) -> Fields:
    """Fields of `AttentionState.msg`.

    Args:
        state: The state.
        latency: Seconds from the acquisition of the picture to publishing; NaN in replay.
        frame_id: Name of the cabin frame.
    """
    return {
        "header": header_fields(state.stamp_ns, frame_id),
        "availability": int(state.availability),
        "degradation_reasons": [reason.value for reason in state.degradation_reasons],
        **_head_fields(state.face.head),
        **_cabin_gaze_fields(state.face),
        "gaze_zone": state.face.zone.name,
        "gaze_zone_probability": state.face.zone.probability,
        "gaze_zones": list(state.face.zone.probabilities),
        "gaze_zone_probabilities": np.array([*state.face.zone.probabilities.values()], np.float32),
        "addw_area": int(state.face.zone.addw_area),
        "eyes_on_road": int(state.eyes_on_road),
        "eyes_state": int(state.eyes_state),
        "blink_kind": int(state.blink_kind),
        **{name: getattr(state, name) for name in PLAIN_ATTENTION},
        **_calibration_fields(state.face.calibration),
        "distraction": int(state.distraction),
        "drowsiness": int(state.drowsiness),
        "alert_level": int(state.alert_level),
        "alert_reasons": [reason.value for reason in state.alert_reasons],
        "latency": latency,
    }


PLAIN_ATTENTION = (
    "left_eye_openness",
    "right_eye_openness",
    "eye_closure_duration",
    "perclos",
    "perclos_window",
    "mean_closure_duration",
    "squint",
    "blink",
    "blink_duration",
    "blink_count",
    "blink_rate",
    "mean_blink_duration",
    "yawn",
    "yawn_duration",
    "yawn_count",
    "off_road_duration",
    "on_road_duration",
    "cumulative_off_road_30s",
    "attention_buffer",
    "no_face_duration",
    "drowsy_probability",
    "kss",
    "kss_std",
    "profile",
    "time_to_next_level",
    "lockout",
)
"""Fields of AttentionState that are the same in the core type and in the message."""


def face_fields(face: FaceObservation, latency: float = NAN, landmarks: bool = True) -> Fields:
    """Fields of `FaceObservation.msg`.

    Args:
        face: The observation.
        latency: Seconds from the acquisition of the picture to publishing; NaN in replay.
        landmarks: False leaves the 478 points out (an empty array).
    """
    quality = face.image_quality
    points = face.landmarks if landmarks else None
    return {
        "header": header_fields(face.stamp_ns, face.frame_id),
        "availability": int(face.availability),
        "degradation_reasons": [reason.value for reason in face.reasons],
        "image_width": face.image_size[0],
        "image_height": face.image_size[1],
        "brightness": quality.brightness,
        "contrast": quality.contrast,
        "saturated": quality.saturated,
        "sharpness": quality.sharpness,
        "track_id": face.track_id,
        "faces": face.faces,
        "detected": face.detected,
        "presence": face.presence,
        "box_x": face.box[0],
        "box_y": face.box[1],
        "box_width": face.box[2],
        "box_height": face.box[3],
        "landmarks": np.zeros(0, np.float32) if points is None else points.ravel(),
        "head_pose": _pose_fields(face.head.in_camera if face.head else None),
        "reprojection_error": face.head.reprojection_error if face.head else NAN,
        "left_eye": _eye_fields(face.left_eye),
        "right_eye": _eye_fields(face.right_eye),
        "mouth_opening": face.mouth_opening,
        "expression": _expression_fields(face.expression),
        "pulse": _pulse_fields(face.pulse),
        **_camera_gaze_fields(face),
        **_calibration_fields(face.calibration),
        "latency": latency,
    }


def _head_fields(head: HeadPose | None) -> Fields:
    std = head.std if head else _NO_DIRECTION
    return {
        "head_pose": _pose_fields(head.in_cabin if head else None),
        "head_yaw": head.yaw if head else NAN,
        "head_pitch": head.pitch if head else NAN,
        "head_roll": head.roll if head else NAN,
        "head_yaw_std": std[0],
        "head_pitch_std": std[1],
        "head_roll_std": std[2],
    }


def _cabin_gaze_fields(face: FaceObservation) -> Fields:
    gaze = face.gaze
    return {
        "gaze_source": int(gaze.source) if gaze else 0,
        "gaze_origin": _xyz(gaze.origin if gaze else _NO_DIRECTION),
        "gaze_direction": _xyz(gaze.direction if gaze else _NO_DIRECTION),
        "gaze_yaw": gaze.yaw if gaze else NAN,
        "gaze_pitch": gaze.pitch if gaze else NAN,
        "gaze_yaw_std": gaze.std[0] if gaze else NAN,
        "gaze_pitch_std": gaze.std[1] if gaze else NAN,
    }


def _camera_gaze_fields(face: FaceObservation) -> Fields:
    """Gaze turned from the cabin into the camera frame with the two poses of the head."""
    gaze, head = face.gaze, face.head
    direction: Any = _NO_DIRECTION
    if gaze and head:
        camera_from_cabin = head.in_camera.rotation @ head.in_cabin.rotation.T
        direction = camera_from_cabin @ np.asarray(gaze.direction)
    return {
        "gaze_source": int(gaze.source) if gaze else 0,
        "gaze_direction": _xyz(direction),
        "gaze_yaw_std": gaze.std[0] if gaze else NAN,
        "gaze_pitch_std": gaze.std[1] if gaze else NAN,
    }


def _eye_fields(eye: EyeObservation) -> Fields:
    return {
        "usable": eye.usable,
        "reason": eye.reason,
        "lid_gap": eye.lid_gap,
        "openness": eye.openness,
        "openness_std": eye.openness_std,
        "iris_x": eye.iris_px[0],
        "iris_y": eye.iris_px[1],
        "iris_radius": eye.iris_radius_px,
        "quality": eye.quality,
        "closed_probability": eye.closed_probability,
    }


def _expression_fields(expression: ExpressionObservation) -> Fields:
    return {
        "availability": int(expression.availability),
        "reasons": [reason.value for reason in expression.reasons],
        "class_probabilities": np.array(expression.probabilities, np.float32),
        **{message: getattr(expression, core) for message, core in PLAIN_EXPRESSION.items()},
    }


PLAIN_EXPRESSION = {
    "age": "age_s",
    "class_entropy": "entropy",
    "valence": "valence",
    "valence_std": "valence_std",
    "arousal": "arousal",
    "arousal_std": "arousal_std",
    "usual_progress": "usual_progress",
}
"""Numbers of ExpressionObservation: name in the message, name in the core type."""


def _pulse_fields(pulse: PulseObservation) -> Fields:
    return {
        "availability": int(pulse.availability),
        "reasons": [reason.value for reason in pulse.reasons],
        **{name: getattr(pulse, name) for name in PLAIN_PULSE},
    }


PLAIN_PULSE = ("heart_rate", "heart_rate_std", "quality", "window")
"""Numbers of PulseObservation, of the same name in the message."""


def _calibration_fields(calibration: Calibration) -> Fields:
    return {
        "calibration_progress": calibration.progress,
        "calibration_progress_eyes": calibration.eyes,
        "calibration_progress_gaze": calibration.gaze,
        "calibration_progress_head": calibration.head,
        "driver_number": calibration.driver_number,
    }


def _pose_fields(pose: RigidTransform | None) -> Fields:
    if pose is None:
        return {
            "position": _xyz(_NO_DIRECTION),
            "orientation": {"x": NAN, "y": NAN, "z": NAN, "w": NAN},
        }
    x, y, z, w = quaternion(pose.rotation)
    return {
        "position": _xyz(pose.translation),
        "orientation": {"x": x, "y": y, "z": z, "w": w},
    }


def quaternion(rotation: FloatArray) -> tuple[float, float, float, float]:
    """(x, y, z, w) of a rotation matrix, with w >= 0 so that equal poses have equal numbers.

    Shepperd's method ("Quaternion from rotation matrix", J. Guidance and Control 1978): divides by
    the largest of the four components, which is never smaller than 1/2.
    """
    (r00, r01, r02), (r10, r11, r12), (r20, r21, r22) = rotation.tolist()
    trace = r00 + r11 + r22
    if trace >= max(r00, r11, r22):
        values = (r21 - r12, r02 - r20, r10 - r01, 1.0 + trace)
    elif r00 >= max(r11, r22):
        values = (1.0 + 2.0 * r00 - trace, r01 + r10, r02 + r20, r21 - r12)
    elif r11 >= r22:
        values = (r01 + r10, 1.0 + 2.0 * r11 - trace, r12 + r21, r02 - r20)
    else:
        values = (r02 + r20, r12 + r21, 1.0 + 2.0 * r22 - trace, r10 - r01)
    scale = math.copysign(1.0 / math.sqrt(sum(v * v for v in values)), values[3])
    x, y, z, w = (scale * v for v in values)
    return x, y, z, w


def _xyz(point: Any) -> Fields:
    x, y, z = point
    return {"x": float(x), "y": float(y), "z": float(z)}
