"""Scores of the speech-emotion network on the sentences of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.network import Network
from affect_perception.evaluation.classification import classification_scores
from affect_perception.evaluation.datasets.speech import SpeechClip, classes_of
from affect_perception.evaluation.voice.emotion_runs import Change, Features, judge_all
from affect_perception.evaluation.voice.noise import in_noise

Array = npt.NDArray[np.float64]

_NEUTRAL, _CALM = RAVDESS_CLASSES.index("neutral"), RAVDESS_CLASSES.index("calm")
ORDERS = 3
"""Random orders of time that causal figures are the mean of."""
LEVELS_DB = (20.0, 10.0, 5.0, 0.0)
"""Signal-to-noise ratios at which noise is mixed in."""


@dataclass(frozen=True)
class Judged:
    """Probabilities of clips in several orders of time.

    Attributes:
        probabilities: One (n, classes) per order.
        truth: (n,) class numbers.
        classes: The classes that occur; probabilities are of these alone and add up to 1.
        without_calm: Where calm was counted as neutral: the same with calm left out, as every other
            class that does not occur.
    """

    probabilities: tuple[Array, ...]
    truth: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    without_calm: Judged | None = None

    def scores(self) -> dict[str, float]:
        """Mean over the orders of each score."""
        each = [classification_scores(p, self.truth, self.classes) for p in self.probabilities]
        return {name: float(np.mean([one[name] for one in each])) for name in each[0]}

    @property
    def uar(self) -> float:
        """Mean recall of the classes."""
        return self.scores()["uar"]


def judge(
    network: Network, clips: Sequence[SpeechClip], features: Features, *, learn: bool
) -> Judged:
    """Judges all clips; with `learn` in `ORDERS` orders of time, else each by itself.

    Classes that no clip has are left out of the probabilities, so that a set with six of the eight
    classes is judged among these six; calm counts as neutral where a set has only neutral, as
    everywhere in `core.affect_classes`.
    """
    classes = classes_of(clips)
    truth = np.array([classes.index(clip.emotion) for clip in clips])
    found = [
        judge_all(network, clips, features, learn=learn, seed=seed)
        for seed in range(ORDERS if learn else 1)
    ]
    plain = Judged(tuple(_among(classes, everything) for everything in found), truth, classes)
    if "calm" in classes or "neutral" not in classes:
        return plain
    for everything in found:
        everything[:, _NEUTRAL] += everything[:, _CALM]
    merged = tuple(_among(classes, everything) for everything in found)
    return Judged(merged, truth, classes, plain)


def _among(classes: Sequence[str], everything: Array) -> Array:
    """(n, classes) shares of these classes alone."""
    shares = everything[:, [RAVDESS_CLASSES.index(name) for name in classes]]
    return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)


def emotion_scores(
    network: Network,
    clips: Sequence[SpeechClip],
    features: Features,
    noise: npt.NDArray[np.float32] | None,
    seed: int = 0,
) -> dict[str, float]:
    """All figures of a folder: causal (plain names), raw, in noise, and with calm left out.

    Args:
        network: The speech-emotion network.
        clips: The clips, all of classes the network knows.
        features: Their features.
        noise: Noise of a cabin, or None to leave those figures out.
        seed: Of the pieces of noise.
    """
    causal, raw = (judge(network, clips, features, learn=learn) for learn in (True, False))
    scores = dict(causal.scores())
    scores |= {f"{name}_raw": raw.scores()[name] for name in ("accuracy", "uar", "macro_f1", "ece")}
    if causal.without_calm is not None and raw.without_calm is not None:
        scores["uar_without_calm"] = causal.without_calm.uar
        scores["uar_raw_without_calm"] = raw.without_calm.uar
    if noise is not None:
        for level in LEVELS_DB:
            change: Change = in_noise(noise, level, seed)
            heard = Features.of(clips, change)
            name = f"cabin_noise_{level:.0f}db"
            scores[f"uar_{name}"] = judge(network, clips, heard, learn=True).uar
            scores[f"uar_raw_{name}"] = judge(network, clips, heard, learn=False).uar
        scores["uar_lost_cabin_noise_5db"] = scores["uar"] - scores["uar_cabin_noise_5db"]
    return scores


def mean_of(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each figure over folds, of those that all have."""
    names = [name for name in scores[0] if all(name in one for one in scores)]
    return {name: float(np.mean([one[name] for one in scores])) for name in names}
