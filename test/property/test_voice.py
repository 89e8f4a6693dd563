"""The voice path on generated input: cuts into chunks, stamps, levels. Uses fakes for networks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voice_fakes import networks

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.types import AudioChunk
from affect_perception.core.voice.perception import VoicePerception
from affect_perception.core.voice.resample import Resampler
from affect_perception.core.voice.speech_features import speech_feature_stream
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.property

SOUNDS = {
    rate: speak([Phrase(6, 0.7), Phrase(8, 0.6)], rate=rate, seed=2).samples
    for rate in (8000, 16000, 44100, 48000)
}
cuts = st.lists(st.integers(1, 9000), min_size=1, max_size=12)


def pieces(sound, sizes):
    """The sound cut into chunks of these sizes, over and over."""
    first, number = 0, 0
    while first < len(sound):
        size = sizes[number % len(sizes)]
        yield first, sound[first : first + size]
        first, number = first + size, number + 1


@settings(max_examples=25, deadline=None)
@given(cuts, st.sampled_from(sorted(SOUNDS)))
def test_resampling_does_not_depend_on_the_cuts(sizes, rate):
    # Small chunks of the worst ratio take long; a second of sound is enough.
    sound = SOUNDS[rate][:rate]
    whole = Resampler(rate).push(sound)
    resampler = Resampler(rate)
    sizes = [max(50, size) for size in sizes]
    found = np.concatenate([resampler.push(part) for _, part in pieces(sound, sizes)])
    assert np.array_equal(found, whole)


@settings(max_examples=25, deadline=None)
@given(cuts)
def test_features_do_not_depend_on_the_cuts(sizes):
    sound = SOUNDS[16000][:16000]
    stream = speech_feature_stream()
    found = np.concatenate([stream.push(part) for _, part in pieces(sound, sizes)])
    assert np.array_equal(found, speech_feature_stream().push(sound))


@settings(max_examples=25, deadline=None)
@given(cuts, st.sampled_from(sorted(SOUNDS)), st.sampled_from([1.0, 40.0]))
def test_decisions_do_not_depend_on_the_cuts(sizes, rate, gain):
    sound = np.clip(SOUNDS[rate] * np.float32(gain), -1.0, 1.0)
    sizes = [max(50, size) for size in sizes]

    def last(parts):
        nets = networks()
        path = VoicePerception(VoiceConfig(), nets)
        for first, part in parts:
            observation = path.step(AudioChunk(first * 10**9 // rate, rate, part))
        return repr(observation), nets.emotion.calls

    assert last(pieces(sound, sizes)) == last([(0, sound)])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-3.0, -0.2, -0.03, 0.0, 0.0, 0.0, 0.01, 0.3, 20.0]),
            st.sampled_from([8000, 16000, 48000]),
            st.sampled_from(["silence", "noise", "talk", "square", "one"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_any_chunks_give_bounded_observations_whose_stamps_rise(plan):
    rng = np.random.default_rng(1)
    path = VoicePerception(VoiceConfig(), networks())
    now, last = 10**18, None
    for late, rate, kind, stereo in plan:
        talk = SOUNDS[rate][: rate // 2]
        sound = {
            "silence": np.zeros(rate // 4, np.float32),
            "noise": rng.normal(0, 0.1, rate // 4).astype(np.float32),
            "talk": talk,
            "square": np.sign(np.sin(np.arange(rate // 4) * 0.1)).astype(np.float32),
            "one": np.full(1, 0.5, np.float32),
        }[kind]
        stamp = now + int(late * 1e9)
        samples = np.stack([sound, sound], 1) if stereo else sound
        observation = path.step(AudioChunk(stamp, rate, samples))
        now = stamp + len(sound) * 10**9 // rate
        if observation is None:
            continue
        for value in (observation.valence, observation.arousal):
            assert math.isnan(value) or -1.0 <= value <= 1.0
        shares = [share for share in observation.emotion if not math.isnan(share)]
        assert not shares or sum(shares) == pytest.approx(1.0)
        if last is not None and not observation.reasons:
            assert observation.stamp_ns >= last
        last = observation.stamp_ns
