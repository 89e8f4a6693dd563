"""Eyeballs, lash lines and the inside of the mouth, drawn into the openings of the face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import CameraIntrinsics
from affect_perception.sim import landmarks as lm
from affect_perception.sim.geometry import smoothstep
from affect_perception.sim.head_model import EYEBALL_RADIUS_M
from affect_perception.sim.raster import Window

Array = npt.NDArray[np.float64]
FloatImage = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

IRIS_RADIUS_M = 0.00585
"""Half of the mean horizontal visible iris diameter of 11.7 mm (Ruefer et al. 2005)."""
LIMBUS_SINE = IRIS_RADIUS_M / EYEBALL_RADIUS_M
PUPIL_SHARE = 0.36
"""Pupil over iris diameter: about 4.2 mm in cabin light."""
SCLERA = np.array([226.0, 219.0, 214.0])
LASH = 0.3
"""Brightness that the upper lash line leaves: measured in the portrait, as a share of the cheeks'
(0.29 to 0.33 along the outer half of the lid, 0.60 to 0.67 at its inner end)."""
LASH_FADE = (0.7, 0.35)
"""Strength of the lash line on the two stretches inwards of the middle of the lid. Lashes end about
6 mm before the inner corner, where the tear duct begins."""
LASH_OUTSIDE_MM = 0.1

_SHIFT = 4


@dataclass(frozen=True)
class EyeLook:
    """Appearance of the eyes: iris colour (RGB), and darker or lighter under infrared light."""

    iris: Array
    glint: Array
    """Unit vector towards the light that mirrors in the cornea, optical frame."""


def iris_ring(centre: Array, gaze: Array) -> Array:
    """Iris centre and four rim points (5, 3) of an eye, in the frame of its arguments.

    Order as in the mesh: centre, then the rim at the person's left, above, right, below (for the
    head upright); the iris lies in a plane at cos(limbus) of the eyeball radius.
    """
    left = np.cross(np.array([0.0, 0.0, 1.0]), gaze)
    left /= np.linalg.norm(left)
    up = np.cross(gaze, left)
    middle = centre + gaze * EYEBALL_RADIUS_M * math.sqrt(1.0 - LIMBUS_SINE**2)
    rim = [middle + IRIS_RADIUS_M * side for side in (left, up, -left, -up)]
    return np.array([middle, *rim])


class Patch:
    """A supersampled window of the picture."""

    def __init__(self, window: Window, factor: int) -> None:
        self.window, self.factor = window, factor
        self.shape = (window.height * factor, window.width * factor)

    def to_patch(self, pixels: Array) -> Array:
        """Picture coordinates to coordinates of the supersampled patch."""
        f = self.factor
        return np.asarray((pixels - (self.window.left, self.window.top)) * f + (f - 1) / 2.0)

    def grid(self) -> tuple[Array, Array]:
        """Picture coordinates of the patch's columns (1, w) and rows (h, 1)."""
        f = self.factor
        x = (np.arange(self.shape[1]) - (f - 1) / 2.0) / f + self.window.left
        y = (np.arange(self.shape[0]) - (f - 1) / 2.0) / f + self.window.top
        return x[None, :], y[:, None]

    def polygon(self, pixels: Array) -> Bytes:
        """Coverage 0..255 of a polygon given in picture coordinates."""
        cover = np.zeros(self.shape, np.uint8)
        points = np.round(self.to_patch(pixels) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(cover, [points], 255, cv2.LINE_AA, _SHIFT)
        return cover

    def line(self, pixels: Array, width_px: float) -> Bytes:
        """Coverage 0..255 of an open line `width_px` picture pixels wide."""
        cover = np.zeros(self.shape, np.uint8)
        points = np.round(self.to_patch(pixels) * (1 << _SHIFT)).astype(np.int32)
        width = width_px * self.factor
        thickness = max(1, round(width))
        strength = min(1.0, width / thickness)
        cv2.polylines(cover, [points], False, round(255 * strength), thickness, cv2.LINE_AA, _SHIFT)
        return cover

    def reduce(self, image: FloatImage) -> FloatImage:
        """Averages the patch down to picture pixels."""
        if self.factor == 1:
            return image
        size = (self.window.width, self.window.height)
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def draw_eyeball(
    patch: Patch, camera: CameraIntrinsics, centre: Array, gaze: Array, look: EyeLook
) -> FloatImage:
    """Colour float32 (h, w, 3), 0..255, of an eyeball in every pixel of the patch.

    Args:
        patch: Where to draw.
        camera: Intrinsics of the picture.
        centre: Eyeball centre, optical frame, m.
        gaze: Unit vector of the eye's direction, optical frame.
        look: Appearance.
    """
    x, y = patch.grid()
    dx, dy = (x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy
    # Ray d = (dx, dy, 1): first crossing of |t d - c| = r; rays that miss take the nearest point.
    dd = dx * dx + dy * dy + 1.0
    dc = dx * centre[0] + dy * centre[1] + centre[2]
    inside = dc * dc - dd * (centre @ centre - EYEBALL_RADIUS_M**2)
    t = (dc - np.sqrt(np.maximum(inside, 0.0))) / dd
    nx, ny, nz = t * dx - centre[0], t * dy - centre[1], t - centre[2]
    scale = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    cosine = (nx * gaze[0] + ny * gaze[1] + nz * gaze[2]) * scale
    sine = np.sqrt(np.maximum(1.0 - cosine * cosine, 0.0)) / LIMBUS_SINE
    radius = np.where(cosine > 0.0, sine, 2.0)
    facing = np.clip(-nz * scale, 0.0, 1.0)
    colour = _iris_and_sclera(radius, facing, nx * scale, ny * scale, look)
    mirror = look.glint - np.array([0.0, 0.0, 1.0])
    mirror /= np.linalg.norm(mirror)
    # The cornea (radius 7.8 mm) is steeper than the globe: its glint follows the eye by a third.
    mirror = mirror * 0.67 + gaze * 0.33
    mirror /= np.linalg.norm(mirror)
    spot = (nx * mirror[0] + ny * mirror[1] + nz * mirror[2]) * scale
    glint = smoothstep(0.9955, 0.9985, spot) * (radius < 1.15)
    colour += (250.0 - colour) * glint[..., None]
    return np.asarray(colour, dtype=np.float32)


def _iris_and_sclera(radius: Array, facing: Array, nx: Array, ny: Array, look: EyeLook) -> Array:
    """Colour by the angular distance from the gaze axis in units of the limbus."""
    sclera = SCLERA * (0.55 + 0.45 * facing[..., None])
    fibres = 0.06 * np.sin(np.arctan2(ny, nx) * 23.0) * np.cos(radius * 9.0)
    tone = 0.75 + 0.5 * smoothstep(0.35, 0.75, radius) - 0.62 * smoothstep(0.78, 1.0, radius)
    iris = look.iris * np.maximum(tone + fibres, 0.1)[..., None]
    iris = np.where((radius < PUPIL_SHARE)[..., None], 10.0, iris)
    edge = smoothstep(0.93, 1.06, radius)[..., None]
    return np.asarray(iris + (sclera - iris) * edge)


def lid_shadow(patch: Patch, upper: Array, lower: Array) -> FloatImage:
    """Brightness factor (h, w) of the eyeball: dark under the upper lid, lighter below."""
    band = patch.polygon(np.concatenate([upper, lower[::-1]]))
    height = max(2.0, float(np.ptp(patch.to_patch(np.concatenate([upper, lower]))[:, 1])))
    edge = patch.line(upper, max(1.0, 0.45 * height / patch.factor))
    soft = cv2.GaussianBlur(edge, (0, 0), max(0.6, 0.14 * height))
    shade = 1.0 - 0.6 * soft.astype(np.float32) / 255.0
    return np.asarray(np.where(band > 0, shade, 1.0), dtype=np.float32)


def lash_cover(patch: Patch, points: Array, eye: lm.EyePoints, mm_px: float) -> FloatImage:
    """Darkness 0..1 of upper and lower lash lines; `points` (478, 2) px, `mm_px` px per mm.

    Lashes grow on the outer edge of the lid, so the line lies just outside the opening.
    """
    upper = points[[eye.outer, *eye.upper, eye.inner]]
    lower = points[[eye.outer, *eye.lower, eye.inner]]
    across = upper[-1] - upper[0]
    up = np.array([across[1], -across[0]]) / max(float(np.linalg.norm(across)), 1e-6)
    upper = upper + up * (LASH_OUTSIDE_MM * mm_px * np.sign(-up[1]))
    strong, weak = _lash_line(patch, upper, 1.3 * mm_px), _lash_line(patch, lower, 0.6 * mm_px)
    return np.asarray(np.maximum(strong, 0.45 * weak), dtype=np.float32)


def _lash_line(patch: Patch, lid: Array, width_px: float) -> FloatImage:
    """Darkness 0..1 of the lashes of one lid, given as 9 points from the outer to the inner corner.

    Full from the outer corner to the middle of the lid, then fading.
    """
    middle = len(lid) // 2
    line = patch.line(lid[: middle + 1], width_px).astype(np.float32)
    for k, strength in enumerate(LASH_FADE, start=middle):
        part = patch.line(lid[k : k + 2], width_px).astype(np.float32)
        line = np.maximum(line, strength * part)
    return np.asarray(line / 255.0, dtype=np.float32)


def draw_mouth(patch: Patch, upper: Array, rest_lower: Array, lower: Array, mm_px: float) -> Bytes:
    """Colour (h, w, 3) of the inside of the mouth: dark, upper teeth, tongue.

    Args:
        patch: Where to draw.
        upper: Inner upper lip (11, 2), px.
        rest_lower: Direction towards which the upper teeth hang: upper lip moved down 7 mm, px.
        lower: Inner lower lip (11, 2), px.
        mm_px: Pixels per millimetre.
    """
    image = np.full((*patch.shape, 3), (52, 18, 18), np.uint8)
    middle = lower[2:-2].mean(axis=0)
    axes = patch.factor * mm_px * np.array([15.0, 8.0])
    place = patch.to_patch(middle[None])[0]
    (u, v), (a, b) = np.round(place).astype(int).tolist(), np.round(axes).astype(int).tolist()
    cv2.ellipse(image, (u, v), (a, b), 0, 0, 360, (150, 75, 75), -1)
    teeth = np.concatenate([upper[1:-1], rest_lower[1:-1][::-1]])
    cover = patch.polygon(teeth)[..., None].astype(np.float32) / 255.0
    image = (image * (1.0 - cover) + np.array([205.0, 198.0, 184.0]) * cover).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.35 * patch.factor * mm_px + 0.3))
