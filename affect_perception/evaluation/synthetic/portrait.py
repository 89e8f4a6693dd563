"""The face mesh of a portrait for the synthetic driver, found once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.vision.face_detector import FaceDetector
from affect_perception.core.vision.face_mesh import (
    FaceMesh,
    square_from_detection,
    square_from_landmarks,
)
from affect_perception.core.vision.picture import whole_picture
from affect_perception.inference.cache import cache_root, store
from affect_perception.sim.portrait import Portrait

Bytes = npt.NDArray[np.uint8]

REFINEMENTS = 4
"""Runs of the mesh on its own crop; the crop has settled to a fraction of a pixel after three."""
MIN_SCORE = 0.5


def default_picture() -> Bytes:
    """The public-domain portrait that scikit-image carries (NASA, Eileen Collins): RGB.

    Raises:
        ConfigError: If scikit-image is not installed.
    """
    try:
        from skimage import data
    except ImportError as error:
        raise ConfigError(
            "the default portrait comes with scikit-image; install it, or give another picture"
        ) from error
    return np.asarray(data.astronaut(), dtype=np.uint8)


def read_picture(path: Path) -> Bytes:
    """A picture file as RGB.

    Raises:
        InputError: If it cannot be read.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"cannot read the portrait {path}")
    return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)


def find_portrait(picture: Bytes, networks: FaceNetworks) -> Portrait:
    """Detects the largest face of a picture and its mesh.

    Raises:
        InputError: If there is no face, or it cannot serve as a portrait.
    """
    region = whole_picture(picture)
    faces = FaceDetector.short_range(networks.detector_short_range, MIN_SCORE).detect(
        picture, region
    ) or FaceDetector.full_range(networks.detector_full_range, MIN_SCORE).detect(picture, region)
    if not faces:
        raise InputError("there is no face in the portrait")
    mesh = FaceMesh(networks.mesh)
    square = square_from_detection(max(faces, key=lambda face: face.box[2]))
    for _ in range(REFINEMENTS):
        result = mesh.run(picture, square)
        square = square_from_landmarks(result.points)
    if result.presence < MIN_SCORE:
        raise InputError("the face mesh does not fit the face in the portrait")
    return Portrait(picture, result.points.astype(np.float64))


def load_portrait(
    networks: FaceNetworks, path: Path | None = None, cache: Path | None = None
) -> Portrait:
    """A portrait with its mesh, from the cache if this picture has been used before.

    Args:
        networks: The face networks; run only if the mesh is not in the cache.
        path: Picture file, or None for the default portrait.
        cache: The package's cache folder, None for the user's.

    Raises:
        ConfigError: If the default portrait is not installed.
        InputError: If the picture cannot be read or holds no usable face.
    """
    picture = default_picture() if path is None else read_picture(path)
    digest = hashlib.sha256(np.ascontiguousarray(picture).tobytes())
    digest.update(f"{picture.shape} {networks.mesh.name} {REFINEMENTS}".encode())
    file = cache_root(cache) / "portraits" / f"{digest.hexdigest()[:16]}.npy"
    if file.is_file():
        try:
            return Portrait(picture, np.load(file, allow_pickle=False))
        except (ValueError, EOFError, OSError, InputError):
            file.unlink(missing_ok=True)  # a damaged copy: find the mesh again
    portrait = find_portrait(picture, networks)
    buffer = io.BytesIO()
    np.save(buffer, portrait.landmarks)
    store(file, buffer.getvalue())
    return portrait
