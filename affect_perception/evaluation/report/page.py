"""The one-page HTML report of a series of states: self-contained, no picture of the driver in it.

The page draws with inline SVG whose x axis is seconds, so that zooming is a change of viewBox; a
small script adds the read-out under the pointer. Without scripts the page still shows everything.
"""

from __future__ import annotations

import html
import json
import string
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AlertLevel, Availability
from affect_perception.evaluation.report.affect_panels import affect_panels
from affect_perception.evaluation.report.events import Event, seconds
from affect_perception.evaluation.report.expression import expression_panels
from affect_perception.evaluation.report.gaze import gaze_section
from affect_perception.evaluation.report.panels import panels
from affect_perception.evaluation.report.physio_panels import BodyData, physio_panels
from affect_perception.evaluation.report.pulse_panel import pulse_panel
from affect_perception.evaluation.report.series import (
    MAX_POINTS,
    Floats,
    aligned,
    compare,
    ticks,
    zone_agreement,
)
from affect_perception.evaluation.report.voice_panels import voice_panels
from affect_perception.io.table import STAMP, Columns

_EVENT_NAMES = {
    "blinks": "blink",
    "yawns": "yawn",
    "eye_closures": "eyes closed",
    "glances_off_road": "glance off road",
    "no_face": "no face",
}

_READOUT = (
    ("head_yaw", "head yaw", "°"),
    ("head_pitch", "head pitch", "°"),
    ("gaze_yaw", "gaze yaw", "°"),
    ("gaze_pitch", "gaze pitch", "°"),
    ("left_eye_openness", "left eye", ""),
    ("right_eye_openness", "right eye", ""),
    ("off_road_duration", "off road", " s"),
)


def write_report(
    path: Path,
    states: Columns,
    summary: Mapping[str, Any],
    truth: Columns | None = None,
    cabin: CabinGeometry | None = None,
    voice: Columns | None = None,
    faces: Columns | None = None,
    body: BodyData | None = None,
    affect: Columns | None = None,
) -> None:
    """Writes the report.

    Args:
        path: HTML file.
        states: Columns of AttentionState.
        summary: What `replay.summarize` returns; its `times` are not shown, so that equal states
            give equal reports.
        truth: Columns of the truth with `stamp_ns`, where there is one.
        cabin: The cabin that the states speak of, for the map of gaze; None leaves it out.
        voice: Columns of VoiceObservation, where there was sound.
        faces: Columns of FaceObservation, for expression and pulse; None leaves them out.
        body: What was read from body signals, where there were any.
        affect: Columns of AffectState, where there was more than one modality.
    """
    page = report_html(states, summary, truth, cabin, voice, faces, body, affect)
    path.write_text(page, encoding="utf-8")


def report_html(
    states: Columns,
    summary: Mapping[str, Any],
    truth: Columns | None = None,
    cabin: CabinGeometry | None = None,
    voice: Columns | None = None,
    faces: Columns | None = None,
    body: BodyData | None = None,
    affect: Columns | None = None,
) -> str:
    """The page as text; see `write_report`."""
    time = seconds(states)
    end = max(float(time.max()), 1e-3)
    first = int(states[STAMP][0])
    lines = panels(states, time, end, summary, truth)
    lines += affect_panels(affect, first, end) if affect else ""
    lines += expression_panels(faces, first, end) if faces is not None else ""
    lines += pulse_panel(faces, first, end) if faces is not None else ""
    lines += voice_panels(voice, first, end) if voice else ""
    lines += physio_panels(body, first, end) if body is not None else ""
    return fill_page(
        title=_text(summary["input"]),
        subtitle=_subtitle(summary),
        facts=_facts(states, summary, truth),
        truth_note=" Dashed lines and grey bars are the truth of the scenario." if truth else "",
        axis=axis(end),
        panels=lines,
        gaze=gaze_section(states, cabin, truth) if cabin is not None else "",
        events=_events(summary),
        accuracy=_accuracy(states, truth),
        availability=_availability(summary),
        setting=setting_table(summary),
        data=_readout(states, time, end, truth),
    )


def fill_page(*, data: dict[str, Any], **parts: str) -> str:
    """The template with its parts; `data` is what the script reads."""
    template = resources.files("affect_perception.evaluation.report").joinpath("page.html")
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    return string.Template(template.read_text(encoding="utf-8")).substitute(parts, data=text)


def _text(value: object) -> str:
    return html.escape(str(value))


def _subtitle(summary: Mapping[str, Any]) -> str:
    return (
        f"{summary['seconds']:.1f} s, {summary['frames']} pictures, "
        f"cabin {_text(summary['setting'].get('cabin', 'unknown'))}, "
        f"affect_perception {_text(summary['version'])}"
    )


def _facts(states: Columns, summary: Mapping[str, Any], truth: Columns | None) -> str:
    events, frames = summary["events"], max(summary["frames"], 1)
    glances = [e["duration_s"] for e in events["glances_off_road"]]
    closures = [e["duration_s"] for e in events["eye_closures"]]
    loud = _episodes([e for e in summary["alerts"] if e["level"] in ("warning", "critical")])
    minutes = max(summary["seconds"], 1.0) / 60.0
    blinks = len(events["blinks"])
    facts = [
        ("face tracked", f"{100 * summary['tracked_frames'] / frames:.1f} %", "of the pictures"),
        ("warnings", str(loud), "warning or critical"),
        ("glances off road", str(len(glances)), _longest(glances)),
        ("eyes closed ≥ 0.5 s", str(len(closures)), _longest(closures)),
        ("blinks", str(blinks), f"{blinks / minutes:.0f} per minute"),
    ]
    if truth:
        agreement, n = zone_agreement(states, truth)
        if n:
            facts.append(("gaze zone right", f"{100 * agreement:.0f} %", f"of {n} states"))
    cells = []
    for name, value, note in facts:
        alarm = ' class="alarm"' if name == "warnings" and loud else ""
        cells.append(f"<div{alarm}><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>")
    return "".join(cells)


def _episodes(alerts: list[Event]) -> int:
    """Alerts that follow each other without a pause count once."""
    ends = [alert["end_s"] for alert in alerts]
    return sum(i == 0 or a["start_s"] > ends[i - 1] for i, a in enumerate(alerts))


def _longest(durations: list[float]) -> str:
    return f"longest {max(durations):.1f} s" if durations else "none"


def axis(end: float) -> str:
    """Labels of the time axis."""
    return "".join(
        f'<span style="left:{100 * t / end:.2f}%">{t:g} s</span>' for t in ticks(0.0, end)
    )


def _events(summary: Mapping[str, Any]) -> str:
    rows: list[tuple[float, str]] = []
    for kind, events in summary["events"].items():
        rows += [(e["start_s"], _event_row(e, _EVENT_NAMES[kind], _detail(e))) for e in events]
    for alert in summary["alerts"]:
        tag = f'<span class="tag {alert["level"]}">{alert["level"]}</span>'
        reasons = ", ".join(_words(reason) for reason in alert["reasons"])
        rows.append((alert["start_s"], _event_row(alert, tag, reasons)))
    if not rows:
        return '<p class="soft">None.</p>'
    rows.sort(key=lambda row: row[0])
    head = '<tr><th class="n">start</th><th class="n">duration</th><th>event</th><th></th></tr>'
    body = "".join(row for _, row in rows)
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _event_row(event: Event, name: str, detail: str) -> str:
    return (
        f'<tr><td class="n"><button data-start="{event["start_s"]}" data-end="{event["end_s"]}">'
        f'{event["start_s"]:.2f} s</button></td><td class="n">{event["duration_s"]:.2f} s</td>'
        f"<td>{name}</td><td>{_text(detail)}</td></tr>"
    )


def _detail(event: Event) -> str:
    return _words(event.get("zone", ""))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _accuracy(states: Columns, truth: Columns | None) -> str:
    if not truth:
        return ""
    rows = "".join(
        f'<tr><td>{c.name}</td><td class="n">{_measure(c.mae, c.unit)}</td>'
        f'<td class="n">{_measure(c.bias, c.unit, sign="+")}</td>'
        f'<td class="n">{_number(c.correlation)}</td><td class="n">{c.n}</td></tr>'
        for c in compare(states, truth)
    )
    head = (
        '<tr><th>against the truth</th><th class="n">mean error</th><th class="n">bias</th>'
        '<th class="n">correlation</th><th class="n">n</th></tr>'
    )
    return f"<h2>Accuracy</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _measure(value: float, unit: str, sign: str = "") -> str:
    return f"{value:{sign}.1f}°" if unit == "deg" else f"{value:{sign}.2f}"


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _availability(summary: Mapping[str, Any]) -> str:
    shares = {k: v for k, v in summary["availability"].items() if v > 0}
    rows = "".join(
        f'<tr><td>{_text(k)}</td><td class="n">{100 * v:.1f} %</td></tr>' for k, v in shares.items()
    )
    rows += "".join(
        f'<tr><td class="soft">reason {_text(_words(k))}</td>'
        f'<td class="n">{100 * v:.1f} %</td></tr>'
        for k, v in summary["degradation_reasons"].items()
    )
    if summary["unusable_frames"]:
        first = _text(summary["unusable_frames_first"][0]["error"])
        rows += (
            f"<tr><td>pictures that could not be used (first: {first})</td>"
            f'<td class="n">{summary["unusable_frames"]}</td></tr>'
        )
    return f"<table><tbody>{rows}</tbody></table>"


def setting_table(summary: Mapping[str, Any]) -> str:
    """What it ran with."""
    rows = "".join(
        f"<tr><td>{_text(name)}</td><td><code>{_text(value)}</code></td></tr>"
        for name, value in summary["setting"].items()
    )
    return (
        f"<table><tbody>{rows}</tbody></table>"
        '<p class="soft small">The page holds no picture and loads nothing.</p>'
    )


def _readout(states: Columns, time: Floats, end: float, truth: Columns | None) -> dict[str, Any]:
    """Values for the read-out, thinned to what a pointer can tell apart."""
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), MAX_POINTS)).astype(int))
    truth_row = _rows_of_truth(states, truth)
    fields: list[dict[str, Any]] = [
        _field("time", [f"{t:.2f} s" for t in time[keep]]),
        _field("state", [Availability(v).name.lower() for v in states["availability"][keep]]),
        _field("alert", [AlertLevel(v).name.lower() for v in states["alert_level"][keep]]),
        _field(
            "gaze zone",
            [_words(states["gaze_zone"][i]) for i in keep],
            _truth_texts(truth, "gaze_zone", truth_row, keep),
        ),
    ]
    for column, label, unit in _READOUT:
        factor, digits = (np.degrees(1.0), 0) if unit == "°" else (1.0, 2)
        field = _field(label, _rounded(states[column][keep] * factor, digits))
        if truth and column in truth:
            values = np.where(truth_row < 0, np.nan, np.asarray(truth[column])[truth_row])
            field["truth"] = _rounded(values[keep] * factor, digits)
        fields.append({**field, "unit": unit, "digits": digits})
    return {"end": end, "t": _rounded(time[keep], 3), "fields": fields}


def _field(label: str, values: list[Any], truth: list[Any] | None = None) -> dict[str, Any]:
    field: dict[str, Any] = {"label": label, "values": values}
    if truth is not None:
        field["truth"] = truth
    return field


def _rows_of_truth(states: Columns, truth: Columns | None) -> Any:
    rows = np.full(len(states["stamp_ns"]), -1)
    if truth:
        mine, theirs = aligned(states, truth)
        rows[mine] = theirs
    return rows


def _truth_texts(truth: Columns | None, column: str, rows: Any, keep: Any) -> list[Any] | None:
    if not truth or column not in truth:
        return None
    return [_words(truth[column][rows[i]]) if rows[i] >= 0 else None for i in keep]


def _rounded(values: Any, digits: int) -> list[float | None]:
    return [
        (round(float(v), digits) + 0.0) if np.isfinite(v) else None
        for v in np.asarray(values, np.float64)
    ]
