"""A cabin as a table: where its driver sees each zone."""

from __future__ import annotations

import math

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AddwArea
from affect_perception.core.vision.addw_areas import areas_of
from affect_perception.core.vision.zone_rays import zone_indices

# Directions per zone that its extent is measured with, spread evenly over the sphere.
_DIRECTIONS = 60_000


def cabin_table(cabin: CabinGeometry) -> str:
    """Camera and zones in lines of text; angles from the ocular reference point, degrees."""
    rays = _sphere(_DIRECTIONS)
    hits = np.concatenate(
        [zone_indices(cabin, (0.0, 0.0, 0.0), part) for part in np.array_split(rays, 20)]
    )
    square_degrees = 360.0**2 / math.pi / _DIRECTIONS
    lines = [
        f"{cabin.name}: driver on the {cabin.driver_side}",
        _camera(cabin),
        "",
        f"{'zone':32} {'kind':16} {'role':13} {'yaw':>6} {'pitch':>6} {'sq.deg':>7}  ADDW area",
    ]
    for index, zone in enumerate(cabin.zones):
        seen = rays[hits == index]
        middle = seen.mean(axis=0) if len(seen) else np.array(zone.centre)
        yaw, pitch = _angles(middle)
        area = AddwArea(int(areas_of(cabin, middle[None])[0]))
        lines.append(
            f"{zone.name:32} {zone.kind.value:16} {zone.role.value:13} {yaw:6.1f} {pitch:6.1f} "
            f"{len(seen) * square_degrees:7.0f}  {area.value}"
        )
    lines.append("yaw to the left, pitch up; middle and size of what nothing else hides")
    return "\n".join(lines)


def _camera(cabin: CabinGeometry) -> str:
    pose = cabin.camera
    x, y, z = (float(v) for v in pose.translation)
    yaw, pitch = _angles(np.array([x, y, z]))
    eyes = pose.inverse().translation
    off = math.degrees(math.acos(float(eyes[2]) / float(np.linalg.norm(eyes))))
    return (
        f"camera: {np.linalg.norm(eyes):.2f} m from the eyes, seen at yaw {yaw:.1f}, pitch "
        f"{pitch:.1f}; the eyes lie {off:.1f} degrees off its axis"
    )


def _angles(direction: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    x, y, z = (float(v) for v in direction)
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _sphere(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(count, 3) unit vectors, each standing for the same solid angle (Fibonacci sphere)."""
    index = np.arange(count) + 0.5
    height = 1.0 - 2.0 * index / count
    turn = index * math.pi * (3.0 - math.sqrt(5.0))
    flat = np.sqrt(1.0 - height**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)
