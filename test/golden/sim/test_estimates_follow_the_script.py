"""The estimators on the synthetic driver: head pose, lid opening and gaze follow the script.

Limits are those the package promises for its synthetic driver. They judge renderer and estimators
together; with real people the estimators are judged by the evaluations on data.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.config import PipelineConfig
from affect_perception.core.types import FaceObservation
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver
from affect_perception.sim.truth import DriverTruth

pytestmark = pytest.mark.golden

SCENARIOS = Path(__file__).parents[3] / "config" / "scenarios"
Run = list[tuple[DriverTruth, FaceObservation]]


def play(name: str, portrait: Portrait, step: int) -> Run:
    from affect_perception.core.vision.face_perception import FacePerception
    from affect_perception.inference import load_face_networks
    from affect_perception.io.cabin_file import load_cabin

    cabin = load_cabin("sedan_lhd")
    perception = FacePerception(PipelineConfig(), cabin, load_face_networks())
    driver = SyntheticDriver(Scenario.load(SCENARIOS / f"{name}.yaml"), portrait)
    run = []
    for stamp in driver.stamps()[::step]:
        frame, truth = driver.render(stamp * 1e-9)
        run.append((truth, perception.step(frame)))
    return run


def correlation(pairs: list[tuple[float, float]]) -> float:
    known = np.array([pair for pair in pairs if np.isfinite(pair).all()])
    assert len(known) > 0.9 * len(pairs)  # an eye that winks may be called unusable
    return float(np.corrcoef(known[:, 0], known[:, 1])[0, 1])


def test_head_pose(portrait: Portrait, face_models: Path) -> None:
    run = play("head_sweep", portrait, step=6)
    seen = [(truth, face.head) for truth, face in run if face.head is not None]
    assert len(seen) >= 0.98 * len(run)
    errors = np.degrees(
        [(h.yaw - t.head_yaw, h.pitch - t.head_pitch, h.roll - t.head_roll) for t, h in seen]
    )
    assert (np.abs(errors).mean(axis=0) <= 3.0).all()


def test_lid_opening(portrait: Portrait, face_models: Path) -> None:
    run = play("lids", portrait, step=2)
    for side in ("right", "left"):
        pairs = [
            (getattr(t, f"lid_opening_{side}"), getattr(f, f"{side}_eye").openness) for t, f in run
        ]
        assert correlation(pairs) >= 0.95


def test_gaze(portrait: Portrait, face_models: Path) -> None:
    run = play("gaze_sweep", portrait, step=3)
    nan = float("nan")
    yaw = [(t.gaze_yaw, f.gaze.yaw if f.gaze is not None else nan) for t, f in run]
    pitch = [(t.gaze_pitch, f.gaze.pitch if f.gaze is not None else nan) for t, f in run]
    assert correlation(yaw) >= 0.9
    assert correlation(pitch) >= 0.9


def test_gaze_steps_with_turned_head(portrait: Portrait, face_models: Path, tmp_path: Path) -> None:
    """Glances to all sides, the far ones with the head: pitch must not rise with sideways gaze."""
    from affect_perception.evaluation.synthetic.built_in_scenarios import gaze_steps

    (tmp_path / "steps.yaml").write_text(gaze_steps())
    run = [pair for pair in play(str(tmp_path / "steps"), portrait, step=2) if pair[1].gaze]
    truth = np.degrees([(t.gaze_yaw, t.gaze_pitch) for t, _ in run])
    seen = np.degrees([(f.gaze.yaw, f.gaze.pitch) for _, f in run if f.gaze is not None])
    for axis in (0, 1):
        assert np.corrcoef(truth[:, axis], seen[:, axis])[0, 1] >= 0.9
    columns = np.column_stack([np.ones(len(truth)), np.abs(truth[:, 0]), truth[:, 1]])
    offset, per_yaw, _ = np.linalg.lstsq(columns, seen[:, 1], rcond=None)[0]
    assert abs(offset) < 4.0
    assert abs(per_yaw) < 0.25


def test_an_empty_seat_has_no_face_and_a_return_is_seen(
    portrait: Portrait, face_models: Path, tmp_path: Path
) -> None:
    (tmp_path / "leave.yaml").write_text(
        "duration_s: 6.0\ntimeline:\n"
        "  - {at_s: 1.0, label: leaving, driver: {present: false, over_s: 0.5}}\n"
        "  - {at_s: 4.0, label: returning, driver: {present: true, over_s: 0.5}}\n"
    )
    run = play(str(tmp_path / "leave"), portrait, step=3)
    for truth, face in run:
        seconds = truth.stamp_ns * 1e-9
        if seconds < 1.0 or seconds > 4.8:
            assert face.head is not None
        if 1.8 < seconds < 4.0:
            assert not truth.present
            assert face.head is None
