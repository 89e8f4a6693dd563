"""A cabin as one PNG: as its driver sees it, from above and from the side, for checking a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.cabin import Box, CabinGeometry, Zone
from affect_perception.core.vision.addw_areas import DOWN_DEG, SIDE_DEG
from affect_perception.evaluation.report.gaze_picture import (
    INK,
    ROLE_COLOURS,
    SOFT,
    bare,
    draw_legend,
    draw_view,
    text,
)

# Extent of the plans, m: a front row of seats with its windscreen and mirrors.
_AHEAD, _BEHIND, _ASIDE, _UP, _DOWN = 1.15, -0.5, 1.55, 0.35, -1.1
_GRID_M = 0.25


def write_cabin_picture(path: Path, cabin: CabinGeometry) -> None:
    """Draws the three views.

    Args:
        path: PNG file.
        cabin: The cabin.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 9.7), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    draw_view(figure.add_axes((0.005, 0.445, 0.99, 0.515)), cabin)
    figure.text(0.01, 0.972, _title(cabin), fontsize=10.5, fontweight="bold", color=INK)
    # Forward is up from above, and left from the side, as one sees a car that drives to the left.
    above = figure.add_axes((0.005, 0.045, 0.585, 0.39))
    _plan(above, cabin, (1, 0), (_ASIDE, -_ASIDE), (_BEHIND, _AHEAD))
    beside = figure.add_axes((0.6, 0.045, 0.395, 0.39))
    _plan(beside, cabin, (0, 2), (_AHEAD, _BEHIND), (_DOWN, _UP))
    _planes(above, beside)
    text(above, 0.0, _BEHIND + 0.06, "from above, forward is up; grid 25 cm", color=SOFT)
    text(beside, 0.32, _DOWN + 0.06, "from the left side, forward is left", color=SOFT)
    draw_legend(figure, y=0.02)
    figure.savefig(path, metadata={"Software": None})


def _title(cabin: CabinGeometry) -> str:
    return f"Cabin {cabin.name}: as its driver sees it, from above, from the side"


def _plan(
    axis: Any,
    cabin: CabinGeometry,
    axes: tuple[int, int],
    across: tuple[float, float],
    upwards: tuple[float, float],
) -> None:
    """A view along one axis of the cabin frame; `axes` are the ones drawn across and upwards."""
    axis.set_xlim(*across)
    axis.set_ylim(*upwards)
    axis.set_aspect("equal")
    bare(axis)
    for low, high, line in ((*sorted(across), axis.axvline), (*sorted(upwards), axis.axhline)):
        for step in np.arange(math.ceil(low / _GRID_M) * _GRID_M, high, _GRID_M):
            line(step, color="#eceff1", lw=0.7, zorder=0)
    for zone in cabin.zones:
        _outline(axis, zone, axes)
    axis.plot([0], [0], marker="o", ms=5, color=INK, zorder=5)
    text(axis, 0.0, -0.06, "eyes", color=INK)
    pose = cabin.camera
    ends = np.stack([pose.translation, pose.apply(np.array([0.0, 0.0, 0.18]))])
    axis.plot(ends[:, axes[0]], ends[:, axes[1]], color=INK, lw=1.4, zorder=4)
    axis.plot([ends[0, axes[0]]], [ends[0, axes[1]]], marker="s", ms=5, color=INK, zorder=5)
    text(axis, float(ends[0, axes[0]]), float(ends[0, axes[1]]) + 0.045, "camera")


def _outline(axis: Any, zone: Zone, axes: tuple[int, int]) -> None:
    colour = ROLE_COLOURS[zone.role]
    if isinstance(zone.geometry, Box):
        low, high = zone.geometry.minimum, zone.geometry.maximum
        a, b = axes
        corners = [(low[a], low[b]), (high[a], low[b]), (high[a], high[b]), (low[a], high[b])]
    else:
        corners = [(c[axes[0]], c[axes[1]]) for c in zone.geometry.corners]
    closed = np.array([*corners, corners[0]])
    axis.fill(closed[:, 0], closed[:, 1], color=colour, alpha=0.06, lw=0, zorder=1)
    axis.plot(closed[:, 0], closed[:, 1], color=colour, lw=1.2, zorder=2)


def _planes(above: Any, beside: Any) -> None:
    """The planes of the ADDW areas through the reference point."""
    style = {"color": SOFT, "lw": 0.9, "ls": (0, (5, 4)), "zorder": 3}
    for side in (1.0, -1.0):
        reach = _AHEAD * math.tan(math.radians(SIDE_DEG))
        above.plot([0.0, side * reach], [0.0, _AHEAD], **style)
    down = _AHEAD * math.tan(math.radians(DOWN_DEG))
    beside.plot([0.0, _AHEAD], [0.0, -down], **style)
    text(above, 1.2, 0.72, f"{SIDE_DEG:.0f}°", color=SOFT)
    text(beside, 0.98, -0.62, f"{DOWN_DEG:.0f}°", color=SOFT)
