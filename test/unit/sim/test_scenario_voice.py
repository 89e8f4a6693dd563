"""The sound of a scenario. Leaves: how the voice is made (test_sound.py), pictures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from affect_perception.sim.scenario import Scenario
from affect_perception.sim.scenario_voice import RATE, scenario_sound, sound_chunks

pytestmark = pytest.mark.unit

TEXT = """
duration_s: 9.0
seed: 3
timeline:
  - {at_s: 1.0, talk: {duration_s: 2.0}}
  - {at_s: 2.5, talk: {duration_s: 1.0}}
  - {at_s: 8.4, talk: {duration_s: 0.6}}
"""


def loud(sound, start, end):
    part = sound.samples[round(start * RATE) : round(end * RATE)]
    return float(np.sqrt((part**2).mean()))


def test_the_driver_talks_where_the_script_says() -> None:
    sound = scenario_sound(Scenario.parse(TEXT))
    assert len(sound.samples) == 9 * RATE
    assert [round(start, 2) for start, _ in sound.talk] == [1.0, 3.0, 8.4]
    assert min(loud(sound, 1.0, 3.0), loud(sound, 3.0, 4.0), loud(sound, 8.4, 9.0)) > 0.02
    assert max(loud(sound, 0.0, 1.0), loud(sound, 4.0, 8.4)) < 0.001


def test_a_scenario_without_talk_has_the_noise_of_the_room() -> None:
    sound = scenario_sound(Scenario.parse("duration_s: 2.0\ntimeline: []\n"))
    assert 1e-4 < loud(sound, 0.0, 2.0) < 1e-3
    assert sound.talk == ()


def test_the_seed_decides_and_chunks_are_a_row() -> None:
    first, again = (scenario_sound(Scenario.parse(TEXT)) for _ in range(2))
    assert np.array_equal(first.samples, again.samples)
    chunks = list(sound_chunks(first, 10**9))
    assert chunks[0].stamp_ns == 10**9
    assert all(a.end_ns == b.stamp_ns for a, b in itertools.pairwise(chunks))
    assert np.array_equal(np.concatenate([c.samples for c in chunks]), first.samples)
