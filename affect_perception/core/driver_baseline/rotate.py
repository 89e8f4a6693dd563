"""Turning a measured direction back by what it is off."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.vision.geometry import (
    Matrix,
    Vector,
    direction_angles,
    dot,
    unit_direction,
)


def turned_back(
    yaw: float, pitch: float, offset: tuple[float, float], true: tuple[float, float]
) -> tuple[Vector, float, float]:
    """Turns the direction that shows `true + offset` onto `true`, and all others with it.

    Args:
        yaw: Measured, rad, positive to the left.
        pitch: Measured, rad, positive upwards.
        offset: By how much (yaw, pitch) a look at `true` is off, rad.
        true: Direction of the road ahead, rad.

    Returns:
        Unit vector (x forward, y left, z up), yaw and pitch.
    """
    seen = _axes(true[0] + offset[0], true[1] + offset[1])
    measured = unit_direction(yaw, pitch)
    ahead, left, up = (dot(axis, measured) for axis in seen)
    (a, b, c), (d, e, f), (g, h, i) = _axes(*true)
    x, y, z = (
        a * ahead + d * left + g * up,
        b * ahead + e * left + h * up,
        c * ahead + f * left + i * up,
    )
    length = math.sqrt(x * x + y * y + z * z)
    direction = (x / length, y / length, z / length)
    return direction, *direction_angles(direction)


def turn_to(yaw: float, pitch: float) -> npt.NDArray[np.float64]:
    """The rotation without roll that turns straight ahead into a direction."""
    return np.array(_axes(yaw, pitch)).T


def _axes(yaw: float, pitch: float) -> Matrix:
    """Where that rotation turns ahead, left and up."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return (cy * cp, sy * cp, sp), (-sy, cy, 0.0), (-cy * sp, -sy * sp, cp)
