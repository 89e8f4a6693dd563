"""Where the time of one second of sound goes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from affect_perception.core.config import VoiceConfig
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types import AudioChunk
from affect_perception.core.voice.pipeline import VoicePipeline
from affect_perception.evaluation.bench.stages import TimedNetwork
from affect_perception.inference.voice import load_voice_networks
from affect_perception.sim.voice import Phrase, speak

CHUNK_S = 0.02
INPUTS = ((16_000, 1), (48_000, 2))
"""Sampling rates and channels that are measured: the networks' own, and a usual sound card's."""
# Talk in two thirds of the time, sentences of 2 to 4 s: more than a driver says.
_PHRASES = tuple(Phrase(syllables, 1.5) for syllables in (12, 20, 10, 16, 14, 18))
# Seconds at the start that hold allocations which never come again.
_WARM_UP_S = 2


@dataclass(frozen=True)
class VoiceFigures:
    """Milliseconds for one second of sound.

    Attributes:
        rate: Samples per second.
        channels: Channels.
        seconds: Length of the sound.
        speech_ms: In the speech detector, median over the seconds.
        emotion_ms: In the speech-emotion network, mean: it runs only while somebody talks.
        rest_ms: Level, sampling rate, features, sentences and what goes round them, mean.
        median_ms: All of it, median over the seconds.
        worst_ms: The longest second.
        processor_ms: Processor time, mean.
    """

    rate: int
    channels: int
    seconds: int
    speech_ms: float
    emotion_ms: float
    rest_ms: float
    median_ms: float
    worst_ms: float
    processor_ms: float


def voice_times(networks: VoiceNetworks | None = None) -> list[VoiceFigures]:
    """Times the voice's pipeline on made talk, for each of `INPUTS`.

    Args:
        networks: Networks of the voice; the installed ones if None.
    """
    networks = networks or load_voice_networks()
    return [_times(networks, rate, channels) for rate, channels in INPUTS]


def _times(networks: VoiceNetworks, rate: int, channels: int) -> VoiceFigures:
    speech = None if networks.speech is None else TimedNetwork(networks.speech)
    emotion = None if networks.emotion is None else TimedNetwork(networks.emotion)
    pipeline = VoicePipeline(VoiceConfig(), VoiceNetworks(speech, emotion))
    rows = []
    processor = 0
    for number, second in enumerate(_seconds(rate, channels)):
        before = [0 if n is None else n.spent_ns for n in (speech, emotion)]
        start, busy = time.perf_counter_ns(), time.process_time_ns()
        for chunk in second:
            pipeline.step(chunk)
        spent, busy = time.perf_counter_ns() - start, time.process_time_ns() - busy
        if number >= _WARM_UP_S:
            after = [0 if n is None else n.spent_ns for n in (speech, emotion)]
            rows.append((spent, after[0] - before[0], after[1] - before[1]))
            processor += busy
    table = np.array(rows, np.float64) * 1e-6
    rest = table[:, 0] - table[:, 1] - table[:, 2]
    return VoiceFigures(
        rate=rate,
        channels=channels,
        seconds=len(table),
        speech_ms=float(np.median(table[:, 1])),
        emotion_ms=float(table[:, 2].mean()),
        rest_ms=float(rest.mean()),
        median_ms=float(np.median(table[:, 0])),
        worst_ms=float(table[:, 0].max()),
        processor_ms=processor * 1e-6 / len(table),
    )


def _seconds(rate: int, channels: int) -> list[list[AudioChunk]]:
    """Made talk in chunks, second by second."""
    sound = speak(_PHRASES, rate=rate, seed=3).samples
    samples = sound if channels == 1 else np.stack([sound] * channels, axis=1)
    size = round(CHUNK_S * rate)
    chunks = [
        AudioChunk(10**18 + first * 10**9 // rate, rate, samples[first : first + size])
        for first in range(0, len(samples) - size + 1, size)
    ]
    each = round(1.0 / CHUNK_S)
    return [chunks[first : first + each] for first in range(0, len(chunks) - each + 1, each)]
