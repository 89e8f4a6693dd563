"""The worker of the body signals and what the node knows of its signals; no ROS.

Leaves: topics and lifecycle (test/ros/test_physio_perception_node.py), the row of pieces itself
(test_voice_worker.py: both workers are one class).
"""

from __future__ import annotations

import math
import time
from functools import partial

import numpy as np
import pytest

from affect_perception.core.config import PlainSignalConfig
from affect_perception.core.enums import Availability, BiosignalChannel, LoadReason, PhysioReason
from affect_perception.core.errors import InputError
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.types import (
    BiosignalChunk,
    LoadEstimate,
    NoSignal,
    PhysioObservation,
)
from affect_perception.core.types.physio import SignalState
from affect_perception.ros.health import Level
from affect_perception.ros.physio_health import PhysioHealth
from affect_perception.ros.physio_worker import PhysioWorker
from affect_perception.ros.plain_stream import PlainStream

pytestmark = pytest.mark.unit

ECG, ACC = BiosignalChannel.ECG, BiosignalChannel.ACCELERATION
NS = 10**9


class Pipeline:
    """Keeps its events."""

    def __init__(self):
        self.events = []
        self.facts = {}

    def step(self, event):
        self.events.append(event)
        return ()

    def observe_driver(self, number):
        self.events.append(number)


def chunk(stamp_ns):
    return BiosignalChunk(stamp_ns, ECG, 100.0, np.zeros(50), "mV")


def test_drivers_pieces_and_silence_reach_the_pipeline_in_order():
    pipeline, errors = Pipeline(), []
    health = PhysioHealth("/biosignals", 1.0, 0.0)
    worker = PhysioWorker(pipeline, health, [].append, errors.append)
    worker.submit_absence(3.0)
    worker.submit_driver(4)
    worker.submit(partial(chunk, 10 * NS))
    worker.start()
    end = time.monotonic() + 5.0
    while not (worker.idle and len(pipeline.events) == 3):
        assert time.monotonic() < end
        time.sleep(0.005)
    worker.submit_absence(2.0)
    while len(pipeline.events) < 4:
        assert time.monotonic() < end
        time.sleep(0.005)
    worker.stop()
    assert not errors
    first, driver, piece, silent = pipeline.events
    assert first == NoSignal(0)
    assert driver == 4
    assert piece.stamp_ns == 10 * NS
    assert silent == NoSignal(12_500_000_000)


def observed(*reasons, load=()):
    states = {ECG: SignalState(Availability.DEGRADED, 0.5, 100.0, 0.0, reasons)}
    estimate = LoadEstimate(reasons=load)
    return PhysioObservation(NS, Availability.DEGRADED, reasons, states, load=estimate)


def test_each_kind_of_fault_is_told_once_and_counted_on():
    health = PhysioHealth("/biosignals", 1.0, 0.0)
    health.received(0.0)
    first = RowFacts(100.0, 98.0, 0.002, gaps=1, missing=10.0, repeated=2)
    news = health.observed(observed(PhysioReason.RATE_WRONG), {ECG: first})
    assert len(news) == 3
    assert any("(10.00 s missing)" in text for text in news)
    report = health.report(0.1)
    assert report.level == Level.WARN
    assert "ecg: holes in the stamps: 1" in report.message
    assert "98.00, stated 100 (-2.00 %)" in report.message
    assert report.values["ecg faults"] == "gaps 1, repeated 2, missing 10.00 s"
    again = RowFacts(100.0, 98.0, 0.002, gaps=3, missing=12.0, repeated=2)
    assert health.observed(observed(PhysioReason.RATE_WRONG), {ECG: again}) == []
    assert "ecg: holes in the stamps: 2" in health.report(0.2).message
    assert health.observed(observed(), {ECG: again}) == []
    assert health.report(0.3).level == Level.OK


def test_a_missing_network_stands_as_a_warning():
    health = PhysioHealth("/biosignals", 1.0, 0.0)
    health.received(0.0)
    health.observed(observed(load=(LoadReason.NO_LOAD_NETWORK,)), {})
    assert "load and stress stay unknown" in health.report(0.1).message


def test_kinds_of_messages_do_not_depend_on_numbers_and_quotes():
    health = PhysioHealth("/biosignals", 1.0, 0.0)
    assert health.first_of_its_kind("rate must be 4 to 1000 Hz, got 2.5")
    assert not health.first_of_its_kind("rate must be 4 to 1000 Hz, got -1e+06")
    assert health.first_of_its_kind("unit 'a' does not belong to ECG")
    assert not health.first_of_its_kind("unit 'b' does not belong to ECG")
    assert health.first_of_its_kind("unit 'b' does not belong to EDA")


def read(stream, *messages):
    """The pieces of (data, arrival in s)."""
    ready = [r for data, at in messages for r in stream.take(data, round(at * NS))]
    return [one() for one in ready]


def test_plain_numbers_are_gathered_into_even_pieces_and_cut_at_a_hole():
    stream = PlainStream(ECG, PlainSignalConfig("/strap/ecg", "mV", 100.0), 0.5)
    early = [(float(i), 50.0 + i * 0.01) for i in range(30)]
    late = [(100.0 + i, 60.0 + i * 0.01) for i in range(25)]
    first, rest, second = read(stream, *early, *late)
    np.testing.assert_array_equal(first.samples, np.arange(20.0))
    np.testing.assert_array_equal(rest.samples, np.arange(20.0, 30.0))
    np.testing.assert_array_equal(second.samples, 100.0 + np.arange(20.0))
    assert first.stamp_ns == pytest.approx(49.99 * NS, abs=1e6)
    assert rest.stamp_ns == pytest.approx(first.stamp_ns + 0.2 * NS, abs=1e6)
    assert second.stamp_ns == pytest.approx(59.99 * NS, abs=1e6)
    assert (second.unit, second.frame_id, second.rate) == ("mV", "strap/ecg", 100.0)
    assert math.isnan(second.contact)


def test_plain_acceleration_has_three_axes():
    stream = PlainStream(ACC, PlainSignalConfig("/acc", "g", 10.0), 0.5)
    (piece,) = read(stream, (np.arange(9.0), 5.0))
    assert piece.samples.shape == (3, 3)
    for broken in ([1.0, 2.0], []):
        with pytest.raises(InputError, match="whole number of samples of ACCELERATION"):
            stream.take(broken, 6 * NS)
