"""The map of zones, ADDW areas and gaze as one PNG, for a README, a ticket or a review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.cabin import CabinGeometry, ZoneRole
from affect_perception.evaluation.report.gaze_map import (
    PITCH_LIMITS,
    ROLE_NAMES,
    YAW_LIMIT,
    GazeTimes,
    Shape,
    cabin_map,
    gaze_times,
    wrapped,
)
from affect_perception.io.table import Columns

INK, SOFT, _RULE = "#1b2127", "#5b6670", "#dfe3e6"
ROLE_COLOURS = {
    ZoneRole.ROAD: "#2b8a6b",
    ZoneRole.DRIVING_TASK: "#1d5fbf",
    ZoneRole.GLASS: "#5b6670",
    ZoneRole.NON_DRIVING: "#c2500a",
    ZoneRole.PHONE: "#6b4fa3",
}
_LETTERS_PER_DEGREE = 0.98
_LINE_DEG = 1.9


def write_gaze_picture(path: Path, cabin: CabinGeometry, states: Columns) -> None:
    """Draws the cabin as its driver sees it, and where the gaze of the states rested.

    Args:
        path: PNG file.
        cabin: The cabin.
        states: Columns of AttentionState.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    times = gaze_times(states)
    figure = Figure(figsize=(10.5, 5.8), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    draw_view(figure.add_axes((0.005, 0.075, 0.99, 0.87)), cabin, times)
    draw_legend(figure, times)
    figure.text(0.01, 0.965, _title(cabin, times), fontsize=10.5, fontweight="bold", color=INK)
    # No date or version in the file: equal states give equal pictures.
    figure.savefig(path, metadata={"Software": None})


def draw_view(axis: Any, cabin: CabinGeometry, times: GazeTimes | None = None) -> None:
    """Draws the cabin as its driver sees it, in degrees, into matplotlib axes."""
    axis.set_xlim(YAW_LIMIT, -YAW_LIMIT)
    axis.set_ylim(*PITCH_LIMITS)
    axis.set_aspect("equal")
    bare(axis)
    if times is not None:
        _draw_cells(axis, times)
    seen = cabin_map(cabin)
    for area, shapes in seen.areas.items():
        for shape in shapes:
            _draw_area(axis, shape, f"area {area.value}")
    for shape in seen.zones:
        _draw_zone(axis, shape)
    _draw_ticks(axis)


def bare(axis: Any) -> None:
    """Takes ticks away and leaves a thin frame."""
    axis.tick_params(length=0)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_color(_RULE)


def _title(cabin: CabinGeometry, times: GazeTimes) -> str:
    return f"Gaze in cabin {cabin.name}: known for {times.known:.0f} s of {times.all:.0f} s"


def _draw_cells(axis: Any, times: GazeTimes) -> None:
    most = float(times.cells.max())
    if most <= 0.0:
        return
    shade = np.where(times.cells > 0.0, 0.12 + 0.78 * np.sqrt(times.cells / most), 0.0)
    picture = np.zeros((*times.cells.shape, 4))
    picture[..., :3] = [int(INK[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    picture[..., 3] = shade
    extent = (YAW_LIMIT, -YAW_LIMIT, *PITCH_LIMITS)
    axis.imshow(picture, extent=extent, interpolation="nearest", zorder=1)


def _outline(axis: Any, shape: Shape, **style: Any) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    rings = [Outline(np.vstack([ring, ring[:1]]), closed=True) for ring in shape.rings]
    if rings:
        axis.add_patch(PathPatch(Outline.make_compound_path(*rings), **style))


def text(axis: Any, x: float, y: float, words: str, **style: Any) -> None:
    """Writes small words with a halo that keeps them readable on lines."""
    from matplotlib.patheffects import withStroke

    given = {"ha": "center", "va": "center", "fontsize": 6.8, "color": INK, **style}
    halo = [withStroke(linewidth=2.2, foreground="white")]
    axis.text(x, y, words, zorder=5, clip_on=True, path_effects=halo, **given)


def _draw_area(axis: Any, shape: Shape, name: str) -> None:
    _outline(axis, shape, fill=False, edgecolor=SOFT, lw=0.9, ls=(0, (5, 4)), zorder=2)
    if shape.foot is not None:
        style = {"fontsize": 8, "fontweight": "bold", "color": SOFT, "va": "bottom"}
        text(axis, shape.foot[0], shape.foot[1] + 1.0, name, **style)


def _draw_zone(axis: Any, shape: Shape) -> None:
    colour = ROLE_COLOURS[shape.role] if shape.role else SOFT
    _outline(axis, shape, facecolor=colour, alpha=0.06, edgecolor="none", zorder=2)
    _outline(axis, shape, fill=False, edgecolor=colour, lw=1.2, zorder=3)
    lines = wrapped(shape.name.replace("_", " "), shape.width * _LETTERS_PER_DEGREE)
    top = shape.place[1] + _LINE_DEG * (len(lines) - 1) / 2.0
    for index, line in enumerate(lines):
        text(axis, shape.place[0], top - index * _LINE_DEG, line)


def _draw_ticks(axis: Any) -> None:
    for yaw in range(-80, 81, 20):
        side = "ahead" if yaw == 0 else f"{abs(yaw)}° {'left' if yaw > 0 else 'right'}"
        text(axis, yaw, PITCH_LIMITS[1] - 1.5, side, color=SOFT)
    for pitch in range(-60, 31, 15):
        word = "0°" if pitch == 0 else f"{pitch:+d}°"
        text(axis, YAW_LIMIT - 1.0, pitch, word, color=SOFT, ha="left")
    axis.plot([0], [0], marker="+", color=INK, ms=9, mew=1.1, zorder=4)


def draw_legend(figure: Any, times: GazeTimes | None = None, y: float = 0.028) -> None:
    """Draws what the colours mean, and how uncertain a gaze is, at height `y` of a figure."""
    x = 0.012
    for role, name in ROLE_NAMES.items():
        figure.text(x, y, "■", fontsize=9, color=ROLE_COLOURS[role], va="center")
        figure.text(x + 0.016, y, name, fontsize=8, color=SOFT, va="center")
        x += 0.045 + 0.0072 * len(name)
    if times is not None and all(np.isfinite(times.std)):
        words = f"one sigma of a gaze: {times.std[0]:.1f}° × {times.std[1]:.1f}°"
        figure.text(0.99, y, words, fontsize=8, color=SOFT, va="center", ha="right")
