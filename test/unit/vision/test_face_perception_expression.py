"""Covers the expression within the face path: when it is read, and whose usual look is learned.

Leaves to others: what is read from a face and how it is smoothed (test_expression).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from face_fakes import CAMERA, NS, STILL, square_networks, squares
from observations import CABIN

from affect_perception.core.config import ExpressionConfig, PipelineConfig
from affect_perception.core.enums import Availability, ExpressionReason
from affect_perception.core.types import CameraFrame, FaceObservation
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.face_perception import FacePerception

pytestmark = pytest.mark.unit

STEP = NS // 30
FLAT = squares((320, 240, 130))
ANY_FACE = ExpressionConfig(min_contrast=0.0, min_sharpness=0.0)


class Says:
    name = "expression_network"

    def __init__(self) -> None:
        self.asked = 0

    def run(self, faces):  # type: ignore[no-untyped-def]
        self.asked += 1
        n = len(faces)
        assert faces.shape == (n, 1, SIZE, SIZE)
        eight = np.full((n, 8), 0.05, np.float32)
        eight[:, 3] = 0.65
        return np.full((n, 7), 1 / 7, np.float32), eight


def path(network: Says | None, config: ExpressionConfig = ANY_FACE) -> FacePerception:
    networks = dataclasses.replace(square_networks(), expression=network)
    still = dataclasses.replace(PipelineConfig(), expression=config, image_quality=STILL)
    return FacePerception(still, CABIN, networks)


def see(perception: FacePerception, first: int, count: int, image=FLAT) -> list[FaceObservation]:  # type: ignore[no-untyped-def]
    frames = [CameraFrame(k * STEP, image, "camera", CAMERA) for k in range(first, first + count)]
    return [perception.step(frame) for frame in frames]


def test_every_third_of_thirty_pictures_is_read() -> None:
    network = Says()
    seen = see(path(network), 0, 60)
    assert network.asked == 20
    assert seen[-1].expression.availability is Availability.AVAILABLE
    assert int(np.argmax(seen[-1].expression.probabilities)) == 3
    assert 0.0 <= seen[-1].expression.age_s < 0.1


def test_nothing_else_depends_on_it() -> None:
    without = see(path(None), 0, 30)
    off = ExpressionConfig(enabled=False)
    for other in (path(Says()), path(Says(), off), path(Says(), ExpressionConfig())):
        for a, b in zip(without, see(other, 0, 30), strict=True):
            np.testing.assert_array_equal(a.landmarks, b.landmarks)
            same = {"expression": None, "landmarks": None, "head": None}
            assert repr(dataclasses.replace(a, **same)) == repr(dataclasses.replace(b, **same))
    assert without[-1].availability is Availability.AVAILABLE
    assert without[-1].expression.reasons == (ExpressionReason.NO_NETWORK,)


def test_an_unsuited_face_is_not_read() -> None:
    network = Says()
    seen = see(path(network, ExpressionConfig(min_contrast=100.0)), 0, 10)[-1].expression
    assert (seen.availability, seen.reasons) == (
        Availability.UNAVAILABLE, (ExpressionReason.FLAT,)
    )  # fmt: skip
    assert network.asked == 0


def test_another_driver_starts_with_no_usual_look_and_the_same_one_keeps_it() -> None:
    perception = path(Says())
    learned = see(perception, 0, 150)[-1].expression.usual_progress
    assert learned == pytest.approx(4.9 / 30.0, abs=0.01)
    # A short look away: the same driver.
    see(perception, 150, 6, squares())
    again = see(perception, 156, 30)[-1].expression
    assert again.usual_progress > learned
    # From one picture to the next a face at another place: another driver.
    other = see(perception, 186, 30, squares((150, 240, 130)))
    assert other[-1].calibration.driver_number == 2
    first = next(one for one in other if one.calibration.driver_number == 2)
    assert first.expression.usual_progress == 0.0
    assert other[-1].expression.usual_progress < learned


def test_without_a_face_it_is_held_for_a_moment_and_then_unknown() -> None:
    perception = path(Says())
    see(perception, 0, 30)
    gone = see(perception, 30, 60, squares())
    assert gone[3].expression.availability is Availability.DEGRADED
    assert gone[3].expression.reasons == (ExpressionReason.NO_FACE,)
    assert gone[-1].expression.availability is Availability.UNAVAILABLE
    assert np.isnan(gone[-1].expression.probabilities).all()


def test_a_clock_that_starts_anew_forgets() -> None:
    perception = path(Says())
    see(perception, 0, 60)
    perception.reset()
    fresh = see(perception, 0, 1)[0].expression
    assert (fresh.availability, fresh.usual_progress) == (Availability.AVAILABLE, 0.0)
