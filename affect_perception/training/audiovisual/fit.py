"""Fits the audio-visual heads to clips of people.

Multinomial logistic regressions: with 300 clips nothing larger did better on people left out
(docs/audiovisual.md has what was tried).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.features import FACE, VOICE
from affect_perception.evaluation.audiovisual.judge import CLASSES
from affect_perception.evaluation.audiovisual.past import SpeakerPast
from affect_perception.evaluation.datasets.av_features import AvClips
from affect_perception.evaluation.speaker_orders import random_orders
from affect_perception.training.audiovisual.canonical import Canonical, fit_canonical
from affect_perception.training.audiovisual.network import PARTS, AudiovisualNet, Head, Usual
from affect_perception.training.audiovisual.recipe import AudiovisualRecipe
from affect_perception.training.logistic import fit_logistic

Array = npt.NDArray[np.float64]

# Seeds of learning and of judging lie apart, so that no order is met twice.
_LEARNING = 1000


def fit(clips: AvClips, recipe: AudiovisualRecipe) -> AudiovisualNet:
    """Fits all heads; temperatures are left at 1.

    Raises:
        InputError: If a class or a second person is missing.
    """
    if set(clips.truth.tolist()) != set(range(len(CLASSES))) or len(set(clips.speakers)) < 2:
        raise InputError("training needs clips of all eight classes and of at least two people")
    usual = _usual(clips, recipe)
    bare = AudiovisualNet(usual)
    with torch.no_grad():
        rows = bare.scaled(_tensor(clips.features)).numpy().astype(np.float64)
    alone = _heads(rows, clips.truth, recipe.weight_alone)
    matched = [_matched(rows, clips.speakers, recipe)]
    rows, places = _compared_rows(bare, clips, recipe)
    relative = _heads(rows, clips.truth[places], recipe.weight_relative / recipe.orders)
    matched.append(_matched(rows, [clips.speakers[place] for place in places], recipe))
    return AudiovisualNet(usual, alone, relative, matched=matched)


def _matched(rows: Array, people: Sequence[str], recipe: AudiovisualRecipe) -> Canonical:
    return fit_canonical(
        rows[:, VOICE], rows[:, FACE], people, pairs=recipe.pairs, drawn=recipe.drawn
    )


def with_temperatures(network: AudiovisualNet, temperatures: Array) -> AudiovisualNet:
    """The network with its logarithms divided by (2, ways) temperatures."""
    network.temperatures.copy_(_tensor(temperatures))
    return network


def _usual(clips: AvClips, recipe: AudiovisualRecipe) -> Usual:
    """Mean, spread, and how strongly each feature belongs to the person.

    A feature that differs much between people and little within one needs few clips to be known.
    What the classes explain is taken off before people are compared.
    """
    values = clips.features
    mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0) + 1e-9
    scaled = np.nan_to_num((values - mean) / spread, nan=0.0)
    of_class = np.stack([scaled[clips.truth == k].mean(axis=0) for k in range(len(CLASSES))])
    rest = scaled - of_class[clips.truth]
    groups = [np.array(clips.speakers) == name for name in sorted(set(clips.speakers))]
    groups = [group for group in groups if group.sum() > 1]
    own = np.stack([rest[group].var(axis=0, ddof=1) for group in groups]).mean(axis=0)
    clips_each = float(np.mean([group.sum() for group in groups]))
    between = np.stack([rest[group].mean(axis=0) for group in groups]).var(axis=0, ddof=1)
    between = np.maximum(between - own / clips_each, 0.02 * own + 1e-9)
    within = np.stack([scaled[group].var(axis=0, ddof=1) for group in groups]).mean(axis=0)
    counted = np.clip(within / between, recipe.fewest, recipe.most)
    return Usual(mean, spread, counted, recipe.spread_clips)


def _compared_rows(
    network: AudiovisualNet, clips: AvClips, recipe: AudiovisualRecipe
) -> tuple[Array, list[int]]:
    """Every clip relative to what came before it, in several orders of time, and its number."""
    inputs: list[tuple[npt.NDArray[np.float32], ...]] = []
    places: list[int] = []
    for number in range(recipe.orders):
        orders = random_orders(clips.speakers, _LEARNING + recipe.seed + number)
        for order in orders.values():
            past = SpeakerPast(clips.features.shape[1])
            for index in order:
                past.take(clips.features[index])
                inputs.append((clips.features[index].astype(np.float32)[None], *past.arrays()))
            places += order
    stacked = [torch.from_numpy(np.concatenate(part)) for part in zip(*inputs, strict=True)]
    with torch.no_grad():
        rows = network.compared(*stacked).numpy().astype(np.float64)
    return rows, places


def _heads(rows: Array, truth: npt.NDArray[np.int64], weight: float) -> tuple[Head, ...]:
    """One head per part; classes count alike, however many clips they have."""
    target = np.eye(len(CLASSES))[truth]
    balance = len(rows) / len(CLASSES) / target.sum(axis=0)
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    heads = []
    for part in PARTS:
        scaled = (rows[:, part] - centre[part]) / spread[part]
        head = Head(*fit_logistic(scaled, target, weight * balance[truth]))
        weights = head.weights / spread[part][:, None]
        heads.append(replace(head, weights=weights, bias=head.bias - centre[part] @ weights))
    return tuple(heads)


def _tensor(values: Array) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))
