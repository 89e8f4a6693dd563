"""Messages -> the plain values that a page shows: NaN is null, numbers are rounded.

Works on anything with the fields of the messages, like `io.message_fields`; no ROS here.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

Plain = dict[str, Any]

DIGITS = 4
"""Decimals that are sent; more than any figure on the page has."""

GRID = 10_000
"""Mesh points are whole numbers: this many steps across the picture's longer side."""

_STATE = ("availability", "degradation_reasons")
_ATTENTION = (
    *_STATE,
    *("gaze_source", "gaze_yaw", "gaze_pitch", "gaze_yaw_std", "gaze_pitch_std"),
    *("gaze_zone", "gaze_zone_probability", "gaze_zones", "gaze_zone_probabilities"),
    *("eyes_on_road", "eyes_state", "left_eye_openness", "right_eye_openness", "squint", "yawn"),
    *("eye_closure_duration", "perclos", "perclos_window", "blink_rate", "mean_blink_duration"),
    *("off_road_duration", "cumulative_off_road_30s", "attention_buffer", "no_face_duration"),
    *("distraction", "drowsiness", "drowsy_probability", "kss", "kss_std"),
    *("alert_level", "alert_reasons", "profile", "time_to_next_level", "lockout"),
    *("calibration_progress", "calibration_progress_eyes", "calibration_progress_gaze"),
    *("calibration_progress_head", "driver_number", "latency"),
)
_AFFECT = (
    *_STATE,
    *("valence", "valence_std", "arousal", "arousal_std", "class_probabilities", "class_entropy"),
    *("cognitive_load", "cognitive_load_std", "stress", "stress_std"),
    *("heart_rate", "heart_rate_std", "heart_rate_quality", "rmssd", "hrv_quality"),
    *("respiration_rate", "respiration_quality", "incongruence", "disagreeing", "talking"),
    *("method", "driver_number", "latency"),
)
_MODALITY = ("modality", "availability", "reasons", "age", "rate", "weight_classes", "weight_heart")
_FACE = (*_STATE, "image_width", "image_height", "faces", "latency")
_EYE = ("usable", "reason")
_PULSE = ("availability", "reasons", "heart_rate", "heart_rate_std", "quality")
_VOICE = (*_STATE, "level_dbfs", "speech_probability", "talking", "talking_duration", "latency")
_PHYSIO = (*_STATE, "heart_source", "heart_rate", "heart_rate_std", "hrv_quality", "latency")
_CHANNEL = ("channel", "availability", "reasons", "quality")
_LOAD = ("availability", "reasons", "age", "baseline_duration")


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers that are not finite become None."""
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, np.generic):
        return plain(value.item())
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return [plain(item) for item in value]


def fields_of(message: Any, names: tuple[str, ...]) -> Plain:
    """Some fields of a message."""
    return {name: plain(getattr(message, name)) for name in names}


def attention_plain(message: Any) -> Plain:
    """What the page shows of an AttentionState."""
    return fields_of(message, _ATTENTION)


def affect_plain(message: Any) -> Plain:
    """What the page shows of an AffectState."""
    parts = [fields_of(part, _MODALITY) for part in message.modalities]
    return {**fields_of(message, _AFFECT), "modalities": parts}


def face_plain(message: Any) -> Plain:
    """What the page shows of a FaceObservation; `mesh` is empty without landmarks."""
    return {
        **fields_of(message, _FACE),
        "left_eye": fields_of(message.left_eye, _EYE),
        "right_eye": fields_of(message.right_eye, _EYE),
        "pulse": fields_of(message.pulse, _PULSE),
        "mesh": mesh_text(message),
    }


def voice_plain(message: Any) -> Plain:
    """What the page shows of a VoiceObservation."""
    return fields_of(message, _VOICE)


def physio_plain(message: Any) -> Plain:
    """What the page shows of a PhysioObservation."""
    channels = [fields_of(state, _CHANNEL) for state in message.channels]
    return {
        **fields_of(message, _PHYSIO),
        "channels": channels,
        "load": fields_of(message.load, _LOAD),
    }


def mesh_text(message: Any) -> str:
    """Base64 of the mesh points, x0, y0, x1, ... as little-endian int16 in steps of `GRID`.

    Points that are not finite, or further than three pictures away, make it empty.
    """
    values = np.asarray(message.landmarks, np.float32)
    side = max(message.image_width, message.image_height)
    if values.size == 0 or values.size % 3 or side == 0:
        return ""
    points = values.reshape(-1, 3)[:, :2] * (GRID / side)
    if not (np.abs(points) < 3 * GRID).all():
        return ""
    return base64.b64encode(points.round().astype("<i2").tobytes()).decode("ascii")


TOPICS: Mapping[str, Callable[[Any], Plain]] = MappingProxyType(
    {
        "attention": attention_plain,
        "affect": affect_plain,
        "face": face_plain,
        "voice": voice_plain,
        "physio": physio_plain,
    }
)
"""What arrives, by its name on the page, and what makes plain values of it."""


def to_json(value: Any) -> str:
    """Compact JSON; a NaN that slipped through is an error, not a broken page."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
