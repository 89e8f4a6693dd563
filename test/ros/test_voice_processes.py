"""The executables of the voice with the real networks, and the live node against replay.

Every piece of a recording is published to a running voice_perception, with a hole and an overlap
in it; what it answers must be what the replay of the recording says. Leaves: single messages
(test_voice_perception_node.py), microphones (none is here; their double is in test/unit/io).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

from node_here import run_here
from node_process import NodeProcess
from scipy.io import wavfile

from affect_perception.cli.main import main
from affect_perception.core.enums import TriState
from affect_perception.core.types import AudioChunk
from affect_perception.inference.voice import speech_file
from affect_perception.io.audio_bag import record_sound
from affect_perception.io.message_types import to_fields
from affect_perception.io.table import columns_of, read_parquet
from affect_perception.io.voice_fields import VOICE_OBSERVATION
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.msg import VoiceObservation
from affect_perception.ros.qos import AUDIO_OUT, VOICE_OUT
from affect_perception.ros.voice_convert import chunk_to_message
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.ros

RATE = 16_000
START = 10**18
TALK = speak([Phrase(9, 0.8), Phrase(7, 0.7)], seed=6)


def pieces() -> list[AudioChunk]:
    """The talk in 20 ms, with 0.4 s missing and one piece partly repeated."""
    sound = (TALK.samples * 32767).astype(np.int16)
    found = [
        AudioChunk(START + first * 10**9 // RATE, RATE, sound[first : first + 320])
        for first in range(0, len(sound), 320)
    ]
    again = AudioChunk(found[90].stamp_ns + 30_000_000, RATE, found[90].samples)
    return [*found[:70], *found[90:95], again, *found[95:]]


def test_live_node_and_replay_give_the_same_observations(tmp_path: Path, listener: Any) -> None:
    heard: list[VoiceObservation] = []
    listener.create_subscription(VoiceObservation, "voice", heard.append, VOICE_OUT)
    sound = listener.create_publisher(AudioChunkMessage, "audio", AUDIO_OUT)
    record_sound(pieces(), tmp_path / "talk.mcap")
    out = str(tmp_path / "out")
    assert main(["replay", str(tmp_path / "talk.mcap"), "--out", out]) == 0
    replayed = read_parquet(tmp_path / "out" / "voice.parquet")
    replayed = {k: v for k, v in replayed.items() if not k.startswith("probability_")}
    with NodeProcess.node("voice_perception", "-p", "no_sound_timeout:=60.0") as node:
        node.wait_for("active")
        listener.spin_until(
            lambda: sound.get_subscription_count() and listener.count_publishers("voice")
        )
        settled = time.monotonic() + 1.5  # the node's own side of the match comes a moment later
        listener.spin_until(lambda: time.monotonic() > settled)
        count = len(replayed["stamp_ns"])
        newest = 0
        for chunk in pieces():
            sound.publish(chunk_to_message(AudioChunkMessage(), chunk))
            # In step with the node, so that nothing is lost on a busy machine.
            newest = max(newest, chunk.end_ns - 100_000_000)
            due = int((replayed["stamp_ns"] <= newest).sum())
            listener.spin_until(lambda due=due: len(heard) >= due)
        listener.spin_until(lambda: len(heard) >= count)
        assert node.end() == 0
        assert "Traceback" not in node.log
    live = columns_of([to_fields(message) for message in heard], VOICE_OBSERVATION)
    reasons = {reason for row in replayed["degradation_reasons"] for reason in row}
    assert {"sound_gap", "sound_overlap"} <= reasons
    for name, column in replayed.items():
        if name == "latency":
            continue
        if isinstance(column, list):
            assert live[name] == column, name
        else:
            np.testing.assert_array_equal(live[name], column, err_msg=name)


def test_run_starts_the_voice_with_a_sound_file(
    face_models: Path, tmp_path: Path, listener: Any
) -> None:
    heard: list[VoiceObservation] = []
    listener.create_subscription(VoiceObservation, "voice", heard.append, VOICE_OUT)
    wav = tmp_path / "talk.wav"
    wavfile.write(wav, RATE, (TALK.samples * 32767).astype(np.int16))
    arguments = ("affect_perception.cli.main", "run", "--audio-file", str(wav))
    with NodeProcess(*arguments) as command:
        if speech_file() is None:
            listener.spin_until(lambda: len(heard) > 20)
        else:
            listener.spin_until(lambda: any(v.talking == TriState.YES for v in heard))
        stamps = [v.header.stamp.sec + v.header.stamp.nanosec * 1e-9 for v in heard]
        assert abs(time.time() - stamps[-1]) < 5.0
        assert command.end() == 0
        assert "Traceback" not in command.log


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("audio_file", (), "name the sound file"),
        ("audio_file", ("-p", "file:=/nowhere.wav"), "no such sound file"),
        ("microphone", ("-p", "device:=no such device"), "microphone"),
        ("voice_perception", ("-p", "voice.speech_on:=7.0"), "voice.speech_on"),
    ],
)
def test_wrong_setup_ends_the_node_and_is_named(
    name: str, arguments: tuple[str, ...], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, log = run_here(name, *arguments, capfd=capfd)
    assert code == 1
    assert words in log
    assert "Traceback" not in log
