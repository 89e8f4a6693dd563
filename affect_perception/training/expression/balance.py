"""`train expression --compare-balance`: what each way to treat unequal classes does.

The same small network learns FER2013's seven classes once in each way, with the same seed, batches
and time, and is asked about PublicTest. The last row needs no training: the logits of the network
that was left alone, minus the logarithms of the class shares (Menon et al., "Long-tail learning
via logit adjustment", ICLR 2021, the way after training).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.expression_set import (
    FER2013_CLASSES,
    PUBLIC_TEST,
    ExpressionSet,
)
from affect_perception.training.devices import Machine
from affect_perception.training.expression.check import Answers, answers
from affect_perception.training.expression.recipe import ExpressionRecipe
from affect_perception.training.expression.run import Order, learner_of, read_faces, split_faces
from affect_perception.training.json_file import rounded, write_json
from affect_perception.training.learner import Say
from affect_perception.training.losses import class_counts, log_prior
from affect_perception.training.model_card import table
from affect_perception.training.page_part import write_into
from affect_perception.training.recipe import recipe_content

REPORT = "expression_balance.json"
COMMAND = "train expression --compare-balance"
ALONE, AFTER = "none", "none, logits adjusted afterwards"
WAYS = (
    (ALONE, "none", 0.0),
    ("weights, halfway", "weights", 0.5),
    ("weights", "weights", 1.0),
    ("sampler, halfway", "sampler", 0.5),
    ("sampler", "sampler", 1.0),
    ("balanced softmax, halfway", "softmax", 0.5),
    ("balanced softmax", "softmax", 1.0),
)
"""Name of a row, `target.balance` and `target.balance_power`."""
_SHOWN = ("accuracy", "uar", "macro_f1", "ece")
_RECALLS = ("disgust", "happiness")


def compare_balance(order: Order, say: Say, page: Path | None = None) -> dict[str, Any]:
    """Trains once per way and writes `expression_balance.json`; finished ways stay with `resume`.

    Args:
        order: As for a training; `recipe.target.balance` does not count.
        say: Told how far it is.
        page: Page whose part between the markers becomes the table.

    Raises:
        InputError: If data are missing, or the stored report is one of another recipe.
    """
    faces = read_faces(order.data)
    # The classes that are compared are FER2013's.
    faces = faces.part(faces.emotion >= 0)
    learned, _ = split_faces(faces, order)
    public = faces.of_split(PUBLIC_TEST)
    if not len(public):
        raise InputError(f"{order.data}: has no {PUBLIC_TEST} to compare on")
    path = order.out / REPORT
    report = _stored(path, order.recipe) if order.resume else _empty(order.recipe)
    rows = report["rows"]
    for name, way, power in WAYS:
        if name in rows:
            continue
        target = replace(order.recipe.target, balance=way, balance_power=power)
        recipe = replace(order.recipe, target=target)
        said = _trained(learned, public, recipe, order, _named(name, say))
        rows[name] = _row(said)
        if name == ALONE:
            prior = log_prior(class_counts(learned.emotion, len(FER2013_CLASSES))).numpy()
            rows[AFTER] = _row(replace(said, seven=said.seven - prior))
        write_json(path, report)
        say(f"{name}: UAR {rows[name]['uar']:.3f}, accuracy {rows[name]['accuracy']:.3f}")
    if page is not None:
        write_into(page, COMMAND, balance_table(report))
    return report


def balance_table(report: Mapping[str, Any]) -> str:
    """The rows of a report as a table of the page."""
    names = [name for name, _, _ in WAYS] + [AFTER]
    rows = {name: report["rows"][name] for name in names if name in report["rows"]}
    return table("unequal classes, PublicTest", rows) + "\n"


def _trained(
    learned: ExpressionSet, asked: ExpressionSet, recipe: ExpressionRecipe, order: Order, say: Say
) -> Answers:
    machine = Machine.for_training(order.device)
    learner = learner_of(learned, recipe, machine)
    learner.run(max_minutes=order.max_minutes, say=say, reports=4)
    return answers(learner.averaged.to("cpu"), asked, recipe)


def _named(name: str, say: Say) -> Say:
    return lambda line: say(f"{name}: {line}")


def _row(said: Answers) -> dict[str, float]:
    scores = said.figures()["seven"]
    row = {name: scores[name] for name in _SHOWN}
    row |= {f"recall {name}": scores[f"recall_{name}"] for name in _RECALLS}
    found: dict[str, float] = rounded(row)
    return found


def _empty(recipe: ExpressionRecipe) -> dict[str, Any]:
    return {"recipe": json.loads(json.dumps(recipe_content(recipe))), "rows": {}}


def _stored(path: Path, recipe: ExpressionRecipe) -> dict[str, Any]:
    if not path.is_file():
        return _empty(recipe)
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if report["recipe"] != _empty(recipe)["recipe"]:
        raise InputError(f"{path}: was written with another recipe; compare without --resume")
    return report
