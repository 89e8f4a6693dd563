"""Covers reading expressions over time with a made-up network: rate, smoothing, limits, usual look.

Leaves the cut of the face to test_expression_face.py and real networks to the scorecard.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.vision.expression import (
    RESTING,
    Expression,
    ExpressionReader,
    Unsuited,
)
from affect_perception.core.vision.expression_face import PLACES, SIZE, face_of_picture
from affect_perception.core.vision.expression_network import ExpressionNetwork

pytestmark = pytest.mark.unit

S = 1_000_000_000
SAD, HAPPY = AFFECT_CLASSES.index("sadness"), AFFECT_CLASSES.index("happiness")
PLAIN = ExpressionConfig(usual_strength=0.0)


class Says:
    """A network that gives what is put into it, and counts how often it is asked."""

    name = "expression_network"

    def __init__(self, answer: np.ndarray) -> None:
        self.answer, self.asked = answer, 0

    def run(self, faces):  # type: ignore[no-untyped-def]
        self.asked += 1
        assert faces.shape == (1, 1, SIZE, SIZE)
        return np.full((1, 7), 1 / 7, np.float32), self.answer[None].astype(np.float32)


def shares(**named: float) -> np.ndarray:
    values = np.full(8, (1.0 - sum(named.values())) / (8 - len(named)))
    for name, value in named.items():
        values[AFFECT_CLASSES.index(name)] = value
    return values


def mesh(scale: float = 2.0, shift: float = 60.0) -> np.ndarray:
    points = np.full((478, 3), shift + scale * 24.0)
    corners = ((33, 133), (362, 263), (61, 291))
    for (first, second), place in zip(corners, PLACES, strict=True):
        for index, offset in ((first, -4.0), (second, 4.0)):
            points[index, :2] = shift + scale * (place + (offset, 0.0))
    return points


def picture(cells: int = 60) -> np.ndarray:
    """Grey clouds; few cells make a picture without detail."""
    coarse = np.random.default_rng(0).integers(30, 220, (cells, cells)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (240, 240), interpolation=cv2.INTER_CUBIC), np.uint8)


def play(
    reader: ExpressionReader, seconds: float, start: float = 0.0, fps: float = 30.0
) -> list[Expression]:
    image, points = picture(), mesh()
    stamps = [round((start + k / fps) * S) for k in range(round(seconds * fps))]
    return [reader.step(stamp, image, points, 0.1) for stamp in stamps]


def test_it_reads_at_its_rate_whatever_the_camera_does() -> None:
    for fps in (10.0, 25.0, 30.0, 60.0):
        network = Says(shares(happiness=0.9))
        play(ExpressionReader(PLAIN, ExpressionNetwork(network)), 10.0, fps=fps)
        assert 79 <= network.asked <= 81, fps
    network = Says(shares(happiness=0.9))
    play(ExpressionReader(PLAIN, ExpressionNetwork(network)), 10.0, fps=5.0)
    assert network.asked == 50


@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_a_change_comes_through_in_time_not_in_pictures(fps: float) -> None:
    network = Says(shares(neutral=0.9))
    reader = ExpressionReader(ExpressionConfig(usual_strength=0.0, smoothing=1.0),
                              ExpressionNetwork(network))  # fmt: skip
    assert play(reader, 5.0, fps=fps)[-1].probabilities[0] == pytest.approx(0.9)
    network.answer = shares(happiness=0.9)
    after = play(reader, 3.0, start=5.0, fps=fps)
    at_one = after[round(fps * 1.0)].probabilities[HAPPY]
    low, high = shares(neutral=0.9)[HAPPY], 0.9
    # The first picture of the change counts from the reading before it, an eighth of a second.
    share = (at_one - low) / (high - low)
    assert 1 - math.exp(-1.0) <= share <= 1 - math.exp(-1.25)
    assert after[-1].probabilities[HAPPY] > 0.85
    assert after[-1].entropy < 0.4
    assert after[-1].affect.valence > 0.5
    assert after[-1].probabilities.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"turned": math.radians(50)}, Unsuited.TURNED_AWAY),
        ({"turned": math.nan}, Unsuited.TURNED_AWAY),
        ({"landmarks": None}, Unsuited.NO_FACE),
        ({"landmarks": np.full((478, 3), np.nan)}, Unsuited.NO_FACE),
        ({"landmarks": mesh(0.5)}, Unsuited.COARSE),
        ({"landmarks": mesh(shift=-40.0)}, Unsuited.CUT_OFF),
        ({"landmarks": mesh(shift=-900.0)}, Unsuited.CUT_OFF),
        ({"picture": picture(cells=8)}, Unsuited.BLURRED),
        ({"picture": np.full((240, 240, 3), 90, np.uint8)}, Unsuited.FLAT),
    ],
)
def test_an_unsuited_face_is_not_guessed_at(change: dict, reason: Unsuited) -> None:  # type: ignore[type-arg]
    network = Says(shares(happiness=0.9))
    reader = ExpressionReader(PLAIN, ExpressionNetwork(network))
    usual = {"picture": picture(), "landmarks": mesh(), "turned": 0.1} | change
    found = reader.step(0, usual["picture"], usual["landmarks"], usual["turned"])
    assert found.unsuited[0] is reason
    assert network.asked == 0
    assert np.isnan(found.probabilities).all()
    assert math.isnan(found.entropy)
    assert math.isnan(found.affect.valence)
    assert math.isnan(found.age_s)


def test_what_was_seen_is_held_for_a_while_with_its_age() -> None:
    reader = ExpressionReader(PLAIN, ExpressionNetwork(Says(shares(happiness=0.9))))
    reader.step(0, picture(), mesh(), 0.0)
    held = reader.step(S, picture(), None, math.nan)
    assert held.age_s == 1.0
    assert held.probabilities[HAPPY] == pytest.approx(0.9)
    assert held.unsuited == (Unsuited.NO_FACE,)
    assert np.isnan(reader.step(2 * S, picture(), None, math.nan).probabilities).all()


def test_a_face_that_always_looks_sad_reads_as_resting_and_its_smile_still_as_a_smile() -> None:
    always = shares(neutral=0.3, sadness=0.55)
    network = Says(always)
    reader = ExpressionReader(ExpressionConfig(usual_strength=1.0), ExpressionNetwork(network))
    seen = play(reader, 40.0, fps=10.0)
    assert seen[0].learned == 0.0
    assert seen[0].probabilities.argmax() == SAD
    assert seen[-1].learned == 1.0
    assert seen[-1].probabilities == pytest.approx(RESTING / RESTING.sum(), abs=0.01)
    network.answer = shares(happiness=0.9)
    smile = play(reader, 3.0, start=40.0, fps=10.0)[-1]
    assert smile.probabilities.argmax() == HAPPY
    reader.reset()
    assert reader.learned == 1.0
    reader.reset(new_driver=True)
    assert reader.learned == 0.0


def test_the_usual_look_counts_time_not_pictures() -> None:
    learned = []
    for fps in (6.0, 30.0):
        reader = ExpressionReader(ExpressionConfig(), ExpressionNetwork(Says(shares(fear=0.5))))
        learned.append(play(reader, 12.0, fps=fps)[-1].learned)
    assert learned[0] == pytest.approx(learned[1], abs=0.02)
    assert learned[0] == pytest.approx(12.0 / 30.0, abs=0.02)


def test_the_test_picture_is_suited() -> None:
    """Else the limits above would be met by any picture."""
    face, scale = face_of_picture(picture(), mesh())
    assert scale == pytest.approx(2.0)
    assert face.std() > 18.0
