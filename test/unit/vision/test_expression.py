"""Covers reading expressions over time with a made-up network: rate, smoothing, limits, usual look.

Leaves the cut of the face to test_expression_face.py and real networks to the scorecard.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.enums import Availability
from affect_perception.core.enums import ExpressionReason as Why
from affect_perception.core.types import ExpressionObservation
from affect_perception.core.vision.expression import ExpressionReader
from affect_perception.core.vision.expression_face import SIZE, face_of_picture
from affect_perception.core.vision.usual_look import RESTING
from affect_perception.share import share_path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from expression_pictures import mesh, picture, shares

pytestmark = pytest.mark.unit

S = 1_000_000_000
SAD, HAPPY = AFFECT_CLASSES.index("sadness"), AFFECT_CLASSES.index("happiness")
PLAIN = ExpressionConfig(usual_strength=0.0)


class Says:
    """A network that gives what is put into it, and counts how often it is asked."""

    name = "expression_network"

    def __init__(self, answer: np.ndarray) -> None:
        self.answer, self.asked = answer, 0
        self.faces: list[np.ndarray] = []

    def run(self, faces):  # type: ignore[no-untyped-def]
        self.asked += 1
        n = len(faces)
        assert faces.shape == (n, 1, SIZE, SIZE)
        self.faces = [*self.faces, *faces[:, 0]]
        return np.full((n, 7), 1 / 7, np.float32), np.tile(self.answer.astype(np.float32), (n, 1))


def play(
    reader: ExpressionReader, seconds: float, start: float = 0.0, fps: float = 30.0
) -> list[ExpressionObservation]:
    image, points = picture(), mesh()
    stamps = [round((start + k / fps) * S) for k in range(round(seconds * fps))]
    return [reader.step(stamp, image, points, 0.1) for stamp in stamps]


def test_it_reads_at_its_rate_whatever_the_camera_does() -> None:
    for fps in (10.0, 25.0, 30.0, 60.0):
        network = Says(shares(happiness=0.9))
        play(ExpressionReader(PLAIN, network), 10.0, fps=fps)
        assert 99 <= network.asked <= 101, fps
    network = Says(shares(happiness=0.9))
    play(ExpressionReader(PLAIN, network), 10.0, fps=5.0)
    assert network.asked == 50


def test_the_face_and_its_mirror_image_take_turns_after_a_first_look_at_both() -> None:
    network = Says(shares(happiness=0.9))
    play(ExpressionReader(PLAIN, network), 0.4, fps=10.0)
    face = network.faces[0]
    turns = [face, face[:, ::-1], face[:, ::-1], face, face[:, ::-1]]
    assert network.asked == 4
    assert not np.array_equal(face, face[:, ::-1])
    assert all(np.array_equal(a, b) for a, b in zip(network.faces, turns, strict=True))


@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_a_change_comes_through_in_time_not_in_pictures(fps: float) -> None:
    network = Says(shares(neutral=0.9))
    reader = ExpressionReader(ExpressionConfig(usual_strength=0.0, smoothing=1.0),
                              network)  # fmt: skip
    assert play(reader, 5.0, fps=fps)[-1].probabilities[0] == pytest.approx(0.9)
    network.answer = shares(happiness=0.9)
    after = play(reader, 3.0, start=5.0, fps=fps)
    at_one = after[round(fps * 1.0)].probabilities[HAPPY]
    low, high = shares(neutral=0.9)[HAPPY], 0.9
    # The first picture of the change counts from the reading before it, a tenth of a second.
    share = (at_one - low) / (high - low)
    assert 1 - math.exp(-1.0) <= share <= 1 - math.exp(-1.2)
    assert after[-1].probabilities[HAPPY] > 0.85
    assert after[-1].entropy < 0.4
    assert after[-1].valence > 0.5
    assert sum(after[-1].probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"turned": math.radians(50)}, Why.TURNED_AWAY),
        ({"turned": math.nan}, Why.POSE_UNCERTAIN),
        ({"covered": True}, Why.OCCLUDED),
        ({"landmarks": None}, Why.NO_FACE),
        ({"landmarks": np.full((478, 3), np.nan)}, Why.NO_FACE),
        ({"landmarks": mesh(0.5)}, Why.SMALL),
        ({"landmarks": mesh(shift=-40.0)}, Why.AT_EDGE),
        ({"landmarks": mesh(shift=-900.0)}, Why.AT_EDGE),
        ({"picture": picture(cells=8)}, Why.BLURRED),
        ({"picture": np.full((240, 240, 3), 90, np.uint8)}, Why.FLAT),
        ({"picture": picture() // 12}, Why.DARK),
    ],
)
def test_an_unsuited_face_is_not_guessed_at(change: dict, reason: Why) -> None:  # type: ignore[type-arg]
    network = Says(shares(happiness=0.9))
    reader = ExpressionReader(PLAIN, network)
    usual = {"picture": picture(), "landmarks": mesh(), "turned": 0.1} | change
    covered = usual.get("covered", False)
    found = reader.step(0, usual["picture"], usual["landmarks"], usual["turned"], covered=covered)
    assert found.availability is Availability.UNAVAILABLE
    assert found.reasons[0] is reason
    assert network.asked == 0
    assert np.isnan(found.probabilities).all()
    assert math.isnan(found.entropy)
    assert math.isnan(found.valence)
    assert math.isnan(found.age_s)


def test_what_was_seen_is_held_for_a_while_with_its_age() -> None:
    reader = ExpressionReader(PLAIN, Says(shares(happiness=0.9)))
    reader.step(0, picture(), mesh(), 0.0)
    held = reader.step(S, picture(), None, math.nan)
    assert held.age_s == 1.0
    assert held.probabilities[HAPPY] == pytest.approx(0.9)
    assert held.reasons == (Why.NO_FACE,)
    assert held.availability is Availability.DEGRADED
    assert np.isnan(reader.step(2 * S, picture(), None, math.nan).probabilities).all()


def test_a_face_that_always_looks_sad_reads_as_resting_and_its_smile_still_as_a_smile() -> None:
    always = shares(neutral=0.3, sadness=0.55)
    network = Says(always)
    reader = ExpressionReader(ExpressionConfig(usual_strength=1.0), network)
    seen = play(reader, 40.0, fps=10.0)
    assert seen[0].usual_progress == 0.0
    assert np.argmax(seen[0].probabilities) == SAD
    assert seen[-1].usual_progress == 1.0
    assert np.array(seen[-1].probabilities) == pytest.approx(RESTING / RESTING.sum(), abs=0.01)
    network.answer = shares(happiness=0.9)
    smile = play(reader, 3.0, start=40.0, fps=10.0)[-1]
    assert np.argmax(smile.probabilities) == HAPPY
    reader.reset()
    assert play(reader, 0.1, start=44.0)[0].usual_progress == 1.0
    reader.reset(new_driver=True)
    assert play(reader, 0.1, start=45.0)[0].usual_progress == 0.0


def test_the_usual_look_counts_time_not_pictures() -> None:
    learned = []
    for fps in (6.0, 30.0):
        reader = ExpressionReader(ExpressionConfig(), Says(shares(fear=0.5)))
        learned.append(play(reader, 12.0, fps=fps)[-1].usual_progress)
    assert learned[0] == pytest.approx(learned[1], abs=0.02)
    assert learned[0] == pytest.approx(12.0 / 30.0, abs=0.02)


def test_of_unsuited_faces_nothing_is_learned_and_nothing_said() -> None:
    network = Says(shares(fear=0.9))
    reader = ExpressionReader(ExpressionConfig(), network)
    play(reader, 3.0)
    before = reader.step(3 * S, picture(), mesh(), 0.1).usual_progress
    for index in range(300):
        away = reader.step(3 * S + index * S // 30, picture(), mesh(), math.radians(60))
    assert network.asked == 31
    assert away.usual_progress == before
    assert away.availability is Availability.UNAVAILABLE
    assert away.reasons == (Why.TURNED_AWAY,)
    assert np.isnan(away.probabilities).all()


def test_reasons_last_from_one_look_to_the_next() -> None:
    reader = ExpressionReader(PLAIN, Says(shares(happiness=0.9)))
    reader.step(0, picture(), mesh(), 0.0)
    at_work = [
        reader.step(round(S * t), picture(), mesh(), math.radians(60)) for t in (0.1, 0.13, 0.17)
    ]
    assert [(one.availability, one.reasons) for one in at_work] == [
        (Availability.DEGRADED, (Why.TURNED_AWAY,))
    ] * 3
    back = reader.step(round(0.2 * S), picture(), mesh(), 0.0)
    assert (back.availability, back.reasons, back.age_s) == (Availability.AVAILABLE, (), 0.0)


def test_a_face_that_comes_back_is_read_at_once() -> None:
    network = Says(shares(happiness=0.9))
    reader = ExpressionReader(PLAIN, network)
    reader.step(0, picture(), mesh(), 0.0)
    reader.step(S // 100, picture(), None)
    assert reader.step(S // 50, picture(), mesh(), 0.0).age_s == 0.0
    assert network.asked == 2


@pytest.mark.parametrize(
    ("config", "network", "reason"),
    [
        (ExpressionConfig(enabled=False), Says(shares(happiness=0.9)), Why.OFF),
        (ExpressionConfig(), None, Why.NO_NETWORK),
    ],
)
def test_switched_off_or_without_a_network_it_says_so(config, network, reason) -> None:  # type: ignore[no-untyped-def]
    found = play(ExpressionReader(config, network), 1.0)[-1]
    assert (found.availability, found.reasons) == (Availability.UNAVAILABLE, (reason,))
    assert np.isnan(found.probabilities).all()
    assert network is None or network.asked == 0


def test_a_stamp_that_runs_backwards_gives_no_negative_age() -> None:
    reader = ExpressionReader(PLAIN, Says(shares(happiness=0.9)))
    reader.step(S, picture(), mesh(), 0.0)
    assert reader.step(S // 2, picture(), mesh(), 0.0).age_s == 0.0


def test_the_test_picture_is_suited() -> None:
    """Else the limits above would be met by any picture."""
    face, scale = face_of_picture(picture(), mesh())
    assert scale == pytest.approx(2.0)
    assert face.std() > 18.0


def test_the_places_in_the_message_are_those_of_the_classes() -> None:
    text = share_path("msg/ExpressionObservation.msg").read_text(encoding="utf-8")
    places = [f"uint8 CLASS_{name.upper()}={place}" for place, name in enumerate(AFFECT_CLASSES)]
    assert [line for line in text.splitlines() if " CLASS_" in line] == places
