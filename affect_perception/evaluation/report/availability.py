"""Availability over time as one row of the report, and as a table."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from affect_perception.core.enums import Availability
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import Floats, bars
from affect_perception.io.table import Columns


def availability_plot(title: str, note: str, columns: Columns, time: Floats, end: float) -> Plot:
    """One row, coloured by availability; the tips name the reasons.

    Args:
        title: Of the panel.
        note: Below it.
        columns: With `availability` and `degradation_reasons`.
        time: Seconds of the rows.
        end: Last second.
    """
    plot = Plot(title, note, 20)
    mark_availability(
        plot, columns["availability"], columns["degradation_reasons"], time, end, (0.0, 100.0)
    )
    return plot


def mark_availability(
    plot: Plot,
    availability: Any,
    reasons: Any,
    time: Floats,
    end: float,
    place: tuple[float, float],
    name: str = "",
) -> None:
    """Boxes from `place[0]` to `place[1]` (0..100), each with its level and reasons as tip."""
    labels = list(zip(availability.tolist(), map(tuple, reasons), strict=True))
    for bar in bars(time, labels, end):
        level, words = bar.label
        word = Availability(level).name.lower()
        tip = " ".join([name, word, *words]).strip().replace("_", " ")
        plot.box(bar.start, bar.end, *place, f"f-{word}", tip)


def share_rows(part: Mapping[str, Any]) -> str:
    """Rows of a table: share of each level that was there, and of each reason."""
    shares = [(name, share) for name, share in part["availability"].items() if share > 0]
    shares += [
        (f"reason {name.replace('_', ' ')}", share)
        for name, share in part["degradation_reasons"].items()
    ]
    return "".join(
        f'<tr><td>{html.escape(name)}</td><td class="n">{100 * share:.1f} %</td></tr>'
        for name, share in shares
    )
