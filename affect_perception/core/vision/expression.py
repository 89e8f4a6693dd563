"""The driver's expression over time: which pictures are read, smoothing, and the usual look.

A face is read at a rate of its own, a few times a second. A face that is not suited is not guessed
at: what was read before is held for a moment with its age, then nothing is known. What is learned
of the driver (`core.vision.usual_look`) comes from faces that were read, so never from those.
Valence and arousal are those of the network where it was taught them, else those of the classes.
"""

from __future__ import annotations

import math

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
from affect_perception.core.enums import Availability, ExpressionReason
from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray, ExpressionObservation
from affect_perception.core.vision.expression_face import face_of_picture, share_inside
from affect_perception.core.vision.expression_network import ExpressionNetwork, Readings
from affect_perception.core.vision.mouth_cover import mouth_cover
from affect_perception.core.vision.usual_look import UsualLook

Array = npt.NDArray[np.float64]
Reasons = tuple[ExpressionReason, ...]

# Places in a reading, see `_one_reading`.
_CLASSES = slice(len(AFFECT_CLASSES))
_AFFECT = slice(_CLASSES.stop, _CLASSES.stop + 2)
_AFFECT_STD = slice(_AFFECT.stop, _AFFECT.stop + 2)

NO_FACE: Reasons = (ExpressionReason.NO_FACE,)


class ExpressionReader:
    """Reads one driver's face, picture after picture in the order of their stamps.

    Args:
        config: Rate, smoothing, limits.
        network: The expression network; None where it is not there.
    """

    def __init__(self, config: ExpressionConfig, network: Network | None) -> None:
        self._config = config
        self._network = None if network is None else ExpressionNetwork(network)
        self._usual = UsualLook(config.usual_time, config.usual_strength)
        self._missing: Reasons = ()
        if not config.enabled:
            self._missing = (ExpressionReason.OFF,)
        elif self._network is None:
            self._missing = (ExpressionReason.NO_NETWORK,)
        self.reset()

    def reset(self, *, new_driver: bool = False) -> None:
        """Starts afresh; the usual look is forgotten only with another driver."""
        self._smooth: Array | None = None
        self._read_ns: int | None = None
        self._due_ns: int | None = None
        self._unsuited: Reasons = ()
        self._mirrored = False
        self._held: ExpressionObservation | None = None
        if new_driver:
            self._usual.forget()

    def due(self, stamp_ns: int) -> bool:
        """Whether the next face is to be looked at in a picture of this time."""
        if self._missing:
            return False
        return self._due_ns is None or stamp_ns >= self._due_ns

    def step(
        self,
        stamp_ns: int,
        picture: ByteArray,
        landmarks: npt.ArrayLike | None,
        turned: float = math.nan,
        *,
        covered: bool = False,
    ) -> ExpressionObservation:
        """Looks at one picture, if it is time to.

        Args:
            stamp_ns: Its acquisition time, not before that of the last one.
            picture: uint8 (H, W, 3) RGB or (H, W) grey.
            landmarks: (478, 2) or (478, 3), px; None without a face.
            turned: Angle of the head against the camera, rad; NaN if unknown. Asked for only when
                `due`.
            covered: Whether something is known to cover part of the face.
        """
        if self._missing:
            return ExpressionObservation(Availability.UNAVAILABLE, self._missing)
        if landmarks is None:
            # Faces come back at any time: the next one is looked at at once.
            self._due_ns, self._unsuited = None, NO_FACE
        elif self.due(stamp_ns):
            self._look(stamp_ns, picture, landmarks, turned, covered)
        return self._told(stamp_ns)

    def _look(
        self,
        stamp_ns: int,
        picture: ByteArray,
        landmarks: npt.ArrayLike,
        turned: float,
        covered: bool,
    ) -> None:
        # Counted on from when it was due, so that the rate is kept on average with any camera.
        due = stamp_ns if self._due_ns is None else self._due_ns
        self._due_ns = max(due + to_ns(1.0 / self._config.rate), stamp_ns)
        face, self._unsuited = suited_face(self._config, picture, landmarks, turned, covered)
        if face is not None and self._network is not None:
            self._take(stamp_ns, self._read(face, self._network))

    def _read(self, face: ByteArray, network: ExpressionNetwork) -> Array:
        """One reading, see `_one_reading`.

        The first look reads the face and its mirror image, later ones take turns.

        The smoothing in time averages those, at half the cost of reading both each time.
        """
        if self._smooth is None:
            return _one_reading(network.read(face[None]))
        self._mirrored = not self._mirrored
        seen = face[:, ::-1] if self._mirrored else face
        return _one_reading(network.read_as_they_are(seen[None]))

    def _take(self, stamp_ns: int, read: Array) -> None:
        """Smooths in time and learns the usual look; durations come from the stamps."""
        elapsed = math.inf if self._read_ns is None else to_s(max(0, stamp_ns - self._read_ns))
        self._read_ns, self._held = stamp_ns, None
        if self._smooth is None or elapsed > self._config.max_gap:
            self._smooth = read
            return
        keep = math.exp(-elapsed / self._config.smoothing) if self._config.smoothing > 0.0 else 0.0
        self._smooth = keep * self._smooth + (1.0 - keep) * read
        self._usual.learn(read[_CLASSES], elapsed, read[_AFFECT] if _has_affect(read) else None)

    def _told(self, stamp_ns: int) -> ExpressionObservation:
        age = math.nan if self._read_ns is None else to_s(max(0, stamp_ns - self._read_ns))
        if self._smooth is None or not age <= self._config.max_gap:
            self._smooth = None
            return ExpressionObservation(
                Availability.UNAVAILABLE, self._unsuited, usual_progress=self._usual.progress
            )
        # Between two looks only the age changes.
        if self._held is None:
            self._held = self._judged(self._smooth)
        held = self._held
        level = Availability.DEGRADED if self._unsuited else Availability.AVAILABLE
        return ExpressionObservation(
            level,
            self._unsuited,
            held.probabilities,
            held.entropy,
            held.valence,
            held.valence_std,
            held.arousal,
            held.arousal_std,
            age,
            held.usual_progress,
        )

    def _judged(self, smooth: Array) -> ExpressionObservation:
        found = self._usual.taken_off(smooth[_CLASSES])
        affect = valence_arousal(found, AFFECT_CLASSES)
        if _has_affect(smooth):
            means = self._usual.affect_taken_off(smooth[_AFFECT])
            affect = ValenceArousal(*means.tolist(), *smooth[_AFFECT_STD].tolist())
        return ExpressionObservation(
            probabilities=tuple(found.tolist()),
            entropy=relative_entropy(found),
            valence=affect.valence,
            valence_std=affect.valence_std,
            arousal=affect.arousal,
            arousal_std=affect.arousal_std,
            usual_progress=self._usual.progress,
        )


def _one_reading(found: Readings) -> Array:
    """(8,) probabilities, or (12,) with valence, arousal and one sigma of each behind them.

    One row, so that one filter smooths both ways to valence and arousal.
    """
    parts = [found.eight[0]] if found.affect is None else [found.eight[0], found.affect[0]]
    return np.concatenate(parts).astype(np.float64)


def _has_affect(read: Array) -> bool:
    return len(read) > len(AFFECT_CLASSES)


def suited_face(
    config: ExpressionConfig,
    picture: ByteArray,
    landmarks: npt.ArrayLike,
    turned: float,
    covered: bool = False,
) -> tuple[ByteArray | None, Reasons]:
    """The face as the network takes it, or why it is not suited.

    Args:
        config: Limits.
        picture: uint8 (H, W, 3) RGB or (H, W) grey.
        landmarks: (478, 2) or (478, 3), px.
        turned: Angle of the head against the camera, rad; NaN if unknown.
        covered: Whether something is known to cover part of the face.

    Returns:
        (40, 40) and no reasons, or None and the reasons.
    """
    points = np.asarray(landmarks)
    if not np.isfinite(points).all():
        return None, NO_FACE
    wrong = []
    if math.isnan(turned):
        wrong.append(ExpressionReason.POSE_UNCERTAIN)
    elif turned > math.radians(config.max_turned_deg):
        wrong.append(ExpressionReason.TURNED_AWAY)
    if covered:
        wrong.append(ExpressionReason.OCCLUDED)
    if share_inside(points, picture.shape[1], picture.shape[0]) < config.min_inside:
        # What is outside was made up: nothing else is to be judged there.
        return None, (*wrong, ExpressionReason.AT_EDGE)
    face, scale = face_of_picture(picture, points)
    if scale < config.min_scale:
        wrong.append(ExpressionReason.SMALL)
    mean, deviation = cv2.meanStdDev(face)
    if float(mean[0, 0]) < config.min_brightness:
        wrong.append(ExpressionReason.DARK)
    spread = float(deviation[0, 0])
    if spread < config.min_contrast:
        wrong.append(ExpressionReason.FLAT)
    else:
        _, edges = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_16S))
        if float(edges[0, 0]) < config.min_sharpness * spread:
            wrong.append(ExpressionReason.BLURRED)
    # Last: blur, turned heads and the dark take edges away, too.
    if not wrong and config.max_mouth_cover < 1.0 and mouth_cover(face) > config.max_mouth_cover:
        wrong.append(ExpressionReason.OCCLUDED)
    return (None, tuple(wrong)) if wrong else (face, ())
