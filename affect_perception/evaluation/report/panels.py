"""The time lines of the report as HTML with inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affect_perception.core.enums import AlertLevel
from affect_perception.evaluation.report.availability import availability_plot
from affect_perception.evaluation.report.events import Event
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import Bar, Floats, bars, scale
from affect_perception.io.table import STAMP, Columns

_LANE_PX = 20
_LEVEL_HEIGHT = {AlertLevel.INFO: 34, AlertLevel.WARNING: 67, AlertLevel.CRITICAL: 100}


def panels(
    states: Columns,
    time: Floats,
    end: float,
    summary: Mapping[str, Any],
    truth: Columns | None,
) -> str:
    """All time lines.

    Args:
        states: Columns of AttentionState.
        time: Seconds of the states.
        end: Last second.
        summary: Events and alerts, as in `summary.json`.
        truth: Columns of the truth, or None.
    """
    truth_time = (truth[STAMP] - states[STAMP][0]) / 1e9 if truth else np.zeros(0)
    plots = [
        _alerts(summary["alerts"]),
        availability_plot("Availability", "of the state", states, time, end),
        _angles("Head", "head", states, time, end, truth, truth_time),
        _angles("Gaze", "gaze", states, time, end, truth, truth_time),
        _zones(states, time, end, summary["road_zones"], truth, truth_time),
        _eyes(states, time, end, summary["events"], truth, truth_time),
        _attention(states, time, end),
    ]
    return "".join(plot.html(end) for plot in plots)


def _alerts(alerts: Sequence[Event]) -> Plot:
    plot = Plot("Alert", "info, warning, critical", 42)
    for alert in alerts:
        height = _LEVEL_HEIGHT[AlertLevel[alert["level"].upper()]]
        reasons = ", ".join(alert["reasons"]).replace("_", " ")
        tip = f"{alert['level']} {alert['start_s']:.1f} to {alert['end_s']:.1f} s: {reasons}"
        style = f"f-{alert['level']}"
        plot.box(alert["start_s"], alert["end_s"], 100 - height, 100, style, tip)
    if not alerts:
        plot.labels.append('<span class="lane" style="top:50%">none</span>')
    return plot


def _angles(
    title: str,
    prefix: str,
    states: Columns,
    time: Floats,
    end: float,
    truth: Columns | None,
    truth_time: Floats,
) -> Plot:
    note = "left and up positive"
    columns = (f"{prefix}_yaw", f"{prefix}_pitch")
    estimates = [np.degrees(np.asarray(states[c], np.float64)) for c in columns]
    true = [np.degrees(np.asarray(truth[c], np.float64)) for c in columns] if truth else []
    low, high = scale(*estimates, *true, step=10.0, least=20.0)
    low, high = max(low, -90.0), min(high, 90.0)
    plot = Plot(title, note, 150, low, high)
    step = 20.0 if high - low <= 120 else 30.0
    for value in np.arange(np.ceil(low / step) * step, high + 0.1, step):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:+.0f}°" if value else "0°")
    for values, style in zip(true, ("a true", "b true"), strict=False):
        plot.line(truth_time, values, style)
    for values, style, name in zip(estimates, "ab", ("yaw", "pitch"), strict=True):
        plot.line(time, values, style)
        plot.key(style, name)
    if truth:
        plot.key("a true", "truth")
    return plot


def _zones(
    states: Columns,
    time: Floats,
    end: float,
    road_zones: Sequence[str],
    truth: Columns | None,
    truth_time: Floats,
) -> Plot:
    """One lane per zone: the estimate as a bar, the truth as a thin one below it."""
    found = bars(time, states["gaze_zone"], end)
    true = bars(truth_time, truth["gaze_zone"], end) if truth else []
    lanes = _lanes(found + true, road_zones)
    plot = Plot("Gaze zone", "road zones are green", max(_LANE_PX * len(lanes), 24))
    for index, (zone, on_road) in enumerate(lanes.items()):
        top, size = 100 * index / len(lanes), 100 / len(lanes)
        style = "f-road" if on_road else "f-away"
        for bar in (b for b in found if b.label == zone):
            tip = f"{zone} {bar.start:.1f} to {bar.end:.1f} s".replace("_", " ")
            plot.box(bar.start, bar.end, top + 0.12 * size, top + 0.72 * size, style, tip)
        for bar in (b for b in true if b.label == zone):
            tip = f"truth: {zone} {bar.start:.1f} to {bar.end:.1f} s".replace("_", " ")
            plot.box(bar.start, bar.end, top + 0.76 * size, top + 0.95 * size, "f-truth", tip)
        plot.lane(index, len(lanes), zone.replace("_", " "))
    return plot


def _lanes(found: Sequence[Bar], road_zones: Sequence[str]) -> dict[str, bool]:
    """Zones that were looked at and whether they are on the road: road zones, then the longest."""
    length: dict[str, float] = {}
    for bar in found:
        if bar.label and bar.label != "unknown":
            length[bar.label] = length.get(bar.label, 0.0) + bar.end - bar.start
    ordered = sorted(length, key=lambda zone: (zone not in road_zones, -length[zone], zone))
    return {zone: zone in road_zones for zone in ordered}


def _eyes(
    states: Columns,
    time: Floats,
    end: float,
    events: Mapping[str, list[Event]],
    truth: Columns | None,
    truth_time: Floats,
) -> Plot:
    plot = Plot("Eyes", "1: own open eye", 120, -0.05, 1.35)
    for closure in events["eye_closures"]:
        tip = f"eyes closed for {closure['duration_s']:.1f} s"
        plot.box(closure["start_s"], closure["end_s"], 0, 100, "f-closed", tip)
    for value in (0.0, 0.5, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    columns = ("left_eye_openness", "right_eye_openness")
    if truth:
        for column, style in zip(columns, ("a true", "b true"), strict=True):
            if column in truth:
                plot.line(truth_time, np.asarray(truth[column], np.float64), style)
    for column, style, name in zip(columns, "ab", ("left eye", "right eye"), strict=True):
        plot.line(time, np.asarray(states[column], np.float64), style)
        plot.key(style, name)
    if truth:
        plot.key("a true", "truth")
    for blink in events["blinks"]:
        tip = f"blink, {blink['duration_s'] * 1000:.0f} ms"
        plot.box(blink["start_s"], blink["end_s"], 0, 5, "f-blink", tip)
    return plot


def _attention(states: Columns, time: Floats, end: float) -> Plot:
    off_road = np.asarray(states["off_road_duration"], np.float64)
    buffer = np.asarray(states["attention_buffer"], np.float64)
    _, high = scale(off_road, buffer, step=1.0, least=3.5)
    plot = Plot("Attention", "seconds", 100, 0.0, high)
    step = 1.0 if high <= 5 else 2.0 if high <= 12 else 10.0
    for value in np.arange(0.0, high + 0.1, step):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    plot.line(time, buffer, "a")
    plot.line(time, off_road, "b")
    plot.key("a", "attention buffer")
    plot.key("b", "glance off road")
    return plot
