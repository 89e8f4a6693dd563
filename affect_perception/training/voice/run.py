"""`affect-perception train voice`: folds with speakers apart, and the network that is shipped."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.voice.emotion import MEMBERS
from affect_perception.evaluation.classification import fit_temperature
from affect_perception.evaluation.datasets.speech import SpeechClip, read_speech
from affect_perception.evaluation.voice.emotion_runs import Features
from affect_perception.evaluation.voice.noise import cabin_noise
from affect_perception.evaluation.voice.scores import emotion_scores, judge, mean_of
from affect_perception.training.devices import Machine
from affect_perception.training.json_file import rounded, write_json
from affect_perception.training.learner import Learner, Say
from affect_perception.training.model_card import card, manifest_entry, table
from affect_perception.training.recipe import recipe_content
from affect_perception.training.voice.export import NAME, export, facts
from affect_perception.training.voice.network import VoiceNet
from affect_perception.training.voice.prosody_judge import ProsodyJudge
from affect_perception.training.voice.recipe import VoiceRecipe
from affect_perception.training.voice.scoring import TorchNetwork
from affect_perception.training.voice.speech_set import (
    SPEECH,
    SpeechSet,
    joined,
    load_more,
    load_noises,
    speech_set,
)
from affect_perception.training.voice.task import VoiceTask, network_of

FOLDS = 5
OTHER = "audio/emodb"
CHECKPOINT = "checkpoint_{member}.pt"
CROSS_VALIDATION = f"{NAME}_cross_validation.json"


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Root of the data sets.
        out: Folder for results and checkpoints.
        recipe: How.
        folds: Numbers of the folds to cross-validate, from 1.
        max_minutes: Time for each network.
        resume: Go on from the checkpoints in `out`.
        device: See `Machine.of`.
        version: Of the weights.
        command: What was typed, for card and manifest.
    """

    data: Path
    out: Path
    recipe: VoiceRecipe
    folds: tuple[int, ...] = tuple(range(1, FOLDS + 1))
    max_minutes: float = math.inf
    resume: bool = False
    device: str = "cpu"
    version: str = "1.0.0"
    command: str = "affect-perception train voice --data DATA --out DIR"


@dataclass(frozen=True)
class Material:
    """What is read once.

    Attributes:
        clips: Sentences that folds are made of and scored on.
        speech: Their features.
        more: Further sentences to learn from, of the folders that the recipe names.
        noises: Mel powers of noise.
        cabin: Noise of a cabin to score in.
        other: Sentences of another set that is scored, with their features, if it is there.
    """

    clips: list[SpeechClip]
    speech: SpeechSet
    more: SpeechSet | None
    noises: list[Tensor]
    cabin: npt.NDArray[np.float32] | None
    other: tuple[list[SpeechClip], Features] | None


def read_material(data: Path, recipe: VoiceRecipe) -> Material:
    """Reads everything that a recipe needs below the root of the data sets.

    Raises:
        InputError: If speech or noise are missing or wrong.
    """
    folder = data / SPEECH
    clips = read_speech(folder)
    other = None
    if (data / OTHER).is_dir() and OTHER not in recipe.more:
        known = [c for c in read_speech(data / OTHER) if c.emotion in RAVDESS_CLASSES]
        other = known, Features.of(known)
    noises = load_noises(data, recipe.loop.seed)
    more = load_more(data, recipe.more)
    return Material(clips, speech_set(clips), more, noises, cabin_noise(folder), other)


def cross_validate(order: Order, say: Say) -> dict[str, Any]:
    """Trains once for each fold of speakers left out, and scores on these.

    A fold whose result lies in `order.out` is not trained again with `resume`.

    Returns:
        The report, also written as `voice_emotion_cross_validation.json`.

    Raises:
        InputError: If data are missing or wrong, or a fold is not 1 to 5.
    """
    wrong = [fold for fold in order.folds if not 1 <= fold <= FOLDS]
    if wrong or not order.folds:
        raise InputError(f"--folds must name folds 1 to {FOLDS}, got {wrong}")
    material = read_material(order.data, order.recipe)
    results = [_fold(order, material, number, say) for number in order.folds]
    figures = [result["scores"] for result in results]
    others = [result["other"] for result in results if result["other"]]
    report: dict[str, Any] = {
        "folds": [{"speakers": r["speakers"], **r["scores"]} for r in results],
        "folds_of": FOLDS,
        "mean": mean_of(figures),
        "spread": {k: float(np.std([f[k] for f in figures])) for k in mean_of(figures)},
        "other": mean_of(others) if others else {},
        "temperature": _temperature(results),
        "seconds": [r["seconds"] for r in results],
        "recipe": recipe_content(order.recipe),
        "machine": _machine(),
        "command": order.command,
    }
    report = rounded(report)
    write_json(order.out / CROSS_VALIDATION, report)
    return report


def train(order: Order, say: Say) -> dict[str, Any]:
    """Trains on all speakers and writes network, card and manifest entry.

    The temperature comes from the cross-validation in the same folder, if it is there: the weights
    have seen every speaker, so nothing is left to fit it to.

    Returns:
        A short report.

    Raises:
        InputError: If data are missing or wrong.
        ModelError: If the exported network differs from the trained one.
    """
    material = read_material(order.data, order.recipe)
    learned = _learned(material, material.speech)
    learners = _learn(order, material, learned, order.out / "all", say)
    networks, judge = [_bare(learner) for learner in learners], ProsodyJudge(learned)
    parts: list[nn.Module] = [*networks, judge]
    stored = order.out / CROSS_VALIDATION
    validated = json.loads(stored.read_text(encoding="utf-8")) if stored.is_file() else None
    temperature = float(validated["temperature"]) if validated else 1.0
    path = order.out / f"{NAME}.onnx"
    difference, rounding = export(networks, judge, temperature, path)
    say(f"{path}: ONNX differs from torch by {difference:.1g}, by 16 bits {rounding:.1g}")
    other = {}
    if material.other is not None:
        clips, features = material.other
        other = emotion_scores(TorchNetwork(networks, judge), clips, features, None)
    known = facts(order.version, order.command, _accuracy(validated))
    (order.out / f"{NAME}.yaml").write_text(manifest_entry(known, path), encoding="utf-8")
    text = card(known, _sections(order, learners, validated, other, temperature))
    (order.out / f"{NAME}.md").write_text(text, encoding="utf-8")
    return {
        "parameters": sum(
            values.numel() for part in parts for values in part.state_dict().values()
        ),
        "seconds": round(sum(learner.seconds for learner in learners), 1),
        "temperature": temperature,
        "difference": difference,
        "rounding": rounding,
        "other": rounded(other),
    }


def _fold(order: Order, material: Material, number: int, say: Say) -> dict[str, Any]:
    names = material.speech.names
    held = names[number - 1 :: FOLDS] if len(names) < FOLDS * 2 else _block(names, number)
    folder = order.out / f"fold_{number}"
    stored = folder / "result.json"
    if order.resume and stored.is_file():
        result: dict[str, Any] = json.loads(stored.read_text(encoding="utf-8"))
        if result["recipe"] == json.loads(json.dumps(recipe_content(order.recipe))):
            say(f"fold {number}: {stored} stands")
            return result
    say(f"fold {number}: without speakers {', '.join(held)}")
    rest = [name for name in names if name not in held]
    learned = _learned(material, material.speech.of(rest))
    learners = _learn(order, material, learned, folder, say)
    network = TorchNetwork([_bare(learner) for learner in learners], ProsodyJudge(learned))
    clips = [clip for clip in material.clips if clip.speaker in held]
    features = Features.of(clips)
    causal = judge(network, clips, features, learn=True)
    result = {
        "speakers": list(held),
        "scores": emotion_scores(network, clips, features, material.cabin),
        "other": {},
        "seconds": round(sum(learner.seconds for learner in learners), 1),
        "log_probabilities": np.log(np.maximum(causal.probabilities[0], 1e-9)).round(5).tolist(),
        "truth": causal.truth.tolist(),
        "recipe": recipe_content(order.recipe),
    }
    if material.other is not None:
        others, other_features = material.other
        result["other"] = emotion_scores(network, others, other_features, None)
    result["scores"], result["other"] = _known(result["scores"]), _known(result["other"])
    write_json(stored, result)
    say(f"fold {number}: UAR {result['scores']['uar']:.3f}, raw {result['scores']['uar_raw']:.3f}")
    return result


def _block(names: Sequence[str], number: int) -> tuple[str, ...]:
    """The speakers of a fold: neighbours in the table, so that each has men and women."""
    cuts = np.array_split(np.arange(len(names)), FOLDS)
    return tuple(names[i] for i in cuts[number - 1])


def _learned(material: Material, speech: SpeechSet) -> SpeechSet:
    return speech if material.more is None else joined(speech, material.more)


def _learn(
    order: Order, material: Material, speech: SpeechSet, folder: Path, say: Say
) -> list[Learner]:
    """Trains `MEMBERS` networks that differ by their seed alone."""
    machine = Machine.for_training(order.device)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _learn_one(order, material, speech, folder, machine, member, say)
        for member in range(1, MEMBERS + 1)
    ]


def _learn_one(
    order: Order,
    material: Material,
    speech: SpeechSet,
    folder: Path,
    machine: Machine,
    member: int,
    say: Say,
) -> Learner:
    loop = order.recipe.loop
    recipe = replace(order.recipe, loop=replace(loop, seed=loop.seed + member - 1))
    steps = max(1, math.ceil(recipe.loop.epochs * len(speech.labels) / recipe.loop.batch))
    learner = Learner(
        network_of(speech, recipe),
        VoiceTask(speech, material.noises, recipe, machine),
        recipe.loop,
        steps=steps,
        recipe={"speakers": list(speech.names), **recipe_content(recipe)},
        machine=machine,
    )
    checkpoint = folder / CHECKPOINT.format(member=member)
    if order.resume and checkpoint.is_file():
        learner.load(checkpoint)
        say(f"going on from batch {learner.step} of {checkpoint}")
    learner.run(max_minutes=order.max_minutes, checkpoint=checkpoint, say=say)
    return learner


def _known(scores: dict[str, float]) -> dict[str, float]:
    """Without figures that nothing could be measured for: JSON has no NaN."""
    return {name: value for name, value in scores.items() if math.isfinite(value)}


def _bare(learner: Learner) -> VoiceNet:
    network = learner.averaged.to("cpu")
    assert isinstance(network, VoiceNet)
    return network.eval()


def _temperature(results: Sequence[dict[str, Any]]) -> float:
    logits = np.concatenate([np.array(r["log_probabilities"]) for r in results])
    truth = np.concatenate([np.array(r["truth"]) for r in results])
    return round(fit_temperature(logits, truth), 4)


def _accuracy(validated: dict[str, Any] | None) -> str:
    if validated is None:
        return "not cross-validated with this training"
    mean, other = validated["mean"], validated["other"]
    text = (
        f"speakers apart, mean of {len(validated['folds'])} folds of four: UAR {mean['uar']:.3f} "
        f"with the speaker's running mean, {mean['uar_raw']:.3f} without, eight classes"
    )
    if other:
        text += f"; on EmoDB (German), six classes: {other['uar']:.3f} and {other['uar_raw']:.3f}"
    return text + " (`affect-perception train voice --cross-validate`)"


def _sections(
    order: Order,
    learners: Sequence[Learner],
    validated: dict[str, Any] | None,
    other: dict[str, float],
    temperature: float,
) -> dict[str, str]:
    networks = networks_in_words(
        order.recipe.loop.seed, learners[0].steps, [learner.seconds for learner in learners]
    )
    sections = {
        "Training": f"{networks}, {_machine()}; temperature {temperature:g}. Recipe: "
        "config/training/voice.yaml, explained in docs/voice.md."
    }
    if validated is not None:
        names = ("uar", "accuracy", "macro_f1", "ece", "uar_raw", "uar_cabin_noise_5db")
        rows = {
            f"without {', '.join(fold['speakers'])}": {n: fold[n] for n in names if n in fold}
            for fold in validated["folds"]
        }
        rows["mean"] = {n: validated["mean"][n] for n in names if n in validated["mean"]}
        sections["Speakers apart"] = table("fold", rows)
        recalls = {
            name: {"recall": validated["mean"][f"recall_{name}"]} for name in RAVDESS_CLASSES
        }
        sections["Recall of the classes, speakers apart"] = table("class", recalls)
    if other:
        sections["These weights on EmoDB (German, six classes)"] = table(
            "EmoDB", {"all": {n: other[n] for n in ("uar", "uar_raw", "accuracy", "ece")}}
        )
    return sections


def networks_in_words(seed: int, steps: int, seconds: Sequence[float]) -> str:
    """How many networks learned, and how long.

    Args:
        seed: Of the first; each of the others has the next.
        steps: Batches of each.
        seconds: How long each learned, s.
    """
    times = " and ".join(f"{one:.0f}" for one in seconds)
    if len(seconds) == 1:
        return f"One network, seed {seed}, {steps} batches, {times} s of learning"
    last = seed + len(seconds) - 1
    return (
        f"{len(seconds)} networks, seeds {seed} to {last}, {steps} batches each, "
        f"{times} s of learning"
    )


def _machine() -> str:
    return f"torch {torch.__version__}, {platform.machine()}, one thread"
