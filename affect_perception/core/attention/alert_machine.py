"""From measures to an alert level: rules with recovery, and a table of what may follow what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from types import MappingProxyType

from affect_perception.core.attention.measures import MEASURES
from affect_perception.core.attention.profile import Profile, Rule
from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import to_ns, to_s
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

TimeUntil = Callable[[str, float], float]
"""Time until a measure reaches a limit if nothing changes, s; NaN if it would not."""

_NEVER = -math.inf


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


@dataclass(frozen=True)
class Circumstances:
    """What decides about the rules besides the measures.

    Attributes:
        known: Whether anything can be said about the driver at all.
        speed: m/s; NaN if unknown, which counts as driving as fast as it takes.
        standing: Whether the vehicle is known to stand.
    """

    known: bool = True
    speed: float = NAN
    standing: bool = False


class _Latch:
    """A rule, whether it is active, and when its measure was last known."""

    def __init__(self, rule: Rule, profile: Profile) -> None:
        self.rule = rule
        self.active = False
        self.known_ns: int | None = None
        on = _NEVER
        if rule.while_driving:
            on = (rule.from_speed or profile.speed_on).value
        self.start_speed = on
        self.keep_speed = on - (profile.speed_on.value - profile.speed_off.value)
        self.forget_ns = to_ns(profile.release_unseen.value)
        # A warning that a driver who looks away may leave unanswered.
        self.asks_to_look = rule.level is AlertLevel.WARNING and MEASURES[rule.measure].of_gaze

    def update(self, now_ns: int, measures: Mapping[str, float], speed: float) -> bool:
        """Takes the measures of one picture; True if the rule has become active with it."""
        rule = self.rule
        value = measures[rule.measure]
        known = value == value
        if known or self.known_ns is None:
            self.known_ns = now_ns
        if not self.active:
            self.active = known and not speed < self.start_speed and value >= rule.limit_at(speed)
            return self.active
        ends_unknown = rule.while_driving or MEASURES[rule.measure].of_context
        forgotten = ends_unknown and now_ns - self.known_ns >= self.forget_ns
        recovered = measures[rule.recovery_measure] >= rule.recovery.value
        # What has recovered and is above its limit all the same goes on; counts of alerts only
        # fall when the rule about them ends.
        above = known and value >= rule.limit_at(speed) and rule.reason is not AlertReason.LOCKOUT
        if (recovered and not above) or forgotten or speed < self.keep_speed:
            self.active = False
        return False


class AlertMachine:
    """Keeps the active rules of a profile and the level that follows from them."""

    def __init__(self, profile: Profile) -> None:
        self._latches = [_Latch(rule, profile) for rule in profile.rules]
        self._cap = profile.standstill_level
        self._level = AlertLevel.UNKNOWN
        self._before_ns: int | None = None
        self._asked_ns: int | None = None
        self._critical_alerts = 0
        self._critical_ns = 0

    def update(
        self,
        now_ns: int,
        measures: MutableMapping[str, float],
        circumstances: Circumstances,
        time_until: TimeUntil,
    ) -> Alert:
        """Takes the measures of one picture.

        Args:
            now_ns: Stamp of the picture.
            measures: By name, NaN where unknown, which neither starts nor ends a rule. Those that
                follow from earlier alerts (`unanswered`, `critical_*`) are added here.
            circumstances: What else decides.
            time_until: Looks ahead for measures that follow from observations.
        """
        self._add_own(now_ns, measures)
        speed = circumstances.speed
        active: list[_Latch] = []
        for latch in self._latches:
            was_active = latch.active
            if latch.update(now_ns, measures, speed) and latch.asks_to_look:
                self._ask(now_ns, measures[latch.rule.measure] - latch.rule.limit_at(speed))
            if latch.active:
                active.append(latch)
            elif was_active and latch.rule.reason is AlertReason.LOCKOUT:
                self._critical_alerts = self._critical_ns = 0
        if not any(latch.asks_to_look for latch in active):
            self._asked_ns = None
        cap = self._cap if circumstances.standing else AlertLevel.CRITICAL
        self._set_level(self._step(self._target(active, circumstances.known, cap)))
        self._before_ns = now_ns
        reasons = {latch.rule.reason for latch in active}
        return Alert(
            level=self._level,
            reasons=tuple(r for r in AlertReason if r in reasons) if reasons else (),
            time_to_next_level=self._time_to_next(measures, speed, cap, time_until),
        )

    def _add_own(self, now_ns: int, measures: MutableMapping[str, float]) -> None:
        """Adds the measures that follow from the alerts so far."""
        if self._level is AlertLevel.CRITICAL and self._before_ns is not None:
            self._critical_ns += max(0, now_ns - self._before_ns)
        away = measures["eyes_away"]
        if away == 0.0:
            self._asked_ns = None
        asked = 0.0 if self._asked_ns is None else to_s(max(0, now_ns - self._asked_ns))
        measures["unanswered"] = away if math.isnan(away) else min(asked, away)
        measures["critical_alerts"] = float(self._critical_alerts)
        measures["critical_time"] = to_s(self._critical_ns)

    def _ask(self, now_ns: int, overshoot_s: float) -> None:
        """The driver has been warned to look at the road; pictures come after the limit."""
        if self._asked_ns is None:
            asked = now_ns - to_ns(overshoot_s)
            self._asked_ns = asked if self._before_ns is None else max(asked, self._before_ns)

    def _target(self, active: list[_Latch], known: bool, cap: AlertLevel) -> AlertLevel:
        if active:
            return min(cap, max(latch.rule.level for latch in active))
        # Once something has been known, not seeing for a moment is no reason to speak; no_driver
        # and degraded see to it when the moment grows long.
        return AlertLevel.NONE if known or self._level else AlertLevel.UNKNOWN

    def _step(self, target: AlertLevel) -> AlertLevel:
        """The level next to the present one on the way to `target`."""
        allowed = TRANSITIONS[self._level]
        if target in allowed:
            return target
        return max(level for level in allowed if level <= target)

    def _set_level(self, level: AlertLevel) -> None:
        if level is AlertLevel.CRITICAL and self._level is not AlertLevel.CRITICAL:
            self._critical_alerts += 1
        self._level = level

    def _time_to_next(
        self,
        measures: Mapping[str, float],
        speed: float,
        cap: AlertLevel,
        time_until: TimeUntil,
    ) -> float:
        soonest = NAN
        if self._level >= cap:
            return soonest
        for latch in self._latches:
            rule = latch.rule
            if rule.level <= self._level:
                continue
            if latch.active:
                return 0.0
            if speed < latch.start_speed:
                continue
            until = self._until(rule, measures, rule.limit_at(speed), time_until)
            if not until >= soonest:
                soonest = until if until == until else soonest
        return soonest

    def _until(
        self,
        rule: Rule,
        measures: Mapping[str, float],
        limit: float,
        time_until: TimeUntil,
    ) -> float:
        if rule.measure in ("critical_time", "critical_alerts"):
            return NAN
        if rule.measure != "unanswered":
            return time_until(rule.measure, limit)
        if self._asked_ns is None or not measures["eyes_away"] > 0.0:
            return NAN
        return max(0.0, limit - measures["unanswered"])
