"""From measures to an alert level: rules with recovery, and a table of what may follow what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from affect_perception.core.attention.profile import Profile, Rule
from affect_perception.core.attention.switch import NAN
from affect_perception.core.enums import AlertLevel, AlertReason

TRANSITIONS: Mapping[AlertLevel, frozenset[AlertLevel]] = MappingProxyType(
    {
        AlertLevel.UNKNOWN: frozenset({AlertLevel.UNKNOWN, AlertLevel.NONE, AlertLevel.INFO}),
        AlertLevel.NONE: frozenset({AlertLevel.NONE, AlertLevel.INFO, AlertLevel.WARNING}),
        AlertLevel.INFO: frozenset({AlertLevel.INFO, AlertLevel.NONE, AlertLevel.WARNING}),
        AlertLevel.WARNING: frozenset(
            {AlertLevel.WARNING, AlertLevel.NONE, AlertLevel.INFO, AlertLevel.CRITICAL}
        ),
        AlertLevel.CRITICAL: frozenset(
            {AlertLevel.CRITICAL, AlertLevel.NONE, AlertLevel.INFO, AlertLevel.WARNING}
        ),
    }
)
"""Which level may follow which from one state to the next.

Nobody is shouted at without having been warned: CRITICAL follows only WARNING. Nothing goes back
to UNKNOWN except by starting afresh (reason stamp_jump).
"""


@dataclass(frozen=True)
class Alert:
    """What to say.

    Attributes:
        level: How loud.
        reasons: What about, in order of `AlertReason`.
        time_to_next_level: Time until the level rises if nothing changes, s; NaN if it would not.
    """

    level: AlertLevel
    reasons: tuple[AlertReason, ...]
    time_to_next_level: float


class AlertMachine:
    """Keeps the active rules of a profile and the level that follows from them."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._level = AlertLevel.UNKNOWN
        # By position in the profile: hashing the rules themselves costs more than all the rest.
        self._active: set[int] = set()

    def update(self, measures: Mapping[str, float], *, known: bool, driving: bool) -> Alert:
        """Takes the measures of one picture.

        Args:
            measures: Durations by name, s; NaN where unknown, which neither starts nor ends a rule.
            known: Whether anything can be said about the driver at all.
            driving: Whether the rules that need driving apply.
        """
        unseen = max(measures["unseen"], measures["degraded"]) >= self._profile.release_unseen.value
        for index, rule in enumerate(self._profile.rules):
            if rule.while_driving and (not driving or unseen):
                self._active.discard(index)
            elif measures[rule.measure] >= rule.limit.value:
                self._active.add(index)
            elif measures[rule.recovery_measure] >= rule.recovery.value:
                self._active.discard(index)
        active = [self._profile.rules[index] for index in sorted(self._active)]
        self._level = self._step(self._target(active, known))
        reasons = {rule.reason for rule in active}
        return Alert(
            level=self._level,
            reasons=tuple(reason for reason in AlertReason if reason in reasons),
            time_to_next_level=self._time_to_next(measures, driving and not unseen),
        )

    def _target(self, active: Sequence[Rule], known: bool) -> AlertLevel:
        if active:
            return max(rule.level for rule in active)
        # Once something has been known, not seeing for a moment is no reason to speak; no_driver
        # and degraded see to it when the moment grows long.
        return AlertLevel.NONE if known or self._level else AlertLevel.UNKNOWN

    def _step(self, target: AlertLevel) -> AlertLevel:
        """The level next to the present one on the way to `target`."""
        allowed = TRANSITIONS[self._level]
        if target in allowed:
            return target
        return max(level for level in allowed if level <= target)

    def _time_to_next(self, measures: Mapping[str, float], driving: bool) -> float:
        times = [
            rule.limit.value - measures[rule.measure]
            for rule in self._profile.rules
            if rule.level > self._level
            and (driving or not rule.while_driving)
            and measures[_GROWS_WITH.get(rule.measure, rule.measure)] > 0.0
        ]
        return min((max(0.0, t) for t in times), default=NAN)


# The cumulated time grows only while a glance away goes on; the other measures grow by themselves.
_GROWS_WITH = {"cumulative_off_road": "off_road"}
