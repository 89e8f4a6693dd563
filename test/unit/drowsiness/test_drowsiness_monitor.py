"""The drowsiness monitor on scripted lids: blinks, baseline, sleepiness, level, another driver.

The sequence model is a double here; the shipped one is measured by
`evaluate drowsiness`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.attention.eye_closure import EyeClosureTracker
from affect_perception.core.config import AttentionConfig, DrowsinessConfig
from affect_perception.core.drowsiness.monitor import DrowsinessMonitor, DrowsinessState, Limits
from affect_perception.core.drowsiness.sleepiness import LEAST_STD, kss_of
from affect_perception.core.enums import BlinkKind, Drowsiness
from affect_perception.core.types import EyeObservation

pytestmark = pytest.mark.unit

LIMITS = Limits(hold=0.25, slow_closure=0.5, microsleep=1.0, sleep=3.0)
CONFIG = DrowsinessConfig(alert_blinks=20, judged_blinks=10, drowsy_blinks=30)
Lids = Callable[[float], float]


class FixedModel:
    """Gives the same probabilities for every sequence, and remembers what it was asked."""

    def __init__(self, *probabilities: float) -> None:
        self.asked = 0
        self._answer = np.array([probabilities], np.float32)

    @property
    def name(self) -> str:
        return "double"

    def run(self, *inputs):
        self.asked += 1
        assert np.isfinite(inputs[0]).all()
        return (self._answer,)


def blinking(every: float = 2.5, down: float = 0.06) -> Lids:
    """A blink now and then; without randomness, so that it is the same at every rate."""

    def openness(time: float) -> float:
        inside = min(time % every - 1.0, 1.16 + down - time % every) / 0.08
        return 1.0 - 0.9 * min(max(inside, 0.0), 1.0)

    return openness


def watch(
    lids: Lids,
    seconds: float,
    rate: float = 30.0,
    model: FixedModel | None = None,
    driver: Callable[[float], int] = lambda time: 0,
    mouth: float = 0.05,
) -> list[DrowsinessState]:
    monitor = DrowsinessMonitor(CONFIG, LIMITS, model)
    tracker = EyeClosureTracker(AttentionConfig())
    states = []
    for index in range(int(seconds * rate)):
        time = index / rate
        value, stamp = lids(time), round(time * 1e9)
        eye = EyeObservation.unusable("glare")
        if not math.isnan(value):
            eye = EyeObservation(True, "", 0.5 * value, value, 0.05, (0.0, 0.0), 5.0, 1.0)
        state = tracker.update(stamp, eye, eye, None)
        states.append(monitor.update(stamp, state, mouth, driver(time)))
    return states


@pytest.mark.parametrize("rate", [10.0, 15.0, 30.0, 60.0])
def test_rate_and_length_of_blinks_do_not_depend_on_the_frame_rate(rate):
    # Not in step with the pictures of any rate.
    states = watch(blinking(2.53), 90.0, rate)
    assert states[-1].blink_rate == pytest.approx(60.0 / 2.53, abs=1.1)
    assert states[-1].mean_blink_duration == pytest.approx(0.14, abs=0.02)
    assert states[-1].blink_kind is BlinkKind.NORMAL
    assert sum(state.blink for state in states) == states[-1].blink_count


def test_a_sleep_is_no_blink():
    states = watch(lambda time: 0.0 if 10 < time < 11.5 else 1.0, 20.0)
    assert not any(state.blink for state in states)
    assert max(state.level for state in states) is Drowsiness.MICROSLEEP


def test_nothing_is_known_of_eyes_that_are_not_seen():
    last = watch(lambda time: math.nan, 90.0)[-1]
    assert last.blink_count == 0
    assert not last.squint
    assert last.level is Drowsiness.UNKNOWN
    for number in (last.blink_rate, last.mean_blink_duration, last.kss, last.drowsy_probability):
        assert math.isnan(number)


def test_eyes_seen_again_after_a_minute_are_followed_again():
    states = watch(lambda t: math.nan if 20 < t < 80 else blinking()(t), 120.0)
    assert states[-1].blink_count > states[(80 * 30)].blink_count


def test_the_sequence_is_judged_after_the_own_alert_blinks_and_not_in_every_picture():
    model = FixedModel(0.05, 0.05, 0.9)
    states = watch(blinking(), 240.0, model=model)
    first = next(i for i, s in enumerate(states) if not math.isnan(s.drowsy_probability)) / 30.0
    # 20 s until the rate is known, 20 alert and 10 judged blinks every 2.5 s.
    assert first == pytest.approx(20.0 + 30 * 2.5, abs=5.0)
    assert states[-1].drowsy_probability == pytest.approx(0.9)
    assert states[-1].level is Drowsiness.DROWSY
    assert states[-1].kss > 5.0
    assert 10 < model.asked < 40
    # A few judged blinks say something, but are not enough for the level.
    assert states[round((first + 10.0) * 30)].level is Drowsiness.ALERT


def test_without_a_model_the_probability_stays_unknown():
    last = watch(blinking(), 240.0)[-1]
    assert math.isnan(last.drowsy_probability)
    assert last.level is Drowsiness.ALERT
    assert last.kss < 5.0


def test_another_driver_starts_afresh():
    model = FixedModel(0.05, 0.05, 0.9)
    states = watch(
        blinking(), 200.0, model=model, driver=lambda time: 0 if time < 5 else 1 + (time > 180)
    )
    before, after = states[round(179.9 * 30)], states[-1]
    assert before.drowsy_probability == pytest.approx(0.9)
    assert math.isnan(after.drowsy_probability)
    assert after.level is Drowsiness.UNKNOWN
    assert after.blink_count > before.blink_count


def test_what_blinks_said_is_dropped_when_the_eyes_are_no_longer_seen():
    model = FixedModel(0.05, 0.05, 0.9)
    states = watch(lambda t: blinking()(t) if t < 200 else math.nan, 270.0, model=model)
    assert states[199 * 30].level is Drowsiness.DROWSY
    assert math.isnan(states[-1].drowsy_probability)
    assert math.isnan(states[-1].kss)
    assert states[-1].level is Drowsiness.UNKNOWN


def test_narrowed_eyes_are_a_squint():
    states = watch(lambda time: 0.45 if 20 < time < 25 else 1.0, 30.0)
    told = [index / 30.0 for index, state in enumerate(states) if state.squint]
    assert told[0] == pytest.approx(20.5, abs=0.2)
    assert told[-1] == pytest.approx(25.0, abs=0.2)


@pytest.mark.parametrize(
    ("probabilities", "perclos", "duration", "low", "high"),
    [
        ((0.9, 0.08, 0.02), 0.0, 0.12, 2.5, 4.5),
        ((0.02, 0.08, 0.9), 0.2, 0.18, 7.0, 9.0),
        (None, 0.2, math.nan, 7.5, 9.0),
        (None, math.nan, 0.20, 6.0, 9.0),
    ],
)
def test_sleepiness_follows_its_sources(probabilities, perclos, duration, low, high):
    kss, std = kss_of(probabilities, perclos, duration, 0.12)
    assert low <= kss <= high
    assert LEAST_STD <= std <= 2.5


def test_sleepiness_is_unknown_from_nothing():
    assert all(map(math.isnan, kss_of(None, math.nan, math.nan, 0.12)))


def test_more_alert_blinks_take_longer():
    later = replace(CONFIG, alert_blinks=40)
    monitor = DrowsinessMonitor(later, LIMITS, FixedModel(0.1, 0.1, 0.8))
    tracker, lids = EyeClosureTracker(AttentionConfig()), blinking()
    for index in range(115 * 30):
        value, stamp = lids(index / 30.0), round(index / 30.0 * 1e9)
        eye = EyeObservation(True, "", 0.5 * value, value, 0.05, (0.0, 0.0), 5.0, 1.0)
        state = monitor.update(stamp, tracker.update(stamp, eye, eye, None), 0.05)
    assert math.isnan(state.drowsy_probability)
