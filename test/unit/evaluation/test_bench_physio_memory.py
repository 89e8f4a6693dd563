"""The watch over memory of the body signals, with hours of twenty seconds.

Leaves: how much memory it is (docs/benchmarks_physio.md).
"""

from __future__ import annotations

import math

import pytest

from affect_perception.evaluation.bench import physio_memory
from affect_perception.evaluation.bench.physio_memory import MemoryFigures, measure_memory

pytestmark = pytest.mark.unit


def test_each_hour_is_told_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physio_memory, "_HOUR_NS", 20 * 10**9)
    told: list[str] = []
    found = measure_memory(3, told.append)
    assert len(told) == len(found.resident_mib) == len(found.state_kib) == 3
    assert told[1].startswith("hour 2 of 3: ")
    # Two a second of signal.
    assert found.observations == pytest.approx(120, abs=10)
    # The rows are filling up, so the state grows: what is measured is the state.
    assert found.state_kib[0] < found.state_kib[1] < found.state_kib[2]


def test_no_hours_measure_nothing() -> None:
    assert measure_memory(0, print) == MemoryFigures()


def test_a_trend_needs_three_hours() -> None:
    assert math.isnan(MemoryFigures((10.0, 11.0), (1.0, 1.0)).slope_kib_per_hour)
    rising = MemoryFigures((9.0, 10.0, 11.0, 12.0), (1.0,) * 4)
    assert rising.slope_kib_per_hour == pytest.approx(1024.0)
