"""Finds the events in a series of states: blinks, closures, glances, absences, alerts.

Works on the columns of AttentionState (see `io.table`), so on a replay and on a recording of the
live node alike. Times are seconds since the first state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import AlertLevel, EyesState, TriState
from affect_perception.io.table import STAMP, Columns

Event = dict[str, Any]
"""`start_s`, `end_s`, `duration_s` and what else the kind of event has."""

LONG_CLOSURE_S = 0.5
"""Shortest closure that is listed; shorter ones are blinks (AttentionConfig.blink_max)."""

DECIMALS = 3


def seconds(columns: Columns) -> npt.NDArray[np.float64]:
    """Seconds since the first state."""
    stamps = columns[STAMP]
    return np.asarray((stamps - stamps[0]) / 1e9, dtype=np.float64) if len(stamps) else stamps


def find_events(columns: Columns, road_zones: Sequence[str] = ()) -> dict[str, list[Event]]:
    """All events of a series of states.

    Args:
        columns: Columns of AttentionState.
        road_zones: Gaze zones on the road; a glance off it is named after another one.

    Returns:
        `{"blinks", "yawns", "eye_closures", "glances_off_road", "no_face", "alerts"}`, each a list
        in order of time. An event that has not ended with the recording ends at its last state.
    """
    time = seconds(columns)
    off_road = bridged(time, columns["eyes_on_road"] == TriState.NO, columns["off_road_duration"])
    closed = bridged(
        time, columns["eyes_state"] == EyesState.CLOSED, columns["eye_closure_duration"]
    )
    no_face = np.array(["no_face" in reasons for reasons in columns["degradation_reasons"]], bool)
    named = [zone if zone not in ("unknown", *road_zones) else "" for zone in columns["gaze_zone"]]
    glances = _runs(time, off_road, lambda a, b: {"zone": _commonest(named[a:b])})
    closures = [e for e in _runs(time, closed) if e["duration_s"] >= LONG_CLOSURE_S]
    return {
        "blinks": _ended(time, columns["blink"], columns["blink_duration"]),
        "yawns": _runs(time, columns["yawn"]),
        "eye_closures": closures,
        "glances_off_road": glances,
        "no_face": _runs(time, no_face),
        "alerts": _alerts(time, columns),
    }


def runs(mask: Sequence[bool] | npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index ranges in which a mask is true without a break."""
    flags = np.concatenate([[0], np.asarray(mask, dtype=np.int8), [0]])
    edges = np.flatnonzero(np.diff(flags))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def bridged(
    time: npt.NDArray[np.float64],
    mask: npt.NDArray[np.bool_],
    duration: npt.NDArray[np.floating],
) -> npt.NDArray[np.bool_]:
    """Closes the gaps over which the states themselves went on counting.

    Args:
        time: Seconds of the states.
        mask: Whether the event is seen.
        duration: Seconds it has lasted, as the states tell; it bridges single unusable pictures.
    """
    closed = mask.copy()
    found = runs(mask)
    for (_, end), (start, _) in itertools.pairwise(found):
        if duration[start] > time[start] - time[end - 1] + 1e-3:
            closed[end:start] = True
    return closed


def labelled_runs(labels: Sequence[Any]) -> list[tuple[int, int, Any]]:
    """Half-open index ranges of equal labels, with the label."""
    found: list[tuple[int, int, Any]] = []
    start = 0
    for index in range(1, len(labels) + 1):
        if index == len(labels) or labels[index] != labels[start]:
            found.append((start, index, labels[start]))
            start = index
    return found


def span(time: npt.NDArray[np.float64], start: int, end: int) -> Event:
    """Times of the states [start, end): a state holds until the next one."""
    begin, stop = float(time[start]), float(time[min(end, len(time) - 1)])
    return {
        "start_s": round(begin, DECIMALS),
        "end_s": round(stop, DECIMALS),
        "duration_s": round(stop - begin, DECIMALS),
    }


def _runs(
    time: npt.NDArray[np.float64],
    mask: npt.NDArray[np.bool_],
    details: Callable[[int, int], Event] | None = None,
) -> list[Event]:
    return [
        {**span(time, start, end), **(details(start, end) if details else {})}
        for start, end in runs(mask)
    ]


def _ended(
    time: npt.NDArray[np.float64], ended: npt.NDArray[np.bool_], duration: npt.NDArray[np.floating]
) -> list[Event]:
    """Events of which the states mark the end and tell the duration."""
    events = []
    for index in np.flatnonzero(ended):
        end, length = float(time[index]), float(duration[index])
        events.append(
            {
                "start_s": round(max(end - length, 0.0), DECIMALS),
                "end_s": round(end, DECIMALS),
                "duration_s": round(length, DECIMALS),
            }
        )
    return events


def _alerts(time: npt.NDArray[np.float64], columns: Columns) -> list[Event]:
    """Stretches of one alert level (info and above) with one set of reasons."""
    labels = list(
        zip(columns["alert_level"].tolist(), map(tuple, columns["alert_reasons"]), strict=True)
    )
    return [
        {**span(time, start, end), "level": AlertLevel(level).name.lower(), "reasons": [*reasons]}
        for start, end, (level, reasons) in labelled_runs(labels)
        if level >= AlertLevel.INFO
    ]


def _commonest(labels: Sequence[str]) -> str:
    """The commonest label, the first seen of equals; "" if there is none."""
    counts: dict[str, int] = {}
    for label in filter(None, labels):
        counts[label] = counts.get(label, 0) + 1
    return max(counts, key=lambda label: counts[label], default="")
