"""What follows from the pictures over time: the state that is published."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.enums import (
    AlertLevel,
    AlertReason,
    Availability,
    BlinkKind,
    Distraction,
    Drowsiness,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.types.face import NAN, FaceObservation


@dataclass(frozen=True)
class AttentionState:
    """What the driver attends to, and whether to say something; see `msg/AttentionState.msg`.

    The fields have the names, units and meaning of the message of the same name, which documents
    them one by one; latency is missing here because the core has no clock.
    """

    stamp_ns: int
    availability: Availability
    degradation_reasons: tuple[Reason, ...]
    face: FaceObservation
    profile: str
    eyes_on_road: TriState = TriState.UNKNOWN
    eyes_state: EyesState = EyesState.UNKNOWN
    left_eye_openness: float = NAN
    right_eye_openness: float = NAN
    eye_closure_duration: float = NAN
    perclos: float = NAN
    perclos_window: float = 0.0
    mean_closure_duration: float = NAN
    squint: bool = False
    blink: bool = False
    blink_kind: BlinkKind = BlinkKind.UNKNOWN
    blink_duration: float = NAN
    blink_count: int = 0
    blink_rate: float = NAN
    mean_blink_duration: float = NAN
    yawn: bool = False
    yawn_duration: float = NAN
    yawn_count: int = 0
    off_road_duration: float = NAN
    on_road_duration: float = NAN
    cumulative_off_road_30s: float = NAN
    attention_buffer: float = NAN
    no_face_duration: float = NAN
    drowsiness: Drowsiness = Drowsiness.UNKNOWN
    drowsy_probability: float = NAN
    kss: float = NAN
    kss_std: float = NAN
    distraction: Distraction = Distraction.UNKNOWN
    alert_level: AlertLevel = AlertLevel.UNKNOWN
    alert_reasons: tuple[AlertReason, ...] = ()
    time_to_next_level: float = NAN
    lockout: bool = False
