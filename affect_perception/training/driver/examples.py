"""Examples of the frame part: which eyes are a pair, what is known of them, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.driver_network import HEAD_NUMBERS, SENSES
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview
from affect_perception.training.driver.recipe import TokenDropout
from affect_perception.training.driver.rendered_driver import DriverFrames
from affect_perception.training.eyes.patch_set import POINTS

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairSet:
    """Both eyes of pictures, as tensors; each picture stands in it twice, once mirrored.

    The map stands in the frame of the first eye. Mirrored, a right eye is a left one.

    Attributes:
        eyes: uint8 (n, 2, 36, 60).
        gaze: (n, 2) in the frame of the labels for the first eye, rad; NaN unknown.
        views: (n,) number of that frame.
        subjects: (n,) number of the person.
        points: (n, 2, 5, 2) px in the patches, NaN unknown.
        opening: (n, 2) lid gap, iris diameters, NaN unknown.
        closed: (n, 2) 0, 1 or NaN.
        faces: uint8 (n, 40, 40), or (1, 40, 40) where there are none.
        head: (n, 6), or (1, 6) where there are none.
        has_face: Whether face and head are there.
    """

    eyes: Tensor
    gaze: Tensor
    views: Tensor
    subjects: Tensor
    points: Tensor
    opening: Tensor
    closed: Tensor
    faces: Tensor
    head: Tensor
    has_face: bool

    def __len__(self) -> int:
        return len(self.eyes)


def partners(data: UtMultiview) -> Ints:
    """(n,) row of the other eye of the same look, seen by the same camera.

    Raises:
        InputError: If an eye has no other.
    """
    keys = np.stack([data.subjects, data.cameras, data.targets, data.left.astype(np.int64)], axis=1)
    row = {tuple(key): number for number, key in enumerate(keys.tolist())}
    try:
        return np.array([row[s, c, t, 1 - side] for s, c, t, side in keys.tolist()], np.int64)
    except KeyError as error:
        raise InputError(
            f"the gaze set has only one eye of subject, camera, target {error}"
        ) from error


def pairs_of_people(data: UtMultiview, points: npt.NDArray[np.float32]) -> PairSet:
    """The pairs of the gaze set, with points (n, 5, 2) of each patch.

    That they are open is left to the single eyes: so many of them would drown the closed ones.
    """
    other = partners(data)
    return eyes_alone(
        np.stack([data.patches, data.patches[other]], axis=1),
        gaze=torch.from_numpy(data.gaze.astype(np.float32)),
        views=torch.from_numpy(data.views),
        subjects=torch.from_numpy(data.subjects),
        points=torch.from_numpy(np.stack([points, points[other]], axis=1)),
    )


def eyes_alone(
    eyes: ByteArray, *, gaze: Tensor, views: Tensor, subjects: Tensor, points: Tensor
) -> PairSet:
    """Pairs (n, 2, 36, 60) without face and head, of whose lids nothing is known."""
    unknown = torch.full((len(eyes), 2), torch.nan)
    return PairSet(
        eyes=torch.from_numpy(eyes),
        gaze=gaze,
        views=views,
        subjects=subjects,
        points=points,
        opening=unknown,
        closed=unknown,
        faces=torch.zeros(1, SIZE, SIZE, dtype=torch.uint8),
        head=torch.zeros(1, HEAD_NUMBERS),
        has_face=False,
    )


def unlabelled(eyes: ByteArray) -> PairSet:
    """Pairs (n, 2, 36, 60) without face and head, of which nothing else is known."""
    count = len(eyes)
    return eyes_alone(
        eyes,
        gaze=torch.full((count, 2), torch.nan),
        views=torch.zeros(count, dtype=torch.long),
        subjects=torch.zeros(count, dtype=torch.long),
        points=torch.full((count, 2, POINTS, 2), torch.nan),
    )


def pairs_of_drawn(data: DriverFrames, view: int, subject: int) -> PairSet:
    """The drawn drivers, and each of them mirrored.

    Args:
        data: The pictures.
        view: Number of the frame of labels of mirrored pictures; that of the others follows it.
        subject: Number that stands for all of the faces: drawn eyes have no axis of their own.
    """
    count = len(data)

    def both(values: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.concatenate([values, values[:, ::-1]]))

    return PairSet(
        eyes=both(data.eyes),
        gaze=torch.from_numpy(np.concatenate([data.gaze[:, 0], data.gaze[:, 1]])),
        views=torch.tensor([view + 1] * count + [view] * count),
        subjects=torch.full((2 * count,), subject),
        points=both(data.points),
        opening=both(data.opening),
        closed=both(data.closed),
        faces=torch.from_numpy(np.concatenate([data.faces, data.faces[:, :, ::-1]])),
        head=torch.from_numpy(np.concatenate([data.head[:, 0], data.head[:, 1]])),
        has_face=True,
    )


def senses_there(
    count: int, *, has_face: bool, tokens: TokenDropout, generator: torch.Generator
) -> Tensor:
    """(n, 4) what is left of the senses of a batch; one eye at least where there is no face."""
    gone = torch.tensor([tokens.own, tokens.other, tokens.face, tokens.head])
    there = torch.rand(count, SENSES, generator=generator) >= gone
    if not has_face:
        there[:, 2:] = False
    blind = ~there.any(1) if has_face else ~there[:, :2].any(1)
    there[blind, 0] = True
    return there.float()
