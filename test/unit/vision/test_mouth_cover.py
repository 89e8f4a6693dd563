"""Covers the cue of a covered mouth on drawn faces: its numbers, limits, its part in suitedness.

Leaves how often it is right to the figures of docs/expression.md, and the real networks to
test_expression_bad_input.py.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.enums import ExpressionReason as Why
from affect_perception.core.vision import expression, mouth_cover
from affect_perception.core.vision.expression import suited_face
from affect_perception.core.vision.expression_face import SIZE

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from expression_pictures import mesh, picture

pytestmark = pytest.mark.unit

ROWS, COLUMNS = mouth_cover.ROWS, mouth_cover.MIDDLE + 1


def numbers(face: np.ndarray) -> np.ndarray:
    """Directions, rows, columns."""
    return mouth_cover.edge_numbers(face).reshape(3, ROWS, COLUMNS)


def clouds(seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(20, 230, (14, 14)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.uint8)


def stripes(slope: float) -> np.ndarray:
    """Level stripes for 0, upright ones for infinity, slanted ones between."""
    y, x = np.mgrid[:SIZE, :SIZE]
    along = x if np.isinf(slope) else y - slope * x
    return (120 + 80 * np.sin(along * 0.9)).astype(np.uint8)


@pytest.mark.parametrize(("slope", "strongest"), [(np.inf, 0), (1.0, 1), (-1.0, 1), (0.0, 2)])
def test_directions_of_edges_are_told_apart(slope: float, strongest: int) -> None:
    found = numbers(stripes(slope))
    assert (found.argmax(axis=0) == strongest).all()
    others = np.delete(found, strongest, axis=0)
    # At the rim of the picture slanted edges end upright or level.
    assert others.max() < 0.6 * found[strongest].min()


def test_each_cell_sees_its_own_place_and_the_mirrored_one() -> None:
    face = np.full((SIZE, SIZE), 100, np.uint8)
    face[: mouth_cover.TOP - 4] = clouds()[: mouth_cover.TOP - 4]
    assert numbers(face).max() < 1e-6  # the upper part only gives the spread
    face[34:38, 2:6] = 200  # the last row, the outer column
    found = numbers(face).sum(axis=0)
    assert found[2, 0] > 0.5
    assert np.delete(found.ravel(), 6).max() < 0.2 * found[2, 0]
    assert numbers(face[:, ::-1]) == pytest.approx(numbers(face), abs=1e-5)


def test_light_and_contrast_do_not_matter() -> None:
    face = clouds().astype(np.float64)
    weaker = (60.0 + 0.5 * face).round().astype(np.uint8)
    assert numbers(weaker) == pytest.approx(numbers(clouds()), abs=0.03)


def test_a_face_of_one_grey_level_gives_numbers() -> None:
    face = np.full((SIZE, SIZE), 90, np.uint8)
    assert not numbers(face).any()
    assert 0.0 <= mouth_cover.mouth_cover(face) <= 1.0


def test_the_weights_are_one_per_number() -> None:
    for weights in (mouth_cover.UPRIGHT, mouth_cover.SLANTED, mouth_cover.LEVEL):
        assert np.shape(weights) == (ROWS, COLUMNS)
    assert mouth_cover.edge_numbers(clouds()).shape == (3 * ROWS * COLUMNS,)
    # A level line where the mouth is speaks against a cover: in words, what the weights do.
    face = np.full((SIZE, SIZE), 160, np.uint8)
    face[:12, 6:34] = 60
    with_mouth = face.copy()
    with_mouth[30:32, 13:27] = 40
    assert mouth_cover.mouth_cover(with_mouth) < mouth_cover.mouth_cover(face)


@pytest.mark.parametrize(("cover", "reasons"), [(0.51, (Why.OCCLUDED,)), (0.49, ())])
def test_beyond_the_limit_the_face_is_not_suited(
    monkeypatch: pytest.MonkeyPatch, cover: float, reasons: tuple[Why, ...]
) -> None:
    monkeypatch.setattr(expression, "mouth_cover", lambda face: cover)
    face, found = suited_face(ExpressionConfig(), picture(), mesh(), 0.0)
    assert found == reasons
    assert (face is None) == bool(reasons)


def test_it_is_asked_last_and_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(face: np.ndarray) -> float:
        raise AssertionError("must not be asked")

    monkeypatch.setattr(expression, "mouth_cover", fail)
    _, found = suited_face(ExpressionConfig(), picture(), mesh(), 1.5)
    assert found == (Why.TURNED_AWAY,)
    off = replace(ExpressionConfig(), max_mouth_cover=1.0)
    assert suited_face(off, picture(), mesh(), 0.0)[1] == ()
