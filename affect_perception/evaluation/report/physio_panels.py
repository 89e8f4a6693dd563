"""The time lines of the body: signals with beats, heart, skin, breath, load, quality, reasons."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.core.enums import BiosignalChannel
from affect_perception.evaluation.report.availability import (
    availability_plot,
    mark_availability,
)
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import AREA_POINTS, Bar, Floats, bars, ticks
from affect_perception.io.table import STAMP, Columns, signal_column

_LANE_PX = 20
_RISE = 0.85
_NAMES = {
    BiosignalChannel.ECG: "ECG",
    BiosignalChannel.PPG: "PPG",
    BiosignalChannel.EDA: "Skin conductance",
    BiosignalChannel.RESPIRATION: "Breathing belt",
    BiosignalChannel.SKIN_TEMPERATURE: "Skin temperature",
    BiosignalChannel.ACCELERATION: "Acceleration",
}
# More marks than this cannot be told apart on a screen.
_MOST_BEATS = 4000


@dataclass(frozen=True)
class BodyData:
    """What the panels are drawn from.

    Attributes:
        physio: Columns of PhysioObservation.
        beats: Columns `stamp_ns` and `source`.
        signals: Time by the stamps in s, and value, thinned, of each signal.
        units: What the signals were measured in, in words.
        truth: Columns of BodyTruth, or None.
    """

    physio: Columns
    beats: Columns
    signals: Mapping[BiosignalChannel, tuple[Floats, Floats]]
    units: Mapping[BiosignalChannel, str]
    truth: Columns | None = None


def physio_panels(data: BodyData, first_ns: int, end: float) -> str:
    """The panels as HTML.

    Args:
        data: What is drawn.
        first_ns: Stamp at which the time axis begins.
        end: Last second of the axis.
    """
    draw = _Drawing(data, first_ns, end)
    plots = [draw.availability(), *draw.signals(), *draw.figures(), draw.quality(), draw.reasons()]
    return "".join(plot.html(end) for plot in plots)


class _Drawing:
    def __init__(self, data: BodyData, first_ns: int, end: float) -> None:
        self._data, self._first_ns, self._end = data, first_ns, end
        self._time = self._seconds(data.physio)
        self._truth_time = self._seconds(data.truth) if data.truth is not None else np.zeros(0)

    def availability(self) -> Plot:
        """Whether there is a heart rate, and why not."""
        return availability_plot(
            "Body", "heart rate available", self._data.physio, self._time, self._end
        )

    def signals(self) -> list[Plot]:
        """Each signal as it came, with the beats that were found in it."""
        found = []
        for channel, (stamps, values) in sorted(self._data.signals.items()):
            if not len(values):
                continue
            # A few samples far out (motion) must not make the rest a flat line.
            low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
            margin = max(0.15 * (high - low), 1e-3 * max(1.0, abs(high)))
            plot = Plot(
                _NAMES[channel],
                html.escape(self._data.units[channel]),
                64,
                low - margin,
                high + margin,
            )
            for value in ticks(low, high, 3):
                plot.rule(value, self._end, "grid")
                plot.tick(value, f"{value:g}")
            self._beats(plot, channel)
            plot.line(stamps - self._first_ns / 1e9, values, "a")
            found.append(plot)
        return found

    def figures(self) -> list[Plot]:
        """What was read from the signals; dashed is the truth."""
        beats = {"rmssd": "RMSSD", "sdnn": "SDNN"}
        plots = [
            self._lines("Heart rate", "per minute; band: one sigma", {"heart_rate": "estimate"},
                        {"heart_rate_bpm": "truth"}, std="heart_rate_std", least=20.0),
            self._lines("Variability", "ms, over the last minute", beats, {"rmssd": "true RMSSD"},
                        factor=1e3, least=20.0),
            self._lines("Skin conductance", "microsiemens",
                        {"skin_conductance_tonic": "level", "whole": "level and fast part"},
                        {"tonic_us": "true level"}, least=0.5),
            self._lines("Skin responses", "in the last minute", {"skin_response_rate": "found"},
                        {"responses_per_min": "truth"}, least=5.0),
            self._lines("Breathing", "per minute", {"respiration_rate": "estimate"},
                        {"respiration_rate_bpm": "truth"}, least=6.0),
            self._lines("Stress", "0 to 1; band: one sigma", {"load.stress": "estimate"},
                        {"stress": "truth"}, std="load.stress_std", span=(0.0, 1.0)),
            self._lines("Cognitive load", "0 to 1; band: one sigma",
                        {"load.cognitive_load": "estimate"}, {}, std="load.cognitive_load_std",
                        span=(0.0, 1.0)),
        ]  # fmt: skip
        return [plot for plot in plots if plot is not None]

    def quality(self) -> Plot:
        """One lane for each channel that was ever received; its line rises with the quality."""
        channels = sorted(self._data.units)
        plot = Plot("Quality", "0 to 1 in each lane", _LANE_PX * len(channels), 0.0, len(channels))
        for index, channel in enumerate(channels):
            base = len(channels) - 1.0 - index
            top, size = 100 * index / len(channels), 100 / len(channels)
            mark_availability(
                plot,
                self._data.physio[signal_column(channel, "availability")],
                self._data.physio[signal_column(channel, "reasons")],
                self._time,
                self._end,
                (top + 0.84 * size, top + size),
                channel.name,
            )
            plot.line(
                self._time, base + _RISE * self._column(signal_column(channel, "quality")), "c"
            )
            plot.lane(index, len(channels), _NAMES[channel])
        return plot

    def reasons(self) -> Plot:
        """One lane for each reason and, thin and grey, for each true fault of a sensor."""
        physio, truth = self._data.physio, self._data.truth
        told = _stretches(
            self._time, [[*a, *b] for a, b in zip(physio["degradation_reasons"],
                                                  physio["load.reasons"], strict=True)],
            self._end,
        )  # fmt: skip
        true = _stretches(self._truth_time, _kinds(truth["faults"]), self._end) if truth else {}
        lanes = [*((name, found, False) for name, found in told.items()),
                 *((name, found, True) for name, found in true.items())]  # fmt: skip
        plot = Plot("Reasons", "grey: true faults" if true else "", max(_LANE_PX * len(lanes), 24))
        for index, (name, found, is_true) in enumerate(lanes):
            top, size = 100 * index / len(lanes), 100 / len(lanes)
            style = "f-truth" if is_true else "f-degraded"
            for bar in found:
                tip = f"{name} {bar.start:.1f} to {bar.end:.1f} s".replace("_", " ")
                plot.box(bar.start, bar.end, top + 0.15 * size, top + 0.85 * size, style, tip)
            label = name.replace("_", " ")
            plot.lane(index, len(lanes), f"true {label}" if is_true else label)
        if not lanes:
            plot.labels.append('<span class="lane" style="top:50%">none</span>')
        return plot

    def _seconds(self, columns: Columns) -> Floats:
        return np.asarray((columns[STAMP] - self._first_ns) / 1e9, np.float64)

    def _column(self, name: str) -> Floats:
        physio = self._data.physio
        if name == "whole":
            return self._column("skin_conductance_tonic") + self._column("skin_conductance_phasic")
        return np.asarray(physio[name], np.float64)

    def _beats(self, plot: Plot, channel: BiosignalChannel) -> None:
        beats = self._data.beats
        stamps = beats[STAMP][beats["source"] == channel]
        if not len(stamps):
            return
        if len(stamps) > _MOST_BEATS:
            plot.note += f"; {len(stamps)} beats, too many to mark"
            return
        marks = "".join(f"M{t:.3f} 0V9" for t in (stamps - self._first_ns) / 1e9)
        plot.shapes.append(f'<path class="beat" d="{marks}"/>')
        plot.key("beat", "beats")

    def _lines(
        self,
        title: str,
        note: str,
        shown: Mapping[str, str],
        true: Mapping[str, str],
        *,
        std: str = "",
        factor: float = 1.0,
        least: float = 1.0,
        span: tuple[float, float] | None = None,
    ) -> Plot | None:
        """Estimates as lines; None if none of them is ever known."""
        lines = {name: factor * self._column(name) for name in shown}
        truths = self._truths(true, factor)
        known = np.concatenate(
            [v[np.isfinite(v)] for v in (*lines.values(), *truths.values())] or [np.zeros(0)]
        )
        if not any(np.isfinite(v).any() for v in lines.values()):
            return None
        low, high = span or _range(known, least)
        plot = Plot(title, note, 90, low, high)
        for value in ticks(low, high, 4):
            plot.rule(value, self._end, "grid")
            plot.tick(value, f"{value:g}")
        for (name, label), style in zip(true.items(), "ab", strict=False):
            if name in truths:
                plot.line(self._truth_time, truths[name], f"{style} true")
                plot.key(f"{style} true", label)
        for (name, label), style in zip(shown.items(), "ab", strict=False):
            if std:
                self._band(plot, lines[name], self._column(std), f"band-{style}")
            plot.line(self._time, lines[name], style)
            plot.key(style, label)
        return plot

    def _truths(self, true: Mapping[str, str], factor: float) -> dict[str, Floats]:
        if self._data.truth is None:
            return {}
        return {n: factor * np.asarray(self._data.truth[n], np.float64) for n in true}

    def _band(self, plot: Plot, values: Floats, std: Floats, style: str) -> None:
        count = len(self._time)
        keep = np.unique(np.linspace(0, count - 1, min(count, AREA_POINTS)).astype(int))
        plot.area(self._time[keep], (values - std)[keep], (values + std)[keep], style)


def _range(known: Floats, least: float) -> tuple[float, float]:
    """From the lowest to the highest value with a margin, at least `least` apart."""
    low, high = float(known.min()), float(known.max())
    margin = max(0.08 * (high - low), 0.5 * (least - (high - low)))
    return (max(0.0, low - margin) if low >= 0.0 else low - margin), high + margin


def _stretches(time: Floats, rows: Sequence[Sequence[str]], end: float) -> dict[str, list[Bar]]:
    """Where each word holds, in the order in which words first appear."""
    words = dict.fromkeys(word for row in rows for word in row)
    return {
        word: [bar for bar in bars(time, [word in row for row in rows], end) if bar.label]
        for word in words
    }


def _kinds(faults: Sequence[Sequence[str]]) -> list[list[str]]:
    """`sensor:kind` by kind: "mains hum: ecg ppg"."""
    rows = []
    for row in faults:
        kinds: dict[str, list[str]] = {}
        for fault in row:
            sensor, _, kind = fault.partition(":")
            kinds.setdefault(kind, []).append(sensor)
        rows.append([f"{kind}: {' '.join(sensors)}" for kind, sensors in kinds.items()])
    return rows
