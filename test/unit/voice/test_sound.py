"""Chunks, resampling, stamps, level, features, speech rate. Leaves: networks (test_perception)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import VoiceReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.core.voice.level import LevelMeter
from affect_perception.core.voice.log_mel import (
    BANDS,
    HOP,
    RATE,
    WINDOW,
    band_edges_hz,
    frame_powers,
    log_mel,
)
from affect_perception.core.voice.resample import Resampler
from affect_perception.core.voice.sound_stream import SoundStream
from affect_perception.core.voice.speech_rate import speech_rate, syllable_nuclei
from affect_perception.sim.voice import Phrase, SpokenVoice, speak

pytestmark = pytest.mark.unit


def tone(hz, seconds=1.0, rate=RATE, level=0.5):
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("rate", "samples", "match"),
    [
        (16000, np.array([0.0, np.nan], np.float32), "finite"),
        (16000, np.array([0.0, np.inf], np.float32), "finite"),
        (16000, np.zeros(0, np.float32), "shape"),
        (16000, np.zeros((4, 3), np.float32), "shape"),
        (16000, np.zeros((2, 2, 2), np.float32), "shape"),
        (16000, np.zeros(4, np.float64), "float32 or int16"),
        (16000, np.zeros(4, np.uint8), "float32 or int16"),
        (0, np.zeros(4, np.float32), "rate"),
        (1_000_000, np.zeros(4, np.float32), "rate"),
    ],
)
def test_a_chunk_that_cannot_be_used_is_refused(rate, samples, match):
    with pytest.raises(InputError, match=match):
        AudioChunk(0, rate, samples)


def test_a_chunk_becomes_mono_at_full_scale_one():
    stereo = np.array([[16384, -16384], [32767, 32767]], np.int16)
    chunk = AudioChunk(5, 8000, stereo)
    assert chunk.mono() == pytest.approx([0.0, 32767 / 32768])
    assert chunk.channels == 2
    assert chunk.end_ns == 5 + 250_000


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_resampling_equals_scipy_on_the_whole_sound(rate):
    sound = np.random.default_rng(1).normal(0, 0.1, rate // 2)
    common = math.gcd(rate, RATE)
    whole = scipy.signal.resample_poly(sound, RATE // common, rate // common)
    resampler = Resampler(rate)
    cuts = np.array_split(sound, 7)
    found = np.concatenate([*(resampler.push(part) for part in cuts), resampler.flush()])
    assert len(found) == len(whole)
    assert np.abs(found - whole).max() < 1e-6


def test_a_tone_keeps_its_place_in_time_and_what_16_khz_cannot_hold_goes():
    found = Resampler(48000).push(tone(1000, rate=48000))
    assert np.abs(found - tone(1000)[: len(found)])[50:-50].max() < 2e-3
    assert np.abs(Resampler(48000).push(tone(11_000, rate=48000)))[50:].max() < 0.01


def chunks_of(sound, size, rate=RATE, start=10**18):
    for first in range(0, len(sound), size):
        stamp = start + first * 10**9 // rate
        yield AudioChunk(stamp, rate, sound[first : first + size])


def test_chunks_in_a_row_make_a_row():
    stream = SoundStream(VoiceConfig())
    pieces = [stream.push(chunk) for chunk in chunks_of(tone(300), 160)]
    assert [piece.restarted for piece in pieces] == [True] + [False] * 99
    assert all(piece.reasons == () for piece in pieces)
    assert pieces[-1].end_ns == 10**18 + 10**9


def test_jitter_of_the_stamps_is_no_gap():
    stream = SoundStream(VoiceConfig())
    rng = np.random.default_rng(2)
    pieces = []
    for chunk in chunks_of(tone(300, 5.0), 320):
        late = int(rng.integers(-5_000_000, 5_000_000))
        pieces.append(stream.push(AudioChunk(chunk.stamp_ns + late, RATE, chunk.samples)))
    assert not any(piece.restarted for piece in pieces[1:])
    assert abs(pieces[-1].end_ns - 10**18 - 5 * 10**9) < 5_000_000


def test_a_slow_clock_is_followed():
    # 200 parts per million for five minutes are 60 ms, three times the tolerance.
    stream = SoundStream(VoiceConfig())
    sound = tone(300, 0.1)
    for number in range(3000):
        piece = stream.push(AudioChunk(round(number * 1e8 * 1.0002), RATE, sound))
        assert piece.restarted == (number == 0)


def test_a_gap_starts_a_new_row():
    stream = SoundStream(VoiceConfig())
    stream.push(AudioChunk(0, RATE, tone(300, 0.1)))
    piece = stream.push(AudioChunk(200_000_000, RATE, tone(300, 0.1)))
    assert piece.restarted
    assert piece.reasons == (VoiceReason.SOUND_GAP,)


def test_what_was_heard_already_is_dropped():
    stream = SoundStream(VoiceConfig())
    sound = tone(300, 0.4)
    stream.push(AudioChunk(0, RATE, sound[:3200]))
    piece = stream.push(AudioChunk(100_000_000, RATE, sound[1600:4800]))
    assert piece.reasons == (VoiceReason.SOUND_OVERLAP,)
    assert np.array_equal(piece.samples, sound[3200:4800])
    assert stream.push(AudioChunk(0, RATE, sound[:1600])) is None


def test_a_recording_that_starts_again_starts_a_new_row():
    stream = SoundStream(VoiceConfig())
    stream.push(AudioChunk(10**12, RATE, tone(300, 0.1)))
    piece = stream.push(AudioChunk(0, RATE, tone(300, 0.1)))
    assert piece.restarted
    assert piece.reasons == (VoiceReason.STAMP_JUMP,)


def test_another_rate_starts_a_new_row():
    stream = SoundStream(VoiceConfig())
    stream.push(AudioChunk(0, RATE, tone(300, 0.1)))
    assert stream.push(AudioChunk(100_000_000, 48000, tone(300, 0.1))).restarted


def test_the_level_of_a_tone_is_right():
    level = LevelMeter(RATE, VoiceConfig()).push(tone(400, level=0.5))
    assert level.mean_dbfs == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.05)
    assert level.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert level.reasons == ()


def test_silence_and_clipping_are_told():
    quiet = LevelMeter(RATE, VoiceConfig()).push(np.zeros(RATE, np.float32))
    assert quiet.reasons == (VoiceReason.SILENT,)
    assert quiet.mean_dbfs == -math.inf
    loud = LevelMeter(RATE, VoiceConfig()).push(np.clip(tone(400, level=1.5), -1.0, 1.0))
    assert loud.reasons == (VoiceReason.CLIPPED,)
    assert 0.3 < loud.clipped_share < 0.7


def test_clipping_is_forgotten_after_a_second():
    meter = LevelMeter(RATE, VoiceConfig())
    assert meter.push(np.ones(RATE // 10, np.float32)).reasons == (VoiceReason.CLIPPED,)
    assert meter.push(tone(400, 1.0)).reasons == ()


def test_a_tone_shows_in_its_band():
    frames = log_mel(tone(1000))
    edges = band_edges_hz()
    strongest = int(frames.mean(axis=0).argmax())
    assert edges[strongest] < 1000 < edges[strongest + 2]
    assert frames.shape == ((RATE - WINDOW) // HOP + 1, BANDS)


def test_the_bands_hold_the_power_of_the_sound():
    noise = np.random.default_rng(3).normal(0, 0.1, (200, WINDOW))
    inside = (7600 - 50) / 8000
    power = np.mean([frame_powers(frame).sum() for frame in noise])
    assert power == pytest.approx(0.01 * inside, rel=0.05)


def test_features_of_nonsense_are_refused():
    with pytest.raises(InputError, match="finite"):
        log_mel(np.array([np.nan] * 1000))


@pytest.mark.parametrize(("pitch", "speed"), [(110.0, 4.0), (200.0, 5.0), (230.0, 3.0)])
def test_syllables_are_counted(pitch, speed):
    voice = SpokenVoice(pitch_hz=pitch, syllables_per_s=speed)
    sound = speak([Phrase(12, 0.5)], voice, before_s=0.0)
    talk = sound.samples[: round(sound.talk[0][1] * RATE)]
    assert abs(len(syllable_nuclei(log_mel(talk))) - 12) <= 1
    assert speech_rate(log_mel(talk)) == pytest.approx(speed, rel=0.12)


def test_nothing_is_said_of_very_short_speech():
    assert math.isnan(speech_rate(log_mel(tone(300, 0.2))))
    assert not len(syllable_nuclei(log_mel(tone(300, 0.0))))
