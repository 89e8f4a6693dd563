"""The simple method for speech emotion: statistics of MFCCs and a kernel machine.

Mean and spread over a sentence of 20 mel-frequency cepstral coefficients (Davis and Mermelstein,
IEEE TASSP 1980), and a least-squares support vector machine with a Gaussian kernel, one class
against the others (Suykens and Vandewalle, Neural Processing Letters 1999): a linear system instead
of a quadratic programme, so that no further package is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.linalg

from affect_perception.core.voice.log_mel import BANDS
from affect_perception.evaluation.datasets.speech import SpeechClip
from affect_perception.evaluation.metrics import accuracy, unweighted_average_recall
from affect_perception.evaluation.speaker_orders import random_orders
from affect_perception.evaluation.voice.emotion_runs import Features

Array = npt.NDArray[np.float64]

COEFFICIENTS = 20
FOLDS = 5
# Weight of the errors (of 3, 10, 30 the best on ravdess_speech), and sentences that the mean of all
# speakers counts like at the start.
_WEIGHT, _START = 3.0, 2.0
_NARROW = 1.0


def mfcc_statistics(features: Features) -> Array:
    """(n, 2 * COEFFICIENTS) mean and spread of each coefficient, one row per clip."""
    rows = []
    for frames in features.frames:
        cepstrum = scipy.fft.dct(frames[:, :BANDS].astype(np.float64), norm="ortho")[
            :, :COEFFICIENTS
        ]
        rows.append(np.concatenate([cepstrum.mean(axis=0), cepstrum.std(axis=0)]))
    return np.array(rows)


def minus_running_mean(
    statistics: Array, speakers: Sequence[str], seed: int, longest: int | None = None
) -> Array:
    """Each row minus the mean of the speaker's earlier rows, which starts at the mean of all.

    Args:
        statistics: (n, d) rows.
        speakers: (n,) names.
        seed: Of the order of time.
        longest: Sentences after which a speaker is forgotten; never if None.
    """
    result, start = np.empty_like(statistics), statistics.mean(axis=0)
    for order in random_orders(speakers, seed).values():
        total, count = start * _START, _START
        for place, index in enumerate(order):
            if longest is not None and place % longest == 0:
                total, count = start * _START, _START
            result[index] = statistics[index] - total / count
            total, count = total + statistics[index], count + 1.0
    return result


def over_whole_speakers(statistics: Array, clips: Sequence[SpeechClip]) -> Array:
    """Each row in standard deviations from the mean of all rows of its speaker.

    It looks ahead and so cannot be had in a car: the usual way in the literature.
    """
    result = np.empty_like(statistics)
    speakers = np.array([clip.speaker for clip in clips])
    for name in set(speakers.tolist()):
        own = statistics[speakers == name]
        result[speakers == name] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-9)
    return result


@dataclass(frozen=True)
class KernelMachine:
    """A fitted machine.

    Attributes:
        names: Classes, in the order of the scores.
        mean: (d,) that is taken off a row.
        spread: (d,) that it is then divided by.
        known: (n, d) rows it was fitted to, so changed.
        weights: (n, classes).
        narrow: What the mean square of the differences of two rows is multiplied with: the smaller,
            the further a row is heard.
    """

    names: tuple[str, ...]
    mean: Array
    spread: Array
    known: Array
    weights: Array
    narrow: float

    def scores(self, rows: Array) -> Array:
        """(m, classes) scores of rows (m, d), about 1 for the class and -1 for the others."""
        near = _gaussian((rows - self.mean) / self.spread, self.known, self.narrow)
        return (near + 1.0) @ self.weights


def fit_kernel_machine(
    rows: Array, labels: Sequence[str], weight: float = _WEIGHT, narrow: float = _NARROW
) -> KernelMachine:
    """Fits to rows and labels; `weight` is that of the errors."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    known = (rows - mean) / spread
    names = tuple(sorted(set(labels)))
    target = np.array([[1.0 if label == name else -1.0 for name in names] for label in labels])
    # Classes of equal weight, however many rows they have.
    share = np.array([labels.count(label) for label in labels]) / len(labels) * len(names)
    kernel = _gaussian(known, known, narrow) + 1.0
    fitted = scipy.linalg.solve(
        kernel + np.diag(share / weight), target, assume_a="pos", check_finite=False
    )
    return KernelMachine(names, mean, spread, known, fitted, narrow)


def kernel_machine(rows: Array, labels: Sequence[str], asked: Array) -> list[str]:
    """Fits to rows and labels and names the class of each asked row."""
    names, values = kernel_values(rows, labels, asked)
    return [names[i] for i in values.argmax(axis=1)]


def kernel_values(rows: Array, labels: Sequence[str], asked: Array) -> tuple[list[str], Array]:
    """Fits to rows and labels: the classes, and the value (n, classes) of each asked row."""
    machine = fit_kernel_machine(rows, labels)
    return list(machine.names), machine.scores(asked)


def speaker_folds(clips: Sequence[SpeechClip]) -> list[list[int]]:
    """Rows of up to `FOLDS` folds of neighbouring speakers."""
    names = list(dict.fromkeys(clip.speaker for clip in clips))
    cuts = [set(part) for part in np.array_split(np.array(names), min(FOLDS, len(names)))]
    return [[i for i, clip in enumerate(clips) if clip.speaker in cut] for cut in cuts]


def apart(clips: Sequence[SpeechClip], statistics: Array) -> dict[str, float]:
    """Scores with the folds of speakers apart."""
    labels = [clip.emotion for clip in clips]
    said = [""] * len(clips)
    for fold in speaker_folds(clips):
        rest = sorted(set(range(len(clips))) - set(fold))
        if not rest:
            return {}
        found = kernel_machine(statistics[rest], [labels[i] for i in rest], statistics[fold])
        for index, name in zip(fold, found, strict=True):
            said[index] = name
    return _scores(said, labels)


def trained_elsewhere(
    clips: Sequence[SpeechClip],
    statistics: Array,
    others: Sequence[SpeechClip],
    other_statistics: Array,
) -> dict[str, float]:
    """Scores of the machine fitted to another set's clips of the classes that occur here."""
    classes = {clip.emotion for clip in clips}
    rows = [i for i, clip in enumerate(others) if clip.emotion in classes]
    labels = [others[i].emotion for i in rows]
    said = kernel_machine(other_statistics[rows], labels, statistics)
    return _scores(said, [clip.emotion for clip in clips])


def most_common(clips: Sequence[SpeechClip]) -> dict[str, float]:
    """Scores of always naming the class that occurs most."""
    labels = [clip.emotion for clip in clips]
    most = max(sorted(set(labels)), key=labels.count)
    return _scores([most] * len(labels), labels)


def _scores(said: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    return {
        "accuracy": accuracy(said, labels),
        "uar": unweighted_average_recall(said, labels),
    }


def _gaussian(a: Array, b: Array, narrow: float) -> Array:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2.0 * a @ b.T
    return np.asarray(np.exp(-narrow * np.maximum(squares, 0.0) / a.shape[1]))
