"""Shows the state beside the truth: a live table, or lines where there is no terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from affect_perception.core.enums import AlertLevel, Availability, EyesState, TriState
from affect_perception.evaluation.replay.live import Moment

_BLINK_S = 0.4
_STEADY_S = 0.2
_DRAW_EVERY_S = 0.12
_BAR = 12
_MODALITIES = ("face", "voice", "body")
_NAME_WIDTH = 14
_LEVEL_STYLE = {
    AlertLevel.UNKNOWN: "dim",
    AlertLevel.NONE: "green",
    AlertLevel.INFO: "blue",
    AlertLevel.WARNING: "bold black on yellow",
    AlertLevel.CRITICAL: "bold white on red",
}
_KINDS = {
    "road": "green",
    "away": "dark_orange",
    "closed": "magenta",
    "nobody": "grey50",
    "unknown": "grey30",
}


class View(Protocol):
    """Shows moments one by one; a context manager."""

    def __enter__(self) -> View: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, moment: Moment) -> None:
        """Shows a state."""
        ...


def state_kind(state: Mapping[str, Any]) -> str:
    """One word for what the state says: road, away, closed, nobody or unknown."""
    if "no_face" in state["degradation_reasons"]:
        return "nobody"
    if state["eyes_state"] == EyesState.CLOSED and state["eye_closure_duration"] >= _BLINK_S:
        return "closed"
    return {TriState.YES: "road", TriState.NO: "away"}.get(state["eyes_on_road"], "unknown")


def state_words(state: Mapping[str, Any]) -> str:
    """What the state says, in a few words."""
    kind = state_kind(state)
    zone = state["gaze_zone"].replace("_", " ")
    if kind == "closed":
        return f"eyes closed {_seconds(state['eye_closure_duration'])}"
    if kind == "away":
        return f"off road: {zone} {_seconds(state['off_road_duration'])}"
    if kind == "road":
        return f"on road: {zone}"
    reasons = ", ".join(state["degradation_reasons"]).replace("_", " ")
    return "nobody seen" if kind == "nobody" else f"no statement ({reasons or 'not yet'})"


def alert_words(state: Mapping[str, Any]) -> str:
    """Level and reasons of the alert."""
    level = AlertLevel(state["alert_level"]).name.lower()
    reasons = ", ".join(state["alert_reasons"]).replace("_", " ")
    return f"{level}: {reasons}" if reasons else level


def truth_kind(truth: Mapping[str, Any]) -> str:
    """The word of `state_kind` for the script's label."""
    if not truth["present"]:
        return "nobody"
    if truth["eyes_closed"]:
        return "closed"
    on_road = truth["gaze_target"] in ("road", "windscreen")
    return "road" if on_road else "away" if truth["gaze_target"] else "unknown"


class PlainView:
    """A line whenever something changes, for logs and CI."""

    def __init__(self) -> None:
        """Starts before the first state."""
        self._first: int | None = None
        self._said: tuple[str, ...] = ()
        self._new: tuple[str, ...] = ()
        self._since = 0

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, moment: Moment) -> None:
        """Prints a line when stretch, kind of state, zone or alert have changed for a while."""
        self._first = moment.stamp_ns if self._first is None else self._first
        state, truth = moment.state, moment.truth
        label = truth["label"].replace("_", " ") if truth else ""
        kind = state_kind(state)
        zone = state["gaze_zone"] if kind == "away" else ""
        key = (label, kind, zone, alert_words(state), _talk_words(moment.affect))
        if key != self._new:
            self._new, self._since = key, moment.stamp_ns
        if key == self._said or moment.stamp_ns - self._since < _STEADY_S * 1e9:
            return
        self._said = key
        time = (moment.stamp_ns - self._first) / 1e9
        script = f"  script: {label:14s}" if truth else ""
        words = state_words(state)
        body = _body_words(moment.affect)
        line = f"{time:6.2f} s{script}  state: {words:38s}{body}  alert: {key[3]}"
        print(line, flush=True)


def _talk_words(affect: Mapping[str, Any] | None) -> str:
    return "talks" if affect is not None and affect["talking"] == TriState.YES else ""


def _body_words(affect: Mapping[str, Any] | None) -> str:
    """Heart and talk, in a fixed width; nothing without an affect state."""
    if affect is None:
        return ""
    return f"  heart {_number(affect, 'heart_rate', '/min'):8s} {_talk_words(affect):6s}"


class LiveView:
    """A table that changes in place."""

    def __init__(self, title: str, seconds: float) -> None:
        """`seconds` is the expected length, for the strip; inf shows the last minute."""
        from rich.console import Console
        from rich.live import Live

        self._title, self._length = title, seconds
        self._first: int | None = None
        self._seen: list[tuple[float, str, str]] = []
        self._next = 0.0
        console = Console()
        self._strip_cells = max(16, (console.width - _NAME_WIDTH - 10) * 3 // 5 - 2)
        self._live = Live(console=console, refresh_per_second=10, transient=False)

    def __enter__(self) -> LiveView:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, moment: Moment) -> None:
        """Draws a state beside the truth."""
        self._first = moment.stamp_ns if self._first is None else self._first
        time = (moment.stamp_ns - self._first) / 1e9
        truth = moment.truth
        kinds = (state_kind(moment.state), truth_kind(truth) if truth else "unknown")
        self._seen.append((time, *kinds))
        # Drawing costs some milliseconds: not at the rate of the camera.
        if time >= self._next:
            self._next = time + _DRAW_EVERY_S
            self._live.update(self.drawn(moment))

    def drawn(self, moment: Moment) -> Any:
        """The table for a moment that was shown, as a rich renderable."""
        from rich import box
        from rich.panel import Panel
        from rich.table import Table
        from rich.text import Text

        state, truth, time = moment.state, moment.truth, self._seen[-1][0]
        table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
        table.add_column("", style="dim", width=_NAME_WIDTH, no_wrap=True)
        table.add_column("state", ratio=3, no_wrap=True)
        if truth:
            table.add_column("script", ratio=2, no_wrap=True)
        for name, value, true in self._rows(moment):
            table.add_row(name, value, *((true,) if truth else ()))
        table.add_row("alert", Text(alert_words(state), _LEVEL_STYLE[state["alert_level"]]), "")
        table.add_row("", "")
        table.add_row("state so far", self._strip(1))
        if truth:
            table.add_row("script so far", self._strip(2))
        legend = Text.assemble(
            *(part for kind, style in _KINDS.items() for part in (("■ ", style), f"{kind} "))
        )
        table.add_row("", legend)
        label = f"  {truth['label'].replace('_', ' ')}" if truth else ""
        title = f"{self._title}  {time:5.1f} s{label}"
        return Panel(table, title=title, title_align="left", border_style="dim")

    def _rows(self, moment: Moment) -> list[tuple[str, Any, Any]]:
        from rich.text import Text

        state, truth = moment.state, moment.truth
        t: Mapping[str, Any] = truth or {}
        kind = state_kind(state)
        looks = t.get("gaze_target", "").replace("_", " ") if t.get("present") else "nobody"
        if t.get("eyes_closed"):
            looks = "eyes closed"
        rows: list[tuple[str, Any, Any]] = [
            ("driver", Text(state_words(state), _KINDS[kind]), looks),
            ("head", _angles(state, "head"), _angles(t, "head")),
            ("gaze", _angles(state, "gaze"), _angles(t, "gaze")),
            ("left eye", _bar(state["left_eye_openness"]), _bar(t.get("lid_opening_left"))),
            ("right eye", _bar(state["right_eye_openness"]), _bar(t.get("lid_opening_right"))),
            ("buffer", _bar(state["attention_buffer"], 2.0, " s"), ""),
            ("blinks, yawns", f"{state['blink_count']}, {state['yawn_count']}", ""),
        ]
        rows += affect_rows(moment.affect, truth, moment.body)
        latencies = [_latency(state, "picture to attention")]
        latencies += [_latency(moment.affect, "newest input to affect")] if moment.affect else []
        if any(latencies):
            rows.append(("latency", ", ".join(filter(None, latencies)), ""))
        return rows

    def _strip(self, column: int) -> Any:
        """One character per stretch of time, coloured by what was mostly there."""
        from rich.text import Text

        now = self._seen[-1][0]
        length = max(self._length, 1.0) if math.isfinite(self._length) else 60.0
        start = max(0.0, now - length)
        cells: list[dict[str, int]] = [{} for _ in range(self._strip_cells)]
        for seen in self._seen:
            index = int((seen[0] - start) / length * self._strip_cells)
            if 0 <= index < self._strip_cells:
                word = str(seen[column])
                cells[index][word] = cells[index].get(word, 0) + 1
        text = Text()
        for cell in cells:
            kind = max(cell, key=lambda word: cell[word]) if cell else ""
            text.append("█" if kind else "·", _KINDS.get(kind, "grey23"))
        return text


def affect_rows(
    affect: Mapping[str, Any] | None,
    truth: Mapping[str, Any] | None,
    body: Mapping[str, Any] | None,
) -> list[tuple[str, str, str]]:
    """Name, what the affect state says, what the script does; nothing without a state.

    What the face and the voice of a synthetic driver express is no truth, so the script has none.
    """
    if affect is None:
        return []
    b: Mapping[str, Any] = body or {}
    talks = "" if truth is None else "talks" if truth["talking"] else "silent"
    words = {TriState.YES: "talks", TriState.NO: "silent"}
    parts = zip(_MODALITIES, affect["modalities"], strict=True)
    senses = "  ".join(f"{name} {_availability(part)}" for name, part in parts)
    return [
        ("heart", _with_std(affect, "heart_rate", "/min", 0), _number(b, "heart_rate_bpm", "/min")),
        (
            "breath",
            _number(affect, "respiration_rate", "/min"),
            _number(b, "respiration_rate_bpm", "/min"),
        ),
        ("stress", _with_std(affect, "stress", "", 2), _number(b, "stress", "", 2)),
        ("voice", words.get(affect["talking"], "not known"), talks),
        ("expression", _feeling(affect), "not scripted" if truth else ""),
        ("senses", senses, ""),
    ]


def _availability(part: Mapping[str, Any]) -> str:
    if part["reasons"]:
        return str(part["reasons"][0]).replace("_", " ")
    level = part["availability"]
    return "ok" if level == Availability.AVAILABLE else Availability(level).name.lower()


def _feeling(affect: Mapping[str, Any]) -> str:
    if not math.isfinite(affect["valence"]):
        return "–"
    return (
        f"valence {affect['valence']:+.1f} ± {affect['valence_std']:.1f}, "
        f"arousal {affect['arousal']:+.1f} ± {affect['arousal_std']:.1f}"
    )


def _with_std(values: Mapping[str, Any], name: str, unit: str, digits: int) -> str:
    if not math.isfinite(values[name]):
        return "–"
    return f"{values[name]:.{digits}f} ± {values[f'{name}_std']:.{max(digits, 1)}f} {unit}".rstrip()


def _number(values: Mapping[str, Any], name: str, unit: str, digits: int = 0) -> str:
    value = values.get(name)
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f} {unit}".rstrip()


def _latency(state: Mapping[str, Any], words: str) -> str:
    latency = state["latency"]
    return f"{1e3 * latency:.0f} ms {words}" if math.isfinite(latency) else ""


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if math.isfinite(value) else ""


def _angles(values: Mapping[str, Any], name: str) -> str:
    yaw, pitch = values.get(f"{name}_yaw"), values.get(f"{name}_pitch")
    if yaw is None or pitch is None or not math.isfinite(yaw):
        return "–"
    return f"yaw {round(math.degrees(yaw)):+4d}°  pitch {round(math.degrees(pitch)):+4d}°"


def _bar(value: float | None, full: float = 1.0, unit: str = "") -> str:
    if value is None or not math.isfinite(value):
        return "–"
    filled = round(_BAR * min(max(value / full, 0.0), 1.0))
    return f"{'█' * filled}{'░' * (_BAR - filled)} {value:.2f}{unit}"
