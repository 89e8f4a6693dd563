"""How far the beats of the last seconds can be trusted, from the beats themselves.

A logistic regression on seven numbers of the last eight seconds. It was fitted to tell windows in
which the beats are right from others, on records with known beats and noise added; docs/physio.md
has the recipe and how well it does on records that it was not fitted to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.beat_series import LONGEST, BeatInterval, SeriesBeat

WINDOW = 8.0
"""Length of the window, s."""
# Fewer beats in the window are none: 22 beats per minute.
_FEWEST = 3
NAMES = (
    "likeness", "score", "noise", "odd intervals", "spread of heights", "covered", "restless",
)  # fmt: skip
"""What the seven numbers are."""
_WEIGHTS = {
    BiosignalChannel.ECG: (9.50, (0.51, 1.07, -5.68, -2.26, -11.98, -4.50, -7.36)),
    BiosignalChannel.PPG: (-13.19, (8.38, 0.27, -1.17, -3.05, -2.72, 8.70, -5.43)),
}
"""Bias and weights, from `affect_perception/training/beat_quality.py`: ECG on the records 100, 108,
121 and 231 with electrode noise, PPG on two fingers and three wrists with made motion."""


def beat_features(
    beats: Sequence[SeriesBeat], intervals: Sequence[BeatInterval]
) -> tuple[float, ...] | None:
    """The numbers in `NAMES` of a window; None with too few beats."""
    if len(beats) < _FEWEST or len(intervals) < _FEWEST - 1:
        return None
    likeness = [0.5 if math.isnan(b.beat.likeness) else b.beat.likeness for b in beats]
    noise = [0.5 if math.isnan(b.beat.noise) else min(b.beat.noise, 1.0) for b in beats]
    scores = [min(b.beat.score, 3.0) for b in beats]
    heights = [math.log(b.beat.height) for b in beats]
    middle = _mean(heights)
    covered = sum(i.length for i in intervals if i.length < LONGEST) / WINDOW
    steps = [abs(math.log(b.length / a.length)) for a, b in pairwise(intervals)]
    return (
        _mean(likeness),
        _mean(scores),
        _mean(noise),
        1.0 - _mean([float(i.normal) for i in intervals]),
        math.sqrt(_mean([(h - middle) ** 2 for h in heights])),
        min(covered, 1.0),
        min(_mean(steps), 1.0) if steps else 0.0,
    )


def beat_quality(
    channel: BiosignalChannel, beats: Sequence[SeriesBeat], intervals: Sequence[BeatInterval]
) -> float:
    """Probability that the beats of the window are right, 0..1.

    Args:
        channel: ECG or PPG.
        beats: Of the last `WINDOW` seconds.
        intervals: That ended in them.
    """
    features = beat_features(beats, intervals)
    if features is None:
        return 0.0
    bias, weights = _WEIGHTS[channel]
    score = bias + sum(w * f for w, f in zip(weights, features, strict=True))
    return 1.0 / (1.0 + math.exp(-min(max(score, -30.0), 30.0)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
