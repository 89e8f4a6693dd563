"""File names of RAVDESS: what their seven codes say.

Livingstone and Russo, "The Ryerson audio-visual database of emotional speech and song", PLoS ONE
13(5), 2018, table 2: modality, vocal channel, emotion, intensity, statement, repetition, actor.
"""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError

MODALITIES = ("audio-video", "video", "audio")
CHANNELS = ("speech", "song")
INTENSITIES = ("normal", "strong")
ACTORS = 24

_LIMITS = (
    len(MODALITIES), len(CHANNELS), len(RAVDESS_CLASSES), len(INTENSITIES), 2, 2, ACTORS,
)  # fmt: skip


@dataclass(frozen=True)
class RavdessName:
    """The meaning of a file name.

    Attributes:
        modality: One of `MODALITIES`.
        channel: One of `CHANNELS`.
        emotion: One of `core.affect_classes.RAVDESS_CLASSES`.
        intensity: One of `INTENSITIES`.
        statement: 1 "Kids are talking by the door", 2 "Dogs are sitting by the door".
        repetition: 1 or 2.
        actor: 1 to 24; odd ones are men.
    """

    modality: str
    channel: str
    emotion: str
    intensity: str
    statement: int
    repetition: int
    actor: int

    @property
    def sex(self) -> str:
        """Of the actor."""
        return "male" if self.actor % 2 else "female"

    def as_modality(self, modality: str) -> str:
        """File name without extension of the same take in another modality."""
        codes = (
            MODALITIES.index(modality) + 1,
            CHANNELS.index(self.channel) + 1,
            RAVDESS_CLASSES.index(self.emotion) + 1,
            INTENSITIES.index(self.intensity) + 1,
            self.statement,
            self.repetition,
            self.actor,
        )
        return "-".join(f"{code:02d}" for code in codes)


def parse_ravdess_name(name: str) -> RavdessName:
    """Reads a file name without folder and extension.

    Raises:
        InputError: If it is no such name: seven numbers of two digits within their ranges.
    """
    parts = name.split("-")
    if len(parts) != len(_LIMITS) or not all(len(p) == 2 and p.isdigit() for p in parts):
        raise InputError(f"{name!r} is no RAVDESS name such as 01-01-06-01-02-01-12")
    codes = [int(part) for part in parts]
    for place, (code, limit) in enumerate(zip(codes, _LIMITS, strict=True)):
        if not 1 <= code <= limit:
            raise InputError(f"{name!r}: code {place + 1} is {code:02d}, not 01 to {limit:02d}")
    return RavdessName(
        MODALITIES[codes[0] - 1],
        CHANNELS[codes[1] - 1],
        RAVDESS_CLASSES[codes[2] - 1],
        INTENSITIES[codes[3] - 1],
        *codes[4:],
    )
