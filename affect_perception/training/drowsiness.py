"""`affect-perception train drowsiness`: the model over a driver's sequence of blinks.

Ordinal (Frank and Hall, "A simple approach to ordinal classification", ECML 2001): one logistic
regression on `core.drowsiness.blink_statistics`, L2 penalty, asks whether a driver is beyond alert,
another whether beyond low vigilance, and each learns from the series of all three states. With 44
people nothing larger held up on people it had not seen: docs/drowsiness.md has what was tried.

Two things of the data must not be learned:

- How long a series is. The alert ones are shorter, because their last third served as baseline. A
  person's series are therefore cut to the length of the shortest of them, in several places.
- Series that stand under more than one label or person (a fault of the source). They are left out
  of the fit, and stay in the scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from scipy.special import expit

from affect_perception.core.drowsiness.blink_sequence_model import NEWEST
from affect_perception.core.drowsiness.blink_statistics import (
    FEWEST_BLINKS,
    STATISTICS,
    statistics_of,
)
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.blink_sequences import (
    LEVELS,
    BlinkSequence,
    read_blink_sequences,
)
from affect_perception.evaluation.drowsiness.scores import Judge, ends_of, score_sequences
from affect_perception.evaluation.metrics import area_under_roc, bootstrap_interval
from affect_perception.training.json_file import write_json
from affect_perception.training.logistic import fit_logistic

FOLDER = "physio/rldd_blink_features"
NETWORK_FILE = "drowsiness_blinks.onnx"
REPORT_FILE = "drowsiness_blinks_cross_validation.json"
OPERATOR_SET = 17
FOLDS = 5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """How the model is fitted.

    Attributes:
        weight: Weight of the data against the penalty of half the squared weights; from 0.1 to 0.3
            the figures with people apart are the same within one deviation.
        cuts: Places at which a series is cut to the length of its person's shortest one; 5, 9 and
            15 are the same within one deviation.
        seed: Of the folds.
        repeats: Random splits that the cross-validation is averaged over; the mean of ten still
            moves by 0.01.
    """

    weight: float = 0.2
    cuts: int = 9
    seed: int = 0
    repeats: int = 30


@dataclass(frozen=True)
class Regression:
    """A fitted model.

    Attributes:
        mean: (statistics,) of the training rows.
        spread: (statistics,) of the training rows.
        weights: (statistics, 2) for (x - mean) / spread: logits of "beyond alert" and "beyond low
            vigilance".
        bias: (2,).
    """

    mean: Array
    spread: Array
    weights: Array
    bias: Array

    def probabilities(self, statistics: Array) -> Array:
        """(n, statistics) to (n, 3)."""
        beyond = expit((statistics - self.mean) / self.spread @ self.weights + self.bias)
        not_alert = beyond[:, 0]
        # Fitted apart, the answers may contradict each other: who is drowsy is not alert either.
        drowsy = beyond.min(axis=1)
        return np.stack([1.0 - not_alert, not_alert - drowsy, drowsy], axis=1)

    def judge(self, blinks: Array) -> tuple[float, float, float]:
        """Probabilities of the three states of one sequence, by its newest blinks."""
        row = statistics_of(blinks[-NEWEST:])[None]
        alert, low, drowsy = self.probabilities(row)[0].tolist()
        return alert, low, drowsy


def fit(sequences: Sequence[BlinkSequence], recipe: Recipe) -> Regression:
    """Fits the model; see the module for what is left out.

    Raises:
        InputError: If a state has no sequence.
    """
    rows, weight, states = _rows(_without_copies(sequences), recipe.cuts)
    if set(states.tolist()) != set(range(len(LEVELS))):
        raise InputError("training needs sequences of all three states of drowsiness")
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled, weight = (rows - mean) / spread, recipe.weight * weight
    parts = []
    for state in range(len(LEVELS) - 1):
        no_yes = np.eye(2)[(states > state).astype(int)]
        weights, bias = fit_logistic(scaled, no_yes, weight)
        # Of two classes only the difference of their logits counts.
        parts.append((weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]))
    weights = np.concatenate([each for each, _ in parts], axis=1)
    bias = np.concatenate([each for _, each in parts])
    return Regression(mean, spread, weights, bias)


def _without_copies(sequences: Sequence[BlinkSequence]) -> list[BlinkSequence]:
    """The series that share less than half of their blinks with any other one."""
    blinks = [set(map(tuple, one.blinks.tolist())) for one in sequences]
    kept = []
    for index, own in enumerate(blinks):
        others = (other for place, other in enumerate(blinks) if place != index)
        if all(len(own & other) < 0.5 * min(len(own), len(other)) for other in others):
            kept.append(sequences[index])
    return kept


def _rows(
    sequences: Sequence[BlinkSequence], cuts: int
) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Statistics of the cuts, the weight of each (1 per series), and their states."""
    usable = [one for one in sequences if len(one.blinks) >= FEWEST_BLINKS]
    shortest: dict[str, int] = {}
    for one in usable:
        length = len(one.blinks)
        shortest[one.subject] = min(length, shortest.get(one.subject, length))
    rows: list[Array] = []
    weights: list[float] = []
    states: list[int] = []
    for one in usable:
        length = shortest[one.subject]
        places = np.unique(np.linspace(0, len(one.blinks) - length, cuts).astype(int)).tolist()
        rows += [statistics_of(one.blinks[at : at + length]) for at in places]
        weights += [1.0 / len(places)] * len(places)
        states += [one.state] * len(places)
    return np.array(rows), np.array(weights), np.array(states, np.int64)


def cross_validate(sequences: Sequence[BlinkSequence], recipe: Recipe) -> dict[str, Any]:
    """Scores with people apart: the data set's own folds, and repeated random fifths of the people.

    Returns:
        `own_folds`, `random_folds` (mean over the repeats) and `random_folds_spread` (one sigma),
        each name of a figure to its value; `random_folds_interval`, 95 % over the people, of those
        two figures that count: which 44 people they are matters more than how these are split.
    """
    own_judges = _judges(sequences, recipe, [one.fold for one in sequences])
    own = score_sequences(sequences, own_judges)
    people = sorted({one.subject for one in sequences})
    repeats: list[dict[str, float]] = []
    ends: list[Array] = []
    for repeat in range(recipe.repeats):
        order = np.random.default_rng(recipe.seed + repeat).permutation(len(people))
        fold_of = {people[person]: index % FOLDS for index, person in enumerate(order)}
        judges = _judges(sequences, recipe, [fold_of[one.subject] for one in sequences])
        repeats.append(score_sequences(sequences, judges))
        right, drowsier = ends_of(sequences, judges)
        ends.append(np.stack([right.astype(np.float64), drowsier], axis=1))
    names = repeats[0]
    columns = {name: np.array([scores[name] for scores in repeats]) for name in names}
    return {
        "people": len(people),
        "videos": len(sequences),
        "repeats": recipe.repeats,
        "own_folds": _rounded(own),
        "random_folds": _rounded({name: float(c.mean()) for name, c in columns.items()}),
        "random_folds_spread": _rounded({name: float(c.std()) for name, c in columns.items()}),
        "random_folds_interval": _intervals(sequences, np.mean(ends, axis=0)),
    }


def _intervals(sequences: Sequence[BlinkSequence], ends: Array) -> dict[str, list[float]]:
    """95 % intervals over the people; of `ends_of`, the mean over the repeats, (sequences, 2)."""
    states = np.array([one.state for one in sequences])
    people = np.array([one.subject for one in sequences])
    accuracy = bootstrap_interval(ends[:, 0], people.tolist())
    # Low vigilance counts in no AUROC.
    outer = states != 1
    pairs = np.stack([ends[outer, 1], states[outer]], axis=1)
    auroc = bootstrap_interval(
        pairs, people[outer].tolist(), lambda drawn: area_under_roc(drawn[:, 0], drawn[:, 1] == 2.0)
    )
    return {
        "auroc": [round(limit, 4) for limit in auroc],
        "accuracy": [round(limit, 4) for limit in accuracy],
    }


def train(data: Path, out: Path, recipe: Recipe, *, only_validate: bool) -> dict[str, Any]:
    """Trains on everybody and cross-validates, or only the latter; writes both into `out`.

    Args:
        data: Root of the data sets, or the folder itself.
        out: Folder for the network and the report.
        recipe: How to fit.
        only_validate: Write no network.

    Raises:
        InputError: If the data are missing or wrong.
    """
    folder = data / FOLDER if (data / FOLDER).is_dir() else data
    sequences = read_blink_sequences(folder)
    report = cross_validate(sequences, recipe)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / REPORT_FILE, report)
    if not only_validate:
        export_onnx(fit(sequences, recipe), out / NETWORK_FILE)
    return report


def export_onnx(model: Regression, path: Path) -> None:
    """Writes the model as a network: `statistics` (1, n) float32 to `probabilities` (1, 3)."""
    # Scaling is folded into the weights.
    weights = model.weights / model.spread[:, None]
    bias = model.bias - model.mean @ weights
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["statistics", "weights", "bias"], ["logits"]),
            helper.make_node("Sigmoid", ["logits"], ["beyond"]),
            helper.make_node("Split", ["beyond"], ["not_alert", "beyond_low"], axis=-1),
            helper.make_node("Min", ["not_alert", "beyond_low"], ["drowsy"]),
            helper.make_node("Sub", ["one", "not_alert"], ["alert"]),
            helper.make_node("Sub", ["not_alert", "drowsy"], ["low"]),
            helper.make_node("Concat", ["alert", "low", "drowsy"], ["probabilities"], axis=-1),
        ],
        "drowsiness_blinks",
        [helper.make_tensor_value_info("statistics", TensorProto.FLOAT, [1, STATISTICS])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(LEVELS)])],
        [
            onnx.numpy_helper.from_array(weights.astype(np.float32), "weights"),
            onnx.numpy_helper.from_array(bias.astype(np.float32), "bias"),
            onnx.numpy_helper.from_array(np.ones((1, 1), np.float32), "one"),
        ],
    )
    network = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPERATOR_SET)], ir_version=8
    )
    onnx.checker.check_model(network)
    path.write_bytes(network.SerializeToString())


def _judges(
    sequences: Sequence[BlinkSequence], recipe: Recipe, folds: Sequence[object]
) -> list[Judge]:
    """Per sequence one that has not seen its person."""
    judges: dict[object, Judge] = {}
    for fold, rest in _split(sequences, folds):
        judges[fold] = fit(rest, recipe).judge
    return [judges[fold] for fold in folds]


def _split(
    sequences: Sequence[BlinkSequence], folds: Sequence[object]
) -> Iterator[tuple[object, list[BlinkSequence]]]:
    for fold in dict.fromkeys(folds):
        out = {one.subject for one, own in zip(sequences, folds, strict=True) if own == fold}
        yield fold, [one for one in sequences if one.subject not in out]


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in scores.items()}
