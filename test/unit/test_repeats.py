"""Covers data that come again and again with new stamps: how long, how many, small changes, clocks.

Leaves to others: what camera and microphone say of it (test_frozen_picture, test_frozen_sound).
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.repeats import FEWEST, Repeats

pytestmark = pytest.mark.unit

NS = 10**9
DATA = np.random.default_rng(3).integers(0, 256, 4000, np.uint8)


def told(rate: float, count: int, limit: float = 1.0) -> list[bool]:
    repeats = Repeats(limit)
    return [repeats.step(round(k * NS / rate), DATA[::40], DATA) for k in range(count)]


@pytest.mark.parametrize(("rate", "first"), [(120.0, 120), (30.0, 30), (10.0, 10), (2.0, 4)])
def test_it_takes_the_time_and_at_least_five_pieces(rate: float, first: int) -> None:
    found = told(rate, 2 * first + 5)
    assert found.index(True) == first
    assert all(found[first:])
    assert first + 1 >= FEWEST


def test_zero_turns_it_off() -> None:
    assert not any(told(30.0, 300, limit=0.0))


def test_the_first_that_differs_ends_it_and_copies_of_less_than_the_time_are_fine() -> None:
    repeats, rng = Repeats(1.0), np.random.default_rng(0)
    for k in range(100):
        if k % 9 == 0:
            data = rng.integers(0, 256, 4000, np.uint8)
        assert not repeats.step(k * NS // 10, data[::40], data)
    for k in range(100, 120):
        frozen = repeats.step(k * NS // 10, data[::40], data)
    assert frozen
    other = data ^ 1
    assert not repeats.step(12 * NS, other[::40], other)


def test_what_changes_only_between_the_places_of_the_sample_is_alive() -> None:
    repeats = Repeats(1.0)
    for k in range(60):
        data = DATA.copy()
        data[7] = k
        assert not repeats.step(k * NS // 30, data[::40], data)


def test_a_buffer_that_is_filled_anew_is_not_compared_with_itself() -> None:
    repeats, data = Repeats(1.0), DATA.copy()
    for k in range(60):
        data += np.uint8(1)
        assert not repeats.step(k * NS // 30, data[::40], data)


def test_a_clock_that_steps_back_begins_a_new_row() -> None:
    repeats = Repeats(1.0)
    found = [repeats.step(stamp * NS // 10, DATA, DATA) for stamp in (*range(20), *range(15))]
    assert found.index(True) == 10
    assert found[20:].index(True) == 10
    repeats.reset()
    assert not repeats.step(15 * NS // 10, DATA, DATA)
