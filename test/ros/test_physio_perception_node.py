"""The node physio_perception: chunks in, observations out; silence, bad chunks, plain numbers.

With a fake for the network of load and stress, the real pipeline, and a probe in the same process.
Leaves: figures (test/unit/physio), processes, launch and real time (test_physio_processes.py).
"""

from __future__ import annotations

import math
import re
import threading
from array import array
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import State
from node_harness import values_of
from physio_harness import ECG, FlatLoad, PhysioHarness, body
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Float32, Float32MultiArray, String

from affect_perception.core.config import PhysioPipelineConfig
from affect_perception.core.enums import Availability, BiosignalChannel
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types import BiosignalChunk
from affect_perception.io.physio_fields import chunk_of_message
from affect_perception.msg import AttentionState
from affect_perception.msg import BiosignalChunk as BiosignalChunkMessage
from affect_perception.msg import PhysioObservation as PhysioObservationMessage
from affect_perception.ros.physio_convert import (
    chunk_to_message,
    physio_from_message,
    physio_to_message,
)
from affect_perception.ros.qos import STATE_OUT
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
NS = 10**9


def test_the_node_gives_what_the_pipeline_gives() -> None:
    with PhysioHarness() as h:
        h.start()
        begin = h.now_ns() - 80 * NS
        chunks = body(75.0, begin, piece=0.5)
        h.play(chunks)
        pipeline = PhysioPipeline(PhysioPipelineConfig(), PhysioNetworks(FlatLoad()))
        # Samples travel as 32-bit floats.
        sent = [chunk_of_message(chunk_to_message(BiosignalChunkMessage(), c)) for c in chunks]
        expected = [found for chunk in sent for found in pipeline.step(chunk)]
        h.spin_until(lambda: len(h.seen) == len(expected))
        for message, found in zip(h.seen, expected, strict=True):
            told = physio_to_message(PhysioObservationMessage(), found, message.latency)
            rounded = deserialize_message(serialize_message(told), PhysioObservationMessage)
            assert str(message) == str(rounded)
        last = h.seen[-1]
        assert last.header.frame_id == "chest_strap"
        assert last.availability == Availability.AVAILABLE
        assert last.heart_rate == pytest.approx(70.0, abs=2.0)
        assert (last.load.cognitive_load, last.load.stress) == (0.25, 0.75)
        assert last.load.reasons == ["baseline_short"]
        assert physio_from_message(last).heart.source == ECG
        assert physio_from_message(last).beat_stamps_ns == found.beat_stamps_ns
        assert math.isnan(last.latency) == (h.now_ns() - h.stamps()[-1] > 10 * NS)
        values = values_of(h.status())
        assert values["ecg faults"] == "none"
        assert values["ecg rate [Hz]"].endswith("stated 125 (+0.00 %)")


def test_lifecycle_goes_through_all_states_and_back() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with PhysioHarness() as h:
        for _ in range(2):
            assert h.node.trigger_configure() == OK
            assert h.node.trigger_activate() == OK
            h.spin_until(h.met)
            count = len(h.seen)
            h.play(body(2.0, h.now_ns()))
            assert len(h.seen) > count
            assert h.node.trigger_deactivate() == OK
            assert not any(t.name == "physio_pipeline" for t in threading.enumerate())
            h.spin_until(lambda: h.signals.get_subscription_count() == 0)
            assert h.node.trigger_cleanup() == OK
        assert h.node.trigger_shutdown() == OK
        assert h.node.state_id == State.PRIMARY_STATE_FINALIZED
    assert {thread.ident for thread in threading.enumerate()} <= before


def test_without_signals_the_state_says_so_and_comes_back() -> None:
    with PhysioHarness(no_signal_timeout=0.5) as h:
        h.start()
        h.play(body(15.0, h.now_ns() - 15 * NS))
        last = max(h.stamps())
        h.spin_until(lambda: "no_signal" in h.seen[-1].degradation_reasons)
        gone = h.seen[-1]
        assert gone.availability == Availability.UNAVAILABLE
        assert abs(stamp_to_ns(gone.header.stamp) - last) < NS
        assert math.isnan(gone.heart_rate)
        assert {c.availability for c in gone.channels} == {Availability.UNAVAILABLE}
        status = h.status()
        assert status.level == DiagnosticStatus.STALE
        assert "no piece of a body signal on /biosignals" in status.message
        h.play(body(15.0, h.now_ns() - 15 * NS))
        assert h.seen[-1].availability != Availability.UNAVAILABLE


def test_a_skin_alone_is_no_silence() -> None:
    with PhysioHarness() as h:
        h.start()
        h.play([c for c in body(5.0, h.now_ns() - 5 * NS) if c.channel == BiosignalChannel.EDA])
        # What counts here keeps the watch from telling the pipeline that nothing comes.
        assert h.node._health._counts["processed"] == len(h.seen) > 0
        assert {m.availability for m in h.seen} == {Availability.UNAVAILABLE}  # of the heart rate
        assert h.seen[-1].channels[0].availability == Availability.AVAILABLE
        assert h.seen[-1].skin_conductance_tonic > 0.0


def bad(**changes: Any) -> BiosignalChunkMessage:
    message = BiosignalChunkMessage(channel=1, unit="mV", rate=125.0, samples=[0.0] * 25)
    message.header.stamp.sec = 5
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def test_each_kind_of_bad_chunk_is_logged_once_counted_and_the_rest_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with PhysioHarness() as h:
        logged: list[str] = []
        h.start()
        logger = h.node.get_logger()
        monkeypatch.setattr(type(logger), "error", lambda _, text, **__: logged.append(text))
        for _ in range(2):
            h.publish(bad(channel=77))
            h.publish(bad(unit="furlong"))
            h.publish(bad(rate=2.0))
            h.publish(bad(rate=math.nan))
            h.publish(bad(samples=array("f")))
            h.publish(bad(channel=6, unit="g"))
        h.play(body(12.0, h.now_ns() - 12 * NS))
        assert len(logged) == 6
        assert any("known: 1 ECG" in text for text in logged)
        assert any("'furlong' does not belong to ECG" in text for text in logged)
        assert any("4 to 1000 Hz" in text for text in logged)
        assert values_of(h.status())["errors"] == "12"
        # An error where nothing else has come in that second, as on a slow machine.
        levels = {told.level for told in h.told("unusable")}
        assert levels
        assert levels <= {DiagnosticStatus.WARN, DiagnosticStatus.ERROR}
        assert h.seen[-1].heart_rate == pytest.approx(70.0, abs=3.0)


def test_gaps_repetitions_nan_and_a_wrong_rate_are_told_once_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    with PhysioHarness() as h:
        h.start()
        logger = h.node.get_logger()
        monkeypatch.setattr(type(logger), "warning", lambda _, text, **__: told.append(text))
        pieces = [c for c in body(60.0, h.now_ns() - 60 * NS, piece=0.4) if c.channel == ECG]
        chunks = [
            BiosignalChunk(c.stamp_ns, ECG, 125.0 / 1.02, c.samples.copy(), "mV") for c in pieces
        ]
        chunks[10].samples[3] = math.nan
        chunks[20], chunks[21] = chunks[21], chunks[20]
        chunks.insert(30, chunks[29])
        del chunks[60:85]  # ten seconds
        h.play(chunks)
        h.settle()
        values = values_of(h.status())
        faults = "gaps 1, reordered 1, repeated 1, unmeasured 1, missing 10.00 s"
        assert values["ecg faults"] == faults
        assert values["ecg rate [Hz]"].endswith("(+2.00 %)")
        for words in (
            "holes in the stamps (10.00 s",
            "after the next one",
            "no numbers",
            "1 % off",
        ):
            assert sum(words in text for text in told) == 1, (words, told)
        assert any("signal_gap" in m.channels[0].reasons for m in h.seen)


def test_lead_off_is_unavailable_with_its_reason() -> None:
    with PhysioHarness() as h:
        h.start()
        begin = h.now_ns() - 20 * NS
        off = [
            BiosignalChunk(c.stamp_ns, c.channel, c.rate, c.samples, c.unit, contact=0.0)
            for c in body(20.0, begin)[-60:]
        ]
        h.play([*body(20.0, begin)[:-60], *off])
        last = h.seen[-1]
        assert last.availability == Availability.UNAVAILABLE
        assert "lead_off" in last.degradation_reasons
        assert math.isnan(last.heart_rate)
        assert "the electrode is off" in h.status().message


def test_another_driver_drops_the_baseline() -> None:
    with PhysioHarness() as h:
        states = h.probe.create_publisher(AttentionState, "attention_state", STATE_OUT)
        h.start()
        h.spin_until(lambda: states.get_subscription_count() == 1)
        states.publish(AttentionState(driver_number=1))
        pipeline = h.node._pipeline
        h.spin_until(lambda: pipeline._driver.number == 1)
        begin = h.now_ns() - 80 * NS
        chunks = body(75.0, begin, piece=0.5)
        h.play(chunks[:-10])
        assert not math.isnan(h.seen[-1].load.stress)
        states.publish(AttentionState(driver_number=2))
        h.spin_until(lambda: pipeline._driver.number == 2)
        h.play(chunks[-10:])
        assert h.seen[-1].load.reasons == ["warming_up"]
        assert not math.isnan(h.seen[-1].heart_rate)


def test_without_its_network_the_node_runs_and_says_so() -> None:
    with PhysioHarness(load=lambda _: PhysioNetworks()) as h:
        h.start()
        h.play(body(12.0, h.now_ns() - 12 * NS))
        assert h.seen[-1].load.reasons == ["no_load_network"]
        assert h.seen[-1].heart_rate == pytest.approx(70.0, abs=3.0)
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert "load and stress stay unknown" in status.message


def test_plain_numbers_become_a_signal() -> None:
    parameters = {
        "plain__ppg__topic": "/wrist/bvp",
        "plain__ppg__rate": 50.0,
        "plain__eda__topic": "/wrist/gsr",
        "plain__eda__rate": 4.0,
        "plain__eda__unit": "uS",
        "plain__skin_temperature__topic": "/wrist/name",
        "plain__skin_temperature__rate": 4.0,
    }
    with PhysioHarness(**parameters) as h:
        arrays = h.probe.create_publisher(Float32MultiArray, "/wrist/bvp", 10)
        numbers = h.probe.create_publisher(Float32, "/wrist/gsr", 10)
        h.probe.create_publisher(String, "/wrist/name", 10)
        h.start()
        h.spin_until(lambda: arrays.get_subscription_count() == 1)
        h.spin_until(lambda: numbers.get_subscription_count() == 1)
        for number in range(12):
            before = h.received()
            arrays.publish(Float32MultiArray(data=np.sin(np.arange(5.0) + number).tolist()))
            numbers.publish(Float32(data=5.5))
            h.spin_until(lambda n=before: h.received() == n + 2)
        h.spin_until(lambda: bool(h.seen) and len(h.seen[-1].channels) == 2)
        newest = h.seen[-1]
        ppg, eda = newest.channels
        assert (ppg.channel, eda.channel) == (BiosignalChannel.PPG, BiosignalChannel.EDA)
        assert newest.skin_conductance_tonic == pytest.approx(5.5, abs=0.2)
        assert abs(h.stamps()[-1] - h.now_ns()) < 30 * NS
        status = h.status()
        assert "/wrist/name is no plain number: std_msgs/msg/String" in status.message
        assert values_of(status)["plain ppg"].startswith("std_msgs/msg/Float32MultiArray on /wrist")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"plain__ecg__topic": "/ecg"}, r"plain\.ecg\.rate"),
        (
            {"plain__eda__topic": "/e", "plain__eda__rate": 4.0, "plain__eda__unit": "mV"},
            r"plain\.eda\.unit.*kOhm",
        ),
        ({"physio__output_rte": 1.0}, r"physio\.output_rate"),
    ],
)
def test_a_failure_to_start_is_named(parameters: dict[str, Any], words: str) -> None:
    with PhysioHarness(**parameters) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert re.search(words, h.node.problem)
