"""The file of the driver's baseline: what is in it, when it is used, and how it is written.

Covers `io/baseline_file.py` without ROS; that the node writes only when asked is in
test/ros/test_baseline_kept.py.
"""

from __future__ import annotations

import json
import math
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from observations import CABIN

from affect_perception.core.cabin import look_at
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.errors import ConfigError, InputError
from affect_perception.io.baseline_file import (
    BaselineFile,
    read_baseline,
    start_baseline,
    write_baseline,
)

pytestmark = pytest.mark.unit

KNOWN = BaselineSnapshot(
    (math.radians(3.5), math.radians(-6.0)),
    (math.radians(1.0), math.radians(-8.0), math.radians(2.0)),
    212.0,
    190.0,
)


class Learner:
    """Something with a baseline."""

    def __init__(self, knows: BaselineSnapshot = KNOWN) -> None:
        self.knows = knows
        self.restored: list[BaselineSnapshot] = []

    def restore(self, snapshot: BaselineSnapshot) -> None:
        self.restored.append(snapshot)

    def snapshot(self) -> BaselineSnapshot:
        return self.knows


def close(a: BaselineSnapshot, b: BaselineSnapshot) -> bool:
    flat = [
        (*(s.road_ahead or ()), *(s.head_rest or ()), s.road_seconds, s.head_seconds)
        for s in (a, b)
    ]
    return flat[0] == pytest.approx(flat[1], abs=1e-4)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    assert close(read_baseline(path, CABIN), KNOWN)
    write_baseline(path, BaselineSnapshot(), CABIN)
    assert read_baseline(path, CABIN) == BaselineSnapshot()


def test_the_file_holds_angles_and_durations_and_nothing_of_the_face(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    assert set(json.loads(path.read_text())) == {
        "format", "version", "cabin", "camera",
        "road_ahead_deg", "road_seconds", "head_rest_deg", "head_seconds",
    }  # fmt: skip
    assert path.stat().st_size < 1000


def test_only_the_owner_may_read_it_and_no_scrap_is_left(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "driver.json"
    kept = BaselineFile(path, CABIN)
    assert "written" in kept.save(Learner())
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = kept.save(Learner(replace(KNOWN, road_ahead=(0.0, 0.0))))
    assert "No space left" in told
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_drive_starts_from_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    first, second = Learner(), Learner(BaselineSnapshot())
    assert "starts afresh" in BaselineFile(path, CABIN).load(first)
    assert first.restored == []
    BaselineFile(path, CABIN).save(first)
    kept = BaselineFile(path, CABIN)
    assert "read from" in kept.load(second)
    assert close(second.restored[0], KNOWN)
    before = path.read_bytes()
    assert "too short" in kept.save(second)
    assert path.read_bytes() == before


def test_what_a_drive_does_not_know_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    kept = BaselineFile(path, CABIN)
    later = Learner(BaselineSnapshot(road_ahead=(0.05, 0.05), road_seconds=70.0))
    kept.load(later)
    kept.save(later)
    merged = read_baseline(path, CABIN)
    assert merged.road_ahead == pytest.approx((0.05, 0.05), abs=1e-4)
    assert merged.head_rest == pytest.approx(KNOWN.head_rest, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b"[" * 50000, "damaged"),
        (b"[1, 2]", "not a baseline file"),
        (b"x" * 100000, "far too large"),
        ({"format": "something"}, "not a baseline file"),
        ({"version": 2}, "version 2, this program reads 1"),
        ({"cabin": "truck"}, "for cabin 'truck', this is 'small'"),
        ({"camera": None}, "camera at another place"),
        ({"camera": [1, 2]}, "camera is not 12 numbers"),
        ({"road_ahead_deg": [1.0]}, "road_ahead_deg is not 2 numbers"),
        ({"road_ahead_deg": ["a", "b"]}, "road_ahead_deg is not 2 numbers"),
        ({"road_ahead_deg": [1.0, True]}, "road_ahead_deg is not 2 numbers"),
        ({"head_rest_deg": [0.0, 0.0, 170.0]}, "head_rest"),
        ({"head_rest_deg": [0.0, 0.0, math.inf]}, "head_rest_deg"),
        ({"road_seconds": "long"}, "road_seconds is no number"),
        ({"head_seconds": -3.0}, "head_seconds"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_nobody_is_stopped(
    change: bytes | dict[str, object], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    if isinstance(change, bytes):
        path.write_bytes(change)
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=why):
        read_baseline(path, CABIN)
    learner = Learner()
    told = BaselineFile(path, CABIN).load(learner)
    assert "starts afresh" in told
    assert why in told
    assert learner.restored == []


def test_a_camera_that_was_moved_in_the_cabin_file_makes_the_angles_void(tmp_path: Path) -> None:
    path = tmp_path / "driver.json"
    write_baseline(path, KNOWN, CABIN)
    moved = replace(CABIN, camera=look_at((0.65, 0.1, -0.1), (0.0, 0.0, 0.0)))
    with pytest.raises(InputError, match="camera at another place"):
        read_baseline(path, moved)


def test_a_place_where_no_file_can_be_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"baseline\.file.*is a folder"):
        BaselineFile(tmp_path, CABIN)
    with pytest.raises(ConfigError, match=r"baseline\.file.*no such folder"):
        BaselineFile(tmp_path / "none" / "driver.json", CABIN)


def test_without_a_name_nothing_is_opened_and_with_one_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    assert start_baseline("", CABIN, Learner(), said.append) is None
    assert said == []
    kept = start_baseline(str(tmp_path / "driver.json"), CABIN, Learner(), said.append)
    assert kept is not None
    assert len(said) == 1
    assert "are kept in" in said[0]
