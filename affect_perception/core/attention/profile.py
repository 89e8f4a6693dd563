"""Policy profiles: the limits of the norms as data, each with its source.

A profile decides *when* to speak; how glances and closures are measured stands elsewhere and does
not depend on it. The profiles themselves are files (config/profiles, read by io/profile_file.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType

from affect_perception.core.attention.measures import MEASURES
from affect_perception.core.cabin import ZoneRole
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.errors import ConfigError

_NO_ROLES: Mapping[ZoneRole, NormValue] = MappingProxyType({})


@dataclass(frozen=True)
class NormValue:
    """A number of a norm or protocol.

    Attributes:
        value: In `unit`.
        unit: s, m/s, rad, or "" for counts and shares.
        source: Where it comes from.
        verified: Whether it was verified against the primary text.
    """

    value: float
    unit: str
    source: str
    verified: bool = False


@dataclass(frozen=True)
class SpeedBand:
    """A limit that applies from a speed on.

    Attributes:
        from_speed: m/s.
        limit: In the unit of the measure.
    """

    from_speed: NormValue
    limit: NormValue


@dataclass(frozen=True)
class Rule:
    """One reason to speak.

    The rule becomes active when `measure` reaches its limit and stays so until `recovery_measure`
    reaches `recovery`. Measures are those of `core/attention/measures.py`.

    Attributes:
        reason: What the alert is about.
        level: How loud.
        measure: Name of the measure.
        limit: Value at which the rule becomes active.
        recovery_measure: Name of the measure that ends it.
        recovery: Value at which it ends.
        while_driving: Whether it applies only while driving.
        from_speed: It becomes active only from this speed, m/s; None for that of the profile.
        bands: Other limits from higher speeds on, in order of speed.
    """

    reason: AlertReason
    level: AlertLevel
    measure: str
    limit: NormValue
    recovery_measure: str
    recovery: NormValue
    while_driving: bool = True
    from_speed: NormValue | None = None
    bands: tuple[SpeedBand, ...] = ()

    def __post_init__(self) -> None:
        where = f"rule {self.reason.value} ({self.level.name.lower()})"
        if self.level <= AlertLevel.NONE:
            raise ConfigError(f"{where}: level must be info, warning or critical")
        for key, name, value in (
            ("measure", self.measure, self.limit),
            ("recovery_measure", self.recovery_measure, self.recovery),
        ):
            _check_measure(name, value, f"{where}: {key}")
        speeds = [band.from_speed for band in self.bands]
        if self.from_speed is not None:
            speeds.insert(0, self.from_speed)
        if speeds and not self.while_driving:
            raise ConfigError(f"{where}: speeds are for rules that apply while driving")
        for speed in speeds:
            _check_number(speed, "m/s", f"{where}: from_speed")
        if [s.value for s in speeds] != sorted({s.value for s in speeds}):
            raise ConfigError(f"{where}: bands must be in order of rising speed")
        for band in self.bands:
            _check_measure(self.measure, band.limit, f"{where}: bands")

    def limit_at(self, speed: float) -> float:
        """The limit at a speed, m/s; NaN (unknown speed) takes the strictest."""
        if not self.bands:
            return self.limit.value
        limits = [self.limit.value]
        limits += [b.limit.value for b in self.bands if not speed < b.from_speed.value]
        return min(limits) if math.isnan(speed) else limits[-1]


@dataclass(frozen=True)
class Profile:
    """A policy.

    Attributes:
        name: Name in the messages and parameters.
        title: What it follows, in a line.
        rules: All reasons to speak.
        speed_on: Rules that need driving become active only from this speed, m/s.
        speed_off: Active ones end below this speed (or below their own `from_speed`, less the
            same difference), and what adds up over glances starts afresh there, m/s.
        cumulative_window: Length of the window of the cumulated glances, s.
        cumulative_reset: A glance at the road this long starts the cumulation afresh, s.
        task_end: A glance at the road this long ends a task, s.
        area_3_reset: A look out of area 3 this long starts its timer afresh, s.
        release_unseen: An active rule about driving ends once its measure has been unknown for
            this long, s.
        microsleep: Closure from which the drowsiness is MICROSLEEP, s.
        sleep: Closure from which it is SLEEP, s.
        phone_pitch: A gaze this low that is not on a driving task looks as at a phone, rad.
        phone_looks: Number of such looks in the window from which they count as phone use.
        standstill_level: Nothing louder is said while the vehicle is known to stand.
        exempt_roles: How long a look at zones of a role is free, s; infinite: always.
        sums_exempt_roles: The same, but only for what adds up over several glances.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    speed_on: NormValue
    speed_off: NormValue
    cumulative_window: NormValue
    cumulative_reset: NormValue
    task_end: NormValue
    area_3_reset: NormValue
    release_unseen: NormValue
    microsleep: NormValue
    sleep: NormValue
    phone_pitch: NormValue
    phone_looks: NormValue
    standstill_level: AlertLevel = AlertLevel.INFO
    exempt_roles: Mapping[ZoneRole, NormValue] = field(default_factory=lambda: _NO_ROLES)
    sums_exempt_roles: Mapping[ZoneRole, NormValue] = field(default_factory=lambda: _NO_ROLES)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("name: a profile needs one")
        if not self.rules:
            raise ConfigError("rules: a profile without rules would never speak")
        for name, unit in NUMBERS.items():
            _check_number(getattr(self, name), unit, name)
        if self.speed_off.value > self.speed_on.value:
            raise ConfigError("speed_off must not be above speed_on")
        if self.sleep.value <= self.microsleep.value:
            raise ConfigError("sleep must be longer than microsleep")
        _check_exemptions(self.exempt_roles, "exempt_roles")
        _check_exemptions(self.sums_exempt_roles, "sums_exempt_roles")
        self._check_closures()

    def _check_closures(self) -> None:
        """One number for one thing: the state and the alert name a closure alike."""
        limits = {AlertReason.MICROSLEEP: self.microsleep, AlertReason.SLEEP: self.sleep}
        for rule in self.rules:
            number = limits.get(rule.reason)
            if number is None or rule.measure != "eye_closure":
                continue
            if rule.limit.value != number.value:
                raise ConfigError(
                    f"rule {rule.reason.value}: limit {rule.limit.value:g} s differs from "
                    f"{rule.reason.value} {number.value:g} s"
                )

    @cached_property
    def reasons(self) -> frozenset[AlertReason]:
        """All reasons that the rules may give."""
        return frozenset(rule.reason for rule in self.rules)

    @cached_property
    def loudest(self) -> Mapping[AlertReason, AlertLevel]:
        """The highest level that each reason can bring about."""
        found: dict[AlertReason, AlertLevel] = {}
        for rule in self.rules:
            found[rule.reason] = max(rule.level, found.get(rule.reason, AlertLevel.NONE))
        return MappingProxyType(found)

    def limit(self, reason: AlertReason) -> float:
        """The lowest limit of the rules with this reason.

        Raises:
            ConfigError: If no rule has it.
        """
        limits = [rule.limit_at(math.nan) for rule in self.rules if rule.reason is reason]
        if not limits:
            raise ConfigError(f"profile '{self.name}' has no rule for {reason.value}")
        return min(limits)


NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        member.name: {"speed_on": "m/s", "speed_off": "m/s", "phone_pitch": "rad"}.get(
            member.name, "" if member.name == "phone_looks" else "s"
        )
        for member in fields(Profile)
        if member.type == "NormValue"
    }
)
"""The single numbers of a profile and their units."""

_NEGATIVE = frozenset({"phone_pitch"})


def _check_number(number: NormValue, unit: str, where: str) -> None:
    if number.unit != unit:
        raise ConfigError(f"{where}: unit {number.unit!r}, expected {unit!r}")
    if not math.isfinite(number.value):
        raise ConfigError(f"{where}: {number.value} is not finite")
    if number.value < 0.0 and where not in _NEGATIVE:
        raise ConfigError(f"{where}: {number.value:g} is negative")
    if not number.source.strip():
        raise ConfigError(f"{where}: no source")


def _check_exemptions(roles: Mapping[ZoneRole, NormValue], where: str) -> None:
    for role, free in roles.items():
        if role is ZoneRole.ROAD:
            raise ConfigError(f"{where}: the road needs no exemption")
        if free.unit != "s" or not free.value > 0.0 or not free.source.strip():
            raise ConfigError(f"{where}.{role.value}: expected a time above 0 s, with its source")


def _check_measure(name: str, value: NormValue, where: str) -> None:
    if name not in MEASURES:
        raise ConfigError(f"{where}: no measure '{name}'; known: {', '.join(MEASURES)}")
    _check_number(value, MEASURES[name].unit, f"{where} {name}")
    if value.value <= 0.0:
        raise ConfigError(f"{where} {name}: {value.value:g} must be above 0")
