"""Draws batches: some patches for gaze, some for lids and states, some made unreadable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from affect_perception.training.eyes.augment import Augmenter, Warp, equalised, ruined
from affect_perception.training.eyes.face_patches import IRIS_PX
from affect_perception.training.eyes.patch_set import IRIS, LOWER, UPPER, PatchSet


@dataclass(frozen=True)
class BatchConfig:
    """How many patches of each kind are in a batch.

    Attributes:
        gaze: With gaze labels.
        closed: Photographed closed eyes.
        open: Photographed open eyes without gaze labels.
        others: Patches that show no eye.
        rendered: Rendered eyes, open and closed.
        ruined: Eyes made unreadable.
        zoom: Logarithm of the additional zoom of patches without gaze labels: bare crops and
            infrared close-ups are framed in many ways.
    """

    gaze: int = 80
    closed: int = 16
    open: int = 20
    others: int = 4
    rendered: int = 0
    ruined: int = 8
    zoom: float = 0.3


@dataclass(frozen=True)
class Batch:
    """One batch; the first `gaze` rows have gaze labels.

    Attributes:
        patches: (n, 1, 36, 60) floats 0..255.
        warp: How each was moved.
        gaze: (g, 2) labels, rad.
        views: (g,).
        subjects: (g,).
        points: (n, 5, 2) px in the changed patches, NaN unknown.
        opening: (n,) lid gap in iris diameters, NaN unknown.
        closed: (n,) 0, 1 or NaN.
        usable: (n,) 0, 1 or NaN.
    """

    patches: Tensor
    warp: Warp
    gaze: Tensor
    views: Tensor
    subjects: Tensor
    points: Tensor
    opening: Tensor
    closed: Tensor
    usable: Tensor


class Batches:
    """Draws batches at random, with replacement; the sequence follows from the augmenter's seed.

    Args:
        gaze: Patches with gaze labels.
        states: Patches without; may be empty.
        augmenter: Changes the patches and holds the random numbers.
        config: Sizes.
    """

    def __init__(
        self, gaze: PatchSet, states: PatchSet, augmenter: Augmenter, config: BatchConfig
    ) -> None:
        self.config = config
        self._augment = augmenter
        self._gaze, self._states = gaze, states
        real = ~states.rendered
        kinds = (
            real & (states.closed == 1),
            real & (states.closed == 0),
            states.usable == 0,
            states.rendered,
        )
        self._kinds = [torch.from_numpy(np.nonzero(k)[0]) for k in kinds]

    def draw(self) -> Batch:
        """The next batch."""
        config = self.config
        rows = self._pick(torch.arange(len(self._gaze)), config.gaze)
        counts = (config.closed, config.open, config.others, config.rendered)
        chosen = [self._pick(k, c) for k, c in zip(self._kinds, counts, strict=True) if len(k)]
        states = torch.cat(chosen) if chosen else torch.zeros(0, dtype=torch.long)
        whole = _Rows(self._gaze, rows.numpy(), self._states, states.numpy())
        patches, points = whole.tensor("patches"), whole.tensor("points")
        zoom = torch.cat([torch.zeros(len(rows)), torch.full((len(states),), config.zoom)])
        changed, warp = self._augment(patches, points[:, IRIS], zoom)
        moved = warp.points(points)
        gap = (moved[:, LOWER] - moved[:, UPPER]).norm(dim=1) / IRIS_PX
        opening = whole.tensor("opening")
        bad = self._unreadable(patches)
        unknown = torch.full((len(bad),), torch.nan)
        return Batch(
            patches=torch.cat([changed, bad]),
            warp=warp,
            gaze=whole.gaze,
            views=torch.from_numpy(self._gaze.views)[rows],
            subjects=torch.from_numpy(self._gaze.subjects)[rows],
            points=torch.cat([moved, torch.full((len(bad), *moved.shape[1:]), torch.nan)]),
            opening=torch.cat([torch.where(torch.isnan(opening), gap, opening), unknown]),
            closed=torch.cat([whole.tensor("closed"), unknown]),
            usable=torch.cat([whole.tensor("usable"), torch.zeros(len(bad))]),
        )

    def _pick(self, rows: Tensor, count: int) -> Tensor:
        return rows[torch.randint(0, len(rows), (count,), generator=self._augment.generator)]

    def _unreadable(self, patches: Tensor) -> Tensor:
        """Some of the patches, made unreadable."""
        random = self._augment.generator
        chosen = self._pick(torch.arange(len(patches)), self.config.ruined)
        bad = ruined(patches[chosen], random)
        bad = bad + 6.0 * torch.randn(bad.shape, generator=random)
        return equalised(bad[:, None])


class _Rows:
    """Rows of two sets, one after the other, as tensors."""

    def __init__(
        self,
        first: PatchSet,
        rows: np.ndarray[tuple[int], np.dtype[np.int64]],
        second: PatchSet,
        others: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> None:
        self._parts = ((first, rows), (second, others))
        self.gaze = torch.from_numpy(first.gaze[rows])

    def tensor(self, name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(s, name)[r] for s, r in self._parts]))
