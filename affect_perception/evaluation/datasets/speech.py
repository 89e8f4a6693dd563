"""Emotional speech with speakers, and recordings of noise.

A folder holds `labels.csv` with the columns file, emotion, and actor or speaker, sounds below it;
or it has one of the layouts in speech_layouts.py. docs/evaluation.md says where sets come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import scipy.signal

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.voice.log_mel import RATE
from affect_perception.evaluation.datasets.speech_layouts import read_published
from affect_perception.evaluation.datasets.table import Table, read_table
from affect_perception.io.audio import read_audio

Array = npt.NDArray[np.float32]

EMOTIONS: Mapping[str, str] = MappingProxyType(
    {
        "neutral": "neutral", "calm": "calm",
        "happy": "happiness", "happiness": "happiness",
        "sad": "sadness", "sadness": "sadness",
        "angry": "anger", "anger": "anger",
        "fearful": "fear", "fear": "fear",
        "disgust": "disgust",
        "surprised": "surprise", "surprise": "surprise",
        "boredom": "boredom",
    }
)  # fmt: skip
"""Names in the tables to names in `core.affect_classes`; boredom stands for itself."""


@dataclass(frozen=True)
class SpeechClip:
    """One spoken sentence.

    Attributes:
        path: Sound file.
        speaker: Speaker as named in the table.
        emotion: Name as in `core.affect_classes`, or "boredom".
        sex: "male", "female" or "".
    """

    path: Path
    speaker: str
    emotion: str
    sex: str = ""

    @cached_property
    def samples(self) -> Array:
        """(n,) mono at 16 kHz, -1..1."""
        return read_mono(self.path)


def read_speech(folder: Path, split: str | None = None) -> list[SpeechClip]:
    """Reads a folder of emotional speech: its table, in that order, or its published layout.

    Args:
        folder: The folder.
        split: Only this speaker, or speakers joined by commas.

    Raises:
        InputError: If it is no such folder, or its table lacks a column, names an unknown emotion
            or a missing file.
    """
    if (folder / "labels.csv").is_file():
        clips = _of_table(folder)
    else:
        clips = [SpeechClip(*clip) for clip in read_published(folder)]
    wanted = set(split.split(",")) if split else None
    kept = [clip for clip in clips if wanted is None or clip.speaker in wanted]
    if not kept:
        known = sorted({clip.speaker for clip in clips})
        raise InputError(f"{folder}: no clip of speaker {split}; there are {', '.join(known)}")
    return kept


def _of_table(folder: Path) -> list[SpeechClip]:
    table = read_table(folder / "labels.csv")
    column = _speaker_column(table)
    table.need(["file", "emotion", column])
    clips = []
    for row in table.rows:
        name, path = row.text("emotion"), folder / row.text("file")
        if name not in EMOTIONS:
            raise InputError(
                f"{table.path}, line {row.line}: unknown emotion {name!r} "
                f"(known: {', '.join(EMOTIONS)})"
            )
        if not path.is_file():
            raise InputError(f"{table.path}, line {row.line}: no such file: {path}")
        sex = row.text("sex") if table.has("sex") else ""
        clips.append(SpeechClip(path, row.text(column), EMOTIONS[name], sex))
    return clips


def _speaker_column(table: Table) -> str:
    for column in ("actor", "speaker"):
        if table.has(column):
            return column
    raise InputError(f"{table.path}: has neither a column 'actor' nor 'speaker'")


def classes_of(clips: Sequence[SpeechClip]) -> tuple[str, ...]:
    """The classes of the voice network that occur among the clips, in its order."""
    found = {clip.emotion for clip in clips}
    return tuple(name for name in RAVDESS_CLASSES if name in found)


NOISE_SHARE = 0.6
"""First part of each recording of noise that training may use; evaluation takes the rest."""


@dataclass(frozen=True)
class NoiseRecording:
    """One recording of noise: file, class as in the table ("car_cabin", "rain", ...)."""

    path: Path
    kind: str

    @cached_property
    def samples(self) -> Array:
        """(n,) mono at 16 kHz, -1..1."""
        return read_mono(self.path)


def read_noises(folder: Path) -> list[NoiseRecording]:
    """Reads a folder of noise recordings (columns file, class of labels.csv)."""
    table = read_table(folder / "labels.csv")
    table.need(["file", "class"])
    return [NoiseRecording(folder / row.text("file"), row.text("class")) for row in table.rows]


def read_mono(path: Path) -> Array:
    """The file's sound as (n,) at 16 kHz, channels averaged.

    Raises:
        InputError: If the file cannot be read.
    """
    samples, rate = read_audio(path)
    mono = samples.mean(axis=1)
    if rate == RATE:
        return np.asarray(mono, np.float32)
    common = gcd(rate, RATE)
    changed = scipy.signal.resample_poly(mono, RATE // common, rate // common)
    return np.asarray(changed, np.float32)
