"""Scripts played to the attention monitor, and what to ask its states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from observations import CABIN, ROAD, observe, play, stamps
from profiles import profile

from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.types import AttentionState, FaceObservation

Script = Callable[[float], FaceObservation]

# Off the grid of the pictures, so that instants are not met by luck.
START = 0.0137


def monitor(name: str = "euro_ncap_2026", **changes: Any) -> AttentionMonitor:
    """A monitor with a shipped profile and changed parameters."""
    return AttentionMonitor(replace(AttentionConfig(), **changes), CABIN, profile(name))


def run(script: Script, seconds: float, rate: float = 30.0, **changes: Any) -> list[AttentionState]:
    """The states that a monitor gives to a script."""
    watching = monitor(**changes)
    return [watching.step(face) for face in play(script, stamps(seconds, rate, START))]


def at(state: AttentionState) -> float:
    """Instant of a state, s."""
    return state.stamp_ns / 1e9


def first(
    states: Iterable[AttentionState], level: AlertLevel, reason: AlertReason | None = None
) -> float | None:
    """Instant of the first state with that level (and reason), s; None if there is none."""
    for state in states:
        if state.alert_level is level and (reason is None or reason in state.alert_reasons):
            return at(state)
    return None


def look_away(target: tuple[float, float], begin: float, end: float) -> Script:
    """Eyes on the road but for one look at a target."""
    return lambda t: observe(t, target if begin <= t < end else ROAD)
