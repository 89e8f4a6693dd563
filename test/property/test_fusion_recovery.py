"""Property of the fusion: whatever came before, what is fresh for two seconds counts.

Leaves to others: named situations (test/unit/fusion/test_recovery.py).
"""

from __future__ import annotations

from itertools import accumulate

import pytest
from arrivals import Stretch, Way, arrivals, at_once, late, on_time, played
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affect_perception.core.enums import Availability
from affect_perception.core.types import MODALITIES
from affect_perception.sim.observed.affect_streams import AffectDriver

pytestmark = pytest.mark.property

DRIVER = AffectDriver()
BEFORE, FRESH = 18.0, 2.0
"""For how long anything may happen, and for how long all is fresh then, s."""


def way_of(kind: str, delay: float, end: float) -> Way:
    """One of the things that happen to a sensor or to the machine."""
    if kind == "gap":
        return lambda _: ()
    if kind == "burst":
        return at_once(end)
    if kind == "again":  # a sensor starts again and says once more what it has said
        return lambda at: (at, at + delay)
    return late(delay) if kind == "late" else on_time


STRETCH = st.tuples(
    st.floats(0.3, 8.0),
    st.sampled_from(["fresh", "late", "gap", "burst", "again"]),
    st.sampled_from([0.5, 1.5, 2.5, 5.0, 14.0]),
)
HISTORY = st.lists(STRETCH, min_size=1, max_size=5)


def stretches_of(history: list[tuple[float, str, float]]) -> list[Stretch]:
    ends = [min(end, BEFORE) for end in accumulate(length for length, _, _ in history)]
    rows = [
        Stretch(end, way_of(kind, delay, end))
        for end, (_, kind, delay) in zip(ends, history, strict=True)
    ]
    return [*rows, Stretch(BEFORE, lambda _: ())]


# Each sensor by itself, or the whole machine.
HISTORIES = st.one_of(
    st.tuples(HISTORY, HISTORY, HISTORY), HISTORY.map(lambda same: (same, same, same))
)
BEHIND = [(3.9, "late", 14.0)]
"""Nothing for 14 s, then what is as old."""


@settings(max_examples=12, deadline=None)
@given(histories=HISTORIES)
@example(histories=(BEHIND, BEHIND, BEHIND))
@example(histories=(BEHIND, [(18.0, "gap", 0.5)], BEHIND))
def test_two_seconds_of_fresh_data_from_all_bring_all_back(
    histories: tuple[list[tuple[float, str, float]], ...],
) -> None:
    by_name = {
        name: stretches_of(history) for name, history in zip(MODALITIES, histories, strict=True)
    }
    seconds = BEFORE + FRESH
    rows = [
        (time, event)
        for time, event in arrivals(DRIVER, by_name, seconds)
        # From then on nothing old comes any more.
        if time < BEFORE or event.stamp_ns >= DRIVER.start_ns + int(BEFORE * 1e9)
    ]
    last = played(DRIVER, rows, seconds)[-1][1]
    found = {part.modality: (part.availability, part.reasons) for part in last.modalities}
    assert {level for level, _ in found.values()} == {Availability.AVAILABLE}, found
