"""The report's time lines as one PNG, for a README, a ticket or a review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.enums import AlertLevel, Availability
from affect_perception.evaluation.report.events import seconds
from affect_perception.evaluation.report.series import bars, scale
from affect_perception.io.table import STAMP, Columns

_INK, _SOFT, _RULE = "#1b2127", "#5b6670", "#dfe3e6"
_A, _B, _ROAD, _CLOSED = "#1d5fbf", "#c2500a", "#2b8a6b", "#c8321f"
_LEVELS = {AlertLevel.INFO: "#6f8fb5", AlertLevel.WARNING: "#d99a00", AlertLevel.CRITICAL: _CLOSED}
_AVAILABLE = {
    Availability.UNKNOWN: "#e7ebee",
    Availability.UNAVAILABLE: "#9aa4ac",
    Availability.DEGRADED: "#d9b24a",
    Availability.AVAILABLE: _ROAD,
}
_STYLE: Any = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": _RULE,
    "axes.labelcolor": _SOFT,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "text.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def write_picture(
    path: Path, states: Columns, summary: Mapping[str, Any], truth: Columns | None = None
) -> None:
    """Draws alert, head, gaze, zone and eyes over time.

    Args:
        path: PNG file.
        states: Columns of AttentionState.
        summary: Events and alerts, as in `summary.json`.
        truth: Columns of the truth, drawn dashed and grey, or None.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    time = seconds(states)
    zones = _zone_names(states, truth)
    heights = [0.5, 0.28, 1.5, 1.5, 0.22 * max(len(zones), 2) + 0.1, 1.2]
    with rc_context(_STYLE):
        figure = Figure(figsize=(10.5, 1.2 + sum(heights)), dpi=110, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
        figure.suptitle(_title(summary), x=0.02, ha="left", fontsize=11, fontweight="bold")
        truth_time = (truth[STAMP] - states[STAMP][0]) / 1e9 if truth else np.zeros(0)
        _draw_alerts(axes[0], summary)
        _draw_availability(axes[1], states, time)
        for axis, prefix in ((axes[2], "head"), (axes[3], "gaze")):
            _draw_angles(axis, prefix, states, time, truth, truth_time)
        _draw_zones(axes[4], zones, states, time, summary, truth, truth_time)
        _draw_eyes(axes[5], states, time, summary, truth, truth_time)
        axes[-1].set_xlabel("time [s]")
        axes[-1].set_xlim(0.0, max(float(time.max()), 1e-3))
        figure.align_ylabels(axes)
        figure.tight_layout(rect=(0, 0, 1, 0.985), h_pad=0.6)
        # No date or version in the file: equal states give equal pictures.
        figure.savefig(path, metadata={"Software": None})


def _title(summary: Mapping[str, Any]) -> str:
    share = 100 * summary["tracked_frames"] / max(summary["frames"], 1)
    return f"{summary['input']}: {summary['seconds']:.0f} s, face tracked in {share:.1f} %"


def _label(axis: Any, text: str) -> None:
    axis.set_ylabel(text, rotation=0, ha="right", va="center", color=_INK, labelpad=34)
    axis.tick_params(length=0)


def _draw_alerts(axis: Any, summary: Mapping[str, Any]) -> None:
    for alert in summary["alerts"]:
        level = AlertLevel[alert["level"].upper()]
        height = (level - AlertLevel.NONE) / 3
        axis.bar(
            alert["start_s"],
            height,
            alert["duration_s"],
            align="edge",
            color=_LEVELS[level],
            linewidth=0,
        )
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    _label(axis, "alert")


def _draw_availability(axis: Any, states: Columns, time: Any) -> None:
    for bar in bars(time, states["availability"].tolist(), float(time[-1])):
        axis.axvspan(bar.start, bar.end, color=_AVAILABLE[Availability(bar.label)], lw=0)
    axis.set_yticks([])
    _label(axis, "available")


def _draw_angles(
    axis: Any, prefix: str, states: Columns, time: Any, truth: Columns | None, truth_time: Any
) -> None:
    drawn = []
    for column, colour in ((f"{prefix}_yaw", _A), (f"{prefix}_pitch", _B)):
        values = np.degrees(np.asarray(states[column], np.float64))
        drawn.append(values)
        if truth:
            true = np.degrees(np.asarray(truth[column], np.float64))
            drawn.append(true)
            axis.plot(truth_time, true, color=colour, lw=1.1, ls=(0, (4, 3)), alpha=0.55)
        axis.plot(time, values, color=colour, lw=1.3, label=column.rpartition("_")[2])
    low, high = scale(*drawn, step=10.0, least=20.0)
    axis.set_ylim(max(low, -90.0), min(high, 90.0))
    axis.grid(axis="y", color="#eceff1", lw=0.8)
    axis.axhline(0, color=_RULE, lw=0.8)
    axis.legend(loc="upper right", frameon=False, ncols=2, fontsize=8, borderaxespad=0)
    _label(axis, f"{prefix} [°]")


def _zone_names(states: Columns, truth: Columns | None) -> list[str]:
    names = [*states["gaze_zone"], *(truth["gaze_zone"] if truth else [])]
    counts: dict[str, int] = {}
    for name in names:
        if name and name != "unknown":
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _draw_zones(
    axis: Any,
    zones: list[str],
    states: Columns,
    time: Any,
    summary: Mapping[str, Any],
    truth: Columns | None,
    truth_time: Any,
) -> None:
    end = float(time[-1])
    for zone, bar in ((b.label, b) for b in bars(time, states["gaze_zone"], end)):
        if zone in zones:
            colour = _ROAD if zone in summary["road_zones"] else _B
            axis.barh(zones.index(zone), bar.end - bar.start, 0.55, bar.start, color=colour, lw=0)
    if truth:
        for bar in bars(truth_time, truth["gaze_zone"], end):
            if bar.label in zones:
                row = zones.index(bar.label) + 0.4
                axis.barh(row, bar.end - bar.start, 0.16, bar.start, color="#8b949b", lw=0)
    axis.set_yticks(range(len(zones)), [zone.replace("_", " ") for zone in zones], fontsize=7.5)
    axis.set_ylim(len(zones) - 0.4, -0.6)
    axis.tick_params(length=0)


def _draw_eyes(
    axis: Any,
    states: Columns,
    time: Any,
    summary: Mapping[str, Any],
    truth: Columns | None,
    truth_time: Any,
) -> None:
    for closure in summary["events"]["eye_closures"]:
        axis.axvspan(closure["start_s"], closure["end_s"], color=_CLOSED, alpha=0.14, lw=0)
    for column, colour in (("left_eye_openness", _A), ("right_eye_openness", _B)):
        if truth:
            axis.plot(truth_time, truth[column], color=colour, lw=1.0, ls=(0, (4, 3)), alpha=0.5)
        axis.plot(time, states[column], color=colour, lw=1.2, label=column.partition("_")[0])
    axis.set_ylim(-0.05, 1.6)
    axis.set_yticks([0.0, 0.5, 1.0])
    axis.grid(axis="y", color="#eceff1", lw=0.8)
    axis.legend(loc="upper right", frameon=False, ncols=2, fontsize=8, borderaxespad=0)
    _label(axis, "eyes open")
