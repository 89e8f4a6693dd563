"""The node voice_perception on real topics: stamps, rate, lifecycle, bad input, formats.

The networks are small fakes; the audio_common messages are doubles made of our own type, because
neither package of that name can be installed here. Leaves: the real networks and executables
(test_voice_processes.py), what is read from each message (test/unit/io).
"""

from __future__ import annotations

import math
import threading
from array import array
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import State
from rclpy.lifecycle import TransitionCallbackReturn
from voice_fakes import LoudDetector
from voice_harness import VoiceHarness

from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.errors import ModelAlteredError
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.msg import AttentionState
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros import audio_input
from affect_perception.ros.qos import STATE_OUT
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.voice_convert import voice_from_message, voice_to_message
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
TALK = speak([Phrase(10, 0.6)], seed=4)
RATE = 16_000


def values_of(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def test_observations_carry_the_stamp_of_the_newest_sample_at_the_configured_rate() -> None:
    with VoiceHarness(voice__output_rate=20.0) as h:
        h.start()
        begin = h.now_ns() - 4 * 10**9
        h.play(TALK.samples, RATE, begin)
        count = len(TALK.samples) // (RATE // 20)
        h.spin_until(lambda: len(h.heard) == count)
        assert h.stamps() == [begin + 50_000_000 * (i + 1) for i in range(count)]
        assert {v.header.frame_id for v in h.heard} == {"microphone"}
        assert TriState.YES in {v.talking for v in h.heard}
        assert all(0.0 < v.latency < 10.0 for v in h.heard)
        last = h.heard[-1]
        assert last.availability == Availability.AVAILABLE
        assert np.nansum(last.class_probabilities) == pytest.approx(1.0, abs=1e-5)
        assert last.sentences == 1
        status = h.status()
        assert status.level == DiagnosticStatus.OK, status.message
        assert values_of(status)["privacy"] == "no sound is published or stored"


def test_another_driver_is_another_speaker() -> None:
    with VoiceHarness() as h:
        states = h.probe.create_publisher(AttentionState, "attention_state", STATE_OUT)
        h.start()
        h.spin_until(lambda: states.get_subscription_count() == 1)
        pipeline = h.node._pipeline
        states.publish(AttentionState(driver_number=1))
        h.spin_until(lambda: pipeline._driver.number == 1)
        begin = h.now_ns() - 10 * 10**9
        h.play(TALK.samples, RATE, begin)
        h.spin_until(lambda: h.heard and h.heard[-1].sentences == 1)
        states.publish(AttentionState(driver_number=2))
        h.spin_until(lambda: pipeline._driver.number == 2)
        count = len(h.heard)
        silence = np.zeros(RATE // 2, np.float32)
        h.play(silence, RATE, begin + len(TALK.samples) * 10**9 // RATE)
        h.spin_until(lambda: len(h.heard) > count)
        assert h.heard[-1].sentences == 0


def test_lifecycle_goes_through_all_states_and_back() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with VoiceHarness() as h:
        for _ in range(2):
            assert h.node.trigger_configure() == OK
            for _ in range(2):
                assert h.node.trigger_activate() == OK
                h.spin_until(lambda: h.sound.get_subscription_count() == 1)
                count = len(h.heard)
                h.play(TALK.samples[:RATE], RATE, h.now_ns())
                h.spin_until(lambda n=count: len(h.heard) > n)
                assert h.node.trigger_deactivate() == OK
                assert not any(t.name == "voice_pipeline" for t in threading.enumerate())
                h.spin_until(lambda: h.sound.get_subscription_count() == 0)
            assert h.node.trigger_cleanup() == OK
        assert h.node.trigger_shutdown() == OK
        assert h.node.state_id == State.PRIMARY_STATE_FINALIZED
    assert {thread.ident for thread in threading.enumerate()} <= before


def test_without_sound_the_state_says_so_once_a_second() -> None:
    with VoiceHarness(no_sound_timeout=0.5) as h:
        h.start()
        h.play(TALK.samples, RATE, h.now_ns())
        h.spin_until(lambda: any("no_sound" in v.degradation_reasons for v in h.heard))
        silent = next(v for v in h.heard if "no_sound" in v.degradation_reasons)
        assert silent.availability == Availability.UNAVAILABLE
        assert stamp_to_ns(silent.header.stamp) == max(h.stamps())
        assert math.isnan(silent.level_dbfs)
        assert silent.talking == TriState.UNKNOWN
        status = h.status()
        assert status.level == DiagnosticStatus.STALE
        assert "no piece of sound on /audio" in status.message


def heard_after(h: VoiceHarness, samples: np.ndarray, rate: int = RATE) -> VoiceObservationMessage:
    """The last observation after a sound."""
    before = len(h.heard)
    begin = h.now_ns()
    h.play(samples, rate, begin)
    h.spin_until(lambda: len(h.heard) >= before + int(len(samples) / rate * 10) - 1)
    return h.heard[-1]


@pytest.mark.parametrize(
    ("samples", "rate", "reason", "level"),
    [
        (np.zeros(3 * RATE, np.int16), RATE, "silent", Availability.UNAVAILABLE),
        (np.clip(TALK.samples * 40, -1, 1), RATE, "clipped", Availability.DEGRADED),
        (speak([Phrase(8, 0.6)], rate=8000).samples, 8000, "low_rate", Availability.DEGRADED),
    ],
    ids=["silent", "clipped", "8 kHz"],
)
def test_bad_sound_is_degraded_with_its_reason_and_warned_of(
    samples: np.ndarray, rate: int, reason: str, level: Availability
) -> None:
    with VoiceHarness() as h:
        h.start()
        heard_after(h, samples, rate)
        told = [v for v in h.heard if reason in v.degradation_reasons]
        assert told
        assert {v.availability for v in told} == {level}
        if reason in h.heard[-1].degradation_reasons:
            assert h.status().level == DiagnosticStatus.WARN


def test_stereo_at_48_khz_is_heard_like_mono() -> None:
    sound = speak([Phrase(10, 0.6)], rate=48_000, seed=4).samples
    stereo = (np.stack([sound, sound], 1) * 32767).astype(np.int16)
    with VoiceHarness() as h:
        h.start()
        heard_after(h, stereo, 48_000)
        assert TriState.YES in {v.talking for v in h.heard}
        assert h.heard[-1].availability == Availability.AVAILABLE


def test_nan_is_refused_named_and_the_rest_is_heard() -> None:
    with VoiceHarness() as h:
        h.start()
        begin = h.now_ns()
        broken = AudioChunkMessage(rate=RATE, channels=1)
        broken.float32_samples = array("f", [0.0, math.nan] * 160)
        broken.header.stamp.sec = 5
        h.sound.publish(broken)
        h.play(TALK.samples, RATE, begin)
        h.spin_until(lambda: len(h.heard) >= 20)
        status = h.status()
        assert "not finite" in values_of(status)["last error"]
        assert values_of(status)["errors"] == "1"


def test_a_wrong_rate_gaps_and_overlaps_are_told() -> None:
    with VoiceHarness() as h:
        h.start()
        begin = h.now_ns() - 20 * 10**9
        sound = np.tile(TALK.samples, 2)
        for first in range(0, len(sound), 320):  # 20 ms of 16 kHz, said to be 48 kHz
            stamp = begin + first * 10**9 // RATE
            h.publish(AudioChunk(stamp, 48_000, sound[first : first + 320]))
            h.executor.spin_once(timeout_sec=0.0)
        h.spin_until(lambda: any("rate_mismatch" in v.degradation_reasons for v in h.heard))
        told = {reason for v in h.heard for reason in v.degradation_reasons}
        assert "sound_gap" in told
        h.spin_until(lambda: h.node._worker._worker.idle)
        h.heard.clear()
        early = begin + len(sound) * 10**9 // RATE - 200_000_000
        h.play(TALK.samples, 48_000, early)
        h.spin_until(lambda: bool(h.heard))
        assert all(v.availability <= Availability.DEGRADED for v in h.heard[:1])


def test_what_goes_into_a_message_comes_out_of_it() -> None:
    shares = (0.5, 0.25, 0.0, 0.125, 0.125, 0.0, 0.0, math.nan)
    voice = VoiceObservation(
        10**18 + 7,
        "mic",
        Availability.DEGRADED,
        (VoiceReason.SOUND_GAP, VoiceReason.LOW_RATE),
        *(-20.5, -3.25, 0.125, 0.75),
        TriState.YES,
        *(1.5, 4.75),
        shares,
        *(0.5, -0.25, 0.125, 0.375, 0.0625, 2.5, 1.25),
        3,
    )
    message = voice_to_message(VoiceObservationMessage(), voice, 0.5)
    back = voice_from_message(message)
    assert str(back) == str(voice)
    assert message.latency == 0.5
    unknown = VoiceObservation(1, "", Availability.UNAVAILABLE)
    message = voice_to_message(VoiceObservationMessage(), unknown, math.nan)
    assert str(voice_from_message(message)) == str(unknown)


def test_missing_detector_is_warned_of_with_the_command() -> None:
    with VoiceHarness(load=lambda _: VoiceNetworks(None, None)) as h:
        h.start()
        last = heard_after(h, TALK.samples)
        assert {"no_speech_detector", "no_emotion_network"} <= set(last.degradation_reasons)
        assert last.talking == TriState.UNKNOWN
        assert math.isnan(last.speech_probability)
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert "pip install" in status.message


def test_the_emotion_network_can_be_off() -> None:
    asked = []

    def load(config):
        asked.append(config.voice.emotion_network)
        return VoiceNetworks(LoudDetector(), None)

    with VoiceHarness(load=load, voice__emotion_network=False) as h:
        h.start()
        assert asked == [False]
        last = heard_after(h, TALK.samples)
        assert math.isnan(last.valence)
        assert "no_emotion_network" in last.degradation_reasons


def test_a_failure_to_start_is_named() -> None:
    def load(_):
        raise ModelAlteredError("voice_emotion has SHA-256 ...")

    with VoiceHarness(load=load) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert "SHA-256" in h.node.problem
    with VoiceHarness(voice__speech_onn=0.5) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert "voice.speech_on" in h.node.problem
    with VoiceHarness(audio_format="audio_stamped") as h:
        assert h.node.trigger_configure() == OK
        assert h.node.trigger_activate() == TransitionCallbackReturn.FAILURE
        assert "AudioStamped" in h.node.problem


def test_the_format_is_chosen_by_what_is_published(
    monkeypatch: pytest.MonkeyPatch, ros_context: Any
) -> None:
    """VoiceObservation stands in for the other package's type on the topic audio."""
    other = "affect_perception/msg/VoiceObservation"
    monkeypatch.setitem(audio_input._TYPES, "audio_stamped", other)
    got = []

    def read(message):
        got.append(message)
        return AudioChunk(stamp_to_ns(message.header.stamp), RATE, TALK.samples)

    monkeypatch.setattr(audio_input.messages, "chunk_of_audio_stamped", read)
    with VoiceHarness() as h:
        h.probe.destroy_publisher(h.sound)
        assert h.node.trigger_configure() == OK
        assert h.node.trigger_activate() == OK
        # Our type is subscribed to until the other is seen.
        assert values_of(h.status())["audio format"] == "affect_perception/msg/AudioChunk"
        # Of another process, as it were: one participant cannot have two types on a topic.
        stranger = rclpy.create_node("stranger", context=ros_context)
        sound = stranger.create_publisher(VoiceObservationMessage, "audio", 10)
        h.spin_until(lambda: sound.get_subscription_count() == 1)
        message = VoiceObservationMessage()
        message.header.stamp.sec = 7
        sound.publish(message)
        h.spin_until(lambda: bool(got))
        h.spin_until(lambda: len(h.heard) > 5)
        assert values_of(h.status())["audio format"] == other
        stranger.destroy_node()


def test_sound_without_format_is_read_as_the_parameters_or_the_info_say() -> None:
    """The callbacks of ros-drivers' messages, called with doubles."""
    with VoiceHarness(audio_rate=8000) as h:
        h.start()
        source = h.node._input.sound
        source._format = "data"
        data = SimpleNamespace(data=array("B", bytes(1600)))
        before = h.now_ns()
        source._on_sound(data)  # 800 samples: 100 ms of 8 kHz
        h.spin_until(lambda: len(h.heard) == 1)
        assert h.heard[0].header.stamp.sec > 0
        assert abs(h.stamps()[0] - before) < 10**9
        bad = SimpleNamespace(
            channels=1, sample_rate=8000, sample_format="S16LE", coding_format="mp3"
        )
        source._on_info(bad)
        source._on_sound(data)
        h.spin_until(lambda: bool(h.told("format:=wave")))
        assert {told.level for told in h.told("format:=wave")} <= {
            DiagnosticStatus.WARN,
            DiagnosticStatus.ERROR,  # where the sound before was told of a second earlier
        }
        bad.coding_format, bad.sample_rate = "wave", 16_000
        source._on_info(bad)
        assert values_of(h.status())["sound format"] == "S16LE, 16000 Hz, 1 channel(s)"
