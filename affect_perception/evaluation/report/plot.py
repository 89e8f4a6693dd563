"""One panel of the report as HTML with inline SVG."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

from affect_perception.evaluation.report.series import Floats, known_stretches, path


@dataclass
class Plot:
    """One panel in the making: y runs from `high` at the top (0) to `low` at the bottom (100)."""

    title: str
    note: str
    height: int
    low: float = 0.0
    high: float = 1.0
    shapes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    legend: list[str] = field(default_factory=list)

    def y(self, value: float) -> float:
        """Place of a value, 0 at the top to 100 at the bottom."""
        return 100.0 * (self.high - value) / (self.high - self.low)

    def rule(self, value: float, end: float, style: str) -> None:
        """A line across the panel at a value."""
        y = self.y(value)
        self.shapes.append(
            f'<line class="mark {style}" x1="0" x2="{end:.3f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )

    def tick(self, value: float, text: str) -> None:
        """A label of the axis at a value."""
        top = f"calc({self.y(value) / 100:.4f} * {self.height}px)"
        self.labels.append(f'<span class="y" style="top:{top}">{text}</span>')

    def line(self, time: Floats, values: Floats, style: str) -> None:
        """A series; unknown values break it."""
        drawn = path(time, values, self.low, self.high)
        if drawn:
            self.shapes.append(f'<path class="{style}" d="{drawn}"/>')

    def area(self, time: Floats, low: Floats, high: Floats, style: str, tip: str = "") -> None:
        """What lies between two series that are known at the same times."""
        outlines = []
        for part in known_stretches(time, low + high):
            there = [
                f"{t:.3f} {self._inside(v)}" for t, v in zip(time[part], high[part], strict=True)
            ]
            back = [
                f"{t:.3f} {self._inside(v)}" for t, v in zip(time[part], low[part], strict=True)
            ]
            outlines.append(f"M{'L'.join([*there, *back[::-1]])}Z")
        title = f"<title>{html.escape(tip)}</title>" if tip else ""
        if outlines:
            self.shapes.append(f'<path class="{style}" d="{"".join(outlines)}">{title}</path>')

    def _inside(self, value: float) -> str:
        return f"{min(100.0, max(0.0, self.y(value))):.1f}"

    def box(
        self, start: float, end: float, top: float, bottom: float, style: str, tip: str
    ) -> None:
        """A stretch of time from `top` to `bottom` (0..100) with a tip for the pointer."""
        width = max(end - start, 1e-3)
        self.shapes.append(
            f'<rect class="{style}" x="{start:.3f}" y="{top:.1f}" width="{width:.3f}" '
            f'height="{bottom - top:.1f}"><title>{html.escape(tip)}</title></rect>'
        )

    def key(self, style: str, text: str) -> None:
        """An entry of the legend."""
        self.legend.append(
            f'<li><svg viewBox="0 0 22 8" aria-hidden="true"><path class="{style}" d="M0 4H22"/>'
            f"</svg>{text}</li>"
        )

    def lane(self, index: int, count: int, label: str) -> None:
        """The name of a lane, of `count` lanes of equal height."""
        middle = f"calc({(index + 0.5) / count:.4f} * {self.height}px)"
        self.labels.append(f'<span class="lane" style="top:{middle}">{html.escape(label)}</span>')

    def html(self, end: float) -> str:
        """The panel, up to the second `end`."""
        legend = f'<ul class="legend">{"".join(self.legend)}</ul>' if self.legend else ""
        return (
            f'<section class="panel"><header><h3>{self.title}</h3><p>{self.note}</p>{legend}'
            f'</header><div class="plot" style="--h:{self.height}px">'
            f'<svg viewBox="0 0 {end:.3f} 100" preserveAspectRatio="none" role="img" '
            f'aria-label="{self.title} over time">{"".join(self.shapes)}</svg>'
            f"{''.join(self.labels)}</div></section>\n"
        )
