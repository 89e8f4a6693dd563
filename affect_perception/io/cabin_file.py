"""Cabin files: YAML to `CabinGeometry`, checked key by key; see docs/cabins.md for the format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.cabin import (
    Box,
    CabinGeometry,
    Point,
    Quad,
    Zone,
    ZoneKind,
    ZoneRole,
    check_rotation,
    look_at,
)
from affect_perception.core.cabin_check import check_plausible
from affect_perception.core.errors import ConfigError
from affect_perception.core.types import RigidTransform
from affect_perception.io.shipped_yaml import load_file, mapping, shipped_files, text

_FOLDER = "config/cabins"


def shipped_cabins() -> dict[str, Path]:
    """Name and path of every cabin that comes with the package."""
    return shipped_files(_FOLDER)


def load_cabin(name_or_path: str | Path) -> CabinGeometry:
    """Reads a cabin.

    Args:
        name_or_path: Name of a shipped cabin (`sedan_lhd`), or path of a YAML file.

    Raises:
        ConfigError: If there is no such cabin, or the file is wrong; names the file and the key.
    """
    return load_file("cabin", _FOLDER, name_or_path, parse_cabin)


def parse_cabin(content: object) -> CabinGeometry:
    """Builds a cabin from the content of a cabin file.

    Raises:
        ConfigError: Naming the key that is unknown, missing or wrong, or that cannot be right in
            any vehicle (`core.cabin_check`).
    """
    top = mapping(content, "file", required={"name", "driver_side", "camera", "zones"})
    name, side = text(top["name"], "name"), text(top["driver_side"], "driver_side")
    zones = top["zones"]
    if not isinstance(zones, list) or not zones:
        raise ConfigError("zones: expected a list of zones")
    parsed = tuple(_zone(entry, f"zones[{i}]") for i, entry in enumerate(zones))
    cabin = CabinGeometry(name, side, _camera(top["camera"]), parsed)
    check_plausible(cabin)
    return cabin


def _camera(content: object) -> RigidTransform:
    camera = mapping(
        content, "camera", required={"position"}, optional={"look_at", "rotation", "quaternion"}
    )
    position = _point(camera["position"], "camera.position")
    ways = [key for key in ("look_at", "rotation", "quaternion") if key in camera]
    if len(ways) != 1:
        raise ConfigError(
            "camera: give exactly one of look_at, rotation, quaternion; got "
            + (", ".join(ways) or "none")
        )
    key = ways[0]
    try:
        if key == "look_at":
            return look_at(position, _point(camera[key], "camera.look_at"))
        rotation = _rotation(camera[key]) if key == "rotation" else _from_quaternion(camera[key])
        check_rotation(rotation)
    except ConfigError as error:
        raise _named(error, f"camera.{key}") from error
    return RigidTransform(rotation, np.array(position))


def _rotation(content: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(content, list) or len(content) != 3:
        raise ConfigError("camera.rotation: expected three rows of three numbers")
    rows = [_point(row, f"camera.rotation[{i}]") for i, row in enumerate(content)]
    return np.array(rows, dtype=np.float64)


def _from_quaternion(content: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    x, y, z, w = _numbers(content, 4, "camera.quaternion")
    length = float(np.linalg.norm((x, y, z, w)))
    # Written by hand with a few decimals; further off than that is a mistake.
    if abs(length - 1.0) > 1e-3:
        raise ConfigError(f"camera.quaternion: length {length:.4g}, expected 1 (x, y, z, w)")
    x, y, z, w = x / length, y / length, z / length, w / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _zone(content: object, where: str) -> Zone:
    entry = mapping(
        content, where, required={"name", "kind"}, optional={"on_road", "role", "corners", "box"}
    )
    name = text(entry["name"], f"{where}.name")
    where = f"zones.{name}"
    kinds = [kind.value for kind in ZoneKind]
    if entry["kind"] not in kinds:
        raise ConfigError(f"{where}.kind: {entry['kind']!r} is not one of {', '.join(kinds)}")
    on_road = entry.get("on_road", False)
    if not isinstance(on_road, bool):
        raise ConfigError(f"{where}.on_road: expected true or false, got {on_road!r}")
    roles = [role.value for role in ZoneRole]
    if "role" in entry and entry["role"] not in roles:
        raise ConfigError(f"{where}.role: {entry['role']!r} is not one of {', '.join(roles)}")
    role = ZoneRole(entry["role"]) if "role" in entry else None
    if ("corners" in entry) == ("box" in entry):
        raise ConfigError(f"{where}: give exactly one of corners, box")
    try:
        geometry = _quad(entry, where) if "corners" in entry else _box(entry, where)
        return Zone(name, ZoneKind(entry["kind"]), on_road, geometry, role)
    except ConfigError as error:
        raise _named(error, where) from error


def _quad(entry: Mapping[str, object], where: str) -> Quad:
    corners = entry["corners"]
    if not isinstance(corners, list) or len(corners) != 4:
        raise ConfigError(f"{where}.corners: expected four points [x, y, z]")
    a, b, c, d = (_point(point, f"{where}.corners[{i}]") for i, point in enumerate(corners))
    return Quad((a, b, c, d))


def _box(entry: Mapping[str, object], where: str) -> Box:
    box = mapping(entry["box"], f"{where}.box", required={"min", "max"})
    return Box(_point(box["min"], f"{where}.box.min"), _point(box["max"], f"{where}.box.max"))


def _named(error: ConfigError, where: str) -> ConfigError:
    text = str(error)
    return error if text.startswith(where) else ConfigError(f"{where}: {text}")


def _numbers(value: object, count: int, where: str) -> tuple[float, ...]:
    if (
        not isinstance(value, list)
        or len(value) != count
        or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in value)
        or not np.isfinite(value).all()
    ):
        raise ConfigError(f"{where}: expected {count} finite numbers, got {value!r}")
    return tuple(float(n) for n in value)


def _point(value: object, where: str) -> Point:
    x, y, z = _numbers(value, 3, where)
    return x, y, z
