"""The node keeps the driver's baseline in a file only when asked, and says so.

The pipeline is a stand-in with a baseline; the file itself is tested in test_baseline_file.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from lifecycle_msgs.msg import State
from rclpy.lifecycle import TransitionCallbackReturn
from ros_harness import EchoPipeline, Harness

from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.io.baseline_file import read_baseline, write_baseline
from affect_perception.io.cabin_file import load_cabin

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
KNOWN = BaselineSnapshot((0.05, -0.08), (0.01, -0.1, 0.02), 120.0, 110.0)
CABIN = load_cabin("sedan_lhd")


class Learned(EchoPipeline):
    """A pipeline that knows its driver, and remembers whether it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.restored: list[BaselineSnapshot] = []
        self.asked = 0

    def restore(self, snapshot: BaselineSnapshot) -> None:
        self.restored.append(snapshot)

    def snapshot(self) -> BaselineSnapshot:
        self.asked += 1
        return KNOWN


def drive(pipeline: Learned, **parameters: object) -> str:
    """Starts and ends a node; returns what diagnostics say about privacy."""
    with Harness(pipeline, **parameters) as h:
        assert h.node.trigger_configure() == OK
        assert h.node.trigger_activate() == OK
        privacy = str(h.node.report().values["privacy"])
        assert h.node.trigger_deactivate() == OK
    return privacy


def test_by_default_nothing_is_read_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pipeline = Learned()
    assert "kept" not in drive(pipeline)
    assert pipeline.asked == 0
    assert pipeline.restored == []
    assert list(tmp_path.iterdir()) == []


def test_asked_to_it_reads_at_the_start_and_writes_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    first = Learned()
    privacy = drive(first, baseline__file=str(path))
    assert str(path) in privacy
    assert first.restored == []
    kept = read_baseline(path, CABIN)
    assert kept.road_ahead == pytest.approx(KNOWN.road_ahead, abs=1e-4)
    second = Learned()
    drive(second, baseline__file=str(path))
    assert second.restored == [kept]


def test_it_writes_when_the_process_ends_without_a_transition(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    with Harness(Learned(), baseline__file=str(path)) as h:
        assert h.node.trigger_configure() == OK
        assert h.node.trigger_activate() == OK
        h.node.close()
        assert path.exists()
        path.unlink()
        h.node.close()
        assert not path.exists()


def test_a_damaged_file_starts_afresh_and_a_wrong_place_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    path.write_text("{")
    pipeline = Learned()
    drive(pipeline, baseline__file=str(path))
    assert pipeline.restored == []
    # What was learned in this drive has replaced the damaged file.
    assert read_baseline(path, CABIN).road_ahead is not None
    with Harness(Learned(), baseline__file=str(tmp_path)) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert "baseline.file" in h.node.problem
        assert h.node.state_id == State.PRIMARY_STATE_UNCONFIGURED


def test_a_file_of_another_cabin_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, load_cabin("webcam"))
    pipeline = Learned()
    drive(pipeline, baseline__file=str(path))
    assert pipeline.restored == []
