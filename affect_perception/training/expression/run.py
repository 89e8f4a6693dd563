"""`affect-perception train expression`: reads, trains, checks, exports, writes card and entry."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.evaluation.affect_scores import DIMENSIONS, affect_scores
from affect_perception.evaluation.classification import confusion
from affect_perception.evaluation.datasets.expression_set import (
    FER2013_CLASSES,
    PUBLIC_TEST,
    TRAINING,
    VALIDATION,
    ExpressionSet,
)
from affect_perception.evaluation.datasets.expressions import read_expressions
from affect_perception.evaluation.report.confusion_picture import write_confusion
from affect_perception.training.devices import Machine
from affect_perception.training.expression.check import Answers, Calibration, answers
from affect_perception.training.expression.export import export, lost_in_eight_bits
from affect_perception.training.expression.facts import LIMITS, NAME, facts
from affect_perception.training.expression.network import ExpressionNet, parameters_of
from affect_perception.training.expression.recipe import ExpressionRecipe
from affect_perception.training.expression.task import (
    ExpressionTask,
    has_affect,
    held_out_rows,
)
from affect_perception.training.json_file import rounded, write_json
from affect_perception.training.learner import Learner, Say
from affect_perception.training.model_card import card, manifest_entry, table
from affect_perception.training.onnx_int8 import eight_bit_file
from affect_perception.training.recipe import recipe_content

FOLDERS = ("vision/fer2013", "vision/affectnet")
CHECKPOINT = "checkpoint.pt"
HELD_OUT = "held out"
# Held-out faces that give the ranges of the 8-bit network.
EXAMPLES = 256


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Folder of the data sets, or the set itself.
        out: Folder for results and the checkpoint.
        recipe: How.
        max_minutes: Time for the whole training.
        resume: Go on from the checkpoint in `out`.
        device: See `Machine.of`.
        export_only: Export the checkpoint in `out` as it is, and train nothing.
        version: Of the weights, for card and manifest.
        command: What was typed, for card and manifest.
    """

    data: Path
    out: Path
    recipe: ExpressionRecipe
    max_minutes: float = math.inf
    resume: bool = False
    device: str = "cpu"
    export_only: bool = False
    version: str = "1.0.0"
    command: str = "affect-perception train expression --data DATA --out DIR"


def train(order: Order, say: Say) -> dict[str, Any]:
    """Trains one network and writes it with everything that belongs to it.

    Returns:
        The report, also written as `expression_network_training.json`.

    Raises:
        InputError: If data or checkpoint are missing or broken.
        ModelError: If the ONNX file does not give the same as the network.
    """
    faces = read_faces(order.data)
    learned, checked = split_faces(faces, order)
    learner = learn(order, learned, checked, say)
    if not learner.machine.is_first:
        return {}
    network = learner.averaged.to("cpu")
    answered = {HELD_OUT: answers(network, checked, order.recipe)}
    if (faces.split == PUBLIC_TEST).any():
        public = faces.of_split(PUBLIC_TEST)
        answered[PUBLIC_TEST] = answers(network, public, order.recipe)
        alone = public.part(~public.duplicate)
        answered[f"{PUBLIC_TEST} without copies"] = answers(network, alone, order.recipe)
    if (faces.split == VALIDATION).any():
        answered[VALIDATION] = answers(network, faces.of_split(VALIDATION), order.recipe)
    calibration = answered[HELD_OUT].calibration()
    path = order.out / f"{NAME}.onnx"
    examples = torch.from_numpy(checked.pictures[:EXAMPLES])
    difference = export(network, calibration, examples, order.recipe, path)
    say(
        f"{path}: probabilities in 8 bits differ by {difference.mean:.1g} on average, at most "
        f"{difference.largest:.1g}"
    )
    measured = lost_in_eight_bits(path, checked, difference, order.recipe)
    return _report(order, learner, answered, calibration, measured, learned)


def learn(order: Order, learned: ExpressionSet, checked: ExpressionSet, say: Say) -> Learner:
    """Trains on the first faces and looks at the others meanwhile; gives what trained."""
    machine = Machine.for_training(order.device)
    order.out.mkdir(parents=True, exist_ok=True)
    learner = learner_of(learned, order.recipe, machine)
    say(
        f"{len(learned)} faces to learn from, {len(checked)} held out, "
        f"{parameters_of(learner.averaged)} parameters, {learner.steps} batches"
    )
    checkpoint = order.out / CHECKPOINT
    if order.resume or order.export_only:
        learner.load(checkpoint, longer=True)
        say(f"going on from batch {learner.step} of {checkpoint}")
    if not order.export_only:
        learner.run(
            max_minutes=order.max_minutes,
            checkpoint=checkpoint,
            say=say,
            check=_checker(checked, order.recipe),
            reports=max(1, round(order.recipe.loop.epochs)),
        )
    return learner


def split_faces(faces: ExpressionSet, order: Order) -> tuple[ExpressionSet, ExpressionSet]:
    """Faces to learn from, and faces of Training that are held out.

    Raises:
        InputError: If there are too few.
    """
    data = faces.of_split(TRAINING)
    kept = held_out_rows(data, order.recipe.held_out)
    checked, learned = data.part(kept), data.part(~kept & ~data.ambiguous)
    if len(checked) < 2 or not len(learned):
        raise InputError(
            f"{order.data}: {len(data)} faces of Training are too few to hold some out"
        )
    if has_affect(learned) and not has_affect(checked):
        raise InputError(
            f"{order.data}: of Training too few faces are labelled with valence and arousal to "
            "hold some out"
        )
    return learned, checked


def learner_of(data: ExpressionSet, recipe: ExpressionRecipe, machine: Machine) -> Learner:
    """What trains on these faces.

    The network gives valence and arousal where the faces are labelled with them. Only then does
    their weight belong to what a checkpoint is compared by.
    """
    torch.manual_seed(recipe.loop.seed)
    affect = has_affect(data)
    network = ExpressionNet(recipe.network, affect=affect)
    task = ExpressionTask(data, recipe, machine)
    each = recipe.loop.batch * machine.processes
    steps = max(1, math.ceil(recipe.loop.epochs * len(data) / each))
    content = recipe_content(recipe)
    if not affect:
        del content["target"]["affect"]
    return Learner(network, task, recipe.loop, steps=steps, recipe=content, machine=machine)


def read_faces(data: Path) -> ExpressionSet:
    """The faces below the root of the data sets, AffectNet's too where it is; or of a set itself.

    Raises:
        InputError: If there are none, or they are broken.
    """
    folders = [data / folder for folder in FOLDERS if (data / folder).is_dir()] or [data]
    faces = read_expressions(folders[0])
    for folder in folders[1:]:
        faces = faces.with_more(read_expressions(folder))
    return faces


def _report(
    order: Order,
    learner: Learner,
    answered: Mapping[str, Answers],
    calibration: Calibration,
    measured: str,
    learned: ExpressionSet,
) -> dict[str, Any]:
    before = {name: each.figures() for name, each in answered.items()}
    after = {name: each.figures(calibration) for name, each in answered.items()}
    report = {
        "batches": learner.step,
        "batches_planned": learner.steps,
        "minutes": round(learner.seconds / 60.0, 1),
        "parameters": parameters_of(learner.averaged),
        "temperatures": {"seven": calibration.seven, "eight": calibration.eight},
        "offsets": {"seven": list(calibration.offsets)},
        "figures": after,
        "ece_before_calibration": {
            name: {head: scores["ece"] for head, scores in heads.items()}
            for name, heads in before.items()
        },
        "valence_and_arousal": {
            name: ways
            for name, each in answered.items()
            if (ways := each.affect_figures(calibration))
        },
        "affect_std": calibration.affect_std,
        "in_8_bits": measured,
        "recipe": recipe_content(order.recipe),
    }
    known_report: dict[str, Any] = rounded(report, None)
    write_json(order.out / f"{NAME}_training.json", known_report)
    known = facts(order.recipe, order.version, order.command, after[HELD_OUT], learned)
    network = order.out / f"{NAME}.onnx"
    entry = manifest_entry(known, network, eight_bit=eight_bit_file(network), measured=measured)
    (order.out / "manifest_entry.yaml").write_text(entry, encoding="utf-8")
    sections = _sections(report, after, before)
    (order.out / f"{NAME}.md").write_text(card(known, sections), encoding="utf-8")
    _pictures(order.out, answered)
    return known_report


def _sections(
    report: Mapping[str, Any],
    after: Mapping[str, Mapping[str, Mapping[str, float]]],
    before: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> dict[str, str]:
    """Title and text of the parts of the card."""
    done, planned = report["batches"], report["batches_planned"]
    sections = {
        "Training": f"{report['parameters']} parameters, {done} of {planned} batches, "
        f"{report['minutes']} minutes. `--max-minutes` ends a training before its last batch.",
        "In 8 bits": f"{report['in_8_bits']}.",
    }
    summary, classes = ("accuracy", "uar", "macro_f1", "ece"), ("recall", "precision")
    for head, title in (("seven", "FER2013's seven classes"), ("eight", "Eight classes of FER+")):
        heads = {name: figures[head] for name, figures in after.items() if head in figures}
        if not heads:
            continue
        rows = {
            name: {k: scores[k] for k in summary}
            | {"ece before calibration": before[name][head]["ece"]}
            for name, scores in heads.items()
        }
        last = list(heads)[-1]
        per_class: dict[str, dict[str, float]] = {}
        for key, value in heads[last].items():
            figure, _, name = key.partition("_")
            if figure in classes:
                per_class.setdefault(name, {})[figure] = value
        text = table("", rows) + f"\n\nPer class, {last}:\n\n" + table("class", per_class)
        sections[title] = text
    affect = {
        f"{name}, {way}": scores
        for name, ways in report["valence_and_arousal"].items()
        for way, scores in ways.items()
    }
    if affect:
        sections["Valence and arousal"] = table("", affect)
    return sections | {"Limits": LIMITS}


def _pictures(out: Path, answered: Mapping[str, Answers]) -> None:
    name, last = list(answered.items())[-1]
    for head, z, y, names in (
        ("seven", last.seven, last.emotion, FER2013_CLASSES),
        ("eight", last.eight, last.majority, AFFECT_CLASSES),
    ):
        known = y >= 0
        if known.any():
            counts = confusion(np.argmax(z[known], axis=1), y[known], len(names))
            write_confusion(counts, names, out / f"confusion_{head}.png", name)


def _checker(checked: ExpressionSet, recipe: ExpressionRecipe) -> Callable[[nn.Module], str]:
    def check(network: nn.Module) -> str:
        found = answers(network, checked, recipe)
        parts = [f"{name} accuracy {s['accuracy']:.4f}" for name, s in found.figures().items()]
        if found.affect is not None:
            scores = affect_scores(found.affect, found.labelled_affect)
            parts += [f"{name} CCC {scores[f'ccc_{name}']:.3f}" for name in DIMENSIONS]
        return "held out: " + ", ".join(parts) + time.strftime(", %H:%M")

    return check
