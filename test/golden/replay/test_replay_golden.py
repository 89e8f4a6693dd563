"""Covers a short scenario through synthetic driver and real pipeline: the states, and their bytes.

The stored states hold what the pipeline said when they were written; `--update-golden` writes them
anew after a change that is meant. Tolerances leave room for other processors and library versions.
Leaves to others: accuracy (test/data, docs/scorecard.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from affect_perception.cli.main import main
from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.io.table import Columns, read_parquet

pytestmark = pytest.mark.golden

HERE = Path(__file__).parent
SCENARIO = HERE / "short.yaml"
STORED = HERE / "short_states.json"

NUMBERS = {
    "head_yaw": 0.03,
    "head_pitch": 0.03,
    "head_roll": 0.03,
    "gaze_yaw": 0.06,
    "gaze_pitch": 0.06,
    "left_eye_openness": 0.12,
    "right_eye_openness": 0.12,
    "attention_buffer": 0.15,
    "off_road_duration": 0.15,
    "eye_closure_duration": 0.15,
}
"""Compared columns and their tolerance in the column's unit (rad, 1, s)."""

FACES = {
    **{f"expression.probability_{name}": 0.15 for name in AFFECT_CLASSES},
    "expression.class_entropy": 0.15,
    "expression.valence": 0.2,
    "expression.arousal": 0.2,
    "expression.age": 0.11,
    "expression.usual_progress": 0.02,
}
"""The same of the faces; an age may be that of a look earlier or later."""

WORDS = ("availability", "eyes_state", "eyes_on_road", "alert_level", "blink_count")
"""Compared columns that change in steps: a change may come a picture earlier or later."""

AGREE = 0.95
"""Share of the pictures in which a column has to agree."""

FACE_WORDS = ("expression.availability",)

FILES = (
    "states.mcap",
    "states.parquet",
    "faces.parquet",
    "truth.parquet",
    "report.html",
    "report.png",
)


@pytest.fixture(scope="module")
def out(face_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    assert main(["replay", str(SCENARIO), "--out", str(folder), "--no-progress"]) == 0
    return folder


def condensed(states: Columns, faces: Columns) -> dict[str, list]:
    table = {}
    for columns, numbers, words in ((states, NUMBERS, WORDS), (faces, FACES, FACE_WORDS)):
        table |= {name: np.round(columns[name].astype(float), 4).tolist() for name in numbers}
        table |= {name: columns[name].tolist() for name in words}
    return {
        name: [None if value != value else value for value in column]
        for name, column in table.items()
    }


def test_states_are_those_stored(out: Path, request: pytest.FixtureRequest) -> None:
    now = condensed(read_parquet(out / "states.parquet"), read_parquet(out / "faces.parquet"))
    if request.config.getoption("--update-golden"):
        STORED.write_text(json.dumps(now, indent=None, separators=(",", ":")) + "\n")
    stored = json.loads(STORED.read_text())
    assert set(now) == set(stored)
    wrong = {}
    for name, column in now.items():
        tolerance = (NUMBERS | FACES).get(name, 0.0)
        agree = [_agrees(a, b, tolerance) for a, b in zip(column, stored[name], strict=True)]
        if np.mean(agree) < AGREE:
            wrong[name] = f"{np.mean(agree):.3f}, first at picture {agree.index(False)}"
    assert not wrong


def _agrees(a: float | None, b: float | None, tolerance: float) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= tolerance + 1e-6


def test_the_script_is_seen(out: Path) -> None:
    """Not only the same as before, but right."""
    summary = json.loads((out / "summary.json").read_text())
    events = summary["events"]
    assert summary["frames"] == 120
    assert len(events["blinks"]) == 1
    [closure] = events["eye_closures"]
    assert closure["start_s"] == pytest.approx(4.7, abs=0.25)
    assert closure["end_s"] == pytest.approx(6.1, abs=0.25)
    assert any(2.0 <= e["start_s"] <= 2.5 for e in events["glances_off_road"])
    [absence] = events["no_face"]
    assert absence["start_s"] == pytest.approx(6.9, abs=0.4)
    assert [a for a in summary["alerts"] if "microsleep" in a["reasons"]]


def test_the_expression_is_known_while_the_face_is_suited(out: Path) -> None:
    """It smiles in the portrait, and the usual look has not been learned for long."""
    faces = read_parquet(out / "faces.parquet")
    known = np.isfinite(faces["expression.valence"])
    assert known.mean() > 0.5
    shares = [faces[f"expression.probability_{name}"] for name in AFFECT_CLASSES]
    assert np.sum(shares, axis=0)[known] == pytest.approx(np.ones(known.sum()), abs=1e-5)
    assert np.isnan(np.array(shares)[:, ~known]).all()
    assert (faces["expression.age"][known] <= 1.5).all()
    summary = json.loads((out / "summary.json").read_text())["expression"]
    assert summary["available"] == pytest.approx(known.mean(), abs=1e-3)
    assert summary["reasons"]["no_face"] > 0.0


def test_two_replays_give_the_same_bytes(out: Path, tmp_path: Path) -> None:
    """The second one runs in a process of its own with another hash seed."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "affect_perception.cli.main",
            "replay",
            str(SCENARIO),
            "--out",
            str(tmp_path),
            "--no-progress",
        ],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
    )
    for name in FILES:
        assert digest(out / name) == digest(tmp_path / name), name
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in (out, tmp_path)]
    for summary in summaries:
        assert summary.pop("times")["per_frame_ms"]["median"] > 0
    assert summaries[0] == summaries[1]


def test_a_bag_of_the_same_pictures_gives_the_same_states(
    face_models: Path, tmp_path: Path
) -> None:
    """Through a bag twice; pictures lose a little in JPEG, so states differ from the scenario's."""
    bag = tmp_path / "short.mcap"
    assert main(["simulate", str(SCENARIO), "--out", str(bag)]) == 0
    for name in ("a", "b"):
        assert main(["replay", str(bag), "--out", str(tmp_path / name), "--no-progress"]) == 0
    assert digest(tmp_path / "a" / "states.mcap") == digest(tmp_path / "b" / "states.mcap")
    summary = json.loads((tmp_path / "a" / "summary.json").read_text())
    assert summary["frames"] == 120
    assert len(summary["events"]["eye_closures"]) == 1


def test_video_of_a_scenario_can_be_replayed(face_models: Path, tmp_path: Path) -> None:
    video, out = tmp_path / "short.mp4", tmp_path / "out"
    assert main(["simulate", str(SCENARIO), "--out", str(video)]) == 0
    truth = read_parquet(tmp_path / "short.truth.parquet")
    assert len(truth["stamp_ns"]) == 120
    assert main(["replay", str(video), "--out", str(out), "--no-progress"]) == 0
    states = read_parquet(out / "states.parquet")
    # The container counts in its own time base; stamps stay within a millisecond of the truth's.
    assert len(states["stamp_ns"]) == 120
    steps = np.diff(states["stamp_ns"]) - np.diff(truth["stamp_ns"])
    assert np.abs(steps).max() < 1_000_000
    assert json.loads((out / "summary.json").read_text())["tracked_frames"] > 90


def test_name_of_a_shipped_scenario(face_models: Path, tmp_path: Path) -> None:
    arguments = ["replay", "demo", "--out", str(tmp_path), "--limit", "0.5", "--no-progress"]
    assert main(arguments) == 0
    assert json.loads((tmp_path / "summary.json").read_text())["input"] == "demo"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
