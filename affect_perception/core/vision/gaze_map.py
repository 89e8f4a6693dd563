"""The gaze as a map: a probability for each cell of a grid of directions, and what follows from it.

The grid stands in the frame of an eye patch (`core.vision.eye_patch`), as what can be read off a
patch is an angle in it; where that frame lies in the cabin is known from camera and head, so the
cells are turned into the cabin without loss and only then laid over the zones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import InputError
from affect_perception.core.types import ZoneEstimate
from affect_perception.core.vision.zones import locate_directions

Float64Array = npt.NDArray[np.float64]
Turn = Callable[[Float64Array], Float64Array]

CELL_DEG = 3.0
"""Side of a cell; mirrors are 5 by 12 degrees, eyes are read to 3 to 6."""
YAW_REACH_DEG, PITCH_REACH_DEG = 60, 36
"""Middle of the last cell to both sides, and up and down: eyes turn by up to 45 degrees, and a
camera beside the road sees the head turned as well."""

HALF_CELL = math.radians(0.5 * CELL_DEG)
"""Half of that side, rad."""
YAWS = np.radians(np.arange(-YAW_REACH_DEG, YAW_REACH_DEG + 1, CELL_DEG))
PITCHES = np.radians(np.arange(-PITCH_REACH_DEG, PITCH_REACH_DEG + 1, CELL_DEG))
CELLS = len(YAWS) * len(PITCHES)
"""Cells, row by row from the lowest pitch, in a row from the lowest yaw."""

# Zones are narrower than some cells: each cell is looked at in so many places squared.
_PARTS = 3
# Cells with less than this share of the probability are not laid over the zones.
_NOTHING = 1e-6
# The mode is the mean over so many cells to each side of the highest.
_AROUND = 2


def cell_middles() -> Float64Array:
    """(CELLS, 2) yaw and pitch of the middles, rad."""
    pitch, yaw = np.meshgrid(PITCHES, YAWS, indexing="ij")
    return np.stack([yaw.ravel(), pitch.ravel()], axis=1)


def cells_of(gaze: Float64Array) -> npt.NDArray[np.int64]:
    """(n,) the cell that each direction (n, 2), rad, falls into; the nearest one outside."""
    step = math.radians(CELL_DEG)
    columns = np.clip(np.round((gaze[:, 0] - YAWS[0]) / step), 0, len(YAWS) - 1)
    rows = np.clip(np.round((gaze[:, 1] - PITCHES[0]) / step), 0, len(PITCHES) - 1)
    return np.asarray(rows * len(YAWS) + columns, np.int64)


def modes(probabilities: Float64Array) -> Float64Array:
    """The most probable directions: the mean about the highest cell, finer than the cells.

    Args:
        probabilities: (n, CELLS).

    Returns:
        (n, 2) yaw and pitch, rad.

    Raises:
        InputError: If there are other cells.
    """
    grid = np.asarray(probabilities, np.float64)
    if grid.ndim != 2 or grid.shape[1] != CELLS:
        raise InputError(f"a gaze map has {CELLS} cells, not shape {grid.shape}")
    grid = grid.reshape(-1, len(PITCHES), len(YAWS))
    row, column = np.divmod(grid.reshape(len(grid), -1).argmax(axis=1), len(YAWS))
    near_row = np.abs(np.arange(len(PITCHES)) - row[:, None]) <= _AROUND
    near_column = np.abs(np.arange(len(YAWS)) - column[:, None]) <= _AROUND
    near = grid * near_row[:, :, None] * near_column[:, None, :]
    total = near.sum(axis=(1, 2))
    yaw = (near.sum(axis=1) @ YAWS) / total
    pitch = (near.sum(axis=2) @ PITCHES) / total
    return np.stack([yaw, pitch], axis=1)


def spread(probabilities: Float64Array, yaw: float, pitch: float) -> tuple[float, float]:
    """One sigma of a map (CELLS,) about a direction, in yaw and in pitch, rad."""
    grid = probabilities.reshape(len(PITCHES), len(YAWS))
    total = float(grid.sum())
    across = float(grid.sum(axis=0) @ (YAWS - yaw) ** 2) / total
    along = float(grid.sum(axis=1) @ (PITCHES - pitch) ** 2) / total
    return math.sqrt(across), math.sqrt(along)


def locate_map(
    probabilities: Float64Array,
    to_cabin: Turn,
    origin: tuple[float, float, float],
    cabin: CabinGeometry,
    *,
    habits: bool = True,
) -> ZoneEstimate:
    """Where in the cabin the gaze falls.

    Args:
        probabilities: (CELLS,) of one map.
        to_cabin: Angles (n, 2) in the patch to angles (n, 2) in the cabin frame, rad.
        origin: Midpoint between the eyes, cabin frame, m.
        cabin: Its zones.
        habits: See `zones.locate`.
    """
    kept = np.flatnonzero(probabilities > _NOTHING * probabilities.max())
    step = math.radians(CELL_DEG) / _PARTS
    shift = step * (np.arange(_PARTS) - 0.5 * (_PARTS - 1))
    parts = np.stack([a.ravel() for a in np.meshgrid(shift, shift)], axis=1)
    fine = (cell_middles()[kept, None] + parts).reshape(-1, 2)
    angles = to_cabin(fine)
    weights = np.repeat(probabilities[kept], len(parts)) / len(parts)
    return locate_directions(angles[:, 0], angles[:, 1], weights, origin, cabin, habits=habits)
