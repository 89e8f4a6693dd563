"""A replay reads and writes the driver's baseline only when the parameters name a file.

Drawn squares instead of pictures of people. The file itself is tested in test_baseline_file.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from face_fakes import CAMERA, NS, STILL, square_networks, squares
from observations import CABIN
from profiles import profile

from affect_perception.core.config import BaselineConfig, NodeConfig, PipelineConfig
from affect_perception.core.types import CameraFrame
from affect_perception.evaluation.replay.run import Setting, run_replay
from affect_perception.io.baseline_file import read_baseline
from affect_perception.io.events import BadFrame, Event

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("without_pictures")]

DRIVER = squares((320, 240, 130))


class Squares:
    """Ten seconds of one square."""

    name = "squares"
    frames = 100

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        del on_bad_frame
        for index in range(self.frames):
            yield CameraFrame(index * NS // 10, DRIVER, "camera", CAMERA)


def drive(out: Path, file: str) -> None:
    quick = BaselineConfig(ahead_time=5.0, ahead_start=1.0, ahead_limit_deg=40.0, file=file)
    config = replace(PipelineConfig(), baseline=quick, image_quality=STILL)
    setting = Setting(config, NodeConfig(), CABIN, profile(config.attention.profile))
    run_replay(Squares(), setting, square_networks, out)


def test_nothing_is_kept_by_default(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    drive(tmp_path / "out", "")
    assert not [path for path in tmp_path.rglob("*") if "baseline" in path.name]
    assert "kept" not in caplog.text


def test_a_named_file_is_written_and_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "baseline.json"
    drive(tmp_path / "first", str(path))
    assert "starts afresh" in caplog.text
    assert f"written to {path}" in caplog.text
    kept = read_baseline(path, CABIN)
    assert kept.road_ahead is not None
    assert kept.head_rest is not None
    caplog.clear()
    drive(tmp_path / "second", str(path))
    assert f"read from {path}" in caplog.text
