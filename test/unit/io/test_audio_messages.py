"""Sound in messages to chunks and back, without ROS.

The messages of audio_common_msgs are doubles with the fields of both packages of that name, as
their repositories have them: neither package can be installed here. Our own message is read as
rosbags makes it. Leaves: that rclpy takes our message (test/ros).
"""

from __future__ import annotations

from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from message_doubles import header

from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.io.audio_messages import (
    AUDIO_CHUNK,
    SoundFormat,
    chunk_fields,
    chunk_of_audio_stamped,
    chunk_of_data,
    chunk_of_data_stamped,
    chunk_of_message,
    format_of_info,
)
from affect_perception.io.message_types import serialize, typestore
from affect_perception.io.voice_fields import VOICE_OBSERVATION, voice_fields

pytestmark = pytest.mark.unit

STAMP = 1_500_000_000
STEREO = np.array([[1, -2], [300, -400], [32767, -32768]], np.int16)
FLOATS = np.array([0.25, -0.5, 1.0], np.float32)


def over_the_wire(chunk):
    data = serialize(chunk_fields(chunk), AUDIO_CHUNK)
    return typestore().deserialize_cdr(data, AUDIO_CHUNK)


@pytest.mark.parametrize("samples", [STEREO, STEREO[:, 0].copy(), FLOATS, FLOATS[:, None]])
def test_a_chunk_goes_there_and_back(samples):
    chunk = AudioChunk(STAMP, 48_000, samples, "mic_left")
    back = chunk_of_message(over_the_wire(chunk))
    assert (back.stamp_ns, back.rate, back.frame_id) == (STAMP, 48_000, "mic_left")
    assert back.samples.dtype == samples.dtype
    assert np.array_equal(back.samples, samples.squeeze())


def message(**changes):
    fields = {
        "header": header(STAMP, ""),
        "rate": 16_000,
        "channels": 1,
        "int16_samples": array("h", [1, 2, 3, 4]),
        "float32_samples": array("f"),
    }
    return SimpleNamespace(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"header": header(0)}, "no acquisition stamp"),
        ({"int16_samples": array("h")}, "exactly one"),
        ({"float32_samples": array("f", [0.5])}, "exactly one"),
        ({"channels": 0}, "0 channels"),
        ({"channels": 3}, "3 channels"),
        ({"channels": 4}, "shape"),
        ({"rate": 0}, "sampling rate"),
        ({"int16_samples": array("h"), "float32_samples": array("f", [np.nan])}, "not finite"),
        ({"int16_samples": array("h"), "float32_samples": array("f", [np.inf])}, "not finite"),
    ],
)
def test_a_chunk_that_cannot_be_used_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        chunk_of_message(message(**changes))


EMPTY = {f"{kind}_data": array("b") for kind in ("float32", "int32", "int16", "int8", "uint8")}


def stamped(channels=1, **arrays):
    """A double of AudioStamped of mgonzs13/audio_common."""
    info = SimpleNamespace(format=8, channels=channels, rate=16_000, chunk=3)
    audio = SimpleNamespace(audio_data=SimpleNamespace(**EMPTY | arrays), info=info)
    return SimpleNamespace(header=header(STAMP, "mic"), audio=audio)


def test_audio_stamped_keeps_floats_and_16_bit():
    chunk = chunk_of_audio_stamped(stamped(2, int16_data=array("h", STEREO.ravel().tolist())))
    assert np.array_equal(chunk.samples, STEREO)
    assert (chunk.stamp_ns, chunk.frame_id) == (STAMP, "mic")
    chunk = chunk_of_audio_stamped(stamped(float32_data=array("f", FLOATS.tolist())))
    assert np.array_equal(chunk.samples, FLOATS)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"int32_data": array("i", [2**30, -(2**31)])}, [0.5, -1.0]),
        ({"int8_data": array("b", [64, -128])}, [0.5, -1.0]),
        ({"uint8_data": array("B", [192, 0])}, [0.5, -1.0]),
    ],
)
def test_audio_stamped_scales_the_others(arrays, expected):
    assert chunk_of_audio_stamped(stamped(**arrays)).samples.tolist() == expected


def test_audio_stamped_without_samples_is_refused():
    with pytest.raises(InputError, match="no samples"):
        chunk_of_audio_stamped(stamped())


def data_stamped(content):
    """A double of AudioDataStamped of ros-drivers/audio_common."""
    audio = SimpleNamespace(data=array("B", content))
    return SimpleNamespace(header=header(STAMP, ""), audio=audio)


def info(**changes):
    """A double of AudioInfo of ros-drivers/audio_common."""
    fields = {"channels": 2, "sample_rate": 44_100, "sample_format": "S16LE", "bitrate": 192}
    return SimpleNamespace(**fields | {"coding_format": "wave"} | changes)


def test_data_stamped_is_read_as_its_info_says():
    form = format_of_info(info())
    assert form == SoundFormat(44_100, 2, "S16LE")
    chunk = chunk_of_data_stamped(data_stamped(STEREO.astype("<i2").tobytes()), form)
    assert np.array_equal(chunk.samples, STEREO)
    assert chunk.samples.dtype == np.int16
    form = format_of_info(info(channels=1, sample_format="F32LE", coding_format="WAVE"))
    chunk = chunk_of_data_stamped(data_stamped(FLOATS.astype("<f4").tobytes()), form)
    assert np.array_equal(chunk.samples, FLOATS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"coding_format": "mp3"}, "format:=wave"), ({"sample_format": "S24LE"}, "S24LE")],
)
def test_compressed_and_unusual_sound_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        format_of_info(info(**changes))


def test_bytes_that_are_no_whole_samples_are_refused():
    with pytest.raises(InputError, match="3 bytes"):
        chunk_of_data_stamped(data_stamped(b"abc"), SoundFormat(16_000, 1))
    with pytest.raises(InputError, match="2 channels"):
        chunk_of_data_stamped(data_stamped(b"abcdef"), SoundFormat(16_000, 2))


def test_sound_without_a_stamp_ends_when_it_arrives():
    data = SimpleNamespace(data=array("B", bytes(3200)))
    chunk = chunk_of_data(data, SoundFormat(16_000, 1), 10**18)
    assert chunk.stamp_ns == 10**18 - 100_000_000
    with pytest.raises(InputError, match="sampling rate"):
        chunk_of_data(data, SoundFormat(0, 1), 10**18)


def test_unknown_fields_of_an_observation_are_nan_in_the_message():
    fields = voice_fields(VoiceObservation(7, "mic", Availability.UNAVAILABLE))
    data = serialize(fields, VOICE_OBSERVATION)
    back = typestore().deserialize_cdr(data, VOICE_OBSERVATION)
    floats = [name for name, value in fields.items() if isinstance(value, float)]
    assert len(floats) == 14
    assert all(np.isnan(getattr(back, name)) for name in floats)
    assert np.isnan(back.class_probabilities).all()
    assert back.talking == TriState.UNKNOWN
    assert back.sentences == 0


def test_reasons_go_out_as_their_words():
    reasons = (VoiceReason.CLIPPED, VoiceReason.NEW_SPEAKER)
    fields = voice_fields(VoiceObservation(7, "mic", Availability.DEGRADED, reasons), 0.5)
    assert fields["degradation_reasons"] == ["clipped", "new_speaker"]
    assert fields["latency"] == 0.5
