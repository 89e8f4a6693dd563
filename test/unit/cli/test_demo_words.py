"""Covers what the demo prints at its end and shows of affect states. Leaves: what makes them."""

from __future__ import annotations

from typing import Any

import pytest
from affect_states import full_affect, unknown_affect

from affect_perception.cli.demo_view import affect_rows
from affect_perception.cli.demo_words import script_lines, times_lines
from affect_perception.io.affect_fields import affect_fields

pytestmark = pytest.mark.unit

TRUTH = {"talking": True, "label": "x"}
BODY: dict[str, Any] = {"heart_rate_bpm": 71.2, "respiration_rate_bpm": 14.0, "stress": None}


def test_table_of_the_script() -> None:
    script = {
        "states": [
            {"what": "yawn", "start_s": 1.0, "end_s": 2.0, "delay_s": 0.25},
            {"what": "eyes closed", "start_s": 3.0, "end_s": 4.0, "delay_s": None},
        ],
        "missed": 1,
        "false": [{"what": "nobody", "start_s": 8.0, "end_s": 9.0}],
        "heart": {"known_share": 0.9, "mean_error_bpm": 1.0, "largest_error_bpm": 2.0},
    }
    lines = [*script_lines(script)]
    assert lines[2].endswith("0.25 s")
    assert lines[3].endswith("not found")
    assert lines[4].endswith("not in the script")
    assert lines[5] == "1 of 2 found, 1 false"
    assert "mean error 1.0" in lines[6]
    assert [*script_lines(None)] == []


def test_times_and_shares() -> None:
    times = {
        "affect_latency_ms": {"median": 20.0, "p99": 80.0},
        "processes": {
            "face_perception": {"cores": 0.25, "memory_mib": 1.0},
            "state_fusion": {"cores": 0.05, "memory_mib": 1.0},
            "sim_camera": {"cores": 0.3, "memory_mib": 1.0},
        },
    }
    text = "\n".join(times_lines(times))
    assert "newest input to affect state: 20.0 ms (median), 80.0 ms (p99)" in text
    assert "processor, nodes: 0.30 cores" in text
    assert "processor, simulators: 0.30 cores (sim_camera 0.30)" in text


def test_affect_beside_the_script() -> None:
    rows = {
        name: (said, true)
        for name, said, true in affect_rows(affect_fields(full_affect()), TRUTH, BODY)
    }
    assert rows["heart"][1] == "71 /min"
    assert "±" in rows["heart"][0]
    assert rows["stress"][1] == "–"
    assert rows["voice"][1] == "talks"
    assert rows["expression"][1] == "not scripted"
    unknown = affect_rows(affect_fields(unknown_affect()), None, None)
    assert {said for name, said, _ in unknown if name in ("heart", "breath", "stress")} == {"–"}
    assert affect_rows(None, TRUTH, BODY) == []
