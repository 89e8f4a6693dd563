"""Covers the scores of the synthetic task on made-up states and truths, and its scenarios.

Runs one short scenario through the real pipeline where models and portrait are there.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.enums import Availability, EyesState, Reason
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    AttentionState,
    FaceObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
)
from affect_perception.evaluation.synthetic.built_in_scenarios import built_in
from affect_perception.evaluation.tasks.synthetic import SimFrame, evaluate, score
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.sim.truth import DriverTruth

pytestmark = pytest.mark.unit

_STILL = RigidTransform(np.eye(3), np.zeros(3))


def frame(
    time_s: float,
    yaw: float = 0.0,
    error: float = 0.0,
    eyes: EyesState = EyesState.OPEN,
    *,
    present: bool = True,
    no_face: bool = False,
    shut: bool = False,
) -> SimFrame:
    """State and truth of a driver whose yaw is misread by `error` degrees."""
    stamp = round(time_s * 1e9)
    angle = math.radians(yaw + error)
    head = HeadPose(_STILL, _STILL, angle, 0.0, 0.0, (0.1, 0.1, 0.1), 0.01)
    face = FaceObservation(
        stamp,
        "camera",
        Availability.AVAILABLE,
        (),
        (640, 480),
        ImageQuality(0.5, 0.2, 0.0, 1.0),
        landmarks=None if no_face else np.zeros((478, 3), np.float32),
        head=None if no_face else head,
    )
    reasons = (Reason.NO_FACE,) if no_face else ()
    state = AttentionState(stamp, Availability.AVAILABLE, reasons, face, "p", eyes_state=eyes)
    truth = DriverTruth(stamp, present)
    if present:
        lids = 0.0 if shut else 1.0
        truth = replace(
            truth,
            head_yaw=math.radians(yaw),
            head_pitch=0.0,
            head_roll=0.0,
            lid_opening_left=lids,
            lid_opening_right=lids,
            eyes_closed=shut,
        )
    return SimFrame(state, truth)


def test_head_errors_leave_out_what_is_beyond_the_range() -> None:
    frames = [frame(1.0 + i, yaw, 2.0) for i, yaw in enumerate((-30.0, 0.0, 30.0))]
    frames.append(frame(5.0, 60.0, 40.0))
    values = score("head", frames)
    assert values["mae_deg_yaw_head"] == pytest.approx(2.0)
    assert values["bias_deg_yaw_head"] == pytest.approx(2.0)
    assert values["mae_deg_pitch_head"] == pytest.approx(0.0)
    assert values["head_gain_yaw_head"] == pytest.approx(1.0)


def test_a_missing_pose_lowers_the_rate() -> None:
    frames = [frame(1.0), frame(2.0, no_face=True)]
    values = score("head", frames)
    assert values["found_rate_head"] == pytest.approx(0.5)
    assert values["pose_rate_head"] == pytest.approx(0.5)


def test_delays_start_where_the_truth_does() -> None:
    def at(i: int) -> SimFrame:
        shut = 20 <= i < 30
        return frame(i / 10, shut=shut, eyes=EyesState.CLOSED if 22 <= i < 30 else EyesState.OPEN)

    values = score("closure", [at(i) for i in range(50)])
    assert values["delay_s_eyes_closed_closure"] == pytest.approx(0.2)
    assert values["delay_s_microsleep_alert_closure"] == math.inf


def test_no_face_delay_and_closed_eyes_while_nobody_is_there() -> None:
    def at(i: int) -> SimFrame:
        eyes = EyesState.CLOSED if i == 31 else EyesState.OPEN
        return frame(i / 10, present=i < 30, no_face=i >= 33, eyes=eyes)

    values = score("closure", [at(i) for i in range(50)])
    assert values["delay_s_no_face_closure"] == pytest.approx(0.3)
    assert values["closed_frames_while_nobody_closure"] == 1


def test_built_in_scenarios_cover_the_promised_range() -> None:
    scenarios = built_in()
    assert {"head_sweep", "gaze_steps", "lid_ramps", "closure_and_nobody"} <= set(scenarios)
    angles = np.degrees([key.value[:2] for key in scenarios["head_sweep"].timeline.head])
    assert angles.min(axis=0) == pytest.approx([-35.0, -20.0])
    assert angles.max(axis=0) == pytest.approx([35.0, 20.0])


def test_unknown_scenario_is_named() -> None:
    request = Request(Path("built-in scenarios"), "head_swep", "")
    with pytest.raises(InputError, match="lid_ramps"):
        evaluate(request, Tools())


@pytest.mark.usefixtures("face_models")
def test_a_scenario_of_a_folder_runs_through_the_pipeline(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="the portrait comes with scikit-image")
    (tmp_path / "head_short.yaml").write_text(
        "duration_s: 1.4\ncamera: {rate_hz: 10}\ntimeline:\n"
        "  - {at_s: 0.0, head: {yaw_deg: 10, pitch_deg: 0, over_s: 0}}\n"
    )
    result = evaluate(Request(tmp_path, None, "test"), Tools())
    assert result.n == 14
    assert result.metrics["found_rate_head_short"] == 1.0
    assert result.metrics["mae_deg_yaw_head_short"] < 6.0
