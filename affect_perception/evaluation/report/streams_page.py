"""The HTML report of a recording without pictures: sound, body signals, or both."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, BiosignalChannel, TriState
from affect_perception.evaluation.report.affect_panels import affect_panels
from affect_perception.evaluation.report.availability import share_rows
from affect_perception.evaluation.report.page import axis, fill_page, setting_table
from affect_perception.evaluation.report.physio_panels import BodyData, physio_panels
from affect_perception.evaluation.report.series import MAX_POINTS, Floats
from affect_perception.evaluation.report.voice_panels import voice_panels
from affect_perception.io.table import STAMP, Columns

_VOICE_READOUT = (
    ("level_dbfs", "level", " dB", 0),
    ("speech_probability", "speech", "", 2),
    ("speech_rate", "syllables", " /s", 1),
    ("valence", "valence", "", 2),
    ("arousal", "arousal", "", 2),
)
_BODY_READOUT = (
    ("heart_rate", "heart rate", " /min", 1, "heart_rate_bpm"),
    ("rmssd", "RMSSD", " s", 3, "rmssd"),
    ("skin_conductance_tonic", "skin level", " uS", 2, "tonic_us"),
    ("skin_response_rate", "responses", " /min", 0, "responses_per_min"),
    ("respiration_rate", "breaths", " /min", 1, "respiration_rate_bpm"),
    ("load.stress", "stress", "", 2, "stress"),
    ("load.cognitive_load", "load", "", 2, ""),
)
Fact = tuple[str, str, str]


def write_streams_report(
    path: Path,
    summary: Mapping[str, Any],
    voice: Columns | None = None,
    body: BodyData | None = None,
    affect: Columns | None = None,
) -> None:
    """Writes the report.

    Args:
        path: HTML file.
        summary: What `replay.summarize` returns; its `times` are not shown.
        voice: Columns of VoiceObservation with one column for each class, where there was sound.
        body: What was read from body signals, where there were any. Not both may be None.
        affect: Columns of AffectState, where there were both.
    """
    first = int(summary["first_stamp_ns"])
    tables = [columns for columns in (voice, body.physio if body else None) if columns]
    end = max(1e-3, *(float((columns[STAMP][-1] - first) / 1e9) for columns in tables))
    what = " and ".join(["sound"] * (voice is not None) + ["body signals"] * (body is not None))
    facts = [*(_voice_facts(summary["voice"]) if voice else ())]
    facts += _body_facts(summary["physio"]) if body else ()
    panels = affect_panels(affect, first, end) if affect else ""
    panels += voice_panels(voice, first, end) if voice else ""
    panels += physio_panels(body, first, end) if body else ""
    has_truth = body is not None and body.truth is not None
    page = fill_page(
        title=html.escape(summary["input"]),
        subtitle=f"{summary['seconds']:.1f} s of {what}, "
        f"affect_perception {html.escape(summary['version'])}",
        facts="".join(
            f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>"
            for name, value, note in facts
        ),
        truth_note=" Dashed lines and grey bars are the truth of the scenario." * has_truth,
        axis=axis(end),
        panels=panels,
        gaze="",
        events=_talks(summary["voice"]["talks"]) if voice else _channels(summary["physio"]),
        accuracy="",
        availability=_availability(summary),
        setting=setting_table(summary),
        data=_readout(voice, body, first, end),
    )
    path.write_text(page, encoding="utf-8")


def body_units(units: Mapping[BiosignalChannel, set[str]]) -> dict[BiosignalChannel, str]:
    """The units of each channel in words."""
    names = {"": "unit not told", "1": "no unit"}
    return {c: ", ".join(names.get(u, u) for u in sorted(found)) for c, found in units.items()}


def _voice_facts(voice: Mapping[str, Any]) -> tuple[Fact, ...]:
    share = voice["talking_share"]
    longest = max((talk["duration_s"] for talk in voice["talks"]), default=0.0)
    return (
        ("talking", "unknown" if share is None else f"{100 * share:.1f} %", "of the time"),
        ("talks", str(len(voice["talks"])), f"longest {longest:.1f} s"),
        ("sentences", str(voice["sentences"]), "that the speaker's mean rests on"),
    )


def _body_facts(physio: Mapping[str, Any]) -> list[Fact]:
    shown = (
        ("heart_rate", "heart rate", 1.0, 0, "per minute"),
        ("rmssd", "RMSSD", 1e3, 0, "ms"),
        ("respiration_rate", "breathing", 1.0, 1, "per minute"),
        ("skin_conductance_tonic", "skin level", 1.0, 1, "uS"),
        ("stress", "stress", 1.0, 2, "0 to 1"),
    )
    facts: list[Fact] = [("beats", str(physio["beats"]), f"{len(physio['channels'])} signals")]
    for name, label, factor, digits, unit in shown:
        found = physio["figures"].get(name)
        if found is None:
            facts.append((label, "unknown", ""))
            continue
        low, middle, high = (f"{factor * found[k]:.{digits}f}" for k in ("p5", "median", "p95"))
        facts.append((label, middle, f"{unit}; 5 to 95 %: {low} to {high}"))
    return facts


def _talks(talks: list[dict[str, float]]) -> str:
    if not talks:
        return '<p class="soft">None.</p>'
    rows = "".join(
        f'<tr><td class="n"><button data-start="{t["start_s"]}" data-end="{t["end_s"]}">'
        f'{t["start_s"]:.2f} s</button></td><td class="n">{t["duration_s"]:.2f} s</td>'
        "<td>talking</td></tr>"
        for t in talks
    )
    head = '<tr><th class="n">start</th><th class="n">duration</th><th>event</th></tr>'
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _channels(physio: Mapping[str, Any]) -> str:
    head = (
        '<tr><th>signal</th><th>unit</th><th class="n">rate, learned</th>'
        '<th class="n">usable</th><th class="n">mean quality</th></tr>'
    )
    rows = "".join(
        f"<tr><td>{name.replace('_', ' ')}</td><td>{html.escape(', '.join(c['units']))}</td>"
        f'<td class="n">{_known(c["rate_hz"], 2, " Hz")}</td>'
        f'<td class="n">{100 * c["usable_share"]:.1f} %</td>'
        f'<td class="n">{_known(c["mean_quality"], 2)}</td></tr>'
        for name, c in physio["channels"].items()
    )
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _known(value: float | None, digits: int, unit: str = "") -> str:
    return "–" if value is None else f"{value:.{digits}f}{unit}"


def _availability(summary: Mapping[str, Any]) -> str:
    parts = [summary[name] for name in ("voice", "physio") if name in summary]
    return f"<table><tbody>{''.join(map(share_rows, parts))}</tbody></table>"


def _readout(
    voice: Columns | None, body: BodyData | None, first_ns: int, end: float
) -> dict[str, Any]:
    """Values for the read-out, thinned to what a pointer can tell apart.

    Of the body where there is one, else of the voice.
    """
    columns = body.physio if body is not None else voice
    assert columns is not None
    time = np.asarray((columns[STAMP] - first_ns) / 1e9, np.float64)
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), MAX_POINTS)).astype(int))
    fields: list[dict[str, Any]] = [
        {"label": "time", "values": [f"{t:.2f} s" for t in time[keep]]},
        {
            "label": "state",
            "values": [_word(Availability, v) for v in columns["availability"][keep]],
        },
    ]
    if body is not None:
        fields += _body_fields(body, time, keep, first_ns)
    else:
        values = [_word(TriState, v) for v in columns["talking"][keep]]
        fields.append({"label": "talking", "values": values})
        for name, label, unit, digits in _VOICE_READOUT:
            fields.append(_field(label, columns[name][keep], unit, digits))
    return {"end": end, "t": _rounded(time[keep], 3), "fields": fields}


def _body_fields(body: BodyData, time: Floats, keep: Any, first_ns: int) -> list[dict[str, Any]]:
    fields = []
    for name, label, unit, digits, true in _BODY_READOUT:
        field = _field(label, body.physio[name][keep], unit, digits)
        if true and body.truth is not None:
            at = (body.truth[STAMP] - first_ns) / 1e9
            near = np.clip(np.searchsorted(at, time[keep]), 0, len(at) - 1)
            field["truth"] = _rounded(np.asarray(body.truth[true], np.float64)[near], digits)
        fields.append(field)
    return fields


def _field(label: str, values: Any, unit: str, digits: int) -> dict[str, Any]:
    return {"label": label, "values": _rounded(values, digits), "unit": unit, "digits": digits}


def _word(kind: type[Any], value: int) -> str:
    return str(kind(value).name.lower())


def _rounded(values: Any, digits: int) -> list[float | None]:
    return [round(float(v), digits) + 0.0 if np.isfinite(v) else None for v in values]
