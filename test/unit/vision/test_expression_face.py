"""Covers the alignment of faces for the expression network on drawn pictures.

Leaves real faces to test/data and what training cuts to test/train.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.expression_face import (
    PLACES,
    SIZE,
    face_of_picture,
    face_of_tile,
    similarity,
)
from affect_perception.core.vision.expression_network import ExpressionNetwork

pytestmark = pytest.mark.unit

CORNERS = ((33, 133), (362, 263), (61, 291))


def tile() -> np.ndarray:
    """Smooth spots where eyes and mouth of a FER2013 face are."""
    y, x = np.mgrid[:48, :48]
    dark = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / 18.0) for a, b in PLACES)
    return np.asarray(200 - 150 * dark, np.uint8)


def mesh(matrix: np.ndarray) -> np.ndarray:
    """A mesh whose eyes and mouth lie where `matrix` brings those of the tile."""
    points = np.full((478, 3), np.nan, np.float32)
    for (first, second), place in zip(CORNERS, PLACES, strict=True):
        for index, offset in ((first, -4.0), (second, 4.0)):
            points[index, :2] = matrix[:, :2] @ (place + (offset, 0.0)) + matrix[:, 2]
    return points


@pytest.mark.parametrize("roll_deg", [0.0, 25.0, -40.0])
@pytest.mark.parametrize("scale", [0.7, 2.0, 5.3])
@pytest.mark.parametrize("colour", [True, False])
def test_a_turned_and_scaled_face_comes_out_like_its_tile(
    roll_deg: float, scale: float, colour: bool
) -> None:
    matrix = cv2.getRotationMatrix2D((24, 24), roll_deg, scale)
    matrix[:, 2] += 300.0 - 24.0
    picture = cv2.warpAffine(tile(), matrix, (640, 600), flags=cv2.INTER_CUBIC,
                             borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    if colour:
        picture = np.repeat(picture[:, :, None], 3, axis=2)
    found, size = face_of_picture(picture, mesh(matrix))
    assert found.shape == (SIZE, SIZE)
    assert found.dtype == np.uint8
    assert size == pytest.approx(scale, rel=1e-3)
    difference = np.abs(found.astype(float) - face_of_tile(tile()).astype(float))
    assert difference.mean() < 2.5


def test_a_face_at_the_border_is_filled_and_one_outside_refused() -> None:
    matrix = np.array([[2.0, 0.0, -30.0], [0.0, 2.0, -20.0]])
    picture = np.full((300, 300, 3), 77, np.uint8)
    found, _ = face_of_picture(picture, mesh(matrix))
    assert (found == 77).all()
    matrix[:, 2] = 900.0
    with pytest.raises(InputError, match="outside of the picture"):
        face_of_picture(picture, mesh(matrix))
    matrix[:, 2] = -900.0
    with pytest.raises(InputError, match="outside of the picture"):
        face_of_picture(picture, mesh(matrix))


def test_similarity_finds_what_was_done_and_refuses_nonsense() -> None:
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])
    target = PLACES @ turn.T + (5.0, -7.0)
    found = similarity(PLACES, target)
    assert found == pytest.approx(np.hstack([turn, [[5.0], [-7.0]]]))
    with pytest.raises(InputError, match="one place"):
        similarity(PLACES, np.ones((3, 2)))
    with pytest.raises(InputError, match="not finite"):
        similarity(PLACES, np.full((3, 2), np.nan))
    with pytest.raises(InputError, match="48x48"):
        face_of_tile(np.zeros((40, 40), np.uint8))


class Says:
    """A network that answers with the same for every face."""

    name = "expression_network"

    def run(self, faces):  # type: ignore[no-untyped-def]
        assert faces.shape[1:] == (1, SIZE, SIZE)
        n = len(faces)
        return np.full((n, 7), 1 / 7, np.float32), np.full((n, 8), 1 / 8, np.float32)


class Leans:
    """Sees what the left half of a face holds."""

    name = "expression_network"

    def run(self, faces):  # type: ignore[no-untyped-def]
        lean = faces[:, 0, :, : SIZE // 2].mean((1, 2)) / 255.0
        eight = np.zeros((len(faces), 8), np.float32)
        eight[:, 0], eight[:, 1] = lean, 1.0 - lean
        return np.full((len(faces), 7), 1 / 7, np.float32), eight


def test_a_face_and_its_mirror_image_read_alike() -> None:
    faces = np.zeros((2, SIZE, SIZE), np.uint8)
    faces[0, :, : SIZE // 2] = 204
    faces[1] = 255
    network = ExpressionNetwork(Leans())
    eight = network.read(faces).eight
    assert eight[:, 0] == pytest.approx([0.4, 1.0])
    assert np.array_equal(network.read(faces[:, :, ::-1]).eight, eight)


def test_the_network_takes_only_faces_of_its_size() -> None:
    network = ExpressionNetwork(Says())
    seven, eight, affect = network.read(np.zeros((3, SIZE, SIZE), np.uint8))
    assert (seven.shape, eight.shape, affect) == ((3, 7), (3, 8), None)
    for wrong in (np.zeros((3, 48, 48), np.uint8), np.zeros((3, SIZE, SIZE), np.float32)):
        with pytest.raises(InputError, match="faces must be uint8"):
            network.read(wrong)
