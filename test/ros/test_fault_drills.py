"""Covers a sensor that fails and a node that is killed, on the real nodes, in short form; and what
the sensors of the drills do.

Leaves to others: all drills (`affect-perception drills`, docs/drills.md).
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.ros


def test_sensors_fail_nodes_die_and_all_comes_back(face_models: Path, tmp_path: Path) -> None:
    from affect_perception.cli.main import main

    values = tmp_path / "drills.json"
    log = ["--log", str(tmp_path / "log")]
    assert main(["drills", "--short", "--json", str(values), *log]) == 0
    content = json.loads(values.read_text())
    assert content["crashes"] == 0
    drills = {one["name"]: one for one in content["drills"]}
    silent = drills["microphone stops"]
    assert "fusion voice: stopped" in silent["said"] or "voice: no_sound" in silent["said"]
    assert drills["camera sends garbage"]["told_s"] is not None
    assert drills["state_fusion is killed"]["back_s"] is not None


def _published(fault: Any, begin: int = 100) -> list[tuple[int, int, bool]]:
    from affect_perception.ros.drill_sensors import DrillSensor, Fault

    said: list[tuple[int, int, bool]] = []
    sensor = DrillSensor(
        ((number / 10.0, number) for number in itertools.count()),
        lambda piece, shift, bad: said.append((piece, shift, bad)),
    )
    for tenth in range(40):
        sensor.fault = fault if 5 <= tenth < 10 else Fault.NONE
        sensor.tick(begin + tenth * 100_000_000, begin)
    return said


def test_a_healthy_sensor_gives_every_piece_once() -> None:
    from affect_perception.ros.drill_sensors import Fault

    assert _published(Fault.NONE) == [(n, 100, False) for n in range(40)]


def test_what_a_faulty_sensor_gives() -> None:
    from affect_perception.ros.drill_sensors import Fault

    assert [p for p, _, _ in _published(Fault.STOPS)] == [*range(5), *range(10, 40)]
    frozen = _published(Fault.FREEZES)
    assert [p for p, _, _ in frozen] == [*range(5), *[4] * 5, *range(10, 40)]
    assert [s - 100 for _, s, _ in frozen[4:10]] == [n * 100_000_000 for n in (0, 1, 2, 3, 4, 5)]
    assert [p for p, _, bad in _published(Fault.GARBAGE) if bad] == [*range(5, 10)]
    # What is late is lost once the sensor is well again.
    assert [p for p, _, _ in _published(Fault.LATE)] == [*range(5), *range(10, 40)]
