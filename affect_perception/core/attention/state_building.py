"""From findings and alert to the published attention state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from affect_perception.core.attention.alert_machine import Alert
from affect_perception.core.attention.findings import Findings
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.switch import NAN
from affect_perception.core.drowsiness.monitor import DrowsinessState
from affect_perception.core.enums import (
    AlertReason,
    Availability,
    Distraction,
    Reason,
    TriState,
)
from affect_perception.core.types import (
    AttentionState,
    EyeObservation,
    FaceObservation,
    ImageQuality,
)

_DISTRACTIONS = {
    AlertReason.LONG_DISTRACTION: Distraction.LONG,
    AlertReason.PHONE_USE: Distraction.PHONE_USE,
    AlertReason.CUMULATIVE_DISTRACTION: Distraction.CUMULATIVE,
    AlertReason.TOTAL_GLANCE_TIME: Distraction.CUMULATIVE,
    AlertReason.ATTENTION_BUFFER_EMPTY: Distraction.CUMULATIVE,
}


class DistractionNamer:
    """Names the distraction by the limits of the profile, whatever the speed."""

    def __init__(self, profile: Profile) -> None:
        order = list(_DISTRACTIONS)
        rules = [rule for rule in profile.rules if rule.reason in _DISTRACTIONS]
        # "unanswered" counts from a warning, which may come long after the glance began.
        self._rules = [
            (_DISTRACTIONS[rule.reason], rule.measure, rule.limit_at(NAN))
            for rule in sorted(rules, key=lambda rule: order.index(rule.reason))
            if rule.measure != "unanswered"
        ]

    def name(self, measures: Mapping[str, float], on_road: TriState) -> Distraction:
        """The distraction; UNKNOWN while it is unknown where the driver looks."""
        if on_road is TriState.UNKNOWN:
            return Distraction.UNKNOWN
        for distraction, measure, limit in self._rules:
            if measures[measure] >= limit:
                return distraction
        return Distraction.NONE


def build_state(
    face: FaceObservation,
    found: Findings,
    alert: Alert,
    own: tuple[Reason, ...],
    profile: Profile,
    no_face: float,
    distraction: Distraction,
) -> AttentionState:
    """Puts together what is published.

    Args:
        face: What was seen in the picture.
        found: What the parts say about it.
        alert: What to say.
        own: Reasons of the monitor's own why the state is degraded.
        profile: The policy in force.
        no_face: Time since a face was last seen, s.
        distraction: Its name.
    """
    reasons = joined(face.reasons, own)
    usable = face.availability
    if reasons and usable is Availability.AVAILABLE:
        usable = Availability.DEGRADED
    glance = found.glance
    return AttentionState(
        stamp_ns=face.stamp_ns,
        availability=usable,
        degradation_reasons=reasons,
        face=face,
        profile=profile.name,
        eyes_on_road=found.on_road,
        eyes_state=found.eyes.state,
        left_eye_openness=_openness(face.left_eye),
        right_eye_openness=_openness(face.right_eye),
        eye_closure_duration=found.eyes.closure,
        off_road_duration=glance.off_road,
        on_road_duration=glance.on_road_duration,
        cumulative_off_road_30s=glance.cumulative_off_road,
        attention_buffer=glance.attention_buffer,
        no_face_duration=no_face,
        distraction=distraction,
        alert_level=alert.level,
        alert_reasons=alert.reasons,
        time_to_next_level=alert.time_to_next_level,
        lockout=AlertReason.LOCKOUT in alert.reasons,
        **_of_lids(found.lids),
    )


def _of_lids(lids: DrowsinessState) -> dict[str, Any]:
    """The fields about blinks, closures and drowsiness."""
    return {
        "perclos": lids.perclos.perclos,
        "perclos_window": lids.perclos.usable,
        "mean_closure_duration": lids.perclos.mean_closure,
        "squint": lids.squint,
        "blink": lids.blink,
        "blink_kind": lids.blink_kind,
        "blink_duration": lids.blink_duration,
        "blink_count": lids.blink_count,
        "blink_rate": lids.blink_rate,
        "mean_blink_duration": lids.mean_blink_duration,
        "yawn": lids.yawn,
        "yawn_duration": lids.yawn_duration,
        "yawn_count": lids.yawn_count,
        "drowsiness": lids.level,
        "drowsy_probability": lids.drowsy_probability,
        "kss": lids.kss,
        "kss_std": lids.kss_std,
    }


def joined(first: tuple[Reason, ...], second: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Both, each reason once."""
    return tuple(dict.fromkeys(first + second)) if second else first


def nothing_seen(stamp_ns: int) -> FaceObservation:
    """An observation without a picture."""
    quality = ImageQuality(NAN, NAN, NAN, NAN, (Reason.NO_FRAME,))
    return FaceObservation(
        stamp_ns=stamp_ns,
        frame_id="",
        availability=Availability.UNAVAILABLE,
        reasons=(Reason.NO_FRAME,),
        image_size=(0, 0),
        image_quality=quality,
    )


def _openness(eye: EyeObservation) -> float:
    return eye.openness if eye.usable and math.isfinite(eye.openness) else NAN
