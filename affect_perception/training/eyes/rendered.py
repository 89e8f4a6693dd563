"""Rendered eyes: faces of the marked set as heads of the synthetic driver, with known lids.

The same eye is drawn shut, narrow and open, near and far, in daylight and infrared, so that being
shut is the only thing that tells one patch from the other; of photographed faces, closed and open
ones come from different sets. The patch is cut at the places where the renderer put the corners.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray, CameraIntrinsics, RigidTransform
from affect_perception.core.vision.eye_patch import NormalisedEye, cut_pair
from affect_perception.core.vision.geometry import Float64Array
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample
from affect_perception.evaluation.synthetic.portrait import find_portrait
from affect_perception.evaluation.tools import Tools, read_picture
from affect_perception.sim.deform import Expression
from affect_perception.sim.geometry import Camera, direction, head_rotation, look_at
from affect_perception.sim.head_model import build_head
from affect_perception.sim.head_renderer import HeadRenderer, HeadState
from affect_perception.training.eyes.face_patches import (
    IRIS_PX,
    LEFT_68,
    MESH_POINTS_OF_EYES,
    RIGHT_68,
    marked_points,
    patches_of,
)
from affect_perception.training.eyes.patch_set import IRIS, LOWER, UPPER, PatchSet, patch_set

Say = Callable[[str], None]
# Size of the rendered pictures, px, and how far the camera is from the eyes, m.
WIDTH, HEIGHT = 256, 160
DISTANCE = 0.6
NECK_BASE = np.array([-0.095, 0.0, -0.160])
# Lid gap, iris diameters, that counts as open. Nearer lids teach their gap and no state: called
# shut, their thick drawn lashes made half lowered lids in infrared look shut (docs/training.md).
OPEN_GAP = 0.15
# Only the red, which shows skin as bright as near infrared does, and is seen as grey there.
INFRARED_RED = 0


@dataclass(frozen=True)
class RenderConfig:
    """What is rendered; every range is drawn from evenly.

    Attributes:
        faces: Portraits.
        pictures: Pictures of each; both eyes are taken.
        max_turned_deg: A face turned further than this, in yaw or pitch, is no portrait.
        min_gap: A portrait's lids are marked further apart than this, iris diameters.
        closed: Share with shut lids.
        narrow: Share with lids `narrow_lids` of the portrait's opening apart; the rest has
            `open_lids`.
        narrow_lids: See `narrow`.
        open_lids: See `narrow`.
        px_per_mm: Resolution at the eyes (logarithmically even); the patch has 1.6.
        head_deg: Turn of the head to both sides, up and down, and roll.
        gaze_deg: Turn of the eyes in the head to both sides, up and down.
        sun: Share lit from a side window.
        infrared: Share seen in infrared.
    """

    faces: int = 150
    pictures: int = 26
    max_turned_deg: float = 15.0
    min_gap: float = 0.25
    closed: float = 0.4
    narrow: float = 0.3
    narrow_lids: tuple[float, float] = (0.1, 0.45)
    open_lids: tuple[float, float] = (0.45, 1.25)
    px_per_mm: tuple[float, float] = (0.5, 2.0)
    head_deg: tuple[float, float, float] = (30.0, 20.0, 8.0)
    gaze_deg: tuple[float, float] = (30.0, 20.0)
    sun: float = 0.5
    infrared: float = 0.2


def rendered_patches(
    samples: list[LandmarkSample], tools: Tools, config: RenderConfig, seed: int, say: Say
) -> PatchSet | None:
    """Renders eyes of the faces in some pictures.

    Args:
        samples: Faces with lid contours; only those that training may see.
        tools: The face path, which finds the portraits' meshes.
        config: What to render.
        seed: For the choice of portraits and everything that varies.
        say: Told what was rendered.

    Returns:
        Patches with points, `closed` and `usable`, or None if no picture can serve as a portrait.
    """
    rng = np.random.default_rng(seed)
    patches: list[ByteArray] = []
    points: list[Float64Array] = []
    faces = 0
    for renderer in portrait_heads(samples, tools, config, rng):
        for _ in range(config.pictures):
            for eye, found in _eyes(renderer, config, rng):
                patches.append(eye.patch)
                points.append(found)
        faces += 1
        if faces == config.faces:
            break
    if not patches:
        return None
    placed = np.stack(points)
    gap = (placed[:, LOWER, 1] - placed[:, UPPER, 1]) / IRIS_PX
    placed[gap < OPEN_GAP, IRIS] = np.nan
    closed = np.where(gap > OPEN_GAP, 0.0, np.nan)
    say(f"rendered: {len(patches)} patches of {faces} portraits")
    return patch_set(np.stack(patches), points=placed, closed=closed, usable=1.0, rendered=True)


def portrait_heads(
    samples: list[LandmarkSample], tools: Tools, config: RenderConfig, rng: np.random.Generator
) -> Iterator[HeadRenderer]:
    """Heads of those faces that look ahead with open eyes, in random order."""
    limit = math.radians(config.max_turned_deg)
    for index in rng.permutation(len(samples)):
        sample = samples[int(index)]
        image = _coloured(read_picture(sample.path))
        seen = tools.observe(image)
        if seen.head is None or seen.landmarks is None:
            continue
        if max(abs(seen.head.yaw), abs(seen.head.pitch)) > limit:
            continue
        pair = patches_of(image, seen, tools)
        marked = [
            marked_points(face, sample.points, lids)
            for face, (_, _, lids) in zip(pair, (RIGHT_68, LEFT_68), strict=True)
        ]
        if min(m[LOWER, 1] - m[UPPER, 1] for m in marked) < config.min_gap * IRIS_PX:
            continue
        try:
            yield HeadRenderer(build_head(find_portrait(image, tools.networks)))
        except InputError:
            # Not every face can be cut open along its lids and lips; there are others.
            continue


def _coloured(image: ByteArray) -> ByteArray:
    if image.ndim == 2:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)
    return image


def _eyes(
    renderer: HeadRenderer, config: RenderConfig, rng: np.random.Generator
) -> Iterator[tuple[NormalisedEye, Float64Array]]:
    """Both eyes of one rendered picture with the points (5, 2) in the patch."""
    low, high = np.log(config.px_per_mm)
    focal = 1000.0 * DISTANCE * math.exp(rng.uniform(low, high))
    k = CameraIntrinsics(WIDTH, HEIGHT, focal, focal, (WIDTH - 1) / 2.0, (HEIGHT - 1) / 2.0)
    camera = Camera(k, look_at(np.array([DISTANCE, 0.0, 0.0]), np.zeros(3)))
    turn = np.radians(rng.uniform(-1.0, 1.0, 3) * config.head_deg)
    pose = RigidTransform(head_rotation(*turn.tolist()), np.zeros(3))
    gaze = direction(*np.radians(rng.uniform(-1.0, 1.0, 2) * config.gaze_deg).tolist())
    infrared = bool(rng.random() < config.infrared)
    state = HeadState(
        pose=pose,
        gaze_point=pose.apply(gaze[None])[0],
        expression=Expression(drawn_lids(config, rng), smile=rng.random()),
        side_light=rng.uniform(-1.0, 1.0) if rng.random() < config.sun else 0.0,
        neck_base=NECK_BASE,
        infrared=infrared,
    )
    picture = np.full((HEIGHT, WIDTH, 3), rng.integers(0, 256, 3), np.uint8)
    drawn = renderer.draw(picture, camera, state)
    if drawn.raster is None:
        return
    if infrared:
        picture = np.ascontiguousarray(picture[..., INFRARED_RED])
    place = camera.optical_from_cabin
    head = RigidTransform(place.rotation @ pose.rotation, place.apply(pose.translation[None])[0])
    pair = cut_pair(picture, drawn.landmarks, head, k)
    for eye, indices in zip(pair, MESH_POINTS_OF_EYES, strict=True):
        yield eye, eye.in_patch(drawn.landmarks[list(indices)])


def drawn_lids(config: RenderConfig, rng: np.random.Generator) -> tuple[float, float]:
    """Opening of the right and left lids, nearly alike; 1 is as in the portrait."""
    kind = rng.random()
    if kind < config.closed:
        opening = rng.uniform(0.0, 0.03)
    elif kind < config.closed + config.narrow:
        opening = rng.uniform(*config.narrow_lids)
    else:
        opening = rng.uniform(*config.open_lids)
    right, left = np.maximum(opening * (1.0 + rng.normal(0.0, 0.05, 2)), 0.0).tolist()
    return right, left
