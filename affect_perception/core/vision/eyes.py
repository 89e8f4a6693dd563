"""Lids and mouth: how far each is open, corrected for the pose of the head.

Distances in the picture are turned into metres along the head's own up and left axes, at the
distance of the head, so that a lowered or turned head does not look like a closing eye. Lid gaps
are given in iris diameters, the unit of the literature on lid opening, with the mean horizontal
visible iris diameter of adults, 11.7 mm (Ruefer, Schroeder, Erb, "White-to-white corneal diameter",
Cornea 24(3), 2005); our heads are scaled by a pupil distance of 63 mm, and both hang together well:
the irises of 1,196 adults come out at a median of 11.7 mm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.config import EyeConfig
from affect_perception.core.types import (
    NAN,
    ByteArray,
    CameraIntrinsics,
    EyeObservation,
    FloatArray,
    HeadPose,
)
from affect_perception.core.vision.eye_baseline import OpenEyeBaseline
from affect_perception.core.vision.face_mesh import (
    LEFT_EYE_CONTOUR,
    LEFT_IRIS,
    MESH_SIZE,
    RIGHT_EYE_CONTOUR,
    RIGHT_IRIS,
    MeshResult,
)
from affect_perception.core.vision.geometry import Float64Array, rays_of
from affect_perception.core.vision.image_quality import GREEN, WHITE

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

UPPER_INNER_LIP, LOWER_INNER_LIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER = 13, 14, 61, 291


@dataclass(frozen=True)
class EyeTopology:
    """Where one eye is in the mesh; `side` is +1 for the person's left eye, -1 for the right."""

    side: int
    upper: tuple[int, int, int]
    lower: tuple[int, int, int]
    corners: tuple[int, int]
    iris: tuple[int, ...]
    contour: tuple[int, ...]


RIGHT = EyeTopology(-1, (160, 159, 158), (144, 145, 153), (33, 133), RIGHT_IRIS, RIGHT_EYE_CONTOUR)
LEFT = EyeTopology(1, (385, 386, 387), (380, 374, 373), (362, 263), LEFT_IRIS, LEFT_EYE_CONTOUR)


@dataclass(frozen=True)
class EyeView:
    """How the camera sees one eye.

    Attributes:
        position: Eye in the optical frame, m.
        turned: Angle between the plane of the eye and the line of sight, rad.
        iris_px: Iris diameter as it would appear frontally, px.
    """

    position: Float64Array
    turned: float
    iris_px: float


def view_of(eye: EyeTopology, head: HeadPose, focal: float) -> EyeView:
    """How the camera sees an eye, from the head pose alone."""
    pose = head.in_camera
    position = pose.apply(np.array([0.0, eye.side * HALF_PUPIL_DISTANCE, 0.0]))
    normal = pose.rotation @ np.array(
        [math.cos(EYE_PLANE_OUTWARDS), eye.side * math.sin(EYE_PLANE_OUTWARDS), 0.0]
    )
    toward = -position / np.linalg.norm(position)
    turned = math.acos(min(1.0, max(-1.0, float(normal @ toward))))
    return EyeView(position, turned, IRIS_DIAMETER * focal / float(position[2]))


def seen_length(
    difference: Float64Array, place: Float64Array, axis: Float64Array, distance: float
) -> float:
    """Length in metres of a difference of image positions, taken along an axis of the head.

    Args:
        difference: (2,) in undistorted x/z, y/z.
        place: (2,) where it is seen, same unit.
        axis: (3,) unit vector in the optical frame.
        distance: Depth of the place, m.

    Returns:
        Signed length; NaN if the axis is seen end on.
    """
    per_metre = (axis[:2] - place * axis[2]) / distance
    square = float(per_metre @ per_metre)
    # Seen within 10 degrees of its own direction, an axis says nothing.
    if square * distance**2 < math.sin(math.radians(10.0)) ** 2:
        return NAN
    return float(difference @ per_metre) / square


class EyeEstimator:
    """Opening of both eyes with the driver's own open eye as reference."""

    def __init__(self, config: EyeConfig) -> None:
        self._config = config
        self._baselines = {eye.side: OpenEyeBaseline(config) for eye in (RIGHT, LEFT)}

    def reset(self) -> None:
        """Forgets the driver."""
        for baseline in self._baselines.values():
            baseline.reset()

    @property
    def progress(self) -> float:
        """How far the driver's open eyes are known, 0..1: that of the better known eye."""
        return max(baseline.progress for baseline in self._baselines.values())

    def observe(
        self,
        eye: EyeTopology,
        mesh: MeshResult,
        head: HeadPose,
        intrinsics: CameraIntrinsics,
        elapsed: float,
    ) -> EyeObservation:
        """One eye in one picture.

        Args:
            eye: Which eye.
            mesh: Landmarks and crop of the face.
            head: Its pose.
            intrinsics: Camera.
            elapsed: Time since the last picture of this face, s; 0 if there was none.
        """
        view = view_of(eye, head, 0.5 * (intrinsics.fx + intrinsics.fy))
        glare = white_share(mesh, eye)
        reason = self._unusable(view, glare)
        if reason:
            return EyeObservation.unusable(reason)
        gap = lid_gap(eye, mesh.points, view, head, intrinsics)
        if not math.isfinite(gap):
            return EyeObservation.unusable("turned_away")
        baseline = self._baselines[eye.side]
        if view.turned < LEARN_TURNED:
            baseline.learn(gap, elapsed)
        openness = min(max(gap / baseline.open_gap, 0.0), 2.0)
        centre = mesh.points[eye.iris[0], :2]
        return EyeObservation(
            usable=True,
            reason="",
            lid_gap=gap,
            openness=openness,
            openness_std=self._std(view, baseline, openness),
            iris_px=(float(centre[0]), float(centre[1])),
            iris_radius_px=view.iris_px / 2.0,
            quality=self._quality(view, glare),
        )

    def _unusable(self, view: EyeView, glare: float) -> str:
        if view.turned > math.radians(self._config.max_turned_deg):
            return "turned_away"
        if view.iris_px < self._config.min_iris_px:
            return "too_small"
        if glare > self._config.max_glare:
            return "glare"
        return ""

    @staticmethod
    def _std(view: EyeView, baseline: OpenEyeBaseline, openness: float) -> float:
        noise = math.hypot(GAP_NOISE, GAP_NOISE_PX / view.iris_px)
        noise /= max(math.cos(view.turned), 0.2) * baseline.open_gap
        unknown = POPULATION_SPREAD + (KNOWN_SPREAD - POPULATION_SPREAD) * baseline.progress
        return math.hypot(noise, openness * unknown)

    def _quality(self, view: EyeView, glare: float) -> float:
        size = view.iris_px / (view.iris_px + HALF_QUALITY_PX)
        clear = 1.0 - min(1.0, glare / self._config.max_glare)
        return max(0.0, math.cos(view.turned)) * size * clear


def lid_gap(
    eye: EyeTopology,
    points: FloatArray,
    view: EyeView,
    head: HeadPose,
    intrinsics: CameraIntrinsics,
) -> float:
    """Distance of the lids over the iris diameter, mean of three pairs of lid points."""
    picked = points[[*eye.upper, *eye.lower], :2].astype(np.float64)
    rays = rays_of(picked, intrinsics)
    difference = rays[:3].mean(axis=0) - rays[3:].mean(axis=0)
    up = head.in_camera.rotation[:, 2]
    gap = seen_length(difference, rays.mean(axis=0), up, float(view.position[2]))
    return gap / IRIS_DIAMETER


def mouth_opening(points: FloatArray, head: HeadPose, intrinsics: CameraIntrinsics) -> float:
    """Distance of the inner lips over the width of the mouth, both corrected for the head pose."""
    indices = [UPPER_INNER_LIP, LOWER_INNER_LIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER]
    rays = rays_of(points[indices, :2].astype(np.float64), intrinsics)
    pose = head.in_camera
    place, distance = rays.mean(axis=0), float(pose.translation[2])
    opening = seen_length(rays[0] - rays[1], place, pose.rotation[:, 2], distance)
    width = seen_length(rays[3] - rays[2], place, pose.rotation[:, 1], distance)
    if not width > 0.0:
        return NAN
    return max(0.0, opening) / width


def white_share(mesh: MeshResult, eye: EyeTopology) -> float:
    """Share of white pixels in the box around an eye, in the crop of the face."""
    matrix = mesh.square.to_picture(MESH_SIZE)
    contour = mesh.points[list(eye.contour), :2] - matrix[:, 2]
    # The matrix is a rotation times a scale, so its inverse is its transpose over scale squared.
    scale = mesh.square.side / MESH_SIZE
    local = contour @ matrix[:, :2] / scale**2
    low = np.clip(np.floor(local.min(axis=0)).astype(int) - 2, 0, MESH_SIZE - 1)
    high = np.clip(np.ceil(local.max(axis=0)).astype(int) + 3, 1, MESH_SIZE)
    patch: ByteArray = mesh.crop[low[1] : high[1], low[0] : high[0], GREEN]
    if patch.size == 0:
        return 1.0
    return float(np.count_nonzero(patch >= WHITE)) / patch.size
