"""Turning a measured direction back by what it is off."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.vision.geometry import Vector, direction_angles, unit_direction


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
    seen = turn_to(true[0] + offset[0], true[1] + offset[1])
    x, y, z = (turn_to(*true) @ seen.T @ np.array(unit_direction(yaw, pitch))).tolist()
    length = math.sqrt(x * x + y * y + z * z)
    direction = (x / length, y / length, z / length)
    return direction, *direction_angles(direction)


def turn_to(yaw: float, pitch: float) -> npt.NDArray[np.float64]:
    """The rotation without roll that turns straight ahead into a direction."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return np.array([[cy * cp, -sy, -cy * sp], [sy * cp, cy, -sy * sp], [sp, 0.0, cp]])
