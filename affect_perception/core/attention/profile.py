"""Policy profiles: the limits of the norms as data, each with its source.

A profile decides *when* to speak; how glances and closures are measured stands elsewhere and does
not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.errors import ConfigError


@dataclass(frozen=True)
class NormValue:
    """A number of a norm or protocol.

    Attributes:
        value: In `unit`.
        unit: SI.
        source: Where it comes from.
        verified: Whether it was verified against the primary text.
    """

    value: float
    unit: str
    source: str
    verified: bool = False


@dataclass(frozen=True)
class Rule:
    """One reason to speak.

    The rule becomes active when `measure` reaches `limit` and stays so until `recovery_measure`
    reaches `recovery`. Measures are the durations that `core/attention/monitor.py` keeps.

    Attributes:
        reason: What the alert is about.
        level: How loud.
        measure: Name of the measure, s.
        limit: Value at which the rule becomes active.
        recovery_measure: Name of the measure that ends it, s.
        recovery: Value at which it ends.
        while_driving: Whether it applies only above the profile's speed.
    """

    reason: AlertReason
    level: AlertLevel
    measure: str
    limit: NormValue
    recovery_measure: str
    recovery: NormValue
    while_driving: bool = True


@dataclass(frozen=True)
class Profile:
    """A policy.

    Attributes:
        name: Name in the messages and parameters.
        rules: All reasons to speak.
        cumulative_window: Length of the window of the cumulated glances, s.
        cumulative_reset: A glance at the road this long starts the cumulation afresh, s.
        speed_on: Rules that need driving apply from this speed, m/s.
        speed_off: They end below this speed, m/s.
        release_unseen: An active warning ends after this time without sight of the driver, s.
        drowsy_perclos: PERCLOS from which the driver counts as drowsy.
        alert_perclos: PERCLOS below which the driver counts as alert.
    """

    name: str
    rules: tuple[Rule, ...]
    cumulative_window: NormValue
    cumulative_reset: NormValue
    speed_on: NormValue
    speed_off: NormValue
    release_unseen: NormValue
    drowsy_perclos: NormValue
    alert_perclos: NormValue

    def limit(self, reason: AlertReason) -> float:
        """The lowest limit of the rules with this reason, s.

        Raises:
            ConfigError: If no rule has it.
        """
        limits = [rule.limit.value for rule in self.rules if rule.reason is reason]
        if not limits:
            raise ConfigError(f"profile '{self.name}' has no rule for {reason.value}")
        return min(limits)


_NCAP = "Euro NCAP Driver Engagement 2026 v1.1, by a secondary text"
_OWN = "own choice, no norm"
_PERCLOS = "Wierwille et al. 1994 as quoted in a secondary text"


def _seconds(value: float, source: str) -> NormValue:
    return NormValue(value, "s", source)


_FORWARD = _seconds(1.0, f"{_NCAP}: an intervention ends after 1 s of forward gaze")
_EYES_OPEN = _seconds(2.0, f"{_NCAP}: 2 s after a transient state")

_DISTRACTION = (
    Rule(
        AlertReason.LONG_DISTRACTION,
        AlertLevel.WARNING,
        "off_road",
        _seconds(3.0, f"{_NCAP}: single glance of 3 s, warning within 3 to 4 s"),
        "on_road",
        _FORWARD,
    ),
    Rule(
        AlertReason.LONG_DISTRACTION,
        AlertLevel.CRITICAL,
        "off_road",
        _seconds(6.0, f"{_NCAP}: unresponsive if there is no return 3 s after the warning"),
        "on_road",
        _FORWARD,
    ),
    Rule(
        AlertReason.CUMULATIVE_DISTRACTION,
        AlertLevel.WARNING,
        "cumulative_off_road",
        _seconds(10.0, f"{_NCAP}: 10 s of glances away within 30 s"),
        "on_road",
        _seconds(2.0, f"{_NCAP}: as the reset of the cumulation"),
    ),
)

_CLOSURE = (
    Rule(
        AlertReason.MICROSLEEP,
        AlertLevel.WARNING,
        "eye_closure",
        _seconds(1.0, f"{_NCAP}: microsleep is a closure of 1 to 2 s"),
        "eyes_open",
        _EYES_OPEN,
    ),
    Rule(
        AlertReason.SLEEP,
        AlertLevel.CRITICAL,
        "eye_closure",
        _seconds(3.0, f"{_NCAP}: sleep is a closure of 3 s or more"),
        "eyes_open",
        _EYES_OPEN,
    ),
)

_MONITORING = (
    Rule(
        AlertReason.NO_DRIVER,
        AlertLevel.INFO,
        "no_face",
        _seconds(3.0, _OWN),
        "face_seen",
        _seconds(0.5, _OWN),
        while_driving=False,
    ),
    Rule(
        AlertReason.DEGRADED,
        AlertLevel.INFO,
        "degraded",
        _seconds(8.0, f"{_NCAP}: the driver is told within 10 s; 2 s are left to the HMI"),
        "healthy",
        _seconds(1.0, _OWN),
        while_driving=False,
    ),
)

EURO_NCAP_2026 = Profile(
    name="euro_ncap_2026",
    rules=_DISTRACTION + _CLOSURE + _MONITORING,
    cumulative_window=_seconds(30.0, f"{_NCAP}: 10 s of glances away within 30 s"),
    cumulative_reset=_seconds(2.0, "Euro NCAP v10.4, by a secondary text: 2 s on the road reset"),
    speed_on=NormValue(20 / 3.6, "m/s", f"{_NCAP}: warns from 20 km/h"),
    speed_off=NormValue(10 / 3.6, "m/s", f"{_NCAP}: measures from 10 km/h"),
    release_unseen=_seconds(10.0, _OWN),
    drowsy_perclos=NormValue(0.15, "", f"{_PERCLOS}: drowsy above 0.15 in 1 min"),
    alert_perclos=NormValue(0.075, "", f"{_PERCLOS}: awake below 0.075 in 1 min"),
)

PROFILES = {profile.name: profile for profile in (EURO_NCAP_2026,)}


def profile_named(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in PROFILES:
        raise ConfigError(f"unknown profile '{name}'; known: {', '.join(PROFILES)}")
    return PROFILES[name]
