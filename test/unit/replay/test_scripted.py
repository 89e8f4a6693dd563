"""Covers the comparison of what was said with the script, on made columns.

Leaves to others: how events are found (test_events), real drives (test/ros/test_demo_drive).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from affect_perception.core.enums import TriState
from affect_perception.evaluation.replay.scripted import compare_with_script, scripted_spans

pytestmark = pytest.mark.unit

FIRST = 5_000_000_000
RATE = 10.0
ROADS = ("windscreen",)


def stamps(seconds: float, rate: float = RATE) -> Any:
    return FIRST + np.round(np.arange(seconds * rate) * 1e9 / rate).astype(np.int64)


def within(time: Any, start: float, end: float) -> Any:
    return (time >= start - 1e-6) & (time < end - 1e-6)


def truth() -> dict[str, Any]:
    """40 s: a glance at 5, a phone from 10 to 16, shut eyes from 20 to 23, talk from 30 to 32."""
    stamp = stamps(40.0)
    time = (stamp - FIRST) / 1e9
    away = within(time, 5.0, 6.5) | within(time, 10.0, 16.0)
    return {
        "stamp_ns": stamp,
        "present": np.ones(len(time), bool),
        "eyes_closed": within(time, 20.0, 23.0),
        "yawn": within(time, 26.0, 28.0),
        "talking": within(time, 30.0, 32.0),
        "gaze_zone": ["lap_phone" if there else "windscreen" for there in away],
    }


def summary(**events: Any) -> dict[str, Any]:
    kinds = ("glances_off_road", "eye_closures", "yawns", "no_face")
    return {
        "first_stamp_ns": FIRST,
        "alerts": events.pop("alerts", []),
        "events": {
            kind: [{"start_s": a, "end_s": b} for a, b in events.get(kind, [])] for kind in kinds
        },
    }


def alert(start: float, end: float, *reasons: str, level: str = "warning") -> dict[str, Any]:
    return {"start_s": start, "end_s": end, "level": level, "reasons": [*reasons]}


def voice(*talks: tuple[float, float]) -> dict[str, Any]:
    stamp = stamps(40.0)
    time = (stamp - FIRST) / 1e9
    talking = np.full(len(time), TriState.NO, np.uint8)
    for start, end in talks:
        talking[within(time, start, end)] = TriState.YES
    return {"stamp_ns": stamp, "talking": talking}


def found(result: dict[str, Any]) -> dict[tuple[str, float], float | None]:
    return {(one["what"], one["start_s"]): one["delay_s"] for one in result["states"]}


def test_spans_of_the_script() -> None:
    spans = scripted_spans(truth(), FIRST, ROADS)
    assert spans["glance off road"] == [(5.0, 6.5), (10.0, 16.0)]
    assert spans["warning: long distraction"] == [(10.0, 16.0)]
    assert spans["eyes closed"] == spans["warning: microsleep"] == [(20.0, 23.0)]
    assert spans["nobody"] == []


def test_everything_said_in_time_is_found_with_its_delay() -> None:
    said = summary(
        glances_off_road=[(5.2, 6.7), (10.1, 16.2), (20.5, 23.0)],
        eye_closures=[(20.1, 23.1)],
        yawns=[(27.0, 28.2)],
        alerts=[
            alert(13.2, 17.0, "long_distraction"),
            alert(21.3, 22.0, "microsleep"),
            alert(22.0, 27.0, "microsleep", "sleep", level="critical"),
        ],
    )
    result = compare_with_script(said, truth(), ROADS, voice((30.3, 31.0), (31.4, 32.4)))
    assert result["missed"] == 0
    assert result["false"] == []
    assert found(result) == {
        ("glance off road", 5.0): 0.2,
        ("glance off road", 10.0): 0.1,
        ("warning: long distraction", 10.0): 3.2,
        ("eyes closed", 20.0): 0.1,
        ("warning: microsleep", 20.0): 1.3,
        ("yawn", 26.0): 1.0,
        ("talking", 30.0): 0.3,
    }
    assert "heart" not in result


def test_what_is_missing_and_what_is_false_is_named() -> None:
    said = summary(
        glances_off_road=[(10.1, 16.2), (35.0, 36.0)],
        eye_closures=[(2.0, 2.8), (20.1, 23.1)],
        alerts=[alert(36.0, 37.0, "long_distraction"), alert(1.0, 2.0, "low_light", level="info")],
    )
    result = compare_with_script(said, truth(), ROADS, voice((12.0, 13.0)))
    missing = {what for (what, _), delay in found(result).items() if delay is None}
    assert missing == {
        "glance off road",
        "warning: long distraction",
        "warning: microsleep",
        "yawn",
        "talking",
    }
    assert result["missed"] == 5
    assert {(one["what"], one["start_s"]) for one in result["false"]} == {
        ("glance off road", 35.0),
        ("eyes closed", 2.0),
        ("warning: long distraction", 36.0),
        ("talking", 12.0),
    }


def test_without_sound_talk_is_not_asked_for() -> None:
    result = compare_with_script(summary(), truth(), ROADS)
    assert "talking" not in {one["what"] for one in result["states"]}


def test_changes_of_the_heart_and_errors() -> None:
    stamp = stamps(40.0, 2.0)
    time = (stamp - FIRST) / 1e9
    true = np.interp(time, [10.0, 14.0], [60.0, 90.0])
    late = np.interp(time - 6.0, [10.0, 14.0], [60.0, 90.0])
    late[:4] = np.nan
    body = {"stamp_ns": stamp, "heart_rate_bpm": true, "counted_rate_bpm": late - 1.0}
    physio = {"stamp_ns": stamp, "heart_rate": late}
    result = compare_with_script(summary(), truth(), ROADS, None, physio, body)
    (change,) = (one for one in result["states"] if one["what"].startswith("heart"))
    assert (change["start_s"], change["delay_s"]) == (12.0, 6.0)
    assert "60 to 90" in change["what"]
    assert result["heart"] == {
        "known_share": 0.95,
        "mean_error_bpm": 1.0,
        "largest_error_bpm": 1.0,
    }
    physio["heart_rate"] = np.full(len(stamp), 60.0)
    result = compare_with_script(summary(), truth(), ROADS, None, physio, body)
    assert found(result)[change["what"], 12.0] is None
