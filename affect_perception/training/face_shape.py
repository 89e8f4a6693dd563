"""Learns the rigid face shape of `core/vision/face_shape.py` from many faces.

    python -m affect_perception.training.face_shape --data DATA/vision/utkface_adults

The mesh network gives 468 points with depth for each face. All faces are laid over each other by
generalised Procrustes analysis (Gower 1975: repeated similarity fits to the running mean); the
median shape is made symmetric and scaled to an interpupillary distance of 63 mm, the mean of adults
(Dodgson, "Variation and extrema of human interpupillary distance", SPIE 5291, 2004). A median over
more than a thousand people restores no face.
"""

from __future__ import annotations

import argparse
import csv
import pathlib
import sys
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.config import CameraConfig, FaceTrackingConfig
from affect_perception.core.errors import InputError
from affect_perception.core.vision.face_mesh import (
    BASE_POINTS,
    LEFT_EYE_REGION,
    LEFT_IRIS,
    LIPS,
    RIGHT_EYE_REGION,
    RIGHT_IRIS,
)
from affect_perception.core.vision.face_tracker import FaceTracker
from affect_perception.core.vision.picture import driver_region
from affect_perception.inference import load_face_networks

Array = npt.NDArray[np.float64]

INTERPUPILLARY_MM = 63.0
ROUNDS = 6
# Faces in UTKFace fill the picture; the detector was trained with surroundings.
BORDER_SHARE = 0.25
RIGHT_CENTRE, LEFT_CENTRE = RIGHT_IRIS[0], LEFT_IRIS[0]
EYE_CORNERS = (33, 133, 362, 263)
FOREHEAD, CHIN, RIGHT_EAR = 10, 152, 234
EAR_TO_EYE_RISE = np.radians(19.6)
POSE_POINTS = 64
LOWEST = 0.75
"""Interpupillary distances below the eyes; what lies lower moves with the jaw."""
TARGET = pathlib.Path(__file__).resolve().parents[1] / "core" / "vision" / "face_shape.py"


@dataclass(frozen=True)
class FaceShape:
    """Mean face.

    Attributes:
        points: (478, 3) in units of the interpupillary distance: x to the person's left, y down, z
            away from the viewer, origin midway between the irises.
        spread: (478,) root mean square distance of single faces from it, same unit.
        faces: Number of faces.
    """

    points: Array
    spread: Array
    faces: int


def fit_similarity(source: Array, target: Array) -> tuple[float, Array, Array]:
    """Scale, rotation and shift that lay source (n, 3) over target (Umeyama 1991)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    covariance = (target - target_mean).T @ (source - source_mean)
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum() / ((source - source_mean) ** 2).sum())
    return scale, rotation, target_mean - scale * rotation @ source_mean


def lay_over(faces: Array, target: Array, rigid: npt.NDArray[np.bool_]) -> Array:
    """All faces (m, 478, 3), fitted to the target by their rigid points."""
    fitted = np.empty_like(faces)
    for index, face in enumerate(faces):
        scale, rotation, shift = fit_similarity(face[rigid], target[rigid])
        fitted[index] = scale * face @ rotation.T + shift
    return fitted


def mirror_pairs(points: Array) -> npt.NDArray[np.intp]:
    """For each point the one on the other side of the face."""
    mirrored = points * [-1.0, 1.0, 1.0]
    pairs = np.empty(len(points), np.intp)
    for _ in range(ROUNDS):
        distances = ((mirrored[:, None] - points[None]) ** 2).sum(axis=2)
        pairs = distances.argmin(axis=1)
        scale, rotation, shift = fit_similarity(mirrored, points[pairs])
        mirrored = scale * mirrored @ rotation.T + shift
    if not np.array_equal(pairs[pairs], np.arange(len(points))):
        raise InputError("the mean face is too lopsided to pair its points; are these faces?")
    return pairs


def make_symmetric(points: Array) -> Array:
    """The mean of a face and its mirror image, turned so that the mirror plane is x = 0."""
    pairs = mirror_pairs(points)
    across = points - points[pairs]
    across *= np.sign(across[:, :1])
    side = np.linalg.svd(across, full_matrices=False)[2][0]
    side *= np.sign(side[0])
    back = np.cross(side, [0.0, 1.0, 0.0])
    back /= np.linalg.norm(back)
    turned = points @ np.stack([side, np.cross(back, side), back]).T
    turned[:, 0] -= turned[:, 0].mean()
    return np.asarray((turned + turned[pairs] * [-1.0, 1.0, 1.0]) / 2.0)


def make_level(points: Array) -> Array:
    """Turns a symmetric face about its transverse axis until it looks straight ahead.

    What is straight ahead is a convention: the mean of two lines, chin to forehead (vertical) and
    ear to outer eye corner (rising by 19.6 degrees), both as in the neutral mesh that the authors
    of the network publish as their canonical face. The synthetic driver uses the same convention.
    """
    up_z, up_y = points[FOREHEAD, [2, 1]] - points[CHIN, [2, 1]]
    side_z, side_y = points[EYE_CORNERS[0], [2, 1]] - points[RIGHT_EAR, [2, 1]]
    lean = np.arctan2(-up_y, -up_z) - np.pi / 2.0
    rise = np.arctan2(-side_y, -side_z) - EAR_TO_EYE_RISE
    angle = -0.5 * (lean + rise)
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]]).T)


def learn_shape(faces: Array) -> FaceShape:
    """The mean face of meshes (m, 478, 3)."""
    rigid = np.ones(faces.shape[1], bool)
    rigid[list(LIPS)] = False
    rigid[BASE_POINTS:] = False
    mean = faces[0]
    for _ in range(ROUNDS):
        mean = np.median(lay_over(faces, mean, rigid), axis=0)
        mean = mean - mean[rigid].mean(axis=0)
        mean = mean / np.linalg.norm(mean[LEFT_CENTRE] - mean[RIGHT_CENTRE])
    mean = make_symmetric(mean)
    mean -= (mean[RIGHT_CENTRE] + mean[LEFT_CENTRE]) / 2.0
    mean = make_level(mean / np.linalg.norm(mean[LEFT_CENTRE] - mean[RIGHT_CENTRE]))
    distances = ((lay_over(faces, mean, rigid) - mean) ** 2).sum(axis=2)
    return FaceShape(mean, np.sqrt(distances.mean(axis=0)), len(faces))


def choose_points(shape: FaceShape) -> list[int]:
    """Points for the head pose: spread evenly over what moves least, in mirror pairs.

    Lips, jaw, lids and brows move; the corners of the eyes stay. Farthest-point sampling starts
    from those corners.
    """
    points = shape.points
    moving = set(LIPS) | (set(RIGHT_EYE_REGION) | set(LEFT_EYE_REGION)) - set(EYE_CORNERS)
    pairs = mirror_pairs(points)
    allowed = [i for i in range(BASE_POINTS) if i not in moving and points[i, 1] < LOWEST]
    chosen = list(EYE_CORNERS)
    while len(chosen) < POSE_POINTS:
        distances = ((points[allowed][:, None] - points[chosen][None]) ** 2).sum(axis=2)
        new = allowed[int(distances.min(axis=1).argmax())]
        chosen.extend({new, int(pairs[new])})
    return sorted(chosen)


def source_text(shape: FaceShape) -> str:
    """The Python file with the table."""
    head = shape.points[:, [2, 0, 1]] * [-1.0, 1.0, -1.0] * INTERPUPILLARY_MM
    rows = [
        f"    ({i}, {x:.1f}, {y:.1f}, {z:.1f}, {shape.spread[i] * INTERPUPILLARY_MM:.1f}),"
        for i in choose_points(shape)
        # Adding 0.0 turns a rounded -0.0 into 0.0.
        for x, y, z in [np.round(head[i], 1) + 0.0]
    ]
    return "\n".join(
        [
            '"""Mean rigid shape of the face; generated, do not edit.',
            "",
            f"Median of the mesh of {shape.faces} adults, balanced by apparent origin, gender and",
            "age, symmetric, interpupillary distance 63 mm. Regenerate with",
            "`python -m affect_perception.training.face_shape --data DIR`.",
            '"""',
            "",
            "from __future__ import annotations",
            "",
            "# Mesh index; x forward, y to the person's left, z up, in mm from the midpoint of the",
            "# irises (at the depth of the lid contours); spread between people, mm.",
            "# fmt: off",
            "FACE_SHAPE: tuple[tuple[int, float, float, float, float], ...] = (",
            *rows,
            ")",
            "# fmt: on",
            "",
        ]
    )


def read_meshes(folder: pathlib.Path) -> Array:
    """Meshes (m, 478, 3) of all pictures named in `labels.csv` of a folder."""
    networks = load_face_networks()
    with (folder / "labels.csv").open(newline="") as stream:
        names = [row["file"] for row in csv.DictReader(stream)]
    meshes = []
    for name in names:
        picture = cv2.imread(str(folder / "images" / pathlib.Path(name).name))
        if picture is None:
            raise InputError(f"cannot read {folder / 'images' / name}")
        border = round(BORDER_SHARE * picture.shape[0])
        picture = cv2.copyMakeBorder(picture, *(border,) * 4, cv2.BORDER_REPLICATE)
        image = np.ascontiguousarray(picture[:, :, ::-1])
        tracker = FaceTracker(FaceTrackingConfig(), CameraConfig(), networks)
        found = tracker.step(image, driver_region(image, CameraConfig()), 0)
        if found.mesh is not None:
            meshes.append(found.mesh.points.astype(np.float64))
    return np.array(meshes)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder utkface_adults")
    parser.add_argument("--out", type=pathlib.Path, default=TARGET, help="Python file to write")
    arguments = parser.parse_args()
    shape = learn_shape(read_meshes(arguments.data))
    arguments.out.write_text(source_text(shape))
    print(f"{arguments.out}: {shape.faces} faces")
    return 0


if __name__ == "__main__":
    sys.exit(main())
