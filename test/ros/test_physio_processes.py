"""The executables of the body signals with the real network, and the live node against replay.

Every piece of a recording is published to a running physio_perception, with a hole, two pieces that
have changed places and one twice; its answers must be those of the replay of the recording. Leaves
single messages and faults to test_physio_perception_node.py.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from body_signals import beat_times, ecg

pytest.importorskip("rclpy")

from node_here import run_here
from node_process import NodeProcess
from physio_harness import body
from rclpy.qos import QoSProfile

from affect_perception.cli.main import main
from affect_perception.core.enums import Availability
from affect_perception.core.types import BiosignalChunk
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_types import to_fields
from affect_perception.io.physio_fields import BIOSIGNAL_CHUNK, PHYSIO_OBSERVATION, chunk_fields
from affect_perception.io.table import columns_of, read_parquet
from affect_perception.msg import BiosignalChunk as BiosignalChunkMessage
from affect_perception.msg import PhysioObservation
from affect_perception.ros.physio_convert import chunk_to_message
from affect_perception.ros.qos import BIOSIGNAL_OUT, PHYSIO_OUT

pytestmark = pytest.mark.ros

START = 10**18
SECONDS = 30.0


def pieces() -> list[BiosignalChunk]:
    """80 s of a body in pieces of half a second, with faults of the sender."""
    found = body(80.0, START, piece=0.5)
    found[20], found[22] = found[22], found[20]
    found.insert(50, found[49])
    return [*found[:100], *found[112:]]


def test_live_node_and_replay_give_the_same_observations(tmp_path: Path, listener: Any) -> None:
    seen: list[PhysioObservation] = []
    deep = QoSProfile(depth=500, reliability=PHYSIO_OUT.reliability)
    listener.create_subscription(PhysioObservation, "physio", seen.append, deep)
    signals = listener.create_publisher(BiosignalChunkMessage, "biosignals", BIOSIGNAL_OUT)
    with BagWriter(tmp_path / "body.mcap") as bag:
        for number, chunk in enumerate(pieces()):
            bag.write("/biosignals", BIOSIGNAL_CHUNK, chunk_fields(chunk), START + number)
    assert main(["replay", str(tmp_path / "body.mcap"), "--out", str(tmp_path / "out")]) == 0
    replayed = read_parquet(tmp_path / "out" / "physio.parquet")
    count = len(replayed["stamp_ns"])
    with NodeProcess.node("physio_perception", "-p", "no_signal_timeout:=60.0") as node:
        node.wait_for("active")
        listener.spin_until(
            lambda: signals.get_subscription_count() and listener.count_publishers("physio")
        )
        settled = time.monotonic() + 1.5  # the node's own side of the match comes a moment later
        listener.spin_until(lambda: time.monotonic() > settled)
        for number, chunk in enumerate(pieces()):
            signals.publish(chunk_to_message(BiosignalChunkMessage(), chunk))
            # In step with the node: its subscription keeps a hundred, best effort.
            due = min(count, (number - 80) // 2)
            listener.spin_until(lambda due=due: len(seen) >= due)
        listener.spin_until(lambda: len(seen) >= count)
        assert node.end() == 0
        assert "Traceback" not in node.log
    live = columns_of([to_fields(message) for message in seen], PHYSIO_OBSERVATION)
    told = {reason for row in replayed["degradation_reasons"] for reason in row}
    assert "signal_gap" in told
    assert np.isfinite(replayed["load.stress"]).any()
    for name, column in replayed.items():
        if name == "latency":
            continue
        if isinstance(column, list):
            assert live[name] == column, name
        else:
            np.testing.assert_array_equal(live[name], column, err_msg=name)


def test_run_plays_a_recording_and_the_heart_rate_comes_out(tmp_path: Path, listener: Any) -> None:
    seen: list[PhysioObservation] = []
    listener.create_subscription(PhysioObservation, "physio", seen.append, PHYSIO_OUT)
    file = tmp_path / "body.npz"
    signal = ecg(beat_times(SECONDS), SECONDS, 125.0)
    np.savez(file, fs=125.0, ecg_mV=signal.astype(np.float32))
    with NodeProcess("affect_perception.cli.main", "run", "--signal-file", str(file)) as command:
        listener.spin_until(lambda: bool(seen) and seen[-1].heart_rate > 0.0)
        newest = seen[-1]
        assert newest.availability >= Availability.DEGRADED
        assert newest.heart_rate == pytest.approx(70.0, abs=4.0)
        assert newest.load.reasons == ["warming_up"]
        assert 0.0 <= newest.latency < 5.0
        assert newest.header.frame_id == "body_sensor"
        assert command.end() == 0
        assert "Traceback" not in command.log


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("signal_file", (), "name the recording"),
        ("signal_file", ("-p", "file:=/nowhere.npz"), "cannot be read"),
        ("physio_perception", ("-p", "physio.output_rate:=99.0"), "physio.output_rate"),
        ("physio_perception", ("-p", "plain.ecg.topic:=/e"), "plain.ecg.rate"),
    ],
)
def test_wrong_setup_ends_the_node_and_is_named(
    name: str, arguments: tuple[str, ...], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, log = run_here(name, *arguments, capfd=capfd)
    assert code == 1
    assert words in log
    assert "Traceback" not in log
