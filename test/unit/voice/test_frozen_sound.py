"""Covers a microphone that gives the same piece of sound again and again.

Leaves to others: when data count as the same (test_repeats), the node (affect-perception drills).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from voice_fakes import networks

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.core.voice.pipeline import VoicePipeline
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.unit

START, RATE = 10**18, 16_000
TALK = speak([Phrase(10, 0.8), Phrase(8, 1.0)], seed=4).samples


class Microphone:
    """Gives chunks of `size` samples to a pipeline, with true stamps."""

    def __init__(self, size: int = 1600) -> None:
        self.size, self.heard = size, 0
        self.pipeline = VoicePipeline(VoiceConfig(), networks())

    def give(self, samples: np.ndarray) -> list[VoiceObservation]:
        found: list[VoiceObservation] = []
        for first in range(0, len(samples) - self.size + 1, self.size):
            stamp = START + self.heard * 10**9 // RATE
            chunk = AudioChunk(stamp, RATE, samples[first : first + self.size])
            found += self.pipeline.step(chunk)
            self.heard += self.size
        return found


def frozen_of(found: list[VoiceObservation]) -> list[bool]:
    return [VoiceReason.FROZEN_SOUND in one.reasons for one in found]


@pytest.mark.parametrize("size", [320, 1600, 4800])
def test_it_is_told_after_a_second_and_over_with_the_next_chunk(size: int) -> None:
    microphone = Microphone(size)
    assert not any(frozen_of(microphone.give(TALK[:32_000])))
    piece = TALK[16_000 : 16_000 + size]
    found = microphone.give(np.tile(piece, 5 * RATE // size))
    told = frozen_of(found)
    # Chunks of 0.3 s need five.
    assert told.index(True) * 0.1 == pytest.approx(max(1.0, 4 * size / RATE), abs=0.25)
    late = found[told.index(True) :]
    assert all(frozen_of(late))
    assert {one.availability for one in late} == {Availability.UNAVAILABLE}
    assert {one.talking for one in late} == {TriState.UNKNOWN}
    assert all(math.isnan(value) for one in late for value in (*one.emotion, one.level_dbfs))
    assert np.ptp(np.diff([one.stamp_ns for one in found])) < 1000  # even rate
    after = microphone.give(TALK[8_000:24_000])
    assert not any(frozen_of(after))
    assert VoiceReason.SOUND_GAP in after[0].reasons
    assert after[-1].talking is TriState.YES


def test_one_that_gives_nothing_is_silent_and_not_frozen() -> None:
    found = Microphone().give(np.zeros(5 * RATE, np.float32))
    assert not any(frozen_of(found))
    assert VoiceReason.SILENT in found[-1].reasons


def test_one_that_keeps_a_value_is_frozen() -> None:
    found = Microphone().give(np.full(3 * RATE, 0.25, np.float32))
    assert frozen_of(found)[-1]


def test_short_copies_and_steady_noise_are_no_fault() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.01, 4 * RATE).astype(np.float32)
    microphone = Microphone()
    found = [*microphone.give(noise), *microphone.give(np.tile(noise[:1600], 8))]
    assert not any(frozen_of([*found, *microphone.give(noise)]))
