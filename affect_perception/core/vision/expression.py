"""The driver's expression over time: which pictures are read, smoothing, and the usual look.

Faces at rest differ: some people look sad or angry to a network (and to others) whatever they do.
What counts for a driver is the change against the usual look of that face, so the mean of the
log probabilities over the driver's own time is compared with that of a resting face and the
difference taken off, the more the longer it was learned. A driver who is sad the whole time is not
seen as sad then; that is the price, and `usual_strength` sets it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import (
    AFFECT_CLASSES,
    ValenceArousal,
    relative_entropy,
    valence_arousal,
)
from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.expression_face import face_of_picture, share_inside
from affect_perception.core.vision.expression_network import ExpressionNetwork

Array = npt.NDArray[np.float64]

# What a resting face should read as: the mean shares of the FER+ votes (single ones left out) for
# the 9,365 faces of FER2013 Training that most voters call neutral.
RESTING = np.array([0.838, 0.022, 0.013, 0.091, 0.021, 0.003, 0.002, 0.010])
# Probabilities below this carry no information about the look.
FLOOR = 1e-3


class Unsuited(Enum):
    """Why a face is not read."""

    NO_FACE = "no_face"
    TURNED_AWAY = "turned_away"
    COARSE = "coarse"
    CUT_OFF = "cut_off"
    FLAT = "flat"
    BLURRED = "blurred"


@dataclass(frozen=True)
class Expression:
    """What the face shows at one instant.

    Attributes:
        stamp_ns: Acquisition time of the picture.
        probabilities: (8,) over `AFFECT_CLASSES`, smoothed, usual look taken off; NaN if unknown.
        entropy: 0 sure, 1 no idea; NaN if unknown.
        affect: Valence and arousal of the probabilities.
        age_s: Time since the newest picture that was read, s; NaN if unknown.
        unsuited: Why this picture was not read; empty if it was, or if it was not its turn.
        learned: How far the usual look is known, 0..1.
    """

    stamp_ns: int
    probabilities: Array
    entropy: float
    affect: ValenceArousal
    age_s: float
    unsuited: tuple[Unsuited, ...]
    learned: float


class ExpressionReader:
    """Reads one driver's face, picture after picture in the order of their stamps.

    Args:
        config: Rate, smoothing, limits.
        network: The expression network.
    """

    def __init__(self, config: ExpressionConfig, network: ExpressionNetwork) -> None:
        self._config = config
        self._network = network
        self._smooth: Array | None = None
        self._read_ns: int | None = None
        self._due_ns: int | None = None
        self._usual = np.zeros(len(AFFECT_CLASSES))
        self._usual_s = 0.0

    def reset(self, *, new_driver: bool = False) -> None:
        """Starts afresh; the usual look is forgotten only with another driver."""
        self._smooth = self._read_ns = self._due_ns = None
        if new_driver:
            self._usual = np.zeros(len(AFFECT_CLASSES))
            self._usual_s = 0.0

    def step(
        self, stamp_ns: int, picture: ByteArray, landmarks: npt.ArrayLike | None, turned: float
    ) -> Expression:
        """Looks at one picture, if it is time to.

        Args:
            stamp_ns: Its acquisition time, not before that of the last one.
            picture: uint8 (H, W, 3) RGB or (H, W) grey.
            landmarks: (478, 2) or (478, 3), px; None without a face.
            turned: Angle of the head against the camera, rad; NaN if unknown.
        """
        unsuited: tuple[Unsuited, ...] = ()
        if self._due_ns is None or stamp_ns >= self._due_ns:
            # Counted on from when it was due, so that the rate is kept on average with any camera.
            due = stamp_ns if self._due_ns is None else self._due_ns
            self._due_ns = max(due + to_ns(1.0 / self._config.rate), stamp_ns)
            face, unsuited = self._suited(picture, landmarks, turned)
            if face is not None:
                self._take(stamp_ns, self._network.read(face[None])[1][0].astype(np.float64))
        age = math.nan if self._read_ns is None else to_s(stamp_ns - self._read_ns)
        if self._smooth is None or not age <= self._config.max_gap:
            self._smooth = None
            nothing = np.full(len(AFFECT_CLASSES), math.nan)
            unknown = ValenceArousal.unknown()
            return Expression(
                stamp_ns, nothing, math.nan, unknown, math.nan, unsuited, self.learned
            )
        found = self._without_usual(self._smooth)
        affect = valence_arousal(found, AFFECT_CLASSES)
        entropy = relative_entropy(found)
        return Expression(stamp_ns, found, entropy, affect, age, unsuited, self.learned)

    @property
    def learned(self) -> float:
        """How far the usual look is known, 0..1."""
        return min(1.0, self._usual_s / self._config.usual_time)

    def _suited(
        self, picture: ByteArray, landmarks: npt.ArrayLike | None, turned: float
    ) -> tuple[ByteArray | None, tuple[Unsuited, ...]]:
        c = self._config
        if landmarks is None or not np.isfinite(np.asarray(landmarks)).all():
            return None, (Unsuited.NO_FACE,)
        wrong = []
        if not turned <= math.radians(c.max_turned_deg):
            wrong.append(Unsuited.TURNED_AWAY)
        inside = share_inside(landmarks, picture.shape[1], picture.shape[0])
        if inside < c.min_inside:
            # What is outside was made up: nothing else is to be judged there.
            return None, (*wrong, Unsuited.CUT_OFF)
        face, scale = face_of_picture(picture, landmarks)
        if scale < c.min_scale:
            wrong.append(Unsuited.COARSE)
        spread = float(face.std())
        if spread < c.min_contrast:
            wrong.append(Unsuited.FLAT)
        elif float(cv2.Laplacian(face, cv2.CV_64F).std()) < c.min_sharpness * spread:
            wrong.append(Unsuited.BLURRED)
        return (None, tuple(wrong)) if wrong else (face, ())

    def _take(self, stamp_ns: int, read: Array) -> None:
        """Smooths in time and learns the usual look; durations come from the stamps."""
        elapsed = math.inf if self._read_ns is None else to_s(stamp_ns - self._read_ns)
        self._read_ns = stamp_ns
        if self._smooth is None or elapsed > self._config.max_gap:
            self._smooth = read
            return
        keep = math.exp(-elapsed / self._config.smoothing) if self._config.smoothing > 0.0 else 0.0
        self._smooth = keep * self._smooth + (1.0 - keep) * read
        # A plain mean over the time so far, then one that forgets: weights by time, not pictures.
        self._usual_s = min(self._usual_s + elapsed, self._config.usual_time)
        share = min(1.0, elapsed / self._usual_s) if self._usual_s > 0.0 else 0.0
        self._usual += share * (_centred(read) - self._usual)

    def _without_usual(self, probabilities: Array) -> Array:
        strength = self._config.usual_strength * self.learned
        logarithms = np.log(np.maximum(probabilities, FLOOR))
        logarithms -= strength * (self._usual - _centred(RESTING))
        powers = np.exp(logarithms - logarithms.max())
        return np.asarray(powers / powers.sum())


def _centred(probabilities: Array) -> Array:
    """Logarithms less their mean: only their ratios count."""
    logarithms = np.log(np.maximum(probabilities, FLOOR))
    return np.asarray(logarithms - logarithms.mean())
