"""Pitch, features of frames and the statistics of a sentence, on made voices and tones.

Leaves: what they are worth for emotions (docs/scorecard.md), cuts of the chunks (test/property).
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.voice.harmonics import HARMONICS
from affect_perception.core.voice.log_mel import BANDS, HOP, RATE, log_mel
from affect_perception.core.voice.prosody import CEPSTRA, STATISTICS, VOICED, prosody
from affect_perception.core.voice.rhythm import RHYTHM, rhythm, voiced_pieces
from affect_perception.core.voice.speech_features import (
    PERIODICITY,
    PITCH,
    WIDTH,
    speech_features,
)
from affect_perception.sim.voice import Phrase, SpokenVoice, speak

pytestmark = pytest.mark.unit


def spoken(**changes):
    return speak([Phrase(8, 0.1)], SpokenVoice(level=0.3, **changes), seed=1).samples


def tone(hz, seconds=1.0, fall=1.0):
    """Eight harmonics, the k-th of the size 1 / k to the power `fall`."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, time.shape)) / RATE
    return 0.1 * sum(np.cos(k * phase) / k**fall for k in range(1, 9))


@pytest.mark.parametrize("hz", [70.0, 100.0, 180.0, 300.0, 450.0])
def test_the_pitch_of_a_tone_is_found(hz):
    frames = speech_features(tone(hz))
    assert frames[:, PITCH] == pytest.approx(np.log2(hz / 100.0), abs=0.02)
    assert frames[:, PERIODICITY].min() > 0.9


def test_noise_and_silence_have_no_period():
    noise = np.random.default_rng(1).normal(0, 0.1, RATE)
    assert np.median(speech_features(noise)[:, PERIODICITY]) < 0.3
    assert (speech_features(np.zeros(RATE))[:, PERIODICITY] == 0.0).all()


def test_features_hold_the_log_mel_and_refuse_what_is_no_sound():
    sound = spoken()
    found = speech_features(sound)
    assert found.shape[1] == WIDTH
    assert np.array_equal(found[:, :BANDS], log_mel(sound))
    with pytest.raises(InputError):
        speech_features(np.array([np.nan] * 1000))


def test_distance_does_not_matter_and_octaves_are_told():
    sound = spoken()
    near, far = (prosody(speech_features(gain * sound)) for gain in (1.0, 0.1))
    assert near == pytest.approx(far, abs=0.6)
    low, high = (prosody(speech_features(tone(hz))) for hz in (120.0, 240.0))
    assert high[0] - low[0] == pytest.approx(12.0, abs=0.3)


def test_melody_of_a_rising_tone():
    rising = tone(150.0 * 2.0 ** np.linspace(0.0, 1.0, RATE))
    found = prosody(speech_features(rising))
    slope, end, start = found[6:9]
    assert slope == pytest.approx(12.0, abs=1.0)
    assert end == pytest.approx(4.5, abs=0.5)
    assert start == pytest.approx(-4.5, abs=0.5)
    falling = prosody(speech_features(rising[::-1].copy()))
    assert falling[6] == pytest.approx(-slope, abs=0.5)


def test_a_breathy_voice_has_a_strong_first_harmonic():
    pressed, breathy = (
        prosody(speech_features(tone(200.0, fall=fall)))[VOICED - HARMONICS : VOICED]
        for fall in (1.0, 2.0)
    )
    # The second harmonic is 6 dB lower, or 12.
    assert pressed[0] == pytest.approx(6.0, abs=1.0)
    assert breathy[0] == pytest.approx(12.0, abs=1.0)
    assert breathy[4] == pytest.approx(breathy[0], abs=0.5)  # all of it is loud
    assert breathy[1] > pressed[1]


def test_a_faster_voice_has_more_peaks_and_is_shorter():
    pace = STATISTICS - RHYTHM
    slow, fast = (prosody(speech_features(spoken(syllables_per_s=x))) for x in (3.0, 6.0))
    assert fast[pace] > 1.5 * slow[pace]
    assert fast[pace + 1] < slow[pace + 1]


def test_the_rate_at_which_the_level_changes_is_found():
    time = np.arange(250) * HOP / RATE
    everything = np.ones(250, bool)
    for number, hz in enumerate((1.0, 3.0, 5.5, 9.0)):
        found = rhythm(-10.0 + 8.0 * np.sin(2 * np.pi * hz * time), everything, -30.0)
        assert found.shape == (RHYTHM,)
        assert found[-4:].argmax() == number


def test_voiced_pieces_are_counted():
    voiced = np.zeros(125, bool)
    voiced[10:20] = voiced[50:80] = True
    found = voiced_pieces(np.where(voiced, -5.0, -20.0), voiced)
    assert found == pytest.approx([1.0, np.log(20.0), np.log(30.0), -5.0])


def test_the_spectrum_of_loud_parts_does_not_depend_on_the_microphone():
    sound = spoken(pitch_hz=150.0)
    bright = np.convolve(sound, [1.0, -0.7])[: len(sound)]
    plain, changed = (prosody(speech_features(one)) for one in (sound, bright))
    usual, loud = slice(VOICED, VOICED + CEPSTRA), slice(VOICED + CEPSTRA, VOICED + 2 * CEPSTRA)
    moved = np.abs(plain[usual] - changed[usual]).max()
    assert np.abs(plain[loud] - changed[loud]).max() < 0.3 * moved


@pytest.mark.parametrize("count", [1, 2, 3, 20])
@pytest.mark.filterwarnings("error")
def test_short_and_silent_sounds_have_no_melody_and_else_numbers(count):
    silent = speech_features(np.zeros(5000))[:count]
    found = prosody(silent)
    assert found.shape == (STATISTICS,)
    assert np.isnan(found[:VOICED]).all()
    assert np.isfinite(found[VOICED:]).all()
