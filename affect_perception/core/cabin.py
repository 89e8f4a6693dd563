"""The cabin around the driver: where the camera is and what there is to look at.

Everything is in the `cabin` frame (REP-103: x forward, y left, z up, metres) with its origin at the
driver's ocular reference point, the midpoint between the eyes at nominal seating.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ConfigError
from affect_perception.core.types import RigidTransform

Point = tuple[float, float, float]
Float64Array = npt.NDArray[np.float64]

ELSEWHERE = "elsewhere"
"""Name of what no zone covers; a cabin must not use it, nor "unknown"."""

# A corner may lie this far off the plane of the others: measuring a cabin by hand is no better.
_PLANARITY_M = 0.01
_ROTATION_TOLERANCE = 1e-6
# No vehicle is larger; a bigger number is a unit mistake (mm, cm).
_LARGEST_COORDINATE_M = 20.0


class ZoneKind(str, Enum):
    """What a zone is. Rules (glass, mirror exemptions) depend on the kind, never on the name."""

    WINDSCREEN = "windscreen"
    WINDOW = "window"
    MIRROR = "mirror"
    CLUSTER = "cluster"
    HEAD_UP_DISPLAY = "head_up_display"
    INFOTAINMENT = "infotainment"
    CONSOLE = "console"
    STEERING_WHEEL = "steering_wheel"
    DASHBOARD = "dashboard"
    LAP = "lap"
    PHONE = "phone"
    PASSENGER = "passenger"
    SCREEN = "screen"
    OTHER = "other"


GLASS_KINDS = frozenset({ZoneKind.WINDSCREEN, ZoneKind.WINDOW})
"""Kinds one looks through: whatever solid lies on the same ray, before or behind, wins."""


class ZoneRole(str, Enum):
    """What looking at a zone means to a policy; every zone and "elsewhere" has exactly one."""

    ROAD = "road"
    DRIVING_TASK = "driving_task"
    GLASS = "glass"
    NON_DRIVING = "non_driving"
    PHONE = "phone"


DRIVING_TASK_KINDS = frozenset({ZoneKind.MIRROR, ZoneKind.CLUSTER, ZoneKind.HEAD_UP_DISPLAY})
"""Kinds that belong to driving although they are off the road (mirrors, instruments)."""

PHONE_KINDS = frozenset({ZoneKind.LAP, ZoneKind.PHONE})
"""Kinds where a phone is held or docked: the lap, and the places that the cabin file names."""


def usual_role(kind: ZoneKind, on_road: bool) -> ZoneRole:
    """The role of a zone whose file names none.

    Mirrors and instruments are what Euro NCAP scores apart as targets of the driving task; lap,
    wheel and docks are its phone positions (docs/cabins.md has both with their source).
    """
    if on_road:
        return ZoneRole.ROAD
    if kind in DRIVING_TASK_KINDS:
        return ZoneRole.DRIVING_TASK
    if kind in PHONE_KINDS:
        return ZoneRole.PHONE
    return ZoneRole.GLASS if kind in GLASS_KINDS else ZoneRole.NON_DRIVING


def _check_finite(what: str, numbers: tuple[float, ...]) -> None:
    if not all(math.isfinite(n) and abs(n) <= _LARGEST_COORDINATE_M for n in numbers):
        raise ConfigError(
            f"{what}: coordinates must be finite metres within {_LARGEST_COORDINATE_M:g} m "
            f"(millimetres or centimetres?), got {numbers}"
        )


@dataclass(frozen=True)
class Quad:
    """A flat convex quadrangle.

    Attributes:
        corners: Four corners in order around it (either sense), cabin frame, m.
    """

    corners: tuple[Point, Point, Point, Point]

    def __post_init__(self) -> None:
        if len(self.corners) != 4 or any(len(c) != 3 for c in self.corners):
            raise ConfigError(f"a quad needs 4 corners of 3 numbers, got {self.corners}")
        _check_finite("quad", tuple(n for c in self.corners for n in c))
        corners = np.array(self.corners)
        normal = np.cross(corners[2] - corners[0], corners[3] - corners[1])
        area = float(np.linalg.norm(normal))
        if area < 1e-6:
            raise ConfigError(f"quad has no area: {self.corners}")
        normal /= area
        offset = float(np.abs((corners - corners.mean(axis=0)) @ normal).max())
        if offset > _PLANARITY_M:
            raise ConfigError(f"quad is not flat: a corner lies {offset:.3f} m off its plane")
        edges = np.roll(corners, -1, axis=0) - corners
        turns = np.cross(edges, np.roll(edges, -1, axis=0)) @ normal
        if not (turns > 0).all():
            raise ConfigError(f"quad is not convex, or its corners are not in order: {corners}")

    @property
    def centre(self) -> Point:
        """Mean of the corners, m."""
        x, y, z = np.mean(np.array(self.corners), axis=0)
        return float(x), float(y), float(z)

    def mirrored(self) -> Quad:
        """The quad with left and right exchanged."""
        a, b, c, d = ((x, -y, z) for x, y, z in self.corners)
        return Quad((a, b, c, d))


@dataclass(frozen=True)
class Box:
    """A box along the axes of the cabin frame.

    Attributes:
        minimum: Corner with the smallest x, y, z, m.
        maximum: Corner with the largest, m.
    """

    minimum: Point
    maximum: Point

    def __post_init__(self) -> None:
        if len(self.minimum) != 3 or len(self.maximum) != 3:
            raise ConfigError(f"a box needs two corners of 3 numbers, got {self}")
        _check_finite("box", (*self.minimum, *self.maximum))
        if any(low >= high for low, high in zip(self.minimum, self.maximum, strict=True)):
            raise ConfigError(f"box: min {self.minimum} is not below max {self.maximum}")

    @property
    def centre(self) -> Point:
        """Middle of the box, m."""
        x, y, z = ((a + b) / 2.0 for a, b in zip(self.minimum, self.maximum, strict=True))
        return x, y, z

    @property
    def corners(self) -> tuple[Point, ...]:
        """The eight corners, m."""
        return tuple(product(*zip(self.minimum, self.maximum, strict=True)))  # type: ignore[arg-type]

    def mirrored(self) -> Box:
        """The box with left and right exchanged."""
        (x0, y0, z0), (x1, y1, z1) = self.minimum, self.maximum
        return Box((x0, -y1, z0), (x1, -y0, z1))


@dataclass(frozen=True)
class Zone:
    """Something in or around the cabin that the driver can look at.

    Attributes:
        name: Unique in the cabin.
        kind: What it is.
        on_road: Whether looking at it counts as looking at the road ahead.
        geometry: Where it is.
        own_role: What looking at it means, if it is not what its kind usually means.
    """

    name: str
    kind: ZoneKind
    on_road: bool
    geometry: Quad | Box
    own_role: ZoneRole | None = None

    def __post_init__(self) -> None:
        if not self.name or self.name in (ELSEWHERE, "unknown"):
            raise ConfigError(f"zone name {self.name!r} is empty or reserved")
        if self.own_role is not None and self.on_road != (self.own_role is ZoneRole.ROAD):
            raise ConfigError(
                f"zone '{self.name}': role {self.own_role.value} and on_road "
                f"{str(self.on_road).lower()} contradict each other"
            )

    @property
    def role(self) -> ZoneRole:
        """What looking at it means to a policy."""
        return self.own_role or usual_role(self.kind, self.on_road)

    @property
    def centre(self) -> Point:
        """Middle of the zone, cabin frame, m."""
        return self.geometry.centre

    @property
    def is_glass(self) -> bool:
        """Whether one looks through it."""
        return self.kind in GLASS_KINDS


@dataclass(frozen=True, eq=False)
class CabinGeometry:
    """A cabin. Compared and hashed by identity, so that derived tables can be kept per cabin.

    Attributes:
        name: Name for logs and reports.
        driver_side: "left" or "right" seat of the vehicle.
        camera: Pose of the camera: maps its optical frame into the cabin frame.
        zones: What there is to look at.
    """

    name: str
    driver_side: str
    camera: RigidTransform
    zones: tuple[Zone, ...]

    def __post_init__(self) -> None:
        if self.driver_side not in ("left", "right"):
            raise ConfigError(f"driver_side must be left or right, got {self.driver_side!r}")
        check_rotation(self.camera.rotation)
        _check_finite("camera position", tuple(float(n) for n in self.camera.translation))
        names = [zone.name for zone in self.zones]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ConfigError(f"zone names must be unique, doubled: {', '.join(doubled)}")
        if not any(zone.on_road for zone in self.zones):
            raise ConfigError("no zone is on_road: the road ahead must be somewhere")

    def zone(self, name: str) -> Zone:
        """The zone of that name.

        Raises:
            ConfigError: If there is none.
        """
        for zone in self.zones:
            if zone.name == name:
                return zone
        raise ConfigError(f"cabin '{self.name}' has no zone '{name}'")

    @cached_property
    def kinds(self) -> dict[str, ZoneKind]:
        """Kind of each zone by name; "elsewhere" is OTHER."""
        return {**{zone.name: zone.kind for zone in self.zones}, ELSEWHERE: ZoneKind.OTHER}

    @cached_property
    def roles(self) -> dict[str, ZoneRole]:
        """Role of each zone by name; "elsewhere" has nothing to do with driving."""
        return {
            **{zone.name: zone.role for zone in self.zones},
            ELSEWHERE: ZoneRole.NON_DRIVING,
        }

    @cached_property
    def on_road_names(self) -> frozenset[str]:
        """Names of the zones that count as the road ahead."""
        return frozenset(zone.name for zone in self.zones if zone.on_road)

    def mirrored(self, name: str) -> CabinGeometry:
        """The same cabin with the driver on the other side.

        Every y of positions and corners changes its sign; names and flags stay, which is why zone
        names say "driver_side" and "passenger_side" instead of left and right. The camera moves
        to the mirrored position, and its picture is the mirror image.
        """
        flip_y, flip_x = np.diag([1.0, -1.0, 1.0]), np.diag([-1.0, 1.0, 1.0])
        camera = RigidTransform(
            flip_y @ self.camera.rotation @ flip_x, flip_y @ self.camera.translation
        )
        zones = tuple(replace(zone, geometry=zone.geometry.mirrored()) for zone in self.zones)
        other = "right" if self.driver_side == "left" else "left"
        return CabinGeometry(name, other, camera, zones)


def check_rotation(rotation: Float64Array) -> None:
    """Raises ConfigError unless the 3x3 matrix is a proper rotation."""
    if not np.isfinite(rotation).all():
        raise ConfigError("the camera rotation holds a value that is not finite")
    error = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
    determinant = float(np.linalg.det(rotation))
    if error > _ROTATION_TOLERANCE or determinant < 0:
        raise ConfigError(
            f"the camera rotation is no rotation: R R^T differs from 1 by {error:.2g}, "
            f"determinant {determinant:.3g}"
        )


def look_at(position: Point, target: Point) -> RigidTransform:
    """Pose of a camera at `position` whose optical axis meets `target`, without roll.

    Args:
        position: Of the camera, cabin frame, m.
        target: A point on the optical axis, cabin frame, m.

    Returns:
        Optical frame (z forward, x right, y down) to cabin frame.

    Raises:
        ConfigError: If both coincide, or the axis is vertical (roll would be undefined).
    """
    axis = np.subtract(target, position)
    length = float(np.linalg.norm(axis))
    if length < 1e-6:
        raise ConfigError("the camera looks at its own position")
    forward = axis / length
    right = np.cross(forward, (0.0, 0.0, 1.0))
    width = float(np.linalg.norm(right))
    if width < 1e-3:
        raise ConfigError("the camera looks straight up or down: give a rotation instead")
    right = right / width
    rotation = np.column_stack([right, np.cross(forward, right), forward])
    return RigidTransform(rotation, np.array(position, dtype=np.float64))
