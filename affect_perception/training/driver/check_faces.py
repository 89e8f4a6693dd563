"""What the frame part makes of photographed faces whose gaze is known in one way or another.

No set here has faces beside gaze labels to learn from, so heads and faces are learned from drawn
drivers. These figures tell how far that carries, and the zero and the shares that
`core.vision.whole_driver` corrects come from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from affect_perception.core.types import ByteArray, CameraIntrinsics
from affect_perception.core.vision.expression_face import face_of_picture
from affect_perception.core.vision.eye_patch import angles_in_patch, cut_pair
from affect_perception.core.vision.eye_reader import SMALLEST_INSIDE
from affect_perception.core.vision.gaze_map import modes
from affect_perception.core.vision.geometry import vector_of
from affect_perception.core.vision.whole_driver import head_in_patch
from affect_perception.evaluation import metrics
from affect_perception.evaluation.classification import softmax
from affect_perception.evaluation.datasets.head_pose import read_head_pose
from affect_perception.evaluation.datasets.landmarks68 import read_landmarks68
from affect_perception.evaluation.datasets.webcam_gaze import read_webcam_gaze
from affect_perception.evaluation.tools import Tools, read_picture
from affect_perception.training.driver.check_frame import TOKEN_SETS, answers
from affect_perception.training.driver.examples import PairSet, unlabelled
from affect_perception.training.driver.network import DriverNet

Doubles = npt.NDArray[np.float64]
Labelled = tuple[Path, tuple[float, float]]

TO_CAMERA, ALONG_HEAD, SCREEN = "helen_afw_landmarks", "pointing04", "webcam_gaze_faces"
"""People who mostly look into the camera; who look where the head points; at known targets."""
PORTRAITS = 500
"""About so many pictures of the first set."""
FARTHEST_DEG = (60.0, 30.0)
"""Turns of the head of the second set, to the sides and up and down."""
OPEN = 0.6
"""Eyes less open than this are left out: nothing says where they look."""
_TOKENS = ("everything", "eyes and head", "eyes only", "first eye only", "face and head only")


@dataclass(frozen=True)
class RealFaces:
    """Faces of one set.

    Attributes:
        eyes: uint8 (n, 2, 36, 60), the left and the mirrored right one.
        faces: uint8 (n, 40, 40).
        head: (n, 6) in the frame of the left patch.
        turned: (n, 2) direction of the face in that frame, rad.
        looked: (n, 2) label of the gaze, degrees; NaN where the set has none.
    """

    eyes: ByteArray
    faces: ByteArray
    head: npt.NDArray[np.float32]
    turned: Doubles
    looked: Doubles


def read_real_faces(root: Path, tools: Tools) -> dict[str, RealFaces]:
    """Faces of the sets that are there, as far as both open eyes are in the picture."""
    vision = root / "vision" if (root / "vision").is_dir() else root
    there = {name: vision / name for name in (TO_CAMERA, ALONG_HEAD, SCREEN)}
    found = {}
    for name, folder in there.items():
        if folder.is_dir():
            pictures = _pictures(name, folder)
            rows = [row for path, label in pictures for row in _seen(path, label, tools)]
            if rows:
                found[name] = RealFaces(*(np.stack(column) for column in zip(*rows, strict=True)))
    return found


def _pictures(name: str, folder: Path) -> Iterator[Labelled]:
    unknown = (math.nan, math.nan)
    if name == TO_CAMERA:
        samples = read_landmarks68(folder)
        step = max(1, len(samples) // PORTRAITS)
        yield from ((sample.path, unknown) for sample in samples[::step])
    elif name == ALONG_HEAD:
        for pose in read_head_pose(folder).samples:
            turn = (abs(pose.yaw_deg), abs(pose.pitch_deg or 0.0))
            if turn[0] <= FARTHEST_DEG[0] and turn[1] <= FARTHEST_DEG[1]:
                yield pose.path, unknown
    else:
        for look in read_webcam_gaze(folder):
            yield look.path, (look.yaw_deg, look.pitch_deg)


def _seen(
    path: Path, label: tuple[float, float], tools: Tools
) -> list[tuple[npt.NDArray[np.generic], ...]]:
    """The row of one picture, or none."""
    image = read_picture(path)
    seen = tools.observe(image)
    if seen.head is None or seen.landmarks is None or None in (seen.left_eye, seen.right_eye):
        return []
    assert seen.left_eye is not None
    assert seen.right_eye is not None
    if not min(seen.left_eye.openness, seen.right_eye.openness) > OPEN:
        return []
    fov = math.radians(tools.config.camera.horizontal_fov_deg)
    camera = CameraIntrinsics.from_fov(image.shape[1], image.shape[0], fov)
    head = seen.head.in_camera
    right, left = cut_pair(image, seen.landmarks, head, camera)
    if min(right.inside, left.inside) < SMALLEST_INSIDE:
        return []
    forward = angles_in_patch(vector_of(head.rotation[:, 0]), left.axes, mirrored=False)
    return [
        (
            np.stack([left.patch, right.patch]),
            face_of_picture(image, seen.landmarks)[0],
            head_in_patch(left, head),
            np.array(forward),
            np.array(label),
        )
    ]


def real_face_figures(
    network: DriverNet, found: Mapping[str, RealFaces]
) -> dict[str, dict[str, float]]:
    """Figures by set and tokens.

    Of people who look into the camera: median answer (`zero_*_deg`) and how much of the head's
    turn the answer follows (`head_share_*`, should be 0). Of people who look where the head
    points: the same share (should be 1). Of the screen: correlation and gain.
    """
    report: dict[str, dict[str, float]] = {}
    for name, faces in found.items():
        for tokens in _TOKENS:
            maps = softmax(answers(network, _pairs(faces), TOKEN_SETS[tokens])[0])
            report[f"{name}, {tokens}"] = _figures(name, modes(maps), faces)
    return report


def _figures(name: str, gaze: Doubles, faces: RealFaces) -> dict[str, float]:
    report = {"n": float(len(gaze))}
    for axis, word in enumerate(("yaw", "pitch")):
        if name == SCREEN:
            report[f"corr_{word}"] = metrics.correlation(gaze[:, axis], faces.looked[:, axis])
            slope, _ = np.polyfit(faces.looked[:, axis], np.degrees(gaze[:, axis]), 1)
            report[f"gain_{word}"] = float(slope)
        else:
            slope, _ = np.polyfit(faces.turned[:, axis], gaze[:, axis], 1)
            report[f"zero_{word}_deg"] = float(np.degrees(np.median(gaze[:, axis])))
            report[f"head_share_{word}"] = float(slope)
    if name == ALONG_HEAD:
        del report["zero_yaw_deg"], report["zero_pitch_deg"]
    return report


def _pairs(faces: RealFaces) -> PairSet:
    return replace(
        unlabelled(faces.eyes),
        faces=torch.from_numpy(faces.faces),
        head=torch.from_numpy(faces.head),
        has_face=True,
    )
