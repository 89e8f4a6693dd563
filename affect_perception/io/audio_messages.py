"""Sound in messages -> the core's `AudioChunk`, and back; whatever the messages are read with.

Three kinds are understood by their fields: our AudioChunk, and both packages named
audio_common_msgs, which share type names but not layouts:

- mgonzs13/audio_common: `AudioStamped` with `audio.audio_data.int16_data` (and float32, int32,
  ...) and `audio.info` (rate, channels);
- ros-drivers/audio_common: `AudioDataStamped` with the bytes in `audio.data`, `AudioData` with
  the bytes in `data` and no stamp; rate, channels and format come in an `AudioInfo` of their own.

Both packages were read in their public repositories; neither is on PyPI, so the tests use doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.io.message_fields import Fields, header_fields, stamp_to_ns

Samples = npt.NDArray[np.float32] | npt.NDArray[np.int16]

AUDIO_CHUNK = "affect_perception/msg/AudioChunk"
AUDIO_STAMPED = "audio_common_msgs/msg/AudioStamped"
AUDIO_DATA_STAMPED = "audio_common_msgs/msg/AudioDataStamped"
AUDIO_DATA = "audio_common_msgs/msg/AudioData"
AUDIO_INFO = "audio_common_msgs/msg/AudioInfo"

SOUND_TYPES = (AUDIO_CHUNK, AUDIO_STAMPED, AUDIO_DATA_STAMPED, AUDIO_DATA)
"""Message types that hold sound."""

_DTYPES: dict[str, np.dtype[Any]] = {"S16LE": np.dtype("<i2"), "F32LE": np.dtype("<f4")}
_RAW_CODINGS = ("", "wave", "wav", "raw", "pcm")
_NS = 1_000_000_000


@dataclass(frozen=True)
class SoundFormat:
    """What the bytes of ros-drivers' audio_common are.

    Attributes:
        rate: Samples per second and channel.
        channels: Interleaved channels.
        sample_format: S16LE or F32LE.
    """

    rate: int
    channels: int
    sample_format: str = "S16LE"

    def __str__(self) -> str:
        return f"{self.sample_format}, {self.rate} Hz, {self.channels} channel(s)"


def chunk_of_message(message: Any) -> AudioChunk:
    """Reads an AudioChunk message.

    Raises:
        InputError: If it has no stamp, no samples or both kinds, or the core refuses them.
    """
    integers, floats = (
        _array(message.int16_samples, np.int16),
        _array(message.float32_samples, np.float32),
    )
    if bool(len(integers)) == bool(len(floats)):
        raise InputError(
            "AudioChunk: exactly one of int16_samples and float32_samples must hold samples, got "
            f"{len(integers)} and {len(floats)}"
        )
    samples: Samples = integers if len(integers) else floats
    return _chunk(message.header, message.rate, message.channels, samples)


def chunk_of_audio_stamped(message: Any) -> AudioChunk:
    """Reads an AudioStamped of mgonzs13/audio_common; its stamp is taken just before the reading.

    Raises:
        InputError: As `chunk_of_message`.
    """
    info = message.audio.info
    return _chunk(message.header, info.rate, info.channels, _portaudio(message.audio.audio_data))


def chunk_of_data_stamped(message: Any, form: SoundFormat) -> AudioChunk:
    """Reads an AudioDataStamped of ros-drivers/audio_common; its stamp is that of the first sample.

    Raises:
        InputError: As `chunk_of_message`, or if the bytes are no whole number of samples.
    """
    samples = _decoded(message.audio.data, form)
    return _chunk(message.header, form.rate, form.channels, samples)


def chunk_of_data(message: Any, form: SoundFormat, arrival_ns: int) -> AudioChunk:
    """Reads an AudioData of ros-drivers/audio_common, which has no stamp.

    Args:
        message: The message.
        form: What its bytes are.
        arrival_ns: When it came; the first sample is taken to be its length older.

    Raises:
        InputError: As `chunk_of_data_stamped`.
    """
    samples = _rows(_decoded(message.data, form), form.channels)
    AudioChunk(arrival_ns, form.rate, samples)  # refuses a rate that cannot be divided by
    return AudioChunk(arrival_ns - len(samples) * _NS // form.rate, form.rate, samples, "")


def format_of_info(message: Any) -> SoundFormat:
    """Reads an AudioInfo of ros-drivers/audio_common.

    Raises:
        InputError: If the sound is compressed or of another sample format.
    """
    if message.coding_format.lower() not in _RAW_CODINGS:
        raise InputError(
            f"audio_info: coding_format '{message.coding_format}' is compressed; start "
            "audio_capture with format:=wave"
        )
    if message.sample_format not in _DTYPES:
        raise InputError(
            f"audio_info: sample_format '{message.sample_format}' is not supported; one of "
            + ", ".join(_DTYPES)
        )
    return SoundFormat(int(message.sample_rate), int(message.channels), message.sample_format)


Reader = Callable[[Any, int], AudioChunk]
"""Reads a message that was received at a time in ns."""


def reader_of(type_name: str, form: SoundFormat) -> Reader:
    """What reads messages of one of the four types.

    Args:
        type_name: `AUDIO_CHUNK`, `AUDIO_STAMPED`, `AUDIO_DATA_STAMPED` or `AUDIO_DATA`.
        form: What the bytes of the last two are.
    """
    readers: dict[str, Reader] = {
        AUDIO_CHUNK: lambda message, _: chunk_of_message(message),
        AUDIO_STAMPED: lambda message, _: chunk_of_audio_stamped(message),
        AUDIO_DATA_STAMPED: lambda message, _: chunk_of_data_stamped(message, form),
        AUDIO_DATA: lambda message, received: chunk_of_data(message, form, received),
    }
    return readers[type_name]


def chunk_fields(chunk: AudioChunk) -> Fields:
    """Fields of `AudioChunk.msg`; both kinds of samples keep their values."""
    flat = chunk.samples.ravel()
    integers = chunk.samples.dtype == np.int16
    return {
        "header": header_fields(chunk.stamp_ns, chunk.frame_id),
        "rate": chunk.rate,
        "channels": chunk.channels,
        "int16_samples": flat if integers else np.zeros(0, np.int16),
        "float32_samples": np.zeros(0, np.float32) if integers else flat,
    }


def _chunk(header: Any, rate: int, channels: int, samples: Samples) -> AudioChunk:
    stamp = stamp_to_ns(header.stamp)
    if stamp == 0:
        raise InputError("sound has no acquisition stamp (header.stamp is 0)")
    return AudioChunk(stamp, int(rate), _rows(samples, int(channels)), header.frame_id)


def _rows(samples: Samples, channels: int) -> Samples:
    """(n,) of one channel or (n, channels) of interleaved samples."""
    if channels < 1 or len(samples) % channels:
        raise InputError(f"{len(samples)} samples are no whole number for {channels} channels")
    return samples if channels == 1 else samples.reshape(-1, channels)


def _array(values: Any, dtype: type) -> Any:
    return np.array(values, dtype=dtype)


def _portaudio(data: Any) -> Samples:
    """The one array that holds samples; what is not float32 or int16 becomes float32."""
    if len(data.float32_data):
        return np.array(data.float32_data, np.float32)
    if len(data.int16_data):
        return np.array(data.int16_data, np.int16)
    if len(data.int32_data):
        return np.array(data.int32_data, np.float64).astype(np.float32) / np.float32(2.0**31)
    if len(data.int8_data):
        return np.array(data.int8_data, np.float32) / np.float32(128.0)
    if len(data.uint8_data):
        return (np.array(data.uint8_data, np.float32) - 128.0) / np.float32(128.0)
    raise InputError("AudioStamped holds no samples of a kind that is understood")


def _decoded(data: Any, form: SoundFormat) -> Samples:
    dtype = _DTYPES.get(form.sample_format)
    content = bytes(data)
    if dtype is None or len(content) % dtype.itemsize:
        raise InputError(f"{len(content)} bytes are no whole number of samples of {form}")
    values = np.frombuffer(content, dtype)
    return values.astype(np.int16) if dtype.kind == "i" else values.astype(np.float32)
