"""Moving the face: lids that close over the eyeball, and a jaw that opens the mouth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.sim import landmarks as lm
from affect_perception.sim.head_model import EYEBALL_RADIUS_M, HeadModel

Array = npt.NDArray[np.float64]

LID_THICKNESS_M = 0.0008
LOWER_LID_RISE = 0.12
"""Share of the aperture that the rising lower lid covers when the eye closes; the upper lid does
the rest."""
CREASE_DROP, FOLD_DROP = 0.38, 0.10
"""Share of the aperture by which the skin above the upper lid follows it down (by eye)."""
LID_FOLLOWS_GAZE = (0.8, 0.5)
"""Upper and lower lid rotation per rotation of the eye downwards or upwards. Real upper lids follow
nearly 1:1 in downgaze (Becker & Fuchs 1988); less is taken here so that the scripted opening stays
readable."""
JAW_ANGLE_FULL = math.radians(26.0)
"""Jaw rotation at mouth opening 1: lips about 40 mm apart, near the adult maximum of 45."""
JAW_JOINT_M = np.array([-0.050, 0.0, -0.028])
"""Jaw joint in the head frame: just in front of and below the ear points."""
REST_CORNERS_M = np.array([0.0, 0.005, -0.003])
"""How far the corners of a smiling portrait's mouth move inwards and down in the resting face."""


@dataclass(frozen=True)
class Expression:
    """What the face does.

    Attributes:
        lids: (right, left) opening: 0 closed, 1 as open as in the portrait.
        eye_pitch: (right, left) elevation of the eye in the head, rad, for the lids that follow.
        mouth: Mouth opening: 0 lips closed, 1 widest yawn.
        smile: 0 resting mouth corners, 1 those of the portrait.
    """

    lids: tuple[float, float] = (1.0, 1.0)
    eye_pitch: tuple[float, float] = (0.0, 0.0)
    mouth: float = 0.0
    smile: float = 0.0


class FaceRig:
    """Deforms the vertices of one head model."""

    def __init__(self, model: HeadModel) -> None:
        self._rest = model.vertices
        self._centres = model.eye_centres
        self._jaw = _jaw_weights(model.vertices)
        self._close, gaps = _closing_lips(model.vertices)
        self._corners = _corner_shift(model.vertices)
        self.lip_gap = gaps

    def deform(self, expression: Expression) -> Array:
        """Vertices (N, 3) of the head in the head frame for an expression."""
        vertices = self._rest + self._close + (1.0 - expression.smile) * self._corners
        if expression.mouth > 0.0:
            vertices = self._open_jaw(vertices, expression.mouth)
        for side, eye in enumerate((lm.RIGHT_EYE, lm.LEFT_EYE)):
            self._move_lids(vertices, eye, side, expression.lids[side], expression.eye_pitch[side])
        return vertices

    def _open_jaw(self, vertices: Array, opening: float) -> Array:
        angle = JAW_ANGLE_FULL * opening
        c, s = math.cos(angle), math.sin(angle)
        # The chin goes down and back: a positive rotation about y (to the left).
        rotation = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
        arms = vertices - JAW_JOINT_M
        narrowed = vertices + self._jaw[:, None] * (arms @ rotation.T - arms)
        return np.asarray(narrowed)

    def _move_lids(
        self, vertices: Array, eye: lm.EyePoints, side: int, opening: float, pitch: float
    ) -> None:
        """Moves the lids of one eye in place."""
        centre, upper, lower = self._centres[side], list(eye.upper), list(eye.lower)
        up, low = self._rest[upper], self._rest[lower]
        closed = low + LOWER_LID_RISE * (up - low)
        new_up = closed + opening * (up - closed)
        new_low = closed + max(opening, 0.0) * (low - closed)
        follow_up, follow_low = (k * pitch * EYEBALL_RADIUS_M for k in LID_FOLLOWS_GAZE)
        # The corners stay where they are; the middle of the lid follows the eye most.
        arc = np.sin(np.linspace(0.0, np.pi, len(upper) + 2)[1:-1])
        taper = arc**1.7 * max(min(opening, 1.0), 0.0)
        new_up[:, 2] += follow_up * taper
        new_low[:, 2] += follow_low * taper
        drop = (up - new_up)[:, 2]
        vertices[upper] = _outside_eyeball(new_up, centre)
        vertices[lower] = _outside_eyeball(new_low, centre)
        for ring, share in ((eye.crease, CREASE_DROP), (eye.fold, FOLD_DROP)):
            moved = vertices[list(ring)]
            moved[:, 2] -= share * drop
            vertices[list(ring)] = moved


def _outside_eyeball(points: Array, centre: Array) -> Array:
    """Pushes lid points that would sink into the eyeball out to its surface."""
    arms = points - centre
    distance = np.linalg.norm(arms, axis=1)
    least = EYEBALL_RADIUS_M + LID_THICKNESS_M
    factor = np.maximum(least / distance, 1.0)
    return np.asarray(centre + arms * factor[:, None])


def _jaw_weights(rest: Array) -> Array:
    """How much each vertex follows the jaw, 0..1."""
    lips = 0.5 * (rest[lm.LIPS_INNER_UPPER[5], 2] + rest[lm.LIPS_INNER_LOWER[5], 2])
    below = (lips - rest[:, 2]) / (lips - rest[lm.CHIN, 2])
    s = np.clip((below + 0.35) / 0.85, 0.0, 1.0)
    weight = s * s * (3.0 - 2.0 * s)
    front = np.clip((rest[:, 0] - JAW_JOINT_M[0] + 0.012) / 0.03, 0.0, 1.0)
    weight *= front
    ring = np.sin(np.linspace(0.0, np.pi, 11)) ** 0.6
    corner = 0.38
    for upper in (lm.LIPS_INNER_UPPER, *lm.LIPS_RINGS_UPPER, lm.LIPS_OUTER_UPPER):
        weight[list(upper)] = corner * (1.0 - ring)
    for lower in (lm.LIPS_INNER_LOWER, *lm.LIPS_RINGS_LOWER, lm.LIPS_OUTER_LOWER):
        weight[list(lower)] = corner + (1.0 - corner) * ring
    nose = (rest[:, 2] > rest[lm.LIPS_OUTER_UPPER[5], 2]) & (np.abs(rest[:, 1]) < 0.02)
    weight[nose] = 0.0
    return np.asarray(weight)


def _closing_lips(rest: Array) -> tuple[Array, Array]:
    """Shift of every vertex that closes the portrait's lips, and the gap it closes, (11, 3) m."""
    shift = np.zeros_like(rest)
    upper, lower = rest[list(lm.LIPS_INNER_UPPER)], rest[list(lm.LIPS_INNER_LOWER)]
    gap = lower - upper
    rows = (lm.LIPS_INNER_UPPER, *lm.LIPS_RINGS_UPPER, lm.LIPS_OUTER_UPPER)
    for row, share in zip(rows, (0.25, 0.22, 0.15, 0.10), strict=True):
        shift[list(row)] = share * gap
    rows = (lm.LIPS_INNER_LOWER, *lm.LIPS_RINGS_LOWER, lm.LIPS_OUTER_LOWER)
    for row, share in zip(rows, (0.75, 0.72, 0.65, 0.5), strict=True):
        shift[list(row)] = -share * gap
    # The skin between lower lip and chin is drawn along.
    height = rest[lm.LIPS_OUTER_LOWER[5], 2] - rest[:, 2]
    near = np.exp(-((height / 0.018) ** 2)) * np.exp(-((rest[:, 1] / 0.022) ** 2))
    skin = (height > 0.001) & (rest[:, 0] > -0.02)
    skin[: lm.FACE_POINTS][np.any(shift[: lm.FACE_POINTS] != 0.0, axis=1)] = False
    shift[skin] = -0.5 * gap[5] * near[skin, None]
    return shift, gap


def _corner_shift(rest: Array) -> Array:
    """Shift of every vertex that brings smiling mouth corners to rest."""
    shift = np.zeros_like(rest)
    for corner, sign in ((lm.LIPS_OUTER_UPPER[0], 1.0), (lm.LIPS_OUTER_UPPER[-1], -1.0)):
        distance = np.linalg.norm(rest - rest[corner], axis=1)
        near = np.exp(-((distance / 0.016) ** 2))[:, None]
        shift += near * REST_CORNERS_M * np.array([1.0, sign, 1.0])
    return shift
