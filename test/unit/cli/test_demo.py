"""Covers what the demo shows and writes, in process; and its child processes with a stand-in.

Leaves to others: the nodes (test/ros), what the pipeline sees (test/golden).
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from fake_replay import SECOND, START, FakePipeline, fake_truth

from affect_perception.cli import demo_here
from affect_perception.cli.demo_processes import NodeProcess
from affect_perception.cli.demo_view import (
    LiveView,
    PlainView,
    alert_words,
    state_kind,
    state_words,
    truth_kind,
)
from affect_perception.cli.main import main
from affect_perception.core.types import CameraFrame
from affect_perception.evaluation.replay.live import LiveRecorder, Moment
from affect_perception.evaluation.replay.run import Setting
from affect_perception.io.message_fields import attention_fields, face_fields
from affect_perception.io.table import read_parquet

pytestmark = pytest.mark.unit


def moments(seconds: float):
    pipeline = FakePipeline()
    for index, truth in enumerate(fake_truth(seconds)):
        frame = CameraFrame(START + round(index / 30 * SECOND), np.zeros((4, 4), np.uint8))
        face, state = pipeline.step(frame)
        yield Moment(attention_fields(state, latency=0.012), truth), face_fields(face)


@pytest.mark.parametrize(
    ("t", "kind", "words"),
    [
        (1.0, "road", "on road: windscreen"),
        (14.0, "away", "off road: lap phone 2.0 s"),
        (22.0, "nobody", "nobody seen"),
    ],
)
def test_state_in_words(t: float, kind: str, words: str) -> None:
    frame = CameraFrame(START + round(t * SECOND), np.zeros((4, 4), np.uint8))
    state = attention_fields(FakePipeline().step(frame)[1])
    assert (state_kind(state), state_words(state)) == (kind, words)


def test_alert_and_truth_in_words() -> None:
    frame = CameraFrame(START + 16 * SECOND, np.zeros((4, 4), np.uint8))
    assert alert_words(attention_fields(FakePipeline().step(frame)[1])) == (
        "warning: long distraction"
    )
    truth = fake_truth(24.0)
    assert [truth_kind(truth[i]) for i in (30, 14 * 30, 22 * 30)] == ["road", "away", "nobody"]


def test_plain_view_prints_changes_only(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainView() as view:
        for moment, _ in moments(24.0):
            view.show(moment)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 10
    assert any("off road: lap phone" in line for line in lines)
    assert any("warning: long distraction" in line for line in lines)
    assert "nobody seen" in lines[-1]


def test_live_view_shows_state_and_script(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "120")
    with LiveView("live", 24.0) as view:
        for moment, _ in moments(24.0):
            view.show(moment)
    text = screen.getvalue()
    assert "script" in text
    assert "nobody" in text
    assert "12 ms picture to attention" in text


def test_recorder_writes_what_a_replay_writes(tmp_path: Path) -> None:
    with LiveRecorder("live", Setting.load(), tmp_path) as recorder:
        for moment, face in moments(24.0):
            recorder.add_face(face)
            recorder.add(moment)
    summary = recorder.finish()
    assert (summary["frames"], summary["tracked_frames"]) == (720, 600)
    assert summary["times"] == {"latency_ms": {"median": 12.0, "p99": 12.0}}
    assert {p.name for p in tmp_path.iterdir()} == {
        "states.mcap",
        "states.parquet",
        "faces.parquet",
        "truth.parquet",
        "summary.json",
        "report.html",
        "report.png",
        "gaze_map.png",
    }
    for table in ("states.parquet", "faces.parquet"):
        assert len(read_parquet(tmp_path / table)["stamp_ns"]) == 720


class BusyMachine:
    """Stands in for the module `time`: each picture takes 0.14 s, whatever machine this is."""

    def __init__(self) -> None:
        self._now_ns = START

    def time_ns(self) -> int:
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        self._now_ns += round((seconds + 0.14) * SECOND)


def test_demo_in_process(
    face_models: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo_here, "time", BusyMachine())
    out = ["--out", str(tmp_path)]
    assert main(["demo", "--no-ros", "--seconds", "1.5", *out]) == 0
    said = capsys.readouterr().out
    assert "on road" in said
    assert str(tmp_path / "report.html") in said
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["seconds"] == pytest.approx(1.5, abs=0.1)
    # A busy machine drops pictures (31 were due); nearly all that were looked at show the driver.
    assert summary["frames"] == 12
    assert summary["tracked_frames"] > max(3, 0.8 * summary["frames"])


def test_camera_that_is_not_there(
    face_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["demo", "--camera", str(tmp_path / "video99"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "no camera" in capsys.readouterr().err
    assert not (tmp_path / "out" / "states.mcap").exists()


@pytest.mark.parametrize("value", ["0", "-3", "nan"])
def test_seconds_must_be_positive(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--no-ros", f"--seconds={value}"]) == 2
    assert "not positive" in capsys.readouterr().err


def test_node_process_keeps_the_log_and_ends(tmp_path: Path) -> None:
    with NodeProcess("no_such_node", [], tmp_path) as process:
        process._process.wait(20)  # type: ignore[union-attr]
        assert not process.alive()
        assert "no_such_node" in process.last_words()
        assert str(tmp_path / "no_such_node.log") in process.last_words()
