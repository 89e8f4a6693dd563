"""Profile files: YAML to `Profile`, checked key by key; see docs/attention.md for the format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from affect_perception.core.attention.profile import (
    NUMBERS,
    NormValue,
    Profile,
    Rule,
    SpeedBand,
)
from affect_perception.core.cabin import ZoneRole
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.errors import ConfigError
from affect_perception.io.shipped_yaml import load_file, mapping, shipped_files, text

_T = TypeVar("_T")

_FOLDER = "config/profiles"
_SI = {"km/h": ("m/s", 1.0 / 3.6), "deg": ("rad", math.pi / 180.0)}
_LEVELS = {level.name.lower(): level for level in AlertLevel if level > AlertLevel.NONE}
_APPLIES = {"driving": True, "always": False}


def shipped_profiles() -> dict[str, Path]:
    """Name and path of every profile that comes with the package."""
    return shipped_files(_FOLDER)


def load_profile(name_or_path: str | Path) -> Profile:
    """Reads a profile.

    Args:
        name_or_path: Name of a shipped profile (`euro_ncap_2026`), or path of a YAML file.

    Raises:
        ConfigError: If there is no such profile, or the file is wrong; names the file and the key.
    """
    return load_file("profile", _FOLDER, name_or_path, parse_profile)


def parse_profile(content: object) -> Profile:
    """Builds a profile from the content of a profile file.

    Raises:
        ConfigError: Naming the key that is unknown, missing or wrong.
    """
    top = mapping(
        content,
        "file",
        required={"name", "title", "rules", *NUMBERS},
        optional={"standstill_level", "exempt_roles", "sums_exempt_roles"},
    )
    rules = top["rules"]
    if not isinstance(rules, list) or not rules:
        raise ConfigError("rules: expected a list of rules")
    return Profile(
        name=text(top["name"], "name"),
        title=text(top["title"], "title"),
        rules=tuple(_rule(entry, f"rules[{i}]") for i, entry in enumerate(rules)),
        standstill_level=_choice(top.get("standstill_level", "info"), "standstill_level", _LEVELS),
        exempt_roles=_exemptions(top, "exempt_roles"),
        sums_exempt_roles=_exemptions(top, "sums_exempt_roles"),
        **{name: _number(top[name], name) for name in NUMBERS},
    )


def _rule(content: object, where: str) -> Rule:
    entry = mapping(
        content,
        where,
        required={"reason", "level", "measure", "limit", "recovery_measure", "recovery"},
        optional={"applies", "from_speed", "bands"},
    )
    bands = entry.get("bands", [])
    if not isinstance(bands, list):
        raise ConfigError(f"{where}.bands: expected a list")
    reasons = {reason.value: reason for reason in AlertReason}
    from_speed = entry.get("from_speed")
    try:
        return Rule(
            reason=_choice(entry["reason"], f"{where}.reason", reasons),
            level=_choice(entry["level"], f"{where}.level", _LEVELS),
            measure=text(entry["measure"], f"{where}.measure"),
            limit=_number(entry["limit"], f"{where}.limit"),
            recovery_measure=text(entry["recovery_measure"], f"{where}.recovery_measure"),
            recovery=_number(entry["recovery"], f"{where}.recovery"),
            while_driving=_choice(entry.get("applies", "driving"), f"{where}.applies", _APPLIES),
            from_speed=None if from_speed is None else _number(from_speed, f"{where}.from_speed"),
            bands=tuple(_band(band, f"{where}.bands[{i}]") for i, band in enumerate(bands)),
        )
    except ConfigError as error:
        message = str(error)
        raise ConfigError(
            message if message.startswith(where) else f"{where}: {message}"
        ) from error


def _band(content: object, where: str) -> SpeedBand:
    band = mapping(content, where, required={"from_speed", "limit"})
    return SpeedBand(
        _number(band["from_speed"], f"{where}.from_speed"),
        _number(band["limit"], f"{where}.limit"),
    )


def _exemptions(top: Mapping[str, object], key: str) -> Mapping[ZoneRole, NormValue]:
    roles = {role.value: role for role in ZoneRole}
    entries = mapping(top.get(key, {}), key, optional=set(roles))
    found = {roles[name]: _number(value, f"{key}.{name}") for name, value in entries.items()}
    return MappingProxyType(found)


def _number(content: object, where: str) -> NormValue:
    entry = mapping(content, where, required={"value", "unit", "source", "verified"})
    value, unit = entry["value"], entry["unit"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise ConfigError(f"{where}.value: expected a number, got {value!r}")
    if not isinstance(unit, str):
        raise ConfigError(f"{where}.unit: expected text, got {unit!r}")
    if not isinstance(entry["verified"], bool):
        raise ConfigError(f"{where}.verified: expected true or false, got {entry['verified']!r}")
    unit, factor = _SI.get(unit, (unit, 1.0))
    source = text(entry["source"], f"{where}.source")
    return NormValue(float(value) * factor, unit, source, entry["verified"])


def _choice(value: object, where: str, known: Mapping[str, _T]) -> _T:
    if not isinstance(value, str) or value not in known:
        raise ConfigError(f"{where}: {value!r} is not one of {', '.join(known)}")
    return known[value]
