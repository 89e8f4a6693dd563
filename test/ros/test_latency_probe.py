"""Covers the benchmark's probe: it measures the age of states, and says when none come.

Leaves latency of the real nodes to `affect-perception bench`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor

from affect_perception.msg import AttentionState
from affect_perception.ros.latency_probe import LatencyProbe
from affect_perception.ros.qos import STATE_OUT
from affect_perception.ros.stamps import set_stamp

pytestmark = pytest.mark.ros

PROBE = [sys.executable, "-m", "affect_perception.ros.latency_probe"]


def state(age_s: float, latency: float = 0.004) -> AttentionState:
    """A state whose picture was taken some time ago."""
    message = AttentionState()
    set_stamp(message.header.stamp, time.time_ns() - round(age_s * 1e9))
    message.latency = latency
    message.availability = AttentionState.AVAILABILITY_AVAILABLE
    return message


def test_probe_keeps_age_and_reported_latency(ros_context: rclpy.Context) -> None:
    executor = SingleThreadedExecutor(context=ros_context)
    probe = LatencyProbe("state", context=ros_context)
    source = rclpy.create_node("source", context=ros_context)
    publisher = source.create_publisher(AttentionState, "state", STATE_OUT)
    executor.add_node(probe)
    executor.add_node(source)
    try:
        end = time.monotonic() + 8.0
        while publisher.get_subscription_count() == 0 and time.monotonic() < end:
            executor.spin_once(timeout_sec=0.05)
        publisher.publish(state(0.5))
        while not probe.stamps_ns and time.monotonic() < end:
            executor.spin_once(timeout_sec=0.05)
        assert probe.reported_s == pytest.approx([0.004])
        assert probe.tracked == 1
        assert 0.5e9 <= probe.ages_ns[0] < 3e9
        probe.forget()
        assert (probe.stamps_ns, probe.ages_ns, probe.tracked) == ([], [], 0)
    finally:
        executor.shutdown()
        probe.destroy_node()
        source.destroy_node()


def test_probe_without_states_fails_with_a_reason() -> None:
    command = [*PROBE, "--topic", "nobody_publishes_this", "--patience", "0.3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "no message on nobody_publishes_this" in done.stderr
    assert not done.stdout


def test_probe_answers_with_one_json_object(ros_context: rclpy.Context) -> None:
    source = rclpy.create_node("source", context=ros_context)
    publisher = source.create_publisher(AttentionState, "states_for_probe", STATE_OUT)
    arguments = ["--topic", "states_for_probe", "--seconds", "0.5", "--settle", "0.2"]
    process = subprocess.Popen([*PROBE, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 30.0
        while process.poll() is None and time.monotonic() < end:
            publisher.publish(state(0.01))
            time.sleep(0.02)
        out, _ = process.communicate(timeout=5.0)
    finally:
        process.kill()
        process.wait()
        source.destroy_node()
    answer = json.loads(out)
    assert process.returncode == 0
    assert len(answer["stamps_ns"]) == len(answer["ages_ns"]) > 5
    assert answer["seconds"] == 0.5
