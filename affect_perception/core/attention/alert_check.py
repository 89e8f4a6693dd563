"""What must hold between one published attention state and the next, whatever was observed."""

from __future__ import annotations

import math

from affect_perception.core.attention.alert_machine import TRANSITIONS
from affect_perception.core.attention.profile import Profile
from affect_perception.core.enums import AlertLevel, AlertReason, Reason
from affect_perception.core.types import AttentionState


def check_transition(
    before: AttentionState | None, after: AttentionState, profile: Profile
) -> list[str]:
    """Looks for violations of the table of transitions and of the profile.

    Args:
        before: The state published before, or None for the first one.
        after: The state that followed.
        profile: The policy profile in force.

    Returns:
        What is wrong, in words; empty if nothing is.
    """
    wrong = _check_alone(after, profile)
    if before is None or Reason.STAMP_JUMP in after.degradation_reasons:
        old = AlertLevel.UNKNOWN
    else:
        old = before.alert_level
        # Before the first picture, a watchdog's clock is the only stamp there is.
        if after.stamp_ns < before.stamp_ns and before.face.frame_id:
            wrong.append(f"stamp went back from {before.stamp_ns} to {after.stamp_ns} ns")
    new = after.alert_level
    if new not in TRANSITIONS[old]:
        wrong.append(f"level {new.name} must not follow {old.name}")
    return wrong


def _check_alone(state: AttentionState, profile: Profile) -> list[str]:
    """What must hold for a state by itself."""
    wrong: list[str] = []
    level, reasons = state.alert_level, state.alert_reasons
    if state.profile != profile.name:
        wrong.append(f"profile '{state.profile}' instead of '{profile.name}'")
    strange = [reason.value for reason in reasons if reason not in profile.reasons]
    if strange:
        wrong.append(f"reasons that the profile does not have: {', '.join(strange)}")
    if list(reasons) != [reason for reason in AlertReason if reason in reasons]:
        wrong.append(f"reasons out of order or doubled: {[r.value for r in reasons]}")
    if bool(reasons) != (level > AlertLevel.NONE):
        wrong.append(f"level {level.name} with {len(reasons)} reasons")
    loudest = _loudest(reasons, profile)
    if level > max(loudest, AlertLevel.NONE):
        wrong.append(f"level {level.name} is above that of its reasons ({loudest.name})")
    if state.lockout != (AlertReason.LOCKOUT in reasons):
        wrong.append(f"lockout {state.lockout} against its reason")
    time = state.time_to_next_level
    if not math.isnan(time) and not 0.0 <= time < math.inf:
        wrong.append(f"time to the next level {time} s is not a time")
    highest = max(profile.loudest.values())
    if not math.isnan(time) and level >= highest:
        wrong.append(f"time to the next level {time} s, but {level.name} is the highest")
    return wrong


def _loudest(reasons: tuple[AlertReason, ...], profile: Profile) -> AlertLevel:
    levels = [profile.loudest.get(reason, AlertLevel.NONE) for reason in reasons]
    return max(levels, default=AlertLevel.NONE)
