"""The blink finder under arbitrary input: any scale, rate, noise, gap and broken number.

Checks that hold for every signal. Leaves single cases to test/unit/drowsiness, and how well blinks
of people are found to `evaluate blinks`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affect_perception.core.drowsiness.blink_finder import LEAST_DEPTH, LONGEST_S, BlinkFinder
from affect_perception.core.drowsiness.lid_dips import Dip

pytestmark = pytest.mark.property

HOLD_S = 0.25
# Until a blink has settled, and a picture more of the slowest camera.
LATEST_S = 0.35 + 0.15

numbers = st.one_of(
    # Rounded: numbers near the smallest float cannot be scaled without loss.
    st.floats(0.0, 1.3).map(lambda value: round(value, 6)),
    st.sampled_from([0.0, 0.05, 0.5, 1.0, -0.2, math.nan, math.inf, -math.inf]),
)
# (openness, time to the next picture in s, pictures alike)
stretches = st.lists(
    st.tuples(
        numbers, st.sampled_from([1 / 120, 1 / 30, 1 / 10, 0.2, 0.3, 3.0]), st.integers(1, 9)
    ),
    min_size=1,
    max_size=60,
)
# Onset to onset at least 1.2 s, so that no two blinks touch.
pauses = st.lists(st.floats(1.2, 3.0), min_size=2, max_size=6)
rates = st.sampled_from([15.0, 24.0, 30.0, 60.0, 120.0])


def pictures(parts: list[tuple[float, float, int]]) -> list[tuple[int, float]]:
    """Two seconds of open eyes, so that the open eye is known, and then the stretches."""
    time, taken = 2.0, [(round(k / 30 * 1e9), 1.0) for k in range(60)]
    for value, dt, count in parts:
        for _ in range(count):
            taken.append((round(time * 1e9), value))
            time += dt
    return taken


def play(taken: list[tuple[int, float]], scale: float = 1.0) -> list[tuple[int, Dip]]:
    """Blinks with the stamp at which they were told."""
    finder = BlinkFinder(HOLD_S)
    told = [(stamp, finder.update(stamp, scale * value)) for stamp, value in taken]
    return [(stamp, dip) for stamp, dip in told if dip is not None]


def blinking(onsets: list[float], rate: float, noise: float = 0.0, seed: int = 0):
    """Blinks of 0.06 s down, 0.06 s shut, 0.12 s up at the onsets."""
    seconds = onsets[-1] + 2.0
    times = np.arange(0.0, seconds, 1.0 / rate)
    lids = np.ones_like(times)
    for onset in onsets:
        shape = np.interp(times - onset, [0.0, 0.06, 0.12, 0.24], [1.0, 0.05, 0.05, 1.0])
        lids = np.minimum(lids, shape)
    lids += noise * np.random.default_rng(seed).normal(size=times.size)
    return [(round(t * 1e9), float(v)) for t, v in zip(times, lids, strict=True)]


def onsets_of(gaps: list[float]) -> list[float]:
    return [3.0 + sum(gaps[:k]) for k in range(len(gaps))]


@given(stretches)
@settings(max_examples=150)
def test_every_blink_is_a_dip_between_two_shoulders_and_lies_in_the_past(parts):
    end = -math.inf
    for stamp, dip in play(pictures(parts)):
        assert dip.start <= dip.bottom_time <= dip.end <= stamp / 1e9 + 1e-9
        assert dip.start >= end
        end = dip.end
        assert dip.depth >= LEAST_DEPTH
        assert 0.0 <= dip.duration <= LONGEST_S
        assert dip.closing > 0.0
        assert dip.opening > 0.0


@given(stretches)
@settings(max_examples=100)
def test_no_blink_spans_a_gap_longer_than_what_is_bridged(parts):
    taken = pictures(parts)
    known = [stamp / 1e9 for stamp, value in taken if math.isfinite(value)]
    gaps = [(a, b) for a, b in itertools.pairwise(known) if b - a > HOLD_S + 1e-6]
    for _, dip in play(taken):
        assert not any(dip.start <= a and b <= dip.end for a, b in gaps)


@given(stretches, st.sampled_from([2.0**-9, 0.25, 8.0, 1024.0]))
@settings(max_examples=100)
def test_the_unit_of_the_openness_does_not_matter(parts, scale):
    # Powers of two scale without rounding, so the answers are equal to the last bit.
    taken = pictures(parts)
    assert play(taken, scale) == play(taken)


@given(stretches, st.integers(0, 2**40))
@settings(max_examples=50)
def test_only_differences_of_stamps_matter(parts, shift):
    taken = pictures(parts)
    later = [(stamp + shift, value) for stamp, value in taken]
    assert [dip for _, dip in play(later)] == [dip for _, dip in play(taken)]


@given(pauses, rates)
@settings(max_examples=60)
def test_the_frame_rate_does_not_decide_which_blinks_are_found(gaps, rate):
    onsets = onsets_of(gaps)
    found = play(blinking(onsets, rate))
    assert [dip.bottom_time for _, dip in found] == pytest.approx(
        [onset + 0.09 for onset in onsets], abs=0.07
    )
    assert all(dip.duration == pytest.approx(0.15, abs=1.0 / rate + 0.02) for _, dip in found)
    assert all(stamp / 1e9 - dip.end <= LATEST_S for stamp, dip in found)


@given(pauses, st.sampled_from([24.0, 30.0, 60.0]), st.integers(0, 1000))
@settings(max_examples=60)
def test_noise_of_landmarks_neither_hides_nor_makes_blinks(gaps, rate, seed):
    onsets = onsets_of(gaps)
    assert len(play(blinking(onsets, rate, noise=0.02, seed=seed))) == len(onsets)


@given(pauses, st.integers(0, 1000))
@settings(max_examples=60)
@example([2.0, 2.0], 692)  # the first picture shows no eyes
def test_pictures_without_eyes_never_add_a_blink(gaps, seed):
    onsets = onsets_of(gaps)
    rng = np.random.default_rng(seed)
    holed = [
        (stamp, math.nan if rng.random() < 0.2 else value)
        for stamp, value in blinking(onsets, 30.0)
    ]
    finder = BlinkFinder(HOLD_S)
    for stamp, value in holed:
        dip = finder.update(stamp, value)
        if dip is not None:
            bottom = finder.stamp_of(dip.bottom_time) / 1e9
            assert any(onset <= bottom <= onset + 0.24 for onset in onsets)


@given(st.floats(0.3, 600.0), rates)
@settings(max_examples=60)
def test_eyes_seen_again_after_an_absence_of_any_length_blink_as_before(absence, rate):
    before = blinking([3.0, 5.0], rate)
    gone_ns = before[-1][0] + round(absence * 1e9)
    after = [(stamp + gone_ns, value) for stamp, value in blinking([3.0, 5.0], rate)]
    assert len(play(before + [(gone_ns - 1, math.nan)] + after)) == 4
