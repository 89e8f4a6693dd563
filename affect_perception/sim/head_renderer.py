"""Draws one head, with eyes and mouth, onto a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import RigidTransform
from affect_perception.sim import landmarks as lm
from affect_perception.sim.deform import Expression, FaceRig
from affect_perception.sim.eyes import (
    LASH,
    EyeLook,
    Patch,
    draw_eyeball,
    draw_mouth,
    iris_ring,
    lash_cover,
    lid_shadow,
)
from affect_perception.sim.geometry import Camera, direction_angles
from affect_perception.sim.head_model import HeadModel, Part
from affect_perception.sim.raster import Raster, Window, rasterise
from affect_perception.sim.skin_pulse import GLOSS, GLOSS_SHARPNESS, PERFUSION_NECK, SUN_RGB

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

AMBIENT, KEY = 0.55, 0.56
PORTRAIT_LIGHT = np.array([0.97, 0.0, 0.24])
"""Direction the portrait's own light is taken to come from, head frame (from the viewer, above)."""
CABIN_LIGHT = np.array([0.80, 0.10, 0.59])
"""Daylight through the windscreen, cabin frame."""
SUPERSAMPLE_BELOW_PX = 90.0
"""Eyes are drawn at twice the resolution while the pupils are closer than this in the picture."""
MAX_EYE_TURN = np.radians(50.0)
"""Mechanical limit of eye rotation in the head (Guitton & Volle 1987: about 55 degrees)."""
INFRARED_IRIS = np.array([128.0, 128.0, 128.0])
TEETH_M = np.array([0.0, 0.0, -0.008])


@dataclass(frozen=True)
class HeadState:
    """Where a head is and what it does.

    Attributes:
        pose: Head to cabin frame.
        gaze_point: Point looked at, cabin frame, m.
        expression: Lids and mouth; the lids' vertical following is filled in here.
        side_light: Sun from the left (positive) or right (negative) side window, -1..1.
        neck_base: Where the neck meets the collar, cabin frame, m.
        infrared: Irises are drawn light, as they look near 900 nm.
        skin: Factors of the pulse on red, green and blue of the skin; None without one, and then
            skin is matt and all light white.
    """

    pose: RigidTransform
    gaze_point: Array
    expression: Expression
    side_light: float
    neck_base: Array
    infrared: bool = False
    skin: Array | None = None


@dataclass(frozen=True)
class DrawnHead:
    """Ground truth of a drawn head.

    Attributes:
        landmarks: (478, 2) px, projected; points hidden by the head itself included.
        eye_gaze: (2, 3) unit vectors of right and left eye, cabin frame.
        eye_centres: (2, 3) m, cabin frame.
        raster: What was drawn, or None if out of the picture.
    """

    landmarks: Array
    eye_gaze: Array
    eye_centres: Array
    raster: Raster | None


class HeadRenderer:
    """Poses, lights and draws one head model."""

    def __init__(self, model: HeadModel) -> None:
        self.model = model
        self.rig = FaceRig(model)
        self._normals = _vertex_normals(model)
        self._baked = AMBIENT + KEY * np.maximum(self._normals @ PORTRAIT_LIGHT, 0.0)
        self._neck = np.zeros(len(model.vertices), bool)
        self._neck[np.unique(model.triangles[model.parts == Part.NECK])] = True
        self._holes = {
            Part.RIGHT_EYE: _hole_and_rim(model, Part.RIGHT_EYE, lm.RIGHT_EYE.contour),
            Part.LEFT_EYE: _hole_and_rim(model, Part.LEFT_EYE, lm.LEFT_EYE.contour),
            Part.MOUTH: _hole_and_rim(model, Part.MOUTH, lm.MOUTH_INNER),
        }
        self._neck_level = _neck_levels(model, self._neck)
        self._perfusion = np.zeros(len(model.vertices))
        self._perfusion[: lm.FACE_POINTS] = 1.0
        self._perfusion[self._neck] = PERFUSION_NECK

    def draw(self, picture: Bytes, camera: Camera, state: HeadState) -> DrawnHead:
        """Draws the head into `picture` (RGB, changed in place) and returns the truth."""
        pose, model = state.pose, self.model
        centres = pose.apply(model.eye_centres)
        gaze = self._limited_gaze(state, centres)
        local = gaze @ pose.rotation
        pitch = [direction_angles(g)[1] for g in local]
        wanted = state.expression
        vertices = self.rig.deform(
            Expression(wanted.lids, (pitch[0], pitch[1]), wanted.mouth, wanted.smile)
        )
        placed = self._place(vertices, state)
        pixels, depth = camera.project(placed)
        points = np.empty((lm.MESH_POINTS, 2))
        points[: lm.FACE_POINTS] = pixels[: lm.FACE_POINTS]
        for side, eye in enumerate((lm.RIGHT_EYE, lm.LEFT_EYE)):
            ring = pose.apply(iris_ring(model.eye_centres[side], local[side]))
            points[list(eye.iris)] = camera.project(ring)[0]
        raster = None
        if depth.min() > 0.05:
            size = (picture.shape[1], picture.shape[0])
            if state.skin is None:
                shade = self._shade(pose, state.side_light)
            else:
                shade = self._living_shade(pose, state.side_light, state.skin, camera)
            raster = rasterise(pixels, depth, model.uv, shade, model.triangles, model.texture, size)
        if raster is not None:
            self._compose(picture, raster)
            mm_px = float(camera.intrinsics.fx / (1000.0 * depth[lm.NOSE_BRIDGE]))
            if wanted.mouth > 0.005:
                self._mouth(picture, camera, raster, vertices, pose, points, mm_px)
            for side in (0, 1):
                self._eye(
                    picture, camera, raster, side, points, centres, gaze, mm_px, state.infrared
                )
        return DrawnHead(points, gaze, centres, raster)

    def _limited_gaze(self, state: HeadState, centres: Array) -> Array:
        """Unit vectors from both eyes to the gaze point, within reach of the eye muscles."""
        rays = state.gaze_point - centres
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        forward = state.pose.rotation[:, 0]
        limited = []
        for ray in rays:
            angle = float(np.arccos(np.clip(ray @ forward, -1.0, 1.0)))
            if angle > MAX_EYE_TURN:
                side = ray - forward * (ray @ forward)
                side /= np.linalg.norm(side)
                ray = np.cos(MAX_EYE_TURN) * forward + np.sin(MAX_EYE_TURN) * side
            limited.append(ray)
        return np.array(limited)

    def _place(self, vertices: Array, state: HeadState) -> Array:
        """Head to cabin frame; the neck bends from the head down to the collar."""
        placed = state.pose.apply(vertices)
        neck = vertices[self._neck]
        level = self._neck_level[:, None]
        ring_centre = np.stack([neck[:, 0], 0.0 * neck[:, 1], neck[:, 2]], axis=1)
        ring_centre[:, 0] = self._neck_axis(level[:, 0])
        fixed = state.neck_base + (neck - ring_centre)
        blend = level * level * (3.0 - 2.0 * level)
        placed[self._neck] = placed[self._neck] * (1.0 - blend) + fixed * blend
        return placed

    def _neck_axis(self, level: Array) -> Array:
        return np.asarray(self.model.vertices[lm.CHIN, 0] - 0.068 - 0.02 * level)

    def _shade(self, pose: RigidTransform, side_light: float) -> Array:
        """Brightness of every vertex relative to the portrait's own light."""
        normals = self._normals @ pose.rotation.T
        lit = AMBIENT + KEY * np.maximum(normals @ CABIN_LIGHT, 0.0)
        if side_light != 0.0:
            lit = lit + _sun(normals, side_light)
        return np.asarray(self._over_portrait(lit))

    def _over_portrait(self, lit: Array) -> Array:
        """Light of every vertex (N,) relative to the portrait's own."""
        baked = self._baked.copy()
        baked[self._neck] = AMBIENT + KEY
        shade = lit / baked * self.model.evenness
        shade[self._neck] *= np.repeat(0.80, self._neck.sum()) + 0.15 * self._neck_level
        return np.asarray(shade)

    def _living_shade(
        self, pose: RigidTransform, side_light: float, skin: Array, camera: Camera
    ) -> Array:
        """(N, 4): as `_shade`, by colour, with pulse and warm sun; and the gloss, grey levels.

        The colour of the skin follows the dichromatic model that POS and CHROM start from: light
        from inside the skin, which pulses, and light from its surface, which does not.
        """
        normals = self._normals @ pose.rotation.T
        shade = np.repeat(self._shade(pose, 0.0)[:, None], 3, axis=1)
        if side_light != 0.0:
            shade += self._over_portrait(_sun(normals, side_light))[:, None] * SUN_RGB
        shade *= 1.0 + self._perfusion[:, None] * (skin - 1.0)
        towards = camera.position - pose.translation
        half = towards / np.linalg.norm(towards) + CABIN_LIGHT / np.linalg.norm(CABIN_LIGHT)
        facing = np.maximum(normals @ (half / np.linalg.norm(half)), 0.0)
        gloss = 255.0 * GLOSS * facing**GLOSS_SHARPNESS * (self._perfusion > 0.0)
        return np.column_stack([shade, gloss])

    def _compose(self, picture: Bytes, raster: Raster) -> None:
        """Puts the drawn head onto the picture with a soft outline."""
        cover = np.where(raster.owner > 0, np.uint8(255), np.uint8(0))
        _blend(picture, raster.window, raster.colour, cv2.GaussianBlur(cover, (3, 3), 0.7), cover)

    def _eye(
        self,
        picture: Bytes,
        camera: Camera,
        raster: Raster,
        side: int,
        points: Array,
        centres: Array,
        gaze: Array,
        mm_px: float,
        infrared: bool,
    ) -> None:
        """Draws eyeball and lashes of one eye where no other part of the head hides them."""
        eye = (lm.RIGHT_EYE, lm.LEFT_EYE)[side]
        hole = self._holes[(Part.RIGHT_EYE, Part.LEFT_EYE)[side]]
        size = (picture.shape[1], picture.shape[0])
        window = Window.around(points[list(eye.contour)], 3, size)
        if window is None:
            return
        visible = _visible(raster, window, hole)
        if visible is None:
            return
        patch = Patch(window, 2 if mm_px * 63.0 < SUPERSAMPLE_BELOW_PX else 1)
        rotation = camera.optical_from_cabin.rotation
        light = rotation @ CABIN_LIGHT
        look = EyeLook(INFRARED_IRIS if infrared else self.model.iris, light)
        centre = camera.optical_from_cabin.apply(centres[side : side + 1])[0]
        ball = draw_eyeball(patch, camera.intrinsics, centre, rotation @ gaze[side], look)
        upper = points[[eye.outer, *eye.upper, eye.inner]]
        lower = points[[eye.outer, *eye.lower, eye.inner]]
        ball *= lid_shadow(patch, upper, lower)[..., None]
        cover = _aperture(patch, upper, lower)
        lashes = lash_cover(patch, points, eye, mm_px)
        ball = patch.reduce(ball * cover[..., None])
        cover, lashes = patch.reduce(cover), patch.reduce(lashes)
        rows, columns = window.slices
        under = picture[rows, columns].astype(np.float32)
        drawn = under * (1.0 - cover[..., None]) + ball
        drawn *= 1.0 - (1.0 - LASH) * lashes[..., None]
        mixed = under + (drawn - under) * visible[..., None]
        picture[rows, columns] = np.clip(mixed, 0.0, 255.0).astype(np.uint8)

    def _mouth(
        self,
        picture: Bytes,
        camera: Camera,
        raster: Raster,
        vertices: Array,
        pose: RigidTransform,
        points: Array,
        mm_px: float,
    ) -> None:
        """Draws the inside of the open mouth."""
        upper_ids, lower_ids = list(lm.LIPS_INNER_UPPER), list(lm.LIPS_INNER_LOWER)
        upper, lower = points[upper_ids], points[lower_ids]
        size = (picture.shape[1], picture.shape[0])
        window = Window.around(np.concatenate([upper, lower]), 3, size)
        if window is None:
            return
        visible = _visible(raster, window, self._holes[Part.MOUTH])
        if visible is None:
            return
        patch = Patch(window, 1)
        teeth, _ = camera.project(pose.apply(vertices[upper_ids] + TEETH_M))
        inside = draw_mouth(patch, upper, teeth, lower, mm_px)
        cover = patch.polygon(np.concatenate([upper, lower[::-1]])).astype(np.float32) / 255.0
        alpha = (cover * visible)[..., None]
        rows, columns = window.slices
        under = picture[rows, columns].astype(np.float32)
        picture[rows, columns] = (under + (inside - under) * alpha).astype(np.uint8)


def _sun(normals: Array, side_light: float) -> Array:
    """What the sun through a side window adds to the light of surfaces with these normals."""
    sun = np.array([0.35, 0.85 * np.sign(side_light), 0.40])
    return np.asarray(0.9 * abs(side_light) * np.maximum(normals @ sun, 0.0))


def _aperture(patch: Patch, upper: Array, lower: Array) -> npt.NDArray[np.float32]:
    """Coverage 0..1 of the eye opening; nothing where the lids touch or cross."""
    cover = patch.polygon(np.concatenate([upper, lower[::-1]])).astype(np.float32) / 255.0
    gap = float(np.abs(upper[4, 1] - lower[4, 1]))
    # Below half a pixel the antialiased outline would still paint a thread of sclera.
    return np.asarray(cover * min(1.0, gap / 0.5), dtype=np.float32)


def _visible(
    raster: Raster, window: Window, hole: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32] | None:
    """Share 0..1 of each pixel of the window in which an opening is not hidden by other parts."""
    left, top = window.left - raster.window.left, window.top - raster.window.top
    if left < 0 or top < 0:
        return None
    owner = raster.owner[top : top + window.height, left : left + window.width]
    if owner.shape != (window.height, window.width):
        return None
    shown = hole[owner].astype(np.uint8)
    if not shown.any():
        return None
    return cv2.dilate(shown, np.ones((3, 3), np.uint8)).astype(np.float32)


def _blend(picture: Bytes, window: Window, colour: Bytes, alpha: Bytes, cover: Bytes) -> None:
    """Mixes `colour` over the picture; alpha counts only where something was drawn."""
    rows, columns = window.slices
    under = picture[rows, columns]
    inner = cv2.erode(cover, np.ones((3, 3), np.uint8))
    edge = (cover > 0) & (inner == 0)
    mixed = under.copy()
    cv2.copyTo(colour, cover, mixed)
    share = alpha[edge].astype(np.float32)[:, None] / 255.0
    below, above = under[edge].astype(np.float32), colour[edge].astype(np.float32)
    mixed[edge] = (below + (above - below) * share).astype(np.uint8)
    picture[rows, columns] = mixed


def _hole_and_rim(model: HeadModel, part: Part, contour: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """By triangle number plus one: whether it is an opening or touches its outline.

    The rim counts because a closed eye has no opening left but still shows its lashes.
    """
    touching = np.isin(model.triangles, contour).any(axis=1) & (model.parts != Part.SKULL)
    return np.concatenate([[False], (model.parts == part) | touching])


def _vertex_normals(model: HeadModel) -> Array:
    """Unit outward normals (N, 3) of the resting head."""
    corners = model.vertices[model.triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(model.vertices)
    for k in range(3):
        np.add.at(normals, model.triangles[:, k], face)
    # The rim of the skull repeats points of the face: average what lies in the same place.
    keys = np.round(model.vertices * 1e5).astype(np.int64)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(-1)
    total = np.zeros((group.max() + 1, 3))
    np.add.at(total, group, normals)
    normals = total[group]
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-12))


def _neck_levels(model: HeadModel, neck: npt.NDArray[np.bool_]) -> Array:
    """0 at the top ring of the neck, 1 at the collar."""
    height = model.vertices[neck, 2]
    return np.asarray((height.max() - height) / (height.max() - height.min()))
