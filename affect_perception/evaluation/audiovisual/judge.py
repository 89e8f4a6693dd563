"""Judges clips by face and voice with the audio-visual network, one after the other in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.evaluation.audiovisual.features import FACE, FEATURES, VOICE, known
from affect_perception.evaluation.audiovisual.past import SpeakerPast
from affect_perception.evaluation.speaker_orders import random_orders

Array = npt.NDArray[np.float64]

WAYS = ("voice", "face", "late", "early", "hybrid")
"""In the order of the network's rows: each modality alone; late, the product of the two; early, one
classifier on the features of both; hybrid, the product of late and early."""
HYBRID = WAYS.index("hybrid")
CLASSES = RAVDESS_CLASSES


class AudiovisualEmotion:
    """Judges the clips of one person.

    Args:
        network: Takes features, and mean, variance and count of the person's clips so far, each
            float32 (1, n); gives probabilities (1, ways, classes) of the clip alone, and relative
            to what is usual for the person.
        learn: True: relative to the person's clips so far, the one being judged among them. False:
            each clip by itself.
    """

    def __init__(self, network: Network, *, learn: bool = True) -> None:
        self._network = network
        self._learn = learn
        self._past = SpeakerPast(FEATURES)
        self.matched = np.zeros((3, 0))
        """(3, pairs) of the clip judged last: numbers of voice and face, and their correlations;
        these are 0 without one of the two."""

    def judge(self, features: Array) -> Array:
        """Probabilities (ways, classes).

        Without a modality its own row is NaN, and every fusion is what the other one says.

        Args:
            features: (FEATURES,) as from `features.scaled`, NaN where unknown.

        Raises:
            InputError: If nothing is known, or the number of features is another.
        """
        heard, seen = self._there(features)
        if self._learn:
            self._past.take(features)
        alone, relative, matched = self._network.run(
            features.astype(np.float32)[None], *self._past.arrays()
        )
        self.matched = np.array(matched[0, int(self._learn)], np.float64) * (heard and seen)
        found = np.array((relative if self._learn else alone)[0], np.float64)
        if not (heard and seen):
            found[:] = found[WAYS.index("voice" if heard else "face")]
            found[WAYS.index("face" if heard else "voice")] = np.nan
        return found

    @staticmethod
    def _there(features: Array) -> tuple[bool, bool]:
        if features.shape != (FEATURES,):
            raise InputError(f"expected {FEATURES} features, found {features.shape}")
        heard, seen = known(features, VOICE), known(features, FACE)
        if not (heard or seen):
            raise InputError("a clip without any feature of voice or face cannot be judged")
        return heard, seen


def judge_all(
    network: Network, features: Array, speakers: Sequence[str], *, learn: bool, seed: int = 0
) -> Array:
    """Probabilities (n, ways, classes) of the clips of several people; see `judge_matched`."""
    return judge_matched(network, features, speakers, learn=learn, seed=seed)[0]


def judge_matched(
    network: Network, features: Array, speakers: Sequence[str], *, learn: bool, seed: int = 0
) -> tuple[Array, Array]:
    """Probabilities (n, ways, classes) of the clips of several people, and (n, 3, pairs).

    Args:
        network: The audio-visual network.
        features: (n, FEATURES).
        speakers: Of each clip.
        learn: As for `AudiovisualEmotion`.
        seed: Of the order of time in which each person's clips come.
    """
    found = np.zeros((len(features), len(WAYS), len(CLASSES)))
    matched: list[Array] = [np.zeros((3, 0))] * len(features)
    for order in random_orders(speakers, seed).values():
        person = AudiovisualEmotion(network, learn=learn)
        for index in order:
            found[index] = person.judge(features[index])
            matched[index] = person.matched
    return found, np.stack(matched)
