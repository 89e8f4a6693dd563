"""A voice made of formants: talk with syllables and pauses, for tests and trials without a speaker.

A pulse train at the pitch of the voice, with breath noise, goes through three resonators that move
from vowel to vowel (the source and filter of Fant, "Acoustic Theory of Speech Production", 1960;
formants of the five vowels after Peterson and Barney, JASA 24, 1952, rounded; both from memory,
verified against the primary texts: no). It sounds like a robot; a speech detector takes it for
speech, a speech-emotion network was not trained on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal

from affect_perception.core.errors import InputError

VOWELS_HZ = (
    (730.0, 1090.0, 2440.0),  # a
    (530.0, 1840.0, 2480.0),  # e
    (270.0, 2290.0, 3010.0),  # i
    (570.0, 840.0, 2410.0),  # o
    (300.0, 870.0, 2240.0),  # u
)
_BANDWIDTHS_HZ = (80.0, 100.0, 140.0)
# Of a syllable, the share that is the vowel; the rest is a dip of a tenth of its level.
_VOWEL_SHARE = 0.65
_BLOCK_S = 0.005

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SpokenVoice:
    """How the voice sounds.

    Attributes:
        pitch_hz: Mean fundamental frequency.
        pitch_swing: Rise and fall of the pitch over a phrase, share of the pitch.
        syllables_per_s: Speed.
        level: Largest amplitude, full scale 1.
        breath: Noise beside the pulses, share.
    """

    pitch_hz: float = 200.0
    pitch_swing: float = 0.15
    syllables_per_s: float = 5.0
    level: float = 0.3
    breath: float = 0.02


@dataclass(frozen=True)
class Phrase:
    """Talk of so many syllables, and a silence after it, s."""

    syllables: int
    pause_s: float


@dataclass(frozen=True)
class SpokenSound:
    """The sound and what is said when.

    Attributes:
        samples: (n,) float32.
        rate: Samples per second.
        talk: First and last second of each phrase.
        nuclei: Middle of each syllable's vowel, s.
    """

    samples: npt.NDArray[np.float32]
    rate: int
    talk: tuple[tuple[float, float], ...]
    nuclei: tuple[float, ...]


def speak(
    phrases: Sequence[Phrase],
    voice: SpokenVoice | None = None,
    *,
    rate: int = 16_000,
    before_s: float = 0.5,
    noise: float = 3e-4,
    seed: int = 1,
) -> SpokenSound:
    """Makes the sound of phrases.

    Args:
        phrases: What is said.
        voice: By whom.
        rate: Samples per second, 8000 to 48000.
        before_s: Silence before the first phrase.
        noise: Root mean square of the noise of the room.
        seed: Of vowels and noise.

    Raises:
        InputError: If there is nothing to say or a number is out of range.
    """
    voice = voice or SpokenVoice()
    if not phrases or not 8_000 <= rate <= 48_000 or voice.syllables_per_s <= 0.0:
        raise InputError(f"cannot speak {len(phrases)} phrases at {rate} Hz as {voice}")
    rng = np.random.default_rng(seed)
    parts, talk, nuclei = [np.zeros(round(before_s * rate))], [], []
    now = before_s
    for phrase in phrases:
        sound = _phrase(phrase.syllables, voice, rate, rng)
        seconds = len(sound) / rate
        step = 1.0 / voice.syllables_per_s
        nuclei += [now + (k + 0.5 * _VOWEL_SHARE) * step for k in range(phrase.syllables)]
        talk.append((now, now + seconds))
        parts += [sound, np.zeros(round(phrase.pause_s * rate))]
        now += seconds + phrase.pause_s
    samples = np.concatenate(parts)
    samples = samples + noise * rng.normal(size=len(samples))
    return SpokenSound(samples.astype(np.float32), rate, tuple(talk), tuple(nuclei))


def _phrase(syllables: int, voice: SpokenVoice, rate: int, rng: np.random.Generator) -> Array:
    count = round(syllables / voice.syllables_per_s * rate)
    seconds = np.arange(count) / rate
    rise = np.sin(np.pi * seconds * rate / max(1, count))
    pitch = voice.pitch_hz * (1.0 + voice.pitch_swing * (rise - 0.5))
    phase = np.cumsum(pitch) / rate
    pulses = np.diff(np.floor(phase), prepend=0.0)
    # A glottal pulse falls by about 12 dB per octave, lips give 6 back: one integration.
    source = scipy.signal.lfilter([1.0], [1.0, -0.97], pulses)
    source = source + voice.breath * rng.normal(size=count)
    vowels = np.array(VOWELS_HZ)[rng.integers(0, len(VOWELS_HZ), syllables)]
    place = seconds * voice.syllables_per_s
    sound = _formants(source, vowels, place, rate)
    within = place % 1.0
    loud = np.where(within < _VOWEL_SHARE, np.sin(np.pi * within / _VOWEL_SHARE), 0.0)
    sound = sound * (0.1 + 0.9 * np.clip(loud, 0.0, 1.0))
    return voice.level * sound / max(1e-9, float(np.abs(sound).max()))


def _formants(source: Array, vowels: Array, place: Array, rate: int) -> Array:
    """Filters block by block with the formants of the syllable, gliding from one to the next."""
    block = max(1, round(_BLOCK_S * rate))
    sound = np.empty_like(source)
    states = [np.zeros(2) for _ in _BANDWIDTHS_HZ]
    for start in range(0, len(source), block):
        syllable = min(len(vowels) - 1, int(place[start]))
        following = min(len(vowels) - 1, syllable + 1)
        glide = max(0.0, (place[start] - syllable - _VOWEL_SHARE) / (1.0 - _VOWEL_SHARE))
        hz = vowels[syllable] + min(1.0, glide) * (vowels[following] - vowels[syllable])
        piece = source[start : start + block]
        for number, width in enumerate(_BANDWIDTHS_HZ):
            radius = np.exp(-np.pi * width / rate)
            angle = 2.0 * np.pi * min(float(hz[number]), 0.45 * rate) / rate
            poles = [1.0, -2.0 * radius * np.cos(angle), radius**2]
            gain = [sum(poles)]
            piece, states[number] = scipy.signal.lfilter(gain, poles, piece, zi=states[number])
        sound[start : start + block] = piece
    return sound
