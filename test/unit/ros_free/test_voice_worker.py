"""The worker of the voice and what the node knows of its sound; no ROS.

Leaves: topics and lifecycle (test/ros/test_voice_perception_node.py).
"""

from __future__ import annotations

import threading
import time
from functools import partial

import numpy as np
import pytest

from affect_perception.core.enums import Availability, VoiceReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk, NoSound, VoiceObservation
from affect_perception.ros.health import Level
from affect_perception.ros.pipeline_worker import PLACES
from affect_perception.ros.sound_health import SoundHealth
from affect_perception.ros.voice_worker import VoiceWorker

pytestmark = pytest.mark.unit


class Pipeline:
    """Answers every event; waits while the gate is closed."""

    def __init__(self):
        self.events = []
        self.gate = threading.Event()
        self.gate.set()

    def observe_driver(self, number):
        self.events.append(number)

    def step(self, event):
        self.gate.wait()
        self.events.append(event)
        if isinstance(event, AudioChunk) and event.rate == 4001:
            raise RuntimeError("a bug")
        return (VoiceObservation(event.stamp_ns, "", Availability.AVAILABLE),)


class Rig:
    def __init__(self):
        self.pipeline, self.published, self.errors = Pipeline(), [], []
        self.health = SoundHealth("/audio", 1.0, 0.0)
        self.worker = VoiceWorker(
            self.pipeline, self.health, self.published.append, self.errors.append
        )

    def wait(self, condition):
        end = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.fixture
def rig():
    rig = Rig()
    yield rig
    rig.pipeline.gate.set()
    rig.worker.stop()


def chunk(stamp, rate=16_000):
    return AudioChunk(stamp, rate, np.zeros(160, np.float32))


def test_pieces_wait_in_a_row_and_none_is_lost(rig):
    rig.pipeline.gate.clear()
    rig.worker.start()
    for stamp in range(1, 101):
        rig.worker.submit(partial(chunk, stamp))
    rig.pipeline.gate.set()
    rig.wait(lambda: len(rig.published) == 100)
    assert [event.stamp_ns for event in rig.pipeline.events] == [*range(1, 101)]
    assert rig.health.report(0.5).level == Level.OK


def test_the_oldest_give_way_when_the_row_is_full_and_that_is_told(rig):
    for stamp in range(PLACES + 7):
        rig.worker.submit(partial(chunk, stamp))
    report = rig.health.report(0.5)
    assert report.level == Level.WARN
    assert "7 pieces were lost" in report.message


def test_what_cannot_be_used_is_counted_and_the_rest_goes_on(rig):
    def broken():
        raise InputError("NaN in the sound")

    rig.worker.start()
    rig.worker.submit(broken)
    rig.worker.submit(partial(chunk, 5, 4001))
    rig.worker.submit(partial(chunk, 6))
    rig.wait(lambda: len(rig.published) == 1)
    assert "NaN in the sound" in rig.errors[0]
    assert "a bug" in rig.errors[1]
    report = rig.health.report(0.5)
    assert report.level == Level.ERROR
    assert "2 pieces of sound unusable" in report.message


def test_absence_is_no_news_while_a_piece_is_in_work(rig):
    rig.pipeline.gate.clear()
    rig.worker.start()
    rig.worker.submit(partial(chunk, 5))
    rig.worker.submit_absence()
    rig.pipeline.gate.set()
    rig.wait(lambda: len(rig.published) == 1)
    rig.wait(lambda: rig.worker._worker.idle)
    rig.worker.submit_absence()
    rig.wait(lambda: len(rig.published) == 2)
    assert rig.pipeline.events == [rig.pipeline.events[0], NoSound(5 + 10_000_000)]


def observed(*reasons):
    return VoiceObservation(1, "", Availability.DEGRADED, reasons)


def test_reasons_become_warnings_and_counts():
    health = SoundHealth("/audio", 1.0, 0.0)
    health.received(0.0)
    health.observed(observed(VoiceReason.SOUND_GAP, VoiceReason.RATE_MISMATCH))
    report = health.report(0.5)
    assert report.level == Level.WARN
    assert "gaps in the sound: 1" in report.message
    assert "sampling rate" in report.message
    assert report.values["pieces with sound_gap"] == "1"
    assert "rate_mismatch" in report.values["availability"]
    health.observed(observed())
    assert health.report(0.6).level == Level.OK


def test_silence_of_the_topic_is_stale():
    report = SoundHealth("/audio", 1.0, 0.0).report(1.5)
    assert report.level == Level.STALE
    assert report.message == "no piece of sound has arrived on /audio"
