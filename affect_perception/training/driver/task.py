"""Batches that alternate between the data sets, and losses that are weighed by what is learned.

Each set teaches only the heads that it has labels for. The weight of each loss is learned beside
the network: exp(-s) L + s, whose best s is the logarithm of the loss (Kendall, Gal and Cipolla,
"Multi-task learning using uncertainty to weigh losses", CVPR 2018); s is kept within 2 of 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.vision.driver_network import HEAD_NUMBERS
from affect_perception.core.vision.gaze_map import HALF_CELL, PITCHES, YAWS
from affect_perception.training.driver.examples import PairSet, senses_there
from affect_perception.training.driver.network import TASKS, DriverNet
from affect_perception.training.driver.recipe import DriverRecipe
from affect_perception.training.driver.windows import SlowBatches
from affect_perception.training.eyes.augment import MIDDLE, AugmentConfig, Augmenter, Warp
from affect_perception.training.eyes.batches import BatchConfig, Batches
from affect_perception.training.eyes.face_patches import IRIS_PX
from affect_perception.training.eyes.loop import GAZE_KNEE, known_l1, lid_loss, state_loss
from affect_perception.training.eyes.network import POINT_UNIT, LabelFrames, angles
from affect_perception.training.eyes.patch_set import IRIS, LOWER, UPPER, PatchSet

# One pair of a batch of single eyes: shares of gaze, closed, open, others and unreadable ones.
_EYES = {"gaze": 0.4, "closed": 0.2, "open": 0.24, "others": 0.06, "ruined": 0.1}
_HEAD_NOISE = 0.04
"""Of the head's axes, one sigma: head poses are known to two or three degrees."""
_LARGEST = 2.0
# Share of companions that may be in the other state: lids are read off their own patch.
_ANY_STATE = 0.25
# Beyond the last cells, rad.
_REACH = (float(YAWS[-1]) + HALF_CELL, float(PITCHES[-1]) + HALF_CELL)


class DriverLearning(nn.Module):
    """The network and the frames of the gaze labels, which are learned beside it.

    Args:
        network: What is exported.
        views: Number of label frames.
        subjects: Number of people with gaze labels.
    """

    def __init__(self, network: DriverNet, views: int, subjects: int) -> None:
        super().__init__()
        self.network, self.frames = network, LabelFrames(views, subjects)

    def forward(self, part: str, *inputs: Tensor) -> tuple[Tensor, ...]:
        """One of the network's parts."""
        return self.network(part, *inputs)


class DriverTask:
    """What the driver network learns.

    Args:
        pairs: Both eyes of people with gaze labels.
        gaze: The same eyes alone.
        states: Eyes with lids and states.
        drawn: Drawn drivers, if there are any.
        slow: Windows of the slow part.
        recipe: How.
    """

    def __init__(
        self,
        pairs: PairSet,
        gaze: PatchSet,
        states: PatchSet,
        drawn: PairSet | None,
        slow: SlowBatches,
        recipe: DriverRecipe,
    ) -> None:
        self._recipe = recipe
        self._pairs, self._drawn, self._slow = pairs, drawn, slow
        self._augment = Augmenter(AugmentConfig(), recipe.loop.seed)
        shares = recipe.batches
        counts = {name: max(1, round(share * shares.eyes)) for name, share in _EYES.items()}
        self._eyes = Batches(gaze, states, self._augment, BatchConfig(**counts))
        turns = (shares.gaze, shares.states, shares.drawn if drawn else 0.0, shares.slow)
        self._turns = torch.tensor(turns)

    def losses(self, network: nn.Module, progress: float) -> Mapping[str, Tensor]:
        """The losses of the next batch; they do not depend on the progress."""
        del progress
        turn = int(torch.multinomial(self._turns, 1, generator=self._augment.generator))
        if turn == 1:
            found = self._of_single_eyes(network)
        elif turn == 3:
            found = self._slow.losses(network, self._augment.generator)
        else:
            assert self._drawn is not None or turn == 0
            found = self._of_pairs(
                network, self._drawn if turn == 2 and self._drawn else self._pairs
            )
        weights = network.network.weights
        weighed = {"frames": network.frames.penalty()}
        for name, loss in found.items():
            s = _LARGEST * torch.tanh(weights[TASKS.index(name)] / _LARGEST)
            weighed[name] = torch.exp(-s) * loss + s
        return weighed

    def _of_pairs(self, network: nn.Module, pairs: PairSet) -> dict[str, Tensor]:
        random, count = self._augment.generator, self._recipe.batches.pairs
        rows = torch.randint(0, len(pairs), (count,), generator=random)
        eyes, points = pairs.eyes[rows], pairs.points[rows]
        flat = points.transpose(0, 1).flatten(0, 1)
        changed, warp = self._augment(
            eyes.transpose(0, 1).flatten(0, 1), flat[:, IRIS], torch.zeros(2 * count), pairs=True
        )
        moved = warp.points(flat)
        patches = changed[:, 0].view(2, count, *changed.shape[2:]).transpose(0, 1)
        there = senses_there(
            count, has_face=pairs.has_face, tokens=self._recipe.tokens, generator=random
        )
        face, head = self._face(pairs, rows)
        answers = network("frame", patches.contiguous(), face, head, there)
        known = torch.isfinite(pairs.gaze[rows]).all(1)
        label = _moved_label(network.frames, pairs, rows[known], warp, known)
        gap = (moved[:, LOWER] - moved[:, UPPER]).norm(dim=1) / IRIS_PX
        given = pairs.opening[rows].transpose(0, 1).flatten()
        opening = torch.where(torch.isnan(gap) & (given == 0.0), given, gap)
        # An eye whose patch was taken away cannot be asked for its lids and places.
        seen = there[:, :2].transpose(0, 1).flatten() > 0.0
        closed = pairs.closed[rows].transpose(0, 1).flatten()
        return gaze_losses(answers, label, known) | eye_losses(
            [a.transpose(0, 1).flatten(0, 1) for a in answers[2:]],
            moved, opening, closed, torch.ones(2 * count), seen,
        )  # fmt: skip

    def _face(self, pairs: PairSet, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Faces with another light, and heads as they are measured."""
        random = self._augment.generator
        if not pairs.has_face:
            face = pairs.faces.expand(len(rows), -1, -1)[:, None]
            return face, torch.zeros(len(rows), HEAD_NUMBERS)
        face = pairs.faces[rows].float()[:, None]
        shape = (2, len(rows), 1, 1, 1)
        gain, lift = torch.rand(shape, generator=random)
        face = face * (0.6 + 0.8 * gain) + 60.0 * (lift - 0.5)
        face = face + 6.0 * torch.randn(face.shape, generator=random)
        head = pairs.head[rows]
        noise = _HEAD_NOISE * torch.randn(head.shape, generator=random)
        return face.clamp(0.0, 255.0), head + noise

    def _of_single_eyes(self, network: nn.Module) -> dict[str, Tensor]:
        """One eye as the eye network sees it, alone or beside somebody else's.

        The sets that know shut eyes have neither pairs nor faces here. Without company, what is
        said of an eye beside another one would never have been taught a shut one.
        """
        batch, random = self._eyes.draw(), self._augment.generator
        count, with_gaze = len(batch.patches), len(batch.gaze)
        other, partner = company(batch.closed, random)
        eyes = torch.cat([batch.patches, batch.patches[other]], 1)
        there = torch.zeros(count, 4)
        there[:, 0], there[:, 1] = 1.0, partner.float()
        source = self._drawn or self._pairs
        face, head = self._face(source, torch.randint(0, len(source), (count,), generator=random))
        beside = partner & (torch.rand(count, generator=random) < 0.5) & source.has_face
        there[:, 2:] = beside[:, None].float()
        answers = network("frame", eyes, face, head, there)
        label = network.frames(batch.gaze, batch.views, batch.subjects)
        first = Warp(**{name: value[:with_gaze] for name, value in vars(batch.warp).items()})
        known = torch.arange(count) < with_gaze
        both = torch.cat([torch.arange(count), other])
        seen = torch.cat([torch.ones(count) > 0.0, partner])
        closed = torch.where(seen, batch.closed[both], torch.nan)
        usable = torch.nan_to_num(batch.usable, nan=1.0)[both]
        return gaze_losses(answers, angles(first.gaze(label)), known) | eye_losses(
            [a.transpose(0, 1).flatten(0, 1) for a in answers[2:]],
            batch.points[both], batch.opening[both], closed, usable, seen,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """The random numbers decide the batches."""
        return {"random": self._augment.generator.get_state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from such a state."""
        self._augment.generator.set_state(state["random"])


def company(closed: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Another row for each of a batch of single eyes, and whether it is shown beside it.

    Mostly one in the same state, as eyes mostly are; half of the rows stay alone, and so do those
    whose state is not known.

    Args:
        closed: (n,) 0, 1 or NaN.
        generator: Of the choice.
    """
    other = torch.arange(len(closed))
    turns = (closed == 0.0, 1.0), (closed == 1.0, 1.0), (torch.isfinite(closed), _ANY_STATE)
    for rows, share in turns:
        found = rows.nonzero()[:, 0]
        shuffled = found[torch.randperm(len(found), generator=generator)]
        moved = torch.rand(len(found), generator=generator) < share
        other[found[moved]] = shuffled[moved]
    shown = torch.rand(len(closed), generator=generator) < 0.5
    return other, shown & torch.isfinite(closed)


def _moved_label(
    frames: LabelFrames, pairs: PairSet, rows: Tensor, warp: Warp, known: Tensor
) -> Tensor:
    """Labels (k, 2) of the known rows in the changed first patch, rad."""
    half = len(known)
    first = Warp(**{name: value[:half][known] for name, value in vars(warp).items()})
    return angles(first.gaze(frames(pairs.gaze[rows], pairs.views[rows], pairs.subjects[rows])))


def gaze_losses(answers: tuple[Tensor, ...], label: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Of the map, and of the middle of its peak; a gaze beyond the map has no cell to learn.

    Args:
        answers: Of the frame part.
        label: (k, 2) in the first patch, rad.
        known: (n,) which rows they belong to.
    """
    inside = (label.detach().abs() <= torch.tensor(_REACH)).all(1)
    if not inside.any():
        return {"map": answers[0].sum() * 0.0, "gaze": answers[1].sum() * 0.0}
    label = label[inside]
    logits, middle = answers[0][known][inside], answers[1][known][inside]
    cells, shares = neighbours(label)
    said = torch.log_softmax(logits, 1).gather(1, cells)
    return {
        "map": -(shares * said).sum(1).mean(),
        "gaze": functional.smooth_l1_loss(middle, label, beta=GAZE_KNEE) / 0.1,
    }


def neighbours(gaze: Tensor) -> tuple[Tensor, Tensor]:
    """The four cells around directions (n, 2), and how much of each they get: (n, 4) both.

    So a direction between two cells is no more one than the other; beyond the edge, the edge.
    """
    low = torch.tensor([YAWS[0], PITCHES[0]], dtype=torch.float32)
    step = float(YAWS[1] - YAWS[0])
    last = torch.tensor([len(YAWS) - 1.0, len(PITCHES) - 1.0])
    place = torch.minimum(((gaze.detach() - low) / step).clamp_min(0.0), last)
    corner = torch.minimum(place.floor(), last - 1.0)
    part = place - corner
    cells, shares = [], []
    for up in (0, 1):
        for right in (0, 1):
            column, row = (corner + torch.tensor([right, up])).long().unbind(1)
            cells.append(row * len(YAWS) + column)
            across = part[:, 0] if right else 1.0 - part[:, 0]
            shares.append(across * (part[:, 1] if up else 1.0 - part[:, 1]))
    return torch.stack(cells, 1), torch.stack(shares, 1)


def eye_losses(
    answers: list[Tensor],
    places: Tensor,
    opening: Tensor,
    closed: Tensor,
    usable: Tensor,
    seen: Tensor,
) -> dict[str, Tensor]:
    """Of places, lids and states of eyes.

    Args:
        answers: Lids (m, 2), states (m, 2) and points (m, 10).
        places: (m, 5, 2) px, NaN unknown.
        opening: (m,) iris diameters, NaN unknown.
        closed: (m,) 0, 1 or NaN.
        usable: (m,) 0 or 1.
        seen: (m,) whether the patch was shown; else only the state is asked for.
    """
    lid, state, points = answers
    wanted = (places[seen] - torch.tensor(MIDDLE)) / POINT_UNIT
    readable = usable > 0.5
    return {
        "points": known_l1(points[seen].view_as(wanted), wanted),
        "lid": lid_loss(lid[seen], opening[seen]),
        "state": state_loss(state[:, 0], closed, readable)
        + state_loss(state[seen, 1], usable[seen], torch.ones_like(readable[seen])),
    }
