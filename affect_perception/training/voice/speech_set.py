"""The sentences of a data set as mel powers in memory, and the batches of a training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.voice.log_mel import BANDS, FLOOR, RATE, log_mel
from affect_perception.core.voice.prosody import prosody
from affect_perception.core.voice.speech_features import speech_features
from affect_perception.evaluation.datasets.speech import (
    NOISE_SHARE,
    NoiseRecording,
    SpeechClip,
    read_noises,
    read_speech,
)

SPEECH = "audio/ravdess_speech"
NOISES = ("audio/cabin_and_vehicle_sounds", "audio/esc10_background")
LONGEST_S = 5.0
"""A sentence of `more` is cut here, as in use."""
# Sounds of living beings are speech of a kind, not noise to be ignored by an emotion network.
_LIVING = ("baby_cry", "person_sneeze", "cough", "snore", "yawn", "dog_bark")


@dataclass(frozen=True)
class SpeechSet:
    """Sentences of emotional speech.

    Attributes:
        powers: (n, BANDS, m) mel powers, zero after the end of each.
        frames: (n,) number of valid frames.
        labels: (n,) index in `RAVDESS_CLASSES`.
        speakers: (n,) name of the speaker.
        prosody: (n, STATISTICS) of each sentence as it was recorded.
    """

    powers: Tensor
    frames: Tensor
    labels: Tensor
    speakers: tuple[str, ...]
    prosody: npt.NDArray[np.float32]

    def of(self, speakers: Sequence[str]) -> SpeechSet:
        """The sentences of these speakers."""
        rows = [i for i, name in enumerate(self.speakers) if name in speakers]
        if not rows:
            raise InputError(f"no sentence of the speakers {', '.join(speakers)}")
        names = tuple(self.speakers[i] for i in rows)
        return SpeechSet(
            self.powers[rows], self.frames[rows], self.labels[rows], names, self.prosody[rows]
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The speakers, in the order of the table."""
        return tuple(dict.fromkeys(self.speakers))


def speech_set(clips: Sequence[SpeechClip], longest: int | None = None) -> SpeechSet:
    """The features of sentences, of each at most so many samples.

    Raises:
        InputError: If there is a class that is not learned.
    """
    strange = {clip.emotion for clip in clips} - set(RAVDESS_CLASSES)
    if strange:
        raise InputError(f"cannot learn the classes {', '.join(sorted(strange))}")
    features = [speech_features(clip.samples[:longest]) for clip in clips]
    parts = [_powers(one[:, :BANDS]) for one in features]
    frames = max(len(part) for part in parts)
    powers = torch.zeros(len(parts), parts[0].shape[1], frames)
    for index, part in enumerate(parts):
        powers[index, :, : len(part)] = part.T
    return SpeechSet(
        powers,
        torch.tensor([len(part) for part in parts]),
        torch.tensor([RAVDESS_CLASSES.index(clip.emotion) for clip in clips]),
        tuple(clip.speaker for clip in clips),
        np.stack([prosody(one) for one in features]),
    )


def joined(first: SpeechSet, second: SpeechSet) -> SpeechSet:
    """The sentences of both sets."""
    longest = max(first.powers.shape[2], second.powers.shape[2])
    powers = [
        torch.nn.functional.pad(one.powers, (0, longest - one.powers.shape[2]))
        for one in (first, second)
    ]
    return SpeechSet(
        torch.cat(powers),
        torch.cat([first.frames, second.frames]),
        torch.cat([first.labels, second.labels]),
        first.speakers + second.speakers,
        np.concatenate([first.prosody, second.prosody]),
    )


def load_more(data: Path, names: Sequence[str]) -> SpeechSet | None:
    """The folders that a recipe names beside `SPEECH`, without classes that are not learned.

    Raises:
        InputError: If one is missing or wrong.
    """
    clips = []
    for name in names:
        for clip in read_speech(data / name):
            if clip.emotion in RAVDESS_CLASSES:
                # Speakers of different sets may have the same name.
                clips.append(replace(clip, speaker=f"{name}/{clip.speaker}"))
    return speech_set(clips, round(LONGEST_S * RATE)) if clips else None


def load_noises(data: Path, seed: int) -> list[Tensor]:
    """Mel powers (frames, BANDS) of noise: the recordings below `data`, and as many made noises.

    Of each recording only the first `NOISE_SHARE` is used; evaluation uses the rest.

    Raises:
        InputError: If there are no recordings.
    """
    recordings: list[NoiseRecording] = []
    for name in NOISES:
        if (data / name).is_dir():
            recordings += read_noises(data / name)
    noises = [
        mel_powers(one.samples[: int(NOISE_SHARE * len(one.samples))])
        for one in recordings
        if one.kind not in _LIVING
    ]
    if not noises:
        raise InputError(f"{data}: training needs recordings of noise: {' or '.join(NOISES)}")
    rng = np.random.default_rng(seed)
    return noises + [mel_powers(driving_noise(rng)) for _ in noises]


def driving_noise(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Ten seconds of steady noise that falls towards high frequencies, as inside a moving car.

    Its level falls by 3 to 15 dB per octave above a corner of 40 to 400 Hz and swells slowly.
    """
    count = 10 * RATE
    spectrum = np.fft.rfft(rng.normal(size=count))
    hz = np.fft.rfftfreq(count, 1.0 / RATE)
    corner, slope = 40.0 * 10.0 ** rng.uniform(), rng.uniform(0.5, 2.5)
    sound = np.fft.irfft(spectrum / (1.0 + hz / corner) ** slope, count)
    swell = 1.0 + 0.3 * np.sin(2.0 * np.pi * rng.uniform(0.05, 0.5) * np.arange(count) / RATE)
    sound = sound * swell
    return np.asarray(0.1 * sound / sound.std(), np.float32)


def mel_powers(samples: npt.NDArray[np.floating]) -> Tensor:
    """(frames, BANDS) power in the bands, without the floor that `log_mel` adds."""
    return _powers(log_mel(samples))


def _powers(frames: npt.NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.maximum(np.exp(frames) - FLOOR, 0.0))


@dataclass(frozen=True)
class Draw:
    """Which sentences form a batch: rows of the set, and the speaker's number in the batch."""

    rows: Tensor
    groups: Tensor


class Batches:
    """Batches of several sentences of a few speakers, so that each has a past.

    Args:
        labelled: The set.
        speakers: Speakers per batch.
        sentences: Sentences per speaker.
        generator: Source of chance.
    """

    def __init__(
        self, labelled: SpeechSet, speakers: int, sentences: int, generator: torch.Generator
    ) -> None:
        names = labelled.names
        self._rows = [
            torch.tensor([i for i, s in enumerate(labelled.speakers) if s == name])
            for name in names
        ]
        self._speakers = min(speakers, len(names))
        self._sentences = sentences
        self._generator = generator

    def draw(self) -> Draw:
        """The next batch."""
        chosen = torch.randperm(len(self._rows), generator=self._generator)[: self._speakers]
        rows, groups = [], []
        for group, speaker in enumerate(chosen.tolist()):
            own = self._rows[speaker]
            picks = torch.randperm(len(own), generator=self._generator)[: self._sentences]
            rows.append(own[picks])
            groups.append(torch.full((len(picks),), group))
        return Draw(torch.cat(rows), torch.cat(groups))


def earlier_of(groups: Tensor) -> Tensor:
    """(n, n) 1 where column j is an earlier sentence of the speaker of row i.

    The sentences of a group stand in their order of time.
    """
    place = torch.arange(len(groups))
    same = groups[:, None] == groups[None]
    return (same & (place[None] < place[:, None])).float()
