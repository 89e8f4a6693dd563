"""The executables of the body signals with the real network, in processes of their own.

Leaves: single messages and faults (test_physio_perception_node.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from body_signals import beat_times, ecg

pytest.importorskip("rclpy")

from node_process import NodeProcess

from affect_perception.core.enums import Availability
from affect_perception.msg import PhysioObservation
from affect_perception.ros.qos import PHYSIO_OUT

pytestmark = pytest.mark.ros

SECONDS = 30.0


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
def test_wrong_setup_ends_the_process_and_is_named(
    name: str, arguments: tuple[str, ...], words: str
) -> None:
    with NodeProcess.node(name, *arguments) as node:
        assert node.exit_code() == 1
        assert words in node.log
        assert "Traceback" not in node.log
