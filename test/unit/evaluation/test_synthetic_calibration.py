"""The calibration split of the synthetic task: that turning what was seen is what a turned camera
does, and that the scores show a learned baseline. Leaves the figures themselves to the scorecard.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from face_fakes import CAMERA, NS, square_networks, squares
from observations import CABIN, gaze, head

from affect_perception.core.config import BaselineConfig, PipelineConfig
from affect_perception.core.driver_baseline.rotate import turn_to
from affect_perception.core.enums import Availability
from affect_perception.core.types import (
    CameraFrame,
    FaceObservation,
    ImageQuality,
    RigidTransform,
)
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.zones import locate
from affect_perception.evaluation.synthetic import calibration as synthetic_calibration
from affect_perception.sim.truth import DriverTruth

pytestmark = pytest.mark.unit

STILL = (0.0, 0.0)


def seen_by(cabin) -> FaceObservation:
    path = FacePerception(PipelineConfig(), cabin, square_networks())
    image = squares((330, 230, 130))
    return [path.step(CameraFrame(i * NS // 10, image, "camera", CAMERA)) for i in range(3)][-1]


@pytest.mark.parametrize("turn", [(5.0, -4.0), (-3.0, 6.0)])
def test_turning_what_was_seen_is_what_a_turned_camera_shows(turn):
    rotation = turn_to(*np.radians(turn).tolist())
    pose = RigidTransform(rotation @ CABIN.camera.rotation, CABIN.camera.translation)
    real = seen_by(dataclasses.replace(CABIN, camera=pose))
    found = synthetic_calibration.turned(seen_by(CABIN), CABIN.camera.translation, turn, STILL)
    # Lids are judged by the pitch of the head in the cabin, which leaves a tenth of a degree.
    assert found.gaze.direction == pytest.approx(real.gaze.direction, abs=0.005)
    assert found.gaze.origin == pytest.approx(real.gaze.origin)
    assert (found.gaze.yaw, found.gaze.pitch) == pytest.approx(
        (real.gaze.yaw, real.gaze.pitch), abs=0.005
    )
    assert (found.head.yaw, found.head.pitch, found.head.roll) == pytest.approx(
        (real.head.yaw, real.head.pitch, real.head.roll)
    )
    assert found.head.in_cabin.translation == pytest.approx(real.head.in_cabin.translation)


def test_a_turned_gaze_leaves_the_head():
    face = seen_by(CABIN)
    found = synthetic_calibration.turned(face, CABIN.camera.translation, STILL, (4.0, 0.0))
    assert found.gaze.yaw != pytest.approx(face.gaze.yaw)
    assert found.gaze.origin == pytest.approx(face.gaze.origin)
    assert found.head.yaw == pytest.approx(face.head.yaw)


def drive(rate: float = 5.0):
    """A driver who looks at the road, and every tenth second at the cluster."""
    quality, pairs = ImageQuality(0.5, 0.2, 0.0, 100.0), []
    for index in range(round(synthetic_calibration.DURATION_S * rate)):
        stamp = round(index / rate * 1e9)
        road = index / rate % 10.0 < 9.0
        look = (0.0, math.radians(-1.0)) if road else (0.0, -0.34)
        face = FaceObservation(
            stamp, "camera", Availability.AVAILABLE, (), (640, 480), quality,
            track_id=1, head=head(), gaze=gaze(look),
        )  # fmt: skip
        truth = DriverTruth(
            stamp, True, (0.0, 0.0, 0.0), 0.0, 0.0, 0.0, *look, "road" if road else "cluster"
        )
        pairs.append((face, truth))
    return pairs


def test_the_scores_show_what_was_learned():
    pairs = drive()
    config = BaselineConfig()
    fixed = dataclasses.replace(config, road_ahead="fixed")
    turns = ((5, -4),), ((0, 9),)
    learned = synthetic_calibration._all_turns(pairs, CABIN, config, *turns)
    blind = synthetic_calibration._all_turns(pairs, CABIN, fixed, *turns)
    for kind in ("camera", "person"):
        assert blind[f"gaze_bias_deg_calibration_{kind}"] > 5.0
        assert learned[f"gaze_bias_deg_calibration_{kind}"] < 0.5
        assert 10.0 <= learned[f"time_s_first_offset_calibration_{kind}"] < 20.0
        assert 60.0 <= learned[f"time_s_known_calibration_{kind}"] < 90.0
        assert learned[f"balanced_accuracy_calibration_{kind}"] > 0.95
    assert blind["balanced_accuracy_worst_calibration_person"] < 0.9


def test_the_scenario_looks_at_what_it_says():
    script = synthetic_calibration.scenario()
    targets = {key.goal.target for key in script.timeline.gaze}
    assert targets == {
        "road", "mirror_interior", "cluster", "mirror_driver_side", "infotainment",
    }  # fmt: skip
    assert script.duration_s == synthetic_calibration.DURATION_S
    assert locate(gaze((0.0, math.radians(-1.0))), CABIN).name == "windscreen"
