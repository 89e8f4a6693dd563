"""Covers the readers and scores of eye crops, infrared eyes, night frames and drawn lids.

Small folders and hand-made answers; leaves the networks on real pictures to test/data.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.core.enums import EyesState, Reason
from affect_perception.core.errors import InputError, ModelMissingError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import EyeObservation
from affect_perception.evaluation.datasets.eye_crops import (
    DEVELOPMENT_FROM,
    InfraredEye,
    read_eye_states,
    read_infrared_eyes,
)
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample
from affect_perception.evaluation.datasets.night_frames import NightFrame, read_night_frames
from affect_perception.evaluation.tasks import eye_states, eyes, eyes_infrared, eyes_night
from affect_perception.evaluation.tasks.lid_opening import LidRow, drawn_opening
from affect_perception.evaluation.tasks.lid_opening import score as score_lids
from affect_perception.evaluation.tools import Request, Tools

pytestmark = pytest.mark.unit

IR_HEADER = (
    "file,subject,side,frame,pupil_cx,pupil_cy,pupil_axis_a,pupil_axis_b,iris_axis_a,iris_axis_b\n"
)


class FlatIsClosed:
    """An eye network: closed where the patch shows nothing."""

    name = "fake"

    def run(self, *inputs):
        patches = inputs[0].astype(np.float32)
        count = len(patches)
        logit = np.where(patches.std(axis=(1, 2, 3)) > 10.0, -5.0, 5.0)
        state = np.stack([logit, np.full(count, 5.0)], axis=1).astype(np.float32)
        return np.zeros((count, 4), np.float32), np.zeros((count, 2), np.float32), state


def tools() -> Tools:
    made = Tools()
    made.networks = FaceNetworks(*([FlatIsClosed()] * 3), eyes=FlatIsClosed())
    made.model = "fake"
    return made


def eye_picture(path: Path, *, pupil: tuple[int, int] | None = None, side: int = 200) -> None:
    """Skin, with a dark disk in a grey one if there is a pupil."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((side, side), 190, np.uint8)
    if pupil is not None:
        cv2.circle(image, pupil, side // 3, 120, -1)
        cv2.circle(image, pupil, side // 10, 15, -1)
    cv2.imwrite(str(path), image)


def test_eye_states_are_numbered_and_know_what_was_trained_on(tmp_path: Path) -> None:
    for name in ("open", "closed"):
        for number in (3, DEVELOPMENT_FROM[name]):
            eye_picture(tmp_path / name / f"{number:04d}.png")
    samples = read_eye_states(tmp_path)
    assert [(s.closed, s.number, s.unseen) for s in samples] == [
        (False, 3, False),
        (False, 464, True),
        (True, 3, False),
        (True, 464, True),
    ]
    (tmp_path / "open" / "eye.png").touch()
    with pytest.raises(InputError, match="number"):
        read_eye_states(tmp_path)


def test_only_unseen_crops_are_scored_unless_all_are_asked_for(tmp_path: Path) -> None:
    for number in (1, 464, 700):
        eye_picture(tmp_path / "open" / f"{number}.png", pupil=(100, 112))
        eye_picture(tmp_path / "closed" / f"{number}.png")
    result = eyes.evaluate(Request(tmp_path, None, "c"), tools())
    assert (result.n, result.split) == (4, "unseen")
    assert result.metrics["accuracy"] == 1.0
    assert result.baselines["always_open"]["accuracy"] == 0.5
    assert eyes.evaluate(Request(tmp_path, "all", "c"), tools()).n == 6
    with pytest.raises(InputError, match="unseen, development, all"):
        eyes.evaluate(Request(tmp_path, "blue", "c"), tools())


def test_a_missing_eye_network_is_an_error_and_not_a_zero(tmp_path: Path) -> None:
    eye_picture(tmp_path / "open" / "500.png")
    eye_picture(tmp_path / "closed" / "500.png")
    made = tools()
    made.networks = FaceNetworks(*([FlatIsClosed()] * 3))
    with pytest.raises(ModelMissingError):
        eye_states.evaluate(Request(tmp_path, None, "c"), made)


def test_infrared_windows_carry_the_pupil_along(tmp_path: Path) -> None:
    eye_picture(tmp_path / "images" / "a.png", pupil=(104, 97))
    (tmp_path / "labels.csv").write_text(
        IR_HEADER + "a.png,s1,left,0,104,97,40,40,,\n", encoding="utf-8"
    )
    (sample,) = read_infrared_eyes(tmp_path)
    assert sample.iris_diameter is None
    rng = np.random.default_rng(3)
    for _ in range(20):
        window = eyes_infrared.window_of(sample, rng)
        assert 24 <= window.grey.shape[0] == window.grey.shape[1] <= 60
        x, y = (round(v) for v in window.pupil)
        assert window.grey[y, x] < 40
    result = eyes.evaluate(Request(tmp_path, None, "c"), tools())
    assert result.metrics["false_closed_rate"] == 0.0
    assert result.metrics["pupil_error_px"] < 0.4
    assert result.metrics["pupil_error_px"] < result.baselines["always_middle"]["pupil_error_px"]
    again = eyes.evaluate(Request(tmp_path, None, "c"), tools())
    assert again.to_json() == result.to_json()


def test_a_pupil_that_is_not_found_is_not_an_error_of_zero() -> None:
    sample = InfraredEye(Path("a.png"), "s1", "left", (10.0, 10.0), 5.0, None)
    window = eyes_infrared.Window(sample, np.zeros((24, 24), np.uint8), (10.0, 10.0), 20.0)
    values = eyes_infrared.pupil_errors([window, window], [(13.0, 14.0), None])
    assert values["pupil_error_px"] == pytest.approx(5.0)
    assert values["pupil_error_over_iris"] == pytest.approx(0.25)
    assert values["pupil_found_rate"] == 0.0


def test_night_frames_come_in_order_with_stamps_of_their_recording(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        eye_picture(tmp_path / "images" / name)
    table = tmp_path / "labels.csv"
    header = "file,subject,source_frame,eyes,head,note\n"
    table.write_text(header + "b.png,s1,130,closed,up,\na.png,s1,100,narrow,up,\n", "utf-8")
    first, second = read_night_frames(tmp_path)
    assert (first.eyes, second.eyes) == ("narrow", "closed")
    assert second.stamp_ns - first.stamp_ns == pytest.approx(1e9, abs=2)
    table.write_text(header + "a.png,s1,100,asleep,up,\n", "utf-8")
    with pytest.raises(InputError, match="asleep"):
        read_night_frames(tmp_path)


def night(label: str, eyes: EyesState, *reasons: Reason) -> eyes_night.NightRow:
    unseen = EyeObservation.unusable("glare")
    return eyes_night.NightRow(
        NightFrame(Path("a.jpg"), "s1", 0, label), eyes, reasons, unseen, unseen
    )


def test_closed_and_told_are_told_apart() -> None:
    values = eyes_night.score(
        [
            night("closed", EyesState.CLOSED),
            night("closed", EyesState.UNKNOWN, Reason.GLARE),
            night("closed", EyesState.OPEN),
            night("covered_one_eye", EyesState.OPEN, Reason.FACE_OCCLUDED),
            night("uncertain", EyesState.OPEN, Reason.INTRINSICS_ASSUMED),
            night("narrow", EyesState.CLOSED),
        ]
    )
    assert values["recall_closed"] == pytest.approx(1 / 3)
    assert values["closed_or_told_rate"] == pytest.approx(2 / 3)
    assert values["recall_covered"] == 1.0
    assert values["glare_told_rate"] == 0.0
    assert values["false_closed_rate"] == 1.0


def test_drawn_lids_over_the_width_of_the_eye() -> None:
    points = np.zeros((68, 2))
    points[[36, 39]] = (0, 0), (30, 0)
    points[[37, 41]] = (10, -5), (10, 4)
    points[[38, 40]] = (20, -6), (20, 3)
    assert drawn_opening(points, "right") == pytest.approx(0.3)


def test_lids_that_cannot_be_judged_lower_the_rate_and_not_the_correlation() -> None:
    sample = LandmarkSample(Path("a.jpg"), "helen", np.zeros((68, 2)))
    truth = (0.1, 0.2, 0.3, 0.4)
    rows = [LidRow(sample, "left", t, math.nan, math.nan) for t in truth]
    values = score_lids(rows, [0.3, 0.5, 0.7, math.nan])
    assert values["corr_lid"] == pytest.approx(1.0)
    assert values["judged_rate"] == 0.75
