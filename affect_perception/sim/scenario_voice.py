"""The sound of a scenario: the made voice talks where the script lets the driver talk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from affect_perception.core.types import AudioChunk
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.voice import Phrase, SpokenSound, SpokenVoice, speak

RATE = 16_000
CHUNK_S = 0.02
_NOISE = 3e-4


def scenario_sound(scenario: Scenario, voice: SpokenVoice | None = None) -> SpokenSound:
    """What a microphone would hear of a scenario: talk, else the noise of the room.

    Syllables and mouth do not move together: the mouth of a spell of talking has a rhythm of its
    own. A spell is filled with whole syllables, and one that begins within another follows it.

    Args:
        scenario: The script; its seed is that of the sound.
        voice: How the driver sounds.
    """
    voice = voice or SpokenVoice()
    talks = sorted((m.at, m.duration) for m in scenario.timeline.moments if m.kind == "talk")
    total = round(scenario.duration_s * RATE)
    if not talks:
        noise = _NOISE * np.random.default_rng(scenario.seed).normal(size=total)
        return SpokenSound(noise.astype(np.float32), RATE, (), ())
    lengths = [max(1, round(length * voice.syllables_per_s)) for _, length in talks]
    starts = [at for at, _ in talks][1:] + [scenario.duration_s]
    phrases, now = [], talks[0][0]
    for syllables, following in zip(lengths, starts, strict=True):
        now += syllables / voice.syllables_per_s
        pause = max(0.0, following - now)
        phrases.append(Phrase(syllables, pause))
        now += pause
    seed = scenario.seed
    sound = speak(phrases, voice, rate=RATE, before_s=talks[0][0], noise=_NOISE, seed=seed)
    # Rounding of single phrases, and a spell that is cut off by the end.
    samples = np.zeros(total, np.float32)
    heard = min(total, len(sound.samples))
    samples[:heard] = sound.samples[:heard]
    return SpokenSound(samples, RATE, sound.talk, sound.nuclei)


def sound_chunks(sound: SpokenSound, start_ns: int) -> Iterator[AudioChunk]:
    """The sound in pieces of 20 ms, as a microphone gives them; time 0 has the stamp `start_ns`."""
    size = round(CHUNK_S * sound.rate)
    for first in range(0, len(sound.samples) - size + 1, size):
        stamp = start_ns + first * 1_000_000_000 // sound.rate
        yield AudioChunk(stamp, sound.rate, sound.samples[first : first + size])
