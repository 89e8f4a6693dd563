"""The pipeline of the voice: even rate, what is said of stamps and sampling rate, no sound.

With small fakes for networks. Leaves: what the path hears (test_perception), the node (test/ros).
"""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from voice_fakes import MeanEmotion, networks

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import Availability, VoiceReason
from affect_perception.core.types import AudioChunk, NoSound
from affect_perception.core.voice.pipeline import VoicePipeline
from affect_perception.core.voice.rate_check import RateCheck
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.unit

START = 10**18
TALK = speak([Phrase(10, 0.8), Phrase(8, 1.0)], seed=4)
STAMP_REASONS = {VoiceReason.SOUND_GAP, VoiceReason.SOUND_OVERLAP, VoiceReason.STAMP_JUMP}


def chunks(sound, rate, size, *, stated=None, jitter=None):
    """The sound in chunks with true stamps; `stated` is the rate in the header."""
    jitter = jitter or (lambda: 0)
    return [
        AudioChunk(START + first * 10**9 // rate + jitter(), stated or rate, sound[first:][:size])
        for first in range(0, len(sound), size)
    ]


def run(events, **config):
    pipeline = VoicePipeline(VoiceConfig(**config), networks())
    return [found for event in events for found in pipeline.step(event)]


def text(observations):
    return [str(astuple(found)) for found in observations]


def test_another_driver_is_another_speaker():
    pipeline = VoicePipeline(VoiceConfig(), networks())
    pieces = chunks(TALK.samples, 16_000, 1600)
    pipeline.observe_driver(0)
    pipeline.observe_driver(1)
    pipeline.observe_driver(1)
    known = [o for piece in pieces for o in pipeline.step(piece)][-1]
    assert known.sentences > 0
    pipeline.observe_driver(2)
    later = AudioChunk(pieces[-1].end_ns, 16_000, np.zeros(1600, np.float32))
    assert pipeline.step(later)[-1].sentences == 0


def test_observations_come_at_an_even_rate():
    found = run(chunks(TALK.samples, 16_000, 320))
    stamps = np.array([o.stamp_ns - START for o in found])
    assert np.array_equal(np.unique(np.diff(stamps)), [100_000_000])
    assert len(run(chunks(TALK.samples, 16_000, 320), output_rate=20.0)) >= 2 * len(found)


@pytest.mark.parametrize("size", [37, 160, 1600, 4000, 30_000])
def test_the_cut_into_chunks_changes_nothing(size):
    whole = run(chunks(TALK.samples, 16_000, 320))
    assert text(run(chunks(TALK.samples, 16_000, size))) == text(whole)


def test_two_runs_give_the_same():
    events = chunks(TALK.samples, 16_000, 320)
    assert text(run(events)) == text(run(events))


def test_what_is_said_of_one_chunk_waits_for_the_next_observation():
    events = chunks(TALK.samples, 16_000, 320)
    del events[12]  # a gap in the middle between two observations
    found = run(events)
    told = [o for o in found if VoiceReason.SOUND_GAP in o.reasons]
    assert len(told) == 1
    assert told[0].availability <= Availability.DEGRADED


def test_chunks_that_come_twice_are_told_and_change_nothing_else():
    events = chunks(TALK.samples, 16_000, 320)
    twice = [event for event in events for _ in range(2)]
    found = run(twice)
    assert all(VoiceReason.SOUND_OVERLAP in o.reasons for o in found)
    assert [o.talking for o in found] == [o.talking for o in run(events)]


def test_no_sound_keeps_the_stamp_of_the_last_and_says_so():
    pipeline = VoicePipeline(VoiceConfig(), networks())
    (before,) = pipeline.step(NoSound(5))
    assert (before.stamp_ns, before.availability) == (5, Availability.UNAVAILABLE)
    last = [o for event in chunks(TALK.samples, 16_000, 320) for o in pipeline.step(event)][-1]
    (after,) = pipeline.step(NoSound(last.stamp_ns + 10**9))
    assert after.reasons == (VoiceReason.NO_SOUND,)
    assert last.stamp_ns <= after.stamp_ns < last.stamp_ns + 10**8
    assert math.isnan(after.level_dbfs)
    assert after.sentences == last.sentences == 2


@pytest.mark.parametrize(
    ("true", "stated"), [(48_000, 16_000), (16_000, 48_000), (48_000, 44_100), (44_100, 48_000)]
)
def test_a_wrong_rate_in_the_header_is_told_and_nothing_is_judged(true, stated):
    sound = speak([Phrase(25, 1.0)], rate=true, seed=4).samples
    nets = networks()
    pipeline = VoicePipeline(VoiceConfig(), nets)
    found = [o for e in chunks(sound, true, true // 50, stated=stated) for o in pipeline.step(e)]
    late = [o for o in found if o.stamp_ns > START + 2_300_000_000]
    assert late
    assert all(VoiceReason.RATE_MISMATCH in o.reasons for o in late)
    assert all(o.availability <= Availability.DEGRADED for o in late)
    assert all(math.isnan(o.valence) and math.isnan(o.speech_rate) for o in late)
    assert isinstance(nets.emotion, MeanEmotion)


def test_jitter_a_hole_and_a_drifting_clock_are_no_wrong_rate():
    rng = np.random.default_rng(3)
    sound = np.tile(TALK.samples, 3)
    events = chunks(sound, 16_000, 320, jitter=lambda: int(rng.normal(0, 5e6)))
    hole = [e for i, e in enumerate(events) if not 200 <= i < 235]  # 0.7 s
    drifting = chunks(sound, 16_008, 320, stated=16_000)
    for row in (events, hole, drifting):
        check = RateCheck(VoiceConfig())
        assert all(check.agrees(event) for event in row)


def test_another_rate_or_clock_starts_the_check_anew():
    check = RateCheck(VoiceConfig())
    for event in chunks(TALK.samples, 16_000, 320, stated=48_000):
        agreed = check.agrees(event)
    assert not agreed
    assert all(check.agrees(event) for event in chunks(TALK.samples, 16_000, 320))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_rates_and_stereo_with_odd_periods(rate):
    sound = speak([Phrase(10, 0.8)], rate=rate, seed=4).samples
    found = run(chunks(np.stack([sound, sound], 1), rate, 777), output_rate=7.0)
    assert len(found) == len(sound) // round(rate / 7)
    assert not STAMP_REASONS & {reason for o in found for reason in o.reasons}
    assert (VoiceReason.LOW_RATE in found[-1].reasons) == (rate < 16_000)
