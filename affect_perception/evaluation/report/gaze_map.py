"""Where a driver looked, as a map of directions: zones, ADDW areas and the time spent.

Angles are degrees of yaw (to the person's left) and pitch (up) from the driver's ocular reference
point. Outlines are those of what is seen of a zone: what another zone hides is cut away.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import ELSEWHERE, CabinGeometry, ZoneRole
from affect_perception.core.enums import AddwArea, EyesState
from affect_perception.core.vision.addw_areas import areas_of
from affect_perception.core.vision.zone_rays import zone_indices
from affect_perception.evaluation.report.events import seconds
from affect_perception.io.table import Columns

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

YAW_LIMIT = 100.0
"""The map ends this far to either side, degrees; a head turned further hides the eyes."""
PITCH_LIMITS = (-64.0, 32.0)
"""Lower and upper end of the map, degrees."""
STEP = 0.5
"""Pitch of the grid that the outlines are taken from, degrees."""
CELL = 2.0
"""Size of the cells in which time is gathered, degrees: half of what a gaze is uncertain by."""
ROLE_NAMES = MappingProxyType(
    {
        ZoneRole.ROAD: "road",
        ZoneRole.DRIVING_TASK: "driving task",
        ZoneRole.GLASS: "other glass",
        ZoneRole.NON_DRIVING: "not driving",
        ZoneRole.PHONE: "phone",
    }
)
"""Roles in words, in the order of a legend."""
LONGEST_STEP_S = 0.2
"""A state stands for the time until the next one, but for no more than this."""
FOOT_WIDTH = 12.0
"""An area that is narrower at its lower end carries no label there, degrees."""
# Cells by which what touches the edge of the map is continued, so that no outline runs along it.
_MARGIN = 4


@dataclass(frozen=True, eq=False)
class Shape:
    """Something with an outline on the map.

    Attributes:
        name: Of the zone or area.
        rings: Closed outlines, (N, 2) yaw and pitch each; holes are rings too.
        place: Yaw and pitch of the point furthest from its edges, for a label.
        width: Extent in yaw at the height of `place`, for fitting the label.
        foot: Yaw and pitch of the middle of its lower end, for the label of an area; None if it is
            too narrow for one.
        role: Of a zone; None for an area.
    """

    name: str
    rings: tuple[Floats, ...]
    place: tuple[float, float]
    width: float
    foot: tuple[float, float] | None = None
    role: ZoneRole | None = None


@dataclass(frozen=True, eq=False)
class CabinMap:
    """A cabin as its driver sees it: zones, and areas 1 and 3 (the rest is area 2)."""

    name: str
    zones: tuple[Shape, ...]
    areas: Mapping[AddwArea, tuple[Shape, ...]]


@dataclass(frozen=True, eq=False)
class GazeTimes:
    """How long the gaze rested where.

    Attributes:
        cells: (rows, columns) seconds per cell; row 0 is the highest, column 0 leftmost (yaw > 0).
        outside: Seconds with a gaze beyond the map.
        unknown: Seconds without a gaze (no face, closed eyes).
        zones: Zone to seconds, the longest first; "elsewhere" among them.
        std: Median one-sigma uncertainty of yaw and pitch, degrees.
    """

    cells: Floats
    outside: float
    unknown: float
    zones: Mapping[str, float]
    std: tuple[float, float]

    @property
    def all(self) -> float:
        """Seconds of the whole series."""
        return self.known + self.unknown

    @property
    def known(self) -> float:
        """Seconds with a gaze."""
        return float(self.cells.sum()) + self.outside


@functools.lru_cache(maxsize=4)  # one report draws it more than once
def cabin_map(cabin: CabinGeometry) -> CabinMap:
    """Outlines of the zones and ADDW areas of a cabin."""
    rows = np.arange(PITCH_LIMITS[1] - STEP / 2, PITCH_LIMITS[0], -STEP)
    columns = np.arange(YAW_LIMIT - STEP / 2, -YAW_LIMIT, -STEP)
    yaw, pitch = np.radians(columns), np.radians(rows)
    found, areas = [], []
    for height in pitch:  # a row at a time, so that memory stays small
        flat = np.cos(height)
        rays = np.stack(
            [flat * np.cos(yaw), flat * np.sin(yaw), np.full_like(yaw, np.sin(height))], axis=1
        )
        found.append(zone_indices(cabin, (0.0, 0.0, 0.0), rays))
        areas.append(areas_of(cabin, rays))
    hits, area = np.array(found), np.array(areas)
    zones = [_shapes(hits == i, zone.name, zone.role) for i, zone in enumerate(cabin.zones)]
    return CabinMap(
        name=cabin.name,
        zones=tuple(shape for shapes in zones for shape in shapes[:1]),
        areas=MappingProxyType(
            {
                kind: tuple(_shapes(area == kind.value, f"area {kind.value}"))
                for kind in (AddwArea.AREA_1, AddwArea.AREA_3)
            }
        ),
    )


def gaze_times(states: Columns) -> GazeTimes:
    """Gathers the gaze of a series of states.

    Args:
        states: Columns of AttentionState, at least two of them for any time to pass.
    """
    yaw, pitch = _angles(states)
    closed = np.asarray(states["eyes_state"]) == EyesState.CLOSED.value
    known = np.isfinite(yaw) & np.isfinite(pitch) & ~closed
    spent = _spent(states)
    cells = _cells(yaw[known], pitch[known], spent[known])
    zones: dict[str, float] = {}
    for index in np.flatnonzero(known):
        name = states["gaze_zone"][index]
        zones[name] = zones.get(name, 0.0) + float(spent[index])
    std = [
        float(np.degrees(np.nanmedian(np.asarray(states[f"gaze_{axis}_std"], np.float64)[known])))
        if known.any()
        else float("nan")
        for axis in ("yaw", "pitch")
    ]
    return GazeTimes(
        cells=cells,
        outside=max(0.0, float(spent[known].sum() - cells.sum())),
        unknown=float(spent[~known].sum()),
        zones=MappingProxyType(dict(sorted(zones.items(), key=lambda z: (-z[1], z[0])))),
        std=(std[0], std[1]),
    )


def true_cells(truth: Columns) -> Floats:
    """(rows, columns) seconds per cell of a true gaze, as `GazeTimes.cells`; eyes shut left out.

    Args:
        truth: Columns of the truth of a scenario, see `evaluation.synthetic.truth`.
    """
    yaw, pitch = _angles(truth)
    known = np.isfinite(yaw) & np.isfinite(pitch) & ~np.asarray(truth["eyes_closed"], bool)
    return _cells(yaw[known], pitch[known], _spent(truth)[known])


def _angles(columns: Columns) -> tuple[Floats, Floats]:
    """Yaw and pitch of the gaze, degrees."""
    yaw, pitch = (np.asarray(columns[f"gaze_{axis}"], np.float64) for axis in ("yaw", "pitch"))
    return np.degrees(yaw), np.degrees(pitch)


def _spent(columns: Columns) -> Floats:
    """Seconds that each row stands for."""
    return np.minimum(np.append(np.diff(seconds(columns)), 0.0), LONGEST_STEP_S)


def _cells(yaw: Floats, pitch: Floats, spent: Floats) -> Floats:
    rows = round((PITCH_LIMITS[1] - PITCH_LIMITS[0]) / CELL)
    columns = round(2 * YAW_LIMIT / CELL)
    row = np.floor((PITCH_LIMITS[1] - pitch) / CELL).astype(int)
    column = np.floor((YAW_LIMIT - yaw) / CELL).astype(int)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    cells = np.zeros((rows, columns))
    np.add.at(cells, (row[inside], column[inside]), spent[inside])
    return cells


def role_of(cabin: CabinGeometry, zone: str) -> ZoneRole | None:
    """Role of a zone named in states; None for "unknown" and zones of another cabin."""
    return cabin.roles.get(zone) if zone != ELSEWHERE else ZoneRole.NON_DRIVING


def _shapes(mask: Flags, name: str, role: ZoneRole | None = None) -> list[Shape]:
    """The connected pieces of a mask as one shape per piece, the largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    order = sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA]))
    return [_shape(labels == i, name, role) for i in order]


def _shape(mask: Flags, name: str, role: ZoneRole | None) -> Shape:
    place = _label_place(mask)
    column, row = round(place[0]), round(place[1])
    middle, width = _span(mask, row, column)
    lowest = int(np.flatnonzero(mask.any(axis=1))[-1])
    ends = np.flatnonzero(mask[lowest])
    foot, wide = _span(mask, lowest, int(ends[len(ends) // 2]))
    return Shape(name, _rings(mask), middle, width, foot if wide >= FOOT_WIDTH else None, role)


def _span(mask: Flags, row: int, column: int) -> tuple[tuple[float, float], float]:
    """Middle (yaw, pitch) and width of the run of a mask in a row that holds a column, degrees."""
    gaps = np.flatnonzero(~mask[row])
    left, right = gaps[gaps < column], gaps[gaps > column]
    first = int(left[-1]) + 1 if left.size else 0
    end = int(right[0]) if right.size else mask.shape[1]
    yaw, pitch = _degrees(np.array([(first + end) / 2.0]), np.array([row + 0.5]))[0]
    return (float(yaw), float(pitch)), (end - first) * STEP


def _rings(mask: Flags) -> tuple[Floats, ...]:
    """Outlines, degrees; where the mask meets the edge of the map they run on beyond it."""
    wide = np.pad(np.pad(mask, _MARGIN, mode="edge"), 1).astype(np.uint8)
    # Four times finer and blurred: the steps of the grid vanish, corners lose a quarter degree.
    fine = cv2.resize(255 * wide, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    fine = (cv2.GaussianBlur(fine, (0, 0), 4.0) > 127).astype(np.uint8)
    found, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = []
    for contour in found:
        smooth = cv2.approxPolyDP(contour, 1.0, closed=True)[:, 0, :].astype(np.float64)
        if len(smooth) > 2:
            cells = smooth / 4.0 - (_MARGIN + 1.0)
            rings.append(_degrees(cells[:, 0], cells[:, 1]))
    return tuple(rings)


def _label_place(mask: Flags) -> tuple[float, float]:
    """Column and row of the middle if the mask is thick there, else of where it is thickest."""
    inner = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(mask)
    row, column = round(float(rows.mean())), round(float(columns.mean()))
    if inner[row, column] < 0.6 * inner.max():
        row, column = (int(i) for i in np.unravel_index(int(inner.argmax()), inner.shape))
    return float(column), float(row)


def _degrees(columns: Floats, rows: Floats) -> Floats:
    return np.stack([YAW_LIMIT - columns * STEP, PITCH_LIMITS[1] - rows * STEP], axis=1)


def wrapped(name: str, letters: float) -> list[str]:
    """A name in as few lines as fit into so many letters; a word is never broken."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
