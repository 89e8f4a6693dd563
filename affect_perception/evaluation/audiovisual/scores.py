"""Figures of audio-visual emotion: each way of judging, the gain of fusion, contradictions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from affect_perception.core.network import Network
from affect_perception.evaluation.audiovisual.incongruence import incongruence_scores
from affect_perception.evaluation.audiovisual.intervals import Recalls
from affect_perception.evaluation.audiovisual.judge import CLASSES, HYBRID, WAYS, judge_matched
from affect_perception.evaluation.audiovisual.past import earlier_clips
from affect_perception.evaluation.classification import (
    classification_scores,
    expected_calibration_error,
)
from affect_perception.evaluation.datasets.av_features import AvClips

Array = npt.NDArray[np.float64]

ORDERS = 8
"""Random orders of time that causal figures are the mean of."""
# Draws of classes, per order of time.
_DRAWS = 50
_VOICE, _FACE = WAYS.index("voice"), WAYS.index("face")


@dataclass(frozen=True)
class Judged:
    """Probabilities of clips.

    Attributes:
        found: (n, ways, classes), one per order of time; one alone if there is no past.
        truth: (n,) class numbers.
        speakers: Of each clip.
        matched: (n, 3, pairs) what voice and face have in common, per order of time.
        earlier: (n,) how many clips of the speaker came before, per order of time; zeros without
            a past.
    """

    found: tuple[Array, ...]
    truth: npt.NDArray[np.int64]
    speakers: tuple[str, ...]
    earlier: tuple[npt.NDArray[np.int64], ...]
    matched: tuple[Array, ...] = ()

    def said(self, way: int) -> list[npt.NDArray[np.int64]]:
        """Class numbers (n,) that one way says, per order of time."""
        return [one[:, way].argmax(axis=1) for one in self.found]

    @cached_property
    def recalls(self) -> dict[str, Recalls]:
        """Of each way."""
        return {
            name: Recalls.of(self.said(way), self.truth, self.speakers, len(CLASSES))
            for way, name in enumerate(WAYS)
        }

    @property
    def better_single(self) -> str:
        """The better of voice and face."""
        return max(("voice", "face"), key=lambda name: self.recalls[name].uar)

    def scores(self, way: int = HYBRID) -> dict[str, float]:
        """Classification scores of one way, mean over the orders of time."""
        each = [classification_scores(one[:, way], self.truth, CLASSES) for one in self.found]
        return {name: float(np.mean([one[name] for one in each])) for name in each[0]}

    def ece_if_right(self, way: int = HYBRID, seed: int = 1) -> float:
        """The calibration error that as many clips show on average if the probabilities are right.

        It is not 0: few clips fill 15 bins unevenly. Classes are drawn from the probabilities.
        """
        rng = np.random.default_rng(seed)
        found = []
        for one in self.found:
            edges = one[:, way].cumsum(axis=1)[:, :-1]
            for _ in range(_DRAWS):
                drawn = (rng.random((len(edges), 1)) > edges).sum(axis=1)
                found.append(expected_calibration_error(one[:, way], drawn))
        return float(np.mean(found))

    def incongruence(self) -> dict[str, float]:
        """How well contradictions are found, mean over the orders of time."""
        matched = self.matched or (None,) * len(self.found)
        each = [
            incongruence_scores(one[:, _VOICE], one[:, _FACE], self.truth, self.speakers, pairs)
            for one, pairs in zip(self.found, matched, strict=True)
        ]
        return {name: float(np.mean([one[name] for one in each])) for name in each[0]}


def judge(network: Network, clips: AvClips, *, learn: bool) -> Judged:
    """Judges clips relative to each person's past in `ORDERS` orders of time, or by themselves."""
    seeds = range(ORDERS if learn else 1)
    both = [
        judge_matched(network, clips.features, clips.speakers, learn=learn, seed=seed)
        for seed in seeds
    ]
    none = np.zeros(len(clips.truth), np.int64)
    earlier = [earlier_clips(clips.speakers, seed) if learn else none for seed in seeds]
    found, matched = zip(*both, strict=True)
    return Judged(found, clips.truth, clips.speakers, tuple(earlier), matched)


def audiovisual_scores(causal: Judged, raw: Judged) -> dict[str, float]:
    """All figures: plain names of the hybrid relative to the past, `_raw` of clips alone."""
    scores = dict(causal.scores())
    scores |= {f"{n}_raw": raw.scores()[n] for n in ("accuracy", "uar", "macro_f1", "ece")}
    for ending, judged in (("", causal), ("_raw", raw)):
        fused = judged.recalls["hybrid"]
        for way, name in enumerate(WAYS[:-1]):
            scores[f"uar_{name}{ending}"] = judged.recalls[name].uar
            scores[f"ece_{name}{ending}"] = judged.scores(way)["ece"]
        scores |= _with_interval(f"uar{ending}", None, *fused.interval())
        single = judged.better_single
        scores |= _with_interval(
            f"uar_gain_over_{single}{ending}", *fused.gain_over(judged.recalls[single])
        )
        scores |= {f"{n}{ending}": value for n, value in judged.incongruence().items()}
    return scores


def _with_interval(name: str, value: float | None, low: float, high: float) -> dict[str, float]:
    plain = {} if value is None else {name: value}
    return {**plain, f"{name}_ci95_low": low, f"{name}_ci95_high": high}
