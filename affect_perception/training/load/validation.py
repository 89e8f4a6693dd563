"""Figures of load and stress with people apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from affect_perception.core.load.model import OUTPUTS, SUBSETS
from affect_perception.core.load.tokens import CHANNELS, LEARNED
from affect_perception.evaluation.load.courses import (
    KINDS,
    RECORDED,
    Course,
    courses,
    labelled,
    recorded,
)
from affect_perception.evaluation.load.scores import (
    Judged,
    Reliability,
    recall_of_phases,
    reliability,
    scores,
)
from affect_perception.evaluation.load.timeline import Timeline
from affect_perception.evaluation.load.weights import (
    Float64Array,
    LoadWeights,
    Logits,
    fit_scales,
    fit_weights,
    judged,
    logits_of,
)
from affect_perception.evaluation.logistic import balanced_weights, left_out
from affect_perception.training.load.recipe import LoadRecipe

Say = Callable[[str], None]

Key = tuple[str, tuple[str, ...]]
"""Output and the channels that it may use."""


@dataclass(frozen=True)
class Fold:
    """Logits of the people of one fold by weights that have not seen them."""

    logits: Mapping[Key, list[Logits]]


def run_folds(
    people: Sequence[Sequence[Course]],
    folds: int,
    recipe: LoadRecipe,
    outputs: Sequence[str],
) -> list[Fold]:
    """Leaves every `folds`-th person out at a time.

    Args:
        people: Courses of each person.
        folds: Number of groups.
        recipe: How to fit.
        outputs: Of `OUTPUTS`.
    """
    found = []
    for number in range(folds):
        rest = [c for i, own in enumerate(people) if i % folds != number for c in own]
        weights = fit_weights(rest, recipe.penalty, recipe.joined_weight, outputs=outputs)
        held = [c for i, own in enumerate(people) if i % folds == number for c in own]
        found.append(Fold(judge_all(weights, held, outputs)))
    return found


def judge_all(
    weights: LoadWeights, held: Sequence[Course], outputs: Sequence[str] = OUTPUTS
) -> dict[Key, list[Logits]]:
    """Logits of courses by every output and set of channels."""
    return {
        (output, subset): [logits_of(weights, course, output, subset) for course in held]
        for output in outputs
        for subset in SUBSETS
    }


def scales_of(folds: Sequence[Fold], output: str) -> Float64Array:
    """Calibration of one output from the logits of folds."""
    found = [one for fold in folds for subset in SUBSETS for one in fold.logits[output, subset]]
    return fit_scales(found, output)


def scales_of_others(folds: Sequence[Fold], output: str) -> list[Float64Array]:
    """For each fold the calibration from all the others."""
    return [scales_of([*folds[:i], *folds[i + 1 :]], output) for i in range(len(folds))]


def figures(
    folds: Sequence[Fold], output: str, scales: Sequence[Float64Array | None]
) -> dict[str, Any]:
    """Scores by data set, channels and kind of course.

    Args:
        folds: Logits of people left out.
        output: Of `OUTPUTS`.
        scales: Calibration of each fold, or None.
    """
    collected: dict[str, dict[str, dict[str, list[Judged]]]] = {}
    for fold, own in zip(folds, scales, strict=True):
        for subset in SUBSETS:
            for one in fold.logits[output, subset]:
                by_set = collected.setdefault(one.course.data_set, {})
                by_kind = by_set.setdefault(name_of(subset), {})
                by_kind.setdefault(one.course.kind, []).append(judged(one, output, own))
    return {
        data_set: {
            subset: {
                kind: {
                    **scores(people),
                    **{f"recall_{k}": v for k, v in recall_of_phases(people).items()},
                }
                for kind, people in by_kind.items()
            }
            for subset, by_kind in by_set.items()
        }
        for data_set, by_set in collected.items()
    }


def name_of(subset: Sequence[str]) -> str:
    """A set of channels in words."""
    return "all" if tuple(subset) == CHANNELS else "+".join(subset)


def reliability_curves(
    folds: Sequence[Fold], output: str, scales: Sequence[Float64Array]
) -> dict[str, Reliability]:
    """Of all channels, by kind of course, both states of a set counting equally."""
    collected: dict[str, list[Judged]] = {}
    for fold, own in zip(folds, scales, strict=True):
        for one in fold.logits[output, CHANNELS]:
            collected.setdefault(one.course.kind, []).append(judged(one, output, own))
    curves = {}
    for kind, people in collected.items():
        said = np.concatenate([one.probabilities for one in people])
        states = np.concatenate([one.states for one in people])
        known = np.isfinite(said)
        weights = balanced_weights(states[known])
        curves[kind] = reliability(said[known], states[known], weights)
    return curves


def course_table(timelines: Sequence[Timeline], seed: int) -> list[list[Course]]:
    """All kinds of courses of each recording."""
    return [courses([one], KINDS, seed + 1000 * i) for i, one in enumerate(timelines)]


@dataclass(frozen=True)
class Validated:
    """What the cross-validation gives.

    Attributes:
        report: All figures.
        scales: (subsets, 2) by output: calibration of the shipped weights.
        curves: Reliability by output and kind of course, people apart.
    """

    report: dict[str, Any]
    scales: Mapping[str, Float64Array]
    curves: Mapping[str, Mapping[str, Reliability]]


def cross_validate(
    sets: Mapping[str, Sequence[Timeline]], recipe: LoadRecipe, say: Say
) -> Validated:
    """Everything that docs/load.md tells, and the calibration of the shipped weights.

    Args:
        sets: Timelines by data set: what is learned from, and "cogwear" to check.
        recipe: How to fit.
        say: Told how far it is.
    """
    table = {name: course_table(own, recipe.seed) for name, own in sets.items()}
    learned = [name for name in table if name != "cogwear"]
    report: dict[str, Any] = {"within": {}, "across": {}, "with": {}, "third": {}}
    for name in learned:
        people = table[name]
        alone = [[c for c in own if c.kind == RECORDED] for own in people]
        left_out = run_folds(alone, len(alone), recipe, ("stress",))
        found = figures(left_out, "stress", [None] * len(left_out))
        report["within"][f"{name}, recorded order only"] = found[name]
        say(f"{name}: one person left out, recorded order: {_short(report, name)}")
        for extra in ("movement", "temperature"):
            gained = _with_extra(sets[name], extra, recipe.penalty)
            if gained:
                report["with"][f"{name}, with {extra}"] = gained
                say(f"{name} with {extra}: {gained['balanced_accuracy']:.3f}")
    for source in learned:
        weights = fit_weights(
            [c for own in table[source] for c in own], recipe.penalty, recipe.joined_weight
        )
        for other in table:
            if other != source:
                held = [c for own in table[other] for c in own]
                fold = [Fold(judge_all(weights, held))]
                key = f"{source} to {other}"
                report["across"][key] = figures(fold, "stress", [None])[other]
                report["across"][f"{key}, load"] = figures(fold, "load", [None])[other]
    people = [own for name in learned for own in table[name]]
    folds = run_folds(people, recipe.folds, recipe, OUTPUTS)
    apart = {output: scales_of_others(folds, output) for output in OUTPUTS}
    report["both"] = {output: figures(folds, output, apart[output]) for output in OUTPUTS}
    say(f"both sets, {recipe.folds} folds: done")
    curves = {output: reliability_curves(folds, output, apart[output]) for output in OUTPUTS}
    return Validated(report, {output: scales_of(folds, output) for output in OUTPUTS}, curves)


def _short(report: Mapping[str, Any], name: str) -> str:
    found = report["within"][f"{name}, recorded order only"]
    return ", ".join(f"{k} {v[RECORDED]['balanced_accuracy']:.3f}" for k, v in found.items())


def _with_extra(
    timelines: Sequence[Timeline], extra: str, penalty: float
) -> dict[str, float] | None:
    """All channels and one more, one person left out; None if the set does not have it."""
    names = (extra,) if extra != "temperature" else ("temperature", "temperature_slope")
    made = [recorded(one, names) for one in timelines]
    if not made or np.isnan(made[0].views[:, len(LEARNED)]).all():
        return None
    kept = [labelled(course, "stress") for course in made]
    people = [
        (np.nan_to_num(course.views[own]), course.stress[own].astype(np.float64))
        for course, own in zip(made, kept, strict=True)
    ]
    return scores(
        [
            Judged(course.person, said, states, course.phases[own])
            for course, own, (_, states), said in zip(
                made, kept, people, left_out(people, penalty), strict=True
            )
        ]
    )
