"""Compares what was said of a drive with its script: what was found, how late, and what is false.

Only what a script decides is compared: where the driver looks, lids, yawns, talk, presence, alerts
that must follow from these, and the heart. What a rendered face expresses and how a made voice
sounds mean nothing, so valence, arousal and classes are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import TriState
from affect_perception.evaluation.report.events import Event, runs, span
from affect_perception.io.table import STAMP, Columns

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

SHORTEST_GLANCE_S = 0.6
"""Scripted looks off the road shorter than this are no glances (a saccade is on its way)."""
SHORTEST_CLOSURE_S = 0.5
SLACK_S = 1.0
"""What is said so long after the scripted end still belongs to it: filters and hold times."""
ALERT_SLACK_S = 5.0
"""Alerts stay for the hold time of the profile, and until the driver has looked ahead again."""
LONG_GLANCE_S = 3.5
"""Scripted glances this long must bring a warning: the limits of the profiles for the strictest
area are 3 to 3.5 s (docs/attention.md); shorter ones of a script must bring none."""
MICROSLEEP_S = 1.5
"""Scripted closures this long must: 1 to 1.5 s are the limits of the profiles."""
HEART_STEP = 8.0
"""A change of the scripted heart rate that is to be found, 1/min."""
HEART_LAG_S = 10.0
"""Heart rate is that of the last beats: a change may be said so long after the script's next."""
_MERGE_TALK_S = 1.0


@dataclass(frozen=True)
class Scripted:
    """Something of the script, and whether it was said.

    Attributes:
        what: In words.
        start_s: When it begins, s since the first picture.
        end_s: When it ends.
        said_s: When it was said first; None if never.
        delay_s: From the beginning to that.
    """

    what: str
    start_s: float
    end_s: float
    said_s: float | None

    @property
    def delay_s(self) -> float | None:
        """Time from the beginning until it was said, s; None if never."""
        return None if self.said_s is None else round(max(0.0, self.said_s - self.start_s), 3)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "delay_s": self.delay_s}


def compare_with_script(
    summary: dict[str, Any],
    truth: Columns,
    road_zones: Sequence[str],
    voice: Columns | None = None,
    physio: Columns | None = None,
    body_truth: Columns | None = None,
) -> dict[str, Any]:
    """What was found of the script.

    Args:
        summary: With `events`, `alerts` and `first_stamp_ns`.
        truth: Columns of the driver's truth.
        road_zones: Gaze zones that count as the road.
        voice: Columns of VoiceObservation, where there was sound.
        physio: Columns of PhysioObservation, where there were body signals.
        body_truth: Columns of the body's truth.

    Returns:
        `{"states": [...], "missed": n, "false": [{"what", "start_s", "end_s"}], "heart": {...}}`,
        times in s since the first picture.
    """
    first = int(summary["first_stamp_ns"])
    scripted = scripted_spans(truth, first, road_zones)
    if voice is None:
        scripted.pop("talking")
    said = _said_spans(summary, voice, first)
    states = [
        Scripted(name, *one, _first_said(said[name], one, _slack(name)))
        for name, spans in scripted.items()
        for one in spans
    ]
    false = [
        {"what": name, "start_s": one[0], "end_s": one[1]}
        for name, spans in said.items()
        for one in spans
        if not any(_overlap(one, other, _slack(name)) for other in _allowed(name, scripted))
    ]
    result: dict[str, Any] = {}
    if physio is not None and body_truth is not None:
        changes, heart = _heart(physio, body_truth, first)
        states += changes
        result["heart"] = heart
    states.sort(key=lambda one: one.start_s)
    return {
        "states": [one.plain() for one in states],
        "missed": sum(one.said_s is None for one in states),
        "false": false,
        **result,
    }


_EVENTS = {
    "glance off road": "glances_off_road",
    "eyes closed": "eye_closures",
    "yawn": "yawns",
    "nobody": "no_face",
}
_ALERTS = {
    "warning: long distraction": ("long_distraction", "cumulative_distraction", "phone_use"),
    "warning: microsleep": ("microsleep", "sleep"),
}


def scripted_spans(
    truth: Columns, first_ns: int, road_zones: Sequence[str]
) -> dict[str, list[Span]]:
    """What the script does and when, by the names of what should be said."""
    time = (np.asarray(truth[STAMP]) - first_ns) / 1e9
    present = np.asarray(truth["present"], bool)
    shut = np.asarray(truth["eyes_closed"], bool)
    zone = np.array([name not in ("unknown", *road_zones) for name in truth["gaze_zone"]], bool)
    glances = _spans(time, present & zone & ~shut, SHORTEST_GLANCE_S)
    closures = _spans(time, present & shut, SHORTEST_CLOSURE_S)
    return {
        "glance off road": glances,
        "eyes closed": closures,
        "yawn": _spans(time, np.asarray(truth["yawn"], bool)),
        "nobody": _spans(time, ~present),
        "talking": _spans(time, np.asarray(truth["talking"], bool)),
        "warning: long distraction": [s for s in glances if s[1] - s[0] >= LONG_GLANCE_S],
        "warning: microsleep": [s for s in closures if s[1] - s[0] >= MICROSLEEP_S],
    }


def _said_spans(
    summary: dict[str, Any], voice: Columns | None, first_ns: int
) -> dict[str, list[Span]]:
    """What was said and when, by the same names."""
    said = {
        name: [(e["start_s"], e["end_s"]) for e in summary["events"][event]]
        for name, event in _EVENTS.items()
    }
    if voice is not None:
        said["talking"] = _talks(voice, first_ns)
    for name, reasons in _ALERTS.items():
        said[name] = _alert_spans(summary["alerts"], reasons)
    return said


def _spans(time: Floats, mask: npt.NDArray[np.bool_], shortest: float = 0.0) -> list[Span]:
    found: list[Event] = [span(time, start, end) for start, end in runs(mask)]
    return [(e["start_s"], e["end_s"]) for e in found if e["duration_s"] >= shortest]


def _talks(voice: Columns, first_ns: int) -> list[Span]:
    """Spells of talk; a short pause is no end."""
    time = (np.asarray(voice[STAMP]) - first_ns) / 1e9
    merged: list[Span] = []
    for start, end in _spans(time, voice["talking"] == TriState.YES):
        if merged and start - merged[-1][1] < _MERGE_TALK_S:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _alert_spans(alerts: Sequence[Event], reasons: Sequence[str]) -> list[Span]:
    return [
        (a["start_s"], a["end_s"])
        for a in alerts
        if a["level"] in ("warning", "critical") and not set(reasons).isdisjoint(a["reasons"])
    ]


def _slack(name: str) -> float:
    return ALERT_SLACK_S if name in _ALERTS else SLACK_S


def _allowed(name: str, scripted: dict[str, list[Span]]) -> list[Span]:
    """Scripted spans in which something may be said: shut eyes are off the road as well."""
    spans = scripted.get(name, [])
    if name == "glance off road":
        spans = spans + scripted["eyes closed"] + scripted["nobody"]
    return spans


def _overlap(said: Span, scripted: Span, slack: float) -> bool:
    return said[0] <= scripted[1] + slack and said[1] >= scripted[0]


def _first_said(said: Sequence[Span], scripted: Span, slack: float) -> float | None:
    """When something was said first of a span; what began earlier is said at its beginning."""
    starts = [s[0] for s in said if _overlap(s, scripted, slack)]
    return round(max(min(starts), scripted[0]), 3) if starts else None


def _heart(
    physio: Columns, truth: Columns, first_ns: int
) -> tuple[list[Scripted], dict[str, float | None]]:
    """Changes of the scripted heart rate, when the estimate has come half the way, and errors."""
    time = (np.asarray(physio[STAMP]) - first_ns) / 1e9
    rate = np.asarray(physio["heart_rate"], np.float64)
    true_time = (np.asarray(truth[STAMP]) - first_ns) / 1e9
    true_rate = np.asarray(truth["heart_rate_bpm"], np.float64)
    slopes = _slopes(true_rate)
    changes = []
    for number, (start, end) in enumerate(slopes):
        low, high = true_rate[start], true_rate[end]
        if abs(high - low) < HEART_STEP:
            continue
        middle, sign = (low + high) / 2.0, np.sign(high - low)
        moving = slice(start, end + 1)
        begin = float(true_time[moving][sign * (true_rate[moving] - middle) >= 0.0][0])
        following = slopes[number + 1][0] if number + 1 < len(slopes) else -1
        until = float(true_time[following])
        reached = (time >= begin) & (time <= until + HEART_LAG_S) & (sign * (rate - middle) >= 0.0)
        said = round(float(time[reached][0]), 3) if reached.any() else None
        what = f"heart rate from {low:.0f} to {high:.0f}/min, half way"
        changes.append(Scripted(what, round(begin, 3), round(until, 3), said))
    counted = np.interp(time, true_time, np.asarray(truth["counted_rate_bpm"], np.float64))
    known = np.isfinite(rate) & np.isfinite(counted)
    errors = np.abs(rate - counted)[known]
    return changes, {
        "known_share": round(float(np.isfinite(rate).mean()), 4),
        "mean_error_bpm": round(float(errors.mean()), 2) if known.any() else None,
        "largest_error_bpm": round(float(errors.max()), 2) if known.any() else None,
    }


def _slopes(values: Floats) -> list[tuple[int, int]]:
    """Index ranges (first, last) over which the scripted value moves in one direction."""
    moves = np.sign(np.diff(values)) * (np.abs(np.diff(values)) > 1e-3)
    found: list[tuple[int, int]] = []
    start = 0
    for index in range(1, len(moves) + 1):
        if index == len(moves) or moves[index] != moves[start]:
            if moves[start]:
                found.append((start, index))
            start = index
    return found
