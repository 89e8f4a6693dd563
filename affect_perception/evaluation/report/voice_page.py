"""The HTML report of a recording of nothing but sound; the page is that of the pictures."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, TriState
from affect_perception.evaluation.report.page import axis, fill_page, setting_table
from affect_perception.evaluation.report.series import MAX_POINTS
from affect_perception.evaluation.report.voice_panels import voice_panels
from affect_perception.io.table import STAMP, Columns

_READOUT = (
    ("level_dbfs", "level", " dB", 0),
    ("speech_probability", "speech", "", 2),
    ("speech_rate", "syllables", " /s", 1),
    ("valence", "valence", "", 2),
    ("arousal", "arousal", "", 2),
)


def write_sound_report(path: Path, voice: Columns, summary: Mapping[str, Any]) -> None:
    """Writes the report.

    Args:
        path: HTML file.
        voice: Columns of VoiceObservation with one column for each class.
        summary: What `replay.summarize` returns; its `times` are not shown.
    """
    first = int(voice[STAMP][0])
    end = max(float((voice[STAMP][-1] - first) / 1e9), 1e-3)
    page = fill_page(
        title=html.escape(summary["input"]),
        subtitle=f"{summary['seconds']:.1f} s of sound, "
        f"affect_perception {html.escape(summary['version'])}",
        facts=_facts(summary["voice"]),
        truth_note="",
        axis=axis(end),
        panels=voice_panels(voice, first, end),
        gaze="",
        events=_talks(summary["voice"]["talks"]),
        accuracy="",
        availability=_availability(summary["voice"]),
        setting=setting_table(summary),
        data=_readout(voice, end),
    )
    path.write_text(page, encoding="utf-8")


def _facts(voice: Mapping[str, Any]) -> str:
    share = voice["talking_share"]
    longest = max((talk["duration_s"] for talk in voice["talks"]), default=0.0)
    facts = (
        ("talking", "unknown" if share is None else f"{100 * share:.1f} %", "of the time"),
        ("talks", str(len(voice["talks"])), f"longest {longest:.1f} s"),
        ("sentences", str(voice["sentences"]), "that the speaker's mean rests on"),
    )
    return "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>"
        for name, value, note in facts
    )


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


def _availability(voice: Mapping[str, Any]) -> str:
    shares = [(name, share) for name, share in voice["availability"].items() if share > 0]
    shares += [
        (f"reason {name.replace('_', ' ')}", share)
        for name, share in voice["degradation_reasons"].items()
    ]
    rows = "".join(
        f'<tr><td>{name}</td><td class="n">{100 * share:.1f} %</td></tr>' for name, share in shares
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _readout(voice: Columns, end: float) -> dict[str, Any]:
    """Values for the read-out, thinned to what a pointer can tell apart."""
    time = (voice[STAMP] - voice[STAMP][0]) / 1e9
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), MAX_POINTS)).astype(int))
    fields: list[dict[str, Any]] = [
        {"label": "time", "values": [f"{t:.2f} s" for t in time[keep]]},
        {"label": "state", "values": [_word(Availability, v) for v in voice["availability"][keep]]},
        {"label": "talking", "values": [_word(TriState, v) for v in voice["talking"][keep]]},
    ]
    for column, label, unit, digits in _READOUT:
        values = _rounded(voice[column][keep], digits)
        fields.append({"label": label, "values": values, "unit": unit, "digits": digits})
    return {"end": end, "t": _rounded(time[keep], 3), "fields": fields}


def _word(kind: type[Any], value: int) -> str:
    return str(kind(value).name.lower())


def _rounded(values: Any, digits: int) -> list[float | None]:
    return [round(float(v), digits) + 0.0 if np.isfinite(v) else None for v in values]
