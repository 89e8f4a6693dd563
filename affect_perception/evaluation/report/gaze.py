"""The map of gaze in the report: inline SVG of zones, areas and time, and a table of the zones."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AddwArea
from affect_perception.evaluation.report.gaze_map import (
    CELL,
    PITCH_LIMITS,
    ROLE_NAMES,
    YAW_LIMIT,
    CabinMap,
    Floats,
    GazeTimes,
    Shape,
    cabin_map,
    gaze_times,
    role_of,
    true_cells,
    wrapped,
)
from affect_perception.io.table import Columns

SCALE = 6.0
"""Units of the drawing per degree: pixels at the full width of the page."""
_LINE, _LETTER = 11.5, 5.4
_WIDTH = 2 * YAW_LIMIT * SCALE
_HEIGHT = (PITCH_LIMITS[1] - PITCH_LIMITS[0]) * SCALE


# Less than this in a cell is a saccade on its way, and not worth a square of the truth.
_LEAST_TRUE_S = 0.1


def gaze_section(states: Columns, cabin: CabinGeometry, truth: Columns | None = None) -> str:
    """Heading, map and table as HTML; of a truth, squares around where the gaze really was."""
    times = gaze_times(states)
    true = _true_squares(true_cells(truth)) if truth else ""
    true_note = " Open squares: where the scenario has the gaze rest." if truth else ""
    zones = cabin_map(cabin)
    return (
        "<h2>Gaze map</h2>"
        '<p class="soft small">As the driver sees the cabin from the ocular reference point: left '
        f"is left. Darker cells of {CELL:g}° hold more time; {_told(times)} Outlines are the zones "
        "of the cabin file, less what other zones hide. Dashed: the areas of (EU) 2023/2590; the "
        f"rest is area 2.{true_note}</p>"
        f'<div class="gazemap"><figure>{_svg(zones, times, true)}{_legend(times.std)}</figure>'
        f"{_table(times, cabin)}</div>"
    )


def _told(times: GazeTimes) -> str:
    if times.known <= 0.0:
        return "no gaze was known."
    parts = [f"gaze known for {times.known:.1f} s of {times.all:.1f} s"]
    if times.outside >= 0.05:
        parts.append(f"{times.outside:.1f} s of it beyond the map")
    return ", ".join(parts) + "."


def _svg(zones: CabinMap, times: GazeTimes, true: str) -> str:
    parts = [f'<g class="cells">{_cells(times.cells)}</g>']
    for area, shapes in zones.areas.items():
        parts += [f'<path class="area" d="{_path(shape.rings)}"/>' for shape in shapes]
        parts += [_area_label(area, shape) for shape in shapes]
    parts.append(_axes())
    for shape in zones.zones:
        role = shape.role.value if shape.role else ""
        title = html.escape(shape.name.replace("_", " "))
        parts.append(
            f'<path class="zone z-{role}" fill-rule="evenodd" d="{_path(shape.rings)}">'
            f"<title>{title}</title></path>"
        )
    parts += [_label(shape) for shape in zones.zones]
    parts.append(f'<g class="truecells">{true}</g>' if true else "")
    parts.append(_uncertainty(times.std))
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        f'aria-label="Gaze directions over the zones of cabin {html.escape(zones.name)}">'
        f"{''.join(parts)}</svg>"
    )


def _cells(cells: Floats) -> str:
    """One square per cell with time; darkness by the square root, so that short looks show."""
    most = float(cells.max())
    if most <= 0.0:
        return ""
    size = CELL * SCALE
    parts = []
    for row, column in np.argwhere(cells > 0.0).tolist():
        spent = float(cells[row, column])
        opacity = 0.12 + 0.78 * (spent / most) ** 0.5
        parts.append(
            f'<rect x="{column * size:g}" y="{row * size:g}" width="{size:g}" height="{size:g}" '
            f'fill-opacity="{opacity:.2f}"><title>{spent:.2f} s</title></rect>'
        )
    return "".join(parts)


def _true_squares(cells: Floats) -> str:
    size = CELL * SCALE
    return "".join(
        f'<rect x="{column * size + 1:g}" y="{row * size + 1:g}" width="{size - 2:g}" '
        f'height="{size - 2:g}"><title>truth: {cells[row, column]:.2f} s</title></rect>'
        for row, column in np.argwhere(cells >= _LEAST_TRUE_S).tolist()
    )


def _path(rings: Sequence[Floats]) -> str:
    return "".join(
        "M" + "L".join(f"{_x(yaw):.1f} {_y(pitch):.1f}" for yaw, pitch in ring.tolist()) + "Z"
        for ring in rings
    )


def _x(yaw: float) -> float:
    return (YAW_LIMIT - yaw) * SCALE


def _y(pitch: float) -> float:
    return (PITCH_LIMITS[1] - pitch) * SCALE


def _label(shape: Shape) -> str:
    lines = wrapped(shape.name.replace("_", " "), shape.width * SCALE / _LETTER)
    x, y = _x(shape.place[0]), _y(shape.place[1]) - _LINE * (len(lines) - 1) / 2.0 + 3.5
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{y + i * _LINE:.1f}">{html.escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    return f'<text class="name">{spans}</text>'


def _area_label(area: AddwArea, shape: Shape) -> str:
    """At the lower end of an area, where zones are few."""
    if shape.foot is None:
        return ""
    x, y = _x(shape.foot[0]), _y(shape.foot[1]) - 7.0
    return f'<text class="arealabel" x="{x:.1f}" y="{y:.1f}">area {area.value}</text>'


def _axes() -> str:
    """Ticks along the lower and left edge, and a cross straight ahead."""
    parts = []
    for yaw in range(-80, 81, 20):
        side = "ahead" if yaw == 0 else f"{abs(yaw)}° {'left' if yaw > 0 else 'right'}"
        parts.append(f'<text class="tick" x="{_x(yaw):g}" y="11">{side}</text>')
    for pitch in range(-60, 31, 15):
        word = "0°" if pitch == 0 else f"{pitch:+d}°"
        parts.append(f'<text class="tick start" x="4" y="{_y(pitch) + 3.5:g}">{word}</text>')
    x, y = _x(0.0), _y(0.0)
    parts.append(f'<path class="cross" d="M{x - 6:g} {y:g}H{x + 6:g}M{x:g} {y - 6:g}V{y + 6:g}"/>')
    return "".join(parts)


def _uncertainty(std: tuple[float, float]) -> str:
    """An ellipse to scale in the lower right corner; the legend says what it is."""
    if not all(np.isfinite(std)):
        return ""
    rx, ry = std[0] * SCALE, std[1] * SCALE
    x, y = _WIDTH - rx - 16.0, _HEIGHT - ry - 28.0
    return f'<ellipse class="sigma" cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"/>'


def _legend(std: tuple[float, float]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 22 10" aria-hidden="true"><rect class="zone z-{role.value}" '
        f'x="1" y="1" width="20" height="8"/></svg>{name}</li>'
        for role, name in ROLE_NAMES.items()
    )
    if all(np.isfinite(std)):
        items += (
            '<li><svg viewBox="0 0 22 10" aria-hidden="true"><ellipse class="sigma" cx="11" cy="5" '
            f'rx="4" ry="4.2"/></svg>one sigma of a gaze: {std[0]:.1f}° × {std[1]:.1f}°</li>'
        )
    return f'<ul class="legend row">{items}</ul>'


def _table(times: GazeTimes, cabin: CabinGeometry) -> str:
    known = sum(times.zones.values())
    if known <= 0.0:
        return ""
    rows = []
    for zone, spent in times.zones.items():
        if spent < 0.05:
            continue
        role = role_of(cabin, zone)
        word = ROLE_NAMES[role] if role else ""
        rows.append(
            f"<tr><td>{html.escape(zone.replace('_', ' '))}</td><td>{word}</td>"
            f'<td class="n">{spent:.1f} s</td><td class="n">{100 * spent / known:.1f} %</td></tr>'
        )
    head = '<tr><th>gaze zone</th><th>role</th><th class="n">time</th><th class="n">share</th></tr>'
    return f"<div><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"
