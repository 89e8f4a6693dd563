"""Networks beside the regression, on the same folds: perceptron, recurrent, Transformer.

Needs torch. What is shipped was chosen by these figures; docs/load.md has them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.load.driver_window import HISTORY, WIDTH, token_rows
from affect_perception.core.load.tokens import CHANNELS, LEARNED, columns_of
from affect_perception.evaluation.load.courses import RECORDED, Course, labelled
from affect_perception.evaluation.load.scores import Judged, scores
from affect_perception.evaluation.load.weights import Float64Array
from affect_perception.evaluation.logistic import balanced_weights
from affect_perception.training.load.recipe import LoadRecipe
from affect_perception.training.load.validation import Say

STEPS, BATCH, RATE, DECAY = 400, 256, 3e-3, 0.05
DROPPED = 0.3
"""Share of the examples in which a channel is taken away."""
_FIGURES = ("balanced_accuracy", "auroc", "ece")


class Perceptron(nn.Module):
    """Two hidden layers of 32 on the newest token."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(WIDTH, 32), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(32, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1),
        )  # fmt: skip

    def forward(self, tokens: Tensor) -> Tensor:
        """(n, HISTORY, WIDTH) to (n,)."""
        return self.layers(tokens[:, -1])[:, 0]


class Recurrent(nn.Module):
    """A gated recurrent unit of 24 over the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.inward = nn.Linear(WIDTH, 24)
        self.unit = nn.GRU(24, 24, batch_first=True)
        self.out = nn.Sequential(nn.Dropout(0.3), nn.Linear(24, 1))

    def forward(self, tokens: Tensor) -> Tensor:
        """(n, HISTORY, WIDTH) to (n,)."""
        return self.out(self.unit(torch.relu(self.inward(tokens)))[0][:, -1])[:, 0]


class LightTransformer(nn.Module):
    """Two layers of 32 with four heads over the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.inward = nn.Linear(WIDTH, 32)
        self.place = nn.Parameter(0.1 * torch.randn(1, HISTORY, 32))
        layer = nn.TransformerEncoderLayer(32, 4, 64, 0.2, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Sequential(nn.LayerNorm(32), nn.Dropout(0.2), nn.Linear(32, 1))

    def forward(self, tokens: Tensor) -> Tensor:
        """(n, HISTORY, WIDTH) to (n,)."""
        return self.out(self.layers(self.inward(tokens) + self.place)[:, -1])[:, 0]


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "perceptron": Perceptron,
    "recurrent": Recurrent,
    "transformer": LightTransformer,
}


def compare(
    people: Sequence[Sequence[Course]], recipe: LoadRecipe, names: Sequence[str], say: Say
) -> dict[str, Any]:
    """Stress by each network, with the folds of the regression.

    Returns:
        By network, data set and kind of course: balanced accuracy, auroc, ece; and seconds.
    """
    torch.set_num_threads(1)
    report: dict[str, Any] = {}
    for name in names:
        began = time.process_time()
        collected: dict[str, dict[str, list[Judged]]] = {}
        for fold in range(recipe.folds):
            torch.manual_seed(recipe.seed + fold)
            network = NETWORKS[name]()
            rest = [c for i, own in enumerate(people) if i % recipe.folds != fold for c in own]
            _learn(network, rest, recipe)
            for own in people[fold :: recipe.folds]:
                for course in own:
                    by_kind = collected.setdefault(course.data_set, {})
                    by_kind.setdefault(course.kind, []).append(_judge(network, course))
        report[name] = {
            data_set: {
                kind: {key: scores(found)[key] for key in _FIGURES}
                for kind, found in by_kind.items()
            }
            for data_set, by_kind in collected.items()
        }
        report[name]["parameters"] = sum(p.numel() for p in NETWORKS[name]().parameters())
        seconds = time.process_time() - began
        say(f"{name}, {seconds:.0f} s: {report[name]}")
    return report


def sequences(course: Course) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(windows, HISTORY, WIDTH): views and whether each quantity is known, newest last."""
    tokens = token_rows(course.views)
    padded = np.concatenate([np.zeros((HISTORY - 1, WIDTH), np.float32), tokens])
    rows = [padded[start : start + len(tokens)] for start in range(HISTORY)]
    return np.stack(rows, axis=1)


def _learn(network: nn.Module, courses: Sequence[Course], recipe: LoadRecipe) -> None:
    parts = [(sequences(c), c, labelled(c, "stress")) for c in courses]
    tokens = np.concatenate([own[kept] for own, _, kept in parts])
    states = np.concatenate([c.stress[kept] for _, c, kept in parts]).astype(np.float32)
    weights = np.concatenate([_weights(c, kept, recipe) for _, c, kept in parts])
    rng = np.random.default_rng(recipe.seed)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS, pct_start=0.2)
    network.train()
    for _ in range(STEPS):
        drawn = rng.choice(len(states), BATCH, p=weights / weights.sum())
        batch = _without_channels(tokens[drawn], rng)
        logits = network(torch.from_numpy(batch))
        target = torch.from_numpy(states[drawn])
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()


def _weights(course: Course, kept: np.ndarray[Any, Any], recipe: LoadRecipe) -> Float64Array:
    factor = 1.0 if course.kind == RECORDED else recipe.joined_weight
    return factor * balanced_weights(course.stress[kept].astype(np.float64))


def _without_channels(
    tokens: np.ndarray[Any, np.dtype[np.float32]], rng: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Takes channels away from some examples, never all of them."""
    gone = rng.random((len(tokens), len(CHANNELS))) < DROPPED
    gone[gone.all(axis=1)] = False
    for number, channel in enumerate(CHANNELS):
        own = columns_of(channel)
        places = [k * len(LEARNED) + c for k in range(WIDTH // len(LEARNED)) for c in own]
        part = tokens[gone[:, number]]
        part[:, :, places] = 0.0
        tokens[gone[:, number]] = part
    return tokens


@torch.no_grad()
def _judge(network: nn.Module, course: Course) -> Judged:
    kept = labelled(course, "stress")
    said = torch.sigmoid(network(torch.from_numpy(sequences(course)))).numpy()[kept]
    return Judged(
        course.person,
        said.astype(np.float64),
        course.stress[kept].astype(np.float64),
        course.phases[kept],
    )
