"""Covers a short drive of the demo through all nodes as processes, and its replay from the bag.

Leaves to others: single nodes (test_*_node), the table against the script (test_scripted), the
whole story (`affect-perception bench demo`).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from affect_perception.core.enums import Availability
from affect_perception.evaluation.replay.drive_bag import DRIVE_BAG, stamp_in
from affect_perception.io.table import read_parquet

pytestmark = pytest.mark.ros

SCENARIO = """
name: short
duration_s: 6.0
seed: 3
camera: {width_px: 320, height_px: 240, rate_hz: 5.0}
targets:
  road: {yaw_deg: 0.0, pitch_deg: -1.0}
body: {}
timeline:
  - at_s: 0.0
    gaze: {target: road}
  - {at_s: 2.0, talk: {duration_s: 2.0}}
  - at_s: 4.0
    gaze: {target: lap_phone}
"""
TOLERANCE = 1e-6


def test_a_drive_through_all_nodes_and_again_from_its_bag(
    face_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from affect_perception.cli.main import main

    scenario, out = tmp_path / "short.yaml", tmp_path / "out"
    scenario.write_text(SCENARIO)
    assert main(["demo", "--scenario", str(scenario), "--out", str(out), "--no-page"]) == 0
    said = capsys.readouterr().out
    assert "state_fusion" in said
    assert str(out / DRIVE_BAG) in said
    summary = json.loads((out / "summary.json").read_text())
    # How many pictures are looked at is up to the machine; all of them are in the bag.
    pictures = _pictures(out / DRIVE_BAG)
    assert len(pictures) >= 3
    states = read_parquet(out / "states.parquet")
    assert summary["frames"] == len(states["stamp_ns"])
    looked = ["no_frame" not in reasons for reasons in states["degradation_reasons"]]
    assert states["stamp_ns"][looked].tolist() == pictures
    assert {"states", "missed", "false", "heart"} == set(summary["script"])
    nodes = ("face_perception", "voice_perception", "physio_perception", "state_fusion")
    assert set(nodes) <= set(summary["times"]["processes"])
    assert summary["times"]["states_without_recorded_picture"] == 0
    affect = read_parquet(out / "affect.parquet")
    assert (affect["availability"] > Availability.UNAVAILABLE).sum() >= 3
    again = tmp_path / "again"
    bag = str(out / DRIVE_BAG)
    assert main(["replay", bag, "--out", str(again), "--no-progress"]) == 0
    assert read_parquet(again / "states.parquet")["stamp_ns"].tolist() == pictures
    for table in ("states", "faces", "voice", "physio"):
        _compare(read_parquet(out / f"{table}.parquet"), read_parquet(again / f"{table}.parquet"))


def _pictures(bag: Path) -> list[int]:
    """Stamps of the recorded pictures."""
    with AnyReader([bag]) as reader:
        return sorted(
            stamp_in(data)
            for connection, _, data in reader.messages()
            if connection.topic == "/image_raw/compressed"
        )


def _compare(live: dict[str, object], replayed: dict[str, object]) -> None:
    """What was said of the same stamps; live nodes also say that nothing has come."""
    common, mine, theirs = np.intersect1d(
        np.asarray(live["stamp_ns"]), np.asarray(replayed["stamp_ns"]), return_indices=True
    )
    assert len(common) >= 0.9 * len(np.asarray(replayed["stamp_ns"]))
    for name, column in replayed.items():
        if name == "latency":
            continue
        if isinstance(column, list):
            said = live[name]
            assert isinstance(said, list)
            assert [said[i] for i in mine] == [column[i] for i in theirs], name
        else:
            a, b = np.asarray(live[name])[mine], np.asarray(column)[theirs]
            np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE, err_msg=name)
