"""The three areas of (EU) 2023/2590 (ADDW, advanced driver distraction warning).

They are cut by planes through the driver's ocular reference point, the origin of the cabin frame,
not through the eyes of who happens to sit there. As a secondary text gives them (verified against
the primary text: no):

- area 1: the roof, and what is outside the vertical planes 55 degrees to the left and right;
- area 2: the windscreen and the windows, and 10 degrees around them;
- area 3: what lies below a plane 30 degrees down and in neither of the others. Only it starts the
  timer of a warning.

Our reading where that text leaves room:

- The 30 degree plane is a plane, not a cone: it holds the line through the eyes across the car, so
  at a yaw of 45 degrees it lies 22 degrees down.
- What is both more than 55 degrees to the side and glass is area 1; neither starts a timer.
- The roof is what is above eye level, between the 55 degree planes and not glass with its margin.
- What no area names (instruments and high screens between the margin of the windscreen and the 30
  degree plane, pillars) starts no timer either, and is given to area 2, the forward view. So
  UNKNOWN means that the gaze is not known, and nothing else.
- A road zone without glass (the screen of the desk cabin) counts as windscreen.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AddwArea
from affect_perception.core.vision.zone_rays import zone_indices

Float64Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

SIDE_DEG = 55.0
"""Half angle between the vertical planes of area 1. Source: see the module."""
DOWN_DEG = 30.0
"""Angle of the plane above area 3. Source: see the module."""
MARGIN_DEG = 10.0
"""What belongs to the glass around it. Source: see the module."""

_AREA_1, _AREA_2, _AREA_3 = (
    int(area) for area in (AddwArea.AREA_1, AddwArea.AREA_2, AddwArea.AREA_3)
)
_SIDE = math.tan(math.radians(SIDE_DEG))
_DOWN = math.tan(math.radians(DOWN_DEG))
# Cells of the table of what is glass or near it, a quarter of the least uncertainty of a gaze.
_CELL_DEG = 1.0
_COLUMNS, _ROWS = round(360.0 / _CELL_DEG), round(180.0 / _CELL_DEG)


def areas_of(cabin: CabinGeometry, points: Float64Array) -> Indices:
    """The area that each point lies in, as seen from the ocular reference point.

    Args:
        cabin: The cabin.
        points: (N, 3) points, cabin frame, m; only their direction from the origin matters.

    Returns:
        (N,) values of `AddwArea`, never UNKNOWN.
    """
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    glass = _near_glass(cabin)[_cells(points)]
    aside = np.abs(y) > x * _SIDE
    area_1 = aside | ((z > 0.0) & ~glass)
    area_3 = (z < -x * _DOWN) & ~glass
    return np.where(area_1, _AREA_1, np.where(area_3, _AREA_3, _AREA_2))


def _cells(points: Float64Array) -> Indices:
    """(N,) cell of the table that each point is seen in from the origin."""
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    yaw, pitch = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
    column = ((yaw / (2.0 * math.pi) + 0.5) * _COLUMNS).astype(np.intp) % _COLUMNS
    row = np.minimum(((pitch / math.pi + 0.5) * _ROWS).astype(np.intp), _ROWS - 1)
    return np.asarray(row * _COLUMNS + column, dtype=np.intp)


@lru_cache(maxsize=8)
def _near_glass(cabin: CabinGeometry) -> npt.NDArray[np.bool_]:
    """(cells,) whether the middle of each cell lies on glass or within the margin of it.

    What stands before the glass does not matter here: the areas are those of the vehicle.
    """
    yaw = np.radians((np.arange(_COLUMNS) + 0.5) * _CELL_DEG - 180.0)
    pitch = np.radians((np.arange(_ROWS) + 0.5) * _CELL_DEG - 90.0)
    flat = np.cos(pitch)[:, None]
    grid = np.stack(
        [flat * np.cos(yaw), flat * np.sin(yaw), np.sin(pitch)[:, None] + 0.0 * yaw], axis=-1
    ).reshape(-1, 3)
    panes = tuple(zone for zone in cabin.zones if zone.is_glass or zone.on_road)
    only_glass = CabinGeometry(cabin.name, cabin.driver_side, cabin.camera, panes)
    on_glass = zone_indices(only_glass, (0.0, 0.0, 0.0), grid) < len(panes)
    if not on_glass.any():
        return on_glass
    # What is beside the glass is nearest to its rim, which is far less to search.
    table = on_glass.reshape(_ROWS, _COLUMNS)
    inner = np.roll(table, 1, axis=1) & np.roll(table, -1, axis=1)
    inner[1:-1] &= table[:-2] & table[2:]
    return _around(table & ~inner, grid.reshape(_ROWS, _COLUMNS, 3)) | on_glass


def _around(rim: npt.NDArray[np.bool_], places: Float64Array) -> npt.NDArray[np.bool_]:
    """(cells,) which cells lie within the margin of a cell of the rim.

    Row by row of the rim rather than with a tree: a tree would bring scipy into the start of every
    node that sees faces, for one table.

    Args:
        rim: (rows, columns).
        places: (rows, columns, 3) unit vectors to the middles of the cells.
    """
    reach = 2.0 * math.sin(math.radians(MARGIN_DEG) / 2.0)
    rows = math.ceil(MARGIN_DEG / _CELL_DEG) + 1
    near = np.zeros_like(rim)
    x, y, z = np.ascontiguousarray(places.transpose(2, 0, 1))
    for row, column in np.argwhere(rim):
        some = slice(max(0, row - rows), row + rows + 1)
        apart = (x[some] - x[row, column]) ** 2 + (y[some] - y[row, column]) ** 2
        near[some] |= apart + (z[some] - z[row, column]) ** 2 < reach**2
    return near.ravel()
