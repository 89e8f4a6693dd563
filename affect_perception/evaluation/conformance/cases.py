"""Reads conformance cases: what a scripted driver does, and when a profile must speak.

A file (config/conformance/*.yaml) names one or more profiles and holds cases:

    profiles: [euro_ncap_2026]
    cases:
      - name: glance at the radio
        rule: long distraction, 3 s
        acts: [{s: 10}, {s: 4, look: infotainment}, {s: 4}]
        expect:
          - {at: 13.0, alert: long_distraction, level: warning}
          - {at: 15.0, over: long_distraction}

Acts are those of `sim.observed`; what one does not name is that of an attentive driver at 90 km/h.
`{times: 3, acts: [...]}` repeats. `at` counts from the first picture. Every alert and every rise of
the level must be expected; ends of alerts are checked where they are named. `by` instead of `at`
asks for no more than "not later".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from affect_perception.core.enums import AlertLevel, AlertReason, Reason
from affect_perception.core.errors import ConfigError
from affect_perception.share import share_path
from affect_perception.sim.observed.act import Act

FOLDER = "config/conformance"
_LEVELS = {level.name.lower(): level for level in AlertLevel}
_PLAIN = (
    *("look", "lids", "mouth", "head", "face", "eyes", "eye_reason", "gaze_from_head"),
    *("gaze_std", "seen", "clock", "pictures"),
)


@dataclass(frozen=True)
class Expected:
    """One thing that must happen.

    Attributes:
        at: When, s from the first picture.
        latest: Whether earlier will do.
        alert: The reason that is newly given, if any.
        over: The reason that is no longer given, if any.
        level: The level then, if it is checked.
    """

    at: float
    latest: bool
    alert: AlertReason | None
    over: AlertReason | None
    level: AlertLevel | None


@dataclass(frozen=True)
class Case:
    """One script under one profile."""

    profile: str
    name: str
    rule: str
    acts: tuple[Act, ...]
    expect: tuple[Expected, ...]

    @property
    def title(self) -> str:
        """For test reports."""
        return f"{self.profile}: {self.name}"


def shipped_cases() -> list[Case]:
    """All cases that come with the package."""
    folder = share_path(FOLDER)
    return [case for path in sorted(folder.glob("*.yaml")) for case in read_cases(path)]


def read_cases(path: Path) -> list[Case]:
    """Reads a file of cases.

    Raises:
        ConfigError: If it cannot be read or holds something that is no case; names the case.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"conformance cases {path} cannot be read: {error}") from error
    if not isinstance(content, Mapping) or set(content) != {"profiles", "cases"}:
        raise ConfigError(f"{path}: needs 'profiles' and 'cases', and nothing else")
    profiles = content["profiles"]
    return [case for entry in content["cases"] for case in _cases(entry, profiles, path)]


def _cases(entry: Mapping[str, Any], profiles: Sequence[str], path: Path) -> list[Case]:
    where = f"{path}: case '{entry.get('name', '?')}'"
    unknown = set(entry) - {"name", "rule", "acts", "expect"}
    missing = {"name", "rule", "acts", "expect"} - set(entry)
    if unknown or missing:
        raise ConfigError(f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    acts = tuple(_acts(entry["acts"], where))
    expect = entry["expect"]
    by_profile = expect if isinstance(expect, Mapping) else dict.fromkeys(profiles, expect)
    if set(by_profile) != set(profiles):
        raise ConfigError(f"{where}: expectations for {sorted(by_profile)}, not for {profiles}")
    return [
        Case(
            profile,
            str(entry["name"]),
            str(entry["rule"]),
            acts,
            tuple(_expected(item, where) for item in items),
        )
        for profile, items in by_profile.items()
    ]


def _acts(entries: Sequence[Mapping[str, Any]], where: str) -> list[Act]:
    acts: list[Act] = []
    for entry in entries:
        if "times" in entry:
            acts.extend(_acts(entry["acts"], where) * int(entry["times"]))
        else:
            acts.append(_act(entry, where))
    return acts


def _act(entry: Mapping[str, Any], where: str) -> Act:
    unknown = set(entry) - {"s", "km_h", "reasons", *_PLAIN}
    if unknown or "s" not in entry:
        raise ConfigError(f"{where}: act {dict(entry)} has no 's' or unknown {sorted(unknown)}")
    plain: dict[str, Any] = {name: entry[name] for name in _PLAIN if name in entry}
    for name in ("look", "head"):
        if isinstance(plain.get(name), list):
            plain[name] = tuple(plain[name])
    speed = float(entry["km_h"]) / 3.6 if "km_h" in entry else None
    reasons = tuple(Reason(word) for word in entry.get("reasons", ()))
    return Act(float(entry["s"]), speed=speed, reasons=reasons, **plain)


def _expected(entry: Mapping[str, Any], where: str) -> Expected:
    unknown = set(entry) - {"at", "by", "alert", "over", "level"}
    if unknown or ("at" in entry) == ("by" in entry):
        raise ConfigError(f"{where}: expectation {dict(entry)} needs 'at' or 'by', no {unknown}")
    try:
        return Expected(
            at=float(entry["at"] if "at" in entry else entry["by"]),
            latest="by" in entry,
            alert=AlertReason(entry["alert"]) if "alert" in entry else None,
            over=AlertReason(entry["over"]) if "over" in entry else None,
            level=_LEVELS[entry["level"]] if "level" in entry else None,
        )
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{where}: expectation {dict(entry)}: {error}") from error
