"""Covers what the sensors of the drills do, healthy and faulty.

Leaves to others: the drills themselves (`affect-perception drills`), which take minutes.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

pytestmark = pytest.mark.ros


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
