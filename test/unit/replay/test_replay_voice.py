"""A recording with sound, with and without pictures, through the replay; with fakes for networks.

Leaves: the report's look, the real networks (test/ros/test_voice_live_equals_replay.py), pictures.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from face_fakes import CAMERA, NS, square_networks, squares
from observations import CABIN
from profiles import profile
from rosbags.highlevel import AnyReader
from scipy.io import wavfile
from voice_fakes import networks

from affect_perception.core.config import NodeConfig, PipelineConfig
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk, CameraFrame
from affect_perception.core.types.event_time import complete_ns
from affect_perception.evaluation.replay.run import Setting, run_replay
from affect_perception.io.audio_bag import record_sound, write_chunk
from affect_perception.io.audio_messages import AUDIO_CHUNK, SoundFormat, chunk_fields
from affect_perception.io.bag_reader import BagSource
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.image_codec import encode_jpeg
from affect_perception.io.message_fields import camera_info_fields, compressed_image_fields
from affect_perception.io.sources import Topics, hears, open_source, sees
from affect_perception.io.table import read_parquet
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.unit

START = 10_000 * NS
RATE = 16_000
TALK = speak([Phrase(10, 0.8), Phrase(6, 0.6)], seed=4)


def setting(**more) -> Setting:
    config = PipelineConfig()
    return Setting(config, NodeConfig(), CABIN, profile(config.attention.profile), **more)


def chunks(samples=None, start=START):
    samples = TALK.samples if samples is None else samples
    return [
        AudioChunk(start + first * NS // RATE, RATE, samples[first : first + 320])
        for first in range(0, len(samples), 320)
    ]


def no_faces():
    raise AssertionError("sound alone needs no networks of the face")


def play(path: Path, out: Path, load=no_faces, topics=None, **more):
    source = open_source(path, topics)
    return run_replay(source, setting(**more), load, out, voice_networks=networks())


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "summary.json"
    }


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    wavfile.write(path, RATE, (TALK.samples * 32767).astype(np.int16))
    return path


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    record_sound(chunks(), tmp_path / "talk.mcap")
    return tmp_path / "talk.mcap"


def test_a_sound_file_gives_a_table_a_bag_a_summary_and_a_report(wav: Path, tmp_path: Path) -> None:
    summary = play(wav, tmp_path / "out")
    assert summary["frames"] == 0
    assert len(summary["voice"]["talks"]) == summary["voice"]["sentences"] == 2
    for (start, end), talk in zip(TALK.talk, summary["voice"]["talks"], strict=True):
        # The time axis begins with the first observation, 0.1 s into the sound.
        assert start < talk["start_s"] + 0.1 < start + 0.35
        assert end < talk["end_s"] + 0.1 < end + 0.7
    table = read_parquet(tmp_path / "out" / "voice.parquet")
    assert len(table["stamp_ns"]) == len(TALK.samples) // 1600
    assert np.isnan(table["probability_contempt"]).all()
    assert np.isfinite(table["probability_anger"]).any()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "talk.wav" in page
    assert page.count('class="panel"') == 5
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["voice"]["observations"]


def test_two_replays_have_the_same_bytes(bag: Path, tmp_path: Path) -> None:
    play(bag, tmp_path / "a")
    play(bag, tmp_path / "b")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert set(digests(tmp_path / "a")) == {"states.mcap", "voice.parquet", "report.html"}


def test_a_bag_of_sound_is_read_as_it_was_written(bag: Path) -> None:
    source = BagSource(bag)
    assert source.topics["audio"] == "/audio"
    assert (sees(source), hears(source)) == (False, True)
    for found, written in zip(source.events(), chunks(), strict=True):
        assert (found.stamp_ns, found.rate) == (written.stamp_ns, written.rate)
        assert np.array_equal(found.samples, written.samples)


@pytest.mark.usefixtures("without_pictures")
def test_pictures_and_sound_of_one_bag_come_when_they_are_complete(tmp_path: Path) -> None:
    path = tmp_path / "both.mcap"
    picture = squares((320, 240, 130))
    with BagWriter(path) as writer:
        for index in range(20):
            stamp = START + index * NS // 10
            info = camera_info_fields(stamp, "camera", CAMERA)
            jpeg = compressed_image_fields(
                stamp, "camera", encode_jpeg(picture, 95), colour=picture.ndim == 3
            )
            writer.write("/camera_info", "sensor_msgs/msg/CameraInfo", info, stamp)
            kind = "sensor_msgs/msg/CompressedImage"
            writer.write("/image_raw/compressed", kind, jpeg, stamp)
        for chunk in chunks():
            write_chunk(writer, chunk, chunk.end_ns)
    source = BagSource(path)
    assert (sees(source), hears(source)) == (True, True)
    complete = [complete_ns(event) for event in source.events()]
    assert complete == sorted(complete)
    first_sound = next(event for event in source.events() if isinstance(event, AudioChunk))
    assert complete_ns(first_sound) > first_sound.stamp_ns
    assert {type(event) for event in source.events()} == {AudioChunk, CameraFrame}
    summary = play(path, tmp_path / "out", square_networks)
    assert summary["frames"] == 20
    assert summary["voice"]["sentences"] == 2
    with AnyReader([tmp_path / "out" / "states.mcap"]) as reader:
        topics = {c.topic: c.msgcount for c in reader.connections}
    assert topics["/voice"] == len(TALK.samples) // 1600
    assert topics["/attention_state"] == 20
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Gaze zone" in page
    assert "How it sounds" in page


def test_a_piece_that_cannot_be_used_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    sound = chunks()
    path = tmp_path / "nan.mcap"
    with BagWriter(path) as writer:
        for index, chunk in enumerate(sound):
            fields = chunk_fields(chunk)
            if index == 30:
                fields["float32_samples"] = np.full(320, np.nan, np.float32)
            writer.write("/audio", AUDIO_CHUNK, fields, chunk.end_ns)
    summary = play(path, tmp_path / "out")
    assert summary["unusable_frames"] == 1
    assert "not finite" in summary["unusable_frames_first"][0]["error"]
    # 20 ms are missing where it was.
    assert summary["voice"]["degradation_reasons"]["sound_gap"] > 0
    with pytest.raises(InputError, match="not finite"):
        list(BagSource(path).events())


def test_nothing_but_bad_sound_is_an_error(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bad.mcap") as writer:
        fields = chunk_fields(chunks()[0]) | {"rate": 0}
        writer.write("/audio", AUDIO_CHUNK, fields, START)
    with pytest.raises(
        InputError, match=r"no sound or body signal that can be used.*sampling rate"
    ):
        play(tmp_path / "bad.mcap", tmp_path / "out")


def test_several_sounds_must_be_chosen_from(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "two.mcap") as writer:
        for chunk in chunks()[:60]:
            write_chunk(writer, chunk, chunk.end_ns, "/left")
            write_chunk(writer, chunk, chunk.end_ns, "/right")
    with pytest.raises(InputError, match=r"--audio-topic"):
        BagSource(tmp_path / "two.mcap")
    source = open_source(tmp_path / "two.mcap", Topics(audio="right"))
    assert hears(source)


AUDIO_COMMON = {
    "audio_common_msgs/msg/AudioData": "uint8[] data\n",
    "audio_common_msgs/msg/AudioDataStamped": (
        "std_msgs/Header header\naudio_common_msgs/AudioData audio\n"
    ),
    "audio_common_msgs/msg/AudioInfo": (
        "uint8 channels\nuint32 sample_rate\nstring sample_format\nuint32 bitrate\n"
        "string coding_format\n"
    ),
}


@pytest.mark.parametrize("with_info", [True, False])
def test_a_bag_of_audio_capture_is_read_with_its_info_or_the_parameters(
    tmp_path: Path, with_info: bool
) -> None:
    """Types of ros-drivers/audio_common, written by rosbags from definitions like theirs."""
    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore

    store = get_typestore(Stores.ROS2_HUMBLE)
    for name, text in AUDIO_COMMON.items():
        store.register(get_types_from_msg(text, name))
    types = store.types
    content = np.frombuffer((TALK.samples * 32767).astype("<i2").tobytes(), np.uint8)
    path = tmp_path / "capture"
    with Writer(path, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
        connect = {
            topic: writer.add_connection(topic, f"audio_common_msgs/msg/{kind}", typestore=store)
            for topic, kind in (
                ("/audio/audio", "AudioData"),
                ("/audio/audio_stamped", "AudioDataStamped"),
                *((("/audio/audio_info", "AudioInfo"),) if with_info else ()),
            )
        }
        header, time = types["std_msgs/msg/Header"], types["builtin_interfaces/msg/Time"]
        data_type = types["audio_common_msgs/msg/AudioData"]
        stamped_type = types["audio_common_msgs/msg/AudioDataStamped"]
        if with_info:
            info = types["audio_common_msgs/msg/AudioInfo"](1, RATE, "S16LE", 0, "wave")
            data = store.serialize_cdr(info, "audio_common_msgs/msg/AudioInfo")
            writer.write(connect["/audio/audio_info"], START, data)
        for first in range(0, len(content), 3200):
            stamp = START + first // 2 * NS // RATE
            piece = data_type(content[first : first + 3200])
            message = stamped_type(header(time(stamp // NS, stamp % NS), ""), piece)
            for topic, value in (("/audio/audio", piece), ("/audio/audio_stamped", message)):
                kind = connect[topic].msgtype
                writer.write(connect[topic], stamp + 10**8, store.serialize_cdr(value, kind))
    form = SoundFormat(8000 if with_info else RATE, 1)
    source = open_source(path, Topics(sound_format=form))
    assert source.topics["audio"] == "/audio/audio_stamped"
    events = list(source.events())
    assert events[0].rate == RATE
    assert events[1].stamp_ns == START + 10**8
    joined = np.concatenate([event.samples for event in events])
    assert np.array_equal(joined, (TALK.samples * 32767).astype(np.int16))
    unstamped = open_source(path, Topics(audio="/audio/audio", sound_format=form))
    assert [e.stamp_ns for e in unstamped.events()][:2] == [START, START + 10**8]
