"""The node sim_body: pieces and truth on their topics, with stamps of one beginning.

Leaves: what the body does (test/unit/sim) and what physio_perception makes of it.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from affect_perception.core.enums import BiosignalChannel
from affect_perception.msg import BiosignalChunk
from affect_perception.ros.nodes.sim_body import SimBodyNode
from affect_perception.ros.qos import BIOSIGNAL_OUT, FACE_OUT
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
SCENARIO = "duration_s: 3\nbody: {heart_rate_bpm: 80, temperature: {rate_hz: 0}}"


@pytest.fixture
def make() -> Iterator[Any]:
    made: list[SimBodyNode] = []

    def build(scenario: str) -> SimBodyNode:
        values = {"scenario": scenario, "loop": False, "start_delay": 0.5}
        parameters = [Parameter(name, value=value) for name, value in values.items()]
        made.append(SimBodyNode(parameter_overrides=parameters))
        return made[-1]

    rclpy.init()
    yield build
    for node in made:
        node.close()
        node.destroy_node()
    rclpy.shutdown()


def test_pieces_and_truth_count_from_one_beginning(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    path.write_text(SCENARIO)
    node = make(str(path))
    probe = rclpy.create_node("probe")
    pieces: list[BiosignalChunk] = []
    truths: list[dict[str, Any]] = []
    deep = QoSProfile(depth=500, reliability=BIOSIGNAL_OUT.reliability)
    probe.create_subscription(BiosignalChunk, "biosignals", pieces.append, deep)
    probe.create_subscription(
        String, "body_truth", lambda said: truths.append(json.loads(said.data)), FACE_OUT
    )
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(probe)
    assert node.trigger_configure() == OK
    assert node.trigger_activate() == OK
    # A busy machine may lose the first pieces while the topics find each other, no more.
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline and not (len(pieces) >= 40 and len(truths) >= 3):
        executor.spin_once(timeout_sec=0.1)
    assert {BiosignalChannel(p.channel) for p in pieces} >= {
        BiosignalChannel.ECG,
        BiosignalChannel.PPG,
        BiosignalChannel.EDA,
        BiosignalChannel.RESPIRATION,
    }
    ecg = [p for p in pieces if p.channel == BiosignalChannel.ECG]
    assert (ecg[0].unit, ecg[0].rate, ecg[0].header.frame_id) == ("mV", 250.0, "body_ecg")
    steps = {
        stamp_to_ns(b.header.stamp) - stamp_to_ns(a.header.stamp)
        for a, b in itertools.pairwise(ecg)
    }
    assert {step % 200_000_000 for step in steps} == {0}
    assert truths[0]["heart_rate_bpm"] == 80.0
    begin = stamp_to_ns(ecg[0].header.stamp)
    # Pieces and truth have the stamps of the same clock: both within the three seconds.
    assert all(abs(truth["stamp_ns"] - begin) <= 3_000_000_000 for truth in truths)
    probe.destroy_node()


def test_a_scenario_without_a_body_stops_configure(make: Any) -> None:
    assert make("short_check").trigger_configure() != OK
