"""Drawn drivers: both eyes, face and head of one picture, with gaze, lids and zone known.

Faces of the marked set as heads of the synthetic driver, in front of a camera that stands anywhere
between wheel and mirror, looking at zones of a cabin or anywhere else. What is cut from the
pictures is cut at the places where the renderer put the landmarks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.types import ByteArray, CameraIntrinsics, RigidTransform
from affect_perception.core.vision.expression_face import face_of_picture
from affect_perception.core.vision.eye_patch import NormalisedEye, angles_in_patch, cut_pair
from affect_perception.core.vision.geometry import vector_of
from affect_perception.core.vision.whole_driver import head_in_patch
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample
from affect_perception.evaluation.tools import FACING_CAMERA, Tools
from affect_perception.sim.deform import Expression
from affect_perception.sim.geometry import (
    Camera,
    direction,
    direction_angles,
    head_rotation,
    look_at,
)
from affect_perception.sim.head_renderer import DrawnHead, HeadRenderer, HeadState
from affect_perception.training.eyes.face_patches import IRIS_PX, MESH_POINTS_OF_EYES
from affect_perception.training.eyes.patch_set import IRIS, LOWER, UPPER
from affect_perception.training.eyes.rendered import (
    INFRARED_RED,
    NECK_BASE,
    OPEN_GAP,
    RenderConfig,
    drawn_lids,
    portrait_heads,
)

Say = Callable[[str], None]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

SIDE = 400
"""Side of the pictures, px: a face fills them at the finest resolution below."""
CAMERA_LOW, CAMERA_HIGH = (0.45, -0.35, -0.2), (0.8, 0.35, 0.15)
"""Where cameras stand, cabin frame, m: steering column, cluster, pillar, mirror."""
HEAD_SPREAD_M = 0.03
EYE_REACH_DEG = (35.0, 22.0)
"""Eyes turn by less than this in the head, to the sides and up and down."""
AT_ZONES = 0.6
"""Share of the pictures in which something in the cabin is looked at; else any direction."""
TURNED_AWAY = math.cos(math.radians(58.0))
"""Pictures of gazes further from the camera than this are left out: they leave the map."""
DRAWN = RenderConfig(closed=0.15, narrow=0.15, px_per_mm=(0.6, 1.6))


@dataclass(frozen=True)
class DriverFrames:
    """Pictures of drawn drivers; of two eyes the person's left is first.

    Attributes:
        eyes: uint8 (n, 2, 36, 60), the right one mirrored.
        faces: uint8 (n, 40, 40), cut as for the expression network.
        head: (n, 2, 6) forward and up of the head, each in the frame of that eye's patch.
        gaze: (n, 2, 2) of both eyes together in each patch, rad; NaN where lids hide it.
        points: (n, 2, 5, 2) px in the patches.
        opening: (n, 2) lid gap, iris diameters.
        closed: (n, 2) 0, or NaN where lids are nearly shut.
        to_cabin: (n, 3, 3) from the left patch (x right, y up, z to the camera) to the cabin.
        origin: (n, 3) midpoint between the eyes, cabin frame, m.
        looked: (n, 2) true gaze, cabin frame, rad.
        portrait: (n,) number of the face.
        said: (n, 4) what the face path says of the picture: gaze and its deviations, rad, cabin
            frame; NaN where it says nothing or was not asked.
    """

    eyes: ByteArray
    faces: ByteArray
    head: Floats
    gaze: Floats
    points: Floats
    opening: Floats
    closed: Floats
    to_cabin: Doubles
    origin: Doubles
    looked: Doubles
    portrait: npt.NDArray[np.int64]
    said: Doubles

    def __len__(self) -> int:
        return len(self.eyes)


def draw_drivers(
    samples: Sequence[LandmarkSample],
    tools: Tools,
    cabin: CabinGeometry,
    *,
    faces: int,
    pictures: int,
    seed: int,
    ask: bool = False,
    say: Say = lambda _: None,
) -> DriverFrames | None:
    """Draws faces of some pictures as drivers.

    Args:
        samples: Whose faces.
        tools: The face path, which finds the portraits' meshes.
        cabin: Whose zones are looked at.
        faces: At most so many.
        pictures: Of each.
        seed: Of everything that varies.
        ask: Whether the face path is asked what it sees, to compare with.
        say: Told how many there are.

    Returns:
        None if no picture can serve as a portrait.
    """
    rng = np.random.default_rng(seed)
    found = draw_heads(
        islice(portrait_heads(list(samples), tools, DRAWN, rng), faces),
        cabin,
        rng,
        pictures,
        tools if ask else None,
    )
    if found is not None:
        say(f"drawn drivers: {len(found)} pictures of {int(found.portrait.max()) + 1} faces")
    return found


def draw_heads(
    renderers: Iterable[HeadRenderer],
    cabin: CabinGeometry,
    rng: np.random.Generator,
    pictures: int,
    asked: Tools | None = None,
) -> DriverFrames | None:
    """Draws heads as drivers.

    Args:
        renderers: Of the heads.
        cabin: Whose zones are looked at.
        rng: Of everything that varies.
        pictures: At most so many of each; those that look far past the camera are left out.
        asked: The face path, if it is asked what it sees.

    Returns:
        None if nothing could be drawn.
    """
    rows: list[dict[str, object]] = []
    for number, renderer in enumerate(renderers):
        drawn = (_draw(renderer, cabin, rng, asked) for _ in range(pictures))
        rows += [{**row, "portrait": number} for row in drawn if row is not None]
    if not rows:
        return None
    kinds = {"eyes": np.uint8, "faces": np.uint8, "portrait": np.int64}
    exact = ("to_cabin", "origin", "looked", "said")
    return DriverFrames(
        **{
            f.name: np.array(
                [row[f.name] for row in rows],
                kinds.get(f.name, np.float64 if f.name in exact else np.float32),
            )
            for f in fields(DriverFrames)
        }
    )


def _draw(
    renderer: HeadRenderer, cabin: CabinGeometry, rng: np.random.Generator, tools: Tools | None
) -> dict[str, object] | None:
    """One picture; None if the head is out of it."""
    place = rng.uniform(CAMERA_LOW, CAMERA_HIGH)
    low, high = np.log(DRAWN.px_per_mm)
    focal = 1000.0 * float(np.linalg.norm(place)) * math.exp(rng.uniform(low, high))
    middle = (SIDE - 1) / 2.0
    k = CameraIntrinsics(SIDE, SIDE, focal, focal, middle, middle)
    camera = Camera(k, look_at(place, np.zeros(3)))
    state = _state(cabin, rng)
    picture = np.full((SIDE, SIDE, 3), rng.integers(0, 256, 3), np.uint8)
    drawn = renderer.draw(picture, camera, state)
    if drawn.raster is None:
        return None
    # Whoever looks far past the camera shows it the side of the head.
    looks = drawn.eye_gaze.mean(axis=0)
    if float(looks @ (place - state.pose.translation)) < TURNED_AWAY * np.linalg.norm(place):
        return None
    seen = picture[..., INFRARED_RED] if state.infrared else picture
    seen = np.ascontiguousarray(seen)
    view = camera.optical_from_cabin
    head = RigidTransform(
        view.rotation @ state.pose.rotation, view.apply(state.pose.translation[None])[0]
    )
    right, left = cut_pair(seen, drawn.landmarks, head, k)
    found = [
        _eye(eye, drawn, MESH_POINTS_OF_EYES[index], view.rotation @ looks, head)
        for index, eye in ((1, left), (0, right))
    ]
    row: dict[str, object] = {name: [one[name] for one in found] for name in found[0]}
    axes = np.array(left.axes) * np.array([1.0, -1.0, -1.0])[:, None]
    return row | {
        "faces": face_of_picture(seen, drawn.landmarks)[0],
        "to_cabin": view.rotation.T @ axes.T,
        "origin": drawn.eye_centres.mean(axis=0),
        "looked": direction_angles(looks),
        "said": (math.nan,) * 4 if tools is None else _asked(seen, camera, tools),
    }


def _state(cabin: CabinGeometry, rng: np.random.Generator) -> HeadState:
    """Head, gaze, lids and light; the head makes a part of each gaze shift along."""
    origin = rng.normal(0.0, HEAD_SPREAD_M, 3)
    if rng.random() < AT_ZONES:
        zone = cabin.zones[int(rng.integers(len(cabin.zones)))]
        goal = np.array(zone.centre) - origin
        yaw, pitch = direction_angles(goal)
        yaw, pitch = np.array([yaw, pitch]) + np.radians(rng.normal(0.0, 3.0, 2))
    else:
        yaw, pitch = np.radians(rng.uniform((-55.0, -35.0), (55.0, 25.0)))
    share = rng.uniform(0.0, 0.9)
    reach_yaw, reach_pitch = np.radians(EYE_REACH_DEG)
    head_yaw = np.clip(share * yaw + math.radians(rng.normal(0.0, 6.0)), -1.2, 1.2)
    head_pitch = share * pitch + math.radians(rng.normal(0.0, 4.0))
    # What the eyes cannot reach, the head must.
    head_yaw = float(np.clip(head_yaw, yaw - reach_yaw, yaw + reach_yaw))
    head_pitch = float(np.clip(head_pitch, pitch - reach_pitch, pitch + reach_pitch))
    roll = math.radians(rng.normal(0.0, 5.0))
    return HeadState(
        pose=RigidTransform(head_rotation(head_yaw, head_pitch, roll), origin),
        gaze_point=origin + rng.uniform(0.7, 3.0) * direction(float(yaw), float(pitch)),
        expression=Expression(drawn_lids(DRAWN, rng), smile=rng.random()),
        side_light=rng.uniform(-1.0, 1.0) if rng.random() < DRAWN.sun else 0.0,
        neck_base=NECK_BASE + origin,
        infrared=bool(rng.random() < DRAWN.infrared),
    )


def _eye(
    eye: NormalisedEye,
    drawn: DrawnHead,
    places: Sequence[int],
    gaze: Doubles,
    head: RigidTransform,
) -> dict[str, object]:
    """What is known of one eye, in its patch; `gaze` in the optical frame."""
    points = eye.in_patch(drawn.landmarks[list(places)])
    gap = float((points[LOWER, 1] - points[UPPER, 1]) / IRIS_PX)
    seen = gap > OPEN_GAP
    if not seen:
        points[IRIS] = np.nan
    angles = angles_in_patch(vector_of(gaze), eye.axes, mirrored=eye.mirrored)
    return {
        "eyes": eye.patch,
        "head": head_in_patch(eye, head),
        "gaze": angles if seen else (math.nan, math.nan),
        "points": points,
        "opening": max(0.0, gap),
        "closed": 0.0 if seen else math.nan,
    }


def _asked(picture: ByteArray, camera: Camera, tools: Tools) -> tuple[float, ...]:
    """Gaze and deviations of the face path on this picture alone, cabin frame, rad."""
    found = tools.observe(picture, intrinsics=camera.intrinsics).gaze
    if found is None:
        return (math.nan,) * 4
    optical = FACING_CAMERA.rotation.T @ np.array(found.direction)
    return (*direction_angles(camera.optical_from_cabin.rotation.T @ optical), *found.std)
