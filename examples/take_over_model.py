"""From the two states of the driver to a take-over readiness: the computation, no ROS.

    time = reaction of the eyes (only if they are off the road)
         + what the attention buffer lacks (AttenD: 2 s when full, filled at 1 s per second)
         + putting the phone away, if one is held
         + waking up, if asleep

The numbers are means of groups in driving simulators. None was verified against the primary text,
and the sum was not validated on drivers: replace it by what you measure in your vehicle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

EYES_REACTION = 0.7
"""s until the eyes are on the road after a request: Gold, Damböck, Lorenz and Bengler, "Take over!
How long does it take to get the driver back into the loop?", Human Factors and Ergonomics Society
2013. Verified against the primary text: no."""
BUFFER_FULL, BUFFER_DELAY = 2.0, 0.1
"""s, AttenD: Kircher and Ahlström, "Issues related to the driver distraction detection algorithm
AttenD", 2009. Verified against the primary text: no."""
PHONE_AWAY = 1.33
"""s that a device in the hand adds: Zhang, de Winter, Varotto, Happee and Martens, "Determinants of
take-over time from automated driving: a meta-analysis of 129 studies", Transportation Research Part
F, 2019. Verified against the primary text: no."""
WAKE_UP = 3.0
"""s that sleep adds: Wörle, Metz, Othersen and Baumann, "Sleep in highly automated driving:
takeover performance after waking up", Accident Analysis & Prevention, 2020. Verified against the
primary text: no."""
SPREAD = 1.45
"""s, one sigma between studies in the meta-analysis above. Verified against the primary text:
no."""
DROWSY_SPREAD, LOAD_SPREAD, UNKNOWN_SPREAD = 1.0, 0.5, 0.5
"""s, assumptions of this example: studies agree that these widen the times, not by how much."""
HIGH_LOAD = 0.7
"""Cognitive load (0..1) from which it counts; an assumption of this example."""
STALE_ATTENTION, STALE_AFFECT = 0.5, 2.0
"""Largest age of a state, s. Attention comes with every picture, affect ten times a second."""


@dataclass
class Readiness:
    """The fields of TakeOverReadiness.msg; see there for units and unknown values."""

    stamp_ns: int = 0
    availability: int = 0
    reasons: list[str] = field(default_factory=list)
    time_to_regain: float = math.nan
    time_to_regain_std: float = math.nan
    confidence: float = 0.0
    causes: list[str] = field(default_factory=list)


def stamp_ns(state: Any) -> int:
    """Acquisition time of a state, ns."""
    return int(state.header.stamp.sec) * 1_000_000_000 + int(state.header.stamp.nanosec)


def is_stale(state: Any, now_ns: int, limit_s: float) -> bool:
    """Whether a state is older than the limit, or of another clock (from the future)."""
    return not -limit_s <= (now_ns - stamp_ns(state)) / 1e9 <= limit_s


def readiness(attention: Any | None, affect: Any | None, now_ns: int) -> Readiness:
    """What a planner may expect of the driver now.

    Args:
        attention: The newest AttentionState message, or None.
        affect: The newest AffectState message, or None; without one the time is less certain.
        now_ns: The clock that the stamps are of.
    """
    if attention is None:
        return Readiness(reasons=["no_attention_state"])
    result = Readiness(stamp_ns(attention), attention.AVAILABILITY_UNAVAILABLE)
    result.reasons = list(attention.degradation_reasons)
    if is_stale(attention, now_ns, STALE_ATTENTION):
        result.reasons = ["stale_attention_state"]
        return result
    if attention.availability <= attention.AVAILABILITY_UNAVAILABLE:
        return result
    asleep = attention.drowsiness >= attention.DROWSINESS_MICROSLEEP
    # While the eyes are shut nothing is known of the buffer: who sleeps has none.
    buffer = 0.0 if asleep else attention.attention_buffer
    if math.isnan(buffer):
        result.reasons.append("attention_unknown")
        return result
    result.availability = attention.availability
    load = _load(affect, now_ns, result)
    _estimate(attention, buffer, asleep, load, result)
    return result


def _load(affect: Any | None, now_ns: int, result: Readiness) -> float:
    """Cognitive load, NaN if unknown; says in the result what is missing."""
    if affect is not None and not is_stale(affect, now_ns, STALE_AFFECT):
        return float(affect.cognitive_load)
    result.reasons.append("no_affect_state" if affect is None else "stale_affect_state")
    result.availability = min(result.availability, 2)  # AVAILABILITY_DEGRADED
    return math.nan


def _estimate(attention: Any, buffer: float, asleep: bool, load: float, result: Readiness) -> None:
    off_road = asleep or attention.eyes_on_road != attention.TRISTATE_YES
    lacking = max(0.0, BUFFER_FULL - buffer)
    phone = attention.distraction == attention.DISTRACTION_PHONE_USE
    parts = {
        "eyes_off_road": EYES_REACTION if off_road else 0.0,
        "phone_use": PHONE_AWAY if phone else 0.0,
        "asleep": WAKE_UP if asleep else 0.0,
    }
    spreads = {
        "drowsy": DROWSY_SPREAD if attention.drowsiness == attention.DROWSINESS_DROWSY else 0.0,
        "high_load": LOAD_SPREAD if load >= HIGH_LOAD else 0.0,
        "": UNKNOWN_SPREAD if math.isnan(load) else 0.0,
    }
    refill = lacking + BUFFER_DELAY if lacking > 0.0 else 0.0
    result.time_to_regain = sum(parts.values()) + refill
    result.time_to_regain_std = math.hypot(SPREAD, *spreads.values())
    result.causes = [name for name, seconds in (parts | spreads).items() if name and seconds > 0.0]
    # A convention of this example: full trust needs full availability and a known driver.
    trust = 1.0 if result.availability == attention.AVAILABILITY_AVAILABLE else 0.5
    known = attention.calibration_progress
    result.confidence = trust * (0.5 if math.isnan(known) else 0.5 + 0.5 * min(1.0, known))
