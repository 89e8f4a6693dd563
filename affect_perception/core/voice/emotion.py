"""How a sentence sounds: class probabilities, valence and arousal, with causal normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import (
    RAVDESS_CLASSES,
    ValenceArousal,
    relative_entropy,
    shared_from_ravdess,
    valence_arousal,
)
from affect_perception.core.errors import InputError, ModelContractError
from affect_perception.core.network import Network
from affect_perception.core.voice.log_mel import BANDS
from affect_perception.core.voice.prosody import STATISTICS, prosody
from affect_perception.core.voice.speaker_normal import SpeakerNormal
from affect_perception.core.voice.speech_features import WIDTH

MEMBERS = 1
"""Networks that judge a sentence together."""
OWN_VECTOR = 128
"""Length of the vector that each of them makes of a sentence."""
VECTOR = MEMBERS * OWN_VECTOR + STATISTICS
"""Length of what is remembered of a sentence: the vectors, and the statistics of `prosody`."""
MIN_FRAMES = 16
"""Fewest frames that the network takes (its last stage sees every 16th)."""


@dataclass(frozen=True)
class SpokenEmotion:
    """How a piece of speech sounds.

    Attributes:
        probabilities: (8,) over `RAVDESS_CLASSES`.
        vector: (VECTOR,) what the network made of it, for the running mean.
    """

    probabilities: npt.NDArray[np.float64]
    vector: npt.NDArray[np.float32]

    @cached_property
    def shared(self) -> npt.NDArray[np.float64]:
        """(8,) over `AFFECT_CLASSES`; contempt is NaN."""
        return shared_from_ravdess(self.probabilities)

    @cached_property
    def affect(self) -> ValenceArousal:
        """Valence and arousal."""
        return valence_arousal(self.probabilities, RAVDESS_CLASSES)

    @cached_property
    def entropy(self) -> float:
        """0 sure, 1 no idea."""
        return relative_entropy(self.probabilities)


class SpeechEmotion:
    """Judges the speech of one speaker, sentence after sentence.

    Args:
        network: `voice_emotion` of the manifest.
        learn: Whether to learn what the speaker usually sounds like.
    """

    def __init__(self, network: Network, *, learn: bool = True) -> None:
        self._network = network
        self._learn = learn
        self.speaker = SpeakerNormal(VECTOR)

    def judge(self, frames: npt.NDArray[np.floating]) -> SpokenEmotion:
        """Judges a sentence as far as it was heard; changes nothing.

        Args:
            frames: (k, WIDTH) of `speech_features`, at least `MIN_FRAMES`.

        Raises:
            InputError: If the features have another shape or are not finite.
        """
        if frames.ndim != 2 or frames.shape[1] != WIDTH or len(frames) < MIN_FRAMES:
            raise InputError(
                f"speech emotion needs at least {MIN_FRAMES} frames of {WIDTH}, got {frames.shape}"
            )
        if not np.isfinite(frames).all():
            raise InputError("features of speech hold a value that is not finite")
        sound = np.ascontiguousarray(frames[:, :BANDS], np.float32)
        statistics = prosody(frames)[None]
        probabilities, vector = self._network.run(sound, *self.speaker.arrays(), statistics)
        if probabilities.shape != (1, len(RAVDESS_CLASSES)) or vector.shape != (1, VECTOR):
            raise ModelContractError(
                f"{self._network.name}: gave {probabilities.shape} and {vector.shape}"
            )
        return SpokenEmotion(probabilities[0].astype(np.float64), vector[0])

    def finish(self, frames: npt.NDArray[np.floating], found: SpokenEmotion) -> None:
        """Takes in a sentence that is over, with what `judge` found in it."""
        if self._learn:
            self.speaker.take(frames[:, :BANDS], found.vector)
