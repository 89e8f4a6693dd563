"""Reads sound files: WAV by scipy, FLAC, Ogg and others by soundfile where that is installed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.io.events import BadFrame, Event

# Full scale of the integer formats that scipy gives; 24 bit comes in the upper bytes of 32.
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}


def read_audio(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Reads a sound file.

    Returns:
        (samples, channels) in -1..1, and samples per second.

    Raises:
        InputError: If the file is missing, damaged or empty, or of a kind that needs soundfile
            (extra [voice]) while that is not installed.
    """
    if not path.is_file():
        raise InputError(f"no such sound file: {path}")
    samples, rate = _read_wav(path) if path.suffix.lower() == ".wav" else _read_other(path)
    if not samples.size:
        raise InputError(f"{path}: holds no sound")
    return samples, rate


def chunks_of_file(path: Path, *, chunk_s: float = 0.02, start_ns: int = 0) -> Iterator[AudioChunk]:
    """The file as chunks, as a driver would give them.

    Args:
        path: Sound file of one or two channels.
        chunk_s: Length of a chunk, s.
        start_ns: Stamp of the first sample.

    Raises:
        InputError: As `read_audio`, or if the file has more channels or another rate than chunks
            may have.
    """
    samples, rate = read_audio(path)
    size = max(1, round(chunk_s * rate))
    for first in range(0, len(samples), size):
        stamp = start_ns + first * 1_000_000_000 // rate
        try:
            yield AudioChunk(stamp, rate, samples[first : first + size])
        except InputError as error:
            raise InputError(f"{path}: {error}") from error


class SoundFileSource:
    """A sound file as a recording without pictures; the first sample has stamp 0.

    Args:
        path: WAV, or with soundfile installed FLAC, Ogg and others, of one or two channels.

    Raises:
        InputError: If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chunks = list(chunks_of_file(path))

    @property
    def name(self) -> str:
        """File name."""
        return self._path.name

    @property
    def frames(self) -> int | None:
        """There are no pictures."""
        return 0

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """The sound in pieces of 20 ms."""
        del on_bad_frame  # what cannot be read has been refused already
        yield from self._chunks


def _read_wav(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    # Here, so that a replay without sound starts without scipy.
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            # Unknown parts of a file (tags) are no fault.
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, data = wavfile.read(path)
    except (ValueError, EOFError, OSError) as error:
        raise InputError(f"{path}: not a readable WAV file ({error})") from error
    data = np.atleast_2d(data.T).T
    if data.dtype == np.uint8:
        return ((data.astype(np.float32) - 128.0) / 128.0), int(rate)
    if data.dtype.kind == "f":
        return data.astype(np.float32), int(rate)
    scale = _FULL_SCALE.get(data.dtype.name)
    if scale is None:
        raise InputError(f"{path}: samples of type {data.dtype} are not supported")
    return (data / scale).astype(np.float32), int(rate)


def _read_other(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise InputError(
            f"{path}: reading {path.suffix or 'this kind of'} files needs soundfile: "
            f"pip install 'affect_perception[voice]' ({error})"
        ) from error
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    return np.asarray(samples, np.float32), int(rate)
