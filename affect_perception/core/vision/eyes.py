"""Lids and mouth: how far each is open, corrected for the pose of the head.

Distances in the picture are turned into metres along the head's own up and left axes, at the
distance of the head, so that a lowered or turned head does not look like a closing eye. Lid gaps
are given in iris diameters, with the mean horizontal visible iris diameter of adults, 11.7 mm
(Ruefer, Schroeder, Erb, "White-to-white corneal diameter", Cornea 24(3), 2005). Heads are scaled by
a pupil distance of 63 mm, and both agree: the irises of 1,196 adults come out at a median of
11.7 mm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.config import BaselineConfig, EyeConfig
from affect_perception.core.driver_baseline.open_eyes import LowerLidLevel, OpenEyeBaseline
from affect_perception.core.types import NAN, CameraIntrinsics, EyeObservation, FloatArray
from affect_perception.core.vision.eye_appearance import LEFT, RIGHT, EyeTopology, look_of
from affect_perception.core.vision.eye_reader import NOT_LOOKED, EyeLook, EyeLooks
from affect_perception.core.vision.face_mesh import MeshResult
from affect_perception.core.vision.geometry import HeadFrame, Vector, angle_to_camera, rays_of
from affect_perception.core.vision.lid_fusion import (
    bounded_openness,
    closed_together,
    fused_gap,
    moved,
)
from affect_perception.core.vision.lowered_lids import LoweredLids

IRIS_DIAMETER = 0.0117
# Half of the pupil distance to which heads are scaled, m.
HALF_PUPIL_DISTANCE = 0.0315
# The plane of an open eye looks outwards by about this much: its outer corner lies deeper than its
# inner one (5 mm over 27 mm in the mean face).
EYE_PLANE_OUTWARDS = math.radians(11.0)
# Noise of a lid gap in iris diameters: a floor, and a part that grows as the eye gets smaller
# (px of landmark noise over iris diameter). Measured from picture to picture in still clips.
GAP_NOISE = 0.035
GAP_NOISE_PX = 0.3
# Iris diameter at which half of the quality is lost to size, px.
HALF_QUALITY_PX = 6.0
# Before the baseline is known, people's open eyes differ by this share (portraits, 1 sigma).
POPULATION_SPREAD = 0.24
KNOWN_SPREAD = 0.05
# The baseline learns only from views in which the lid gap is well measured.
LEARN_TURNED = math.radians(35.0)
# An eye torn open counts as this much and no more.
MOST_OPEN = 2.0
# Opening from which an eye teaches where its lower lid rests.
OPEN = 0.75
# An axis seen within 10 degrees of its own direction tells no lengths.
END_ON = math.sin(math.radians(10.0)) ** 2

UPPER_INNER_LIP, LOWER_INNER_LIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER = 13, 14, 61, 291


_INDICES = np.array(
    [
        *(i for eye in (RIGHT, LEFT) for i in (*eye.upper, *eye.lower, *eye.corners, eye.iris)),
        *(UPPER_INNER_LIP, LOWER_INNER_LIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER),
    ]
)
_POSITION = {int(index): position for position, index in enumerate(_INDICES)}


class FaceRays:
    """Undistorted image positions (x/z, y/z) of the landmarks of lids, irises and mouth."""

    def __init__(self, points: FloatArray, intrinsics: CameraIntrinsics) -> None:
        self._rays: list[list[float]] = rays_of(points.take(_INDICES, axis=0), intrinsics).tolist()

    def at(self, index: int) -> tuple[float, float]:
        """Position of one landmark."""
        x, y = self._rays[_POSITION[index]]
        return x, y

    def mean(self, indices: tuple[int, ...]) -> tuple[float, float]:
        """Mean position of some landmarks."""
        u = v = 0.0
        for index in indices:
            x, y = self._rays[_POSITION[index]]
            u += x
            v += y
        return u / len(indices), v / len(indices)


def seen_length(
    start: tuple[float, float], end: tuple[float, float], axis: Vector, distance: float
) -> float:
    """Length in metres from one image position to another, along an axis of the head.

    Args:
        start: Undistorted x/z, y/z.
        end: Likewise.
        axis: Unit vector in the optical frame.
        distance: Depth of both, m.

    Returns:
        Signed length; NaN if the axis is seen end on.
    """
    x, y = 0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1])
    u, v = axis[0] - x * axis[2], axis[1] - y * axis[2]
    square = u * u + v * v
    if square < END_ON:
        return NAN
    return distance * ((end[0] - start[0]) * u + (end[1] - start[1]) * v) / square


@dataclass(frozen=True)
class EyeView:
    """How the camera sees one eye.

    Attributes:
        distance: Depth of the eye, m.
        turned: Angle between the plane of the eye and the line of sight, rad.
        from_above: Angle by which the camera looks down on the head, rad.
        iris_px: Iris diameter as it would appear frontally, px.
        upper: Upper lid above the middle of the eye corners along the head's up axis, m; the mean
            of the three middle points of the lid. NaN if that axis is seen end on.
        lower: The same of the lower lid.
    """

    distance: float
    turned: float
    from_above: float
    iris_px: float
    upper: float
    lower: float


def view_of(eye: EyeTopology, rays: FaceRays, head: HeadFrame, focal: float) -> EyeView:
    """How the camera sees an eye.

    Args:
        eye: Which eye.
        rays: The landmarks as undistorted image positions.
        head: Pose of the head.
        focal: Focal length, px.
    """
    position = head.place(0.0, eye.side * HALF_PUPIL_DISTANCE, 0.0)
    outwards = eye.side * EYE_PLANE_OUTWARDS
    normal = head.turn(math.cos(outwards), math.sin(outwards), 0.0)
    distance = max(position[2], 1e-3)
    turned = angle_to_camera(normal, position)
    from_above = math.pi / 2.0 - angle_to_camera(head.up, position)
    corners = rays.mean(eye.corners)
    return EyeView(
        distance,
        turned,
        from_above,
        IRIS_DIAMETER * focal / distance,
        seen_length(corners, rays.mean(eye.upper), head.up, distance),
        seen_length(corners, rays.mean(eye.lower), head.up, distance),
    )


EyeViews = tuple[EyeView, EyeView]
"""The right and the left eye."""


def views_of(rays: FaceRays, head: HeadFrame, focal: float) -> EyeViews:
    """How the camera sees both eyes; see `view_of`."""
    return view_of(RIGHT, rays, head, focal), view_of(LEFT, rays, head, focal)


class EyeEstimator:
    """Opening of both eyes with the driver's own open eye as reference."""

    def __init__(self, config: EyeConfig, baseline: BaselineConfig) -> None:
        self._config = config
        self._max_turned = math.radians(config.max_turned_deg)
        self._max_from_above = math.radians(config.max_from_above_deg)
        self._baselines = {eye.side: OpenEyeBaseline(baseline) for eye in (RIGHT, LEFT)}
        self._levels = {eye.side: LowerLidLevel(baseline) for eye in (RIGHT, LEFT)}
        self._lowered = LoweredLids(config.lowered_line)
        # Where nearly shut lids meet in this picture, as a share of the resting lower lid.
        self._lines: dict[int, float] = {}

    def reset(self) -> None:
        """Forgets the driver."""
        for baseline in self._baselines.values():
            baseline.reset()
        for level in self._levels.values():
            level.reset()
        self._lowered.reset()

    @property
    def progress(self) -> float:
        """How far the driver's open eyes are known, 0..1: that of the better known eye."""
        return max(baseline.progress for baseline in self._baselines.values())

    def observe_pair(
        self,
        mesh: MeshResult,
        views: EyeViews,
        elapsed: float,
        looks: EyeLooks = NOT_LOOKED,
        head_pitch: float = 0.0,
        *,
        may_learn: bool = True,
    ) -> tuple[EyeObservation, EyeObservation]:
        """The right and the left eye in one picture; see `observe`.

        Both together tell lids that are lowered, to look down, from lids that are shut.

        Args:
            mesh: Landmarks and crop of the face.
            views: How the camera sees the right and the left eye.
            elapsed: Time since the last picture of this face, s; 0 if there was none.
            looks: What the eye network says of the right and the left eye.
            head_pitch: Of the head in the cabin frame, rad; negative when it is bowed.
            may_learn: Whether the driver looks awake and ahead, so that open eyes may be learned.
        """
        self._lines.clear()
        closed = self._closed_together(views, looks)
        right, left = (
            self.observe(eye, mesh, view, elapsed, look, closed, may_learn=may_learn)
            for eye, view, look in zip((RIGHT, LEFT), views, looks, strict=True)
        )
        if not self._lines:
            if right.usable or left.usable:
                self._lowered.reset()
            return right, left
        if self._lowered.step(
            sum(self._lines.values()) / len(self._lines),
            known=all(self._levels[side].known for side in self._lines),
            bowed=-head_pitch,
            elapsed=elapsed,
        ) and not (elapsed == 0.0 and closed >= self._config.sure_at_first):
            # A first picture tells nothing of the driver's lids: there the look alone decides.
            lowered = EyeObservation.unusable("lowered")
            right = lowered if RIGHT.side in self._lines else right
            left = lowered if LEFT.side in self._lines else left
        return right, left

    def _closed_together(self, views: EyeViews, looks: EyeLooks) -> float:
        """Probability that the eyes are shut, from both as far as they are seen."""
        return closed_together(
            [
                (look.reading, math.cos(view.turned) ** 2 * look.reading.usable)
                for view, look in zip(views, looks, strict=True)
                if look is not None
                and look.reading.usable >= self._config.min_readable
                and view.turned <= self._max_turned
            ]
        )

    def observe(
        self,
        eye: EyeTopology,
        mesh: MeshResult,
        view: EyeView,
        elapsed: float,
        look: EyeLook | None = None,
        closed: float = NAN,
        *,
        may_learn: bool = True,
    ) -> EyeObservation:
        """One eye in one picture.

        Args:
            eye: Which eye.
            mesh: Landmarks and crop of the face.
            view: How the camera sees this eye.
            elapsed: Time since the last picture of this face, s; 0 if there was none.
            look: What the eye network says of it.
            closed: Probability that both eyes are shut, NaN if no network has looked.
            may_learn: See `observe_pair`.
        """
        if view.turned > self._max_turned:
            return EyeObservation.unusable("turned_away")
        if view.iris_px < self._config.min_iris_px:
            return EyeObservation.unusable("too_small")
        glare, contrast = look_of(eye, mesh)
        if glare > self._config.max_glare:
            return EyeObservation.unusable("glare")
        if look is not None and look.reading.usable < self._config.min_readable:
            return EyeObservation.unusable("covered")
        by_landmarks = (view.upper - view.lower) / IRIS_DIAMETER
        if not math.isfinite(by_landmarks):
            return EyeObservation.unusable("turned_away")
        baseline = self._baselines[eye.side]
        reading = None if look is None else look.reading
        gap, gap_std = fused_gap(by_landmarks, _gap_noise(view), reading)
        bound = self._bound(closed, elapsed)
        if min(gap / baseline.open_gap, bound) < self._config.hidden_below:
            if view.from_above > self._max_from_above:
                return EyeObservation.unusable("seen_from_above")
            self._lines[eye.side] = 0.5 * (view.upper + view.lower) / self._levels[eye.side].level
        elif contrast < self._config.min_contrast:
            return EyeObservation.unusable("covered")
        openness = min(self._learn(eye, view, gap, elapsed, may_learn), bound)
        x, y = mesh.points[eye.iris, :2].tolist()
        std, quality = _openness_std(gap_std, baseline, openness), self._quality(view, glare)
        return EyeObservation(
            True, "", gap, openness, std, (x, y), view.iris_px / 2.0, quality, closed
        )

    def _bound(self, closed: float, elapsed: float) -> float:
        """The highest openness that the probability of shut eyes leaves."""
        config = self._config
        if elapsed == 0.0:
            closed = moved(closed, config.sure_at_first, config.sure)
        return bounded_openness(MOST_OPEN, closed, config.sure, config.closed_below)

    def _learn(
        self, eye: EyeTopology, view: EyeView, gap: float, elapsed: float, may_learn: bool
    ) -> float:
        """Learns the driver's open eye from a well seen one; returns the opening relative to it."""
        baseline = self._baselines[eye.side]
        well_seen = may_learn and view.turned < LEARN_TURNED
        if well_seen:
            baseline.learn(gap, elapsed)
        openness = min(max(gap / baseline.open_gap, 0.0), MOST_OPEN)
        if well_seen and openness > OPEN:
            self._levels[eye.side].learn(view.lower, elapsed)
        return openness

    def _quality(self, view: EyeView, glare: float) -> float:
        size = view.iris_px / (view.iris_px + HALF_QUALITY_PX)
        clear = 1.0 - min(1.0, glare / self._config.max_glare)
        return max(0.0, math.cos(view.turned)) * size * clear


def _gap_noise(view: EyeView) -> float:
    """One sigma of the lid gap by landmarks, iris diameters."""
    noise = math.hypot(GAP_NOISE, GAP_NOISE_PX / view.iris_px)
    return noise / max(math.cos(view.turned), 0.2)


def _openness_std(gap_std: float, baseline: OpenEyeBaseline, openness: float) -> float:
    unknown = POPULATION_SPREAD + (KNOWN_SPREAD - POPULATION_SPREAD) * baseline.progress
    return math.hypot(gap_std / baseline.open_gap, openness * unknown)


def mouth_opening(rays: FaceRays, head: HeadFrame) -> float:
    """Distance of the inner lips over the width of the mouth, both corrected for the head pose."""
    opening = seen_length(rays.at(LOWER_INNER_LIP), rays.at(UPPER_INNER_LIP), head.up, 1.0)
    width = seen_length(rays.at(RIGHT_MOUTH_CORNER), rays.at(LEFT_MOUTH_CORNER), head.left, 1.0)
    if not width > 0.0 or math.isnan(opening):
        return NAN
    return max(0.0, opening) / width
