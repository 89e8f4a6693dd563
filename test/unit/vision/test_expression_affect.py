"""Covers valence and arousal of a network that gives them itself: smoothing, usual look, errors.

Leaves networks that do not, and everything else of the reader, to test_expression.py.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES, valence_arousal
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.types import ExpressionObservation
from affect_perception.core.vision.expression import ExpressionReader
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.expression_network import ExpressionNetwork

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from expression_pictures import mesh, picture, shares

pytestmark = pytest.mark.unit

S = 1_000_000_000
HAPPY = AFFECT_CLASSES.index("happiness")
PLAIN = ExpressionConfig(usual_strength=0.0, smoothing=1.0)


class Taught:
    """A network of three outputs: the classes, and valence, arousal, one sigma of each."""

    name = "expression_network"

    def __init__(self, eight: np.ndarray, affect: tuple[float, float]) -> None:
        self.eight, self.affect = eight, affect

    def run(self, faces):  # type: ignore[no-untyped-def]
        n = len(faces)
        values = np.array([*self.affect, 0.3, 0.2], np.float32)
        eight = np.tile(self.eight.astype(np.float32), (n, 1))
        return np.full((n, 7), 1 / 7, np.float32), eight, np.tile(values, (n, 1))


class Leans(Taught):
    """Its valence is what the left half of a face holds."""

    def run(self, faces):  # type: ignore[no-untyped-def]
        seven, eight, affect = super().run(faces)
        affect[:, 0] = faces[:, 0, :, : SIZE // 2].mean((1, 2)) / 255.0
        return seven, eight, affect


def play(reader: ExpressionReader, seconds: float, start: float) -> list[ExpressionObservation]:
    image, points = picture(), mesh()
    stamps = [round((start + k / 10.0) * S) for k in range(round(10.0 * seconds))]
    return [reader.step(stamp, image, points, 0.1) for stamp in stamps]


def test_the_output_is_used_in_place_of_the_classes() -> None:
    eight = shares(happiness=0.9)
    seen = ExpressionReader(PLAIN, Taught(eight, (-0.6, -0.4))).step(0, picture(), mesh(), 0.0)
    assert (seen.valence, seen.arousal) == pytest.approx((-0.6, -0.4))
    assert (seen.valence_std, seen.arousal_std) == pytest.approx((0.3, 0.2))
    assert np.argmax(seen.probabilities) == HAPPY
    assert valence_arousal(seen.probabilities, AFFECT_CLASSES).valence > 0.5


def test_both_ways_go_through_the_same_filter() -> None:
    """After a change, valence has come as far as the probabilities, at each instant."""
    network = Taught(shares(neutral=0.9), (-0.5, 0.4))
    reader = ExpressionReader(PLAIN, network)
    play(reader, 2.0, 0.0)
    network.eight, network.affect = shares(happiness=0.9), (0.7, -0.2)
    low = shares(neutral=0.9)[HAPPY]
    ways = []
    for seen in play(reader, 2.0, 2.0):
        of_classes = (seen.probabilities[HAPPY] - low) / (0.9 - low)
        ways.append((of_classes, (seen.valence + 0.5) / 1.2, (seen.arousal - 0.4) / -0.6))
    shape = np.array(ways)
    assert shape[:, 1] == pytest.approx(shape[:, 0], abs=1e-6)
    assert shape[:, 2] == pytest.approx(shape[:, 0], abs=1e-6)
    assert 1 - math.exp(-1.0) <= shape[10, 0] <= 1 - math.exp(-1.2)


def test_the_usual_look_is_taken_off_both_ways() -> None:
    """A face that always reads as unpleasant reads as resting, and its smile as a change."""
    network = Taught(shares(sadness=0.7), (-0.4, -0.3))
    reader = ExpressionReader(ExpressionConfig(usual_strength=1.0), network)
    seen = play(reader, 40.0, 0.0)
    assert seen[0].valence == pytest.approx(-0.4)
    assert seen[-1].valence == pytest.approx(0.0, abs=0.01)
    assert seen[-1].arousal == pytest.approx(0.0, abs=0.01)
    network.affect = (0.5, 0.2)
    smile = play(reader, 3.0, 40.0)[-1]
    assert smile.valence > 0.7
    network.affect = (1.0, 1.0)
    assert play(reader, 3.0, 43.0)[-1].valence == 1.0
    reader.reset(new_driver=True)
    network.affect = (-0.4, -0.3)
    assert play(reader, 0.1, 50.0)[0].valence == pytest.approx(-0.4)


def test_a_face_that_is_not_suited_leaves_them_unknown() -> None:
    reader = ExpressionReader(PLAIN, Taught(shares(happiness=0.9), (0.5, 0.5)))
    seen = reader.step(0, picture(), mesh(), math.radians(60))
    assert math.isnan(seen.valence)
    assert math.isnan(seen.arousal_std)


def test_the_mirror_image_counts_here_too() -> None:
    faces = np.zeros((2, SIZE, SIZE), np.uint8)
    faces[0, :, : SIZE // 2] = 204
    faces[1] = 255
    found = ExpressionNetwork(Leans(shares(happiness=0.9), (0.0, 0.0))).read(faces).affect
    assert found is not None
    assert found[:, 0] == pytest.approx([0.4, 1.0])
    assert found[:, 2] == pytest.approx([0.3, 0.3])
