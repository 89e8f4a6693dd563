"""The metric head: face mesh, hair and skull around it, neck, eye sockets, and its texture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from affect_perception.core.errors import InputError
from affect_perception.sim import landmarks as lm
from affect_perception.sim.matte import (
    head_matte,
    outline_radii,
    without_background,
    without_openings,
)
from affect_perception.sim.portrait import HeadFrame, Portrait, find_head_frame
from affect_perception.sim.triangulation import triangulate

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

EYEBALL_RADIUS_M = 0.012
"""Radius of the adult eyeball (axial length 24 mm; Bekerman et al. 2014)."""
CENTRE_ABOVE_CORNERS_M = 0.0029
"""Height of the eyeball centre above the mean of the eye corners. The mesh network puts the irises
of 1,196 people who look straight ahead 1.9 mm above it (core.vision.face_shape), but a partly
covered iris lower than it is: in the default portrait the pupils lie 0.8 and 1.2 mm above the
network's points. With 1 mm more the upper lid covers 0.9 to 1.3 mm of the iris and the lower lid
touches its edge, as in awake adults (1 to 2 mm; upper lid 4 to 5 mm above the pupil)."""
CENTRE_BEHIND_LIDS_M = 0.0095
"""Depth of the eyeball centre behind the mean of the lid contour; what 1,196 portraits of people
who look at the camera give (core.vision.gaze)."""

FRONT_RINGS = (0.3, 0.65, 1.0)
BACK_RINGS = (0.3, 0.6, 0.82, 1.0)
SILHOUETTE_BEHIND_M = 0.012
"""How far behind the ear points the outline of the hair lies (chosen by eye)."""
OCCIPUT_BEHIND_M = 0.115
"""Ear to back of head, m (head length of adults is about 190 mm, nasion to ear about 85 mm)."""
PATCH_PX = 32


class Part(IntEnum):
    """What a triangle shows."""

    FACE = 0
    RIGHT_EYE = 1
    LEFT_EYE = 2
    MOUTH = 3
    SKULL = 4
    NECK = 5


OPENINGS = (
    (Part.RIGHT_EYE, lm.RIGHT_EYE.contour),
    (Part.LEFT_EYE, lm.LEFT_EYE.contour),
    (Part.MOUTH, lm.MOUTH_INNER),
)
MOUTH_TRIES_M = (0.004, 0.008, 0.012, 0.016)
"""How far the mouth is opened while triangulating; lips pressed together need more."""


@dataclass(frozen=True)
class HeadModel:
    """A textured head at rest (portrait expression), head frame, metres.

    Attributes:
        vertices: (N, 3); the first 468 are the face mesh.
        uv: (N, 2) place in the texture, px.
        triangles: (M, 3) vertex numbers, counter-clockwise as seen from outside.
        parts: (M,) `Part` of each triangle.
        texture: uint8 RGB.
        eye_centres: (2, 3) eyeball centres, right then left.
        skin: Mean skin colour, RGB.
        iris: Iris colour, RGB.
        evenness: (N,) brightness factor that evens out light falling on one side of the portrait.
    """

    vertices: Array
    uv: Array
    triangles: IntArray
    parts: IntArray
    texture: Bytes
    eye_centres: Array
    skin: Array
    iris: Array
    evenness: Array


@lru_cache(maxsize=2)
def build_head(portrait: Portrait) -> HeadModel:
    """Builds the head from a portrait, or gives the one that was built of it lately.

    Building takes about a second, and most drivers of a process have one face.

    Raises:
        InputError: If eyes or mouth of the portrait cannot be cut out.
    """
    frame = find_head_frame(portrait)
    mesh = np.asarray(portrait.landmarks, dtype=np.float64)
    centres = _eye_centres(mesh, frame)
    shift = centres.mean(axis=0)
    frame = frame.with_origin(shift)
    factor = max(1, round(130.0 / portrait.pupil_distance_px))
    matte = head_matte(portrait)
    faces, parts = _triangulate(_unrolled(frame.apply(mesh[: lm.FACE_POINTS])))
    points, uv, skull = _skull(mesh, matte, frame)
    triangles = np.concatenate([faces, skull])
    parts = np.concatenate([parts, np.full(len(skull), Part.SKULL)])
    texture, offset = _texture(portrait, matte, factor)
    uv = (uv - offset) * factor + (factor - 1) / 2.0
    vertices = frame.apply(points)
    skin, iris = _colours(portrait)
    model = HeadModel(
        vertices,
        uv,
        triangles,
        parts.astype(np.int32),
        texture,
        centres - shift,
        skin,
        iris,
        _evenness(vertices, uv, texture, factor),
    )
    return _with_neck(model)


def _eye_centres(mesh: Array, frame: HeadFrame) -> Array:
    """Eyeball centres in the head frame.

    Sideways the centre lies behind the iris, as the portrait looks at us; in height it is tied to
    the corners of the eye, because the pitch of a portrait's gaze is less certain than that; in
    depth it lies a fixed way behind the lids.
    """
    centres = []
    for eye in (lm.RIGHT_EYE, lm.LEFT_EYE):
        corners = frame.apply(mesh[[eye.outer, eye.inner]])
        x = frame.apply(mesh[list(eye.contour)])[:, 0].mean() - CENTRE_BEHIND_LIDS_M
        # The way from the centre to the iris as the portrait sees it, in the head frame.
        sight = frame.apply(frame.origin + np.array([0.0, 0.0, -1.0]))
        iris = frame.apply(mesh[eye.iris[0]])
        y = iris[1] - sight[1] / sight[0] * (iris[0] - x)
        centres.append([x, y, corners[:, 2].mean() + CENTRE_ABOVE_CORNERS_M])
    return np.array(centres)


def _unrolled(points: Array) -> Array:
    """The face unrolled from a cylinder around the neck: (angle, -height), y down.

    In the portrait plane the cheeks near the ears are seen edge on, and triangles built there
    would fold over in space.
    """
    axis_behind = 0.07
    angle = np.arctan2(points[:, 1], points[:, 0] + axis_behind)
    return np.column_stack([angle * 0.1, -points[:, 2]])


def _with_open_mouth(flat: Array, by: float) -> Array:
    """Moves everything below the mouth down, so that closed lips too can be cut apart."""
    upper, lower = flat[list(lm.LIPS_INNER_UPPER)], flat[list(lm.LIPS_INNER_LOWER)]
    line = 0.5 * (upper + lower)
    height = np.interp(flat[:, 0], line[:, 0], line[:, 1])
    below = flat[:, 1] > height
    for row in (lm.LIPS_OUTER_UPPER, *lm.LIPS_RINGS_UPPER, lm.LIPS_INNER_UPPER):
        below[list(row)] = False
    for row in (lm.LIPS_OUTER_LOWER, *lm.LIPS_RINGS_LOWER, lm.LIPS_INNER_LOWER):
        below[list(row[1:-1])] = True
    left, right = line[0, 0], line[-1, 0]
    across = np.clip((flat[:, 0] - left) / (right - left), 0.0, 1.0)
    drop = by * np.sqrt(np.sin(np.pi * across))
    return np.column_stack([flat[:, 0], flat[:, 1] + np.where(below, drop, 0.0)])


def _triangulate(flat: Array) -> tuple[IntArray, IntArray]:
    """Triangles of the unrolled face, with eyes and mouth told apart.

    Raises:
        InputError: If an opening cannot be cut out along its outline.
    """
    uncut: Part | None = None
    for by in MOUTH_TRIES_M:
        triangles, parts, uncut = _cut(_with_open_mouth(flat, by))
        if uncut is not Part.MOUTH:
            break
    if uncut is not None:
        raise InputError(
            f"the {uncut.name.lower()} of the portrait cannot be cut out; eyes must be open and "
            "the face seen from the front"
        )
    return triangles, parts


def _cut(points: Array) -> tuple[IntArray, IntArray, Part | None]:
    """Triangles, their parts, and the first opening that could not be cut out."""
    triangles = triangulate(points, (lm.FACE_OVAL, *(ring for _, ring in OPENINGS)))
    middles = points[triangles].mean(axis=1)
    parts = np.full(len(triangles), int(Part.FACE), np.int32)
    uncut: Part | None = None

    def inside(ring: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        polygon = points[list(ring)].astype(np.float32)
        hits = [cv2.pointPolygonTest(polygon, (float(x), float(y)), False) for x, y in middles]
        return np.array(hits) > 0

    for part, ring in OPENINGS:
        hit = inside(ring)
        if uncut is None and set(np.unique(triangles[hit])) != set(ring):
            uncut = part
        parts[hit] = int(part)
    keep = inside(lm.FACE_OVAL)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    # y points down here: a positive area is clockwise in a y-up view, so swap those.
    triangles[area > 0] = triangles[area > 0][:, ::-1]
    return triangles[keep], parts[keep], uncut


def _skull(mesh: Array, matte: Bytes, frame: HeadFrame) -> tuple[Array, Array, IntArray]:
    """Hair and skull around the face: all points and texture places (portrait px), triangles.

    Rings run from the face outline to the outline of the hair, bending back like an ellipse, and
    on behind it to the back of the head; behind, the texture is that of the hair in front.
    """
    oval = list(lm.FACE_OVAL)
    corners = mesh[oval]
    rim = np.empty((2 * len(oval), 3))
    rim[0::2], rim[1::2] = corners, 0.5 * (corners + np.roll(corners, -1, axis=0))
    centre = 0.5 * (rim[:, :2].max(axis=0) + rim[:, :2].min(axis=0))
    reach = np.linalg.norm(rim[:, :2] - centre, axis=1)
    jaw_level = mesh[lm.RIGHT_EAR, 1] * 0.5 + mesh[lm.LEFT_EAR, 1] * 0.5
    drop = (mesh[lm.CHIN, 1] - jaw_level) * np.array([0.12, 0.45])
    jaw = np.clip((rim[:, 1] - jaw_level - drop[0]) / (drop[1] - drop[0]), 0.0, 1.0)
    radii = outline_radii(matte, centre, rim[:, :2])
    radii = radii + jaw * (reach - radii)
    outline = centre + (rim[:, :2] - centre) * (radii / reach)[:, None]
    ears = 0.5 * (mesh[lm.RIGHT_EAR, 2] + mesh[lm.LEFT_EAR, 2])
    edge_z = np.maximum(ears + SILHOUETTE_BEHIND_M / frame.scale, rim[:, 2]) * (1 - jaw)
    edge_z = edge_z + jaw * rim[:, 2]
    rings, places = [rim], [rim[:, :2]]
    for s in FRONT_RINGS:
        xy = rim[:, :2] + s * (outline - rim[:, :2])
        z = rim[:, 2] + (edge_z - rim[:, 2]) * (1.0 - np.sqrt(1.0 - s * s))
        rings.append(np.column_stack([xy, z]))
        places.append(rim[:, :2] + 0.96 * s * (outline - rim[:, :2]))
    back = ears + OCCIPUT_BEHIND_M / frame.scale
    for t in BACK_RINGS:
        angle = t * np.pi / 2.0
        shrink = np.cos(angle) ** (1.0 + jaw)
        z = edge_z + (back - edge_z) * np.sin(angle) ** (1.0 + 0.3 * jaw)
        rings.append(np.column_stack([centre + (outline - centre) * shrink[:, None], z]))
        inward = np.minimum(0.96 - 0.8 * t, 1.0)
        hair = rim[:, :2] + inward * (outline - rim[:, :2])
        skin = centre + (rim[:, :2] - centre) * (0.97 - 0.1 * t)
        places.append(hair + jaw[:, None] * (skin - hair))
    places[0] = rim[:, :2]
    count, first = len(rim), lm.FACE_POINTS
    # The rim doubles the outline's own points: the texture is continuous, the seam is not seen.
    triangles = []
    for ring in range(len(rings) - 1):
        for i in range(count):
            j = (i + 1) % count
            a, b = first + ring * count + i, first + ring * count + j
            triangles += [(a, b, b + count), (a, b + count, a + count)]
    points = np.concatenate([mesh[:first], *rings])
    uv = np.concatenate([mesh[:first, :2], *places])
    return points, uv, np.array(triangles, dtype=np.int32)


def _texture(portrait: Portrait, matte: Bytes, factor: int) -> tuple[Bytes, Array]:
    """The enlarged, cleaned head part of the portrait and the place of its corner, px."""
    rows, columns = np.nonzero(matte)
    oval = portrait.landmarks[list(lm.FACE_OVAL), :2]
    low = np.floor(np.minimum([columns.min(), rows.min()], oval.min(axis=0))) - 4
    high = np.ceil(np.maximum([columns.max(), rows.max()], oval.max(axis=0))) + 5
    height, width = portrait.image.shape[:2]
    low = np.maximum(low, 0).astype(int)
    high = np.minimum(high, [width, height]).astype(int)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    image = without_background(portrait.image[window], matte[window])
    large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LANCZOS4)
    marks = np.asarray(portrait.landmarks, dtype=np.float64).copy()
    marks[:, :2] -= low
    return without_openings(np.asarray(large, dtype=np.uint8), marks, factor), low.astype(
        np.float64
    )


def _evenness(vertices: Array, uv: Array, texture: Bytes, factor: int) -> Array:
    """Factor per vertex that makes left and right of the face equally bright, 0.7 to 1.4.

    A portrait lit from one side would look turned when it is not. Brightness is taken from the
    blurred texture and compared with that of the mirrored place.
    """
    grey = cv2.cvtColor(texture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 3.0 * factor)
    face = lm.FACE_POINTS
    u, v = (uv[:face, k].astype(np.float32)[:, None] for k in (0, 1))
    light = cv2.remap(smooth, u, v, cv2.INTER_LINEAR)[:, 0].astype(np.float64)
    mirrored = vertices[:face] * np.array([1.0, -1.0, 1.0])
    _, partner = cKDTree(vertices[:face]).query(mirrored, k=4)
    ratio = np.sqrt(light[partner].mean(axis=1) / np.maximum(light, 1.0))
    factors = np.ones(len(vertices))
    factors[:face] = np.clip(ratio, 0.7, 1.4)
    # The hair takes over the factor of the face's rim and forgets it ring by ring: no seam.
    count = 2 * len(lm.FACE_OVAL)
    rim = factors[cKDTree(vertices[:face]).query(vertices[face : face + count])[1]]
    for ring, kept in enumerate((1.0, 0.6, 0.25)):
        start = face + ring * count
        factors[start : start + count] = 1.0 + kept * (rim - 1.0)
    return factors


def _colours(portrait: Portrait) -> tuple[Array, Array]:
    """Median skin colour of the cheeks and a typical colour of the irises."""
    image, marks = portrait.image, portrait.landmarks

    def patch(index: int, radius: int) -> Bytes:
        u, v = np.round(marks[index, :2]).astype(int)
        return image[v - radius : v + radius + 1, u - radius : u + radius + 1].reshape(-1, 3)

    size = max(2, int(portrait.pupil_distance_px / 12))
    skin = np.median(np.concatenate([patch(50, size), patch(280, size)]), axis=0)
    ring = np.concatenate([patch(i, 2) for i in (lm.RIGHT_EYE.iris[0], lm.LEFT_EYE.iris[0])])
    iris = np.percentile(ring, 45, axis=0)
    return skin.astype(np.float64), iris.astype(np.float64)


def _with_neck(model: HeadModel) -> HeadModel:
    """Adds a neck: a skin-coloured cone from below the jaw to the collar, fixed to the head."""
    count, levels = 24, 5
    angles = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    chin = model.vertices[lm.CHIN]
    vertices, uv = [], []
    texture = np.pad(model.texture, ((0, PATCH_PX), (0, 0), (0, 0)))
    texture[-PATCH_PX:] = model.skin.astype(np.uint8)
    row = model.texture.shape[0] + PATCH_PX / 2
    for level in np.linspace(0.0, 1.0, levels):
        radius = 0.054 + 0.012 * level**3
        middle = chin + np.array([-0.068 - 0.02 * level, 0.0, 0.06 - 0.105 * level])
        ring = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), 0.0 * angles])
        vertices.append(middle + ring)
        uv.append(np.column_stack([20.0 + 4.0 * np.cos(angles), np.full(count, row)]))
    first = len(model.vertices)
    triangles = []
    for level in range(levels - 1):
        for i in range(count):
            a, b = first + level * count + i, first + level * count + (i + 1) % count
            triangles += [(a, a + count, b), (b, a + count, b + count)]
    return HeadModel(
        np.concatenate([model.vertices, *vertices]),
        np.concatenate([model.uv, *uv]),
        np.concatenate([model.triangles, np.array(triangles, dtype=np.int32)]),
        np.concatenate([model.parts, np.full(len(triangles), Part.NECK, dtype=np.int32)]),
        texture,
        model.eye_centres,
        model.skin,
        model.iris,
        np.concatenate([model.evenness, np.ones(count * levels)]),
    )
