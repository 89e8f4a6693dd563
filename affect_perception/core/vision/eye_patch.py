"""The normalised picture of one eye: the same patch for training and at run time.

A virtual camera looks straight at the middle of the eye from a fixed distance, upright along the
head's own left-right axis, so that roll and distance of the head vanish and the direction of gaze
is an angle in that camera's frame. This is the head-pose normalisation of Sugano, Matsushita, Sato,
"Learning-by-synthesis for appearance-based 3D gaze estimation", CVPR 2014, in the form that rotates
the gaze but does not scale it (Zhang, Sugano, Bulling, "Revisiting data normalization for
appearance-based gaze estimation", ETRA 2018). The contrast is then equalised, as in that data set.

Patch size and scale are those of UT Multi-view (Sugano et al. 2014): 60 x 36 px, focal length
960 px at 600 mm, that is 1.6 px/mm at the eye. The tiles of that data set show it: the corners of
an eye seen from the front lie about 45 px apart, which is 28 mm.

A right eye is mirrored, so that one network reads both: every patch looks like a person's left eye
(inner corner on the patch's left).

Frames: optical frames have x right, y down, z forward. In a patch, yaw > 0 is to the patch's right
(for a left eye the person's left), pitch > 0 is up, and (0, 0) looks into the camera.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from affect_perception.core.types import ByteArray, CameraIntrinsics, FloatArray, RigidTransform
from affect_perception.core.vision.geometry import (
    Float64Array,
    HeadFrame,
    Matrix,
    Vector,
    dot,
    rays_of,
)
from affect_perception.core.vision.picture import averaged_warp

PATCH_WIDTH, PATCH_HEIGHT = 60, 36
# px of the patch per metre at the eye (960 px focal length at 0.6 m).
PATCH_SCALE = 1600.0
# Distance of the corners of a frontal eye in the patch, px: 28 mm, as in that data set.
CORNER_DISTANCE = 45.0
# Beyond this many picture px per patch px the patch is sampled more densely and averaged.
DENSE_FROM = 1.6
# The part of a bare crop of one eye (brow to cheek) that the patch shows; see `patch_of_crop`.
CROP_WIDTH, CROP_MIDDLE = 0.88, 0.56
LEFT_SIDE, RIGHT_SIDE = 1, -1
# Corners of the person's right eye, then of the left, in the 478-point mesh.
_CORNERS = np.array((33, 133, 362, 263))
# Half the distance of the two eyes' middles, m: heads are scaled by a pupil distance of 63 mm.
HALF_CENTRES = 0.0315


@dataclass(frozen=True)
class NormalisedEye:
    """One eye as the network sees it.

    Attributes:
        patch: uint8 (36, 60), equalised; a right eye is mirrored.
        axes: Right, down and forward of the virtual camera in the picture's optical frame, before
            mirroring.
        mirrored: True for a right eye.
        scale: Picture px per patch px: below 1 the picture is coarser than the patch.
        inside: Share of the patch that lies inside the picture, 0..1.
        contrast: Spread (one sigma) of the grey levels before they were equalised, 0..128.
        to_picture: Rows of the homography from patch px, before mirroring, to picture px.
    """

    patch: ByteArray
    axes: Matrix
    mirrored: bool
    scale: float
    inside: float
    contrast: float
    to_picture: Matrix

    def in_patch(self, points: FloatArray) -> Float64Array:
        """Points (n, 2) of the picture, px, as (n, 2) px of the (mirrored) patch."""
        rows = np.column_stack([points, np.ones(len(points))]) @ np.linalg.inv(self.to_picture).T
        placed = rows[:, :2] / rows[:, 2:]
        if self.mirrored:
            placed[:, 0] = PATCH_WIDTH - 1 - placed[:, 0]
        return np.asarray(placed, np.float64)

    def direction(self, yaw: float, pitch: float) -> Vector:
        """Unit vector in the picture's optical frame of a gaze read from the patch, rad."""
        return direction_in_picture(yaw, pitch, self.axes, mirrored=self.mirrored)


def _virtual_axes(centre: Vector, head_left: Vector) -> Matrix:
    """Right, down and forward of the virtual camera in the picture's optical frame.

    Args:
        centre: Middle of the eye in the optical frame, any unit of length.
        head_left: Axis from the person's right to the left in the optical frame. Where the eye is
            seen exactly along it, roll is undefined and the picture's own right is taken.
    """
    forward = _unit(*centre)
    down = _cross(forward, head_left)
    if math.sqrt(dot(down, down)) < 1e-6:
        down = _cross(forward, (1.0, 0.0, 0.0))
    down = _unit(*down)
    return _cross(down, forward), down, forward


def _floats(vector: Vector | FloatArray) -> Vector:
    x, y, z = vector
    return float(x), float(y), float(z)


def _unit(x: float, y: float, z: float) -> Vector:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def cut_pair(
    image: ByteArray, points: FloatArray, head: RigidTransform, intrinsics: CameraIntrinsics
) -> tuple[NormalisedEye, NormalisedEye]:
    """The patches of both eyes of a face.

    Each eye's middle is where its two corners are seen, at the depth that the head pose gives it.
    Lens distortion over the few degrees of an eye is only a shift, and that is taken out.

    Args:
        image: uint8 RGB (H, W, 3) or grey (H, W).
        points: (478, 2 or 3) landmarks in picture px.
        head: Head frame (x forward, y left, z up) to optical frame.
        intrinsics: Camera of the picture.

    Returns:
        The person's right eye and left eye.
    """
    corners = points[_CORNERS, :2].astype(np.float64)
    rays = rays_of(corners, intrinsics).tolist()
    seen = corners.tolist()
    pose, focal = HeadFrame(head), (intrinsics.fx, intrinsics.fy)
    right, left = (
        _cut_one(image, _middle(*seen[i : i + 2]), _middle(*rays[i : i + 2]), pose, focal, side)
        for i, side in ((0, RIGHT_SIDE), (2, LEFT_SIDE))
    )
    return right, left


def _middle(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    return 0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])


def _cut_one(
    image: ByteArray,
    seen: tuple[float, float],
    ray: tuple[float, float],
    head: HeadFrame,
    focal: tuple[float, float],
    side: int,
) -> NormalisedEye:
    depth = head.left[2] * side * HALF_CENTRES + head.origin[2]
    centre = (ray[0] * depth, ray[1] * depth, depth)
    principal = (seen[0] - focal[0] * ray[0], seen[1] - focal[1] * ray[1])
    return normalised_eye(image, centre, head.left, (focal, principal), side)


Pinhole = tuple[tuple[float, float], tuple[float, float]]
"""A camera without distortion: focal lengths fx, fy and principal point cx, cy, px."""


def normalised_eye(
    image: ByteArray,
    centre: Vector | FloatArray,
    head_left: Vector | FloatArray,
    camera: Pinhole,
    side: int,
) -> NormalisedEye:
    """Cuts the patch of one eye from a picture without distortion.

    Args:
        image: uint8 RGB (H, W, 3) or grey (H, W).
        centre: Middle of the eye (between its corners) in the optical frame, m.
        head_left: Axis from the person's right to the left in the optical frame.
        camera: Camera of the picture.
        side: `LEFT_SIDE` or `RIGHT_SIDE`: the person's own.
    """
    position = _floats(centre)
    right, down, forward = axes = _virtual_axes(position, _floats(head_left))
    # One pixel of the patch, as a length on the plane at distance 1 of the virtual camera.
    step = 1.0 / (PATCH_SCALE * math.sqrt(dot(position, position)))
    left, top = -(PATCH_WIDTH - 1) / 2.0 * step, -(PATCH_HEIGHT - 1) / 2.0 * step
    (fx, fy), (cx, cy) = camera
    # Columns of the homography: where one px to the right, one px down, and the first px lead.
    rays = (
        (right[0] * step, down[0] * step, forward[0] + left * right[0] + top * down[0]),
        (right[1] * step, down[1] * step, forward[1] + left * right[1] + top * down[1]),
        (right[2] * step, down[2] * step, forward[2] + left * right[2] + top * down[2]),
    )
    to_picture = (
        _mixed(fx, rays[0], cx, rays[2]),
        _mixed(fy, rays[1], cy, rays[2]),
        rays[2],
    )
    scale = 0.5 * (fx + fy) / (PATCH_SCALE * position[2])
    grey, inside = _warp(image, to_picture, scale)
    mirrored = side == RIGHT_SIDE
    patch, contrast = finish(grey, mirrored=mirrored)
    return NormalisedEye(patch, axes, mirrored, scale, inside, contrast, to_picture)


def _mixed(a: float, v: Vector, b: float, w: Vector) -> Vector:
    """The vector a v + b w."""
    return a * v[0] + b * w[0], a * v[1] + b * w[1], a * v[2] + b * w[2]


def eye_from_corners(
    image: ByteArray,
    left_corner: tuple[float, float],
    right_corner: tuple[float, float],
    side: int,
) -> NormalisedEye:
    """The patch from the two corners of an eye alone, where no head pose is known.

    The corners are laid on their mean places in a frontal patch. The rotation is the roll only.

    Args:
        image: uint8 RGB or grey.
        left_corner: Corner on the image left (x, y), px.
        right_corner: Corner on the image right, px.
        side: The person's own side.
    """
    dx, dy = right_corner[0] - left_corner[0], right_corner[1] - left_corner[1]
    scale = max(math.hypot(dx, dy), 1e-3) / CORNER_DISTANCE
    roll = math.atan2(dy, dx)
    c, s = math.cos(roll), math.sin(roll)
    x, y = 0.5 * (left_corner[0] + right_corner[0]), 0.5 * (left_corner[1] + right_corner[1])
    half_x, half_y = (PATCH_WIDTH - 1) / 2.0, (PATCH_HEIGHT - 1) / 2.0
    a, b = scale * c, scale * s
    to_picture = (
        (a, -b, x - a * half_x + b * half_y),
        (b, a, y - b * half_x - a * half_y),
        (0.0, 0.0, 1.0),
    )
    grey, inside = _warp(image, to_picture, scale)
    mirrored = side == RIGHT_SIDE
    patch, contrast = finish(grey, mirrored=mirrored)
    axes = ((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0))
    return NormalisedEye(patch, axes, mirrored, scale, inside, contrast, to_picture)


def patch_of_crop(
    image: ByteArray, *, width: float = CROP_WIDTH, middle: float = CROP_MIDDLE
) -> ByteArray:
    """The patch of a bare crop of one eye, such as data sets of eye states hold.

    Such crops are about square, from the brow to the cheek, with the eye a little below the middle.
    The patch shows the part that is `width` of the crop wide around (0.5, `middle`).

    Args:
        image: uint8 RGB or grey crop of one eye, upright.
        width: Width of the patch as a share of the crop's width.
        middle: Height of the patch's middle as a share of the crop's height.
    """
    rows, columns = image.shape[:2]
    scale = width * columns / PATCH_WIDTH
    half_x, half_y = (PATCH_WIDTH - 1) / 2.0, (PATCH_HEIGHT - 1) / 2.0
    to_picture = (
        (scale, 0.0, (columns - 1) / 2.0 - scale * half_x),
        (0.0, scale, middle * (rows - 1) - scale * half_y),
        (0.0, 0.0, 1.0),
    )
    return finish(_warp(image, to_picture, scale, cv2.BORDER_REPLICATE)[0], mirrored=False)[0]


def finish(grey: ByteArray, *, mirrored: bool) -> tuple[ByteArray, float]:
    """Mirrors and equalises a grey patch; also gives the contrast that it had (one sigma)."""
    _, deviation = cv2.meanStdDev(grey)
    contrast = float(deviation[0, 0])
    if mirrored:
        grey = cv2.flip(grey, 1)
    return cv2.equalizeHist(grey), contrast


def direction_in_picture(yaw: float, pitch: float, axes: Matrix, *, mirrored: bool) -> Vector:
    """Unit vector in the picture's optical frame of a gaze in the patch.

    Args:
        yaw: To the patch's right, rad.
        pitch: Up, rad.
        axes: `NormalisedEye.axes`.
        mirrored: `NormalisedEye.mirrored`.
    """
    flat = math.cos(pitch)
    across = flat * math.sin(yaw) * (-1.0 if mirrored else 1.0)
    along = -flat * math.cos(yaw)
    right, down, forward = axes
    up = -math.sin(pitch)
    return (
        across * right[0] + up * down[0] + along * forward[0],
        across * right[1] + up * down[1] + along * forward[1],
        across * right[2] + up * down[2] + along * forward[2],
    )


def angles_in_patch(direction: Vector, axes: Matrix, *, mirrored: bool) -> tuple[float, float]:
    """Yaw and pitch in the patch (rad) of a direction in the picture's optical frame."""
    x, y, z = dot(axes[0], direction), dot(axes[1], direction), dot(axes[2], direction)
    side = -1.0 if mirrored else 1.0
    length = math.sqrt(x * x + y * y + z * z)
    return math.atan2(side * x, -z), math.asin(min(1.0, max(-1.0, -y / length)))


def _warp(
    image: ByteArray, to_picture: Matrix, scale: float, border: int = cv2.BORDER_CONSTANT
) -> tuple[ByteArray, float]:
    """Samples the grey patch; a picture much finer than the patch is averaged, not skipped."""
    dense = min(4, max(1, math.ceil(scale / DENSE_FROM)))
    x0, y0, x1, y1, inside = _covered(image, to_picture)
    if inside == 0.0:
        return np.zeros((PATCH_HEIGHT, PATCH_WIDTH), np.uint8), 0.0
    part = image[y0:y1, x0:x1]
    if part.ndim == 3:
        part = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    u, v, w = to_picture
    rows = (_mixed(1.0, u, -x0, w), _mixed(1.0, v, -y0, w), w)
    return averaged_warp(part, rows, (PATCH_WIDTH, PATCH_HEIGHT), dense, border), inside


def _covered(image: ByteArray, to_picture: Matrix) -> tuple[int, int, int, int, float]:
    """The pixels `[x0, x1) x [y0, y1)` that the patch reads and the share of them there are."""
    right, bottom = PATCH_WIDTH - 1.0, PATCH_HEIGHT - 1.0
    xs, ys = [], []
    for x, y in ((0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)):
        u, v, w = (a * x + b * y + c for a, b, c in to_picture)
        if not (w > 0.0 and math.isfinite(u + v + w)):
            return 0, 0, 0, 0, 0.0
        xs.append(u / w)
        ys.append(v / w)
    left, top = min(xs), min(ys)
    wide, tall = max(xs) - left + 1.0, max(ys) - top + 1.0
    x0, y0 = max(0, math.floor(left) - 2), max(0, math.floor(top) - 2)
    x1 = min(image.shape[1], math.ceil(left + wide) + 2)
    y1 = min(image.shape[0], math.ceil(top + tall) + 2)
    if x0 >= x1 or y0 >= y1:
        return 0, 0, 0, 0, 0.0
    seen_x = min(image.shape[1], left + wide) - max(0.0, left)
    seen_y = min(image.shape[0], top + tall) - max(0.0, top)
    return x0, y0, x1, y1, max(0.0, seen_x / wide) * max(0.0, seen_y / tall)
